"""``MultiRNNCell``: cells on top of each other."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from flowgraph.graph.scope import name_scope
from flowgraph.layers.layer import Layer
from flowgraph.ops import nest
from flowgraph.ops.joining import concat
from flowgraph.ops.slicing import slice as slice_of
from flowgraph.rnn.cell import RNNCell
from flowgraph.variables.variable_scope import variable_scope

_log = logging.getLogger("flowgraph")


class MultiRNNCell(RNNCell):
    """Cells of which each takes the output of the one before.

    Parameters
    ----------
    cells : list or tuple of RNNCell
    state_is_tuple : bool
        With False the state is one tensor, the cells' states side by side.

    Raises
    ------
    ValueError
        If there are no cells, or states that are tuples are to be one tensor.
    TypeError
        If `cells` is no list or tuple.

    Examples
    --------
    >>> cell = tf.nn.rnn_cell.MultiRNNCell([tf.nn.rnn_cell.GRUCell(n) for n in (8, 3)])
    >>> cell.state_size, cell.output_size
    ((8, 3), 3)
    """

    def __init__(self, cells: Sequence[Any], state_is_tuple: bool = True) -> None:
        super().__init__()
        if not cells:
            raise ValueError("Must specify at least one cell for MultiRNNCell.")
        if not nest.is_sequence(cells):
            raise TypeError(f"cells must be a list or tuple, but saw: {cells}.")
        if len({id(cell) for cell in cells}) < len(cells):
            _log.warning(
                "At least two cells provided to MultiRNNCell are the same object and will share "
                "weights."
            )
        self._cells = cells
        self._state_is_tuple = state_is_tuple
        sizes = [cell.state_size for cell in cells]
        if not state_is_tuple and any(nest.is_sequence(size) for size in sizes):
            raise ValueError(
                "Some cells return tuples of states, but the flag state_is_tuple is not set.  "
                f"State sizes are: {sizes}"
            )

    @property
    def state_size(self) -> Any:
        sizes = tuple(cell.state_size for cell in self._cells)
        return sizes if self._state_is_tuple else sum(sizes)

    @property
    def output_size(self) -> Any:
        return self._cells[-1].output_size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        with name_scope(f"{type(self).__name__}ZeroState", values=[batch_size]):
            if self._state_is_tuple:
                return tuple(cell.zero_state(batch_size, dtype) for cell in self._cells)
            return super().zero_state(batch_size, dtype)

    def _weights(self, kind: str) -> list[Any]:
        layers = [cell for cell in self._cells if isinstance(cell, Layer)]
        return [variable for layer in layers for variable in getattr(layer, kind)]

    @property
    def trainable_weights(self) -> list[Any]:
        return self._weights("trainable_weights") if self.trainable else []

    @property
    def non_trainable_weights(self) -> list[Any]:
        fixed = self._weights("non_trainable_weights")
        return fixed if self.trainable else self._weights("trainable_weights") + fixed

    trainable_variables = trainable_weights
    non_trainable_variables = non_trainable_weights

    def call(self, inputs: Any, state: Any) -> tuple[Any, Any]:  # type: ignore[override]
        if self._state_is_tuple and not nest.is_sequence(state):
            raise ValueError(
                f"Expected state to be a tuple of length {len(self.state_size)}, but received: "
                f"{state}"
            )
        outputs, following, position = inputs, [], 0
        for number, cell in enumerate(self._cells):
            with variable_scope(f"cell_{number}"):
                if self._state_is_tuple:
                    own = state[number]
                else:
                    own = slice_of(state, [0, position], [-1, cell.state_size])
                    position += cell.state_size
                outputs, new = cell(outputs, own)
                following.append(new)
        return outputs, tuple(following) if self._state_is_tuple else concat(following, 1)
