"""``raw_rnn``: a recurrent network whose inputs and states a function decides, step by step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import nest
from flowgraph.ops.comparison import logical_not, logical_or
from flowgraph.ops.constant import constant
from flowgraph.ops.core import convert_to_tensor
from flowgraph.ops.core import shape as shape_of
from flowgraph.ops.filling import zeros
from flowgraph.ops.looping import while_loop
from flowgraph.ops.reduction import reduce_all
from flowgraph.ops.tensor_array import TensorArray
from flowgraph.rnn.cell import assert_like_rnncell
from flowgraph.rnn.sizes import batched_shape, element_shape
from flowgraph.rnn.step import place_reads, unfinished
from flowgraph.variables.variable_scope import variable_scope


def raw_rnn(
    cell: Any,
    loop_fn: Callable[..., Any],
    parallel_iterations: int | None = None,
    swap_memory: bool = False,
    scope: Any = None,
) -> tuple[Any, Any, Any]:
    """Run a cell until a function says that all sequences are finished.

    Parameters
    ----------
    cell : RNNCell
    loop_fn : callable
        Called as ``loop_fn(time, output, state, loop_state)``, before each step; before the
        first one with ``None`` for all but the time, an int32 scalar. Returns
        ``(finished, next_input, next_state, emitted, next_loop_state)``: which sequences are
        finished, ``(batch,)``; input and state for the step; what to put in the outputs,
        zero for finished sequences; and anything, or ``None`` to keep it. From the first
        call `emitted` gives shapes and dtypes only, those of one sequence; ``None`` means the
        cell's outputs.
    parallel_iterations : int, optional
        A hint: steps run one after the other here.
    swap_memory : bool
        A hint, for memory of devices.
    scope : str or VariableScope, optional
        ``"rnn"`` by default.

    Returns
    -------
    outputs : TensorArray or nested structure of TensorArray
    state : Tensor or nested structure of Tensor
        The last one; that of a finished sequence stays.
    loop_state : optional
        The last one.

    Raises
    ------
    TypeError
        If `cell` is no cell or `loop_fn` not callable.
    ValueError
        If structures or batch sizes do not fit.

    Examples
    --------
    >>> cell = tf.nn.rnn_cell.BasicRNNCell(2)
    >>> def loop_fn(time, output, state, _):
    ...     state = cell.zero_state(1, tf.float32) if output is None else state
    ...     return time >= [3], tf.ones([1, 2]), state, output, None
    >>> outputs, _, _ = tf.nn.raw_rnn(cell, loop_fn)
    >>> outputs.stack().shape.as_list()
    [None, 1, 2]
    """
    assert_like_rnncell("cell", cell)
    if not callable(loop_fn):
        raise TypeError("loop_fn must be a callable")
    with variable_scope(scope or "rnn") as opened:
        place_reads(opened)
        time = constant(0, dtype=dtypes.int32)
        finished, given, state, structure, first = loop_fn(time, None, None, None)
        loop_state = constant(0, dtype=dtypes.int32) if first is None else first
        rows, batch_size = _batch_size(nest.flatten(given))
        nest.assert_same_structure(state, cell.state_size)
        state = nest.map_structure(convert_to_tensor, state)
        if structure is None:
            structure, kind = cell.output_size, nest.flatten(state)[0].dtype
            emitted = [(size, kind) for size in nest.flatten(structure)]
        else:
            emitted = [(_size(leaf), leaf.dtype) for leaf in nest.flatten(structure)]
        arrays = [
            TensorArray(
                dtype,
                dynamic_size=True,
                element_shape=element_shape(rows, size),
                size=0,
                name=f"rnn_output_{i}",
            )
            for i, (size, dtype) in enumerate(emitted)
        ]
        zero = [zeros(batched_shape(batch_size, size), dtype) for size, dtype in emitted]
        turn = _turn(cell, loop_fn, nest.pack_as(structure, zero))
        *_, outputs, state, loop_state = while_loop(
            lambda time, finished, *_: logical_not(reduce_all(finished)),
            turn,
            [time, finished, given, nest.pack_as(structure, arrays), state, loop_state],
            parallel_iterations=parallel_iterations or 32,
            swap_memory=swap_memory,
        )
    return outputs, state, None if first is None else loop_state


def _turn(cell: Any, loop_fn: Callable[..., Any], zero: Any) -> Callable[..., Any]:
    """Return the body of the loop."""

    def turn(
        time: Tensor, finished: Tensor, given: Any, outputs: Any, state: Any, loop_state: Any
    ) -> tuple[Any, ...]:
        output, after = cell(given, state)
        nest.assert_same_structure(state, after)
        nest.assert_same_structure(cell.output_size, output)
        following = time + 1
        now_finished, next_input, after, emitted, next_loop_state = loop_fn(
            following, output, after, loop_state
        )
        nest.assert_same_structure(state, after)
        nest.assert_same_structure(given, next_input)
        nest.assert_same_structure(outputs, emitted)

        def kept(before: Any, new: Any) -> Any:
            return nest.map_structure(lambda a, b: unfinished(finished, a, b), before, new)

        emitted = kept(zero, emitted)
        after = kept(state, after)
        outputs = nest.map_structure(lambda a, value: a.write(time, value), outputs, emitted)
        return (
            following,
            logical_or(finished, now_finished),
            next_input,
            outputs,
            after,
            loop_state if next_loop_state is None else next_loop_state,
        )

    return turn


def _batch_size(leaves: list[Any]) -> tuple[int | None, Any]:
    """Return the number of sequences as far as it is known, and it or a tensor of it."""
    rows = leaves[0].shape.with_rank_at_least(1)[0]
    for leaf in leaves:
        rows.merge_with(leaf.shape.with_rank_at_least(1)[0])
    known: int | None = rows.value
    return known, shape_of(leaves[0])[0] if known is None else known


def _size(leaf: Any) -> Any:
    return leaf.shape if leaf.shape.is_fully_defined() else shape_of(leaf)
