"""``cupy.cuda`` of the stand-in: devices, streams, events, pinned memory and captured graphs."""

from __future__ import annotations

import contextlib
import gc
import threading
import types

import numpy as np


class CUDARuntimeError(RuntimeError):
    """What the runtime raises."""


class Graph:
    """What a captured stream was given. It holds addresses only: what lies there may be gone."""

    def __init__(self, module):
        self._module = module
        self.calls = []
        self._is_launched = False
        self.memory = []  # weak references to the arrays at its addresses

    def uses(self, address):
        """Note that memory must still be there when the graph is launched."""
        self.memory.append(self._module._memory_at(address))

    def launch(self, stream=None):
        if not self._is_launched:
            gc.collect()  # what only a cycle holds is not held
            self._is_launched = True
        assert all(reference() is not None for reference in self.memory), "freed, and still used"
        self._module.counts["launches"] += 1
        for call in self.calls:
            call()

    def upload(self, stream=None):
        pass


class Cuda:
    """The namespace ``cupy.cuda``."""

    def __init__(self, module, devices, capability):
        self._module = module
        self._local = threading.local()
        self.pool = types.SimpleNamespace(limits={}, free_all_blocks=lambda: None)
        self.pool.set_limit = lambda size=None, fraction=None: self.pool.limits.update(
            {self.current: size if fraction is None else fraction}
        )
        self.runtime = types.SimpleNamespace(
            CUDARuntimeError=CUDARuntimeError,
            getDeviceCount=lambda: devices,
            runtimeGetVersion=lambda: 13000,
            driverGetVersion=lambda: 13000,
            getDeviceProperties=lambda index: {
                "name": b"Stand-in", "pciDomainID": 0, "pciBusID": 5 + index, "pciDeviceID": 0,
                "major": capability[0], "minor": capability[1],
                "totalGlobalMem": 8 << 30, "multiProcessorCount": 4,
            },
        )  # fmt: skip
        cuda = self

        class Device:
            def __init__(self, device=None):
                self.id = cuda.current if device is None else int(device)
                if self.id >= devices:
                    raise CUDARuntimeError("cudaErrorInvalidDevice: invalid device ordinal")

            def __enter__(self):
                cuda._devices.append(self.id)
                return self

            def __exit__(self, *error):
                cuda._devices.pop()

            def use(self):
                cuda._devices[-1] = self.id
                return self

            def synchronize(self):
                module._synchronise("Device.synchronize")

        class Stream:
            def __init__(self, null=False, non_blocking=False):
                self.device_id = cuda.current
                self.ptr = id(self)

            def __enter__(self):
                if self.device_id != cuda.current:
                    raise RuntimeError(f"stream of device {self.device_id} on {cuda.current}")
                cuda._streams.append(self)
                return self

            def __exit__(self, *error):
                cuda._streams.pop()

            def use(self):
                if self.device_id != cuda.current:
                    raise RuntimeError(f"stream of device {self.device_id} on {cuda.current}")
                cuda._streams[-1] = self
                return self

            def synchronize(self):
                module._synchronise("Stream.synchronize")

            def wait_event(self, event):
                pass

            def record(self, event=None):
                return event or Event()

            def begin_capture(self, mode=None):
                if cuda._streams[-1] is not self:
                    raise RuntimeError("the stream to capture is not the current one")
                module.capturing.graph = Graph(module)

            def end_capture(self):
                graph, module.capturing.graph = module.capturing.graph, None
                return graph

            def is_capturing(self):
                return module._is_capturing()

        class Event:
            def __init__(self, block=False, disable_timing=False, interprocess=False):
                pass

            def record(self, stream=None):
                self.at = module.clock

            def synchronize(self):
                module._synchronise("Event.synchronize")

        self.Device, self.Stream, self.Event, self.Graph = Device, Stream, Event, Graph

    @property
    def _devices(self):
        return self._local.__dict__.setdefault("devices", [0])

    @property
    def _streams(self):
        return self._local.__dict__.setdefault("streams", [None])

    @property
    def current(self):
        """The number of the current device."""
        return self._devices[-1]

    def get_current_stream(self):
        return self._streams[-1]

    def get_elapsed_time(self, begin, end):
        return end.at - begin.at

    @contextlib.contextmanager
    def using_allocator(self, allocator):
        """Let a function of this thread give all memory: it may refuse."""
        before, self._local.allocator = self._allocator, allocator
        try:
            yield
        finally:
            self._local.allocator = before

    @property
    def _allocator(self):
        return getattr(self._local, "allocator", None)

    def alloc_pinned_memory(self, size):
        if self._module._is_capturing():
            raise RuntimeError("pinned memory is allocated while a stream is captured")
        self._module.counts["pinned"] += 1
        return np.empty(size, np.uint8)
