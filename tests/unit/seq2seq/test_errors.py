"""Mistakes are refused with TensorFlow 1.15.5's class of error and first line."""

import json
from pathlib import Path

import pytest

import flowgraph as tf
from tests.unit.rnn.outcome import error
from tests.unit.seq2seq import mistakes

RECORDED = json.loads((Path(__file__).parent / "recorded_errors.json").read_text())
s2s = tf.contrib.seq2seq


def test_every_mistake_is_recorded():
    assert RECORDED.keys() == mistakes.MISTAKES.keys()
    assert all(RECORDED.values())


@pytest.mark.parametrize("mistake", mistakes.MISTAKES)
def test_errors_are_those_of_tensorflow(mistake):
    assert error(tf, mistakes.MISTAKES[mistake]) == RECORDED[mistake]


def test_a_cell_with_attention_takes_a_state_of_its_own():
    with pytest.raises(TypeError, match="Expected state to be instance of AttentionWrapperState"):
        mistakes.wrapped(tf)(tf.ones([2, 3]), mistakes.zero(tf))


def test_a_state_is_tiled_to_the_beams():
    with pytest.raises(ValueError, match="Cannot reshape a tensor with 10 elements to shape"):
        mistakes.beam(tf, state=mistakes.zero(tf))
    state = tf.placeholder(tf.float32, [None, 7])
    with pytest.raises(ValueError, match="Unexpected behavior when reshaping between beam width"):
        mistakes.beam(tf, state=state)


def test_what_is_not_there_is_named():
    with pytest.raises(NotImplementedError, match="dynamic_decode with decoder_init_input"):
        s2s.dynamic_decode(mistakes.basic(tf), decoder_init_input=1)


def fails(fetches, feeds, match):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        with pytest.raises(tf.errors.InvalidArgumentError, match=match):
            session.run(fetches, feeds)


def test_batches_must_fit_the_memory_when_it_runs():
    rows = tf.placeholder(tf.int32, [])
    state = mistakes.wrapped(tf).zero_state(rows, tf.float32)
    fails(state.cell_state, {rows: 3}, "When calling zero_state of AttentionWrapper attention_wrap")


def test_a_clone_must_have_the_shape_when_it_runs():
    other = tf.placeholder(tf.float32, [None, 5])
    state = mistakes.wrapped(tf).zero_state(2, tf.float32).clone(cell_state=other)
    assert state.cell_state.shape.as_list() == [2, 5]
    fails(state.cell_state, {other: [[0.0] * 5] * 3}, r"Wrong shape for .* \[expected\] \[actual\]")


def test_lengths_of_the_memory_must_be_positive():
    lengths = tf.placeholder(tf.int32, [None])
    attention = s2s.LuongAttention(5, tf.ones([2, 4, 3]), memory_sequence_length=lengths)
    alignments, _ = attention(tf.ones([2, 5]), None)
    match = "All values in memory_sequence_length must be greater than zero"
    fails(alignments, {lengths: [3, 0]}, match)
