"""Bidirectional networks on top of each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.graph.tensor import Tensor
from flowgraph.ops.joining import concat
from flowgraph.rnn.dynamic import bidirectional_dynamic_rnn
from flowgraph.rnn.static import static_bidirectional_rnn
from flowgraph.variables.variable_scope import variable_scope


def _layers(
    cells_fw: Any, cells_bw: Any, initial_states_fw: Any, initial_states_bw: Any
) -> list[tuple[Any, Any, Any, Any]]:
    """Return the cells and initial states layer by layer, once they are checked."""
    for cells, what in ((cells_fw, "fw"), (cells_bw, "bw")):
        if not cells:
            raise ValueError(f"Must specify at least one {what} cell for BidirectionalRNN.")
    for cells, what in ((cells_fw, "fw"), (cells_bw, "bw")):
        if not isinstance(cells, list):
            raise ValueError(f"cells_{what} must be a list of RNNCells (one per layer).")
    if len(cells_fw) != len(cells_bw):
        raise ValueError("Forward and Backward cells must have the same depth.")
    for states, what in ((initial_states_fw, "fw"), (initial_states_bw, "bw")):
        is_list = isinstance(states, list) and len(states) == len(cells_fw)
        if states is not None and not is_list:
            raise ValueError(
                f"initial_states_{what} must be a list of state tensors (one per layer)."
            )
    none = [None] * len(cells_fw)
    columns = cells_fw, cells_bw, initial_states_fw or none, initial_states_bw or none
    return list(zip(*columns, strict=True))


def stack_bidirectional_rnn(
    cells_fw: list[Any],
    cells_bw: list[Any],
    inputs: Sequence[Any],
    initial_states_fw: list[Any] | None = None,
    initial_states_bw: list[Any] | None = None,
    dtype: Any = None,
    sequence_length: Any = None,
    scope: Any = None,
) -> tuple[list[Any], tuple[Any, ...], tuple[Any, ...]]:
    """Apply `tf.nn.static_bidirectional_rnn` layer by layer.

    Parameters
    ----------
    cells_fw, cells_bw : list of RNNCell
        One for each layer. A layer takes the outputs of both cells of the one before.
    inputs : list of Tensor
        One for each step, ``(batch, size)``.
    initial_states_fw, initial_states_bw : list, optional
        A state for each layer; by default zeros of `dtype`.
    dtype : DType, optional
    sequence_length : list of int or Tensor, optional
    scope : str or VariableScope, optional
        ``"stack_bidirectional_rnn"`` by default.

    Returns
    -------
    outputs : list of Tensor
        Those of the last layer.
    states_fw, states_bw : tuple
        The last states, layer by layer.

    Raises
    ------
    TypeError
        If a cell is no cell.
    ValueError
        If the lists do not fit.

    Examples
    --------
    >>> fw, bw = ([tf.nn.rnn_cell.GRUCell(n) for n in (4, 3)] for _ in range(2))
    >>> outputs, _, _ = tf.contrib.rnn.stack_bidirectional_rnn(
    ...     fw, bw, [tf.ones([2, 5])] * 3, dtype=tf.float32)
    >>> outputs[0].shape.as_list()
    [2, 6]
    """
    layers = _layers(cells_fw, cells_bw, initial_states_fw, initial_states_bw)
    outputs: Any = inputs
    states = []
    with variable_scope(scope or "stack_bidirectional_rnn"):
        for number, (fw, bw, state_fw, state_bw) in enumerate(layers):
            with variable_scope(f"cell_{number}") as opened:
                outputs, *last = static_bidirectional_rnn(
                    fw, bw, outputs, state_fw, state_bw, dtype, sequence_length, opened
                )
            states.append(last)
    states_fw, states_bw = zip(*states, strict=True)
    return outputs, states_fw, states_bw


def stack_bidirectional_dynamic_rnn(
    cells_fw: list[Any],
    cells_bw: list[Any],
    inputs: Any,
    initial_states_fw: list[Any] | None = None,
    initial_states_bw: list[Any] | None = None,
    dtype: Any = None,
    sequence_length: Any = None,
    parallel_iterations: int | None = None,
    time_major: bool = False,
    scope: Any = None,
    swap_memory: bool = False,
) -> tuple[Tensor, tuple[Any, ...], tuple[Any, ...]]:
    """Apply `tf.nn.bidirectional_dynamic_rnn` layer by layer.

    Parameters
    ----------
    cells_fw, cells_bw : list of RNNCell
        One for each layer. A layer takes the outputs of both cells of the one before.
    inputs : Tensor
        ``(batch, time, size)``.
    initial_states_fw, initial_states_bw : list, optional
        A state for each layer; by default zeros of `dtype`.
    dtype : DType, optional
    sequence_length : list of int or Tensor, optional
    parallel_iterations, time_major, swap_memory : optional
        As for `tf.nn.dynamic_rnn`.
    scope : str or VariableScope, optional
        ``"stack_bidirectional_rnn"`` by default.

    Returns
    -------
    outputs : Tensor
        Those of the last layer, both directions side by side.
    states_fw, states_bw : tuple
        The last states, layer by layer.

    Raises
    ------
    TypeError
        If a cell is no cell.
    ValueError
        If the lists do not fit.

    Examples
    --------
    >>> fw, bw = ([tf.nn.rnn_cell.GRUCell(n) for n in (4, 3)] for _ in range(2))
    >>> outputs, _, _ = tf.contrib.rnn.stack_bidirectional_dynamic_rnn(
    ...     fw, bw, tf.ones([2, 3, 5]), dtype=tf.float32)
    >>> outputs.shape.as_list()
    [2, 3, 6]
    """
    layers = _layers(cells_fw, cells_bw, initial_states_fw, initial_states_bw)
    outputs = inputs
    states = []
    with variable_scope(scope or "stack_bidirectional_rnn"):
        for number, (fw, bw, state_fw, state_bw) in enumerate(layers):
            with variable_scope(f"cell_{number}"):
                pair, last = bidirectional_dynamic_rnn(
                    fw, bw, outputs, sequence_length, state_fw, state_bw, dtype,
                    parallel_iterations, swap_memory, time_major,
                )  # fmt: skip
                outputs = concat(list(pair), 2)
            states.append(last)
    states_fw, states_bw = zip(*states, strict=True)
    return outputs, states_fw, states_bw
