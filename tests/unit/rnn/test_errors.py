"""Mistakes are refused with TensorFlow 1.15.5's class of error and first line."""

import json
from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf
from tests.unit.rnn import mistakes
from tests.unit.rnn.outcome import error

FOLDER = Path(__file__).parent
RECORDED = json.loads((FOLDER / "recorded_errors.json").read_text())
cells = tf.nn.rnn_cell


def test_every_mistake_is_recorded():
    assert RECORDED.keys() == mistakes.MISTAKES.keys()
    assert all(RECORDED.values())


@pytest.mark.parametrize("mistake", mistakes.MISTAKES)
def test_errors_are_those_of_tensorflow(mistake):
    assert error(tf, mistakes.MISTAKES[mistake]) == RECORDED[mistake]


def test_a_cell_takes_inputs_of_one_size():
    cell = cells.BasicRNNCell(3)
    state = cell.zero_state(2, tf.float32)
    cell(tf.ones([2, 5]), state)
    with pytest.raises(ValueError, match="Dimensions must be equal, but are 7 and 8"):
        cell(tf.ones([2, 4]), state)


def test_stacked_cells_take_a_state_for_each():
    with pytest.raises(ValueError, match="Expected state to be a tuple of length 1, but received"):
        cells.MultiRNNCell([cells.GRUCell(3)])(tf.ones([2, 5]), tf.zeros([2, 3]))


def test_there_is_a_length_for_each_sequence():
    lengths = tf.placeholder(tf.int32, [None])
    outputs, _ = tf.nn.dynamic_rnn(
        cells.GRUCell(3), tf.ones([2, 4, 5]), sequence_length=lengths, dtype=tf.float32
    )
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        message = r"assertion failed: \[Expected shape for Tensor rnn/sequence_length:0 is \] \[2\]"
        with pytest.raises(tf.errors.InvalidArgumentError, match=message):
            session.run(outputs, {lengths: np.array([1, 2, 3])})


@pytest.mark.parametrize("argument", ["num_unit_shards", "num_proj_shards"])
def test_variables_in_shards_are_refused(argument):
    with pytest.raises(NotImplementedError, match=argument):
        cells.LSTMCell(3, **{argument: 2})


def test_a_filter_of_states_gives_bools():
    cell = cells.DropoutWrapper(
        cells.GRUCell(3), state_keep_prob=0.5, dropout_state_filter_visitor=lambda state: 1
    )
    with pytest.raises(TypeError, match="traverse_fn returned a non-bool scalar: 1 for input: "):
        cell(tf.ones([2, 5]), cell.zero_state(2, tf.float32))
