"""Arrays of the stand-in."""

from __future__ import annotations

import operator
from pathlib import Path

import numpy as np

SIGNATURES = dict(
    line.rstrip("\n").split("\t")
    for line in Path(__file__).with_name("functions.tsv").read_text().splitlines()
)
"""CuPy's functions and their parameters; of a ufunc the numbers of inputs and outputs."""

_SYNCHRONOUS = {"item", "tolist", "tobytes", "nonzero", "compress"}
_CUBLAS = {"dot"}
_INT = ("__index__", "__int__", "__float__", "__complex__", "__bool__")
_BINARY = [
    *("add", "sub", "mul", "truediv", "floordiv", "mod", "pow"),
    *("and", "or", "xor", "lshift", "rshift", "matmul"),
]
_COMPARISONS = ["eq", "ne", "lt", "le", "gt", "ge"]


class Pointer:
    """Where an array's memory is."""

    def __init__(self, array):
        self._array = array
        self.ptr = array._values.__array_interface__["data"][0]
        self.device_id = array.device.id

    def __add__(self, offset):
        moved = Pointer(self._array)
        moved.ptr = self.ptr + offset
        return moved

    def copy_from_device_async(self, source, nbytes, stream=None):
        assert nbytes == self._array.nbytes == source._array.nbytes
        np.copyto(self._array._values, source._array._values)


class ndarray:
    """An array of a device: not one of NumPy's."""

    __array_priority__ = 100
    __hash__ = None

    def __init__(self, module, values, device, base=None):
        self._module = module
        self._values = values
        self._device = device
        self.base = base

    @property
    def __cuda_array_interface__(self):
        return {"version": 3}

    def __array__(self, *arguments, **keywords):
        raise TypeError(
            "Implicit conversion to a NumPy array is not allowed. "
            "Please use `.get()` to construct a NumPy array explicitly."
        )

    def __array_ufunc__(self, ufunc, method, *inputs, out=(), **keywords):
        """What NumPy's own ufuncs do with it: call CuPy's, as scalars on the left need."""
        function = getattr(self._module, ufunc.__name__)
        if method != "__call__":
            function = getattr(function, method)
        return function(*inputs, *out, **keywords)

    @property
    def device(self):
        return self._module.cuda.Device(self._device)

    @property
    def data(self):
        return Pointer(self)

    shape = property(lambda self: self._values.shape)
    dtype = property(lambda self: self._values.dtype)
    ndim = property(lambda self: self._values.ndim)
    size = property(lambda self: self._values.size)
    itemsize = property(lambda self: self._values.itemsize)
    nbytes = property(lambda self: self._values.nbytes)
    strides = property(lambda self: self._values.strides)
    flags = property(lambda self: self._values.flags)

    @property
    def T(self):
        return self._view(self._values.T)

    @property
    def real(self):
        return self._view(self._values.real) if self.dtype.kind == "c" else self

    @real.setter
    def real(self, value):
        self.real[...] = value

    @property
    def imag(self):
        return (
            self._view(self._values.imag) if self.dtype.kind == "c" else self._new(self._values * 0)
        )

    @imag.setter
    def imag(self, value):
        self._view(self._values.imag)[...] = value

    def __len__(self):
        return len(self._values)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __str__(self):
        self._module._synchronise("str")
        return str(self._values)

    def __format__(self, spec):
        self._module._synchronise("format")
        return format(self._values, spec)

    def __repr__(self):
        return f"fake {self._values!r}"

    def _new(self, values):
        return self._module._wrapped(np.asarray(values))

    def _view(self, values):
        self._module._check_device(self)
        return ndarray(self._module, values, self._device, base=self)

    def _result(self, values):
        shares = isinstance(values, np.ndarray) and np.may_share_memory(values, self._values)
        return self._view(values) if shares and values.size else self._new(values)

    # -- to the host and from there ------------------------------------------------------------

    def get(self, stream=None, order="C", out=None, blocking=True):
        self._module._synchronise("get")
        if out is None:
            return self._values.copy(order=order)
        if out.dtype != self.dtype or out.shape != self.shape:
            raise TypeError(f"{out.dtype} array cannot be obtained from {self.dtype} array")
        np.copyto(out, self._values)
        return out

    def set(self, array, stream=None):
        if type(array) is not np.ndarray:
            raise TypeError("Only numpy.ndarray can be set to cupy.ndarray")
        if array.dtype != self.dtype:
            raise TypeError(f"{array.dtype} array cannot be set to {self.dtype} array")
        if array.shape != self.shape:
            raise ValueError(f"Shape mismatch. Old shape: {self.shape}, new shape: {array.shape}")
        if not self.flags.c_contiguous and not self.flags.f_contiguous:
            raise RuntimeError("Cannot set to non-contiguous array")
        if self._module._is_capturing():
            raise RuntimeError("a copy from pageable memory while a stream is captured")
        self._module.counts["uploads"] += 1
        np.copyto(self._values, array)

    # -- indexing ------------------------------------------------------------------------------

    def _index(self, index):
        """Return an index for NumPy's arrays."""
        parts = index if isinstance(index, tuple) else (index,)
        found = [self._part(part) for part in parts]
        if len(found) == 1 and isinstance(found[0], np.ndarray) and found[0].dtype.kind != "b":
            size = self.shape[0]  # those of integers wrap around
            found[0] = found[0] % size if size else found[0]
        return tuple(found)

    def _part(self, part):
        if isinstance(part, ndarray):
            self._module._check_device(part)
            if part.dtype.kind == "b":
                self._module._synchronise("a mask as index")
            return part._values
        if isinstance(part, np.ndarray | list):
            self._module.counts["uploads"] += 1
            return np.asarray(part)
        return part

    def __getitem__(self, index):
        self._module._check_device(self)
        return self._result(self._values[self._index(index)])

    def __setitem__(self, index, value):
        self._module._check_device(self)
        index = self._index(index)
        if isinstance(value, np.ndarray):
            raise TypeError("Unsupported type <class 'numpy.ndarray'>")
        if isinstance(value, ndarray):
            self._module._check_device(value)
            value = value._values
        arrays = [part for part in index if isinstance(part, np.ndarray) and part.dtype.kind != "b"]
        if len(arrays) == 1 == len(index) and arrays[0].ndim == 1 and np.ndim(value):
            # Of equal indices any may win: here, unlike in NumPy, the first.
            values = np.broadcast_to(value, (len(arrays[0]), *self.shape[1:]))
            index, value = arrays[0][::-1], values[::-1]
        self._module._do(lambda: self._values.__setitem__(index, value))

    # -- methods -------------------------------------------------------------------------------

    def __getattr__(self, name):
        if f"ndarray.{name}" not in SIGNATURES:
            raise AttributeError(f"'cupy.ndarray' object has no attribute {name!r}")
        method = getattr(self._values, name)

        def call(*arguments, **keywords):
            self._module._check_device(self)
            if name in _SYNCHRONOUS:
                self._module._synchronise(name)
            if name in _CUBLAS:
                self._module._refuse_in_capture(name)
            plain = [self._module._plain(a) for a in arguments]
            out = keywords.get("out")
            keywords = {k: self._module._plain(v) for k, v in keywords.items()}
            if out is not None:
                self._module._do(lambda: method(*plain, **keywords))
                return out
            result = method(*plain, **keywords)
            if name in ("item", "tolist", "tobytes"):
                return result
            if isinstance(result, tuple):
                return tuple([self._result(each) for each in result])
            return None if result is None else self._result(np.asarray(result))

        return call

    def astype(self, dtype, order="K", casting=None, subok=None, copy=True):
        self._module._check_device(self)
        if not copy and self.dtype == dtype:
            return self
        return self._new(self._values.astype(dtype, order=order))


def _binary(name, swapped):
    function = {"and": operator.and_, "or": operator.or_}.get(name) or getattr(operator, name)

    def method(self, other):
        if isinstance(other, str | bytes | list | tuple | dict) or other is None:
            return NotImplemented
        if name == "matmul":
            self._module._refuse_in_capture("matmul")
        module = self._module
        module._check_device(self)
        other = module._plain(other, name)
        pair = (other, self._values) if swapped else (self._values, other)
        return module._wrapped(np.asarray(function(*pair)))

    return method


def _in_place(name):
    function = getattr(operator, f"i{name}")

    def method(self, other):
        self._module._check_device(self)
        values = self._values
        other = self._module._plain(other)
        target = values[...] if values.ndim else values.reshape(1)
        self._module._do(lambda: function(target, other))
        return self

    return method


def _scalar(name):
    def method(self):
        self._module._synchronise(name)
        return getattr(self._values, name)()

    return method


for _name in _BINARY:
    setattr(ndarray, f"__{_name}__", _binary(_name, swapped=False))
    setattr(ndarray, f"__r{_name}__", _binary(_name, swapped=True))
    setattr(ndarray, f"__i{_name}__", _in_place(_name))
for _name in _COMPARISONS:
    setattr(ndarray, f"__{_name}__", _binary(_name, swapped=False))
for _name in _INT:
    setattr(ndarray, _name, _scalar(_name))
for _name, _function in {"neg": operator.neg, "abs": operator.abs, "invert": operator.invert,
                         "pos": operator.pos}.items():  # fmt: skip
    setattr(ndarray, f"__{_name}__", lambda self, f=_function: self._new(f(self._values)))
