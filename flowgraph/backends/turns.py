"""The body of a loop, bound: turn after turn over the same memory."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.backends.bound import Bound
from flowgraph.backends.calls import StepError
from flowgraph.backends.emit.code import UnsupportedError
from flowgraph.backends.emit.region import turns, turns_of
from flowgraph.backends.native.library import Tier
from flowgraph.backends.native.regions import REGIONS, Region
from flowgraph.graph.op import Resources
from flowgraph.graph.tensor import is_array
from flowgraph.ops.functional import While
from flowgraph.ops.history import Record
from flowgraph.plan.plan import Plan

LENT = 1 << 15
"""Fetched values of at most this many bytes lie in planned memory, and are copied from there."""


HOT = 1000
"""After so many turns a loop is compiled, unless it is in the cache already."""


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


def turning(plan: Plan, xp: Any, resources: Resources, count: int) -> Turns | CompiledTurns:
    """Return what runs the turns of a body that keeps its shapes: C if all of it has some."""
    coming = ""
    if xp is np and resources.tier is not Tier.OFF:
        try:
            code = turns(plan, count)
        except UnsupportedError:
            return Turns(plan, xp, resources, count)
        library = REGIONS.get(code.text, resources.tier)
        if library is not None:
            return CompiledTurns(plan, xp, resources, count, Region(code, library))
        coming = code.text if REGIONS.may_come(code.text) else ""
    return Turns(plan, xp, resources, count, coming)


def explained(plan: Plan) -> dict[int, tuple[str, str]]:
    """Return the C of a plan's loops, by the position of the step, and what is said of each."""
    told = {}
    for position, step in enumerate(plan.steps):
        if isinstance(step.op, While) and not step.device:
            try:
                told[position] = turns_of(step, plan).text, "its turns are one C function"
            except UnsupportedError as error:
                told[position] = "", f"no C for its turns: {error}"
    return told


class Turns:
    """A bound body that hands its variables to itself.

    Parameters
    ----------
    plan : Plan
        Its feeds are the variables and what is captured; its fetches are whether to go on,
        the next values of the variables, and values to record. `keeps_shapes` holds.
    count : int
        The number of variables.
    coming : str
        C of the turns, still to be compiled: requested after some turns.
    """

    def __init__(
        self, plan: Plan, xp: Any, resources: Resources, count: int, coming: str = ""
    ) -> None:
        # Steps that C will soon take over are not compiled one by one.
        self._bound = bound = Bound(plan, xp, resources, Tier.OFF if coming else None)
        self._coming = coming
        self._left = HOT
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
            elif following == feed or slot.buffer == plan.slots[feed].buffer is not None:
                continue
            elif following in plan.feeds:
                self._staged.append((places[feed], following))
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
        self, feeds: Sequence[Any], recorded: Sequence[Record], resources: Any
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
            result = self._run(self._bound.arrived(feeds), recorded, resources)
        if self._coming and self._left > 0:
            self._left -= result[1]
            if self._left <= 0:
                REGIONS.request(self._coming, self._bound)
        return result

    def _run(
        self, feeds: Sequence[Any], recorded: Sequence[Record], resources: Any
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
            (into.listed().append, slot, shared)
            for into, (slot, shared) in zip(recorded, self._records, strict=True)
        ]
        is_rare = bool(staged or handed or others or records or self._watches)
        epoch, steps = resources.epoch, 0
        is_once = self.stale or bound.is_warming
        most = 1 if is_once else HOT if self._coming else math.inf
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
                    if steps >= most or not values[again]:
                        break
            except Exception as error:
                step = bound._steps[len(all_calls) - operator.length_hint(calls) - 1]
                raise StepError(step, error, [values[i] for i in step.inputs]) from error
            finals = [values[i] if place is None else place.copy() for place, i in self._finals]
            return bool(values[again]), steps, finals
        finally:
            values[:] = bound._template


class CompiledTurns:
    """A body whose turns are one function.

    A turn that the function finds at fault has changed nothing. It runs again, step by step, so
    that the step which fails says so.
    """

    stale = False

    def __init__(
        self, plan: Plan, xp: Any, resources: Resources, count: int, region: Region
    ) -> None:
        self._stepwise = functools.cache(lambda: Turns(plan, xp, resources, count))
        self._count = count
        self._region = region

    def run(
        self, feeds: Sequence[Any], recorded: Sequence[Record], resources: Any
    ) -> tuple[bool, int, list[Any]]:
        """See `Turns.run`."""
        go_on, steps, values = self._region.run(feeds, recorded)
        if not go_on:
            return False, steps, values
        rest = self._stepwise()
        go_on, more, values = rest.run([*values, *feeds[self._count :]], recorded, resources)
        return go_on, steps + more, values


def _own(value: Any) -> Any:
    """Return a value that nobody else will change."""
    return value.copy() if is_array(value) or isinstance(value, np.generic) else value
