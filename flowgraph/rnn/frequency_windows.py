"""Windows over the frequencies of an input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.constant import constant
from flowgraph.ops.slicing import pad
from flowgraph.ops.slicing import slice as slice_of


def known_depth(inputs: Tensor) -> int:
    """Return the size of the inputs; ValueError if it is not known."""
    depth: int | None = inputs.shape.with_rank(2)[-1].value
    if depth is None:
        raise ValueError("Cannot infer input_size from static shape inference.")
    return depth


class Windows:
    """Where the windows are: of one size, in one or several blocks.

    Parameters
    ----------
    size, skip : int
        Of a window, and from one to the next.
    counts : list of int
        How many windows each block has.
    starts, ends : list of int, optional
        Where each block is; by default one block is the whole input.
    """

    def __init__(self, size: Any, skip: Any, counts: Sequence[int], starts: Any, ends: Any) -> None:
        self.size = size
        self.counts = counts
        self._skip = skip
        self._starts = starts
        self._ends = ends

    def of(self, inputs: Tensor, offset: int = 0) -> list[list[Tensor]]:
        """Return the windows of inputs, block by block.

        Parameters
        ----------
        inputs : Tensor
            ``(batch, size)``.
        offset : int
            How far to move the windows, over zeros beyond the ends.

        Raises
        ------
        ValueError
            If blocks and counts do not fit the inputs.
        """
        blocks = self._blocks(known_depth(inputs))
        if offset:
            after, before = max(offset, 0), max(-offset, 0)
            inputs = pad(
                inputs,
                constant([0, 0, before, after], shape=[2, 2], dtype=dtypes.int32),
                "CONSTANT",
            )
            offset = after
        return [
            [
                slice_of(inputs, [0, start + offset + i * self._skip], [-1, self.size])
                for i in range(count)
            ]
            for start, count in blocks
        ]

    def _blocks(self, depth: int) -> list[tuple[int, int]]:
        """Return where each block starts, and how many windows it has."""
        if not self._starts:
            if len(self.counts) != 1:
                raise ValueError(
                    f"Length of num_frequency_blocks is not 1, but instead is {len(self.counts)}"
                )
            places = [(0, depth)]
        else:
            if len(self._starts) != len(self._ends):
                raise ValueError(
                    "Length of start and end freqindex_list does not match "
                    f"{len(self._starts)} {len(self._ends)}"
                )
            if len(self.counts) != len(self._starts):
                raise ValueError(
                    "Length of num_frequency_blocks is not equal to start_freqindex_list "
                    f"{len(self.counts)} {len(self._starts)}"
                )
            places = list(zip(self._starts, self._ends, strict=True))
        for (start, end), count in zip(places, self.counts, strict=True):
            found = int((end - start - self.size) / self._skip) + 1
            if found != count:
                raise ValueError(
                    f"Invalid num_frequency_blocks, requires {count} but gets {found}, please "
                    "check the input size and filter config are correct."
                )
        return [(start, count) for (start, _), count in zip(places, self.counts, strict=True)]
