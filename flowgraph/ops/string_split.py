"""Strings split into pieces, as sparse tensors."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature
from flowgraph.ops.checks import renamed_argument, with_rank
from flowgraph.ops.core import apply_all, convert_to_tensor
from flowgraph.ops.sparse import SparseTensor
from flowgraph.shapes import TensorShape


class _Split(Op, abstract=True):
    """The pieces of each string of a vector: positions, pieces, and the shape they need."""

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[0].shape, 1)
        with_rank(inputs[1].shape, 0)
        return tuple(TensorShape.of(sizes) for sizes in ((None, 2), (None,), (2,)))

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        strings, separator = inputs
        rows = [self.pieces(string, np.asarray(separator).item()) for string in strings]
        widest = max(map(len, rows), default=0)
        places = [(i, j) for i, row in enumerate(rows) for j in range(len(row))]
        values = np.empty(len(places), dtype=object)
        values[:] = [piece for row in rows for piece in row]
        indices = np.array(places, dtype=np.int64).reshape(-1, 2)
        return indices, values, np.array([len(rows), widest], dtype=np.int64)

    def pieces(self, string: bytes, separator: bytes) -> list[bytes]:
        """Return the pieces of one string."""
        raise NotImplementedError

    gradient = Op.not_differentiable


class StringSplit(_Split):
    """Strings split at any of the characters of the delimiter, or into bytes if it is empty."""

    signature = Signature(
        "input: string, delimiter: string -> indices: int64, values: string, shape: int64"
    )

    skip_empty: bool = True

    def pieces(self, string: bytes, separator: bytes) -> list[bytes]:
        if not separator:
            return [string[i : i + 1] for i in range(len(string))]
        if not string:
            return []
        found = re.split(b"[" + re.escape(separator) + b"]", string)
        return [piece for piece in found if piece] if self.skip_empty else found


class StringSplitV2(_Split):
    """Strings split at a separator, or at white space if it is empty, as Python's do."""

    signature = Signature(
        "input: string, sep: string -> indices: int64, values: string, shape: int64"
    )

    maxsplit: int = -1

    def pieces(self, string: bytes, separator: bytes) -> list[bytes]:
        return string.split(separator or None, self.maxsplit)


def string_split(
    source: Any,
    sep: Any = None,
    skip_empty: bool = True,
    delimiter: Any = None,
    result_type: str = "SparseTensor",
    name: str | None = None,
) -> SparseTensor:
    """Split strings at any of a few characters.

    Parameters
    ----------
    source : Tensor
        A vector of strings.
    sep : Tensor
        A string: each of its bytes ends a piece. A space if left out; if empty,
        every byte is a piece of its own.
    skip_empty : bool
        Leave empty pieces out.
    delimiter
        Old name of `sep`.
    result_type : {"SparseTensor"}
        What to return.
    name : str, optional

    Returns
    -------
    SparseTensor
        A row for each string, of its pieces from column 0 on.

    Raises
    ------
    ValueError
        If `source` is no vector, or an argument is given under both names.
    NotImplementedError
        If a ragged tensor is asked for.

    Examples
    --------
    >>> pieces = tf.Session().run(tf.string_split(["a b  c", "d"]))
    >>> pieces.values
    array([b'a', b'b', b'c', b'd'], dtype=object)
    >>> pieces.indices.tolist(), pieces.dense_shape.tolist()
    ([[0, 0], [0, 1], [0, 2], [1, 0]], [2, 3])
    """
    separator = renamed_argument("delimiter", delimiter, "sep", sep)
    with name_scope(name, "StringSplit", [source]):
        separator = convert_to_tensor(" " if separator is None else separator, dtypes.string)
        source = convert_to_tensor(source, dtypes.string)
        _check_result_type(result_type)
        op = StringSplit(skip_empty=skip_empty)
        return SparseTensor(*apply_all(op, source, separator))


def strings_split(
    input: Any = None,
    sep: Any = None,
    maxsplit: int = -1,
    result_type: str = "SparseTensor",
    source: Any = None,
    name: str | None = None,
) -> SparseTensor:
    """Split strings at a separator, as Python's ``str.split`` does.

    Parameters
    ----------
    input : Tensor
        A vector of strings.
    sep : Tensor
        A string that ends a piece, at every place. White space, as much as there is
        together, if left out or empty.
    maxsplit : int
        Split at most so many times; at all places if negative.
    result_type : {"SparseTensor"}
        What to return.
    source
        Old name of `input`.
    name : str, optional

    Returns
    -------
    SparseTensor
        A row for each string, of its pieces from column 0 on.

    Raises
    ------
    NotImplementedError
        If a ragged tensor is asked for, or strings of another rank are given, which
        TensorFlow splits through one.

    Examples
    --------
    >>> tf.Session().run(tf.strings.split(["a,,b", "c"], ",")).values
    array([b'a', b'', b'b', b'c'], dtype=object)
    """
    strings = renamed_argument("source", source, "input", input)
    with name_scope(name, "StringSplit", [strings]):
        strings = convert_to_tensor(strings, dtypes.string, "input")
        _check_result_type(result_type)
        if strings.shape.ndims != 1:
            raise NotImplementedError(
                f"strings.split of a tensor of shape {strings.shape}: without RaggedTensor it "
                "takes vectors only"
            )
        separator = convert_to_tensor("" if sep is None else sep, dtypes.string)
        return SparseTensor(*apply_all(StringSplitV2(maxsplit=maxsplit), strings, separator))


def _check_result_type(result_type: str) -> None:
    if result_type == "RaggedTensor":
        raise NotImplementedError("result_type='RaggedTensor'")
    if result_type != "SparseTensor":
        raise ValueError("result_type must be 'RaggedTensor' or 'SparseTensor'.")
