"""``BasicDecoder``: a cell, and a helper that says what it reads next."""

from __future__ import annotations

from typing import Any, NamedTuple

from flowgraph.graph.scope import name_scope
from flowgraph.ops import nest
from flowgraph.rnn.cell import assert_like_rnncell
from flowgraph.seq2seq.decoder import Decoder
from flowgraph.seq2seq.helper import Helper
from flowgraph.seq2seq.projection import check_layer, projected_size


class BasicDecoderOutput(NamedTuple):
    """What a `BasicDecoder` gives: what the cell gave, and the symbols that a helper chose.

    Examples
    --------
    >>> tf.contrib.seq2seq.BasicDecoderOutput(rnn_output=1, sample_id=2)
    BasicDecoderOutput(rnn_output=1, sample_id=2)
    """

    rnn_output: Any
    sample_id: Any


class BasicDecoder(Decoder):
    """A decoder of which each step applies a cell to what a helper gives it.

    Parameters
    ----------
    cell : RNNCell
    helper : Helper
        Chooses a symbol from each output, and the next input.
    initial_state : Tensor or nested structure of Tensor
        The cell's.
    output_layer : Layer, optional
        Applied to each output of the cell, such as a projection to the symbols.

    Raises
    ------
    TypeError
        If `cell` is no cell, `helper` no helper or `output_layer` no layer.

    Examples
    --------
    >>> table, cell = tf.ones([6, 3]), tf.nn.rnn_cell.GRUCell(4)
    >>> helper = tf.contrib.seq2seq.GreedyEmbeddingHelper(table, [1, 1], end_token=0)
    >>> decoder = tf.contrib.seq2seq.BasicDecoder(
    ...     cell, helper, cell.zero_state(2, tf.float32), tf.layers.Dense(6))
    >>> outputs, _, _ = tf.contrib.seq2seq.dynamic_decode(decoder, maximum_iterations=5)
    >>> outputs.rnn_output.shape.as_list(), outputs.sample_id.dtype
    ([2, None, 6], tf.int32)
    """

    def __init__(
        self, cell: Any, helper: Any, initial_state: Any, output_layer: Any = None
    ) -> None:
        assert_like_rnncell("cell", cell)
        if not isinstance(helper, Helper):
            raise TypeError(f"helper must be a Helper, received: {type(helper)}")
        check_layer(output_layer)
        self._cell = cell
        self._helper = helper
        self._initial_state = initial_state
        self._output_layer = output_layer

    @property
    def batch_size(self) -> Any:
        return self._helper.batch_size

    @property
    def output_size(self) -> BasicDecoderOutput:
        size = projected_size(self._cell, self._output_layer)
        return BasicDecoderOutput(size, self._helper.sample_ids_shape)

    @property
    def output_dtype(self) -> BasicDecoderOutput:
        dtype = nest.flatten(self._initial_state)[0].dtype
        structure = projected_size(self._cell, self._output_layer)
        outputs = nest.map_structure(lambda _: dtype, structure)
        return BasicDecoderOutput(outputs, self._helper.sample_ids_dtype)

    def initialize(self, name: str | None = None) -> tuple[Any, Any, Any]:
        finished, inputs = self._helper.initialize()
        return finished, inputs, self._initial_state

    def step(
        self, time: Any, inputs: Any, state: Any, name: str | None = None
    ) -> tuple[BasicDecoderOutput, Any, Any, Any]:
        with name_scope(name, "BasicDecoderStep", nest.flatten((time, inputs, state))):
            outputs, state = self._cell(inputs, state)
            if self._output_layer is not None:
                outputs = self._output_layer(outputs)
            symbols = self._helper.sample(time=time, outputs=outputs, state=state)
            finished, next_inputs, state = self._helper.next_inputs(
                time=time, outputs=outputs, state=state, sample_ids=symbols
            )
        return BasicDecoderOutput(outputs, symbols), state, next_inputs, finished
