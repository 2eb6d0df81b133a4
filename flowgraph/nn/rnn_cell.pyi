from flowgraph.rnn.basic_cells import BasicRNNCell, GRUCell
from flowgraph.rnn.cell import RNNCell
from flowgraph.rnn.lstm import BasicLSTMCell, LSTMCell, LSTMStateTuple
from flowgraph.rnn.stacked import MultiRNNCell
from flowgraph.rnn.wrappers import DeviceWrapper, DropoutWrapper, ResidualWrapper

__all__ = [
    "BasicLSTMCell", "BasicRNNCell", "DeviceWrapper", "DropoutWrapper", "GRUCell", "LSTMCell",
    "LSTMStateTuple", "MultiRNNCell", "RNNCell", "ResidualWrapper",
]
