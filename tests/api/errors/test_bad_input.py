"""Calls with wrong dtypes, shapes, ranks, axes, names and values, one a line of bad_input.tsv.

Each is refused where it is made or, if only the values are wrong, where it is run: never by an
error of Python's or NumPy's own from inside.
"""

from pathlib import Path

import pytest

import flowgraph as tf

TABLE = Path(__file__).with_name("bad_input.tsv")
LINES = TABLE.read_text(encoding="utf-8").splitlines()[1:]
ROWS = [line.split("\t") for line in LINES]


@pytest.mark.parametrize(("call", "kind", "text"), ROWS, ids=[row[0] for row in ROWS])
def test_bad_input_is_refused(call, kind, text):
    with pytest.raises(Exception) as info:
        made = eval(call, {"tf": tf})
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            sess.run(made)
    assert type(info.value).__name__ == kind
    assert str(info.value).startswith(text)


def test_no_error_comes_from_inside():
    inside = {"AssertionError", "AxisError", "IndexError", "LinAlgError"}
    inside |= {"OverflowError", "UnboundLocalError", "ZeroDivisionError"}
    assert [row for row in ROWS if row[1] in inside] == []


@pytest.mark.parametrize(
    "build",
    [
        lambda x: tf.reduce_sum(x, 0),
        lambda x: tf.matmul(x, tf.ones([3, 2])),
        lambda x: tf.nn.softmax(x),
        lambda x: tf.concat([x, x], 0),
        lambda x: tf.transpose(x),
        lambda x: tf.gather(x, tf.zeros([0], tf.int32)),
        lambda x: tf.reduce_mean(x * x),
        lambda x: tf.nn.l2_loss(x),
        lambda x: tf.cumsum(x, 0),
        lambda x: tf.reshape(x, [-1, 3]),
        lambda x: tf.gradients(tf.reduce_sum(tf.tanh(x)), x)[0],
    ],
)
def test_empty_tensors_run(build):
    y = build(tf.zeros([0, 3]))
    value = tf.Session().run(y)
    assert y.shape.is_compatible_with(value.shape)


@pytest.mark.parametrize(
    "build",
    [
        lambda x: tf.reduce_max(x, 0),
        lambda x: tf.reduce_min(x),
        lambda x: tf.reduce_prod(x, 0),
        lambda x: tf.nn.log_softmax(x),
    ],
)
def test_empty_reductions_give_the_identity(build):
    assert tf.Session().run(build(tf.zeros([0, 3]))) is not None
