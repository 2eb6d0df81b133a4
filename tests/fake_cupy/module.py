"""The module that stands in for CuPy."""

from __future__ import annotations

import collections
import sys
import threading
import types
import weakref

import numpy as np

from tests.fake_cupy import kernels
from tests.fake_cupy.arrays import SIGNATURES, ndarray
from tests.fake_cupy.cuda import Cuda

_SYNCHRONOUS = {
    *("nonzero", "flatnonzero", "argwhere", "unique", "array_equal", "allclose", "asnumpy"),
    *("extract", "trim_zeros", "union1d", "intersect1d", "setdiff1d"),
}
_CUBLAS = {"matmul", "dot", "tensordot", "einsum", "inner", "outer", "vdot", "kron"}
_ON_THE_HOST = {"may_share_memory", "shares_memory", "broadcast_shapes", "result_type", "can_cast",
                "promote_types", "shape", "ndim", "isscalar", "iscomplexobj"}  # fmt: skip
_CREATORS = {"array", "asarray", "ascontiguousarray", "asfortranarray", "asanyarray"}
_UFUNC_KEYWORDS = {"out", "dtype", "casting"}


class FakeCupy:
    """A stand-in for the module ``cupy``.

    Parameters
    ----------
    devices : int
        How many GPUs it shows.
    capability : tuple of int
        Their compute capability.

    Attributes
    ----------
    counts : Counter
        Of ``allocations``, ``synchronisations``, ``uploads`` and ``launches`` of captured graphs.
    """

    __version__ = "14.2.0"

    def __init__(self, devices=2, capability=(7, 5)):
        self.__name__ = f"fake{id(self)}_cupy"
        self.counts = collections.Counter()
        self.ndarray = ndarray
        self.capturing = threading.local()
        self.clock = 0  # what its work has taken, in milliseconds, where that is known
        self._memory = []  # where each array begins and ends, and a weak reference to it
        self.cuda = Cuda(self, devices, capability)
        self.linalg = _Namespace(self, "linalg.", cublas=True)
        self.fft = _Namespace(self, "fft.", cublas=True)
        self.lib = types.SimpleNamespace(stride_tricks=_Namespace(self, "lib.stride_tricks."))
        self.newaxis, self.inf, self.nan, self.pi, self.e = None, np.inf, np.nan, np.pi, np.e
        # Where ``import cupyx.scipy.special`` would look.
        sys.modules[f"{self.__name__}x.scipy.special"] = _Special(self)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        known = getattr(np, name, None)
        if isinstance(known, type) and issubclass(known, np.generic):
            return known
        if name not in SIGNATURES:
            raise AttributeError(f"module 'cupy' has no attribute {name!r}")
        function = _Function(self, name, getattr(np, name), SIGNATURES[name], name in _CUBLAS)
        setattr(self, name, function)
        return function

    # -- rules ---------------------------------------------------------------------------------

    def _is_capturing(self):
        return getattr(self.capturing, "graph", None) is not None

    def _refuse_in_capture(self, what):
        if self._is_capturing():
            raise NotImplementedError(f"{what} while a stream is captured")

    def _do(self, call):
        """Do what needs no memory of its own, or note it while a stream is captured."""
        if self._is_capturing():
            self.capturing.graph.calls.append(call)
        else:
            self._check_stream()
            call()

    def _synchronise(self, what):
        if self._is_capturing():
            raise RuntimeError(f"{what} would stop while a stream is captured")
        self.counts["synchronisations"] += 1

    def _check_device(self, array):
        current = self.cuda.current
        if array._device != current:
            raise ValueError(
                f"Array device must be same as the current device: array device = {array._device} "
                f"while current = {current}"
            )

    def _wrapped(self, values):
        allocate = self.cuda._allocator
        if allocate is not None:
            allocate(values.nbytes)
        assert not self._is_capturing(), "the pool would give this memory to others"
        self._check_stream()
        self.counts["allocations"] += 1
        if not isinstance(values, np.ndarray) or values.dtype.hasobject:
            raise ValueError(f"Unsupported dtype {np.asarray(values).dtype}")
        root = values
        while isinstance(root.base, np.ndarray):
            root = root.base
        start = root.__array_interface__["data"][0]
        self._memory = [kept for kept in self._memory if kept[2]() is not None]
        self._memory.append((start, start + max(root.nbytes, 1), weakref.ref(root)))
        return ndarray(self, values, self.cuda.current)

    def _memory_at(self, address):
        """Return a weak reference to the array in whose memory an address is."""
        return next(
            root for start, end, root in reversed(self._memory)
            if start <= address < end and root() is not None
        )  # fmt: skip

    def _check_stream(self):
        """Refuse the null stream: what is on it and what is on others' streams do not wait."""
        if self.cuda.get_current_stream() is None:
            raise RuntimeError("work on the null stream")

    def _plain(self, value, name=""):
        """Return what NumPy is given for an argument."""
        if isinstance(value, ndarray):
            self._check_device(value)
            return value._values
        if isinstance(value, np.ndarray):
            raise TypeError(f"Unsupported type <class 'numpy.ndarray'> ({name})")
        if isinstance(value, tuple | list):
            return type(value)([self._plain(each, name) for each in value])
        return value

    # -- functions with rules of their own -----------------------------------------------------

    def array(self, obj, dtype=None, copy=True, order="K", subok=False, ndmin=0, *, blocking=False):
        if isinstance(obj, ndarray):
            if obj._device != self.cuda.current:
                return self._wrapped(np.array(obj._values, dtype, ndmin=ndmin))
            is_same = dtype is None or obj.dtype == dtype
            if (
                not copy
                and is_same
                and obj.ndim >= ndmin
                and (order in ("K", None) or obj.flags.c_contiguous)
            ):
                return obj
            return self._wrapped(np.array(obj._values, dtype, order=order or "K", ndmin=ndmin))
        if isinstance(obj, list | tuple) and any(isinstance(o, ndarray) for o in obj):
            obj = [self._plain(each) for each in obj]
        else:
            self.counts["uploads"] += 1
        return self._wrapped(np.array(obj, dtype, order=order or "K", ndmin=ndmin))

    def asarray(self, a, dtype=None, order=None, *, copy=None, blocking=False):
        return self.array(a, dtype, copy=bool(copy), order=order)

    def ascontiguousarray(self, a, dtype=None):
        a = self.asarray(a, dtype)
        return a if a.flags.c_contiguous else self._wrapped(np.ascontiguousarray(a._values))

    def asnumpy(self, a, stream=None, order="C", out=None, *, blocking=True):
        return a.get(stream, order, out) if isinstance(a, ndarray) else np.asarray(a)

    def copyto(self, dst, src, casting="same_kind", where=None):
        if not isinstance(dst, ndarray):
            raise TypeError("dst must be cupy.ndarray")
        self._check_device(dst)
        keywords = {} if where is None else {"where": self._plain(where)}
        source = self._plain(src, "copyto")
        self._do(lambda: np.copyto(dst._values, source, casting=casting, **keywords))

    def bincount(self, x, weights=None, minlength=None):
        if not x.size:
            self._synchronise("bincount")
        self._synchronise("bincount")
        weights = None if weights is None else self._plain(weights)
        return self._wrapped(np.bincount(self._plain(x), weights, minlength or 0))

    def where(self, condition, x=None, y=None):
        if x is None:
            return self.nonzero(condition)
        plain = [self._plain(v, "where") for v in (condition, x, y)]
        return self._wrapped(np.asarray(np.where(*plain)))

    def RawModule(self, *, code, options=()):
        self._refuse_in_capture("compiling")
        return kernels.RawModule(self, code)

    def get_default_memory_pool(self):
        return self.cuda.pool

    def get_default_pinned_memory_pool(self):
        return self.cuda.pinned_pool


class _Function:
    """A function of NumPy's with CuPy's parameters and CuPy's rules."""

    def __init__(self, module, name, function, signature, cublas):
        self._module = module
        self.__name__ = name
        self._function = function
        self._cublas = cublas
        self._is_ufunc = signature[:1] == "u" and signature[1:2].isdigit()
        names = signature.split(",")
        self._names = [n for n in names if not n.startswith("*")]
        self._most = None if any(n.startswith("*") for n in names) else len(self._names)
        self._open = any(n.startswith("**") for n in names)

    def __call__(self, *arguments, **keywords):
        module, name = self._module, self.__name__
        allowed = _UFUNC_KEYWORDS if self._is_ufunc else set(self._names)
        unknown = set() if self._open else set(keywords) - allowed
        if unknown:
            raise TypeError(f"{name}() got an unexpected keyword argument {sorted(unknown)[0]!r}")
        if not self._is_ufunc and self._most is not None and len(arguments) > self._most:
            raise TypeError(f"{name}() takes {self._most} positional arguments")
        if name in ("sort", "argsort") and keywords.get("kind") not in (None, "stable"):
            raise ValueError("kind can only be None or 'stable'")
        if self._cublas:
            module._refuse_in_capture(name)
        if name in _SYNCHRONOUS:
            module._synchronise(name)
        out = keywords.get("out")
        if self._is_ufunc and len(arguments) > self._function.nin:
            out = arguments[self._function.nin]
        if name in ("clip",) and len(arguments) == 4:
            out = arguments[3]
        plain = [module._plain(each, name) for each in arguments]
        keywords = {k: module._plain(v, name) for k, v in keywords.items() if v is not None}
        if name in ("clip", "take") and out is not None and len(plain) == 4:
            keywords["out"] = plain.pop()
        if out is not None:
            module._do(lambda: self._called(plain, keywords))
            return out
        result = self._called(plain, keywords)
        if name in _ON_THE_HOST:
            return result
        return self._out(result, arguments)

    def _called(self, plain, keywords):
        with np.errstate(all="ignore"):
            return self._function(*plain, **keywords)

    def _out(self, result, arguments):
        if isinstance(result, tuple | list):
            return (
                type(result)([self._out(each, arguments) for each in result])
                if (not hasattr(result, "_fields"))
                else result._make([self._out(each, arguments) for each in result])
            )
        if not isinstance(result, np.ndarray | np.generic | bool | int | float):
            return result
        result = np.asarray(result)
        for each in arguments:
            if (
                isinstance(each, ndarray)
                and result.size
                and (np.may_share_memory(result, each._values))
            ):
                return each._view(result)
        return self._module._wrapped(result)

    def reduce(self, array, axis=0, dtype=None, out=None, keepdims=False):
        plain = self._module._plain(array)
        return self._module._wrapped(
            np.asarray(self._function.reduce(plain, axis, dtype, None, keepdims))
        )

    def accumulate(self, array, axis=0, dtype=None, out=None):
        return self._module._wrapped(
            self._function.accumulate(self._module._plain(array), axis, dtype)
        )

    def reduceat(self, array, indices, axis=0, dtype=None, out=None):
        plain = [self._module._plain(each) for each in (array, indices)]
        return self._module._wrapped(self._function.reduceat(*plain, axis, dtype))

    def at(self, array, indices, values=None):
        if self.__name__ not in ("add", "subtract", "maximum", "minimum", "bitwise_and",
                                 "bitwise_or", "bitwise_xor"):  # fmt: skip
            raise NotImplementedError(f"`{self.__name__}.at` is not supported yet")
        plain = [self._module._plain(each) for each in (array, indices, values)]
        self._function.at(*plain)


class _Namespace:
    """``cupy.linalg`` and its like."""

    def __init__(self, module, prefix, cublas=False):
        self._module, self._prefix, self._cublas = module, prefix, cublas

    def __getattr__(self, name):
        known = self._prefix + name
        if known not in SIGNATURES:
            raise AttributeError(f"module 'cupy' has no attribute {known!r}")
        function = np
        for part in known.split("."):
            function = getattr(function, part)
        return _Function(self._module, name, function, SIGNATURES[known], self._cublas)


class _Special:
    """``cupyx.scipy.special``, as far as SciPy has the same."""

    def __init__(self, module):
        self._module = module

    def __getattr__(self, name):
        import scipy.special

        function = getattr(scipy.special, name)
        signature = f"u{function.nin}:{function.nout}" if isinstance(function, np.ufunc) else "**k"
        return _Function(self._module, name, function, signature, False)
