"""Checkpoints of either format, found by the name that a program gives."""

from __future__ import annotations

import glob
import os
from typing import Protocol

from flowgraph.dtypes import Array, DType
from flowgraph.errors import NotFoundError
from flowgraph.formats.bundle import BundleReader, index_path
from flowgraph.formats.checkpoint_v1 import CheckpointV1Reader
from flowgraph.formats.tensor_parts import Part


class CheckpointFile(Protocol):
    """A checkpoint's tensors by name, in whatever format."""

    def names(self) -> list[str]:
        """Return the names of the tensors, sorted."""
        ...

    def __contains__(self, name: str) -> bool: ...

    def dtype(self, name: str) -> DType:
        """Return the dtype of a tensor."""
        ...

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of a tensor."""
        ...

    def read(self, name: str, part: Part | None = None, out: Array | None = None) -> Array:
        """Return a tensor, or a part of it, in the memory of `out` if that is given."""
        ...

    def check(self, name: str, part: Part | None = None) -> None:
        """Raise what `read` would raise."""
        ...


def open_checkpoint(pattern: str) -> CheckpointFile:
    """Open a checkpoint.

    Parameters
    ----------
    pattern : str
        The prefix of a checkpoint of the second format, or the path of one of the
        first, with wildcards where it has several files.

    Raises
    ------
    NotFoundError
        If there is none.
    DataLossError
        If it is damaged.
    """
    if os.path.exists(index_path(pattern)):
        return BundleReader(pattern)
    paths = [pattern] if os.path.exists(pattern) else sorted(glob.glob(pattern))
    if not paths:
        message = (
            "Unsuccessful TensorSliceReader constructor: "
            f"Failed to find any matching files for {pattern}"
        )
        raise NotFoundError(None, None, message)
    return CheckpointV1Reader(paths)
