"""Measure a step on the device beside the Python engine, in turns, and the bytes of a visit.

    python -m deepdream site SITE
    python -m benchmarks.browser SITE

A step of the default recipe in Chromium on WASM with one thread and with two, and the same step by the engine in fp32,
one after the other in every round; the least and the median of the rounds. Before that: the bytes of a first and a
second visit, the first preview of a cold page on one thread from the moment its network is loaded and those after a
slider's moves, on a phone's width and a desk's, and what fifty visits at once cost a server. It needs playwright and
Chromium.
"""

import argparse
import functools
import json
import shutil
import statistics
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np

PHOTO = Path(__file__).parents[1] / "assets" / "cat.jpg"
SIZES = ((62, 83), (122, 163), (240, 320))
WAYS = ("wasm", "threads")
HEADERS = {"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp"}
# A worker of our own over the site's modules: {size} in, the milliseconds of a step out.
WORKER = """
const [urls, way, engine] = JSON.parse(decodeURIComponent(location.hash.slice(1)));
const [{ Stepper, GRAPHS }, { Aim }, { Table }] = await Promise.all(
  ['step', 'aims', 'recipe'].map((name) => import(`${engine}/${name}.js`)));
const ort = await import(urls.runtime.wasm.script);
ort.env.wasm.numThreads = way === 'threads' ? 2 : 1;
ort.env.wasm.wasmPaths = { wasm: urls.runtime.wasm.wasm };
const read = async (url) => (await fetch(url)).arrayBuffer();
const models = {};
for (const name of GRAPHS) models[name] = new Uint8Array(await read(urls.models[name]));
const stepper = await Stepper.make(ort, models, 'wasm');
const table = new Table(await (await fetch(urls.table)).json());
const aim = new Aim(table.defaults, table.network);
self.onmessage = async ({ data: [h, w] }) => {
  const data = Float32Array.from({ length: 3 * h * w }, (_, i) => 0.5 + 0.4 * Math.sin(i / 7));
  const here = stepper.put({ data, h, w });
  const began = performance.now();
  const { gradient } = await stepper.look(here, aim, 3, 5);
  await stepper.get(await stepper.move(here, gradient, table.defaults, 1.4, 0.006));
  self.postMessage(performance.now() - began);
};
self.postMessage('ready');
"""
OPEN = """async ([way, engine]) => {
  const whole = (paths) => typeof paths === 'string' ? new URL(paths, document.baseURI).href
    : Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, whole(path)]));
  const told = [whole(window.site.urls), way, new URL(engine, document.baseURI).href];
  const about = encodeURIComponent(JSON.stringify(told));
  const worker = new Worker(`bench.js#${about}`, { type: 'module' });
  (window.workers ??= {})[way] = worker;
  await new Promise((resolve, reject) => { worker.onmessage = resolve; worker.onerror = (e) => reject(e.message); });
}"""
MOVES = (6, 7, 8, 9, 11)  # of the slider of steps, which stands at ten
MOVE = """(steps) => {
  delete document.documentElement.dataset.preview;
  const slider = document.querySelector('#setting-steps input[type=range]');
  slider.value = steps;
  slider.dispatchEvent(new Event('input', { bubbles: true }));
}"""
ASK = """([way, size]) => new Promise((resolve) => {
  window.workers[way].onmessage = ({ data }) => resolve(data);
  window.workers[way].postMessage(size);
})"""


class Handler(SimpleHTTPRequestHandler):
    """Serve the site, isolated so that threads are allowed, and note the bytes that go out."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | {".mjs": "text/javascript"}
    sent: dict[str, int] = {}  # noqa: RUF012

    def do_GET(self):
        place = Path(self.translate_path(self.path))
        place = place / "index.html" if place.is_dir() else place
        small = place.with_name(f"{place.name}.br")
        found = small if small.is_file() else place
        own = self.path.startswith("/bench.js")
        content = WORKER.encode() if own else found.read_bytes() if found.is_file() else b""
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(place)))
        self.send_header("Content-Length", str(len(content)))
        for name, value in HEADERS.items():
            self.send_header(name, value)
        if not own and found == small:
            self.send_header("Content-Encoding", "br")
        self.send_header("Cache-Control", "max-age=31536000" if "/assets/" in self.path else "no-cache")
        self.end_headers()
        self.sent[self.path] = self.sent.get(self.path, 0) + len(content)
        self.wfile.write(content)

    def log_message(self, *about):
        """Say nothing."""


def engine_step():
    """Return a function that takes a step of the default recipe at (h, w) in fp32."""
    from deepdream.ascent import Ascent
    from deepdream.dreaming import Climb
    from deepdream.networks import load_network
    from deepdream.objectives.aims import from_recipe
    from deepdream.recipe import Recipe

    network, recipe = load_network("compact"), Recipe()

    def step(size):
        h, w = size
        picture = (0.5 + 0.4 * np.sin(np.arange(3 * h * w) / 7)).reshape(h, w, 3).astype(np.float32)
        aim = from_recipe(recipe, network, picture, precision="fp32")
        climb = Climb(network=network, aim=aim, recipe=recipe, steps=10, step_size=0.0125, precision="fp32")
        ascent = Ascent(picture, climb, np.random.default_rng(0))
        began = time.perf_counter()
        ascent.measure()
        ascent.move()
        return 1000 * (time.perf_counter() - began)

    return step


def visit_bytes(browser, address):
    """Return the bytes that go out on a first and on a second visit."""
    context = browser.new_context()
    found = []
    for _ in range(2):
        Handler.sent.clear()
        page = context.new_page()
        page.goto(address)
        page.wait_for_selector("html[data-device]", state="attached", timeout=120_000)
        page.wait_for_timeout(4000)
        found.append(sum(Handler.sent.values()))
        page.close()
    context.close()
    return found


def previews(browser, address, width):
    """Return the milliseconds of a page's first preview, begun with nothing, and of one after a slider's move."""
    context = browser.new_context(viewport={"width": width, "height": 844}, service_workers="block")
    page = context.new_page()
    page.goto(f"{address}?way=wasm")
    page.wait_for_selector(".chip")  # from then on it takes photos
    page.set_input_files("[data-part=file]", str(PHOTO))
    page.wait_for_selector("html[data-preview]", state="attached", timeout=120_000)
    took = [int(page.get_attribute("html", "data-preview"))]
    for steps in MOVES:
        page.wait_for_timeout(4000)  # the hand rests, and the better preview has come
        page.evaluate(MOVE, steps)
        page.wait_for_selector("html[data-preview]", state="attached")
        took.append(int(page.get_attribute("html", "data-preview")))
    context.close()
    return took[0], statistics.median(took[1:])


def crowd(address, paths, visitors=50):
    """Have visitors fetch at once what a first visit fetches; return requests, megabytes and seconds, ours included."""
    request = [urllib.request.Request(address + path.lstrip("/")) for path in paths] * visitors
    began, before = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(visitors) as many:
        sizes = list(many.map(lambda each: len(urllib.request.urlopen(each).read()), request))
    taken = {"seconds": time.perf_counter() - began, "processor seconds": time.process_time() - before}
    return {"requests": len(sizes), "MB": sum(sizes) / 1e6, **taken}


def measure(browser, address, engine, rounds):
    """Return {size: {variant: milliseconds of each round}}."""
    page = browser.new_context(service_workers="block").new_page()
    page.goto(address)
    for way in WAYS:
        page.evaluate(OPEN, [way, engine])
    step = engine_step()
    times = {size: {"engine fp32": [], "wasm": [], "threads": []} for size in SIZES}
    for turn in range(-1, rounds):
        for size, variants in times.items():
            taken = {"engine fp32": step(size), **{way: page.evaluate(ASK, [way, size]) for way in WAYS}}
            if turn >= 0:
                for name, milliseconds in taken.items():
                    variants[name].append(milliseconds)
    return times


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("site", type=Path)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    folder = options.site
    from playwright.sync_api import sync_playwright

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/"
    engine = next(str(each.relative_to(folder)) for each in folder.glob("assets/app-*/browser/static/engine"))
    with sync_playwright() as playwright:
        found = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        print(json.dumps(dict(zip(("first visit", "second visit"), visit_bytes(browser, address), strict=True))))
        Handler.sent.clear()
        print(
            json.dumps(
                {
                    f"previews at {width}, first and later, ms": previews(browser, address, width)
                    for width in (390, 1280)
                }
            )
        )
        print("fifty at once", json.dumps(crowd(address, list(Handler.sent))))
        print("| | " + " | ".join(f"{w}x{h}" for h, w in SIZES) + " |")
        print("|---" * (len(SIZES) + 1) + "|")
        times = measure(browser, address, engine, options.rounds)
        for name in ("engine fp32", *WAYS):
            cells = (f"{min(times[size][name]):.0f} ({statistics.median(times[size][name]):.0f})" for size in SIZES)
            print(f"| {name} | " + " | ".join(cells) + " |")
        browser.close()


if __name__ == "__main__":
    main()
