"""Take a Keras model apart into a Graph: one operation a layer, then batch norms and paddings folded into convolutions.

Names are those of the Keras layers, as a fresh session would number them. A layer with an activation of its own becomes
two operations; the value that bears the layer's name is the one after the activation, as in Keras.
"""

import re
from dataclasses import replace
from typing import Any

import numpy as np

from deepdream.engine import graph as ops
from deepdream.engine.graph import INPUT, Graph, Operation
from deepdream.networks.conversion import Conversion
from deepdream.networks.keras_layers import LAYERS, Call, UnknownLayerError, linear_name


def convert(model: Any) -> Conversion:
    """Return the graph of a Keras functional or sequential model, with everything folded that can be.

    What follows a Flatten, and the softmax at the end, is left out: it fits one size of picture, or is no place to
    dream.

    Raises:
        UnknownLayerError: a layer has no equal here.
    """
    reader = _KerasReader()
    outputs = reader.model(model, [INPUT])
    operations, renamed = _without_last_softmax(reader.operations)
    last = renamed.get(str(outputs[0]), outputs[0])
    logits = reader.dense.get(last) if len(outputs) == 1 else None
    return Conversion(fold(Graph(operations)), reader.kinds, renamed.get(str(logits), logits))


def _without_last_softmax(operations: list[Operation]) -> tuple[tuple[Operation, ...], dict[str, str]]:
    """Leave out each softmax that nobody reads; also return the new names of the values that are called otherwise."""
    read = {name for operation in operations for name in operation.inputs}
    kept: dict[str, Operation] = {}
    renamed: dict[str, str] = {}
    for operation in operations:
        before = kept.get(operation.inputs[0])
        if (
            not (before and isinstance(operation, ops.Activation) and operation.function == "softmax")
            or operation.name in read
        ):
            kept[operation.name] = operation
        elif before.name == linear_name(operation.name):
            kept[operation.name] = replace(kept.pop(before.name), name=operation.name)
            renamed[before.name] = operation.name
        else:
            renamed[operation.name] = before.name
    return tuple(kept.values()), renamed


def fold(graph: Graph) -> Graph:
    """Return an equal graph in which paddings and scales have gone into the convolutions beside them.

    The names that remain still mean the same values.
    """
    operations: dict[str, Operation] = {}
    for operation in graph.operations:
        before = operations.get(operation.inputs[0])
        if before is not None and graph.used_once(before.name):
            folded = _fold(before, operation)
            if folded is not None:
                del operations[before.name]
                operation = folded
        operations[operation.name] = operation
    return Graph(tuple(operations.values()), graph.outputs)


def _fold(before: Operation, operation: Operation) -> Operation | None:
    """Return one operation that does both, or None."""
    match before, operation:
        # Not into a depthwise one: TensorFlow's fused kernel aborts on explicit padding.
        case ops.Pad(), ops.Conv(padding="valid"):
            return replace(operation, inputs=before.inputs, padding=before.padding)
        case ops.Conv() | ops.DepthwiseConv(), ops.Scale(scale=scale, offset=offset):
            # In float64: a channel whose variance is tiny has a huge scale.
            shaped = scale.astype(np.float64)
            kernel = before.kernel * (shaped if isinstance(before, ops.Conv) else shaped[:, None])
            bias = shaped * (before.bias if before.bias is not None else 0) + (offset if offset is not None else 0)
            return replace(
                before, name=operation.name, kernel=kernel.astype(np.float32), bias=np.asarray(bias).astype(np.float32)
            )
    return None


def _snake_case(name: str) -> str:
    """Return the word from which Keras makes a layer's name: Conv2D conv2d, BatchNormalization batch_normalization."""
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)).lower()


class _KerasReader:
    """Collect operations along a model; `values` maps the Keras tensors seen so far to names."""

    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self.kinds: dict[str, str] = {}
        self.dense: dict[str | None, str] = {}  # of dense layers without places: result -> value before the activation
        self.values: dict[int, str | None] = {}  # None: behind a Flatten
        self.names: dict[int, str] = {}

    def model(self, model: Any, inputs: list[str | None], prefix: str = "") -> list[str | None]:
        """Add the operations of a model that reads these values, and return the names of its outputs.

        `prefix` goes before the numbered names of a model inside a model.
        """
        self.names.update({layer: prefix + name for layer, name in _fresh_names(model).items()})
        self.values.update({id(tensor): name for tensor, name in zip(model.inputs, inputs, strict=True)})
        # Keras has no public list of a functional model's calls in their order; this one has been there since 3.0.
        function = model._functional if type(model).__name__ == "Sequential" else model
        if function is not model:
            self.values.update({id(tensor): name for tensor, name in zip(function.inputs, inputs, strict=True)})
        for depth in sorted(function._nodes_by_depth, reverse=True):
            for node in function._nodes_by_depth[depth]:
                if not node.is_input:
                    self._node(node)
        return [self.values[id(tensor)] for tensor in function.outputs]

    def _node(self, node: Any) -> None:
        layer = node.operation
        sources = [self.values[id(tensor)] for tensor in node.input_tensors]
        kind = type(layer).__name__
        if None in sources or kind == "Flatten":
            results: list[str | None] = [None] * len(node.outputs)
        elif hasattr(layer, "_nodes_by_depth") or kind == "Sequential":
            results = self.model(layer, sources, f"{layer.name}/")
        else:
            name = self.names.get(id(layer), layer.name)
            shape = tuple(node.outputs[0].shape)
            if kind not in LAYERS:
                raise UnknownLayerError(f'{kind} "{layer.name}"')
            shapes = tuple(tuple(tensor.shape) for tensor in node.input_tensors)
            made = LAYERS[kind](Call(layer, name, tuple(str(source) for source in sources), shapes, shape))
            self.operations.extend(made)
            if name in self.kinds:
                raise UnknownLayerError(f'a second {kind} "{name}"')
            if made:
                self.kinds[made[-1].name] = kind
            if kind == "Dense" and len(shape) == 2:
                self.dense[made[-1].name] = made[0].name
            results = [made[-1].name if made else sources[0]]
        self.values.update({id(tensor): result for tensor, result in zip(node.outputs, results, strict=True)})


def _fresh_names(model: Any) -> dict[int, str]:
    """Return the names by id of the layers that Keras numbered, counted from the model's first, as in a new session."""
    numbered: dict[str, list[tuple[int, Any]]] = {}
    for layer in getattr(model, "operations", model.layers):
        snake = _snake_case(type(layer).__name__)
        found = re.fullmatch(rf"{snake}(?:_(\d+))?", layer.name)
        if found:
            numbered.setdefault(snake, []).append((int(found[1] or 0), layer))
    names = {}
    for snake, layers in numbered.items():
        first = min(number for number, _ in layers)
        for number, layer in layers:
            names[id(layer)] = snake if number == first else f"{snake}_{number - first}"
    return names
