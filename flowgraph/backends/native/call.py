"""Calls of native functions over memory that is fixed beforehand, as far as it is."""

from __future__ import annotations

import ctypes
import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.dtypes import Array

Call = Callable[[], Any]

LEAST = 1 << 18
"""Work of fewer multiplications or elements is left to NumPy, which starts no threads for it."""

_STAGED = 1 << 15
"""Values of at most so many bytes are copied to or from a fixed place: an address takes longer."""


class Place:
    """Where a step finds an input.

    Parameters
    ----------
    values : list
        The values of the bound plan's slots.
    slot : int
    shape : tuple of int or None
        A size that only a run knows is ``None``; just some ops' kernels are asked then.
    dtype : numpy.dtype
    array : array or None
        The memory in C order, if it stays where it is. Otherwise its address is known only when
        the step runs: a large feed, a computed value.
    is_constant : bool
        It never changes.
    """

    __slots__ = ("_values", "array", "dtype", "is_constant", "shape", "slot")

    def __init__(
        self, values: list[Any], slot: int, shape: tuple[Any, ...], dtype: Any,
        array: Array | None = None, is_constant: bool = False,
    ) -> None:  # fmt: skip
        self._values = values
        self.slot = slot
        self.shape = shape
        self.dtype = dtype
        self.array = array
        self.is_constant = is_constant

    def value(self) -> Array:
        """Return the value, while the step runs."""
        return self.late() if self.array is None else self.array

    @property
    def nbytes(self) -> int:
        """The size in bytes."""
        return int(math.prod(self.shape) * self.dtype.itemsize)

    def copy_to(self, memory: Array) -> None:
        """Copy the value, while the step runs."""
        memory[...] = self._values[self.slot]

    def late(self) -> Array:
        """Return the value in C order, while the step runs."""
        return np.asarray(self._values[self.slot], self.dtype, order="C")

    def held(self) -> Any:
        """Return what the slot holds, while the step runs: for a variable, its cell."""
        return self._values[self.slot]


class Result(Place):
    """Where a step puts an output: planned memory, or memory of its own at each run."""

    def put(self, value: Array) -> None:
        """Hand a result on."""
        self._values[self.slot] = value

    def late(self) -> Array:
        array = self._values[self.slot] = np.empty(self.shape, self.dtype)
        return array


class Scratch:
    """Memory that the steps of one bound plan share: none keeps anything there, except packs.

    Parameters
    ----------
    shared : frozenset of (int, bool)
        See `shared_factors`.
    """

    def __init__(self, shared: frozenset[tuple[int, bool]] = frozenset()) -> None:
        self._shared = shared
        self._packs: dict[tuple[int, bool], Array] = {}
        self._memory = np.empty(0, np.uint8)
        self._parts: list[tuple[ctypes.c_void_p, int]] = []

    def take(self, *sizes: int) -> list[ctypes.c_void_p]:
        """Return pointers to parts of so many bytes each, aligned for vectors."""
        pointers, offset = [], 0
        for size in sizes:
            pointers.append(ctypes.c_void_p())
            self._parts.append((pointers[-1], offset))
            offset += -(-size // 64) * 64
        if offset + 64 > self._memory.size:
            self._memory = np.empty(offset + 64, np.uint8)
        # Bound calls hold the pointers, not the addresses: they follow when the memory grows.
        base = -(-self._memory.ctypes.data // 64) * 64
        for pointer, at in self._parts:
            pointer.value = base + at
        return pointers

    def pack(self, factor: Place, is_transposed: bool, nbytes: int) -> tuple[Array, bool] | None:
        """Return memory for the packed form of a factor that several products share.

        Also whether it is new: whoever gets it first packs the factor. ``None`` if it is not
        shared, or may be elsewhere when the next product runs.
        """
        key = factor.slot, is_transposed
        if factor.array is None or key not in self._shared:
            return None
        known = self._packs.get(key)
        if known is not None:
            return known, False
        memory = np.empty(nbytes + 64, np.uint8)
        start = -memory.ctypes.data % 64
        return self._packs.setdefault(key, memory[start : start + nbytes]), True


def call(function: Any, *arguments: Any) -> Call:
    """Return a call of a native function.

    Parameters
    ----------
    function : ctypes function
    *arguments
        Arrays and places become addresses, integers ``long``, real numbers ``double``; ctypes
        objects stay as they are. A `Result` may stand in one call of a step only: without planned
        memory it is made there.
    """
    staged: list[tuple[Any, Array]] = []
    late: list[tuple[int, Place]] = []
    given: list[Any] = []
    for position, argument in enumerate(arguments):
        if isinstance(argument, Place) and argument.array is None:
            if argument.nbytes > _STAGED:
                late.append((position, argument))
                given.append(None)
                continue
            memory = np.empty(argument.shape, argument.dtype)
            staged.append((argument, memory))
            argument = memory
        given.append(_argument(argument))
    run: Any = _filling(function, given, late) if late else functools.partial(function, *given)
    kept = (arguments, staged)  # the arrays must live as long as the call
    inputs = [(p, memory) for p, memory in staged if not isinstance(p, Result)]
    results = [(p, memory) for p, memory in staged if isinstance(p, Result)]
    if not staged:
        run.kept = kept
        return run  # type: ignore[no-any-return]

    def staging(kept: Any = kept) -> Any:
        for place, memory in inputs:
            place.copy_to(memory)
        done = run()
        for place, memory in results:
            place.put(memory.copy())
        return done

    return staging


def _filling(function: Any, given: list[Any], late: list[tuple[int, Place]]) -> Call:
    """Return a call that looks for the addresses of large arrays when it is made."""

    def run() -> Any:
        arrays = [place.late() for _, place in late]
        filled = list(given)
        for (position, _), array in zip(late, arrays, strict=True):
            filled[position] = ctypes.c_void_p(array.ctypes.data)
        return function(*filled)

    return run


def _argument(value: Any) -> Any:
    if isinstance(value, Place):
        value = value.array
    if isinstance(value, np.ndarray):
        return ctypes.c_void_p(value.ctypes.data)
    if isinstance(value, int | np.integer):
        return ctypes.c_long(int(value))
    if isinstance(value, float):
        return ctypes.c_double(value)
    return value


def together(*calls: Call) -> Call:
    """Return a call that makes several, in order."""
    if len(calls) == 1:
        return calls[0]

    def run() -> None:
        for each in calls:
            each()

    return run
