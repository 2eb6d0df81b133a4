"""``AttentionWrapper``: a cell that looks at a memory at each step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import control_dependencies, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.layers.core import Dense
from flowgraph.ops import nest
from flowgraph.ops.array import expand_dims, squeeze
from flowgraph.ops.assertions import assert_equal
from flowgraph.ops.core import convert_to_tensor, identity
from flowgraph.ops.core import shape as shape_of
from flowgraph.ops.filling import zeros
from flowgraph.ops.joining import concat
from flowgraph.ops.linalg import matmul
from flowgraph.ops.masking import one_hot
from flowgraph.ops.ranking import argmax
from flowgraph.ops.tensor_array import TensorArray
from flowgraph.rnn.cell import RNNCell, assert_like_rnncell
from flowgraph.rnn.sizes import zero_states
from flowgraph.seq2seq.attention import AttentionMechanism
from flowgraph.seq2seq.attention_state import AttentionWrapperState
from flowgraph.shapes import TensorShape


def hardmax(logits: Any, name: str | None = None) -> Tensor:
    """Return 1 at the greatest of each row, and 0 elsewhere.

    Parameters
    ----------
    logits : Tensor
        ``(..., classes)``.
    name : str, optional

    Returns
    -------
    Tensor
        Of the shape and dtype of `logits`.

    Examples
    --------
    >>> tf.Session().run(tf.contrib.seq2seq.hardmax([[0.1, 0.7, 0.2]]))
    array([[0., 1., 0.]], dtype=float32)
    """
    with name_scope(name, "Hardmax", [logits]):
        logits = convert_to_tensor(logits, name="logits")
        depth = logits.shape[-1].value
        if depth is None:
            depth = shape_of(logits)[-1]
        return one_hot(argmax(logits, -1), depth, dtype=logits.dtype)


def _attend(
    mechanism: Any, cell_output: Tensor, state: Any, layer: Any
) -> tuple[Tensor, Tensor, Any]:
    """Return what an output sees of the memory, the alignments and the mechanism's next state."""
    alignments, following = mechanism(cell_output, state=state)
    context = squeeze(matmul(expand_dims(alignments, 1), mechanism.values), [1])
    if layer is not None:
        context = layer(concat([cell_output, context], 1))
    return context, alignments, following


class AttentionWrapper(RNNCell):
    """A cell that looks at a memory: it reads what it saw last, and sees anew with its output.

    Parameters
    ----------
    cell : RNNCell
    attention_mechanism : AttentionMechanism, or list or tuple of them
    attention_layer_size : int, or list or tuple of them, optional
        Make the attention a linear function of output and context, of this size; without it,
        attention is the context alone.
    alignment_history : bool
        Keep the alignments of all steps.
    cell_input_fn : callable, optional
        Makes the cell's input of the input and the attention; by default both side by side.
    output_attention : bool
        The output is the attention; with False the cell's.
    initial_cell_state : Tensor or nested structure of Tensor, optional
        What `zero_state` begins with, in place of the cell's zeros.
    name : str, optional
    attention_layer : Layer, or list or tuple of them, optional
        Layers in the place of those that `attention_layer_size` makes.
    attention_fn : callable, optional
        Takes mechanism, output, state and layer; returns attention, alignments and the
        mechanism's next state.
    dtype : DType, optional

    Raises
    ------
    TypeError
        If `cell` is no cell, or a mechanism none.
    ValueError
        If sizes or layers do not fit the mechanisms, or a batch size does not fit the memory.
    InvalidArgumentError
        When run: if a batch size does not fit the memory.

    Examples
    --------
    >>> attention = tf.contrib.seq2seq.LuongAttention(3, tf.ones([2, 5, 4]))
    >>> cell = tf.contrib.seq2seq.AttentionWrapper(
    ...     tf.nn.rnn_cell.GRUCell(3), attention, attention_layer_size=6)
    >>> output, state = cell(tf.ones([2, 7]), cell.zero_state(2, tf.float32))
    >>> output.shape.as_list(), state.alignments.shape.as_list()
    ([2, 6], [2, 5])
    """

    def __init__(
        self,
        cell: Any,
        attention_mechanism: Any,
        attention_layer_size: Any = None,
        alignment_history: bool = False,
        cell_input_fn: Callable[[Any, Any], Any] | None = None,
        output_attention: bool = True,
        initial_cell_state: Any = None,
        name: str | None = None,
        attention_layer: Any = None,
        attention_fn: Callable[..., Any] | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        assert_like_rnncell("cell", cell)
        self._is_multi = isinstance(attention_mechanism, list | tuple)
        self._mechanisms = _checked_mechanisms(attention_mechanism)
        if cell_input_fn is not None and not callable(cell_input_fn):
            raise TypeError(f"cell_input_fn must be callable, saw type: {_type(cell_input_fn)}")
        self._cell_input_fn = cell_input_fn or (
            lambda inputs, attention: concat([inputs, attention], -1)
        )
        self._cell = cell
        self._layers, self._attention_size = self._layers_and_size(
            attention_layer_size, attention_layer
        )
        self._attention_fn = attention_fn or _attend
        self._output_attention = output_attention
        self._keeps_history = alignment_history
        self._initial_cell_state = None
        with name_scope(name, "AttentionWrapperInit"):
            if initial_cell_state is not None:
                last = nest.flatten(initial_cell_state)[-1]
                checks = self._batch_size_checks(
                    _batch_size(last),
                    f"When constructing AttentionWrapper {self._base_name}: Non-matching batch "
                    "sizes between the memory (encoder output) and initial_cell_state.  Are you "
                    "using the BeamSearchDecoder?  You may need to tile your initial state via "
                    "the tf.contrib.seq2seq.tile_batch function with argument "
                    "multiple=beam_width.",
                )
                with control_dependencies(checks):
                    self._initial_cell_state = nest.map_structure(
                        lambda part: identity(part, name="check_initial_cell_state"),
                        initial_cell_state,
                    )

    def _layers_and_size(self, size: Any, layer: Any) -> tuple[Sequence[Any], int]:
        """Return the layer of each mechanism, and the size of the attention."""
        mechanisms = self._mechanisms
        if size is not None and layer is not None:
            raise ValueError("Only one of attention_layer_size and attention_layer should be set")
        if size is not None:
            sizes = _tuple(size)
            _check_count("attention_layer_size", "integer", sizes, mechanisms)
            dense = [
                Dense(each, name="attention_layer", use_bias=False, dtype=mechanism.dtype)
                for each, mechanism in zip(sizes, mechanisms, strict=True)
            ]
            return dense, sum(sizes)
        depths = [mechanism.values.shape[-1].value for mechanism in mechanisms]
        if layer is None:
            return [None] * len(mechanisms), sum(depths)
        layers = _tuple(layer)
        _check_count("attention_layer", "layer", layers, mechanisms)
        given = self._cell.output_size
        shapes = [
            each.compute_output_shape(TensorShape.of((None, given + depth)))
            for each, depth in zip(layers, depths, strict=True)
        ]
        return layers, sum(int(shape[-1]) for shape in shapes)

    def _batch_size_checks(self, batch_size: Any, message: str) -> list[Operation]:
        return [
            assert_equal(batch_size, mechanism.batch_size, message=message)
            for mechanism in self._mechanisms
        ]

    def _item_or_tuple(self, items: Any) -> Any:
        items = tuple(items)
        return items if self._is_multi else items[0]

    @property
    def output_size(self) -> Any:
        return self._attention_size if self._output_attention else self._cell.output_size

    @property
    def state_size(self) -> AttentionWrapperState:
        sizes = [mechanism.alignments_size for mechanism in self._mechanisms]
        return AttentionWrapperState(
            cell_state=self._cell.state_size,
            time=TensorShape([]),
            attention=self._attention_size,
            alignments=self._item_or_tuple(sizes),
            attention_state=self._item_or_tuple(each.state_size for each in self._mechanisms),
            alignment_history=self._item_or_tuple(
                size if self._keeps_history else () for size in sizes
            ),
        )

    def zero_state(self, batch_size: Any, dtype: Any) -> AttentionWrapperState:
        """Return the state before the first step.

        Parameters
        ----------
        batch_size : int or Tensor
            Must be that of the memory.
        dtype : DType
        """
        with name_scope(f"{type(self).__name__}ZeroState", values=[batch_size]):
            cell_state = self._initial_cell_state
            if cell_state is None:
                cell_state = self._cell.get_initial_state(batch_size=batch_size, dtype=dtype)
            checks = self._batch_size_checks(
                batch_size,
                f"When calling zero_state of AttentionWrapper {self._base_name}: Non-matching "
                "batch sizes between the memory (encoder output) and the requested batch size.  "
                "Are you using the BeamSearchDecoder?  If so, make sure your encoder output has "
                "been tiled to beam_width via tf.contrib.seq2seq.tile_batch, and the batch_size= "
                "argument passed to zero_state is batch_size * beam_width.",
            )
            with control_dependencies(checks):
                cell_state = nest.map_structure(
                    lambda part: identity(part, name="checked_cell_state"), cell_state
                )
            alignments = [m.initial_alignments(batch_size, dtype) for m in self._mechanisms]
            return AttentionWrapperState(
                cell_state=cell_state,
                time=zeros([], dtype=dtypes.int32),
                attention=zero_states(self._attention_size, batch_size, dtype),
                alignments=self._item_or_tuple(alignments),
                attention_state=self._item_or_tuple(
                    mechanism.initial_state(batch_size, dtype) for mechanism in self._mechanisms
                ),
                alignment_history=self._item_or_tuple(
                    TensorArray(dtype, size=0, dynamic_size=True, element_shape=each.shape)
                    if self._keeps_history
                    else ()
                    for each in alignments
                ),
            )

    def call(  # type: ignore[override]
        self, inputs: Any, state: Any
    ) -> tuple[Tensor, AttentionWrapperState]:
        if not isinstance(state, AttentionWrapperState):
            raise TypeError(
                "Expected state to be instance of AttentionWrapperState. Received type "
                f"{type(state)} instead."
            )
        cell_inputs = self._cell_input_fn(inputs, state.attention)
        output, cell_state = self._cell(cell_inputs, state.cell_state)
        checks = self._batch_size_checks(
            _batch_size(output),
            f"When applying AttentionWrapper {self.name}: Non-matching batch sizes between the "
            "memory (encoder output) and the query (decoder output).  Are you using the "
            "BeamSearchDecoder?  You may need to tile your memory input via the "
            "tf.contrib.seq2seq.tile_batch function with argument multiple=beam_width.",
        )
        with control_dependencies(checks):
            output = identity(output, name="checked_cell_output")
        before, histories = state.attention_state, state.alignment_history
        if not self._is_multi:
            before, histories = [before], [histories]
        seen, alignments, after, kept = [], [], [], []
        for mechanism, layer, own, history in zip(
            self._mechanisms, self._layers, before, histories, strict=True
        ):
            context, alignment, following = self._attention_fn(mechanism, output, own, layer)
            kept.append(history.write(state.time, alignment) if self._keeps_history else ())
            seen.append(context)
            alignments.append(alignment)
            after.append(following)
        attention = concat(seen, 1)
        following = AttentionWrapperState(
            time=state.time + 1,
            cell_state=cell_state,
            attention=attention,
            attention_state=self._item_or_tuple(after),
            alignments=self._item_or_tuple(alignments),
            alignment_history=self._item_or_tuple(kept),
        )
        return attention if self._output_attention else output, following


def _checked_mechanisms(given: Any) -> Sequence[Any]:
    """Return the mechanisms given as one or several."""
    if not isinstance(given, list | tuple):
        if not isinstance(given, AttentionMechanism):
            raise TypeError(
                "attention_mechanism must be an AttentionMechanism or list of multiple "
                f"AttentionMechanism instances, saw type: {_type(given)}"
            )
        return (given,)
    for mechanism in given:
        if not isinstance(mechanism, AttentionMechanism):
            raise TypeError(
                "attention_mechanism must contain only instances of AttentionMechanism, saw "
                f"type: {_type(mechanism)}"
            )
    return given


def _check_count(argument: str, what: str, given: Any, mechanisms: Any) -> None:
    if len(given) != len(mechanisms):
        raise ValueError(
            f"If provided, {argument} must contain exactly one {what} per attention_mechanism, "
            f"saw: {len(given)} vs {len(mechanisms)}"
        )


def _type(value: Any) -> str:
    return type(value).__name__


def _tuple(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _batch_size(tensor: Tensor) -> Any:
    return tensor.shape[0].value or shape_of(tensor)[0]
