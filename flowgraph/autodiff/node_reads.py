"""What TensorFlow's gradient of an operation reads of the values before, where ours reads others.

In a loop each value read needs nodes that keep it: see `flowgraph.autodiff.body_counts`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flowgraph.autodiff.node_counts import is_known
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor

Read = tuple[Sequence[Tensor], Sequence[Tensor]]
"""Tensors whose values are read, and those whose shapes are; a tensor as often as it is."""


def _unknown(*tensors: Tensor) -> list[Tensor]:
    return [tensor for tensor in tensors if not is_known(tensor)]


def _both_shapes(operation: Operation) -> Sequence[Tensor]:
    x, y = operation.inputs
    return (x, y) if _unknown(x, y) else ()


def _sum_reads(operation: Operation) -> Read:
    x, axes = operation.inputs
    known, sizes = axes.static_value(), x.shape.sizes
    if known is not None and sizes is not None:
        is_all = known.ndim == 1 and known.tolist() == list(range(len(sizes)))
        if is_all or None not in sizes:
            return (), _unknown(x)
    return (axes,), _unknown(x)


def _mean_reads(operation: Operation) -> Read:
    x, y = operation.inputs[0], operation.outputs[0]
    values, shapes = _sum_reads(operation)
    return values, [*shapes, *_unknown(x), *_unknown(y)]


def _product_reads(operation: Operation) -> Read:
    x, y = operation.inputs
    return (x, y), _unknown(x, y) if not (is_known(x) and x.shape.sizes == y.shape.sizes) else ()


def _concat_reads(operation: Operation) -> Read:
    values = operation.inputs[:-1]
    return (values if _unknown(*values) else (), ())


READS: dict[str, Callable[[Operation], Read]] = {
    **dict.fromkeys(("Add", "AddV2", "Sub"), lambda operation: ((), _both_shapes(operation))),
    **dict.fromkeys(
        ("Mul", "SquaredDifference"),
        lambda operation: (operation.inputs, _both_shapes(operation)),
    ),
    **dict.fromkeys(
        ("Div", "RealDiv", "DivNoNan", "FloorMod", "Maximum", "Minimum", "Xlogy", "Xdivy"),
        lambda operation: (operation.inputs, _unknown(*operation.inputs)),
    ),
    "Pow": lambda operation: (
        (*operation.inputs, *operation.outputs),
        [*_both_shapes(operation), *_unknown(operation.inputs[0])],
    ),
    "Sum": _sum_reads,
    "Mean": _mean_reads,
    **dict.fromkeys(
        ("Max", "Min"),
        lambda operation: ((*operation.inputs, *operation.outputs), _unknown(operation.inputs[0])),
    ),
    "BatchMatMulV2": _product_reads,
    "ConcatV2": _concat_reads,
    "Select": lambda operation: (
        (operation.inputs[0], *_unknown(operation.inputs[1])),
        (),
    ),
}
"""By type, where the gradient here reads others."""
