"""Profiled runs: what each step of the plan takes, measured over several runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter_ns
from typing import Any

import numpy as np

from flowgraph.backends.bound import Bound
from flowgraph.backends.calls import StepError
from flowgraph.plan.plan import Plan, Step
from flowgraph.runtime import failure, feeds
from flowgraph.runtime.executor import Executor
from flowgraph.runtime.observed import finished
from flowgraph.runtime.store import Store

_NANO = 1e-9
_CALIBRATIONS = 2000
"""How many calls of nothing are timed to know the clock's own cost."""


def _nothing() -> None:
    """Take as long as an empty call."""


def _clocked(call: Callable[[], Any], spent: list[int], step: int) -> Callable[[], None]:
    def clocked() -> None:
        start = perf_counter_ns()
        call()
        spent[step] += perf_counter_ns() - start

    return clocked


class Clocked(Bound):
    """A plan bound with a clock around every call.

    Attributes
    ----------
    plan : Plan
    epoch : int
        That of the store when the plan was bound.
    spent : list of int
        For each step of the plan, the nanoseconds of the last run.
    counts : list of int
        For each step, how many calls it has.
    """

    def __init__(self, plan: Plan, store: Store) -> None:
        super().__init__(plan, np, store)
        self.plan = plan
        self.epoch = store.epoch
        self.spent = [0] * len(plan.steps)
        self.counts = [0] * len(plan.steps)
        positions = {id(step): position for position, step in enumerate(plan.steps)}
        calls = []
        for call, step in zip(self._calls, self._steps, strict=True):
            position = positions[id(step)]
            self.counts[position] += 1
            if step.device:
                call = finished(call, store.devices.module(step.device))
            calls.append(_clocked(call, self.spent, position))
        self._calls = calls

    def run(self, feeds: Sequence[Any], is_inner: bool = False) -> list[Any]:
        """Run once. See `Bound.run`."""
        self.spent[:] = [0] * len(self.spent)
        return super().run(feeds, is_inner)


@dataclass(frozen=True)
class Clock:
    """What measuring costs.

    Attributes
    ----------
    inside : float
        The seconds that are measured for a call of nothing.
    around : float
        The seconds that a call takes longer for being measured, `inside` among them.
    """

    inside: float
    around: float


def calibrate() -> Clock:
    """Measure the clock with itself."""
    spent = [0]
    call = _clocked(_nothing, spent, 0)
    inside, around = [], []
    for _ in range(_CALIBRATIONS):
        before = spent[0]
        start = perf_counter_ns()
        call()
        end = perf_counter_ns()
        inside.append(spent[0] - before)
        start_empty = perf_counter_ns()
        _nothing()
        around.append((end - start) - (perf_counter_ns() - start_empty))
    return Clock(median(inside) * _NANO, max(median(around), 0.0) * _NANO)


@dataclass(frozen=True)
class Measured:
    """A step, and what it takes in the middle of all runs.

    Attributes
    ----------
    step : Step
    tier : str
        What it runs on: see `Bound.tiers`.
    seconds : float
    """

    step: Step
    tier: str
    seconds: float


@dataclass(frozen=True)
class Measurement:
    """What several runs of one plan took.

    Attributes
    ----------
    plan : Plan
    steps : list of Measured
    runs : int
    wall : float
        The seconds of a run, from the fed values to the fetched ones, without the clock.
    overhead : float
        What of it no step took.
    clock : float
        The seconds that the clock took in each run, which are subtracted.
    """

    plan: Plan
    steps: list[Measured]
    runs: int
    wall: float
    overhead: float
    clock: float


def measure(executor: Executor, values: Sequence[Any], runs: int) -> Measurement:
    """Run a request `runs` times, and once more beforehand.

    Every run is a run like any other: it draws random numbers and changes variables.
    """
    walls, spents = [], []
    with np.errstate(all="ignore"):
        try:
            bound, _ = _timed(executor, values, None)
            for _ in range(runs):
                bound, wall = _timed(executor, values, bound)
                walls.append(wall * _NANO)
                spents.append([nanoseconds * _NANO for nanoseconds in bound.spent])
        except StepError as error:
            raise failure.explained(error, executor.request, executor.store) from error.error
        clock = calibrate()
    plan = bound.plan
    calls = sum(bound.counts)
    net = [
        [max(s - count * clock.inside, 0.0) for s, count in zip(spent, bound.counts, strict=True)]
        for spent in spents
    ]
    whole = [
        max(wall - calls * clock.around, sum(row)) for wall, row in zip(walls, net, strict=True)
    ]
    steps = [
        Measured(step, tier, median(column))
        for step, tier, column in zip(plan.steps, bound.tiers, zip(*net, strict=True), strict=True)
    ]
    overhead = median(wall - sum(row) for wall, row in zip(whole, net, strict=True))
    return Measurement(plan, steps, runs, median(whole), overhead, calls * clock.around)


def _timed(executor: Executor, values: Sequence[Any], bound: Clocked | None) -> tuple[Clocked, int]:
    """Run once; return what has run, bound anew if memory has moved, and the nanoseconds."""
    start = perf_counter_ns()
    pairs = zip(executor.request.feeds, values, strict=True)
    arrays = [feeds.to_feed(tensor, value) for tensor, value in pairs]
    plan = executor.variant(tuple([array.shape for array in arrays])).plan
    if bound is None or bound.stale or bound.epoch != executor.store.epoch:
        bound = Clocked(plan, executor.store)
        start = perf_counter_ns()
    bound.run(arrays)
    return bound, perf_counter_ns() - start
