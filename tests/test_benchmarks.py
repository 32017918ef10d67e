"""The table of the benchmarks is made from the newest results."""

import json
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tiny_graphs import correlation, picture, tiny_graph

from deepdream.engine.compile import compile_gradient
from deepdream.networks import load_network

FOLDER = Path(__file__).parent.parent / "benchmarks"


def test_the_table_is_that_of_the_results():
    from benchmarks.speed import table

    text = (FOLDER / "README.md").read_text()
    (path,) = (FOLDER / "results").glob("[0-9a-f]" * 7 + ".json")  # named after its commit
    assert f"--table benchmarks/results/{path.name} -->" in text
    assert table(json.loads(path.read_text())) in text


def test_a_further_run_at_one_commit_adds_to_its_results():
    from benchmarks.speed import added

    def record(commit, *rows):
        return {
            "commit": commit,
            "rows": [dict(zip(("work", "size", "variant", "ms"), row, strict=True)) for row in rows],
        }

    before = {**record("a", ("vgg16", (9, 9), "ours", 5), ("vgg16", (9, 9), "theirs", 7)), "cold_start": 2}
    after = record("a", ("vgg16", (9, 9), "ours", 4), ("vgg16", (18, 18), "ours", 16))
    found = added(before, after)
    assert [row["ms"] for row in found["rows"]] == [4, 7, 16] and found["cold_start"] == 2
    other = record("b", ("vgg16", (9, 9), "ours", 3))
    assert added(before, other) == other


def test_flops_count_multiply_adds_twice():
    from benchmarks.speed import flops

    assert flops(tiny_graph().cut(["stem"]), 33) == 2 * 16 * 16 * 3 * 3 * 3 * 8


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_folded_keras_model_takes_the_same_step(precision):
    from benchmarks.folded import folded_steps

    network, layers = load_network("compact"), ("conv4_1", "conv5_2")
    x = picture(40, 48)
    moved = folded_steps(network.graph, layers, precision)(x[0], 1, 0.01)
    _, gradient = compile_gradient(network, Means(*layers), precision="fp32")(x)
    expected = np.clip(x[0] + 0.01 * gradient[0] / np.std(gradient), -1, 1)
    assert correlation(moved - x[0], expected - x[0]) > (0.999 if precision == "fp32" else 0.95)


class Means:
    """The sum of the layers' means, as the published ways have it."""

    def __init__(self, *layers):
        self.layers = layers

    def losses(self, activations, targets):
        return {name: tf.reduce_mean(activations[name]) for name in self.layers}
