"""NumPy's functions on one GPU: CuPy's own, but for the differences listed here."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

import numpy as np

from flowgraph.backends.cuda import cublaslt, cudnn, tries_algorithms
from flowgraph.dtypes import Array
from flowgraph.errors import InternalError

_TRIALS = 3
"""How often work is done to be timed; the first time it may still be loaded."""


class ArrayModule:
    """What an op sees as ``xp`` on one GPU.

    A function is CuPy's, unless `DIFFERENCES` names another. All work goes to one stream.

    Parameters
    ----------
    cupy : module
    index : int
        The GPU's number among those of the machine.
    others : callable
        Returns the array module of the GPU of a number.
    """

    def __init__(self, cupy: Any, index: int, others: Callable[[int], ArrayModule]) -> None:
        self.__name__ = cupy.__name__
        self.cupy = cupy
        self.index = index
        self.lock = threading.Lock()
        self._others = others
        self._stream: Any = None

    def __getattr__(self, name: str) -> Any:
        difference = DIFFERENCES.get(name)
        value = getattr(self.cupy, name) if difference is None else difference(self)
        setattr(self, name, value)  # asked for once
        return value

    # -- which GPU is current ------------------------------------------------------------------

    @property
    def stream(self) -> Any:
        """The stream of all work on this GPU."""
        if self._stream is None:
            with self.lock, self.cupy.cuda.Device(self.index):
                if self._stream is None:  # two would not wait for each other
                    self._stream = self.cupy.cuda.Stream(non_blocking=True)
        return self._stream

    def active(self) -> Active:
        """Return a context in which this GPU and its stream are the thread's current ones."""
        return Active(self)

    def use(self) -> None:
        """Make this GPU and its stream the thread's current ones."""
        self.cupy.cuda.Device(self.index).use()
        self.stream.use()

    def limit_memory(self, fraction: float) -> None:
        """Let CuPy's pool take at most a part of this GPU's memory."""
        with self.cupy.cuda.Device(self.index):
            self.cupy.get_default_memory_pool().set_limit(fraction=fraction)

    def synchronize(self) -> None:
        """Wait until the GPU has done all that it was given."""
        self.stream.synchronize()

    def settle(self) -> bool:
        """Wait as `synchronize` does, after an error; return whether the GPU goes on."""
        try:
            self.synchronize()
        except self.cupy.cuda.runtime.CUDARuntimeError:
            return False
        return True

    # -- libraries -----------------------------------------------------------------------------

    @functools.cached_property
    def products(self) -> Any:
        """The library cuBLASLt on this GPU, ``None`` if none is found that runs here."""
        major = self.cupy.cuda.runtime.runtimeGetVersion() // 1000  # what the driver can run
        with self.cupy.cuda.Device(self.index):
            for library in cublaslt.found(major):
                with contextlib.suppress(InternalError):
                    return cublaslt.Library(library)
        return None

    @functools.cached_property
    def convolutions(self) -> Any:
        """The library cuDNN on this GPU, ``None`` if it is not found or does not run here."""
        package = cudnn.find()
        if package is None:
            return None
        with self.cupy.cuda.Device(self.index):
            try:
                return cudnn.Library(package, self._timed if tries_algorithms() else None)
            except RuntimeError:  # for another driver, say
                return None

    def _timed(self, nbytes: Sequence[int], run: Callable[..., Any]) -> float:
        """Return the shortest of a few times that work on memory of these sizes takes."""
        cuda = self.cupy.cuda
        with self.active():
            memory = [self.cupy.zeros(size, dtype=np.uint8) for size in nbytes]
            times = []
            for _ in range(_TRIALS):
                begin, end = cuda.Event(), cuda.Event()
                begin.record(self.stream)
                with self.lock:  # the library's handle serves one stream at a time
                    run(*[each.data.ptr for each in memory], self.stream.ptr)
                end.record(self.stream)
                end.synchronize()
                times.append(cuda.get_elapsed_time(begin, end))
        return float(min(times))

    @functools.cached_property
    def workspace(self) -> Any:
        """The memory that all products on this GPU use."""
        with self.active():
            return self.cupy.empty(cublaslt.WORKSPACE, dtype=np.uint8)

    # -- copies --------------------------------------------------------------------------------

    def is_array(self, value: Any) -> bool:
        """Whether a value is an array in a GPU's memory."""
        return isinstance(value, self.cupy.ndarray)

    def to_host(self, value: Any, out: Array | None = None) -> Array:
        """Return a copy in host memory, made when all work before it is done."""
        if self.is_array(value):
            return value.get(out=out)
        if out is None:
            return np.array(value)
        np.copyto(out, value)
        return out

    def to_device(self, value: Any, out: Any = None) -> Any:
        """Return a copy in this GPU's memory of an array in host memory or on another GPU.

        The host does not wait for it: pinned memory must stay as it is until the run ends.
        """
        is_far = self.is_array(value) and value.device.id != self.index
        if out is None:
            if not is_far:
                return self.cupy.array(value)  # by way of CuPy's own pinned memory
            out = self.cupy.empty(value.shape, dtype=value.dtype)
        if is_far:
            self._from_another(value, out)
        elif self.is_array(value):
            out[...] = value
        else:
            out.set(np.asarray(value))
        return out

    def _from_another(self, value: Any, out: Any) -> None:
        """Copy between GPUs; neither stream goes on before the other has what it needs."""
        event = functools.partial(self.cupy.cuda.Event, disable_timing=True)
        source = self._others(value.device.id)
        with source.active():
            contiguous = self.cupy.ascontiguousarray(value)
            ready = event()
            ready.record(source.stream)
        with self.active():
            self.stream.wait_event(ready)
            out.data.copy_from_device_async(contiguous.data, contiguous.nbytes, self.stream)
            done = event()
            done.record(self.stream)
        source.stream.wait_event(done)

    def moved(self, value: Any, on_host: bool) -> Any:
        """Return an array, or what else it is, in host memory or on this GPU."""
        if not self.is_array(value):
            is_given = on_host or not isinstance(value, np.ndarray | np.generic)
            return value if is_given else self.to_device(value)
        if on_host:
            return value.get()
        return value if value.device.id == self.index else self.to_device(value)

    def pinned(self, shape: tuple[int, ...], dtype: Any) -> Array:
        """Return an array in host memory from which copies need no stop in between."""
        count = int(np.prod(shape, dtype=np.int64))
        memory = self.cupy.cuda.alloc_pinned_memory(max(1, count * np.dtype(dtype).itemsize))
        return np.frombuffer(memory, dtype, count).reshape(shape)


class Active:
    """A context in which a GPU and its stream are the thread's current ones."""

    __slots__ = ("_device", "_stream")

    def __init__(self, module: ArrayModule) -> None:
        self._device = module.cupy.cuda.Device(module.index)
        self._stream = module.stream

    def __enter__(self) -> None:
        self._device.__enter__()
        self._stream.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._device.use()  # the null stream is the current device's
        self._stream.__exit__(kind, error, traceback)
        self._device.__exit__(kind, error, traceback)


# -- where CuPy is not NumPy -----------------------------------------------------------------------


def _take(xp: ArrayModule) -> Callable[..., Any]:
    """CuPy's has no ``mode``: indices that are too large come back from the other end.

    NumPy's default is slower than ``mode="clip"``, which ops ask for once they have looked at the
    indices: then the modes are all the same.
    """

    def take(a: Any, indices: Any, axis: Any = None, out: Any = None, mode: str = "clip") -> Any:
        return xp.cupy.take(a, indices, axis, out)

    return take


DIFFERENCES: dict[str, Callable[[ArrayModule], Callable[..., Any]]] = {
    "take": _take,
}
"""The functions of ``xp`` that are not CuPy's own on a GPU, and why."""
