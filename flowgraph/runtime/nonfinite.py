"""What to say of the first NaN or infinity of a run: where it came from, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np

from flowgraph.dtypes import Array, as_dtype
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.state import Cell
from flowgraph.plan.plan import Request
from flowgraph.runtime import failure
from flowgraph.runtime.causes import cause
from flowgraph.source import here


def is_inexact(value: Any) -> bool:
    """Whether a value is an array whose elements may be NaN."""
    if not isinstance(value, np.ndarray | np.generic):
        return False
    return value.dtype.kind in "fc" or value.dtype == ml_dtypes.bfloat16


def is_finite(value: Any) -> bool:
    """Whether a value has neither NaN nor infinity in it."""
    return not is_inexact(value) or bool(np.isfinite(value).all())


def has_nan(value: Any) -> bool:
    """Whether an element of a value is NaN."""
    return is_inexact(value) and bool(np.isnan(value).any())


@dataclass(frozen=True, slots=True)
class Range:
    """What is told of a value when its memory may hold another one already.

    Attributes
    ----------
    shape : tuple of int
    size, nans, infinities, zeros : int
        How many elements there are, and how many of them are so.
    least, most : float or None
        Of the finite elements; ``None`` if there are none, or no numbers with an order.
    limit : float or None
        The largest number of the dtype.
    """

    shape: tuple[int, ...]
    size: int
    nans: int
    infinities: int
    zeros: int
    least: float | None
    most: float | None
    limit: float | None

    @classmethod
    def of(cls, value: Array) -> Range:
        """Return the range of an array."""
        value = np.asarray(value)
        if value.dtype.hasobject or value.dtype.kind in "SU":
            return cls(value.shape, value.size, 0, 0, 0, None, None, None)
        nans = infinities = 0
        finite, limit = value.reshape(-1), None
        if is_inexact(value):
            nans, infinities = int(np.isnan(value).sum()), int(np.isinf(value).sum())
            finite = value[np.isfinite(value)]
        if value.dtype.kind == "f" or value.dtype == ml_dtypes.bfloat16:
            limit = float(as_dtype(value.dtype).max)
        zeros = int((finite == 0).sum())
        if not finite.size or value.dtype.kind == "c":
            return cls(value.shape, value.size, nans, infinities, zeros, None, None, limit)
        least, most = float(finite.min()), float(finite.max())
        return cls(value.shape, value.size, nans, infinities, zeros, least, most, limit)

    def __str__(self) -> str:
        counts = ((self.nans, "NaN"), (self.infinities, "Inf"))
        bad = " and ".join(f"{n} {word}" for n, word in counts if n)
        bounds = ""
        if self.least is not None:
            bounds = f"from {self.least:.4g} to {self.most:.4g}"
            if self.least == self.most:
                bounds = f"all {self.most:.4g}" if self.size > 1 else f"of {self.most:.4g}"
            elif self.zeros:
                bounds += f", {self.zeros} of them 0"
        if not bad:
            return bounds or "no elements"
        elements = f"{bad} of {self.size} element{'s' if self.size != 1 else ''}"
        return f"{elements}, the others {bounds}" if bounds else elements


OPERATION, FEED, VARIABLE, CONSTANT, OUTSIDE = (
    "operation",
    "feed",
    "variable",
    "constant",
    "outside",
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a NaN or an infinity came from.

    Attributes
    ----------
    kind : str
        What it came from: an operation that made it of finite inputs, a feed, a variable that held
        it before the run, a constant of the user's, or the outside of a branch or loop.
    operation : Operation
    outputs : tuple of Range
    inputs : tuple of Range or str
        Those of an operation, in order; a word for what is no array.
    """

    kind: str
    operation: Operation
    outputs: tuple[Range, ...] = ()
    inputs: tuple[Any, ...] = ()

    @property
    def is_meant(self) -> bool:
        """Whether it is nothing to complain of: the user wrote it, or it is told elsewhere."""
        return self.kind in (CONSTANT, OUTSIDE)


def origin(
    kind: str, operation: Operation, outputs: Sequence[Any], inputs: Sequence[Any] = ()
) -> Origin:
    """Return an origin, with the ranges of its values as they are now."""
    made = tuple(Range.of(value) for value in outputs)
    return Origin(kind, operation, made, tuple(_told(value) for value in inputs))


def _told(value: Any) -> Any:
    if isinstance(value, Cell):
        value = value.array
    return Range.of(value) if isinstance(value, np.ndarray | np.generic) else type(value).__name__


def message(first: Origin, at: Operation, request: Request) -> str:
    """Return the text for the first NaN or infinity of a run.

    Parameters
    ----------
    first : Origin
    at : Operation
        What it was noticed at.
    request : Request
        What the run was asked for.
    """
    operation = first.operation
    bad = next((i for i, r in enumerate(first.outputs) if r.nans or r.infinities), 0)
    found = first.outputs[bad]
    words = " and ".join(w for n, w in ((found.infinities, "Inf"), (found.nans, "NaN")) if n)
    tensor = _output(operation, bad)
    lines = [f"{tensor} : Tensor had {words} values\n\t {failure.node(operation)}"]
    if first.kind == FEED:
        lines += [f"  it is fed with it: {found}", f"  it was made at\n  {operation.site}"]
    elif first.kind == VARIABLE:
        lines += [
            f"  variable '{operation.name}' held it before: {found}",
            f"  it was made at\n  {operation.site}",
        ]
    else:
        lines += failure.described(operation, first.inputs, _notes(first.inputs))
        lines.append(f"  it is the first to have one: {found}")
    if at is not operation:
        lines.append(f"  it was noticed in {at.type} '{at.name}', built at\n  {at.site}")
    lines += _asked(operation, at, request)
    hint = cause(first)
    if hint is not None:
        lines.append(f"  hint: {hint}")
    return "\n".join(lines)


def _notes(inputs: Sequence[Any]) -> list[str]:
    return [f" {value}" if isinstance(value, Range) else "" for value in inputs]


def _output(operation: Operation, index: int) -> str:
    outputs: list[Tensor] = operation.outputs
    return outputs[index].name if index < len(outputs) else operation.name


def _asked(operation: Operation, at: Operation, request: Request) -> list[str]:
    for candidate in (operation, at):
        if failure.path_to(candidate, request):
            return failure.asked(candidate, request)
    return [f"  it was run at\n  {here()}"]
