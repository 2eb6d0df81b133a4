"""Strings, element by element: joining, cutting, and changing each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph import shapes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import bracketed, invalid
from flowgraph.ops.core import apply
from flowgraph.ops.merging import merge_beside_scalars
from flowgraph.ops.types import INDICES
from flowgraph.shapes import TensorShape

UNITS = ("BYTE", "UTF8_CHAR")


def each(function: Callable[[bytes], Any], strings: Any, dtype: Any = object) -> Array:
    """Return what a function makes of each string, as an array of one shape with them."""
    array = np.asarray(strings, dtype=object)
    result = np.empty(array.size, dtype=dtype)
    result[:] = [function(string) for string in array.reshape(-1)]
    return result.reshape(array.shape)


def check_choice(op: Op, name: str, choices: tuple[str, ...]) -> None:
    """Raise ValueError unless an attribute is one of a few strings."""
    value = getattr(op, name)
    if value not in choices:
        allowed = ", ".join(f'"{choice}"' for choice in choices)
        raise ValueError(
            f"Attr '{name}' of '{op.type}' Op passed string '{value}' not in: {allowed}."
        )


class StringMap(Op, abstract=True):
    """An op on each string by itself."""

    signature = Signature("input: string -> output: string")

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (inputs[0].shape,)

    gradient = Op.not_differentiable


class StringJoin(Op):
    """Strings joined element by element; scalars are joined to every element."""

    signature = Signature("inputs: N*string -> output: string")

    separator: str = ""

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        if not inputs:
            raise ValueError(
                "List argument 'inputs' to 'StringJoin' Op with length 0 shorter than "
                "minimum length 1."
            )
        return (merge_beside_scalars(*(spec.shape for spec in inputs)),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        separator = self.separator.encode()
        sizes = sorted({np.shape(x) for x in inputs if np.ndim(x)})
        if len(sizes) > 1:
            raise invalid(
                f"Input shapes do not match: {bracketed(sizes[0])} vs. {bracketed(sizes[1])}"
            )
        shape = sizes[0] if sizes else ()
        columns = [np.broadcast_to(np.asarray(x, object), shape).reshape(-1) for x in inputs]
        joined = np.empty(len(columns[0]), dtype=object)
        joined[:] = [separator.join(row) for row in zip(*columns, strict=True)]
        return joined.reshape(shape)

    gradient = Op.not_differentiable


class StringStrip(StringMap):
    """Strings without the white space at their ends."""

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return each(bytes.strip, inputs[0])


class _Cased(StringMap, abstract=True):
    """A change of the case of letters: ASCII's, or all of them where the encoding is UTF-8."""

    encoding: str = ""

    def changed(
        self,
        strings: Array,
        of_bytes: Callable[[bytes], bytes],
        of_text: Callable[[str], str],
    ) -> Array:
        """Return strings changed as bytes or as text, by the encoding."""
        if self.encoding not in ("", "utf-8"):
            raise invalid(f"only utf-8 or '' (no encoding) is supported, received {self.encoding}")
        if not self.encoding:
            return each(of_bytes, strings)
        return each(lambda s: of_text(s.decode("utf-8", "replace")).encode(), strings)


class StringLower(_Cased):
    """Strings in lower case."""

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return self.changed(inputs[0], bytes.lower, str.lower)


class StringUpper(_Cased):
    """Strings in upper case."""

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return self.changed(inputs[0], bytes.upper, str.upper)


def _character_starts(string: bytes) -> list[int]:
    """Return where the characters of UTF-8 text begin, and its length."""
    starts = [i for i, byte in enumerate(string) if byte & 0xC0 != 0x80]
    return [*starts, len(string)]


class StringLength(StringMap):
    """How long strings are, in bytes or in characters."""

    signature = Signature("input: string -> output: int32")

    unit: str = "BYTE"

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        check_choice(self, "unit", UNITS)
        return super().infer(*inputs)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        if self.unit == "BYTE":
            return each(len, inputs[0], np.int32)
        return each(lambda s: len(_character_starts(s)) - 1, inputs[0], np.int32)


class Substr(Op):
    """A part of each string."""

    signature = Signature("input: string, pos: T, len: T -> output: string", T=INDICES)

    unit: str = "BYTE"

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        check_choice(self, "unit", UNITS)
        _, pos, length = (spec.shape.sizes for spec in inputs)
        if pos is None or length is None:
            return (shapes.unknown_shape(),)
        if len(pos) != len(length):
            raise ValueError(f"Shapes must be equal rank, but are {len(pos)} and {len(length)}")
        for p, n in zip(pos, length, strict=True):
            if p != n and None not in (p, n):
                raise ValueError(
                    f"pos and len shapes must match: {bracketed(pos)} vs. {bracketed(length)}"
                )
        return (shapes.broadcast(inputs[0].shape, inputs[1].shape),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        strings, pos, length = (np.asarray(x) for x in inputs)
        if pos.shape != length.shape:
            raise invalid(
                f"Incompatible shapes: {bracketed(length.shape)} vs. {bracketed(pos.shape)}"
            )
        try:
            columns = np.broadcast_arrays(strings.astype(object), pos, length)
        except ValueError:
            raise invalid(
                f"Incompatible shapes: {bracketed(strings.shape)} vs. {bracketed(pos.shape)}"
            ) from None
        cut: Callable[..., bytes] = self._bytes if self.unit == "BYTE" else self._characters
        rows = zip(*[column.reshape(-1).tolist() for column in columns], strict=True)
        result = np.empty(columns[0].size, dtype=object)
        result[:] = [cut(*row, index) for index, row in enumerate(rows)]
        return result.reshape(columns[0].shape)

    def _bytes(self, string: bytes, pos: int, length: int, index: int) -> bytes:
        if not -len(string) <= pos <= len(string):
            text = string.decode("utf-8", "backslashreplace")
            raise invalid(f"pos {pos} out of range for string b'{text}' at index {index}")
        part: bytes = _part(string, pos, length)
        return part

    def _characters(self, string: bytes, pos: int, length: int, index: int) -> bytes:
        starts = _character_starts(string)
        count = len(starts) - 1
        if not -count <= pos <= count:
            raise invalid(f"pos {pos} out of range for string at index {index}")
        wanted = _part(starts[:-1], pos, length)
        if not wanted:
            return b""
        first = starts.index(wanted[0])
        return string[wanted[0] : starts[first + len(wanted)]]

    gradient = Op.not_differentiable


def _part(whole: Any, pos: int, length: int) -> Any:
    """Return a part of a sequence; a negative length means up to its end."""
    start = pos + len(whole) if pos < 0 else pos
    return whole[start:] if length < 0 else whole[start : start + length]


def string_join(inputs: Any, separator: str = "", name: str | None = None) -> Tensor:
    """Join strings element by element.

    Parameters
    ----------
    inputs : list of Tensor
        Strings of one shape. Scalars are joined to every element.
    separator : str
        What stands between them.
    name : str, optional

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> tf.Session().run(tf.strings.join([["a", "b"], "c"], separator="-"))
    array([b'a-c', b'b-c'], dtype=object)
    """
    return apply(StringJoin(separator=separator or ""), list(inputs), name=name)


def string_strip(input: Any, name: str | None = None) -> Tensor:
    r"""Take the white space off both ends of strings.

    Parameters
    ----------
    input : Tensor
        Strings.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.strings.strip([" a b\n"]))
    array([b'a b'], dtype=object)
    """
    return apply(StringStrip(), input, name=name)


def string_lower(input: Any, encoding: str = "", name: str | None = None) -> Tensor:
    """Write strings in lower case.

    Parameters
    ----------
    input : Tensor
        Strings.
    encoding : {"", "utf-8"}
        Change ASCII letters only, or the letters of all scripts.
    name : str, optional

    Raises
    ------
    InvalidArgumentError
        When run: if the encoding is another.

    Examples
    --------
    >>> tf.Session().run(tf.strings.lower(["A b"]))
    array([b'a b'], dtype=object)
    """
    return apply(StringLower(encoding=encoding), input, name=name)


def string_upper(input: Any, encoding: str = "", name: str | None = None) -> Tensor:
    """Write strings in upper case.

    Parameters
    ----------
    input, encoding, name
        As for `string_lower`.

    Examples
    --------
    >>> tf.Session().run(tf.strings.upper(["A b"]))
    array([b'A B'], dtype=object)
    """
    return apply(StringUpper(encoding=encoding), input, name=name)


def string_length(input: Any, name: str | None = None, unit: str = "BYTE") -> Tensor:
    """Return how long strings are.

    Parameters
    ----------
    input : Tensor
        Strings.
    name : str, optional
    unit : {"BYTE", "UTF8_CHAR"}
        What is counted: bytes, or the characters of UTF-8 text.

    Returns
    -------
    Tensor
        Of int32, in the shape of `input`.

    Examples
    --------
    >>> tf.Session().run(tf.strings.length(["abc", "é"]))
    array([3, 2], dtype=int32)
    """
    return apply(StringLength(unit=unit), input, name=name)


def substr(input: Any, pos: Any, len: Any, name: str | None = None, unit: str = "BYTE") -> Tensor:
    """Return a part of each string.

    Parameters
    ----------
    input : Tensor
        Strings.
    pos : Tensor
        int32 or int64, where the part begins; negative counts from the end.
        Broadcast against `input`.
    len : Tensor
        Of the dtype and shape of `pos`: how long the part is. A string that is
        too short gives what it has.
    name : str, optional
    unit : {"BYTE", "UTF8_CHAR"}
        What is counted: bytes, or the characters of UTF-8 text.

    Raises
    ------
    ValueError
        If the shapes do not fit.
    InvalidArgumentError
        When run: if a part begins outside of its string.

    Examples
    --------
    >>> tf.Session().run(tf.strings.substr(["hello", "world"], 1, 3))
    array([b'ell', b'orl'], dtype=object)
    """
    return apply(Substr(unit=unit), input, pos, len, name=name)
