"""The fast path: one network and one objective become one compiled function for the value and the gradient.

TensorFlow differentiates the objective; where it comes to the network's layers, the network's own backward graph takes
over. Weights are in the compute type, and oneDNN lays them out once; the picture and its gradient are float32. The
function takes pictures of any size without another trace.
"""

import functools
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import tensorflow as tf

from deepdream.engine import onednn
from deepdream.engine.backward import given
from deepdream.engine.graph import INPUT, Graph, Operation
from deepdream.engine.kernels import KERNELS
from deepdream.engine.network import Network
from deepdream.engine.precision import resolve_precision
from deepdream.engine.rewrites import plan_backward, plan_forward

IMAGE = "image"  # the pseudo-layer of objectives that is the picture itself, in [0, 1]

Losses = dict[str, tf.Tensor]
Activations = dict[str, tf.Tensor]
GradientFunction = Callable[..., tuple[Losses, tf.Tensor]]

_log = logging.getLogger(__name__)


def compile_gradient(network: Network, objective: Any, *, precision: str = "auto") -> GradientFunction:
    """Return the function that gives an objective's losses and the gradient of their sum with respect to the picture.

    The function is `fn(x, targets) -> (losses, gradient)`: x is float32 (n, h, w, 3) in network units, targets are the
    arrays that the objective compares with, by name; losses are scalars by name; the gradient is float32 of x's shape
    and is the exact derivative. A picture smaller than the network can take is mirrored at its edges up to that size,
    inside; the gradient is folded back.

    Raises:
        LayerError: the objective names a layer that the network does not have.
    """
    return _compiled_gradient(network, objective, resolve_precision(precision, network))


def activations(network: Network, x: Any, layers: Iterable[str], *, precision: str = "auto") -> dict[str, tf.Tensor]:
    """Return the activations of the layers for the pictures x (n, h, w, 3) in network units, as float32 (n, h', w', c).

    Raises:
        LayerError: the network has no such layer.
    """
    return _compiled_activations(network, tuple(layers), resolve_precision(precision, network))(_as_picture(x))


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
    activate = _differentiable(network, tuple(objective.layers), precision)
    compiled: dict[tuple[tuple[str, int, tf.DType], ...], Any] = {}

    def value_and_gradient(picture: tf.Tensor, targets: dict[str, tf.Tensor]) -> tuple[Losses, tf.Tensor]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(picture)
            losses = objective.losses(activate(picture), targets)
            total = tf.add_n(list(losses.values()))
        return losses, tape.gradient(total, picture, unconnected_gradients="zero")

    def function(x: Any, targets: Mapping[str, Any] | None = None) -> tuple[Losses, tf.Tensor]:
        arrays = {name: _as_tensor(value) for name, value in sorted((targets or {}).items())}
        kind = tuple((name, value.shape.rank, value.dtype) for name, value in arrays.items())
        if kind not in compiled:
            specs = {name: tf.TensorSpec([None] * rank, dtype) for name, rank, dtype in kind}
            compiled[kind] = _traced(value_and_gradient, specs)
        return compiled[kind](_as_picture(x), arrays)

    return function


@functools.lru_cache(maxsize=4)
def _compiled_activations(network: Network, layers: tuple[str, ...], precision: str) -> Any:
    return _traced(_differentiable(network, layers, precision))


def _traced(function: Callable[..., Any], *further: Any) -> Callable[..., Any]:
    """Compile for pictures of any size, and further arguments."""
    signature = (tf.TensorSpec([None, None, None, 3], tf.float32), *further)
    return tf.function(function, input_signature=signature, autograph=False).get_concrete_function()


def _differentiable(network: Network, layers: tuple[str, ...], precision: str) -> Callable[[tf.Tensor], Activations]:
    """Return the function from a picture to its activations, which a tape can differentiate."""
    inside = tuple(name for name in dict.fromkeys(layers) if name != IMAGE)
    through = _through_keras if network.graph is None else _through_graph
    values = through(network, inside, precision) if inside else lambda x: {}

    def activate(picture: tf.Tensor) -> Activations:
        found = values(mirror_to(picture, network.minimum_size))
        return {**found, IMAGE: (picture - network.offset) / network.scale} if IMAGE in layers else found

    return activate


def _through_graph(network: Network, layers: tuple[str, ...], precision: str) -> Callable[[tf.Tensor], Activations]:
    graph = network.cut(layers)
    dtype = tf.bfloat16 if precision == "bf16" else tf.float32

    @tf.custom_gradient
    def values(x: tf.Tensor) -> tuple[list[tf.Tensor], Callable[..., tf.Tensor]]:
        # Planned in here, so that arrays are let go once they are in the function.
        made = run(plan_forward(graph), {INPUT: tf.cast(x, dtype)}, onednn.kernels())

        def back(*gradients: tf.Tensor) -> tf.Tensor:
            made.update({given(name): tf.cast(g, dtype) for name, g in zip(layers, gradients, strict=True)})
            backward = plan_backward(graph)
            return tf.cast(run(backward, made, onednn.kernels())[backward.outputs[0]], tf.float32)

        return [tf.cast(made[name], tf.float32) for name in layers], back

    return lambda x: dict(zip(layers, values(x), strict=True))


def _through_keras(network: Network, layers: tuple[str, ...], precision: str) -> Callable[[tf.Tensor], Activations]:
    import keras

    _log.info("Running %s through Keras in fp32: it has operations that the fast engine does not know.", network.name)
    outputs = {name: network.keras_model.get_layer(network.layer(name).name).output for name in layers}
    model = keras.Model(network.keras_model.inputs, outputs)
    return lambda x: dict(model(x, training=False))


def mirror_to(picture: tf.Tensor, size: int) -> tf.Tensor:
    """Return the picture reflected at its right and lower edge up to `size`.

    A side that is long enough stays as it is; 1, 2, 3 becomes 1, 2, 3, 3, 2, 1, 1, 2, ...
    """
    height, width = tf.shape(picture)[1], tf.shape(picture)[2]

    def grown() -> tf.Tensor:
        return tf.gather(tf.gather(picture, _reflected(height, size), axis=1), _reflected(width, size), axis=2)

    return tf.ensure_shape(tf.cond(tf.minimum(height, width) < size, grown, lambda: picture), [None, None, None, 3])


def _reflected(length: tf.Tensor, size: int) -> tf.Tensor:
    places = tf.range(tf.maximum(length, size)) % (2 * length)
    return tf.minimum(places, 2 * length - 1 - places)


def _as_picture(x: Any) -> tf.Tensor:
    return tf.convert_to_tensor(x, tf.float32)


def _as_tensor(value: Any) -> tf.Tensor:
    tensor = tf.convert_to_tensor(value)
    return tf.cast(tensor, tf.float32) if tensor.dtype in (tf.float64, tf.float16) else tensor
