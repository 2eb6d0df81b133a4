"""The `tf.contrib.rnn` namespace."""


# fmt: off

from flowgraph.rnn.basic_cells import BasicRNNCell, GRUCell
from flowgraph.rnn.cell import LayerRNNCell, RNNCell
from flowgraph.rnn.lstm import BasicLSTMCell, LSTMCell, LSTMStateTuple
from flowgraph.rnn.stacked import MultiRNNCell
from flowgraph.rnn.static import static_bidirectional_rnn, static_rnn, static_state_saving_rnn
from flowgraph.rnn.wrappers import DeviceWrapper, DropoutWrapper, ResidualWrapper

__all__ = [
    "BasicLSTMCell", "BasicRNNCell", "DeviceWrapper", "DropoutWrapper", "GRUCell", "LSTMCell",
    "LSTMStateTuple", "LayerRNNCell", "MultiRNNCell", "RNNCell", "ResidualWrapper",
    "static_bidirectional_rnn", "static_rnn", "static_state_saving_rnn",
]
