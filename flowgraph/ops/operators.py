"""Python's operators on tensors. Importing this file installs them on `Tensor` and `SparseTensor`.

``Tensor`` lies below the ops, so that it cannot name them; they are installed from above.
``==`` is left alone: tensors compare by identity, and hash.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.op import Op
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import Add, AddV2, multiply, negative, subtract
from flowgraph.ops.comparison import (
    greater,
    greater_equal,
    less,
    less_equal,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
)
from flowgraph.ops.core import apply, convert_to_tensor
from flowgraph.ops.division import div, floor_div, floormod, truediv
from flowgraph.ops.linalg import matmul
from flowgraph.ops.magnitude import abs as absolute
from flowgraph.ops.masking import item
from flowgraph.ops.sparse import SparseTensor
from flowgraph.ops.sparse_elementwise import (
    SparseDenseCwiseDiv,
    SparseDenseCwiseMul,
    scale_elements,
)
from flowgraph.ops.transcendental import pow as power

Operator = Callable[[Any, Any], Any]


def _add(x: Any, y: Any, name: str | None = None) -> Tensor:
    op = Add() if x.dtype is dtypes.string else AddV2()
    return apply(op, x, y, name=name)


_NAMED: dict[str, Callable[..., Tensor]] = {
    "add": _add,
    "sub": subtract,
    "mul": multiply,
    "div": div,
    "truediv": truediv,
    "floordiv": floor_div,
    "mod": floormod,
    "pow": power,
    "matmul": matmul,
    "and": logical_and,
    "or": logical_or,
    "xor": logical_xor,
}
"""The operators that have a reflected form, by the name that they give their operation."""

_SPARSE: dict[str, type[Op]] = {
    "mul": SparseDenseCwiseMul,
    "div": SparseDenseCwiseDiv,
    "truediv": SparseDenseCwiseDiv,
}
"""The operators between a sparse tensor and a dense one on its right."""

_PLAIN: dict[str, Callable[..., Tensor]] = {
    "__neg__": negative,
    "__abs__": absolute,
    "__invert__": logical_not,
    "__lt__": less,
    "__le__": less_equal,
    "__gt__": greater,
    "__ge__": greater_equal,
    "__getitem__": item,
}


def _forward(name: str, function: Callable[..., Tensor]) -> Operator:
    reflected = f"__r{name}__"

    def operator(x: Any, y: Any) -> Any:
        with name_scope(None, name, [x, y]) as scope:
            if not isinstance(y, Tensor):
                try:
                    y = convert_to_tensor(y, dtype_hint=x.dtype.base_dtype, name="y")
                except TypeError:
                    if hasattr(type(y), reflected):
                        return NotImplemented
                    raise
            return function(x, y, name=scope)

    return operator


def _reflected(name: str, function: Callable[..., Tensor]) -> Operator:
    def operator(y: Any, x: Any) -> Any:
        with name_scope(None, name, [x, y]) as scope:
            x = convert_to_tensor(x, dtype=y.dtype.base_dtype, name="x")
            return function(x, y, name=scope)

    return operator


def _of_sparse(op: type[Op], name: str) -> Operator:
    def operator(x: Any, y: Any) -> Any:
        return scale_elements(op(), x, y, name)

    return operator


def _install() -> None:
    operators: dict[str, Callable[..., Any]] = dict(_PLAIN)
    for name, function in _NAMED.items():
        operators[f"__{name}__"] = _forward(name, function)
        operators[f"__r{name}__"] = _reflected(name, function)
    for name, operator in operators.items():
        setattr(Tensor, name, operator)
    Tensor.OVERLOADABLE_OPERATORS = frozenset(operators)
    for name, op in _SPARSE.items():
        setattr(SparseTensor, f"__{name}__", _of_sparse(op, name))


_install()
