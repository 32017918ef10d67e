"""The same graph in PyTorch, differentiated by its autograd: a peer at the same work, when it is installed."""

import numpy as np
import torch
import torch.nn.functional as F

from deepdream.engine.graph import INPUT, Activation, AveragePool, Concat, Conv, Graph, MaxPool


class Peer(torch.nn.Module):
    """Run a graph of convolutions, ReLUs, pools and concatenations; channels last, in one float type."""

    def __init__(self, graph: Graph, dtype: torch.dtype) -> None:
        super().__init__()
        self.graph = graph
        self.held = {o.name: self._arrays(o, dtype) for o in graph.operations if isinstance(o, Conv)}

    @staticmethod
    def _arrays(conv: Conv, dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor | None]:
        kernel = torch.tensor(conv.kernel.transpose(3, 2, 0, 1)).to(dtype, memory_format=torch.channels_last)
        return kernel, None if conv.bias is None else torch.tensor(conv.bias, dtype=dtype)

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        values = {INPUT: x}
        for operation in self.graph.operations:
            values[operation.name] = self._value(operation, [values[name] for name in operation.inputs])
        return values

    def _value(self, operation, inputs):
        x = inputs[0]
        match operation:
            case Conv(stride=stride, padding=padding):
                kernel, bias = self.held[operation.name]
                if padding == "same":
                    return F.conv2d(x, kernel, bias, 1, "same")
                (top, bottom), (left, right) = ((0, 0), (0, 0)) if padding == "valid" else padding
                return F.conv2d(F.pad(x, (left, right, top, bottom)) if top or left else x, kernel, bias, stride)
            case Activation(function="relu"):
                return F.relu(x)
            case MaxPool(size=size, stride=stride, padding="valid"):
                return F.max_pool2d(x, size, stride)
            case AveragePool(size=size, stride=stride, padding=padding):
                around = (size - 1) // 2 if padding == "same" else 0
                return F.avg_pool2d(x, size, stride, around, count_include_pad=False)
            case Concat():
                return torch.cat(inputs, 1)
        raise NotImplementedError(type(operation).__name__)


def peer_steps(graph: Graph, layers: tuple[str, ...], precision: str):
    """Return run(image, steps, step_size) -> image (1, 3, h, w): means of the layers, std, step, clip."""
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    model = Peer(graph.cut(layers), dtype)

    def run(image: np.ndarray, steps: int, step_size: float) -> np.ndarray:
        x = torch.tensor(image.transpose(2, 0, 1)[None]).contiguous(memory_format=torch.channels_last)
        for _ in range(steps):
            seen = x.to(dtype).requires_grad_()
            values = model(seen)
            sum(values[name].float().mean() for name in layers).backward()
            gradient = seen.grad.float()
            x = (x + gradient * (step_size / (gradient.std() + 1e-8))).clamp(-1, 1).detach()
        return x.numpy()

    return run
