"""Bodies as functions: the plans of the graphs inside an op.

A kernel is called by one run at a time, and so are the functions that it holds: nothing
is locked here.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np

from flowgraph.backends.bound import Bound
from flowgraph.backends.calls import StepError
from flowgraph.backends.native.library import Tier
from flowgraph.backends.turns import LENT, keeps_shapes, turning
from flowgraph.graph.graph import Graph
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor, is_array
from flowgraph.ops.elements import Elements
from flowgraph.ops.history import Record
from flowgraph.plan.items import Items, Key, unknown_items
from flowgraph.plan.plan import Request
from flowgraph.runtime import failure
from flowgraph.runtime.executor import Executor, Variant
from flowgraph.runtime.store import Store

_KEPT = 16
"""How many bound plans a function keeps, for as many shapes."""


class Functions(Store):
    """A session's store that also runs bodies.

    Parameters
    ----------
    optimised : bool
        As the session's own plans are.
    tier : Tier
        When they use native kernels.
    """

    def __init__(self, optimised: bool, tier: Tier) -> None:
        super().__init__(tier)
        self.optimised = optimised

    def function(
        self, body: Graph, results: Sequence[Tensor], inputs: Sequence[Tensor]
    ) -> Function:
        """Return a function from the values of `inputs` to the values of `results`."""
        return Function(Request(body, tuple(results), (), tuple(inputs)), self)

    def loop(
        self, body: Graph, results: Sequence[Tensor], inputs: Sequence[Tensor], count: int
    ) -> Loop:
        """Return a function that runs a body again and again. See `Loop`."""
        return Loop(Request(body, tuple(results), (), tuple(inputs)), self, count)

    def fork(self) -> Functions:
        """Return a store whose random streams start anew; all else is shared with this one."""
        return _Fork(self)

    def at(self, device: str) -> Functions:
        """Return a store whose bodies run on a device; all else is shared with this one."""
        return _At(self, device)


class Shared(Functions):
    """A store whose contents are another one's."""

    def __init__(self, shared: Functions) -> None:
        super().__init__(shared.optimised, shared.tier)
        self._shared = shared
        self.asked = shared.asked
        self.devices, self.home = shared.devices, shared.home

    @property
    def epoch(self) -> int:
        return self._shared.epoch

    @epoch.setter
    def epoch(self, value: int) -> None:
        """The shared store counts."""

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        return self._shared.get(key, make)

    def at_close(self, cancel: Callable[[], None]) -> None:
        self._shared.at_close(cancel)

    def replaced(self) -> None:
        self._shared.replaced()


class _Fork(Shared):
    """A store with random streams of its own."""

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        if isinstance(key, Operation) and key.op.is_random:
            return Store.get(self, key, make)
        return super().get(key, make)


class _At(Shared):
    """A store whose bodies run where the op around them does."""

    def __init__(self, shared: Functions, device: str) -> None:
        super().__init__(shared)
        self.home = device


def _sizes(value: Any) -> Any:
    """Return the shape of an array; variables, histories and the like have none."""
    return value.shape if is_array(value) or isinstance(value, np.generic) else None


def _items(value: Any, keys: Sequence[Key]) -> Items:
    """Return the shapes of items of a history, or of an array."""
    held = [value if key is None else value.get(key) for key in keys]
    forms = [each.sizes() if isinstance(each, Record | Elements) else None for each in held]
    return Items(zip(keys, forms, strict=True))


class Function:
    """A body, as a function of its inputs' values."""

    lends = -1

    def __init__(self, request: Request, store: Functions, carried: int = 0) -> None:
        self._store = store
        self._request = request
        self._executor = Executor(
            request, store, store.optimised, self.lends, carried, is_body=True
        )
        slots = [self._executor.base.slots[i] for i in self._executor.base.feeds]
        self._items = unknown_items(self._executor.base)
        is_known = not self._items and all(
            s.shape.is_fully_defined() and not s.dtype.is_ref_dtype for s in slots
        )
        self._known = tuple(s.shape.sizes for s in slots) if is_known else None
        self._bound: dict[Any, tuple[int, Any]] = {}
        self._steady: Any = None  # where only one shape can come, and until memory moves
        self._epoch = -1

    def __call__(self, values: Sequence[Any]) -> list[Any]:
        """Run the body and return its results."""
        bound = self._steady
        if bound is None or bound.stale or self._epoch != self._store.epoch:
            bound = self._bound_for(values)
        try:
            return bound.run(values, is_inner=True)  # type: ignore[no-any-return]
        except StepError as error:
            raise self._explained(error) from error.error

    def _bound_for(self, values: Sequence[Any]) -> Any:
        """Return the body bound for values of these shapes."""
        key = self._known or self._key(values)
        epoch = self._store.epoch
        known = self._bound.get(key)
        if known is not None and known[0] == epoch and not known[1].stale:
            return known[1]
        if len(self._bound) >= _KEPT:
            self._bound.clear()
        try:
            bound = self._bind(self._executor.variant(key))
        except StepError as error:
            raise self._explained(error) from error.error
        self._bound[key] = (epoch, bound)
        self._steady = None if self._known is None or bound.stale else bound
        self._epoch = epoch
        return bound

    def _key(self, values: Sequence[Any]) -> tuple[Any, ...]:
        """Return the shapes of values, and of their items where those are not known."""
        key = [_sizes(value) for value in values]
        for position, keys in self._items.items():
            key[position] = _items(values[position], keys)
        return tuple(key)

    def _bind(self, variant: Variant) -> Any:
        return Bound(variant.plan, np, self._store)

    def _explained(self, error: StepError) -> Exception:
        return failure.explained(error, self._request, self._store)


class Loop(Function):
    """The body of a loop, run again and again.

    Its inputs are the variables and what is captured; its results are whether to go on,
    the next values of the variables, and values to record.
    """

    lends = LENT

    def __init__(self, request: Request, store: Functions, count: int) -> None:
        super().__init__(request, store, count)
        self._count = count

    def _bind(self, variant: Variant) -> Any:
        if keeps_shapes(variant.plan, self._count):
            return turning(variant.plan, np, self._store, self._count)
        return Varying(super()._bind(variant), self._count)

    def repeat(self, values: Sequence[Any], recorded: Sequence[Record]) -> tuple[int, list[Any]]:
        """Run the body while it says to go on, at least once.

        Parameters
        ----------
        values : sequence of array
            Of the inputs.
        recorded : sequence of Record
            Takes the values to record, turn by turn.

        Returns
        -------
        steps : int
            The number of turns.
        values : list of array
            The last values of the variables.
        """
        variables, outside = list(values[: self._count]), values[self._count :]
        steps = 0
        while True:
            feeds = [*variables, *outside]
            bound = self._bound_for(feeds)
            try:
                go_on, more, variables = bound.run(feeds, recorded, self._store)
            except StepError as error:
                raise self._explained(error) from error.error
            steps += more
            if not go_on:
                return steps, variables


class Varying:
    """A turn of a loop whose variables change their shapes: one at a time."""

    def __init__(self, bound: Bound, count: int) -> None:
        self._bound = bound
        self._count = count

    @property
    def stale(self) -> bool:
        return self._bound.stale

    def run(
        self, feeds: Sequence[Any], recorded: Sequence[Record], store: Store
    ) -> tuple[bool, int, list[Any]]:
        go_on, *results = self._bound.run(feeds, is_inner=True)
        for values, value in zip(recorded, results[self._count :], strict=True):
            values.listed().append(value)
        return bool(go_on), 1, results[: self._count]
