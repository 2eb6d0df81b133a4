"""Functions of elements are called with many at once only where that gives the very same."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.data.function import of_elements
from flowgraph.ops.dataset_vectorised import vectorised
from tests.unit.data.test_pipelines import drawn

PAIRS = (
    np.random.default_rng(0).integers(0, 256, (37, 2, 3), np.uint8),
    np.random.default_rng(1).standard_normal((37, 3)).astype(np.float32),
)

EXACT = {
    "images": lambda x, y: (tf.cast(x, tf.float32) / 255.0, tf.cast(y, tf.float64)),
    "shapes": lambda x, y: (tf.reshape(x, [-1]), tf.reshape(y, [3, 1])),
    "labels": lambda x, y: (tf.one_hot(x, 5), y),
    "comparisons": lambda x, y: (x > 100, tf.logical_not(y < 0.0)),
    "low_rank_constants": lambda x, y: (tf.cast(x, tf.float32) * [1.0, 2.0, 3.0], y - [[1.0]][0]),
    "roots": lambda x, y: (x, tf.sqrt(tf.abs(y)) + tf.square(y)),
    "identity": lambda x, y: (y, x),
}

SINGLE = {
    "other_ranks": lambda x, y: (x, tf.cast(x, tf.float32) * y),
    "higher_constants": lambda x, y: (x, y + np.ones((2, 3), np.float32)),
    "rounding": lambda x, y: (x, tf.tanh(y)),
    "reductions": lambda x, y: (x, tf.reduce_sum(y)),
    "integer_division": lambda x, y: (x // 2, y),
    "random": lambda x, y: (x, y + tf.random_uniform([], seed=1)),
    "effects": lambda x, y: (x, tf.Print(y, [])),
    "constants_alone": lambda x, y: (x, tf.constant(1.0)),
    "one_hot_in_front": lambda x, y: (tf.one_hot(x, 5, axis=0), y),
    "text": lambda x, y: (x, tf.as_string(y)),
    "waiting": lambda x, y: (x, waiting(y)),
}


def waiting(y):
    with tf.control_dependencies([tf.check_numerics(y, "bad")]):
        return y + 1.0


def pairs():
    return tf.data.Dataset.from_tensor_slices(PAIRS)


def stacked_body(function, dataset):
    return vectorised(of_elements(function, "a test", dataset.element_spec).body)


@pytest.mark.parametrize("name", EXACT)
def test_exact_functions_are_called_with_many(name):
    assert stacked_body(EXACT[name], pairs()) is not None


@pytest.mark.parametrize("name", SINGLE)
def test_others_are_not(name):
    assert stacked_body(SINGLE[name], pairs()) is None


def test_unknown_shapes_are_not():
    unknown = tf.data.Dataset.from_tensor_slices(tf.placeholder(tf.float32, [None, None]))
    assert stacked_body(lambda x: x + 1.0, unknown) is None


@pytest.mark.parametrize("shuffles", [False, True])
@pytest.mark.parametrize("name", [*EXACT, *SINGLE])
def test_batches_are_the_elements_stacked(name, shuffles):
    def elements():
        dataset = pairs().map({**EXACT, **SINGLE}[name])
        return dataset.shuffle(10, seed=1) if shuffles else dataset

    iterators = [d.make_initializable_iterator() for d in (elements(), elements().batch(8))]
    one, batch = [iterator.get_next() for iterator in iterators]
    with tf.Session() as session:
        session.run([iterator.initializer for iterator in iterators])
        found = [session.run(one) for _ in range(37)]
        for start in range(0, 37, 8):
            part = session.run(batch)
            for column, values in enumerate(part):
                expected = np.stack([element[column] for element in found[start : start + 8]])
                assert values.dtype == expected.dtype
                assert values.tobytes() == expected.tobytes() or values.dtype == object
                assert values.tolist() == expected.tolist()


def test_captured_numbers_are_those_of_the_start():
    factor = tf.placeholder(tf.float32, [])
    dataset = tf.data.Dataset.from_tensor_slices(PAIRS[1]).map(lambda x: x * factor)
    iterator = dataset.batch(37).make_initializable_iterator()
    batch = iterator.get_next()
    with tf.Session() as session:
        for value in (2.0, 3.0):
            session.run(iterator.initializer, {factor: value})
            assert session.run(batch).tolist() == (PAIRS[1] * np.float32(value)).tolist()


def test_an_error_in_a_batch_is_that_of_an_element():
    dataset = tf.data.Dataset.from_tensor_slices([4, 0, 2]).map(lambda x: 8 // x).batch(3)
    batch = dataset.make_one_shot_iterator().get_next()
    with tf.Session() as session:
        assert drawn(session, batch) == (
            [],
            ("InvalidArgumentError", "Integer division by zero"),
        )
