"""The fast path: one network and one objective become one compiled function for the value and the gradient.

A step is the forward graph, the objective on a few of its layers (differentiated by TensorFlow, it is small), and the
backward graph. Weights are in the compute type, and oneDNN lays them out once; the picture and its gradient are
float32. The function takes pictures of any size without another trace.
"""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from deepdream.engine import onednn
from deepdream.engine.backward import given
from deepdream.engine.graph import INPUT, Graph, Operation
from deepdream.engine.kernels import KERNELS
from deepdream.engine.rewrites import plan
from deepdream.errors import NetworkError

if TYPE_CHECKING:
    from deepdream.engine.network import Network

IMAGE = "image"  # the pseudo-layer of objectives: the picture itself, in [0, 1]
PRECISIONS = ("auto", "fp32", "bf16")

Losses = dict[str, tf.Tensor]
GradientFunction = Callable[..., tuple[Losses, tf.Tensor]]

_log = logging.getLogger(__name__)


def compile_gradient(network: Network, objective: Any, *, precision: str = "auto") -> GradientFunction:
    """Return the function that gives an objective's losses and the gradient of their sum with respect to the picture.

    The function is `fn(x, targets) -> (losses, gradient)`: x is float32 (n, h, w, 3) in network units, targets are the
    arrays that the objective compares with, by name; losses are scalars by name; the gradient is float32 of x's shape
    and is the exact derivative. A picture smaller than the network can take is mirrored at its edges up to that size,
    inside; the gradient is folded back.

    Raises: LayerError where the objective names a layer that the network does not have.
    """
    return _compiled_gradient(network, objective, resolve_precision(precision, network))


def activations(network: Network, x: Any, layers: Iterable[str], *, precision: str = "auto") -> dict[str, tf.Tensor]:
    """Return the activations of the layers for the pictures x (n, h, w, 3) in network units, as float32 (n, h', w', c).

    Raises: LayerError for a layer that the network does not have.
    """
    return _compiled_activations(network, tuple(layers), resolve_precision(precision, network))(_as_picture(x))


def resolve_precision(precision: str, network: Network | None = None) -> str:
    """Return "fp32" or "bf16" for any of PRECISIONS; a network without a graph runs in fp32 whatever is wished.

    Raises: NetworkError for another word.
    """
    if precision not in PRECISIONS:
        raise NetworkError(f'precision is "{precision}"; it must be one of {", ".join(PRECISIONS)}.')
    if network is not None and network.graph is None:
        return "fp32"
    return chosen_precision() if precision == "auto" else precision


@functools.cache
def chosen_precision() -> str:
    """Return the compute type that "auto" stands for on this machine, by the processor's flags, not by a timing."""
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        capability = tf.config.experimental.get_device_details(gpus[0]).get("compute_capability", (0, 0))
        chosen = "bf16" if capability >= (8, 0) else "fp32"
        _log.info("Computing in %s: a GPU of compute capability %s.", chosen, ".".join(map(str, capability)))
        return chosen
    gains = sorted(processor_flags() & {"amx_bf16", "avx512_bf16"})
    chosen = "bf16" if gains else "fp32"
    _log.info("Computing in %s: the processor has %s.", chosen, " and ".join(gains) or "no bf16 units that we know of")
    return chosen


def processor_flags(cpuinfo: Path = Path("/proc/cpuinfo")) -> frozenset[str]:
    """Return the feature flags of the processor; none where the system does not list them as Linux does."""
    try:
        lines = cpuinfo.read_text().splitlines()
    except OSError:
        return frozenset()
    flags = (line.partition(":")[2] for line in lines if line.startswith(("flags", "Features")))
    return frozenset(next(flags, "").split())


def run(
    graph: Graph,
    values: dict[str, tf.Tensor],
    kernels: Mapping[type[Operation], Callable[..., tf.Tensor]] = KERNELS,
) -> dict[str, tf.Tensor]:
    """Add the results of the graph's operations to `values`, which holds what they read from outside, and return it."""
    for operation in graph.operations:
        values[operation.name] = kernels[type(operation)](operation, *(values[name] for name in operation.inputs))
    return values


# A compiled function of InceptionV3 takes 60 MB, of the compact network 20: enough for as many dreams at a time.
@functools.lru_cache(maxsize=8)
def _compiled_gradient(network: Network, objective: Any, precision: str) -> GradientFunction:
    step = _value_and_gradient(network, objective, precision)
    compiled: dict[tuple[tuple[str, int, tf.DType], ...], Any] = {}

    def function(x: Any, targets: Mapping[str, Any] | None = None) -> tuple[Losses, tf.Tensor]:
        arrays = {name: _as_tensor(value) for name, value in sorted((targets or {}).items())}
        kind = tuple((name, value.shape.rank, value.dtype) for name, value in arrays.items())
        if kind not in compiled:
            specs = {name: tf.TensorSpec([None] * rank, dtype) for name, rank, dtype in kind}
            signature = (tf.TensorSpec([None, None, None, 3], tf.float32), specs)
            compiled[kind] = _trace(network, step, signature)
        return compiled[kind](_as_picture(x), arrays)

    return function


def _value_and_gradient(network: Network, objective: Any, precision: str) -> Callable[..., tuple[Losses, tf.Tensor]]:
    layers = tuple(name for name in dict.fromkeys(objective.layers) if name != IMAGE)
    if network.graph is None:
        return _through_keras(network, objective, layers)
    graph = network.cut(layers)
    dtype = tf.bfloat16 if precision == "bf16" else tf.float32

    def value_and_gradient(picture: tf.Tensor, targets: dict[str, tf.Tensor]) -> tuple[Losses, tf.Tensor]:
        forward, backward = plan(graph)  # in here, so that its arrays are let go once they are in the function
        x, fold = mirror_to(picture, network.minimum_size)
        values = run(forward, {INPUT: tf.cast(x, dtype)}, onednn.kernels())
        tops = {name: tf.cast(values[name], tf.float32) for name in layers}
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([picture, *tops.values()])
            image = {IMAGE: (picture - network.offset) / network.scale} if IMAGE in objective.layers else {}
            losses = objective.losses({**tops, **image}, targets)
            total = tf.add_n(list(losses.values()))
        of_picture, of_tops = tape.gradient(total, [picture, tops], unconnected_gradients="zero")
        if not layers:
            return losses, of_picture
        values.update({given(name): tf.cast(gradient, dtype) for name, gradient in of_tops.items()})
        gradient = fold(tf.cast(run(backward, values, onednn.kernels())[backward.outputs[0]], tf.float32))
        return losses, gradient + of_picture if image else gradient

    return value_and_gradient


def _through_keras(
    network: Network, objective: Any, layers: tuple[str, ...]
) -> Callable[..., tuple[Losses, tf.Tensor]]:
    look = _keras_layers(network, layers)

    def value_and_gradient(picture: tf.Tensor, targets: dict[str, tf.Tensor]) -> tuple[Losses, tf.Tensor]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(picture)
            seen = look(mirror_to(picture, network.minimum_size)[0])
            seen[IMAGE] = (picture - network.offset) / network.scale
            losses = objective.losses(seen, targets)
            total = tf.add_n(list(losses.values()))
        return losses, tape.gradient(total, picture, unconnected_gradients="zero")

    return value_and_gradient


def _keras_layers(network: Network, layers: tuple[str, ...]) -> Callable[[tf.Tensor], dict[str, tf.Tensor]]:
    import keras

    _log.info("Running %s through Keras in fp32: it has operations that the fast engine does not know.", network.name)
    outputs = {name: network.keras_model.get_layer(network.layer(name).name).output for name in layers}
    model = keras.Model(network.keras_model.inputs, outputs) if outputs else None
    return lambda x: dict(model(x, training=False)) if model is not None else {}


@functools.lru_cache(maxsize=4)
def _compiled_activations(network: Network, layers: tuple[str, ...], precision: str) -> Any:
    wanted = tuple(name for name in layers if name != IMAGE)
    look = _keras_layers(network, wanted) if network.graph is None else _graph_layers(network, wanted, precision)

    def look_and_show(picture: tf.Tensor) -> dict[str, tf.Tensor]:
        seen = look(mirror_to(picture, network.minimum_size)[0])
        if IMAGE in layers:
            seen[IMAGE] = (picture - network.offset) / network.scale
        return seen

    return _trace(network, look_and_show, (tf.TensorSpec([None, None, None, 3], tf.float32),))


def _graph_layers(
    network: Network, layers: tuple[str, ...], precision: str
) -> Callable[[tf.Tensor], dict[str, tf.Tensor]]:
    forward = network.cut(layers)
    dtype = tf.bfloat16 if precision == "bf16" else tf.float32

    def look(x: tf.Tensor) -> dict[str, tf.Tensor]:
        values = run(forward, {INPUT: tf.cast(x, dtype)}, onednn.kernels())
        return {name: tf.cast(values[name], tf.float32) for name in layers}

    return look


def _trace(network: Network, function: Callable[..., Any], signature: tuple[Any, ...]) -> Callable[..., Any]:
    """Compile for one signature."""
    traced = tf.function(function, input_signature=signature, autograph=False).get_concrete_function()
    if network.graph is None or tf.config.list_physical_devices("GPU"):
        return traced

    def call(*arguments: Any) -> Any:
        with _AS_WRITTEN:
            return traced(*arguments)

    return call


class _AsWritten:
    """Keep TensorFlow's graph optimizer away from the calls inside.

    Our graphs come fused. The optimizer finds nothing that pays in them, but holds copies of their constants, 280 MB
    for InceptionV3, and takes half of the time to the first step. It can only be switched off for all, so it is on
    again after each call (20 microseconds), for whatever else the process computes.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._before = False

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._before = tf.config.optimizer.get_experimental_options().get("disable_meta_optimizer", False)
            self._inside += 1
            self._switch(off=True)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            self._switch(off=self._inside > 0 or self._before)

    def _switch(self, *, off: bool) -> None:
        tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": off})


_AS_WRITTEN = _AsWritten()


def mirror_to(picture: tf.Tensor, size: int) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
    """Return the picture mirrored at its right and lower edge up to `size`, and the way back for its gradient.

    A side that is long enough stays as it is; 1, 2, 3 becomes 1, 2, 3, 3, 2, 1, 1, 2, ...
    """
    height, width = tf.shape(picture)[1], tf.shape(picture)[2]
    small = tf.minimum(height, width) < size
    rows, columns = _mirrored(height, size), _mirrored(width, size)

    def grow() -> tf.Tensor:
        return tf.gather(tf.gather(picture, rows, axis=1), columns, axis=2)

    def fold(gradient: tf.Tensor) -> tf.Tensor:
        def back() -> tf.Tensor:
            by_row = tf.math.unsorted_segment_sum(tf.transpose(gradient, [1, 2, 0, 3]), rows, height)  # (h, w', n, 3)
            by_column = tf.math.unsorted_segment_sum(tf.transpose(by_row, [1, 0, 2, 3]), columns, width)  # (w, h, n, 3)
            return tf.transpose(by_column, [2, 1, 0, 3])

        return tf.ensure_shape(tf.cond(small, back, lambda: gradient), [None, None, None, 3])

    return tf.ensure_shape(tf.cond(small, grow, lambda: picture), [None, None, None, 3]), fold


def _mirrored(length: tf.Tensor, size: int) -> tf.Tensor:
    places = tf.range(tf.maximum(length, size)) % (2 * length)
    return tf.minimum(places, 2 * length - 1 - places)


def _as_picture(x: Any) -> tf.Tensor:
    return tf.convert_to_tensor(x, tf.float32)


def _as_tensor(value: Any) -> tf.Tensor:
    tensor = tf.convert_to_tensor(value)
    return tf.cast(tensor, tf.float32) if tensor.dtype in (tf.float64, tf.float16) else tensor
