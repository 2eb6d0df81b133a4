"""cuDNN itself, asked for plans for an H100 where there is none: ``python -m ... DRIVER``.

cuDNN makes plans for a card that is only described to it. It wants NVIDIA's driver all the same,
for which the library `DRIVER`, made of ``driver.c``, stands in. Prints a line of JSON: for each
convolution how many algorithms were there to be timed, and whether one was found.
"""

from __future__ import annotations

import ctypes
import json
import sys
from itertools import product
from types import SimpleNamespace
from typing import Any

import ml_dtypes
import numpy as np

KNOWS_CARDS = 91100
"""The version from which on cuDNN makes plans for a card that is only described."""

H100 = {
    "deviceName": "NVIDIA H100 80GB HBM3", "cudaDeviceId": 0, "deviceId": 0, "deviceVer": 900,
    "driverVer": 12090, "multiProcessorCount": 132, "smCountOrigin": 1,
    "maxGridSize": [2147483647, 65535, 65535], "maxBlockSize": [1024, 1024, 64],
    "regsPerBlock": 65536, "smClockRateKHz": 1980000, "memClockRateKHz": 2619000,
    "memoryBusWidth": 5120, "l2CacheSize": 52428800, "warpSize": 32,
    "maxSharedMemoryPerBlock": 49152, "maxSharedMemoryPerBlockOptin": 232448,
    "oversizedSharedMemoryPerBlock": 0, "reservedSharedMemoryPerBlock": 1024,
    "maxRegistersPerSM": 65536, "pciDeviceId": 0, "maxCtasPerSM": 32, "maxThreadsPerBlock": 1024,
    "maxThreadsPerSM": 2048, "isTccDriver": 0, "supportCoopLaunch": 1,
    "totalGlobalMem": 85029158912, "smVersion": 900,
}  # fmt: skip


class Graph:
    """A graph of cuDNN, without the one question that needs a device."""

    def __init__(self, graph: Any) -> None:
        self._graph = graph

    def __getattr__(self, name: str) -> Any:
        return getattr(self._graph, name)

    def check_support(self) -> None:
        """Do nothing: building an algorithm says whether there is one."""


def package(cudnn: Any) -> Any:
    """Return the package with graphs for the card."""
    card = cudnn.create_device_properties(json.dumps(H100))
    known = {name: getattr(cudnn, name) for name in dir(cudnn) if not name.startswith("_")}
    made = SimpleNamespace(**known)
    made.create_handle = lambda: 0
    made.pygraph = lambda handle, **given: Graph(cudnn.pygraph(device_property=card, **given))
    return made


def main(driver: str) -> None:
    """Ask for plans, and print what came of it."""
    ctypes.CDLL(driver, ctypes.RTLD_GLOBAL)
    import cudnn

    if cudnn.backend_version() < KNOWS_CARDS:
        print("null")
        return

    from flowgraph.backends.cuda import Operand
    from flowgraph.backends.cuda.convolution import Convolution
    from flowgraph.backends.cuda.cudnn import Library
    from flowgraph.ops.windows import place

    found: dict[str, Any] = {}
    timed: list[Any] = []
    library = Library(package(cudnn), lambda nbytes, run: timed.append(nbytes) or len(timed))
    kinds = ("forward", "input", "filter")
    dtypes = (np.float32, np.float64, np.float16, ml_dtypes.bfloat16)
    for kind, dtype, is_nchw, strides in product(
        kinds, dtypes, (False, True), ((1, 1), (2, 2), (1, 2, 2))
    ):
        windows = tuple(place(10 + i, 3, stride, 1, "SAME") for i, stride in enumerate(strides))
        sizes, out = [w.size for w in windows], [w.output for w in windows]
        x, y = ((4, *sizes, 8), (4, *out, 6))
        if is_nchw:
            x, y = (4, 8, *sizes), (4, 6, *out)
        filter = (6, *(3 for _ in strides), 8)
        operands = [Operand(shape, dtype) for shape in (x, filter, y)]
        timed.clear()
        plan = library.convolution(Convolution(kind, windows, is_nchw, *operands))
        name = f"{kind} {np.dtype(dtype)} {'NCHW' if is_nchw else 'NHWC'} {strides}"
        found[name] = [len(timed), plan is not None]
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
