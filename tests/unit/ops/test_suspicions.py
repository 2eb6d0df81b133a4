"""Warnings of losses that run but are seldom meant."""

import re
import warnings

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.cautions import BroadcastWarning, CautionWarning, SoftmaxTwiceWarning
from tests.passes.golden import golden


def without_places(text):
    return re.sub(r"(?m)^  File .*\n(    .*\n)?", "", text).strip()


def regression(rows=None):
    x = tf.placeholder(tf.float32, [rows, 4], name="x")
    y = tf.placeholder(tf.float32, [rows], name="y")
    return tf.matmul(x, tf.ones([4, 1]), name="predicted"), y


LOSSES = {
    "square": lambda p, y: tf.reduce_mean(tf.square(y - p)),
    "squared difference": lambda p, y: tf.reduce_sum(tf.squared_difference(p, y)),
    "power": lambda p, y: tf.reduce_mean((p - y) ** 2),
    "absolute": lambda p, y: tf.reduce_mean(tf.abs(p - y)),
    "l2_loss": lambda p, y: tf.nn.l2_loss(p - y),
    "cross entropy": lambda p, y: -tf.reduce_sum(y * tf.log(p)),
    "accuracy": lambda p, y: tf.reduce_mean(tf.cast(tf.equal(p, y), tf.float32)),
}


@pytest.mark.parametrize("rows", [None, 5])
@pytest.mark.parametrize("loss", LOSSES)
def test_a_column_and_a_vector_in_a_loss(loss, rows):
    with pytest.warns(BroadcastWarning, match="every element with every other") as caught:
        LOSSES[loss](*regression(rows))
    assert caught[0].filename == __file__


def test_what_is_said_of_a_column_and_a_vector():
    predicted, y = regression()
    with pytest.warns(BroadcastWarning) as caught:
        tf.reduce_mean(tf.square(tf.subtract(predicted, y, name="error")))
    assert without_places(str(caught[0].message)) == golden("""
        Sub 'error' of shapes [?,1] and [?] gives [?,?], every element with every other, all of which is added up
          predicted:0 was made at
          y:0 was made at
          hint: tf.squeeze(column, 1) makes a vector of the column, tf.expand_dims(vector, 1) a column of the vector
    """)  # noqa: E501


def test_no_false_alarm_of_shapes():
    predicted, y = regression()
    column, x = tf.expand_dims(y, 1), tf.placeholder(tf.float32, [None, 4])
    tf.reduce_mean(tf.square(predicted - column))
    tf.reduce_mean(tf.square(tf.squeeze(predicted, 1) - y))
    tf.reduce_sum(tf.exp(-tf.square(column - y)))  # distances of all pairs
    tf.reduce_sum(tf.square(column - y))
    tf.reduce_sum(tf.square(y[:, tf.newaxis] - y))
    tf.reduce_sum(tf.square(predicted - y), 1)  # an axis is named: it is known to be there
    tf.reduce_mean(tf.square(x - tf.ones([4])))  # a row for all rows
    tf.reduce_mean(tf.square(predicted - tf.ones([1])))
    tf.reduce_sum(predicted * y)
    w = tf.placeholder(tf.float32, [3, 1])
    tf.reduce_sum(tf.square(w - tf.ones([7])))  # not of one length: it is meant


TWICE = {
    "softmax": lambda p: tf.nn.softmax(p),
    "log_softmax": lambda p: tf.nn.log_softmax(p),
    "softmax_cross_entropy_with_logits": lambda p: tf.nn.softmax_cross_entropy_with_logits(
        labels=[[1.0, 0.0]], logits=p
    ),
    "sparse_softmax_cross_entropy_with_logits": (
        lambda p: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[0], logits=p)
    ),
    "tf.losses": lambda p: tf.losses.sparse_softmax_cross_entropy([0], p),
}


@pytest.mark.parametrize("function", TWICE)
def test_softmax_twice(function):
    p = tf.nn.softmax(tf.placeholder(tf.float32, [1, 2], name="logits"), name="p")
    with pytest.warns(SoftmaxTwiceWarning, match="applies softmax itself") as caught:
        TWICE[function](tf.reshape(p, [1, 2]))
    assert len(caught) == 1


def test_sigmoid_twice():
    p = tf.sigmoid(tf.placeholder(tf.float32, [2], name="logits"), name="p")
    with pytest.warns(SoftmaxTwiceWarning) as caught:
        tf.nn.sigmoid_cross_entropy_with_logits(labels=[0.0, 1.0], logits=p)
    assert without_places(str(caught[0].message)) == golden("""
        sigmoid_cross_entropy_with_logits applies sigmoid itself, and is given the sigmoid 'p', made at
          hint: give it logits:0, the logits; sigmoid of a sigmoid is nearly flat, and so are its gradients
    """)  # noqa: E501


def test_probabilities_as_labels_are_no_mistake():
    logits = tf.placeholder(tf.float32, [1, 2])
    p = tf.nn.softmax(logits)
    tf.nn.softmax_cross_entropy_with_logits_v2(labels=p, logits=logits)
    tf.nn.softmax(tf.sigmoid(logits))
    tf.nn.softmax(p * 2.0)


def test_a_caution_is_given_once_for_a_line_and_can_be_silenced():
    def twice():
        tf.nn.softmax(tf.nn.softmax([[1.0, 2.0]], name="p"))
        tf.reset_default_graph()

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(3):
            twice()
    assert [w.category for w in caught] == [SoftmaxTwiceWarning]
    for kind in (SoftmaxTwiceWarning, CautionWarning):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", kind)
            twice()


def test_a_caution_costs_no_operation():
    predicted, y = regression(3)
    before = len(tf.get_default_graph().get_operations())
    with pytest.warns(BroadcastWarning):
        loss = tf.reduce_mean(tf.square(predicted - y))
    made = tf.get_default_graph().get_operations()[before:]
    assert [o.type for o in made] == ["Sub", "Square", "Const", "Mean"]
    fed = dict.fromkeys([made[0].inputs[1]], np.zeros(3))
    fed[tf.get_default_graph().get_tensor_by_name("x:0")] = np.zeros([3, 4])
    assert tf.Session().run(loss, fed) == 0
