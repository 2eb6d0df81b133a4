"""Loops whose turns are one native function."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.backends.emit.code import Value
from flowgraph.backends.emit.lists import Elements as Lists
from flowgraph.backends.emit.region import Turns
from flowgraph.backends.native.groups import Units
from flowgraph.dtypes import Array
from flowgraph.ops.elements import Elements
from flowgraph.ops.history import Record
from flowgraph.ops.state import Cell

REGIONS = Units("-fwrapv", "-fopenmp-simd")  # integers wrap around
"""The libraries of all loops of the process, by their code."""


class Region:
    """The function of a loop's turns with its memory. One run at a time.

    Parameters
    ----------
    code : Turns
    library : ctypes.CDLL
    """

    def __init__(self, code: Turns, library: Any) -> None:
        memory = np.empty(code.size + 64, np.uint8)
        self._memory = memory = memory[-memory.ctypes.data % 64 :]
        for at, value in code.constants:
            _part(memory, at, value.shape, value.dtype)[...] = value
        self._places = [
            (position, _part(memory, at, value.sizes, value.dtype.numpy))
            for position, (at, value) in code.places.items()
        ]
        self._count = code.count
        states = {n + 1 for n, given in enumerate(code.given) if isinstance(given.of, Lists)}
        self._given = [(n, given) for n, given in enumerate(code.given) if n not in states]
        self._records = [(value.sizes, value.dtype.numpy) for value in code.records]
        self._budget = code.budget
        self._addresses = (ctypes.c_void_p * max(1, len(code.given)))()
        self._lengths = (ctypes.c_long * max(1, len(code.given)))()
        self._targets = (ctypes.c_void_p * max(1, len(code.records)))()
        self._state = (ctypes.c_long * 2)()
        self._call = call = library["turns"]  # a new object: its types are not shared
        call.restype = ctypes.c_long
        call.argtypes = (*[ctypes.c_void_p] * 4, ctypes.c_long, ctypes.c_void_p)

    def run(
        self, feeds: Sequence[Any], recorded: Sequence[Record]
    ) -> tuple[bool, int, list[Array]]:
        """Run turns while the condition holds and none has a fault.

        Returns
        -------
        go_on : bool
            Whether a turn is left to be run some other way.
        steps : int
            The number of turns.
        values : list of array
            The variables, which belong to the caller.
        """
        lent: list[tuple[Elements, Array, Array]] = []
        kept = self._arrive(feeds, lent)
        if kept is None:
            return True, 0, list(feeds[: self._count])
        try:
            return self._turn(recorded)
        finally:
            for elements, block, states in lent:
                elements.settle(block, states)

    def _turn(self, recorded: Sequence[Record]) -> tuple[bool, int, list[Array]]:
        steps, go_on, is_fault = 0, 1, 0
        while go_on and not is_fault:
            budget = self._room(recorded)
            if not budget:
                break
            done = self._call(
                self._memory.ctypes.data, self._addresses, self._lengths, self._targets, budget,
                self._state,
            )  # fmt: skip
            for record in recorded:
                record.added(done)
            steps += done
            go_on, is_fault = self._state
        return bool(go_on), steps, self._variables()

    def _variables(self) -> list[Array]:
        return [place.copy() for _, place in self._places[: self._count]]

    def _arrive(
        self, feeds: Sequence[Any], lent: list[tuple[Elements, Array, Array]]
    ) -> list[Array] | None:
        """Put the feeds where they belong; return what has to be kept for that.

        ``None`` if something has another form than the code was made for.
        """
        for position, place in self._places:
            place[...] = feeds[position]
        kept = []
        for number, (feed, of, value) in self._given:
            array = None
            if isinstance(of, Lists):
                parts = feeds[feed].lend(value.sizes, value.dtype.numpy, of.source)
                if parts is not None:
                    lent.append(parts)
                    _, array, states = parts
                    self._addresses[number + 1] = states.ctypes.data
            else:
                array = _array(feeds[feed], of, value)
            if array is None:
                return None
            kept.append(array)
            self._addresses[number] = array.ctypes.data
            self._lengths[number] = len(array) if of is not None else 0
        return kept

    def _room(self, recorded: Sequence[Record]) -> int:
        """Point to where values are recorded; return for how many turns."""
        budget = self._budget
        for number, (record, form) in enumerate(zip(recorded, self._records, strict=True)):
            room = record.room(*form)
            if room is None:
                return 0
            self._targets[number] = room.ctypes.data
            budget = min(budget, len(room))
        return budget


def _array(held: Any, tensor: Any, value: Value) -> Array | None:
    """Return what the code is given of a feed: an array, a variable, or part of a history."""
    dtype = value.dtype.numpy
    if tensor is not None:
        record = held.get(tensor)
        return record.block(value.sizes, dtype) if isinstance(record, Record) else None
    array = np.asarray(held.read() if isinstance(held, Cell) else held, order="C")
    return array if array.shape == value.sizes and array.dtype == dtype else None


def _part(memory: Array, at: int, sizes: Sequence[int], dtype: Any) -> Array:
    """Return an array at some place in the memory."""
    nbytes = int(np.prod(sizes, dtype=np.int64)) * dtype.itemsize
    return memory[at : at + nbytes].view(dtype).reshape(tuple(sizes))
