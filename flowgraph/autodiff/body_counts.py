"""How many nodes TensorFlow makes for the gradients of branches and loops: seeds count them.

There a branch begins with a ``Switch`` of each tensor from outside and ends with a ``Merge``, a
loop is a ring of ``Enter``, ``Merge``, ``Switch`` and ``NextIteration``, and a gradient's ring
reads what the forward one had from stacks. See `flowgraph.autodiff.node_counts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.autodiff.node_counts import SWITCHED, is_known
from flowgraph.autodiff.node_reads import READS
from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.body import Body
from flowgraph.ops.constant import Const

_REDUCED_FIRST = frozenset({"Shape", "Size", "Rank"})
"""Ops that a gradient has of the forward values in the forward body, to stack less."""


class Reads:
    """The nodes that bring values from a forward body into the body of its gradient.

    Parameters
    ----------
    forward : Body
    in_loop : bool
        Whether it is the body of a loop; else it is a branch.
    around : Reads, optional
        The same of the body around.
    """

    def __init__(self, forward: Body, in_loop: bool, around: Reads | None) -> None:
        self.in_loop = in_loop
        self.around = around
        self.loop: Reads | None = self if in_loop else around and around.loop
        self._loops: int = in_loop + (0 if around is None else around._loops)
        self._outside = forward.outside()
        self._overlaps = forward.parallel_iterations > 1
        self._known: set[Any] = set()

    def of(self, operation: Operation, pairs: Sequence[tuple[Operation, Tensor]]) -> int:
        """Return the nodes for the gradient of an operation.

        `pairs` are the new operations that read forward tensors, each with one of these. For some
        types they are others in TensorFlow.
        """
        if self.loop is None:
            return 0
        listed = READS.get(operation.type)
        if listed is not None:
            values, shapes = listed(operation)
        else:
            shapes = [tensor for o, tensor in pairs if o.type in _REDUCED_FIRST]
            values = [tensor for o, tensor in pairs if o.type not in _REDUCED_FIRST]
        return sum(self.fresh() for _ in shapes) + sum(map(self.value, values))

    def value(self, tensor: Tensor) -> int:
        """Return the nodes for reading a value: none after the first time."""
        if self.loop is None:
            return 0
        constant = self._invariant(tensor)
        if constant is not None:
            return self.loop._entered(constant)
        if tensor in self._known:
            return 0
        self._known.add(tensor)
        return 1 if isinstance(tensor.op.op, Const) else self._stacked()

    def condition(self, tensor: Tensor) -> int:
        """Return the nodes for reading the condition of a branch: it is never taken as constant."""
        if self.loop is None or ("condition", tensor) in self._known:
            return 0
        self._known.add(("condition", tensor))
        return self._stacked()

    def zeros(self, tensor: Tensor) -> int:
        """Return the nodes for zeros like a value."""
        if self.loop is None or is_known(tensor):
            return 1
        return 3 + self.fresh()

    def switched(self, tensor: Tensor, dx: Any) -> int:
        """Return the nodes for the gradient of a ``Switch``: of the branch not taken, it is zeros.

        `tensor` is outside of the branch that `self` is of.
        """
        slices = 10 if isinstance(dx, IndexedSlices) else 0  # of the zeros, and of two more merges
        if self.loop is None:
            return SWITCHED + slices
        return slices + (3 if is_known(tensor) else 4 + self.fresh())

    def _invariant(self, tensor: Tensor) -> Tensor | None:
        """Return what stands outside the loop for a tensor that is the same in all turns."""
        outside = self._outside.get(tensor)
        if outside is None or self.in_loop or self.around is None:
            return outside if self.in_loop else None
        return self.around._invariant(outside)

    def _entered(self, outside: Tensor) -> int:
        if outside in self._known:
            return 0
        self._known.add(outside)
        return 1 + (0 if self.around is None else self.around.value(outside))

    def fresh(self) -> int:
        """Return the nodes for reading a value made for the gradient."""
        return 0 if self.loop is None else self._stacked()

    def _stacked(self) -> int:
        """Return the nodes of a stack, of what pushes to it and what pops from it."""
        assert self.loop is not None
        # Where turns overlap, a node keeps what they pop in order.
        first = self.loop._once("popped") if self.loop._overlaps else 0
        nodes = 4 + 2 * self._loops + first  # the stack enters each loop, and its gradient's
        if self.loop.around is not None and not self.loop.around.in_loop:
            nodes += 2 + self.loop._once("switched")  # the loop is in a branch
        if self.in_loop:
            return nodes
        return 2 + nodes + self.loop._once("pushed in a branch")

    def _once(self, what: str) -> int:
        if what in self._known:
            return 0
        self._known.add(what)
        return 1


def merges(number: int, condition: Tensor, gates: bool, around: Reads | None) -> int:
    """Return the nodes for the gradients of the results of a branch.

    Parameters
    ----------
    number : int
        How many results have gradients.
    condition : Tensor
        Which branch is taken.
    gates : bool
        Whether gradients wait for each other.
    around : Reads, optional
        Of the body that the branches are in.
    """
    read = 0 if around is None or not number else around.condition(condition)
    return number * (4 if gates else 1) + read


_COUNTERS = 18
"""Of the loop that counts turns, and of the one that counts them down."""
_RING = 6
"""Enter, Merge, Switch, an addition, NextIteration and Exit: a sum over turns."""


def counters(around: Reads | None) -> int:
    """Return the nodes that count the turns of a loop and of its gradient."""
    return _COUNTERS + (0 if around is None else around.fresh())


def unused(final: Tensor, around: Reads | None) -> int:
    """Return the nodes for the gradient of a loop's result that is not used: zeros."""
    if is_known(final):
        return 1 if (final.shape.num_elements() or 0) < 1000 else 3
    return 1 if around is None else around.zeros(final)


def carried(seed: Tensor, is_read: bool, gates: bool) -> int:
    """Return the nodes for the gradient of a loop variable, but for the ``Enter`` of it.

    Parameters
    ----------
    seed : Tensor
        What the gradient begins with.
    is_read : bool
        Whether a turn uses the variable; else all turns but the last give zeros.
    gates : bool
        Whether gradients wait for each other.
    """
    following = 1 if is_read else 2 if is_known(seed) else 4
    return 3 + (3 if gates else 0) + following


def summed(of: Tensor, dx: Any, around: Reads | None) -> int:
    """Return the nodes that sum the gradients of a tensor from outside over the turns."""
    if isinstance(dx, IndexedSlices):
        return 23 if is_known(dx.values) else 32
    if is_known(dx):
        return _RING + 1
    return _RING + 3 + (0 if around is None else around.fresh())
