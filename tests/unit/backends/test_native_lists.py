"""Loops in C over the elements of a `TensorArray`, against the same loops step by step."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.backends.native import compiler
from tests.unit.backends.test_native_loops import assert_same, compiled, config, draw

try:
    compiler.compiler()
except compiler.CompilerError:
    pytest.skip("there is no C compiler", allow_module_level=True)

__all__ = ["compiled"]


def test_functions_over_rows(compiled):
    x = tf.placeholder(tf.float32, [None, 3])
    mapped = tf.map_fn(lambda row: tf.sin(row) * tf.reduce_sum(row), x)
    scanned = tf.scan(lambda total, row: total * 0.5 + row, x)
    folded = tf.foldl(lambda total, row: tf.maximum(total, row), x)
    backwards = tf.foldr(lambda total, row: total - row * 2.0, x)
    slopes = tf.gradients([mapped, scanned, folded, backwards], x)
    assert_same([mapped, scanned, folded, backwards, *slopes], {x: draw(6, 3)}, rtol=1e-4)
    assert compiled["loops"] >= 2 * 6
    with tf.Session(config=config(tf.OptimizerOptions.ON_1)) as session:
        assert session.run(mapped, {x: np.zeros([0, 3])}).shape == (0, 3)


def test_a_recurrent_network_and_its_gradients(compiled):
    x = tf.placeholder(tf.float32, [4, 7, 3])
    tf.set_random_seed(1)
    for cell in (tf.nn.rnn_cell.LSTMCell(5), tf.nn.rnn_cell.GRUCell(5)):
        with tf.variable_scope(type(cell).__name__):
            outputs, state = tf.nn.dynamic_rnn(
                cell, x, dtype=tf.float32, sequence_length=[7, 3, 0, 5]
            )
            loss = tf.reduce_sum(tf.square(outputs)) + tf.reduce_sum(tf.nest.flatten(state)[0])
            weights = tf.trainable_variables(type(cell).__name__)
            assert_same([loss, *tf.gradients(loss, [x, *weights])], {x: draw(4, 7, 3)}, rtol=1e-3)
    assert compiled["loops"] == 8


def test_a_network_over_batches_of_any_size(compiled):
    x, lengths = tf.placeholder(tf.float32, [None, None, 3]), tf.placeholder(tf.int32, [None])
    tf.set_random_seed(1)
    outputs, _ = tf.nn.dynamic_rnn(tf.nn.rnn_cell.LSTMCell(5), x, lengths, dtype=tf.float32)
    loss = tf.reduce_sum(tf.square(outputs))
    fetches = [loss, *tf.gradients(loss, [x, *tf.trainable_variables()])]
    for rows, steps in ((4, 7), (2, 3), (1, 1)):
        feeds = {x: draw(rows, steps, 3), lengths: np.full(rows, steps)}
        assert_same(fetches, feeds, rtol=1e-3)
    assert compiled["loops"] == 3 * 4


def test_elements_of_several_shapes(compiled):
    """What is read has no shape that the plan may count on."""
    array = tf.TensorArray(tf.float32, 3, infer_shape=False, clear_after_read=False)
    x = tf.placeholder(tf.float32, [None])
    for index in range(3):
        array = array.write(index, tf.concat([x] * (index + 1), 0))
    (total,) = loop(3, lambda i, t: [t + tf.reduce_sum(array.read(i))], 0.0)
    (slope,) = tf.gradients(total, x)
    assert [v.tolist() for v in assert_same([total, slope], {x: [1, 2]})] == [18, [6, 6]]
    same = tf.TensorArray(tf.float32, 2, infer_shape=False, clear_after_read=False)
    same = same.unstack(tf.stack([x, x]))
    (total,) = loop(2, lambda i, t: [t + tf.reduce_sum(same.read(i))], 0.0)
    for values in ([1, 2], [1, 2, 3], []):
        assert assert_same([total], {x: values})[0] == 2 * sum(values)
    assert compiled["loops"] == 4


def loop(count, body, *start):
    return tf.while_loop(
        lambda i, *_: i < count, lambda i, *v: (i + 1, *body(i, *v)), (tf.constant(0), *start)
    )[1:]


ARRAYS = {
    "because it has already been written to": lambda i, a, e: a.write(tf.minimum(i, 2), 1.0),
    "Tried to write to index 4 but array is not resizeable": lambda i, a, e: a.write(i + 1, 1.0),
    "Could not read index 1 twice because it was cleared": lambda i, a, e: a.write(
        i, e.read(tf.minimum(i, 1))
    ),
    "Tried to read from index -1 but array size is: 4": lambda i, a, e: a.write(i, e.read(2 - i)),
}
"""What a turn does wrong, after some that are right."""


@pytest.mark.parametrize("message", ARRAYS)
def test_what_is_wrong_with_an_access(message, compiled):
    elements = tf.TensorArray(tf.float32, 4).unstack([1.0, 2.0, 3.0, 4.0])
    array = tf.TensorArray(tf.float32, 4, element_shape=[])
    (last,) = loop(4, lambda i, a: [ARRAYS[message](i, a, elements)], array)
    session = tf.Session(config=config(tf.OptimizerOptions.ON_1))
    with session, pytest.raises(tf.errors.InvalidArgumentError, match=message) as error:
        session.run(last.stack())
    assert error.value.op.type in ("TensorArrayWriteV3", "TensorArrayReadV3")
    assert compiled["loops"] == 1


def test_an_element_is_read_and_written_in_one_turn(compiled):
    """The access to an element that was written in the same turn is left to single steps."""
    array = tf.TensorArray(tf.float32, 5, clear_after_read=False, element_shape=[])

    def body(i, a, total):
        a = a.write(i, tf.cast(i * i, tf.float32))
        return a, total + a.read(i)

    last, total = loop(5, body, array, 0.0)
    assert assert_same([last.stack(), total])[1] == 30
    assert compiled["loops"] == 2


def test_a_turn_at_fault_leaves_the_elements_as_they_were(compiled):
    """A division fails in the third turn: its steps run again, after the element was read."""
    x = tf.placeholder(tf.int32, [5])
    elements = tf.TensorArray(tf.int32, 5).unstack(x)
    out = tf.TensorArray(tf.int32, 5)
    (last,) = loop(5, lambda i, a: [a.write(i, 6 // elements.read(i))], out)
    session = tf.Session(config=config(tf.OptimizerOptions.ON_1))
    with session:
        assert session.run(last.stack(), {x: [1, 2, 3, -1, 6]}).tolist() == [6, 3, 2, -6, 1]
        with pytest.raises(tf.errors.InvalidArgumentError, match="Integer division by zero"):
            session.run(last.stack(), {x: [1, 2, 0, -1, 6]})
    assert compiled == {"loops": 2, "stepwise": 1}


def test_what_does_not_lie_in_one_block_is_left_to_single_steps(compiled):
    grows = tf.TensorArray(tf.float32, 0, dynamic_size=True, element_shape=[])
    (last,) = loop(4, lambda i, a: [a.write(i, tf.cast(i, tf.float32))], grows)
    assert assert_same([last.stack()])[0].tolist() == [0, 1, 2, 3]
    assert compiled["loops"] == 2 and compiled["stepwise"] == 4


def test_gradients_that_reach_an_element_several_times(compiled):
    x = tf.placeholder(tf.float32, [4])
    elements = tf.TensorArray(tf.float32, 4, clear_after_read=False).unstack(x)
    (y,) = loop(4, lambda i, y: [y * elements.read(tf.maximum(i - 1, 0)) + elements.read(i)], 1.0)
    assert_same([y, *tf.gradients(y, x)], {x: [0.5, -1.5, 2.0, 3.0]})
    assert compiled["loops"] == 4
