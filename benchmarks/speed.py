"""Measure dreaming against the published ways, in alternating runs of one process.

    python -m benchmarks.speed                      everything, about half an hour on two cores
    python -m benchmarks.speed --sizes 512 --works inception_two_layers --rounds 5
    python -m benchmarks.speed --table benchmarks/results/NAME.json

A further run at the same commit adds to its file of results.

Weights are random (speed does not know the difference) with batch norms calibrated on pictures, so nothing is
downloaded. Each row has the wall time a step (median and least of the rounds), the processor time a step, which other
programs on the machine disturb less, GFLOP/s of the convolutions and their share of the machine's measured peak, and
the peak memory, taken in a process of its own.
"""

import argparse
import functools
import importlib.util
import json
import math
import operator
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf

from benchmarks.machine import commit, lines_of, machine, peak_gflops
from benchmarks.published import keras_example, tutorial_octaves, tutorial_steps
from deepdream.ascent import Ascent, Climb
from deepdream.dreaming import dream
from deepdream.engine.compile import run
from deepdream.engine.graph import INPUT, Conv, DepthwiseConv, Graph
from deepdream.networks import Network, cache, load_network
from deepdream.networks.from_keras import convert
from deepdream.networks.imagenet import TABLE, _network
from deepdream.objectives.aims import from_recipe
from deepdream.presets import preset
from deepdream.recipe import Recipe
from tests.calibrated import calibrated_model
from tests.tiny_graphs import picture

RESULTS = Path(__file__).parent / "results"
HAS_TORCH = importlib.util.find_spec("torch") is not None


@dataclass(frozen=True)
class Work:
    """Name one thing to do a step of: a network and the layers whose means are made larger."""

    network: str
    layers: tuple[str, ...]


WORKS = {
    "inception_two_layers": Work("inception_v3", ("mixed3", "mixed5")),
    "inception_one_layer": Work("inception_v3", ("mixed3",)),
    "vgg16": Work("vgg16", ("block4_conv3",)),
    "compact": Work("compact", ("conv4_2",)),
}
RUNS = ("tutorial_octaves", "keras_example", "compact_preview")


@dataclass
class Row:
    """Hold what one variant took, in milliseconds a step, or for a whole run."""

    work: str
    size: tuple[int, int]
    variant: str
    wall_ms: list[float] = field(default_factory=list)
    processor_ms: list[float] = field(default_factory=list)
    gflop: float | None = None
    peak_mb: float | None = None

    def summary(self) -> dict:
        record = asdict(self) | {"median_ms": statistics.median(self.wall_ms), "least_ms": min(self.wall_ms)}
        if self.gflop is not None:
            record["gflop_per_second"] = self.gflop / record["median_ms"] * 1e3
        return record


@functools.cache
def keras_model(name: str) -> keras.Model:
    """Return the Keras model with calibrated random weights."""
    return calibrated_model(name)


@functools.cache
def loaded(name: str) -> Network:
    """Return the network as a graph: from the disk, as at a second start, once it has been converted."""
    if name == "compact":
        return load_network("compact")
    key = f"{name}-benchmark"
    conversion = cache.read(key)
    if conversion is None:
        conversion = convert(keras_model(name))
        cache.write(key, conversion)
    return _network(TABLE[name], conversion, ())


def step_variants(work: Work, size: tuple[int, int]) -> dict[str, Callable[[], Callable[[int], object]]]:
    """Return what makes run(steps), by variant; all have the same maths: sum of means, divided by std, step, clip."""
    x = picture(*size)[0]
    variants = {
        "tutorial": lambda: _tutorial(work, x),
        "ours fp32": lambda: _ours(work, x, "fp32"),
        "ours bf16": lambda: _ours(work, x, "bf16"),
        "folded fp32": lambda: _folded(work, x, "fp32"),
        "folded bf16": lambda: _folded(work, x, "bf16"),
    }
    if HAS_TORCH:
        variants["pytorch fp32"] = lambda: _peer(work, x, "fp32")
        variants["pytorch bf16"] = lambda: _peer(work, x, "bf16")
    return variants


def _tutorial(work: Work, x: np.ndarray) -> Callable[[int], object]:
    if work.network == "compact":
        original = graph_model(loaded("compact"), work.layers)
    else:
        original = part(keras_model(work.network), work.layers)
    steps = tutorial_steps(original)
    return lambda count: steps(tf.constant(x), count, 0.01)[1].numpy()


def _ours(work: Work, x: np.ndarray, precision: str) -> Callable[[int], object]:
    network, image = loaded(work.network), (x + 1) / 2
    recipe = preset("tensorflow_simple").replace(network=work.network, layers=tuple((n, 1.0) for n in work.layers))
    aim = from_recipe(recipe, network, image, precision=precision)
    climb = Climb(network, aim, recipe, steps=100, step_size=0.01, precision=precision)

    def steps(count: int) -> object:
        ascent = Ascent(image.copy(), climb, np.random.default_rng(0))
        for _ in range(count):
            ascent.measure()
            ascent.move()
        return ascent.picture

    return steps


def _folded(work: Work, x: np.ndarray, precision: str) -> Callable[[int], object]:
    from benchmarks.folded import folded_steps

    steps = folded_steps(loaded(work.network).graph, work.layers, precision)
    return lambda count: steps(x, count, 0.01)


def _peer(work: Work, x: np.ndarray, precision: str) -> Callable[[int], object]:
    from benchmarks.peer import peer_steps

    steps = peer_steps(loaded(work.network).graph, work.layers, precision)
    return lambda count: steps(x, count, 0.01)


def part(model: keras.Model, layers: tuple[str, ...]) -> keras.Model:
    """Return the Keras model cut at layers, as the published ways do."""
    return keras.Model(model.input, [model.get_layer(name).output for name in layers])


def graph_model(network: Network, layers: tuple[str, ...]) -> Callable:
    """Return a network that never was a Keras model as a function that TensorFlow differentiates."""
    graph = network.cut(layers)

    def model(x: tf.Tensor) -> list[tf.Tensor]:
        values = run(graph, {INPUT: x})
        return [values[name] for name in layers]

    return model


def run_variants(name: str) -> dict[str, Callable[[int], object]]:
    """Return whole runs: octaves of the tutorial, of the Keras example, a preview with the compact network."""
    if name == "compact_preview":
        photo = ((picture(240, 320) + 1) / 2)[0]
        recipe = Recipe()
        return {f"ours {p}": functools.partial(_dream, photo, recipe, None, p) for p in ("fp32", "bf16")}
    network, model = loaded("inception_v3"), keras_model("inception_v3")
    if name == "tutorial_octaves":
        x = picture(375, 500)[0]
        recipe = preset("tensorflow_octaves").replace(steps=6)
        published = tutorial_octaves(part(model, ("mixed3", "mixed5")))
        variants = {"tutorial": lambda count: published(tf.constant(x), 6, 0.01).numpy()}
    else:
        x = picture(375, 500)[0]
        recipe = preset("keras_example").replace(max_loss=None)  # random weights know nothing of that limit
        weights = tuple(weight for _, weight in recipe.layers)
        example = keras_example(part(model, tuple(layer for layer, _ in recipe.layers)), weights)
        variants = {"keras example": lambda count: example(tf.constant(x[None]), 3, 20, 0.01).numpy()}
    for precision in ("fp32", "bf16"):
        variants[f"ours {precision}"] = functools.partial(_dream, (x + 1) / 2, recipe, network, precision)
    return variants


def _dream(photo: np.ndarray, recipe: Recipe, network: Network | None, precision: str, count: int) -> object:
    return list(dream(photo, recipe, network=network, every=1000, precision=precision))[-1].image


def measure(rows: dict[str, Row], variants: dict[str, Callable[[int], object]], *, rounds: int, steps: int) -> None:
    """Warm each variant up, then run them in turns, and note the times a step."""
    for run_steps in variants.values():
        run_steps(1)
        run_steps(1)
    for _ in range(rounds):
        for name, run_steps in variants.items():
            wall, processor = time.perf_counter(), time.process_time()
            run_steps(steps)
            rows[name].wall_ms.append((time.perf_counter() - wall) * 1e3 / steps)
            rows[name].processor_ms.append((time.process_time() - processor) * 1e3 / steps)


def flops(graph: Graph, side: int) -> int:
    """Return twice the multiply-adds of the convolutions of one forward pass; the way back costs as much again."""
    shapes = graph.shapes(side, side)
    convolutions = (o for o in graph.operations if isinstance(o, Conv | DepthwiseConv))
    return sum(2 * math.prod(shapes[o.name][:2]) * o.kernel.size for o in convolutions)


def peak_memory(work: str, size: int, variant: str) -> float | None:
    """Return the most memory in MB that three steps took in a process of their own, imports and weights included."""
    command = [sys.executable, "-m", "benchmarks.speed", "--child", work, str(size), variant]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return float(done.stdout.split()[-1]) if done.returncode == 0 else None


def child(work: str, size: int, variant: str) -> None:
    step_variants(WORKS[work], (size, size))[variant]()(3)
    held = [line.split()[1] for line in lines_of("/proc/self/status") if line.startswith("VmHWM")]
    if held:  # ru_maxrss would begin with what the parent held when it started this process
        print(float(held[0]) * 1.024e-3)
    else:
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3))


def cold_start() -> dict[str, float]:
    """Return the seconds from starting Python to the first frame of the compact network at 320x240."""
    code = (
        "import numpy as np; from deepdream import dream; "
        "next(iter(dream(np.random.default_rng(0).random((240, 320, 3)).astype('f'))))"
    )
    times = []
    for _ in range(3):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
        times.append(time.perf_counter() - began)
    return {"median_s": statistics.median(times), "least_s": min(times)}


def benchmark(options: argparse.Namespace) -> dict:
    """Measure all that was asked for, and return the record."""
    record = {"commit": commit(), "machine": machine(), "peak_gflops": {p: peak_gflops(p) for p in ("fp32", "bf16")}}
    rows: list[Row] = []
    for name in options.works:
        for size in options.sizes:
            makers = step_variants(WORKS[name], (size, size))
            variants = {k: make() for k, make in makers.items() if options.peer or not k.startswith("pytorch")}
            gflop = 2 * flops(loaded(WORKS[name].network).cut(WORKS[name].layers), size) / 1e9
            found = {variant: Row(name, (size, size), variant, gflop=gflop) for variant in variants}
            measure(found, variants, rounds=options.rounds, steps=max(1, 1024 // size))
            if options.memory:
                for variant, row in found.items():
                    row.peak_mb = peak_memory(name, size, variant)
            rows += report(found)
    for name in options.runs:
        variants = run_variants(name)
        found = {variant: Row(name, (240, 320) if "preview" in name else (375, 500), variant) for variant in variants}
        measure(found, variants, rounds=max(2, options.rounds // 2), steps=1)
        rows += report(found)
    record["rows"] = [row.summary() for row in rows]
    if options.cold:
        record["cold_start"] = cold_start()
    return record


def added(before: dict, after: dict) -> dict:
    """Return earlier results of the same commit with newer ones: what was measured anew, and what was not."""
    if before["commit"] != after["commit"]:
        return after
    key = operator.itemgetter("work", "size", "variant")
    rows = {json.dumps(key(row)): row for row in (*before["rows"], *after["rows"])}
    return {**after, **before, "rows": list(rows.values())}


def report(rows: dict[str, Row]) -> list[Row]:
    base = statistics.median(next(iter(rows.values())).wall_ms)
    for row in rows.values():
        median = statistics.median(row.wall_ms)
        rate = f"{row.gflop / median * 1e3:7.0f} GFLOP/s" if row.gflop else ""
        memory = f"{row.peak_mb:6.0f} MB" if row.peak_mb else ""
        print(
            f"{row.work:22s} {row.size[1]:4d} x {row.size[0]:4d}  {row.variant:14s} median {median:8.1f} ms  "
            f"least {min(row.wall_ms):8.1f}  processor {statistics.median(row.processor_ms):8.1f}  "
            f"x{base / median:5.2f} {rate} {memory}",
            flush=True,
        )
    return list(rows.values())


def table(record: dict) -> str:
    """Return the results as a Markdown table."""
    about, peak = record["machine"], record["peak_gflops"]
    lines = [
        f"{about['processor']}, {about['cores']} cores ({', '.join(about['flags'])}), "
        f"TensorFlow {about['tensorflow']}, commit {record['commit']}; peak of a matrix product: "
        f"fp32 {peak['fp32']:.0f}, bf16 {peak['bf16']:.0f} GFLOP/s.",
        "",
        "| work | size | variant | ms, median (least) | processor ms | speed-up | GFLOP/s | of the peak | peak MB |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    first: dict[tuple, float] = {}
    for row in record["rows"]:
        base = first.setdefault((row["work"], tuple(row["size"])), row["median_ms"])
        rate, memory = row.get("gflop_per_second"), row["peak_mb"]
        cells = [
            row["work"],
            f"{row['size'][1]}×{row['size'][0]}",
            row["variant"],
            f"{row['median_ms']:.0f} ({row['least_ms']:.0f})",
            f"{statistics.median(row['processor_ms']):.0f}",
            f"{base / row['median_ms']:.2f}",
            f"{rate:.0f}" if rate else "",
            f"{100 * rate / peak['bf16' if 'bf16' in row['variant'] else 'fp32']:.0f} %" if rate else "",
            f"{memory:.0f}" if memory else "",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    if "cold_start" in record:
        lines += [
            "",
            f"First frame of the compact network from a cold start: {record['cold_start']['median_s']:.1f} s.",
        ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="*", default=[512, 1024, 2048], help="sides of the square picture")
    parser.add_argument("--works", nargs="*", default=list(WORKS), choices=list(WORKS))
    parser.add_argument("--runs", nargs="*", default=list(RUNS), choices=list(RUNS), help="whole runs")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--memory", action="store_true", help="also the peak memory, each in a process of its own")
    parser.add_argument("--cold", action="store_true", help="also the time from starting Python to the first frame")
    parser.add_argument(
        "--no-peer", dest="peer", action="store_false", help="without PyTorch, which is slow to measure"
    )
    parser.add_argument("--json", type=Path, help="where the results go; results/COMMIT.json by default")
    parser.add_argument("--table", type=Path, metavar="JSON", help="print the table of earlier results, and stop")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.table:
        print(table(json.loads(options.table.read_text())))
    elif options.child:
        child(options.child[0], int(options.child[1]), options.child[2])
    else:
        record = benchmark(options)
        path = options.json if options.json is not None else RESULTS / f"{record['commit']}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            record = added(json.loads(path.read_text()), record)
        path.write_text(json.dumps(record, indent=1) + "\n")
        print(f"\n{table(record)}\n\nwritten to {path}")


if __name__ == "__main__":
    main()
