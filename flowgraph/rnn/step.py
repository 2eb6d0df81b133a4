"""One step over a batch of sequences of different lengths, and what the drivers share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.graph.scope import colocate_with, get_default_graph
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import nest
from flowgraph.ops.conditional import cond
from flowgraph.ops.selection import where
from flowgraph.ops.tensor_array import TensorArray
from flowgraph.variables.scope import VariableScope

Step = Callable[[], tuple[Any, Any]]


def place_reads(scope: VariableScope) -> None:
    """Place the reads of variables made in a scope with the variables, outside of loops."""
    graph = get_default_graph()
    if scope.caching_device is None and graph.root is graph:
        scope.set_caching_device(lambda operation: operation.device)


def initial_state_of(cell: Any, batch_size: Any, dtype: Any) -> Any:
    """Return the state that a cell begins with."""
    if getattr(cell, "get_initial_state", None) is not None:
        return cell.get_initial_state(inputs=None, batch_size=batch_size, dtype=dtype)
    return cell.zero_state(batch_size, dtype)


def state_dtype(explicit: Any, state: Any) -> Any:
    """Return the dtype given, or that of the state; ValueError if its parts have several."""
    if explicit is not None:
        return explicit
    found = [leaf.dtype for leaf in nest.flatten(state)]
    if not found:
        raise ValueError("Unable to infer dtype from empty state.")
    if any(dtype != found[0] for dtype in found):
        raise ValueError(
            "State has tensors of different inferred_dtypes. Unable to infer a single "
            "representative dtype."
        )
    return found[0]


def unfinished(finished: Tensor, before: Any, after: Any) -> Any:
    """Return what is new in the rows of a batch that go on, and what was in those that do not.

    Arrays and scalars, which have no rows, are always new.
    """
    if isinstance(before, TensorArray) or before.shape.rank == 0:
        return after
    with colocate_with(after.op):
        return where(finished, before, after)


class Lengths:
    """The lengths of the sequences of a batch.

    Parameters
    ----------
    lengths, shortest, longest : Tensor
        int32; a vector and two scalars.
    zero_output : Tensor or nested structure of Tensor
        What a cell is taken to give after the end.
    """

    def __init__(self, lengths: Tensor, shortest: Tensor, longest: Tensor, zero_output: Any):
        self._lengths = lengths
        self._shortest = shortest
        self._longest = longest
        self._zero_output = zero_output

    def step(self, time: Any, state: Any, call_cell: Step, skips: bool) -> tuple[Any, Any]:
        """Return the output and the next state: after the end, zeros and the state unchanged.

        Parameters
        ----------
        time : int or Tensor
        state : Tensor or nested structure of Tensor
        call_cell : callable
            Returns the output and the next state of all rows.
        skips : bool
            Skip the cell after the end of the longest sequence, and the selection before the
            end of the shortest.
        """
        before = nest.flatten(self._zero_output) + nest.flatten(state)
        finished = time >= self._lengths
        if skips:
            after = cond(
                time >= self._longest,
                lambda: before,
                lambda: self._some_finished(time, state, call_cell, finished, before),
            )
        else:
            after = self._selected(finished, before, self._called(call_cell, state))
        for old, new in zip(before, after, strict=True):
            if not isinstance(new, TensorArray):
                new.set_shape(old.shape)
        count = len(nest.flatten(self._zero_output))
        output = nest.pack_as(self._zero_output, after[:count])
        return output, nest.pack_as(state, after[count:])

    def _called(self, call_cell: Step, state: Any) -> list[Any]:
        output, following = call_cell()
        nest.assert_same_structure(self._zero_output, output)
        nest.assert_same_structure(state, following)
        return nest.flatten(output) + nest.flatten(following)

    def _some_finished(
        self, time: Any, state: Any, call_cell: Step, finished: Tensor, before: list[Any]
    ) -> Any:
        after = self._called(call_cell, state)
        return cond(
            time < self._shortest,
            lambda: after,
            lambda: self._selected(finished, before, after),
        )

    def _selected(self, finished: Tensor, before: list[Any], after: list[Any]) -> list[Any]:
        pairs = zip(before, after, strict=True)
        return [unfinished(finished, old, new) for old, new in pairs]
