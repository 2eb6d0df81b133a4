"""The GPUs that one session uses."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

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

    def module(self, device: str) -> ArrayModule:
        """Return the array module of ``"GPU:n"``."""
        return self.gpus[int(device.removeprefix("GPU:"))]
