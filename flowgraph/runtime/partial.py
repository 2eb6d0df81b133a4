"""Partial runs: one run in several calls, each with some of the feeds and fetches."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from flowgraph.backends.calls import StepError
from flowgraph.errors import InvalidArgumentError
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import invalid
from flowgraph.ops.state import Cell
from flowgraph.plan.passes import PLAIN_PASSES, optimise
from flowgraph.plan.plan import Request, Step, ref_positions
from flowgraph.plan.prune import prune
from flowgraph.runtime import failure, feeds, missing
from flowgraph.runtime.store import Store


def go_on(handle: Any, *arguments: Any) -> list[Any]:
    """Return what `PartialRun.run` does, of the handle of a partial run."""
    if not isinstance(handle, PartialRun):
        raise invalid("Must run 'setup' before performing partial runs!")
    return handle.run(*arguments)


class PartialRun:
    """The state between the calls of one partial run: what is fed, and what has been computed.

    Parameters
    ----------
    request : Request
        All fetches and feeds of the calls to come.
    store : Store
    """

    def __init__(self, request: Request, store: Store) -> None:
        self.request = request
        self.store = store
        gpus = len(store.devices.gpus)
        self.plan = optimise(replace(prune(request), gpus=gpus), PLAIN_PASSES)
        self._values: dict[int, Any] = {}
        self._done: set[Step] = set()
        self._feeds = dict(zip(request.feeds, self.plan.feeds, strict=True))
        self._fetches = dict(zip(request.fetches, self.plan.fetches, strict=True))

    def run(
        self, fed: list[tuple[Tensor, Any]], fetches: list[Tensor], targets: list[Operation]
    ) -> list[Any]:
        """Take more feeds and return the values of `fetches`.

        Raises
        ------
        InvalidArgumentError
            If a feed or fetch was not announced, a feed is given twice, or a fetch needs a feed
            that has not been given.
        """
        for tensor, value in fed:
            slot = self._feeds.get(tensor)
            if slot is None:
                raise invalid(f"The feed {tensor.name} was not specified in partial_run_setup.")
            if slot in self._values:
                raise invalid(f"The feed {tensor.name} has already been fed.")
            self._values[slot] = np.array(feeds.to_feed(tensor, value))
        elements: list[Any] = [*fetches, *targets]
        for element in elements:
            if element not in self._fetches and element not in self.request.targets:
                name = element.name
                raise invalid(f"The fetch {name} was not specified in partial_run_setup.")
        wanted = {self._fetches[tensor] for tensor in fetches}
        with np.errstate(all="ignore"):
            for step in self._needed(wanted, set(targets)):
                if step.device:
                    module = self.store.devices.module(step.device)
                    with module.active():
                        self._step(step, module)
                else:
                    self._step(step, np)
        return [np.array(self._values[self._fetches[tensor]])[()] for tensor in fetches]

    def _needed(self, slots: set[int], operations: set[Operation]) -> list[Step]:
        """Return the steps still to run, in order."""
        needed: list[Step] = []
        slots, operations = set(slots), set(operations)
        for step in reversed(self.plan.steps):
            if step in self._done:
                continue
            if step.operation in operations or not slots.isdisjoint(step.outputs):
                needed.append(step)
                slots.update(step.inputs)
                operations.update(step.after)
        return needed[::-1]

    def _step(self, step: Step, xp: Any) -> None:
        inputs = []
        for position, slot in enumerate(step.inputs):
            if slot not in self._values:
                tensor = self.plan.slots[slot].tensor
                given = tuple(t for t, s in self._feeds.items() if s in self._values)
                message = missing.explained(tensor.op, self.request._replace(feeds=given))
                raise InvalidArgumentError(None, tensor.op, message)
            value = self._values[slot]
            if isinstance(value, Cell) and position not in ref_positions(step.op):
                value = value.read().copy()
            inputs.append(value)
        store = self.store.at(step.device) if self.plan.gpus else self.store
        kernel = step.op.bind(step.operation, xp, store)
        try:
            result = kernel(*inputs)
        except Exception as error:
            wrapped = StepError(step, error, inputs)
            raise failure.explained(wrapped, self.request, self.store) from error
        if step.outputs:
            results = result if isinstance(result, tuple) else (result,)
            self._values.update(zip(step.outputs, results, strict=True))
        self._done.add(step)
