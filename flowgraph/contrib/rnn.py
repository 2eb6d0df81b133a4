"""The `tf.contrib.rnn` namespace."""

# ruff: noqa: I001 - packed: the names are a table to be read at a glance
# fmt: off

from flowgraph.rnn.basic_cells import BasicRNNCell, GRUCell
from flowgraph.rnn.block_cells import GRUBlockCell, GRUBlockCellV2, LSTMBlockCell
from flowgraph.rnn.cell import LayerRNNCell, RNNCell
from flowgraph.rnn.layer_norm_lstm import LayerNormBasicLSTMCell
from flowgraph.rnn.lstm import BasicLSTMCell, LSTMCell, LSTMStateTuple
from flowgraph.rnn.projections import (
    EmbeddingWrapper, InputProjectionWrapper, OutputProjectionWrapper,
)
from flowgraph.rnn.stacked import MultiRNNCell
from flowgraph.rnn.stacked_bidirectional import (
    stack_bidirectional_dynamic_rnn, stack_bidirectional_rnn,
)
from flowgraph.rnn.static import static_bidirectional_rnn, static_rnn, static_state_saving_rnn
from flowgraph.rnn.time_axis import best_effort_input_batch_size, transpose_batch_time
from flowgraph.rnn.wrappers import DeviceWrapper, DropoutWrapper, ResidualWrapper

__all__ = [
    "BasicLSTMCell", "BasicRNNCell", "DeviceWrapper", "DropoutWrapper", "EmbeddingWrapper",
    "GRUBlockCell", "GRUBlockCellV2", "GRUCell", "InputProjectionWrapper", "LSTMBlockCell",
    "LSTMCell", "LSTMStateTuple", "LayerNormBasicLSTMCell", "LayerRNNCell", "MultiRNNCell",
    "OutputProjectionWrapper", "RNNCell", "ResidualWrapper", "best_effort_input_batch_size",
    "stack_bidirectional_dynamic_rnn", "stack_bidirectional_rnn", "static_bidirectional_rnn",
    "static_rnn", "static_state_saving_rnn", "transpose_batch_time",
]
