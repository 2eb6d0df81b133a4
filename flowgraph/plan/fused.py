"""A group of elementwise steps as one op: several results from one walk over the elements."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from flowgraph import parallel
from flowgraph.dtypes import Array, DType
from flowgraph.graph.op import Op
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature

_TILE = 1 << 18
"""Bytes of a result that are computed at a time: all values of a tile stay in the cache."""


class Member(NamedTuple):
    """One step of a group.

    Attributes
    ----------
    operation : Operation
        Where it comes from.
    op : Op
        An elementwise op of one output.
    scalar : str
        What `Op.scalar` says.
    inputs : tuple of int
        The group's values: first its inputs, then the results of its members in order.
    dtype : DType
        Of its result.
    """

    operation: Operation
    op: Op
    scalar: str
    inputs: tuple[int, ...]
    dtype: DType


class Fused(Op, abstract=True):
    """Elementwise ops over one shape, each on the inputs or on results of those before.

    Parameters
    ----------
    members : tuple of Member
    count : int
        The number of inputs.
    results : tuple of int
        The values that are outputs.
    sizes : tuple of int
        The shape of every member's result.
    """

    signature = Signature("inputs: list(Tin) -> outputs: list(Tout)")

    members: tuple[Member, ...]
    count: int
    results: tuple[int, ...]
    sizes: tuple[int, ...]

    def references(self) -> frozenset[int]:
        return frozenset()

    def may_overwrite(self, position: int, output: int) -> bool:
        """An input, by the result of a member after which nobody reads it."""
        last = self.results[output] - self.count
        readers = [n for n, member in enumerate(self.members) if position in member.inputs]
        return self.members[last].op.inplace and max(readers) <= last

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        values = list(inputs)
        for member in self.members:
            values.append(member.op.compute(xp, *[values[i] for i in member.inputs]))
        return tuple([values[i] for i in self.results])

    def compute_into(self, xp: Any, out: Any, *inputs: Array) -> None:
        self.planned(xp, out, *inputs)()

    def planned(self, xp: Any, out: Any, *inputs: Array) -> Callable[[], Any]:
        outs = out if isinstance(out, tuple) else (out,)
        targets = dict(zip(self.results, outs, strict=True))
        # Tiles are for a processor's cache: a GPU wants one launch over all elements.
        itemsize = max(array.dtype.itemsize for array in outs)
        tiles = self._tiles(itemsize) if xp is np else [None]
        shares = parallel.shares(len(tiles))
        runs = []
        for share in shares:
            spare: list[Any] = []
            calls: list[Callable[[], Any]] = []
            for tile in tiles[share]:
                values = [self._part(array, tile) for array in inputs]
                parts = {i: self._part(array, tile) for i, array in targets.items()}
                calls += self._calls(xp, values, parts, spare)
            runs.append(_sequence(calls))
        return runs[0] if len(runs) == 1 else functools.partial(parallel.each, xp, _do, runs)

    def _tiles(self, itemsize: int) -> list[slice | None]:
        """Return the parts of the first axis that are computed one after another."""
        count = math.prod(self.sizes)
        if not self.sizes or count * itemsize <= 2 * _TILE:
            return [None]
        step = max(1, _TILE * self.sizes[0] // (count * itemsize))
        return [slice(i, i + step) for i in range(0, self.sizes[0], step)]

    def _part(self, array: Array, tile: slice | None) -> Array:
        """Return what a tile takes of an array: all of it where it is broadcast."""
        if tile is None or array.ndim < len(self.sizes) or array.shape[0] == 1 != self.sizes[0]:
            return array
        return array[tile]

    def _calls(
        self, xp: Any, values: list[Array], targets: dict[int, Array], spare: list[Any]
    ) -> list[Callable[[], Any]]:
        """Return a call for each member. `spare` keeps memory for the next tile."""
        last_use = {i: n for n, member in enumerate(self.members) for i in member.inputs}
        free, taken, calls = list(spare), {}, []
        shape = next(iter(targets.values())).shape
        for n, member in enumerate(self.members):
            number = self.count + n
            target = targets.get(number)
            if target is None:
                target, taken[number] = _take(xp, free, spare, shape, member.dtype)
            calls.append(member.op.planned(xp, target, *[values[i] for i in member.inputs]))
            values.append(target)
            free += [taken.pop(i) for i in set(member.inputs) if last_use[i] == n and i in taken]
        return calls


def _sequence(calls: list[Callable[[], Any]]) -> Callable[[], Any]:
    """Return the calls as one."""
    (*rest, last) = calls

    def run() -> None:
        for call in rest:
            call()
        last()

    return run


def _do(call: Callable[[], Any]) -> None:
    call()


class Joined(Fused, abstract=True):
    """A product of matrices, to which a bias is added, and perhaps a `Relu` of that.

    The inputs are the factors and the bias. Only a GPU has such steps.
    """


class Accumulated(Fused, abstract=True):
    """A product of matrices that is added to a sum.

    The inputs are the sum and the factors.
    """

    def may_overwrite(self, position: int, output: int) -> bool:
        return position == 0

    def planned(self, xp: Any, out: Any, *inputs: Array) -> Callable[[], Any]:
        product, summand = self.members
        total, *factors = inputs
        made = xp.empty(self.sizes, dtype=product.dtype.numpy)
        multiply = product.op.planned(xp, made, *factors)
        add = summand.op.planned(xp, out, total, made)

        def run() -> None:
            multiply()
            add()

        return run


def _take(
    xp: Any, free: list[Any], spare: list[Any], shape: Sequence[int], dtype: DType
) -> tuple[Array, Any]:
    """Return an array in free or new memory, and that memory."""
    size = math.prod(shape) * dtype.numpy.itemsize
    for i, memory in enumerate(free):
        if memory.size >= size:
            del free[i]
            break
    else:
        memory = xp.empty(size, dtype="u1")
        spare.append(memory)
    return memory[:size].view(dtype.numpy).reshape(shape), memory
