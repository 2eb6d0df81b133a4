from flowgraph.rnn.attention_cell import AttentionCellWrapper
from flowgraph.rnn.basic_cells import BasicRNNCell, GRUCell
from flowgraph.rnn.block_cells import GRUBlockCell, GRUBlockCellV2, LSTMBlockCell
from flowgraph.rnn.cell import LayerRNNCell, RNNCell
from flowgraph.rnn.conv_lstm import Conv1DLSTMCell, Conv2DLSTMCell, Conv3DLSTMCell, ConvLSTMCell
from flowgraph.rnn.coupled_lstm import CoupledInputForgetGateLSTMCell
from flowgraph.rnn.frequency_lstm import TimeFreqLSTMCell
from flowgraph.rnn.fused import FusedRNNCell, FusedRNNCellAdaptor, TimeReversedFusedRNN
from flowgraph.rnn.fused_lstm import LSTMBlockFusedCell, LSTMBlockWrapper
from flowgraph.rnn.gated_cells import IntersectionRNNCell, SRUCell, UGRNNCell
from flowgraph.rnn.grid_lstm import BidirectionalGridLSTMCell, GridLSTMCell
from flowgraph.rnn.grouped_lstm import GLSTMCell
from flowgraph.rnn.highway import CompiledWrapper, HighwayWrapper
from flowgraph.rnn.independent_cells import IndRNNCell, IndyGRUCell, IndyLSTMCell
from flowgraph.rnn.layer_norm_lstm import LayerNormBasicLSTMCell
from flowgraph.rnn.lstm import BasicLSTMCell, LSTMCell, LSTMStateTuple
from flowgraph.rnn.nas_cell import NASCell
from flowgraph.rnn.phased_lstm import PhasedLSTMCell
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
    "AttentionCellWrapper", "BasicLSTMCell", "BasicRNNCell", "BidirectionalGridLSTMCell",
    "CompiledWrapper", "Conv1DLSTMCell", "Conv2DLSTMCell", "Conv3DLSTMCell", "ConvLSTMCell",
    "CoupledInputForgetGateLSTMCell", "DeviceWrapper", "DropoutWrapper", "EmbeddingWrapper",
    "FusedRNNCell", "FusedRNNCellAdaptor", "GLSTMCell", "GRUBlockCell", "GRUBlockCellV2",
    "GRUCell", "GridLSTMCell", "HighwayWrapper", "IndRNNCell", "IndyGRUCell", "IndyLSTMCell",
    "InputProjectionWrapper", "IntersectionRNNCell", "LSTMBlockCell", "LSTMBlockFusedCell",
    "LSTMBlockWrapper", "LSTMCell", "LSTMStateTuple", "LayerNormBasicLSTMCell", "LayerRNNCell",
    "MultiRNNCell", "NASCell", "OutputProjectionWrapper", "PhasedLSTMCell", "RNNCell",
    "ResidualWrapper", "SRUCell", "TimeFreqLSTMCell", "TimeReversedFusedRNN", "UGRNNCell",
    "best_effort_input_batch_size", "stack_bidirectional_dynamic_rnn",
    "stack_bidirectional_rnn", "static_bidirectional_rnn", "static_rnn",
    "static_state_saving_rnn", "transpose_batch_time",
]
