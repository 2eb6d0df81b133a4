"""Names that NumPy and Python dropped after 2018, given back to programs of that time.

Only a script run by ``python -m flowgraph`` and a notebook that loads the extension get them,
and only where they are missing. What belonged to arrays themselves cannot be given back:
``a.tostring()`` and its like say what to write instead, and so does ``int(a)``. What came with
TensorFlow's installation and its import is seen to as well.
"""

from __future__ import annotations

import collections
import collections.abc
import functools
import importlib
import inspect
import sys
import time
import urllib
from typing import Any, NamedTuple

import numpy as np


def _find_common_type(array_types: list[Any], scalar_types: list[Any]) -> np.dtype[Any]:
    return np.result_type(*array_types, *scalar_types)


def _asfarray(a: Any, dtype: Any = np.float64) -> Any:
    kind = np.dtype(dtype)
    return np.asarray(a, kind if np.issubdtype(kind, np.inexact) else np.float64)


_numpy_reshape, _numpy_fromstring = np.reshape, np.fromstring


def _of_rows_of_any_length(make: Any) -> Any:
    """Return a function that makes arrays, of objects where rows are of unequal lengths."""

    @functools.wraps(make)
    def made(a: Any, dtype: Any = None, **options: Any) -> Any:
        try:
            return make(a, dtype, **options)
        except ValueError as error:
            asker = sys._getframe(1).f_globals.get("__name__", "")
            if dtype is not None or "inhomogeneous" not in str(error) or _is_ours(asker):
                raise
            return make(a, object, **options)

    return made


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == __name__.partition(".")[0]


_array, _asarray = _of_rows_of_any_length(np.array), _of_rows_of_any_length(np.asarray)


@functools.wraps(_numpy_reshape)
def _reshape(a: Any, *args: Any, **kwargs: Any) -> Any:
    if "newshape" in kwargs:
        kwargs["shape"] = kwargs.pop("newshape")
    return _numpy_reshape(a, *args, **kwargs)


@functools.wraps(_numpy_fromstring)
def _fromstring(string: Any, dtype: Any = float, count: int = -1, *, sep: str = "") -> Any:
    if sep:
        return _numpy_fromstring(string, dtype, count, sep=sep)
    binary = string.encode("latin-1") if isinstance(string, str) else string
    return np.frombuffer(binary, dtype, count).copy()


NUMPY: dict[str, Any] = {
    "float": float,
    "int": int,
    "object": object,
    "str": str,
    "complex": complex,
    "unicode": str,
    "float_": np.float64,
    "complex_": np.complex128,
    "cfloat": np.complex128,
    "singlecomplex": np.complex64,
    "longfloat": np.longdouble,
    "longcomplex": np.clongdouble,
    "int0": np.intp,
    "uint0": np.uintp,
    "bool8": np.bool_,
    "object0": np.object_,
    "string_": np.bytes_,
    "unicode_": np.str_,
    "Inf": np.inf,
    "Infinity": np.inf,
    "infty": np.inf,
    "PINF": np.inf,
    "NINF": -np.inf,
    "NaN": np.nan,
    "NAN": np.nan,
    "PZERO": 0.0,
    "NZERO": -0.0,
    "asfarray": _asfarray,
    "asscalar": lambda a: a.item(),
    "alltrue": np.all,
    "cumproduct": np.cumprod,
    "find_common_type": _find_common_type,
    "in1d": lambda ar1, ar2, **kwargs: np.isin(ar1, ar2, **kwargs).ravel(),
    "issubclass_": lambda arg1, arg2: isinstance(arg1, type) and issubclass(arg1, arg2),
    "mat": np.asmatrix,
    "msort": lambda a: np.sort(a, axis=0),
    "product": np.prod,
    "rank": np.ndim,
    "round_": np.round,
    "row_stack": np.vstack,
    "sometrue": np.any,
    "trapz": np.trapezoid,
}

METHODS = {
    "itemset": "a[index] = value",
    "ptp": "numpy.ptp(a)",
    "tostring": "a.tobytes()",
}
"""Methods of arrays that NumPy has dropped, and what to write instead for an array ``a``."""


def explain_method(name: str) -> str:
    """Return what to say of a method that arrays no longer have.

    Examples
    --------
    >>> from flowgraph.compat.old_names import explain_method
    >>> explain_method("tostring")
    ".tostring() is no longer NumPy's: write a.tobytes()"
    """
    return f".{name}() is no longer NumPy's: write {METHODS[name]}"


CONVERSION = "int(a) and '%d' % a take no array of one element any longer: write a.item()"


def is_conversion(error: BaseException) -> bool:
    """Return whether an error says that an array of one element is no number."""
    text = str(error)
    return isinstance(error, TypeError) and (
        "only 0-dimensional arrays can be converted to Python scalars" in text
        or text.endswith("a real number is required, not numpy.ndarray")
    )


NEWSHAPE = ".reshape(newshape=...) is no longer NumPy's: write a.reshape(shape)"

COMPANIONS = {
    "astor": "astor",
    "gast": "gast",
    "grpc": "grpcio",
    "h5py": "h5py",
    "keras_applications": "keras_applications",
    "keras_preprocessing": "keras_preprocessing",
    "tensorboard": "tensorboard",
    "termcolor": "termcolor",
    "wrapt": "wrapt",
}
"""Modules that come with TensorFlow, which programs count on, and what to install for them."""


def explain_module(name: str) -> str:
    """Return what to say of a module that comes with TensorFlow and is missing.

    Examples
    --------
    >>> from flowgraph.compat.old_names import explain_module
    >>> explain_module("grpc")
    'grpc comes with TensorFlow, not with flowgraph: pip install grpcio'
    """
    return f"{name} comes with TensorFlow, not with flowgraph: pip install {COMPANIONS[name]}"


class ArgSpec(NamedTuple):
    """What ``inspect.getargspec`` gave."""

    args: list[str]
    varargs: str | None
    keywords: str | None
    defaults: tuple[Any, ...] | None


def _getargspec(func: Any) -> ArgSpec:
    # It refused annotations. TensorFlow's functions have none, and flowgraph's have.
    found = inspect.getfullargspec(func)
    if found.kwonlyargs:
        raise ValueError(
            "Function has keyword-only parameters or annotations, use inspect.signature() API "
            "which can support them"
        )
    return ArgSpec(found.args, found.varargs, found.varkw, found.defaults)


def _part_of_urllib(name: str) -> Any:
    if name in ("error", "parse", "request", "response", "robotparser"):
        return importlib.import_module(f"urllib.{name}")
    raise AttributeError(f"module 'urllib' has no attribute {name!r}")


COLLECTIONS = (
    *("Callable", "Container", "Hashable", "Iterable", "Iterator", "Mapping", "MutableMapping"),
    *("MutableSequence", "MutableSet", "Sequence", "Set", "Sized"),
)


def restore() -> None:
    """Give NumPy and Python back their old names, and NumPy its old way to print scalars.

    ``numpy.reshape`` takes ``newshape`` again, ``numpy.fromstring`` bytes, and ``numpy.array`` rows
    of unequal lengths, which become lists in an array of objects. NumPy 2 prints
    ``[np.float32(1.0)]`` where programs and books show ``[1.0]``. ``import urllib`` is enough for
    ``urllib.request``, which TensorFlow loads.
    """
    np.set_printoptions(legacy="1.25")
    for name, value in NUMPY.items():
        if name not in vars(np):
            setattr(np, name, value)
    vars(np).update(reshape=_reshape, fromstring=_fromstring, array=_array, asarray=_asarray)
    for name in COLLECTIONS:
        if not hasattr(collections, name):
            setattr(collections, name, getattr(collections.abc, name))
    if not hasattr(time, "clock"):
        vars(time)["clock"] = time.process_time
    if not hasattr(inspect, "getargspec"):
        vars(inspect)["getargspec"] = _getargspec
    vars(urllib)["__getattr__"] = _part_of_urllib
