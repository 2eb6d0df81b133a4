"""The optimizers' updates of some rows of a variable, in place.

Each is the dense update on the rows that the gradient has, and leaves the others as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flowgraph.dtypes import Array
from flowgraph.graph.op import Spec
from flowgraph.graph.signature import Signature
from flowgraph.ops import training
from flowgraph.ops.checks import invalid, merged, with_rank, with_rank_at_least
from flowgraph.ops.core import NUMBERS
from flowgraph.ops.state import Cell
from flowgraph.ops.types import INDICES
from flowgraph.shapes import TensorShape


class _Rows(training.Update, abstract=True):
    """An update of the rows that ``indices`` names. Equal rows are updated one after the other."""

    gradient_name = "grad"

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        arguments = self.signature.inputs
        shape = inputs[0].shape
        for index in self.writes_variable[1:]:
            shape = merged(shape, inputs[index].shape)
        specs = {a.name: spec for a, spec in zip(arguments, inputs, strict=True)}
        rows = with_rank(specs.pop("indices").shape, 1)
        grad = with_rank_at_least(specs.pop("grad").shape, 1)
        with_rank_at_least(shape, 1)
        if shape.sizes is not None:
            merged(grad, TensorShape.of((None, *shape.sizes[1:])))
        if grad.sizes is not None:
            merged(rows, TensorShape.of(grad.sizes[:1]))
        for argument in arguments:
            if not argument.is_ref and argument.name in specs:
                with_rank(specs[argument.name].shape, 0)
        return (shape,)

    def compute(self, xp: Any, *inputs: Any) -> Cell:
        values = {a.name: v for a, v in zip(self.signature.inputs, inputs, strict=True)}
        cells = [values.pop(self.signature.inputs[i].name) for i in self.writes_variable]
        grad, rows = values.pop("grad"), values.pop("indices")
        with cells[0].lock:
            arrays = [cell.read() for cell in cells]
            self.check(arrays, arrays[0])
            _check_rows(arrays[0], grad, rows)
            for positions in _distinct(xp, rows):
                chosen = rows[positions]
                parts = [array[chosen] for array in arrays]
                self.step(xp, *parts, grad[positions], **values)
                for array, part in zip(arrays, parts, strict=True):
                    array[chosen] = part
        return cells[0]  # type: ignore[no-any-return]


def _check_rows(var: Array, grad: Array, rows: Array) -> None:
    if not var.ndim:
        raise invalid("var must be at least 1 dimensional")
    if rows.ndim != 1:
        raise invalid("indices must be one-dimensional")
    if grad.shape[:1] != rows.shape:
        raise invalid("grad must be the same size as indices in the first dimension.")
    if grad.shape[1:] != var.shape[1:]:
        axis = next((i for i, n in enumerate(var.shape) if i and grad.shape[i : i + 1] != (n,)), 0)
        raise invalid(f"var and grad must match in dimension {axis}")
    outside = (rows < 0) | (rows >= len(var))
    if outside.any():
        at = int(outside.argmax())
        raise invalid(f"Index {int(rows[at])} at offset {at} in indices is out of range")


def _distinct(xp: Any, rows: Array) -> Iterator[slice | Array]:
    """Yield positions in `rows` so that no row occurs twice at once.

    The optimizers add up equal rows before they come here, so the second case is rare.
    """
    if len(xp.unique(rows)) == len(rows):
        yield slice(None)
    else:
        yield from (xp.arange(i, i + 1) for i in range(len(rows)))


def _declare(references: str, rest: str) -> Signature:
    refs = [f"{name}: ref(T)" for name in references.split()]
    types = {"indices": "Tindices", "global_step": "int64"}
    values = [f"{name}: {types.get(name, 'T')}" for name in rest.split(", ")]
    return Signature(f"{', '.join(refs + values)} -> out: ref(T)", T=NUMBERS, Tindices=INDICES)


class SparseApplyMomentum(_Rows, training.ApplyMomentum):
    """`ApplyMomentum` on some rows."""

    signature = _declare("var accum", "lr, grad, indices, momentum")


class SparseApplyAdagrad(_Rows, training.ApplyAdagrad):
    """`ApplyAdagrad` on some rows."""

    signature = _declare("var accum", "lr, grad, indices")


class SparseApplyAdadelta(_Rows, training.ApplyAdadelta):
    """`ApplyAdadelta` on some rows."""

    signature = _declare("var accum accum_update", "lr, rho, epsilon, grad, indices")


class SparseApplyRMSProp(_Rows, training.ApplyRMSProp):
    """`ApplyRMSProp` on some rows."""

    signature = _declare("var ms mom", "lr, rho, momentum, epsilon, grad, indices")


class SparseApplyCenteredRMSProp(_Rows, training.ApplyCenteredRMSProp):
    """`ApplyCenteredRMSProp` on some rows."""

    signature = _declare("var mg ms mom", "lr, rho, momentum, epsilon, grad, indices")


class SparseApplyFtrl(_Rows, training.ApplyFtrl):
    """`ApplyFtrl` on some rows."""

    signature = _declare("var accum linear", "grad, indices, lr, l1, l2, lr_power")


class SparseApplyFtrlV2(_Rows, training.ApplyFtrlV2):
    """`ApplyFtrlV2` on some rows."""

    signature = _declare("var accum linear", "grad, indices, lr, l1, l2, l2_shrinkage, lr_power")


class SparseApplyProximalGradientDescent(_Rows, training.ApplyProximalGradientDescent):
    """`ApplyProximalGradientDescent` on some rows."""

    signature = _declare("var", "alpha, l1, l2, grad, indices")


class SparseApplyProximalAdagrad(_Rows, training.ApplyProximalAdagrad):
    """`ApplyProximalAdagrad` on some rows."""

    signature = _declare("var accum", "lr, l1, l2, grad, indices")


class SparseApplyAdagradDA(_Rows, training.ApplyAdagradDA):
    """`ApplyAdagradDA` on some rows."""

    signature = _declare(
        "var gradient_accumulator gradient_squared_accumulator",
        "grad, indices, lr, l1, l2, global_step",
    )
