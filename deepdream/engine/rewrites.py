"""Rewrite a graph into a faster equal one: each function takes graphs and returns a graph.

Every rewrite is exact but for the order of additions, and a test holds it equal to the graph it came from.
"""

from dataclasses import dataclass, replace

import numpy as np

from deepdream.engine import graph as ops
from deepdream.engine.backward import Mask, MaxPoolGradient, differentiate
from deepdream.engine.graph import Graph, Operation


def plan(graph: Graph) -> tuple[Graph, Graph]:
    """Return the forward and the backward graph to run for a graph with outputs, rewritten by all that pays."""
    return plan_forward(graph), plan_backward(graph)


def plan_forward(graph: Graph) -> Graph:
    """Return the first half of `plan`."""
    return relu_in_convolution(pool_after_convolution(graph))


def plan_backward(graph: Graph) -> Graph:
    """Return the second half of `plan`, with copies of the convolutions' arrays."""
    return merge_siblings(mask_after_pooling(differentiate(pool_after_convolution(graph))))


@dataclass(frozen=True, eq=False)
class ConvRelu(ops.Conv):
    """Convolve, add the bias, and take the ReLU, in one pass over memory."""


def pool_after_convolution(graph: Graph) -> Graph:
    """Return the graph with 1x1 convolutions before the average pools that they follow: fewer channels to pool.

    A mean of each window commutes with what is linear at each place, bias included.
    """
    moved: dict[str, list[Operation]] = {}
    dropped = set()
    for pool in graph.operations:
        if isinstance(pool, ops.AveragePool) and pool.stride == 1 and graph.used_once(pool.name):
            user = graph.users[pool.name][0]
            if isinstance(user, ops.Conv) and _is_pointwise(user) and _narrows(user):
                inner = f"{user.name} before pooling"
                moved[user.name] = [
                    replace(user, name=inner, inputs=pool.inputs),
                    replace(pool, name=user.name, inputs=(inner,)),
                ]
                dropped.add(pool.name)
    return _rebuilt(graph, moved, dropped)


def mask_after_pooling(backward: Graph) -> Graph:
    """Return the backward graph with ReLU masks put before max pools, where the gradient is still small.

    Where a window's largest value is 0, after a ReLU, so are all; where it is not, the one that gets the gradient is
    not.
    """
    by_name, changed, dropped = backward.by_name, {}, set()
    for mask in backward.operations:
        spread = by_name.get(mask.inputs[0]) if isinstance(mask, Mask) else None
        if (
            isinstance(spread, MaxPoolGradient)
            and spread.inputs[1] == mask.inputs[1]
            and backward.used_once(spread.name)
        ):
            gradient, x, y = spread.inputs
            small = Mask(f"{gradient}, masked for {spread.name}", (gradient, y))
            changed[mask.name] = [small, replace(spread, name=mask.name, inputs=(small.name, x, y))]
            dropped.add(spread.name)
    return _rebuilt(backward, changed, dropped)


def merge_siblings(backward: Graph) -> Graph:
    """Return the backward graph with 1x1 convolutions whose results are added up done as one over joined channels.

    The sum then happens inside the convolution, without the passes over memory that an Add takes.
    """
    changed: dict[str, list[Operation]] = {}
    dropped: set[str] = set()
    for add in backward.operations:
        if not isinstance(add, ops.Add):
            continue
        siblings = [backward.by_name.get(name) for name in add.inputs]
        merged = [o for o in siblings if isinstance(o, ops.Conv) and _is_pointwise(o) and backward.used_once(o.name)]
        if len(merged) < 2:
            continue
        others = [name for name in add.inputs if name not in {o.name for o in merged}]
        joined = ops.Concat(f"{add.name}, joined", tuple(o.inputs[0] for o in merged))
        kernel = np.concatenate([o.kernel for o in merged], 2)
        name = f"{add.name}, merged" if others else add.name
        changed[add.name] = [joined, ops.Conv(name, (joined.name,), kernel)]
        if others:
            changed[add.name].append(replace(add, inputs=(name, *others)))
        dropped.update(o.name for o in merged)
    return _rebuilt(backward, changed, dropped)


def relu_in_convolution(forward: Graph) -> Graph:
    """Return the forward graph with each ReLU in the convolution before it, where nobody reads what lies between.

    Nor does the backward graph: the way back through a ReLU reads its result.
    """
    changed: dict[str, list[Operation]] = {}
    dropped = set()
    for conv in forward.operations:
        if type(conv) is not ops.Conv or conv.bias is None or not forward.used_once(conv.name):
            continue
        user = forward.users[conv.name][0]
        if isinstance(user, ops.Activation) and user.function == "relu":
            fused = ConvRelu(user.name, conv.inputs, conv.kernel, conv.bias, conv.stride, conv.padding)
            changed[user.name] = [fused]
            dropped.add(conv.name)
    return _rebuilt(forward, changed, dropped)


def _is_pointwise(conv: ops.Conv) -> bool:
    return conv.kernel.shape[:2] == (1, 1) and conv.stride == 1 and isinstance(conv.padding, str)


def _narrows(conv: ops.Conv) -> bool:
    return conv.kernel.shape[3] < conv.kernel.shape[2]


def _rebuilt(graph: Graph, changed: dict[str, list[Operation]], dropped: set[str]) -> Graph:
    """Return the graph with operations replaced or dropped.

    What replaces an operation stands in its place, and so comes after what it reads: that stood before a dropped one,
    which stood before it.
    """
    kept = (operation for operation in graph.operations if operation.name not in dropped)
    operations = (new for operation in kept for new in changed.get(operation.name, [operation]))
    return Graph(tuple(operations), graph.outputs)
