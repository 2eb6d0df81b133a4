"""Element types: ``DType``, one object per type, and the conversion ``as_dtype``."""

import builtins
import importlib
from typing import Any, NoReturn

import ml_dtypes
import numpy as np

__all__ = [
    "QUANTIZED_DTYPES",
    "Array",
    "DType",
    "as_dtype",
    "bfloat16",
    "bool",
    "complex64",
    "complex128",
    "double",
    "float16",
    "float32",
    "float64",
    "half",
    "int8",
    "int16",
    "int32",
    "int64",
    "qint8",
    "qint16",
    "qint32",
    "quint8",
    "quint16",
    "resource",
    "string",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "variant",
]

Array = Any

_REF = 100
_BY_ENUM: dict[int, "DType"] = {}


class DType:
    """The type of a tensor's elements.

    There is one object per type, so ``is`` compares types. ``==`` accepts everything that
    `as_dtype` converts and is False for the rest.

    Parameters
    ----------
    type_enum : int
        The number of the type in TensorFlow's ``DataType`` enumeration. A reference type has
        the number of its base plus 100.

    Attributes
    ----------
    name : str
        For example ``"float32"``, or ``"float32_ref"`` for its reference type.
    numpy : numpy.dtype
        What holds the values. Strings and handles are held as Python objects, quantized types
        as plain integers.
    as_datatype_enum : int
        The number given to the constructor.
    base_dtype : DType
        This type, without the reference.
    real_dtype : DType
        The type of the real part: float32 for complex64. Other types have themselves.
    size : int
        Bytes per element. A string counts as one pointer, a handle as one byte.
    is_floating, is_complex, is_integer, is_bool, is_unsigned, is_quantized : bool
        What the values are. Quantized types are quantized only.
    is_numpy_compatible : bool
        False for the handle types `resource` and `variant`.

    Raises
    ------
    TypeError
        If the number names no type.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.float32
    tf.float32
    >>> print(tf.float32)
    <dtype: 'float32'>
    >>> tf.DType(1) is tf.float32
    True
    >>> tf.float32 == "float32"
    True
    """

    __slots__ = (
        "_as_ref",
        "_is_ref_dtype",
        "as_datatype_enum",
        "base_dtype",
        "is_bool",
        "is_complex",
        "is_floating",
        "is_integer",
        "is_numpy_compatible",
        "is_quantized",
        "is_unsigned",
        "name",
        "numpy",
        "real_dtype",
        "size",
    )

    name: str
    numpy: "np.dtype[Any]"
    as_datatype_enum: int
    base_dtype: "DType"
    real_dtype: "DType"
    size: int
    is_bool: builtins.bool
    is_complex: builtins.bool
    is_floating: builtins.bool
    is_integer: builtins.bool
    is_numpy_compatible: builtins.bool
    is_quantized: builtins.bool
    is_unsigned: builtins.bool
    _as_ref: "DType"
    _is_ref_dtype: builtins.bool

    def __new__(cls, type_enum: int) -> "DType":
        try:
            return _BY_ENUM[int(type_enum)]
        except KeyError:
            raise TypeError(f"{type_enum} is not a valid DataType number.") from None

    @property
    def is_ref_dtype(self) -> builtins.bool:
        """Whether this is a reference type, the type of a ref variable's own output."""
        return self._is_ref_dtype

    @property
    def as_numpy_dtype(self) -> Any:
        """The NumPy scalar type, such as ``numpy.float32``; KeyError for handle types."""
        if not self.is_numpy_compatible:
            raise KeyError(f"{self} has no NumPy type")
        return self.numpy.type

    @property
    def kind(self) -> str:
        """NumPy's letter for the kind of values; ``"f"`` for bfloat16, which NumPy calls void."""
        return "f" if self.is_floating else self.numpy.kind

    @property
    def min(self) -> Any:
        """The least finite value; TypeError for types without one."""
        return self._extreme("min", "minimum")

    @property
    def max(self) -> Any:
        """The greatest finite value; TypeError for types without one."""
        return self._extreme("max", "maximum")

    def _extreme(self, attribute: str, word: str) -> Any:
        if self.is_integer:
            return getattr(np.iinfo(self.numpy), attribute)
        if self.is_floating:
            # ml_dtypes knows bfloat16 besides NumPy's own types, but is only partly typed.
            finfo: Any = ml_dtypes.finfo
            return getattr(finfo(self.numpy), attribute)
        raise TypeError(f"Cannot find {word} value of {self}.")

    @property
    def limits(self) -> tuple[Any, Any]:
        """The range of an image's values in this type, lower end clipped to 0.

        (0, max) for integers, (0, 1) for float32 and float64, (0, True) for bool. ValueError
        for other types.
        """
        if self.is_integer:
            return 0, self.max
        if self.is_bool:
            return 0, True
        if self.base_dtype in (float32, float64):
            return 0, 1
        raise ValueError(f"{self} does not have defined limits.")

    def is_compatible_with(self, other: Any) -> builtins.bool:
        """Whether a value of type `other` can be used as this type.

        A reference can be used as its base, but not the reverse. TypeError if `other` cannot
        be converted by `as_dtype`.
        """
        dtype = as_dtype(other)
        return self is dtype or self is dtype.base_dtype

    def __eq__(self, other: object) -> builtins.bool:
        if self is other:
            return True
        if other is None or isinstance(other, DType):
            return False
        try:
            return self is as_dtype(other)
        except TypeError:
            return False

    def __ne__(self, other: object) -> builtins.bool:
        return not self == other

    def __hash__(self) -> int:
        return self.as_datatype_enum

    def __int__(self) -> int:
        return self.as_datatype_enum

    def __str__(self) -> str:
        return f"<dtype: '{self.name}'>"

    def __repr__(self) -> str:
        return f"tf.{self.name}"

    def __reduce__(self) -> tuple[type["DType"], tuple[int]]:
        return DType, (self.as_datatype_enum,)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{self!r} is immutable, cannot set {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{self!r} is immutable, cannot delete {name!r}")


def _declare(enum: int, name: str, storage: Any, real: DType | None = None) -> DType:
    """Make a type and its reference type."""
    numpy = np.dtype(storage)
    quantized = name.startswith(("qint", "quint"))
    handle = name in ("resource", "variant")
    integer = numpy.kind in "iu" and not quantized
    base, ref = object.__new__(DType), object.__new__(DType)
    for dtype in (base, ref):
        is_ref = dtype is ref
        values = {
            "name": name + "_ref" * is_ref,
            "numpy": numpy,
            "as_datatype_enum": enum + _REF * is_ref,
            "base_dtype": base,
            "real_dtype": real or dtype,
            "size": 1 if handle else numpy.itemsize,
            "is_bool": numpy.kind == "b",
            "is_complex": numpy.kind == "c",
            "is_floating": numpy.kind == "f" or numpy == ml_dtypes.bfloat16,
            "is_integer": integer,
            "is_numpy_compatible": not handle,
            "is_quantized": quantized,
            "is_unsigned": integer and numpy.kind == "u",
            "_as_ref": ref,
            "_is_ref_dtype": is_ref,
        }
        for attribute, value in values.items():
            object.__setattr__(dtype, attribute, value)
        _BY_ENUM[dtype.as_datatype_enum] = dtype
    return base


float32 = _declare(1, "float32", np.float32)
float64 = _declare(2, "float64", np.float64)
int32 = _declare(3, "int32", np.int32)
uint8 = _declare(4, "uint8", np.uint8)
int16 = _declare(5, "int16", np.int16)
int8 = _declare(6, "int8", np.int8)
string = _declare(7, "string", np.object_)
complex64 = _declare(8, "complex64", np.complex64, real=float32)
int64 = _declare(9, "int64", np.int64)
bool = _declare(10, "bool", np.bool_)
qint8 = _declare(11, "qint8", np.int8)
quint8 = _declare(12, "quint8", np.uint8)
qint32 = _declare(13, "qint32", np.int32)
bfloat16 = _declare(14, "bfloat16", ml_dtypes.bfloat16)
qint16 = _declare(15, "qint16", np.int16)
quint16 = _declare(16, "quint16", np.uint16)
uint16 = _declare(17, "uint16", np.uint16)
complex128 = _declare(18, "complex128", np.complex128, real=float64)
float16 = _declare(19, "float16", np.float16)
resource = _declare(20, "resource", np.object_)
variant = _declare(21, "variant", np.object_)
uint32 = _declare(22, "uint32", np.uint32)
uint64 = _declare(23, "uint64", np.uint64)
half = float16
double = float64

float32_ref = float32._as_ref
float64_ref = double_ref = float64._as_ref
int32_ref = int32._as_ref
uint8_ref = uint8._as_ref
int16_ref = int16._as_ref
int8_ref = int8._as_ref
string_ref = string._as_ref
complex64_ref = complex64._as_ref
int64_ref = int64._as_ref
bool_ref = bool._as_ref
qint8_ref = qint8._as_ref
quint8_ref = quint8._as_ref
qint32_ref = qint32._as_ref
bfloat16_ref = bfloat16._as_ref
qint16_ref = qint16._as_ref
quint16_ref = quint16._as_ref
uint16_ref = uint16._as_ref
complex128_ref = complex128._as_ref
float16_ref = half_ref = float16._as_ref
resource_ref = resource._as_ref
variant_ref = variant._as_ref
uint32_ref = uint32._as_ref
uint64_ref = uint64._as_ref

QUANTIZED_DTYPES = frozenset(dtype for dtype in _BY_ENUM.values() if dtype.is_quantized)

_BY_NUMPY_TYPE: dict[type, DType] = {
    dtype.numpy.type: dtype
    for dtype in _BY_ENUM.values()
    if dtype.is_numpy_compatible and not (dtype.is_quantized or dtype.is_ref_dtype)
} | {
    np.bytes_: string,
    np.str_: string,
    # C's long long is a NumPy type of its own beside int64 on some platforms.
    np.longlong: int64,
    np.ulonglong: uint64,
}
_BY_VALUE: dict[Any, DType] = {
    **_BY_ENUM,
    **{dtype.name: dtype for dtype in _BY_ENUM.values()},
    "half": half,
    "half_ref": half_ref,
    "float": float32,
    "float_ref": float32_ref,
    "double": double,
    "double_ref": double_ref,
    builtins.float: float32,
    builtins.bool: bool,
    builtins.object: string,
    **_BY_NUMPY_TYPE,
}


def as_dtype(type_value: Any) -> DType:
    """Convert to a `DType`.

    Parameters
    ----------
    type_value : DType, str, int, numpy.dtype or type
        A type, its name or number, or the corresponding NumPy type. Of Python's own types
        ``float`` gives float32, ``bool`` gives bool and ``object`` gives string. An object
        with a NumPy ``dtype`` gives the type of its elements.

    Raises
    ------
    TypeError
        If there is no such type. ``int`` is refused, since it does not say which width.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.as_dtype("double"), tf.as_dtype(float), tf.as_dtype("int32")
    (tf.float64, tf.float32, tf.int32)
    """
    if isinstance(type_value, DType):
        return type_value
    numpy = type_value if isinstance(type_value, np.dtype) else getattr(type_value, "dtype", None)
    try:
        if isinstance(numpy, np.dtype):
            return _BY_NUMPY_TYPE[numpy.type]
        return _BY_VALUE[type_value]
    except (KeyError, TypeError):  # TypeError: the value cannot be hashed
        raise TypeError(f"Cannot convert value {type_value!r} to a TensorFlow DType.") from None


_CONVERSIONS = {
    "as_string": "string_number",
    "cast": "core",
    "complex": "complex_numbers",
    "saturate_cast": "casting",
}
"""TensorFlow's namespace has the ops that convert, too: the files of ops/, by name as they lie
above this one."""


def __getattr__(name: str) -> Any:
    if name not in _CONVERSIONS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
    module = importlib.import_module(f"flowgraph.ops.{_CONVERSIONS[name]}")
    return getattr(module, name)
