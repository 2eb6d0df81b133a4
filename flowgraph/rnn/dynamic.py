"""Recurrent networks as a loop in the graph: as many steps as the input has when it runs."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.graph.scope import control_dependencies, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import nest
from flowgraph.ops.assertions import assert_that
from flowgraph.ops.comparison import equal
from flowgraph.ops.constant import constant
from flowgraph.ops.core import cast, convert_to_tensor, identity
from flowgraph.ops.core import shape as shape_of
from flowgraph.ops.filling import zeros
from flowgraph.ops.looping import while_loop
from flowgraph.ops.magnitude import maximum, minimum
from flowgraph.ops.packing import stack
from flowgraph.ops.rearranging import reverse, reverse_sequence
from flowgraph.ops.reduction import reduce_all, reduce_max, reduce_min
from flowgraph.ops.tensor_array import TensorArray
from flowgraph.rnn.cell import assert_like_rnncell
from flowgraph.rnn.sizes import batched_shape, element_shape, static_batched_shape
from flowgraph.rnn.step import Lengths, initial_state_of, place_reads, state_dtype
from flowgraph.rnn.time_axis import best_effort_input_batch_size, transpose_batch_time
from flowgraph.shapes import TensorShape
from flowgraph.variables.variable_scope import variable_scope


def dynamic_rnn(
    cell: Any,
    inputs: Any,
    sequence_length: Any = None,
    initial_state: Any = None,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    swap_memory: bool = False,
    time_major: bool = False,
    scope: Any = None,
) -> tuple[Any, Any]:
    """Apply a cell to each step of a batch of sequences, with the state handed on.

    Parameters
    ----------
    cell : RNNCell
    inputs : Tensor or nested structure of Tensor
        ``(batch, time, size)``.
    sequence_length : list of int or Tensor, optional
        ``(batch,)``. After so many steps a row's output is zero and its state stays.
    initial_state : Tensor or nested structure of Tensor, optional
        By default zeros of `dtype`.
    dtype : DType, optional
    parallel_iterations : int, optional
        A hint: steps run one after the other here.
    swap_memory : bool
        A hint, for memory of devices.
    time_major : bool
        Inputs and outputs are ``(time, batch, size)``, which spares transpositions.
    scope : str or VariableScope, optional
        ``"rnn"`` by default.

    Returns
    -------
    outputs : Tensor or nested structure of Tensor
        ``(batch, time, output size)``.
    state : Tensor or nested structure of Tensor
        The last one.

    Raises
    ------
    TypeError
        If `cell` is no cell.
    ValueError
        If the size of the inputs is not known, there is neither an initial state nor a
        dtype, or `sequence_length` is no vector.
    InvalidArgumentError
        When run: if there are not as many lengths as sequences.

    Notes
    -----
    Draws inside the loop, such as dropout's, are made in the order of the steps. TensorFlow
    draws them in this order only with ``parallel_iterations=1``.

    Examples
    --------
    >>> cell = tf.nn.rnn_cell.BasicRNNCell(5)
    >>> x = tf.placeholder(tf.float32, [None, None, 4])
    >>> outputs, state = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
    >>> outputs.shape.as_list(), state.shape.as_list()
    ([None, None, 5], [None, 5])
    """
    assert_like_rnncell("cell", cell)
    with variable_scope(scope or "rnn") as opened:
        place_reads(opened)
        leaves = nest.flatten(inputs)
        if not time_major:
            leaves = [transpose_batch_time(convert_to_tensor(leaf)) for leaf in leaves]
        if sequence_length is not None:
            sequence_length = _vector_of_lengths(sequence_length)
        batch_size = best_effort_input_batch_size(leaves)
        if initial_state is not None:
            state = initial_state
        elif dtype is None:
            raise ValueError("If there is no initial_state, you must give a dtype.")
        else:
            state = initial_state_of(cell, batch_size, dtype)
        if sequence_length is not None:
            sequence_length = _checked(sequence_length, batch_size)
        loop = _Loop(cell, nest.pack_as(inputs, leaves), state, sequence_length, dtype)
        outputs, state = loop.build(parallel_iterations or 32, swap_memory)
        if not time_major:
            outputs = nest.map_structure(transpose_batch_time, outputs)
    return outputs, state


def _vector_of_lengths(given: Any) -> Tensor:
    lengths = cast(given, dtypes.int32)
    if lengths.shape.rank not in (None, 1):
        raise ValueError(
            f"sequence_length must be a vector of length batch_size, but saw shape: {lengths.shape}"
        )
    return identity(lengths, name="sequence_length")


def _checked(lengths: Tensor, batch_size: Any) -> Tensor:
    """Return the lengths, once it is checked that there is one for each sequence."""
    found, wanted = shape_of(lengths), stack([batch_size])
    check = assert_that(
        reduce_all(equal(found, wanted)),
        [f"Expected shape for Tensor {lengths.name} is ", wanted, " but saw shape: ", found],
    )
    with control_dependencies([check]):
        return identity(lengths, name="CheckSeqLen")


class _Loop:
    """The loop over time of inputs with the time in front."""

    def __init__(self, cell: Any, inputs: Any, state: Any, lengths: Tensor | None, dtype: Any):
        self._cell = cell
        self._inputs = inputs
        self._state = state
        leaves = nest.flatten(inputs)
        self._time_steps = shape_of(leaves[0])[0]
        batch_size = best_effort_input_batch_size(leaves)
        self._shapes = [leaf.shape.with_rank_at_least(3) for leaf in leaves]
        self._check_alike()
        self._dtype = state_dtype(dtype, state)
        zero = nest.map_structure(
            lambda size: zeros(batched_shape(batch_size, size), self._dtype), cell.output_size
        )
        self._longest, self._lengths = self._time_steps, None
        if lengths is not None:
            shortest, self._longest = reduce_min(lengths), reduce_max(lengths)
            self._lengths = Lengths(lengths, shortest, self._longest, zero)

    def _check_alike(self) -> None:
        steps, rows = self._shapes[0].as_list()[:2]
        for shape in self._shapes:
            if not shape[2:].is_fully_defined():
                raise ValueError(
                    "Input size (depth of inputs) must be accessible via shape inference, but "
                    "saw value None."
                )
            if shape[0].value != steps:
                raise ValueError(
                    "Time steps is not the same for all the elements in the input in a batch."
                )
            if shape[1].value != rows:
                raise ValueError("Batch_size is not the same for all the elements in the input.")

    def build(self, parallel_iterations: int, swap_memory: bool) -> tuple[Any, Any]:
        """Add the loop and return the outputs, with the time in front, and the last state."""
        time = constant(0, dtype=dtypes.int32, name="time")
        with name_scope("dynamic_rnn") as scope:
            pass
        sizes, leaves = nest.flatten(self._cell.output_size), nest.flatten(self._inputs)
        steps, rows = self._shapes[0].as_list()[:2]
        outputs = tuple(
            self._array(f"{scope}output_{i}", self._dtype, element_shape(rows, size))
            for i, size in enumerate(sizes)
        )
        arrays = [
            self._array(f"{scope}input_{i}", leaf.dtype, leaf.shape[1:])
            for i, leaf in enumerate(leaves)
        ]
        arrays = [array.unstack(leaf) for array, leaf in zip(arrays, leaves, strict=True)]
        end = minimum(self._time_steps, maximum(1, self._longest))

        def turn(time: Tensor, outputs: Any, state: Any) -> tuple[Any, Any, Any]:
            output, following = self._step(time, arrays, state)
            pairs = zip(outputs, nest.flatten(output), strict=True)
            return time + 1, tuple(array.write(time, leaf) for array, leaf in pairs), following

        _, outputs, state = while_loop(
            lambda time, *_: time < end,
            turn,
            (time, outputs, self._state),
            parallel_iterations=parallel_iterations,
            maximum_iterations=self._time_steps,
            swap_memory=swap_memory,
        )
        stacked = [array.stack() for array in outputs]
        for tensor, size in zip(stacked, sizes, strict=True):
            tensor.set_shape(static_batched_shape(TensorShape.of((steps, rows)), size))
        return nest.pack_as(self._cell.output_size, stacked), state

    def _array(self, name: str, dtype: Any, shape: TensorShape) -> TensorArray:
        return TensorArray(
            dtype, size=self._time_steps, element_shape=shape, tensor_array_name=name
        )

    def _step(self, time: Tensor, arrays: list[TensorArray], state: Any) -> tuple[Any, Any]:
        given = [array.read(time) for array in arrays]
        for tensor, shape in zip(given, self._shapes, strict=True):
            tensor.set_shape(shape[1:])

        def call_cell() -> tuple[Any, Any]:
            return self._cell(nest.pack_as(self._inputs, given), state)  # type: ignore[no-any-return]

        if self._lengths is None:
            return call_cell()
        return self._lengths.step(time, state, call_cell, skips=False)


def bidirectional_dynamic_rnn(
    cell_fw: Any,
    cell_bw: Any,
    inputs: Any,
    sequence_length: Any = None,
    initial_state_fw: Any = None,
    initial_state_bw: Any = None,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    swap_memory: bool = False,
    time_major: bool = False,
    scope: Any = None,
) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Apply one cell to sequences from the beginning on, and another from the end on.

    Parameters
    ----------
    cell_fw, cell_bw : RNNCell
    inputs : Tensor or nested structure of Tensor
        ``(batch, time, size)``.
    sequence_length : list of int or Tensor, optional
        ``(batch,)``. The backward cell begins at the end of each sequence.
    initial_state_fw, initial_state_bw : Tensor or nested structure of Tensor, optional
        By default zeros of `dtype`.
    dtype : DType, optional
    parallel_iterations, swap_memory, time_major : optional
        As for `dynamic_rnn`.
    scope : str or VariableScope, optional
        ``"bidirectional_rnn"`` by default.

    Returns
    -------
    outputs : tuple of two
        Those of the forward and of the backward cell, ``(batch, time, output size)``; both in
        the order of the inputs.
    states : tuple of two
        The last state of each.

    Raises
    ------
    TypeError
        If a cell is no cell.
    ValueError
        As for `dynamic_rnn`.

    Examples
    --------
    >>> cells = [tf.nn.rnn_cell.GRUCell(5) for _ in range(2)]
    >>> outputs, states = tf.nn.bidirectional_dynamic_rnn(
    ...     *cells, tf.ones([2, 3, 4]), dtype=tf.float32)
    >>> tf.concat(outputs, 2).shape.as_list()
    [2, 3, 10]
    """
    assert_like_rnncell("cell_fw", cell_fw)
    assert_like_rnncell("cell_bw", cell_bw)
    time_axis, batch_axis = (0, 1) if time_major else (1, 0)

    def turned(x: Any) -> Tensor:
        if sequence_length is None:
            return reverse(x, axis=[time_axis])
        return reverse_sequence(x, sequence_length, time_axis, batch_axis)

    def run(cell: Any, given: Any, initial: Any, opened: Any) -> tuple[Any, Any]:
        return dynamic_rnn(
            cell, given, sequence_length, initial, dtype, parallel_iterations, swap_memory,
            time_major, opened,
        )  # fmt: skip

    with variable_scope(scope or "bidirectional_rnn"):
        with variable_scope("fw") as opened:
            forward, state_fw = run(cell_fw, inputs, initial_state_fw, opened)
        with variable_scope("bw") as opened:
            backward, state_bw = run(
                cell_bw, nest.map_structure(turned, inputs), initial_state_bw, opened
            )
    return (forward, nest.map_structure(turned, backward)), (state_fw, state_bw)
