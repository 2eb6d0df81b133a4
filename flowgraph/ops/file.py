"""Whole files as strings, and files by pattern."""

from __future__ import annotations

import glob
import os
import re
from contextlib import suppress
from typing import Any

import numpy as np

from flowgraph.dtypes import Array
from flowgraph.errors import NotFoundError
from flowgraph.formats.system_errors import translated
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import with_rank
from flowgraph.ops.core import apply, build
from flowgraph.shapes import TensorShape


class ReadFile(Op):
    """The contents of a file."""

    signature = Signature("filename: string -> contents: string")
    # A file may be another one at the next run, so this is never folded.
    is_stateful = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (with_rank(inputs[0].shape, 0),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        with translated(), open(_path(inputs[0]), "rb") as file:
            return np.array(file.read(), dtype=object)

    gradient = Op.not_differentiable


class WriteFile(Op):
    """Write a file, and the directories that lead to it."""

    signature = Signature("filename: string, contents: string ->")
    is_stateful = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[0].shape, 0)
        with_rank(inputs[1].shape, 0)
        return ()

    def compute(self, xp: Any, *inputs: Array) -> tuple[()]:
        path = _path(inputs[0])
        with translated():
            if directory := os.path.dirname(path):
                with suppress(FileExistsError):  # opening says it better
                    os.makedirs(directory, exist_ok=True)
            with open(path, "wb") as file:
                file.write(np.asarray(inputs[1], dtype=object).item())
        return ()


class MatchingFiles(Op):
    """The names of the files that match a pattern, or one of several."""

    signature = Signature("pattern: string -> filenames: string")
    is_stateful = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        rank = inputs[0].shape.ndims
        if rank is not None and rank > 1:
            raise ValueError(f"Shape must be at most rank 1 but is rank {rank}")
        return (TensorShape.of((None,)),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        found: list[str] = []
        for pattern in np.asarray(inputs[0], dtype=object).reshape(-1):
            found += _matching(pattern.decode())
        names = np.empty(len(found), dtype=object)
        names[:] = [os.fsencode(name) for name in sorted(found)]
        return names

    gradient = Op.not_differentiable


def _path(value: Any) -> str:
    path: bytes = np.asarray(value, dtype=object).item()
    return os.fsdecode(path).removeprefix("file://")


def from_here(pattern: str) -> str:
    """Return a pattern of names in the current directory as TensorFlow does: from ``./``."""
    fixed = re.split(r"[*?\[\\]", pattern, maxsplit=1)[0]
    return pattern if os.path.dirname(fixed) or not pattern else f"./{pattern}"


def _matching(pattern: str) -> list[str]:
    pattern = from_here(pattern.removeprefix("file://"))
    fixed = pattern
    while glob.has_magic(fixed):
        fixed = os.path.dirname(fixed)
    if glob.has_magic(pattern) and fixed and not os.path.isdir(fixed):
        raise NotFoundError(None, None, f"{fixed}; No such file or directory")
    return glob.glob(pattern, include_hidden=True)


def read_file(filename: Any, name: str | None = None) -> Tensor:
    """Return the contents of a file.

    Parameters
    ----------
    filename : Tensor
        A string.
    name : str, optional

    Returns
    -------
    Tensor
        A string, read anew at each run.

    Raises
    ------
    NotFoundError
        When run: if there is no such file; and other errors of `tf.errors` as the
        operating system finds them.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile(suffix=".txt") as file:
    ...     _ = file.write(b"flow")
    ...     file.flush()
    ...     print(tf.Session().run(tf.read_file(file.name)))
    b'flow'
    """
    return apply(ReadFile(), filename, name=name)


def write_file(filename: Any, contents: Any, name: str | None = None) -> Operation:
    """Return an operation that writes a file.

    Parameters
    ----------
    filename : Tensor
        A string. Directories that are missing are made.
    contents : Tensor
        A string.
    name : str, optional

    Raises
    ------
    OpError
        When run: of the class that fits what the operating system says.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     path = pathlib.Path(directory, "a.txt")
    ...     tf.Session().run(tf.write_file(str(path), "flow"))
    ...     print(path.read_text())
    flow
    """
    return build(WriteFile(), (filename, contents), name)


def matching_files(pattern: Any, name: str | None = None) -> Tensor:
    """Return the names of the files that match a pattern of the shell.

    Parameters
    ----------
    pattern : Tensor
        A string, or a vector of them. ``*``, ``?`` and ``[...]`` stand for
        characters of one part of a path.
    name : str, optional

    Returns
    -------
    Tensor
        A vector of strings, sorted.

    Raises
    ------
    NotFoundError
        When run: if the directory to look in is missing.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     for name in ("b.txt", "a.txt", "c.log"):
    ...         pathlib.Path(directory, name).touch()
    ...     found = tf.Session().run(tf.matching_files(f"{directory}/*.txt"))
    >>> [name.decode()[-5:] for name in found]
    ['a.txt', 'b.txt']
    """
    return apply(MatchingFiles(), pattern, name=name)
