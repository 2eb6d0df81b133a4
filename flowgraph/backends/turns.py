"""The body of a loop, bound: turn after turn over the same memory."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.backends.bound import Bound
from flowgraph.backends.calls import StepError
from flowgraph.graph.op import Resources
from flowgraph.graph.tensor import is_array
from flowgraph.plan.plan import Plan

LENT = 1 << 15
"""Fetched values of at most this many bytes lie in planned memory, and are copied from there."""


def keeps_shapes(plan: Plan, count: int) -> bool:
    """Whether each of the first `count` feeds has the shape of the value that follows it.

    The values follow the first fetch, the condition.
    """
    pairs = zip(plan.feeds[:count], plan.fetches[1 : count + 1], strict=True)
    return all(
        plan.slots[feed].shape.is_fully_defined()
        and plan.slots[feed].shape.sizes == plan.slots[following].shape.sizes
        for feed, following in pairs
    )


class Turns:
    """A bound body that hands its variables to itself.

    Parameters
    ----------
    plan : Plan
        Its feeds are the variables and what is captured; its fetches are whether to go on,
        the next values of the variables, and values to record. `keeps_shapes` holds.
    count : int
        The number of variables.
    """

    def __init__(self, plan: Plan, xp: Any, resources: Resources, count: int) -> None:
        self._bound = bound = Bound(plan, xp, resources)
        self._count = count
        self._watches = any(slot.dtype.is_ref_dtype for slot in plan.slots)
        places = dict(bound._copied)
        (self._again, _), *fetches = bound._fetches
        self._records = fetches[count:]
        self._moves: list[tuple[Any, int]] = []
        self._staged: list[tuple[Any, int]] = []
        self._handed: list[tuple[int, int, bool]] = []
        for feed, (following, shared) in zip(plan.feeds, fetches[:count], strict=False):
            slot = plan.slots[following]
            if feed not in places:
                is_given = following in plan.feeds and following not in places
                self._handed.append((feed, following, shared and not is_given))
            elif following == feed:
                continue
            elif slot.buffer is not None or slot.value is not None or not shared:
                self._moves.append((places[feed], following))
            else:
                self._staged.append((places[feed], following))
        self._outside = [i for i in bound._passed if i not in plan.feeds[:count]]
        self._finals = [(places.get(feed), feed) for feed in plan.feeds[:count]]

    @property
    def stale(self) -> bool:
        """See `Bound.stale`."""
        return self._bound.stale

    def run(
        self, feeds: Sequence[Any], recorded: Sequence[list[Any]], resources: Any
    ) -> tuple[bool, int, list[Any]]:
        """Run turns while the condition holds.

        Returns
        -------
        go_on : bool
            Whether the condition still holds: memory has moved or will, or the turns that follow
            are to be captured.
        steps : int
            The number of turns.
        values : list of array
            The variables, which belong to the caller.
        """
        with self._bound.active():
            self._bound.count()
            return self._run(self._bound.arrived(feeds), recorded, resources)

    def _run(
        self, feeds: Sequence[Any], recorded: Sequence[list[Any]], resources: Any
    ) -> tuple[bool, int, list[Any]]:
        bound = self._bound
        values, all_calls = bound._values, bound._calls
        for i, place in bound._copied:
            place[...] = feeds[i]
        for i in bound._passed:
            values[i] = feeds[i]
        moves, staged, handed, again = self._moves, self._staged, self._handed, self._again
        others = [(i, feeds[i]) for i in self._outside]
        records = [
            (into.append, slot, shared)
            for into, (slot, shared) in zip(recorded, self._records, strict=True)
        ]
        is_rare = bool(staged or handed or others or records or self._watches)
        epoch, steps = resources.epoch, 0
        is_once = self.stale or bound.is_warming
        calls = iter(all_calls)
        try:
            try:
                while True:
                    calls = iter(all_calls)
                    for call in calls:
                        call()
                    steps += 1
                    if is_rare:
                        for append, slot, shared in records:
                            append(_own(values[slot]) if shared else values[slot])
                        held = [(place, _own(values[slot])) for place, slot in staged]
                        passed = [
                            (feed, _own(values[slot]) if copies else values[slot])
                            for feed, slot, copies in handed
                        ]
                        for place, slot in moves:
                            place[...] = values[slot]
                        for place, value in held:
                            place[...] = value
                        for i, value in others:
                            values[i] = value
                        for i, value in passed:
                            values[i] = value
                        if resources.epoch != epoch:
                            break
                    else:
                        for place, slot in moves:
                            place[...] = values[slot]
                    if is_once or not values[again]:
                        break
            except Exception as error:
                step = bound._steps[len(all_calls) - operator.length_hint(calls) - 1]
                raise StepError(step, error, [values[i] for i in step.inputs]) from error
            finals = [values[i] if place is None else place.copy() for place, i in self._finals]
            return bool(values[again]), steps, finals
        finally:
            values[:] = bound._template


def _own(value: Any) -> Any:
    """Return a value that nobody else will change."""
    return value.copy() if is_array(value) or isinstance(value, np.generic) else value
