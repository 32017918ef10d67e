"""A network as the rest of the program sees it: its layers in plain words, its value range, and its graph."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from deepdream.engine.graph import Graph
from deepdream.errors import LayerError, nearest

DEPTHS = ("edges", "textures", "patterns", "parts", "objects")  # what layers see, shallow to deep
CLASSES = "classes"  # the layer of the class logits, in every network that has them; one channel a label


@dataclass(frozen=True)
class Layer:
    """Describe one layer that can be dreamed on.

    `title` says in plain words what it tends to draw, `depth` is one of DEPTHS, `stride` is how many pixels one place
    stands for.
    """

    name: str
    channels: int
    title: str
    depth: str
    stride: int


@dataclass(frozen=True, eq=False)
class Network:
    """Hold what a dream needs to know of a network; two loads of one network are different values.

    Network units are `image * scale + offset` per channel of an RGB image in [0, 1]. `default_layers` are pairs of a
    layer and its weight. `minimum_size` is the least side in pixels at which all layers mean something; smaller
    pictures are mirrored up to it. Without a graph, `keras_model` is asked instead, slower.
    """

    name: str
    title: str
    layers: tuple[Layer, ...]
    default_layers: tuple[tuple[str, float], ...]
    minimum_size: int
    scale: np.ndarray  # (3,)
    offset: np.ndarray  # (3,)
    labels: tuple[str, ...] = ()
    graph: Graph | None = None
    keras_model: Any = None

    @cached_property
    def _by_name(self) -> dict[str, Layer]:
        return {layer.name: layer for layer in self.layers}

    def layer(self, name: str) -> Layer:
        """Return the layer of that name.

        Raises:
            LayerError: there is none; the message has the names that look alike.
        """
        if name == CLASSES and name not in self._by_name:
            raise LayerError(f"{self.name} has no classes here; choose a network that has, as compact or inception_v3.")
        if name not in self._by_name:
            raise LayerError(f'"{name}" is not a layer of {self.name}; {nearest(name, self._by_name)}')
        return self._by_name[name]

    def class_index(self, label: int | str) -> int:
        """Return the index of a class given by its index or its name, large and small letters alike.

        Raises:
            LayerError: the network has no such class.
        """
        if isinstance(label, int):
            if not 0 <= label < len(self.labels):
                raise LayerError(f"{self.name} has the classes 0 to {len(self.labels) - 1}, received {label}.")
            return label
        lowered = [each.lower() for each in self.labels]
        if label.lower() not in lowered:
            raise LayerError(f'"{label}" is not a class of {self.name}; {nearest(label, self.labels)}')
        return lowered.index(label.lower())

    def channel(self, layer: str, channel: int) -> int:
        """Return the channel, where the layer has it.

        Raises:
            LayerError: the network has no such layer or channel.
        """
        channels = self.layer(layer).channels
        if not 0 <= channel < channels:
            raise LayerError(f"{layer} has the channels 0 to {channels - 1}, received {channel}.")
        return channel

    def cut(self, layers: Iterable[str]) -> Graph:
        """Return the part of the graph that these listed layers need.

        Raises:
            LayerError: a layer is not listed.
            ValueError: the network has no graph.
        """
        names = [self.layer(name).name for name in layers]
        if self.graph is None:
            raise ValueError(f"{self.name} has no graph")
        return self.graph.cut(names)

    def to_input(self, image: np.ndarray) -> np.ndarray:
        """Return an image in [0, 1], (..., h, w, 3), in network units, float32."""
        return np.asarray(image, np.float32) * self.scale + self.offset

    def to_image(self, x: np.ndarray) -> np.ndarray:
        """Return a picture in network units, (..., h, w, 3), as an image, float32; the inverse of `to_input`."""
        return (np.asarray(x, np.float32) - self.offset) / self.scale


def depth_of(stride: int) -> str:
    """Return the one of DEPTHS that a layer of a stride sees: 2 edges, 4 textures, ... 32 objects."""
    return DEPTHS[min(max(stride.bit_length() - 2, 0), len(DEPTHS) - 1)]


def told_apart(labels: Iterable[str]) -> tuple[str, ...]:
    """Return the labels with a number behind each name that came before: ImageNet has two cranes and two maillots."""
    counts: Counter[str] = Counter()
    told = []
    for label in labels:
        counts[label] += 1
        told.append(label if counts[label] == 1 else f"{label} ({counts[label]})")
    return tuple(told)


def channel_range(scale: float | tuple[float, ...], offset: float | tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return scale and offset as float32 arrays of three, from one number or one a channel."""
    return (
        np.broadcast_to(np.asarray(scale, np.float32), 3).copy(),
        np.broadcast_to(np.asarray(offset, np.float32), 3).copy(),
    )
