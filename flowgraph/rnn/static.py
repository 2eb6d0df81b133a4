"""Recurrent networks unrolled in the graph: one step after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.scope import control_dependencies
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import nest
from flowgraph.ops.core import cast, convert_to_tensor, identity
from flowgraph.ops.core import shape as shape_of
from flowgraph.ops.filling import zeros
from flowgraph.ops.joining import concat
from flowgraph.ops.packing import stack, unstack
from flowgraph.ops.rearranging import reverse_sequence
from flowgraph.ops.reduction import reduce_max, reduce_min
from flowgraph.rnn.cell import assert_like_rnncell
from flowgraph.rnn.sizes import batched_shape, static_batched_shape
from flowgraph.rnn.step import Lengths, initial_state_of, place_reads, state_dtype
from flowgraph.shapes import TensorShape
from flowgraph.variables.variable_scope import variable_scope


def static_rnn(
    cell: Any,
    inputs: Sequence[Any],
    initial_state: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    scope: Any = None,
) -> tuple[list[Any], Any]:
    """Apply a cell to each of a list of inputs, with the state handed on.

    Parameters
    ----------
    cell : RNNCell
    inputs : list of Tensor, or of nested structures of them
        One for each step, ``(batch, size)``.
    initial_state : Tensor or nested structure of Tensor, optional
        By default zeros of `dtype`.
    dtype : DType, optional
    sequence_length : list of int or Tensor, optional
        ``(batch,)``. After so many steps a row's output is zero and its state stays.
    scope : str or VariableScope, optional
        ``"rnn"`` by default.

    Returns
    -------
    outputs : list of Tensor
        One for each step.
    state : Tensor or nested structure of Tensor
        The last one.

    Raises
    ------
    TypeError
        If `cell` is no cell or `inputs` no sequence.
    ValueError
        If there are no inputs, their size is not known, or there is neither an initial
        state nor a dtype.

    Examples
    --------
    >>> x = tf.ones([2, 3, 4])
    >>> cell = tf.nn.rnn_cell.BasicRNNCell(5)
    >>> outputs, state = tf.nn.static_rnn(cell, tf.unstack(x, axis=1), dtype=tf.float32)
    >>> len(outputs), state.shape.as_list()
    (3, [2, 5])
    """
    assert_like_rnncell("cell", cell)
    _check_sequence(inputs)
    outputs = []
    with variable_scope(scope or "rnn") as opened:
        place_reads(opened)
        known, batch_size = _batch_size(inputs)
        if initial_state is not None:
            state = initial_state
        elif dtype is None:
            raise ValueError("If no initial_state is provided, dtype must be specified")
        else:
            state = initial_state_of(cell, batch_size, dtype)
        lengths = None
        if sequence_length is not None:
            kind = state_dtype(dtype, state)
            lengths = _lengths(sequence_length, cell, known, batch_size, kind)
        for time, given in enumerate(inputs):
            if time > 0:
                opened.reuse_variables()

            def call_cell(given: Any = given, state: Any = state) -> tuple[Any, Any]:
                return cell(given, state)  # type: ignore[no-any-return]

            if lengths is None:
                output, state = call_cell()
            else:
                output, state = lengths.step(time, state, call_cell, skips=True)
            outputs.append(output)
    return outputs, state


def _check_sequence(inputs: Any) -> None:
    if not nest.is_sequence(inputs):
        raise TypeError("inputs must be a sequence")
    if not inputs:
        raise ValueError("inputs must not be empty")


def _batch_size(inputs: Any) -> tuple[int | None, Any]:
    """Return the size of the batch as far as it is known, and the size or a tensor of it."""
    leaves = nest.flatten(inputs)
    rows = leaves[0].shape.with_rank_at_least(1)[0]
    if leaves[0].shape.rank != 1:
        for leaf in leaves:
            shape = leaf.shape.with_rank_at_least(2)
            rows.merge_with(shape[0])
            for axis, size in enumerate(shape.as_list()[1:]):
                if size is None:
                    raise ValueError(
                        f"Input size (dimension {axis} of inputs) must be accessible via shape "
                        "inference, but saw value None."
                    )
    return rows.value, rows.value or shape_of(leaves[0])[0]


def _lengths(given: Any, cell: Any, known: int | None, batch_size: Any, dtype: Any) -> Lengths:
    lengths = convert_to_tensor(given, name="sequence_length")
    if lengths.shape.rank not in (None, 1):
        raise ValueError("sequence_length must be a vector of length batch_size")

    def zero_output(size: Any) -> Tensor:
        output = zeros(batched_shape(batch_size, size), dtype)
        output.set_shape(static_batched_shape(_row(known), size))
        return output

    zero = nest.map_structure(zero_output, cell.output_size)
    lengths = cast(lengths, dtypes.int32)
    return Lengths(lengths, reduce_min(lengths), reduce_max(lengths), zero)


def _row(known: int | None) -> TensorShape:
    return TensorShape.of((known,))


def static_state_saving_rnn(
    cell: Any,
    inputs: Sequence[Any],
    state_saver: Any,
    state_name: Any,
    sequence_length: Any = None,
    scope: Any = None,
) -> tuple[list[Any], Any]:
    """Do what `static_rnn` does, beginning with a saved state and saving the last one.

    Parameters
    ----------
    cell : RNNCell
    inputs : list of Tensor
        One for each step, ``(batch, size)``.
    state_saver : object
        With methods ``state(name)``, which returns a saved state, and ``save_state(name,
        value)``, which returns an operation.
    state_name : str or tuple of str
        A name for each part of the cell's state.
    sequence_length : list of int or Tensor, optional
    scope : str or VariableScope, optional

    Returns
    -------
    outputs : list of Tensor
        The last one waits for the state to be saved.
    state : Tensor or nested structure of Tensor

    Raises
    ------
    TypeError
        If `cell` is no cell or `inputs` no sequence.
    ValueError
        If there are no inputs, or the names do not fit the states.

    Examples
    --------
    >>> class Saver:
    ...     def __init__(self):
    ...         self.kept = tf.Variable(tf.zeros([2, 5]))
    ...     def state(self, name):
    ...         return self.kept.value()
    ...     def save_state(self, name, value):
    ...         return self.kept.assign(value)
    >>> cell, inputs = tf.nn.rnn_cell.BasicRNNCell(5), [tf.ones([2, 3])] * 4
    >>> outputs, state = tf.nn.static_state_saving_rnn(cell, inputs, Saver(), "h")
    """
    sizes = cell.state_size
    if nest.is_sequence(sizes) != nest.is_sequence(state_name):
        raise ValueError(
            "state_name should be the same type as cell.state_size.  state_name: "
            f"{state_name}, cell.state_size: {sizes}"
        )
    names, count = nest.flatten(state_name), len(nest.flatten(sizes))
    if len(names) != count:
        raise ValueError(f"#elems(state_name) != #elems(state_size): {len(names)} vs. {count}")
    initial = nest.pack_as(sizes, [state_saver.state(name) for name in names])
    outputs, state = static_rnn(cell, inputs, initial, None, sequence_length, scope)
    pairs = zip(names, nest.flatten(state), strict=True)
    saves = [state_saver.save_state(name, value) for name, value in pairs]
    with control_dependencies(saves):
        final = [identity(leaf) for leaf in nest.flatten(outputs[-1])]
    outputs[-1] = nest.pack_as(outputs[-1], final)
    return outputs, state


def static_bidirectional_rnn(
    cell_fw: Any,
    cell_bw: Any,
    inputs: Sequence[Any],
    initial_state_fw: Any = None,
    initial_state_bw: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    scope: Any = None,
) -> tuple[list[Any], Any, Any]:
    """Apply one cell to a list of inputs from the first on, and another from the last on.

    Parameters
    ----------
    cell_fw, cell_bw : RNNCell
    inputs : list of Tensor
        One for each step, ``(batch, size)``.
    initial_state_fw, initial_state_bw : Tensor or nested structure of Tensor, optional
        By default zeros of `dtype`.
    dtype : DType, optional
    sequence_length : list of int or Tensor, optional
        ``(batch,)``. The backward cell begins at the end of each sequence.
    scope : str or VariableScope, optional
        ``"bidirectional_rnn"`` by default.

    Returns
    -------
    outputs : list of Tensor
        For each step, the outputs of both side by side.
    state_fw, state_bw : Tensor or nested structure of Tensor

    Raises
    ------
    TypeError
        If a cell is no cell or `inputs` no sequence.
    ValueError
        As for `static_rnn`.

    Examples
    --------
    >>> cells = [tf.nn.rnn_cell.GRUCell(5) for _ in range(2)]
    >>> x = tf.unstack(tf.ones([2, 3, 4]), axis=1)
    >>> outputs, fw, bw = tf.nn.static_bidirectional_rnn(*cells, x, dtype=tf.float32)
    >>> outputs[0].shape.as_list()
    [2, 10]
    """
    assert_like_rnncell("cell_fw", cell_fw)
    assert_like_rnncell("cell_bw", cell_bw)
    _check_sequence(inputs)
    with variable_scope(scope or "bidirectional_rnn"):
        with variable_scope("fw") as opened:
            forward, state_fw = static_rnn(
                cell_fw, inputs, initial_state_fw, dtype, sequence_length, opened
            )
        with variable_scope("bw") as opened:
            turned = _reversed(inputs, sequence_length)
            backward, state_bw = static_rnn(
                cell_bw, turned, initial_state_bw, dtype, sequence_length, opened
            )
    pairs = zip(forward, _reversed(backward, sequence_length), strict=True)
    outputs = [nest.map_structure(lambda fw, bw: concat([fw, bw], 1), *pair) for pair in pairs]
    return outputs, state_fw, state_bw


def _reversed(sequence: Sequence[Any], lengths: Any) -> list[Any]:
    """Return a sequence of structures from the end to the beginning, as far as each row goes."""
    if lengths is None:
        return list(reversed(sequence))
    steps = [nest.flatten(step) for step in sequence]
    columns = []
    for leaves in zip(*steps, strict=True):
        shape = TensorShape.of(None if (rank := leaves[0].shape.rank) is None else (None,) * rank)
        for leaf in leaves:
            shape.assert_is_compatible_with(leaf.shape)
        parts = unstack(reverse_sequence(stack(list(leaves)), lengths, 0, 1))
        columns.append(parts)
    turned = zip(*columns, strict=True)
    return [nest.pack_as(s, list(leaves)) for s, leaves in zip(sequence, turned, strict=True)]
