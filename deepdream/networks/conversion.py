"""A network taken over from elsewhere: its graph, and which of its values are layers to dream on."""

from dataclasses import dataclass, replace

from deepdream.engine.graph import Activation, Graph
from deepdream.engine.network import CLASSES, DEPTHS, Layer, depth_of


@dataclass(frozen=True, eq=False)
class Conversion:
    """Hold a model's graph, the kind of each value (its Keras class), the name of its logits, and its labels."""

    graph: Graph
    kinds: dict[str, str]
    logits: str | None
    labels: tuple[str, ...] = ()


def name_classes(conversion: Conversion) -> tuple[Graph, bool]:
    """Return the graph with its logits called CLASSES, and whether it has any."""
    if conversion.logits is None or conversion.logits not in conversion.graph.by_name:
        return conversion.graph, False
    renamed = (replace(o, name=CLASSES) if o.name == conversion.logits else o for o in conversion.graph.operations)
    return Graph(tuple(o for o in renamed if conversion.logits not in o.inputs)), True


# Results of these are worth dreaming on; of batch norms only those that no activation follows.
_LISTED = {
    "Conv2D",
    "SeparableConv2D",
    "DepthwiseConv2D",
    "Dense",
    "Activation",
    "ReLU",
    "Concatenate",
    "Add",
    "CustomScaleLayer",
    "BatchNormalization",
}
_THIRDS = ("early", "middle", "late")


def list_layers(graph: Graph, kinds: dict[str, str]) -> tuple[Layer, ...]:
    """Return the layers worth dreaming on, shallow to deep; `kinds` are Keras's words for the values.

    How deep a layer is, in plain words, goes by how many pixels one of its places stands for.
    """
    size = graph.smallest_size() + 224
    shapes, strides = graph.shapes(size, size), graph.strides()
    names = [
        name
        for name in graph.by_name
        if kinds.get(name) in _LISTED and shapes[name][0] > 1 and _is_listed(graph, name, kinds)
    ]
    layers = []
    for name in names:
        depth = depth_of(strides[name])
        alike = [other for other in names if strides[other] == strides[name]]
        third = _THIRDS[3 * alike.index(name) // len(alike)]
        layers.append(Layer(name, shapes[name][2], f"{depth}, {third}", depth, strides[name]))
    if CLASSES in graph.by_name:
        deepest = max(strides.values())
        layers.append(Layer(CLASSES, shapes[CLASSES][2], "one thing of the list of labels", DEPTHS[-1], deepest))
    return tuple(layers)


def _is_listed(graph: Graph, name: str, kinds: dict[str, str]) -> bool:
    users = graph.users.get(name, ())
    return kinds[name] != "BatchNormalization" or not (users and all(isinstance(user, Activation) for user in users))
