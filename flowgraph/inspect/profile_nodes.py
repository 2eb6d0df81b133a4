"""What `tf.profiler` knows of each operation: parameters, work, traced time and memory."""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from flowgraph.graph.graph import Graph
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.plan.flops import flops
from flowgraph.plan.plan import Slot, sizes_of
from flowgraph.shapes import TensorShape

TRAINABLE = "_trainable_variables"
"""The mark of the operations of trainable variables."""

COUNTED = frozenset(
    (
        *("Reciprocal", "Square", "Rsqrt", "Log", "Neg", "AssignSub", "AssignAdd", "L2Loss"),
        *("Softmax", "Add", "Sub", "Mul", "RealDiv", "Maximum", "Minimum", "Pow", "RsqrtGrad"),
        *("GreaterEqual", "Greater", "LessEqual", "Less", "Equal", "NotEqual"),
        *("SquaredDifference", "Mean", "Sum", "ArgMax", "ArgMin", "BiasAddGrad", "AvgPool"),
        *("MaxPool", "AvgPoolGrad", "MaxPoolGrad", "Conv2DBackpropInput", "Conv2DBackpropFilter"),
        *("AddN", "MatMul", "Conv2D", "DepthwiseConv2dNative", "BiasAdd"),
    )
)
"""The ops whose work TensorFlow 1.15's profiler knows. That of others is zero there and here."""

_CHANNELS_LAST = "NHWC"


class Leaf:
    """An operation, and what is known of it.

    Attributes
    ----------
    name, type : str
    types : list of str
        What `with_accounted_types` looks at: the device it ran on, its type, marks.
    shape : tuple of int
        The attribute ``shape``, of a variable or placeholder; -1 for what is not known.
    input_shapes : list of tuple of int
        Of the first output of each operation before it, control inputs last.
    float_ops : int
    execs : dict of int to Counter
        By step: times run, microseconds, bytes.
    devices : list of str
    """

    def __init__(self, operation: Operation, shapes: Mapping[Tensor, TensorShape]) -> None:
        self.operation = operation
        self.name = operation.name
        self.type = operation.type
        self.marks: list[str] = []
        stated = operation.op.attributes().get("shape")
        self.shape = _sizes(stated) if isinstance(stated, TensorShape) else ()
        first = [o.outputs[:1] for o in operation.control_inputs]
        before = [*operation.inputs, *(tensor for outputs in first for tensor in outputs)]
        self.input_shapes = [_sizes(shapes.get(tensor, tensor.shape)) for tensor in before]
        self.float_ops = 0
        self.execs: dict[int, Counter[str]] = {}
        self.devices: list[str] = []

    @property
    def types(self) -> list[str]:
        return [*self.devices, self.type, *self.marks]

    def own(self, step: int) -> Counter[str]:
        """Return its quantities in a step, or the average of all steps for -1."""
        known = -1 not in self.shape
        counts = Counter(
            parameters=math.prod(self.shape) if self.shape and known else 0,
            float_ops=self.float_ops,
            definition_count=1,
        )
        if step in self.execs:
            counts += self.execs[step]
        elif step == -1 and self.execs:
            total: Counter[str] = sum(self.execs.values(), Counter())
            counts += Counter({name: n // len(self.execs) for name, n in total.items()})
        return counts


def _sizes(shape: TensorShape) -> tuple[int, ...]:
    """Return a shape as TensorFlow's profiler takes it: a scalar is a vector of one."""
    if shape.sizes is None:
        return ()
    return tuple(-1 if n is None else n for n in shape.sizes) or (1,)


def leaves(graph: Graph, op_log: Any, run_meta: Any) -> dict[str, Leaf]:
    """Return what is known of the operations of a graph, by name: all but what steps add.

    Parameters
    ----------
    graph : Graph
    op_log : OpLogProto or None
        Marks and floating-point operations to take instead of those by formula.
    run_meta : RunMetadata or None
        Of a traced run, whose shapes complete those of the graph.
    """
    shapes = _traced_shapes(graph, run_meta)
    found: dict[str, Leaf] = {}
    incomplete = 0
    for operation in graph.get_operations():
        leaf = found[operation.name] = Leaf(operation, shapes)
        work = float_operations(operation, shapes)
        incomplete += work is None
        leaf.float_ops = work or 0
    if incomplete and run_meta is None:
        sys.stderr.write(f"{incomplete} ops no flops stats due to incomplete shapes.\n")
    for variable in graph.get_collection("trainable_variables"):
        found[variable.op.name].marks.append(TRAINABLE)
    for entry in op_log.log_entries if op_log is not None else ():
        if entry.name in found:
            found[entry.name].marks[:0] = entry.types
            found[entry.name].float_ops = entry.float_ops or found[entry.name].float_ops
    return found


def add_step(found: Mapping[str, Leaf], step: int, run_meta: Any) -> None:
    """Add the time and memory of a traced run."""
    for device in run_meta.step_stats.dev_stats:
        for stats in device.node_stats:
            leaf = found.get(stats.node_name)
            if leaf is None:
                continue
            leaf.devices = [device.device.lower()]
            leaf.execs.setdefault(step, Counter()).update(_traced(stats))


def _traced(stats: Any) -> dict[str, int]:
    micros = max(int(stats.op_end_rel_micros - stats.op_start_rel_micros), 1)
    kept = stats.memory_stats.persistent_memory_size
    described = [output.tensor_description for output in stats.output]
    return {
        "run_count": 1,
        "exec_micros": micros,
        "cpu_exec_micros": micros,
        "requested_bytes": kept + sum(m.total_bytes for m in stats.memory),
        "peak_bytes": kept + sum(m.peak_bytes for m in stats.memory),
        "residual_bytes": kept + sum(m.live_bytes for m in stats.memory),
        "output_bytes": sum(d.allocation_description.requested_bytes for d in described),
    }


def _traced_shapes(graph: Graph, run_meta: Any) -> dict[Tensor, TensorShape]:
    found = {}
    for output, tensor in _outputs(graph, run_meta):
        sizes = tuple(int(dim.size) for dim in output.tensor_description.shape.dim)
        if tensor.shape.is_compatible_with(sizes):
            found[tensor] = TensorShape.of(sizes)
    return found


def _outputs(graph: Graph, run_meta: Any) -> Iterator[tuple[Any, Tensor]]:
    for device in run_meta.step_stats.dev_stats if run_meta is not None else ():
        for stats in device.node_stats:
            operation = graph._by_name.get(stats.node_name)
            if operation is not None and len(operation.outputs) == len(stats.output):
                yield from zip(stats.output, operation.outputs, strict=True)


def float_operations(operation: Operation, shapes: Mapping[Tensor, TensorShape]) -> int | None:
    """Return an operation's floating-point operations as TensorFlow 1.15's profiler counts them.

    Returns
    -------
    int or None
        ``None`` where a shape is not known, or an image has its channels first.
    """
    op: Any = operation.op
    if op.type not in COUNTED:
        return 0
    if getattr(op, "data_format", _CHANNELS_LAST) != _CHANNELS_LAST and op.type != "BiasAdd":
        return None
    inputs = [_slot(tensor, shapes) for tensor in operation.inputs]
    outputs = [_slot(tensor, shapes) for tensor in operation.outputs]
    if op.type in ("Conv2DBackpropInput", "Conv2DBackpropFilter"):
        is_input = op.type == "Conv2DBackpropInput"
        image, kernel = (outputs[0], inputs[1]) if is_input else (inputs[0], outputs[0])
        return _convolution_gradient(image, kernel, op.strides)
    return flops(op, inputs, outputs)


def _slot(tensor: Tensor, shapes: Mapping[Tensor, TensorShape]) -> Slot:
    return Slot(tensor, tensor.dtype.base_dtype, shapes.get(tensor, tensor.shape))


def _convolution_gradient(image: Slot, kernel: Slot, strides: Iterable[int]) -> int | None:
    """The image's elements times the kernel's for each of its channels, over the strides."""
    if not image.shape.is_fully_defined() or not kernel.shape.is_fully_defined():
        return None
    _, rows, columns, _ = strides
    products = 2 * math.prod(sizes_of(image)) * math.prod(sizes_of(kernel))
    return products // (sizes_of(image)[-1] * int(rows) * int(columns))
