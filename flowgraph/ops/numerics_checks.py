"""A check of all numbers that a graph computes."""

from __future__ import annotations

from flowgraph import dtypes
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import control_dependencies, get_default_graph
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.assertions import check_numerics
from flowgraph.ops.control import group
from flowgraph.ops.functional import If, While


def add_check_numerics_ops() -> Operation:
    """Return an operation that checks every floating-point tensor made so far.

    Returns
    -------
    Operation
        Running it stops at the first tensor, in the order of construction, that
        has a NaN or infinite element.

    Raises
    ------
    ValueError
        If such a tensor is inside a branch or a loop.
    """
    before: list[Tensor] = []
    for operation in get_default_graph().get_operations():
        for output in _checkable(operation):
            with control_dependencies(before):
                before = [check_numerics(output, output.name)]
    return group(*before)


def _checkable(operation: Operation) -> list[Tensor]:
    """Return the outputs that may have a NaN."""
    if isinstance(operation.op, If | While):
        inner = [o for _, body, *_ in operation.op.insides() for o in body.get_operations()]
        if any(_checkable(each) for each in inner):
            raise ValueError(
                "`tf.add_check_numerics_ops() is not compatible with TensorFlow control flow "
                "operations such as `tf.cond()` or `tf.while_loop()`."
            )
    kinds = (dtypes.float16, dtypes.float32, dtypes.float64)
    return [output for output in operation.outputs if output.dtype in kinds]
