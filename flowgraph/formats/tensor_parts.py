"""Parts of tensors: boxes that together make up a tensor kept in several pieces."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from flowgraph.dtypes import Array, DType
from flowgraph.formats.ordered_code import slice_key

WHOLE = (0, -1)
"""The extent that is all of a dimension."""


class Part(NamedTuple):
    """A box of a tensor.

    Attributes
    ----------
    shape : tuple of int
        The whole tensor's.
    extents : tuple of (int, int)
        Start and length in each dimension, or `WHOLE`.
    """

    shape: tuple[int, ...]
    extents: tuple[tuple[int, int], ...]

    @property
    def box(self) -> tuple[slice, ...]:
        """What selects the part from the whole."""
        ends = (n if extent == WHOLE else sum(extent) for n, extent in self._dimensions())
        return tuple(slice(extent[0], end) for extent, end in zip(self.extents, ends, strict=True))

    @property
    def size(self) -> tuple[int, ...]:
        """The part's own shape."""
        return tuple(n if extent == WHOLE else extent[1] for n, extent in self._dimensions())

    def key(self, name: str) -> bytes:
        """Return the key that the part is stored under."""
        return slice_key(name, self.extents)

    def _dimensions(self) -> Iterable[tuple[int, tuple[int, int]]]:
        return zip(self.shape, self.extents, strict=True)


def parse(text: str) -> Part | None:
    """Read a part as ``SaveV2`` and ``RestoreV2`` take it; ``None`` for ``""``, the whole.

    Raises
    ------
    ValueError
        If it is not of the form ``"4 3 0,2:-"``: the whole's shape, then a start and a
        length or ``-`` for each dimension.

    Examples
    --------
    >>> parse("4 3 0,2:-").size
    (2, 3)
    """
    if not text:
        return None
    *sizes, boxes = text.split(" ")
    shape = tuple(int(size) for size in sizes)
    extents = [WHOLE if box == "-" else tuple(map(int, box.split(","))) for box in boxes.split(":")]
    if len(shape) != len(extents) or any(len(extent) != 2 for extent in extents):
        raise ValueError(f"{text!r} does not say a start and a length for each dimension")
    for size, extent in zip(shape, extents, strict=True):
        if extent != WHOLE and not 0 <= extent[0] <= sum(extent) <= size:
            raise ValueError(f"{extent} is outside of a dimension of {size}")
    return Part(shape, tuple((start, length) for start, length in extents))


def from_message(message: Any, shape: tuple[int, ...]) -> Part:
    """Return the part that a ``TensorSliceProto`` describes; all of it where it says nothing."""
    extents = [(e.start, e.length) if e.WhichOneof("has_length") else WHOLE for e in message.extent]
    return Part(shape, tuple(extents or [WHOLE] * len(shape)))


def assembled(
    dtype: DType, shape: tuple[int, ...], parts: Iterable[tuple[Part, Array]]
) -> Array | None:
    """Return the tensor that parts make up, or ``None`` if they leave some of it out."""
    whole = np.empty(shape, dtype.numpy)
    missing = np.ones(shape, np.bool_)
    for part, array in parts:
        whole[part.box] = array
        missing[part.box] = False
    return None if missing.any() else whole


def placed(array: Array, out: Array | None) -> Array:
    """Return an array, or `out` with its values if that is given."""
    if out is None:
        return array
    out[...] = array
    return out
