"""The GPUs that one session uses."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from flowgraph.graph.tensor import is_array

if TYPE_CHECKING:
    from collections.abc import Callable

    from flowgraph.backends.cupy.array_module import ArrayModule


class Devices:
    """The GPUs of a session, in the order of their names: the first is ``"GPU:0"``.

    Parameters
    ----------
    choose : callable, optional
        Returns the array modules of the GPUs. It is called once, when a plan is first made.
    """

    def __init__(self, choose: Callable[[], tuple[Any, ...]] = tuple) -> None:
        self._choose = choose

    @functools.cached_property
    def gpus(self) -> tuple[ArrayModule, ...]:
        """The array module of each GPU."""
        return self._choose()

    def to_host(self, value: Any) -> Any:
        """Return an array in host memory: itself, or a copy of one on a GPU."""
        if isinstance(value, np.ndarray) or not is_array(value):
            return value
        module = next(module for module in self.gpus if module.index == value.device.id)
        with module.active():
            return module.to_host(value)

    def module(self, device: str) -> ArrayModule:
        """Return the array module of ``"GPU:n"``."""
        return self.gpus[int(device.removeprefix("GPU:"))]
