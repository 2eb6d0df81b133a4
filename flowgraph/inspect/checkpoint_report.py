"""What a checkpoint holds, read from its index alone."""

from __future__ import annotations

import math
import os
from collections import defaultdict
from typing import NamedTuple

from flowgraph.dtypes import DType
from flowgraph.errors import DataLossError
from flowgraph.formats.bundle import BundleReader, data_path
from flowgraph.formats.checkpoint import open_checkpoint
from flowgraph.inspect import tables

_SHARDS = 1000
"""So many data files at most are looked for."""


class Saved(NamedTuple):
    """A tensor of a checkpoint.

    Attributes
    ----------
    name : str
    dtype : str
    shape : tuple of int
    elements : int
    nbytes : int or None
        ``None`` for strings.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    elements: int
    nbytes: int | None


class CheckpointReport:
    """The tensors of a checkpoint.

    Attributes
    ----------
    path : str
    tensors : tuple of Saved
        By name.
    missing : tuple of str
        Data files that the index names and that are not there.
    """

    def __init__(self, path: str) -> None:
        """Read an index.

        Raises
        ------
        OpError
            If there is no checkpoint, or it is damaged.
        """
        reader = open_checkpoint(path)
        self.path = path
        try:
            self.tensors = tuple(
                _saved(name, reader.dtype(name), reader.shape(name)) for name in reader.names()
            )
        except (UnicodeDecodeError, TypeError) as error:
            raise DataLossError(None, None, f"Unable to read an entry of {path}: {error}") from None
        shards = reader.shards if isinstance(reader, BundleReader) else 0
        files = (data_path(path, i, shards) for i in range(min(shards, _SHARDS)))
        self.missing = tuple(file for file in files if not os.path.exists(file))

    @property
    def is_whole(self) -> bool:
        """Whether all data files are there."""
        return not self.missing

    def __str__(self) -> str:
        rows: list[tuple[str, ...]] = [
            (
                tables.plain(each.name),
                each.dtype,
                str(each.shape),
                f"{each.elements:,}",
                "" if each.nbytes is None else tables.amount(each.nbytes, "B"),
            )
            for each in self.tensors
        ]
        rows.append(_total("total", list(self.tensors)))
        by_dtype: dict[str, list[Saved]] = defaultdict(list)
        for each in self.tensors:
            by_dtype[each.dtype].append(each)
        if len(by_dtype) > 1:
            rows += [_total(f"  {dtype}", each) for dtype, each in sorted(by_dtype.items())]
        lines = [
            f"{tables.plain(self.path)}: a checkpoint of {len(self.tensors)} tensors",
            tables.text(("tensor", "dtype", "shape", "elements", "bytes"), rows, 3),
        ]
        lines += [f"missing: {tables.plain(path)}" for path in self.missing]
        return "\n".join(lines)


def _saved(name: str, dtype: DType, shape: tuple[int, ...]) -> Saved:
    kind = dtype.base_dtype
    elements = math.prod(shape)
    nbytes = None if kind.numpy.hasobject else elements * kind.size
    return Saved(name, kind.name, shape, elements, nbytes)


def _total(name: str, tensors: list[Saved]) -> tuple[str, ...]:
    elements = sum(each.elements for each in tensors)
    nbytes = sum(each.nbytes or 0 for each in tensors)
    return name, "", "", f"{elements:,}", tables.amount(nbytes, "B")
