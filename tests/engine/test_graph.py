"""Graphs as data: cutting, shapes, packing, and what they refuse."""

import json
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from tiny_graphs import picture, tiny_graph

from deepdream.engine.compile import run
from deepdream.engine.graph import INPUT, Graph, pack, unpack
from deepdream.errors import LayerError


def test_graph_imports_without_tensorflow():
    code = "import sys, deepdream.engine.graph, deepdream.networks; assert 'tensorflow' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_cut_keeps_only_what_the_layers_need():
    graph = tiny_graph().cut(["a3", "a1"])
    assert [operation.name for operation in graph.operations] == [
        "stem_sum", "stem", "response", "a1_sum", "a1", "a2_sum", "a2", "a3_sum", "a3",
    ]  # fmt: skip
    assert graph.outputs == ("a3", "a1")


def test_an_unknown_layer_is_refused_with_the_nearest_names():
    with pytest.raises(LayerError, match=r'"blok_a" is not a value of this graph; nearest: block_a'):
        tiny_graph().cut(["blok_a"])


@pytest.mark.parametrize("size", [(64, 64), (61, 83), (39, 46)])
def test_shapes_are_those_that_tensorflow_computes(size):
    graph = tiny_graph()
    values = run(graph, {INPUT: tf.constant(picture(*size))})
    assert {name: tuple(value.shape[1:]) for name, value in values.items()} == graph.shapes(*size)


def test_the_smallest_size_leaves_every_value_a_place():
    graph = tiny_graph()
    size = graph.smallest_size()
    assert min(min(shape) for shape in graph.shapes(size, size).values()) == 1
    assert min(min(shape) for shape in graph.shapes(size - 1, size - 1).values()) < 1


def test_strides_count_pixels():
    strides = tiny_graph().strides()
    assert (strides["stem"], strides["block_a"], strides["block_b"], strides["patches"]) == (2, 2, 4, 16)


def test_a_packed_graph_comes_back_the_same():
    graph = tiny_graph()
    records, arrays = pack(graph)
    again = unpack(json.loads(json.dumps(records)), arrays)
    assert isinstance(again, Graph)
    x = tf.constant(picture(45, 52))
    before, after = run(graph, {INPUT: x}), run(again, {INPUT: x})
    assert list(before) == list(after)
    np.testing.assert_array_equal(before["classes"], after["classes"])
