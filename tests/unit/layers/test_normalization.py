"""Batch normalization: values, moving averages, updates, and its mistakes."""

import numpy as np
import pytest

import flowgraph as tf

layers = tf.layers
RANDOM = np.random.default_rng(5)


def draw(*shape):
    return RANDOM.standard_normal(shape).astype(np.float32) * 2 + 1


def updates():
    return tf.get_collection(tf.GraphKeys.UPDATE_OPS)


def names(elements):
    return [element.name for element in elements]


CASES = [
    ((6, 3), {}),
    ((6, 4, 3), {}),
    ((6, 4, 3), {"axis": 1}),
    ((6, 4, 3), {"axis": [1, 2]}),
    ((6, 4, 5, 3), {}),
    ((6, 4, 5, 3), {"axis": 1}),
    ((6, 4, 5, 3), {"axis": 2}),
    ((6, 4, 5, 3), {"fused": False}),
    ((6, 3), {"center": False}),
    ((6, 4, 5, 3), {"scale": False}),
]


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize(("shape", "options"), CASES)
def test_values(shape, options, known):
    """Training moves the averages by a tenth; what follows uses them."""
    given = draw(*shape)
    phase = tf.placeholder(tf.bool, [])
    layer = layers.BatchNormalization(
        momentum=0.9,
        beta_initializer=tf.constant_initializer(0.5),
        gamma_initializer=tf.constant_initializer(2.0),
        **options,
    )
    if known:
        trained, moving = (layer(tf.constant(given), training=t) for t in (True, False))
    else:
        trained = moving = layer(tf.constant(given), training=phase)
    axes = options.get("axis", -1)
    kept = {a % len(shape) for a in (axes if isinstance(axes, list) else [axes])}
    reduced = tuple(a for a in range(len(shape)) if a not in kept)
    mean, variance = given.mean(reduced, keepdims=True), given.var(reduced, keepdims=True)
    count = np.prod([shape[a] for a in reduced])
    unbiased = variance * count / (count - 1) if layer.fused else variance
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        first = session.run([trained, *updates()], {phase: True})[0]
        session.run(updates() if not known else [], {phase: False})
        held = session.run([layer.moving_mean, layer.moving_variance])
        second = session.run(moving, {phase: False})
    assert layer.fused == (len(shape) == 4 and kept in ({1}, {3}) and options.get("fused", True))
    scale, offset = 2.0 if layer.scale else 1.0, 0.5 if layer.center else 0.0

    def normal(m, v):
        return (given - m) / np.sqrt(v + 1e-3) * scale + offset

    moved = [0.1 * mean, 0.9 + 0.1 * unbiased]
    np.testing.assert_allclose(first, normal(mean, variance), rtol=1e-4, atol=1e-4)
    for found, expected in zip(held, moved, strict=True):
        np.testing.assert_allclose(found, expected.reshape(found.shape), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(second, normal(*moved), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("training", [True, False, None])
@pytest.mark.parametrize("shape", [(5, 3), (5, 2, 2, 3)])
def test_gradients(shape, training):
    phase = tf.placeholder(tf.bool, [])
    given = tf.constant(draw(*shape))
    source = given * 1.0
    y = layers.batch_normalization(source, training=phase if training is None else training)
    weights = tf.constant(draw(*shape))
    slopes = tf.gradients(tf.reduce_sum(y * weights), [source, *tf.trainable_variables()])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for value in (True, False):
            dx, dgamma, dbeta = session.run(slopes, {phase: value})
            in_batch = value if training is None else training
            total = np.abs(dx.sum(tuple(range(len(shape) - 1)))).max()
            assert (total < 1e-3) == in_batch  # the batch's own mean takes out what is constant
            axes = tuple(range(len(shape) - 1))
            np.testing.assert_allclose(dbeta, session.run(weights).sum(axes), rtol=1e-4)
            assert dgamma.shape == (3,)


def test_variables_and_their_collections():
    layer = layers.BatchNormalization()
    layer(tf.placeholder(tf.float32, [None, 3]), training=True)
    assert names(layer.variables) == names(tf.global_variables())
    assert names(tf.global_variables()) == [
        "batch_normalization/gamma:0",
        "batch_normalization/beta:0",
        "batch_normalization/moving_mean:0",
        "batch_normalization/moving_variance:0",
    ]
    assert names(tf.trainable_variables()) == names(layer.trainable_weights)
    assert layer.axis == [1]
    assert layer.input_spec.axes == {1: 3}


def test_updates_of_each_call():
    layer, first, second = layers.BatchNormalization(), tf.ones([2, 3]), tf.zeros([2, 3])
    for given, training in ((first, True), (second, True), (second, False)):
        layer(given, training=training)
    number = [f"batch_normalization/AssignMovingAvg{n}" for n in ("", "_1", "_2", "_3")]
    assert names(layer.updates) == names(updates()) == number
    assert names(layer.get_updates_for(second)) == number[2:]
    assert layer.get_updates_for(None) == []


def test_layer_that_is_not_trainable():
    layer = layers.BatchNormalization(trainable=False)
    layer(tf.ones([2, 3]), training=True)
    assert tf.trainable_variables() == layer.trainable_weights == layer.updates == updates() == []


def test_regularizers():
    layers.batch_normalization(
        tf.ones([2, 3]), gamma_regularizer=tf.reduce_sum, beta_regularizer=tf.reduce_sum
    )
    assert names(tf.losses.get_regularization_losses()) == [
        "batch_normalization/gamma/Regularizer/Sum:0",
        "batch_normalization/beta/Regularizer/Sum:0",
    ]


def test_shared_by_name():
    for reuse in (None, True):
        layers.batch_normalization(tf.ones([2, 3]), training=True, name="bn", reuse=reuse)
    assert len(tf.global_variables()) == 4
    assert names(updates()) == [f"bn{n}/AssignMovingAvg{m}" for n in ("", "_1") for m in ("", "_1")]


def test_half():
    given = tf.constant(draw(8, 3).astype(np.float16))
    layer = layers.BatchNormalization()
    y = layer(given, training=True)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        value = session.run(y)
    assert (y.dtype, layer.moving_mean.dtype.base_dtype) == (tf.float16, tf.float32)
    np.testing.assert_allclose(value.astype(np.float64).mean(0), 0, atol=1e-2)


@pytest.mark.parametrize(
    ("shape", "options", "error", "said"),
    [
        ((2, 3), {"axis": 3}, ValueError, "Invalid axis: 3"),
        ((2, 3), {"axis": [1, -1]}, ValueError, r"Duplicate axis: \[1, 1\]"),
        ((2, 3), {"axis": 1.5}, TypeError, "axis must be int or list, type given"),
        ((2, None), {}, ValueError, "Input has undefined `axis` dimension. Input shape: "),
        (None, {}, ValueError, "Input has undefined rank:"),
        ((2, 3), {"renorm": True}, NotImplementedError, "renorm"),
        ((2, 3), {"virtual_batch_size": 1}, NotImplementedError, "virtual_batch_size"),
        ((2, 3), {"adjustment": id}, NotImplementedError, "adjustment"),
    ],
)
def test_mistakes(shape, options, error, said):
    with pytest.raises(error, match=said):
        layers.batch_normalization(tf.placeholder(tf.float32, shape), **options)


def test_one_op_takes_no_float64():
    with pytest.raises(TypeError, match="DataType float64 not in list of allowed values"):
        layers.batch_normalization(tf.placeholder(tf.float64, [2, 3, 3, 3]), training=True)
