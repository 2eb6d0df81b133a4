"""The GPUs of this machine, as CuPy knows them."""

from __future__ import annotations

import importlib
import threading
from importlib.util import find_spec
from typing import Any, NamedTuple


class Properties(NamedTuple):
    """What is known of a GPU.

    Attributes
    ----------
    name, pci_bus_id : str
    capability : tuple of int
        The compute capability, major and minor.
    memory : int
        In bytes.
    processors : int
        Its multiprocessors.
    """

    name: str
    pci_bus_id: str
    capability: tuple[int, int]
    memory: int
    processors: int


class Machine:
    """The GPUs that an array library sees.

    Parameters
    ----------
    cupy : module
        CuPy, or what stands in for it.
    """

    def __init__(self, cupy: Any) -> None:
        self._cupy = cupy
        self._modules: dict[int, Any] = {}
        self._lock = threading.Lock()

    @property
    def count(self) -> int:
        """The number of GPUs; zero where there is no driver."""
        runtime = self._cupy.cuda.runtime
        try:
            return int(runtime.getDeviceCount())
        except runtime.CUDARuntimeError:
            return 0

    def properties(self, index: int) -> Properties:
        """Return what is known of a GPU."""
        found = self._cupy.cuda.runtime.getDeviceProperties(index)
        name = found["name"]
        bus = (found["pciDomainID"], found["pciBusID"], found["pciDeviceID"])
        return Properties(
            name.decode() if isinstance(name, bytes) else name,
            "{:04x}:{:02x}:{:02x}.0".format(*bus),
            (found["major"], found["minor"]),
            found["totalGlobalMem"],
            found["multiProcessorCount"],
        )

    def module(self, index: int) -> Any:
        """Return the array module of a GPU."""
        make = importlib.import_module("flowgraph.backends.cupy.array_module").ArrayModule
        with self._lock:
            if index not in self._modules:
                self._modules[index] = make(self._cupy, index, self.module)
            return self._modules[index]


_found: list[Machine | None] = []


def is_installed() -> bool:
    """Whether CuPy can be imported."""
    return find_spec("cupy") is not None


def machine() -> Machine | None:
    """Return the machine's GPUs, ``None`` without CuPy, which is imported here the first time."""
    if not _found:
        _found.append(Machine(importlib.import_module("cupy")) if is_installed() else None)
    return _found[-1]
