"""The axes of a group over arrays that are broadcast, and where an element lies along them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Axes:
    """The axes that a group loops over, neighbours that all arrays treat alike made one.

    Attributes
    ----------
    sizes : tuple of int
        The length of each; at least one.
    varies : tuple of tuple of bool
        For each input, whether it varies along each axis or is broadcast.
    """

    sizes: tuple[int, ...]
    varies: tuple[tuple[bool, ...], ...]


def collapse(sizes: Sequence[int], inputs: Sequence[Sequence[int]]) -> Axes:
    """Join the axes of a shape as far as inputs of the given shapes allow."""
    padded = [(1,) * (len(sizes) - len(shape)) + tuple(shape) for shape in inputs]
    lengths: list[int] = []
    patterns: list[tuple[bool, ...]] = []
    for axis, size in enumerate(sizes):
        if size == 1:
            continue
        pattern = tuple([shape[axis] != 1 for shape in padded])
        if patterns and patterns[-1] == pattern:
            lengths[-1] *= size
        else:
            lengths.append(size)
            patterns.append(pattern)
    if not lengths:
        lengths, patterns = [1], [(False,) * len(inputs)]
    varies = tuple([tuple([p[i] for p in patterns]) for i in range(len(inputs))])
    return Axes(tuple(lengths), varies)


def indices(count: int, flat: str, kind: str, length: str) -> list[str]:
    """Return the code that takes the number `flat` apart, from the last axis to the first.

    Parameters
    ----------
    count : int
        The number of axes. The index along each will be ``i<axis>``.
    flat : str
    kind : str
        The type of the indices.
    length : str
        What stands before an axis's number for its length.
    """
    lines, left = [], flat
    for axis in range(count - 1, 0, -1):
        n = f"{length}{axis}"
        lines.append(f"{kind} i{axis} = {left} % {n}, r{axis} = {left} / {n};")
        left = f"r{axis}"
    return [*lines, f"{kind} i0 = {left};"]


def offset(varies: Sequence[bool], end: int, length: str) -> str:
    """Return the code of an input's offset by its indices along the axes before `end`."""
    terms: list[str] = []
    stride: list[str] = []
    for axis in range(len(varies) - 1, -1, -1):
        if varies[axis]:
            if axis < end:
                terms.append(" * ".join([f"i{axis}", *stride]))
            stride.append(f"{length}{axis}")
    return " + ".join(terms)
