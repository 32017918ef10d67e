"""The engine in Chromium, on WebGPU by a software adapter and on WASM, against Python: the same gradient and losses."""

import functools
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

import numpy as np
import pytest
from listening import listening

from deepdream.engine.compile import compile_gradient
from deepdream.objectives.aims import from_recipe
from deepdream.presets import to_link
from deepdream.recipe import Recipe

from .conftest import ENGINE, launched, missing, packed, unpacked
from .test_dreams import cat

pytestmark = pytest.mark.browser
FLAGS = ("--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan",
         "--use-vulkan=swiftshader", "--ignore-gpu-blocklist", "--disable-background-networking")  # fmt: skip
SIZES = ((32, 32), (33, 38), (35, 47), (44, 40), (48, 33), (61, 77))
RECIPE = Recipe(layers=(("conv4_1", 0.5), ("conv4_3", 1.0), ("conv5_2:217", 0.1), ("conv3_1@0.4,0.6", 1.0)), mirror=0)
# What the worker does for a step, without its refusal of software adapters.
ASK = """async ([provider, link, pictures]) => {
  const engine = (name) => import(`/engine/${name}.js`);
  const [{ Stepper, GRAPHS }, { Aim }, { Table }] = await Promise.all(['step', 'aims', 'recipe'].map(engine));
  const ort = await import('/ort.webgpu.bundle.min.mjs');
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = { wasm: '/ort-wasm-simd-threaded.asyncify.wasm' };
  const models = {};
  for (const name of GRAPHS) models[name] = new Uint8Array(await (await fetch(`/${name}.onnx`)).arrayBuffer());
  const stepper = await Stepper.make(ort, models, provider);
  const table = new Table(await (await fetch('/table.json')).json());
  const aim = new Aim(table.fromLink(link), table.network);
  const answers = [];
  for (const { data, h, w } of pictures) {
    const floats = new Float32Array(Uint8Array.from(atob(data), (c) => c.charCodeAt(0)).buffer);
    const { losses, gradient } = await stepper.look(stepper.put({ data: floats, h, w }), aim, 0, 0);
    const bytes = new Uint8Array((await stepper.get(gradient)).data.buffer);
    const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
    answers.push({ losses, gradient: { data: btoa(text), h, w } });
  }
  return answers;
}"""
ADAPTER = """async () => {
  const adapter = await navigator.gpu?.requestAdapter();
  return adapter ? `${adapter.info.vendor} ${adapter.info.architecture} ${adapter.info.description}` : null;
}"""


class Handler(SimpleHTTPRequestHandler):
    """Hand out the engine's scripts, and the table, graphs and runtime beside them."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | {".mjs": "text/javascript"}

    def translate_path(self, path):
        return str(ENGINE / Path(path).name) if path.startswith("/engine/") else super().translate_path(path)

    def log_message(self, *about):
        """Say nothing."""


@pytest.fixture(scope="module")
def page(device_folder):
    (device_folder / "index.html").write_text("<!doctype html><link rel=icon href=data:>")
    with listening(functools.partial(Handler, directory=str(device_folder))) as server, launched(FLAGS) as browser:
        page = browser.new_page()
        page.set_default_timeout(120_000)
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        yield page


@pytest.mark.parametrize("provider", ["webgpu", "wasm"])
def test_gradient_and_losses_in_chromium_are_those_of_the_engine(page, compact, provider):
    if provider == "webgpu" and page.evaluate(ADAPTER) is None:
        missing("this Chromium offers no WebGPU adapter, though it was asked for SwiftShader")
    answers = page.evaluate(ASK, [provider, to_link(RECIPE), [packed(cat(size)) for size in SIZES]])
    for size, answer in zip(SIZES, answers, strict=True):
        aim = from_recipe(RECIPE, compact, cat(size), precision="fp32")
        function = compile_gradient(compact, aim.objective, precision="fp32")
        losses, wanted = function(compact.to_input(cat(size))[None], aim.targets)
        wanted = wanted[0].numpy()
        error = np.abs(unpacked(answer["gradient"]) - wanted).max(axis=2) / np.abs(wanted).max()
        print(f"{provider} {size}: {np.mean(error > 1e-5):.2%} of the pixels flip, median {np.median(error):.1e}")
        assert sum(answer["losses"]) == pytest.approx(float(sum(losses.values())), rel=1e-5)
        assert np.median(error) < 1e-6
        assert np.mean(error > 1e-5) < 0.05  # the pixels below an activation within rounding of 0, whose ReLU flips
