"""Collect the nodes and constants of one ONNX graph of plain operations, pictures as (1, c, h, w)."""

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from deepdream.errors import NetworkError

OPSET = 21  # what the WebGPU kernels of ONNX Runtime Web are registered for; newer ones fall back to the processor
IR_VERSION = 10

Dims = list[int | str]  # a name is a length that is free


class Writer:
    """Collect nodes; each method returns the name of the value that it adds."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []

    def add(self, kind: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        """Add a node with one result."""
        name = name or f"v{len(self._nodes)}"
        self._nodes.append(
            helper.make_node(kind, list(inputs), [name], name=f"{kind} {len(self._nodes)}", **attributes)
        )
        return name

    def takes(self, name: str, dims: Dims, kind: int = TensorProto.FLOAT) -> str:
        """Add an input."""
        self._inputs.append(helper.make_tensor_value_info(name, kind, dims))
        return name

    def gives(self, value: str, name: str, dims: Dims) -> None:
        """Add an output."""
        self.add("Identity", value, name=name)
        self._outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, dims))

    def constant(self, name: str, array: np.ndarray) -> str:
        """Add a constant once, under a name that stands for its values."""
        if name not in self._constants:
            self._constants[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
        return name

    def ints(self, *values: int) -> str:
        """Add whole numbers, as of axes and sizes."""
        return self.constant("i" + "_".join(map(str, values)), np.array(values, np.int64))

    def number(self, value: float) -> str:
        """Add a scalar."""
        return self.constant(f"f{value!r}", np.array(value, np.float32))

    def halves(self, name: str, array: np.ndarray) -> str:
        """Add an array that is kept in half the bytes, and widened as the session loads.

        Raises:
            NetworkError: it would lose by that.
        """
        small = array.astype(np.float16)
        if not np.array_equal(small.astype(np.float32), array):
            raise NetworkError(f"{name} does not fit 16 bits; the export takes networks whose arrays were stored so.")
        return self.add("Cast", self.constant(name, small), to=TensorProto.FLOAT)

    def size(self, value: str, axis: int) -> str:
        """Add the length of one axis, (1,)."""
        return self.add("Shape", value, start=axis, end=axis + 1)

    def mean(self, value: str, *axes: int) -> str:
        """Add the mean over axes, which are kept with length 1."""
        return self.add("ReduceMean", value, self.ints(*axes), keepdims=1)

    def total(self, value: str, *axes: int) -> str:
        """Add the sum over axes, which are kept with length 1."""
        return self.add("ReduceSum", value, self.ints(*axes), keepdims=1)

    def model(self, name: str) -> onnx.ModelProto:
        """Return the checked model of all that was added."""
        graph = helper.make_graph(self._nodes, name, self._inputs, self._outputs, list(self._constants.values()))
        opsets = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="deepdream")
        onnx.checker.check_model(model, full_check=True)
        return model
