"""Numbers read from strings, and written as strings."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from flowgraph import dtypes, shapes
from flowgraph.dtypes import Array, DType, as_dtype
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import invalid, renamed_argument, runtime_name
from flowgraph.ops.core import apply
from flowgraph.ops.string import StringMap, each
from flowgraph.shapes import TensorShape

_READ = Types((dtypes.float32, dtypes.float64, dtypes.int32, dtypes.int64))

_INTEGER = re.compile(rb"\s*-?[0-9]+\s*")
_FLOAT = re.compile(
    rb"\s*(?:[-+]?(?:[0-9]+\.?[0-9]*(?:e[-+]?[0-9]+)?|\.[0-9]+(?:e[-+]?[0-9]+)?|inf|nan))?\s*",
    re.IGNORECASE,
)
_HEXADECIMAL = re.compile(rb"\s*[-+]?0x[0-9a-f]+\s*", re.IGNORECASE)


class StringToNumber(StringMap):
    """The numbers that strings spell."""

    signature = Signature("string_tensor: string -> output: out_type", out_type=_READ)

    out_type: DType = dtypes.float32

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        _check_dtype("out_type", self.out_type, _READ)
        return super().infer(*inputs)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        read = self._integer if self.out_type.is_integer else self._float
        return each(read, inputs[0], self.out_type.numpy)

    def _integer(self, string: bytes) -> int:
        if _INTEGER.fullmatch(string):
            number = int(string)
            if self.out_type.min <= number <= self.out_type.max:
                return number
        raise _not_a_number(string)

    def _float(self, string: bytes) -> float:
        if string and _FLOAT.fullmatch(string):
            return float(string if string.strip() else 0)
        if _HEXADECIMAL.fullmatch(string):
            return float(int(string, 16))
        raise _not_a_number(string)


def _not_a_number(string: bytes) -> Exception:
    text = string.decode("utf-8", "backslashreplace")
    return invalid(f"StringToNumberOp could not correctly convert string: {text}")


def _check_dtype(name: str, dtype: DType, allowed: Types) -> None:
    if dtype not in allowed:
        raise TypeError(
            f"Value passed to parameter '{name}' has DataType {dtype.name} not in list of "
            f"allowed values: {allowed}"
        )


class AsString(StringMap):
    """Numbers as C's ``printf`` writes them."""

    signature = Signature(
        "input: T -> output: string",
        T=Types(
            (
                *(dtypes.int8, dtypes.int16, dtypes.int32, dtypes.int64),
                *(dtypes.complex64, dtypes.complex128),
                *(dtypes.float32, dtypes.float64, dtypes.bool),
            )
        ),
    )

    precision: int = -1
    scientific: bool = False
    shortest: bool = False
    width: int = -1
    fill: str = ""

    def compute(self, xp: Any, *inputs: Array) -> Array:
        numbers = np.asarray(inputs[0])
        self._check(as_dtype(numbers.dtype))
        texts = np.empty(numbers.size, dtype=object)
        write = {"b": self._bool, "i": self._integer, "f": self._float, "c": self._complex}
        form = write[numbers.dtype.kind]
        texts[:] = [form(number).encode() for number in numbers.reshape(-1).tolist()]
        return texts.reshape(numbers.shape)

    def _check(self, dtype: DType) -> None:
        if not (dtype.is_floating or dtype.is_complex):
            if self.scientific or self.shortest:
                raise invalid(
                    f"scientific and shortest format not supported for datatype {dtype.name}"
                )
            if self.precision > -1:
                raise invalid(f"precision not supported for datatype {dtype.name}")
        if self.scientific and self.shortest:
            raise invalid("Cannot select both scientific and shortest notation")
        if len(self.fill) > 1:
            raise invalid("Fill string must be one or fewer characters")
        if self.fill and self.fill not in " +-0#":
            raise invalid(f'Fill argument not supported: "{self.fill}"')

    def _format(self, letter: str, number: Any) -> str:
        # Only digits are filled up with zeros: C pads infinities with spaces.
        fill = "" if self.fill == "0" and not math.isfinite(number) else self.fill
        width = str(self.width) if self.width > -1 else ""
        precision = f".{self.precision}" if self.precision > -1 else ""
        text: str = f"%{fill}{width}{precision}{letter}" % number
        return text

    def _bool(self, number: bool) -> str:
        return "true" if number else "false"

    def _integer(self, number: int) -> str:
        return self._format("d", number)

    def _float(self, number: float) -> str:
        letter = "e" if self.scientific else "g" if self.shortest else "f"
        return self._format(letter, number)

    def _complex(self, number: complex) -> str:
        return f"({self._float(number.real)},{self._float(number.imag)})"


_RAW = Types(
    (
        *(dtypes.float16, dtypes.float32, dtypes.float64),
        *(dtypes.int32, dtypes.uint16, dtypes.uint8, dtypes.int16, dtypes.int8, dtypes.int64),
        *(dtypes.complex64, dtypes.complex128, dtypes.bool),
    )
)


class DecodeRaw(Op):
    """The bytes of strings as numbers, along a new last axis."""

    signature = Signature("bytes: string -> output: out_type", out_type=_RAW)

    out_type: DType
    little_endian: bool = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        _check_dtype("out_type", self.out_type, _RAW)
        if inputs[0].shape.sizes is None:
            return (shapes.unknown_shape(),)
        return (TensorShape.of((*inputs[0].shape.sizes, None)),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        strings = np.asarray(inputs[0], dtype=object)
        kind = self.out_type.numpy
        if not strings.size:
            return np.empty((*strings.shape, 0), kind)
        flat = strings.reshape(-1).tolist()
        length = len(flat[0])
        for index, string in enumerate(flat):
            if len(string) != length:
                raise invalid(
                    "DecodeRaw requires input strings to all be the same size, but element "
                    f"{index} has size {length} != {len(string)}"
                )
        if length % kind.itemsize:
            raise invalid(
                f"Input to DecodeRaw has length {length} that is not a multiple of "
                f"{kind.itemsize}, the size of {runtime_name(self.out_type)}"
            )
        stored = kind.newbyteorder("<" if self.little_endian else ">")
        if kind.kind == "b":
            numbers = np.frombuffer(b"".join(flat), np.uint8) != 0
        else:
            numbers = np.frombuffer(b"".join(flat), stored).astype(kind)
        return numbers.reshape(*strings.shape, length // kind.itemsize)

    gradient = Op.not_differentiable


def string_to_number(
    string_tensor: Any = None,
    out_type: Any = dtypes.float32,
    name: str | None = None,
    input: Any = None,
) -> Tensor:
    """Read a number from each string.

    Parameters
    ----------
    string_tensor : Tensor
        Strings. White space around a number is allowed.
    out_type : DType
        float32, float64, int32 or int64.
    name : str, optional
    input
        Another name of `string_tensor`.

    Raises
    ------
    TypeError
        If the dtype is another.
    InvalidArgumentError
        When run: if a string is no number, or an integer that is too large.

    Examples
    --------
    >>> tf.Session().run(tf.string_to_number(["1", " 2.5e3"]))
    array([1.0e+00, 2.5e+03], dtype=float32)
    """
    strings = renamed_argument("string_tensor", string_tensor, "input", input)
    return apply(StringToNumber(out_type=as_dtype(out_type).base_dtype), strings, name=name)


def as_string(
    input: Any,
    precision: int = -1,
    scientific: bool = False,
    shortest: bool = False,
    width: int = -1,
    fill: str = "",
    name: str | None = None,
) -> Tensor:
    """Write each number as a string.

    Parameters
    ----------
    input : Tensor
        Signed integers, floats, complex numbers or booleans.
    precision : int
        How many digits stand after the point. Six if negative.
    scientific : bool
        Write floats with an exponent.
    shortest : bool
        Write floats with or without an exponent, whichever is shorter.
    width : int
        Fill up to so many characters.
    fill : {"", " ", "+", "-", "0", "#"}
        The flag of ``printf``: how to fill, and what to write for a plus sign.
    name : str, optional

    Raises
    ------
    TypeError
        If the dtype is another.
    InvalidArgumentError
        When run: if the arguments do not fit each other or the dtype.

    Examples
    --------
    >>> tf.Session().run(tf.as_string([1.5, 22.25], precision=2, width=6, fill="0"))
    array([b'001.50', b'022.25'], dtype=object)
    """
    op = AsString(
        precision=precision, scientific=scientific, shortest=shortest, width=width, fill=fill
    )
    return apply(op, input, name=name)


def decode_raw(
    input_bytes: Any = None,
    out_type: Any = None,
    little_endian: bool = True,
    name: str | None = None,
    bytes: Any = None,
) -> Tensor:
    r"""Read the bytes of strings as numbers.

    Parameters
    ----------
    input_bytes : Tensor
        Strings of one length.
    out_type : DType
        What the numbers are.
    little_endian : bool
        Whether the least byte of a number comes first.
    name : str, optional
    bytes
        Old name of `input_bytes`.

    Returns
    -------
    Tensor
        With a new last axis, for the numbers of a string.

    Raises
    ------
    TypeError
        If the dtype cannot be read.
    ValueError
        If no dtype is given, or the strings are given under both names.
    InvalidArgumentError
        When run: if the lengths differ, or are no multiple of a number's.

    Examples
    --------
    >>> tf.Session().run(tf.decode_raw(["\x01\x00\x02\x00"], tf.int16))
    array([[1, 2]], dtype=int16)
    """
    strings = renamed_argument("bytes", bytes, "input_bytes", input_bytes)
    if out_type is None:
        raise ValueError("decode_raw_v1() missing 1 positional argument: 'out_type'")
    op = DecodeRaw(out_type=as_dtype(out_type).base_dtype, little_endian=little_endian)
    return apply(op, strings, name=name)
