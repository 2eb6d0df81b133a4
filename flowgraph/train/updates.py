"""Building the updates of variables, and the hyperparameters they take."""

from __future__ import annotations

from typing import Any

from flowgraph.dtypes import DType
from flowgraph.graph.op import Op
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.core import build, cast, convert_to_tensor
from flowgraph.variables.resource_variable import is_resource


def converted(value: Any, name: str) -> Tensor:
    """Return a hyperparameter as a tensor named `name`."""
    return convert_to_tensor(value() if callable(value) else value, name=name)


_AS_THEY_ARE = ("grad", "delta", "indices", "global_step")


def update(op: Op, var: Any, *inputs: Any) -> Operation:
    """Build an update, its hyperparameters cast to the variable's dtype.

    Parameters
    ----------
    op : Update
    var : Variable
    *inputs : Variable or Tensor
        The op's other inputs.
    """
    kind = var.dtype.base_dtype
    values = [
        value if argument.is_ref or argument.name in _AS_THEY_ARE else _of_kind(value, kind)
        for argument, value in zip(op.signature.inputs[1:], inputs, strict=True)
    ]
    name = f"Resource{op.type}" if is_resource(var) else None
    return build(op, (var, *values), name)


def _of_kind(value: Any, kind: DType) -> Any:
    if is_resource(value) and value.dtype is kind:
        return value  # the update reads it, under its own name
    return cast(value, kind)
