"""Products that take the bias and the Relu after them, in plans for a GPU."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.backends.cupy.capture import WARM
from tests.gpus import fake_gpus
from tests.unit.backends.cuda.device import COMPILER


def factors(dtype=tf.float32):
    rng = np.random.default_rng(0)
    a = tf.placeholder(dtype, [4, 4], name="a")
    b = tf.constant(rng.normal(size=(4, 4)), dtype)
    bias = tf.placeholder(dtype, [4], name="bias")
    feeds = {a: rng.normal(size=(4, 4)), bias: rng.normal(size=4)}
    return a, b, bias, feeds


def both(make, kernels=False, runs=1, dtype=tf.float32):
    """The values on the host and on a GPU, and the plan there."""
    with tf.Graph().as_default():
        *given, feeds = factors(dtype)
        fetches = make(*given)

        def values():
            with tf.Session() as session:
                found = [session.run(fetches, feeds) for _ in range(runs)][-1]
                return found, session.explain(fetches, feeds)

        expected, plain = values()
        assert "Joined" not in plain
        with fake_gpus(1, kernels=kernels, products=True) as fake:
            found, text = values()
    return expected, found, text, fake


JOINED = {
    "bias": lambda a, b, bias: tf.nn.bias_add(tf.matmul(a, b), bias),
    "sum": lambda a, b, bias: bias + tf.matmul(a, b, transpose_b=True),
    "bias and relu": lambda a, b, bias: tf.nn.relu(tf.nn.bias_add(tf.matmul(a, b), bias)),
    "sum and relu": lambda a, b, bias: tf.nn.relu(tf.matmul(a, b, transpose_a=True) + bias),
    "a row": lambda a, b, bias: tf.matmul(a, b) + tf.reshape(bias, [1, 4]),
    "a square": lambda a, b, bias: tf.nn.relu(tf.matmul(a, a) + bias),
}


@pytest.mark.parametrize("kernels", [False, True])
@pytest.mark.parametrize("name", JOINED)
def test_joined(name, kernels):
    if kernels and COMPILER is None:
        pytest.skip("there is no C++ compiler")
    expected, found, text, fake = both(JOINED[name], kernels, WARM + 2)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    assert text.count("= Joined(") == 1
    assert "= MatMul(" not in text
    assert not kernels or fake.counts["products"] >= WARM


def kept(a, b, bias):
    """The product is used elsewhere too."""
    product = tf.matmul(a, b)
    return tf.nn.relu(product + bias) * tf.reduce_max(product)


def fetched(a, b, bias):
    product = tf.matmul(a, b)
    return product, product + bias


def shown(a, b, bias):
    """What `Relu` clips is used elsewhere too."""
    total = tf.matmul(a, b) + bias
    return tf.nn.relu(total), tf.reduce_sum(total, 0)


def awaited(a, b, bias):
    """A step in between waits for the product, which comes after what has an effect."""
    given = tf.py_func(lambda v: v, [a], tf.float32)
    given.set_shape([4, 4])
    product = tf.matmul(given, b)
    with tf.control_dependencies([product]):
        later = tf.py_func(lambda v: v, [bias], tf.float32)
    later.set_shape([4])
    return product + later


def column(a, b, bias):
    return tf.matmul(a, b) + tf.reshape(bias, [4, 1])


def itself(a, b, bias):
    product = tf.matmul(a, b)
    return product + product


NOT_JOINED = [kept, fetched, shown, awaited, column, itself]


@pytest.mark.parametrize("make", NOT_JOINED)
def test_not_joined(make):
    expected, found, text, _ = both(make)
    for one, other in zip(tf.nest.flatten(found), tf.nest.flatten(expected), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    assert "= Joined(" not in text


def test_a_variable_is_read_before_it_is_written():
    with fake_gpus(1, products=True), tf.Graph().as_default():
        a, b, _, feeds = factors()
        w = tf.Variable(b)
        product = tf.matmul(a, w)
        write = tf.assign(w, tf.ones([4, 4]))
        y = product + tf.reduce_mean(write, 0)
        with tf.Session() as session:
            session.run(w.initializer)
            before = session.run(w)
            text = session.explain(y, {a: feeds[a]})
            found = session.run(y, {a: feeds[a]})
    assert "= Joined(" not in text  # which would need a copy of what the variable held
    np.testing.assert_allclose(found, feeds[a] @ before + 1.0, rtol=1e-5)


def test_products_of_double_numbers_are_left_as_they_are():
    _, _, text, _ = both(JOINED["bias and relu"], dtype=tf.float64)
    assert "= Joined(" not in text


def test_what_it_costs_and_what_stands_inside():
    with fake_gpus(1), tf.Graph().as_default():
        *given, feeds = factors()
        y = JOINED["bias and relu"](*given)
        with tf.Session() as session:
            text = session.explain(y, feeds)
            costs = session.explain(y, feeds, "costs")
    inside = text.split("= Joined(")[1].splitlines()[1:4]
    assert [line.split("(")[0].split()[-1] for line in inside] == ["MatMul", "BiasAdd", "Relu"]
    assert str(2 * 4**3 + 16 + 16) in costs
