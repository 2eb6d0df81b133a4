"""What layers compute, against plain NumPy; their gradients; and their mistakes."""

import itertools

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.layers.identifiers import activation_of, function_of, initializer_of

layers = tf.layers
RANDOM = np.random.default_rng(3)


def draw(*shape):
    return RANDOM.standard_normal(shape).astype(np.float32)


def x(*shape, dtype=tf.float32):
    return tf.placeholder(dtype, shape)


def evaluated(output, feeds=None):
    """Return the value of `output`, the variables' by their last names, and gradients' shapes."""
    variables = tf.trainable_variables()
    gradients = tf.gradients(tf.reduce_sum(tf.square(output)), variables)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for variable in variables:
            variable.load(draw(*variable.shape.as_list()), session)
        value, held, slopes = session.run([output, variables, gradients], feeds)
    for slope, variable in zip(slopes, held, strict=True):
        assert slope.shape == variable.shape
        assert np.abs(slope).max() > 0
    return value, dict(zip([v.op.name.split("/")[-1] for v in variables], held, strict=True))


# -- dense, dropout, flatten ------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(4, 3), (2, 4, 3), (2, 1, 4, 3)])
def test_dense(shape):
    given = draw(*shape)
    value, held = evaluated(layers.dense(tf.constant(given), 5, activation=tf.nn.tanh))
    np.testing.assert_allclose(value, np.tanh(given @ held["kernel"] + held["bias"]), rtol=2e-5)


def test_dense_of_unknown_batch_and_length():
    given, place = draw(2, 4, 3), x(None, None, 3)
    value, held = evaluated(layers.dense(place, 5), {place: given})
    np.testing.assert_allclose(value, given @ held["kernel"] + held["bias"], rtol=1e-4, atol=1e-5)


def test_dense_of_sparse():
    sparse = tf.SparseTensor([[0, 1], [1, 0]], [2.0, 3.0], [2, 3])
    value, held = evaluated(layers.dense(sparse, 4, use_bias=False))
    dense = np.array([[0, 2, 0], [3, 0, 0]], np.float32)
    np.testing.assert_allclose(value, dense @ held["kernel"], rtol=1e-5)


def test_dense_in_the_dtype_of_the_layer():
    assert layers.Dense(2, dtype=tf.float64)(x(2, 3)).dtype is tf.float64
    assert layers.dense(x(2, 3, dtype=tf.float16), 2).dtype is tf.float16


def test_dropout():
    ones = tf.ones([2000])
    with tf.Session() as session:
        dropped = session.run(layers.dropout(ones, rate=0.25, seed=4, training=True))
        kept = session.run(layers.dropout(ones, rate=0.25))
    assert set(dropped.tolist()) == {0.0, np.float32(1 / 0.75)}
    assert abs(np.mean(dropped > 0) - 0.75) < 0.05
    assert kept.tolist() == [1.0] * 2000


def test_dropout_of_whole_axes():
    given = tf.ones([50, 6])
    value = tf.Session().run(
        layers.dropout(given, rate=0.5, noise_shape=(None, 1), training=1, seed=2)
    )
    assert (value == value[:, :1]).all()
    assert set(value.ravel().tolist()) == {0.0, 2.0}


@pytest.mark.parametrize("training", [2, "yes", None])
def test_training_is_a_bool(training):
    with pytest.raises(TypeError, match="`pred` must be a Tensor, or a Python bool, or 1 or 0"):
        layers.dropout(x(2), training=training)


def test_constant_tensor_as_training():
    assert layers.dropout(x(2), training=tf.constant(False)).op.type == "Identity"
    assert layers.dropout(x(2), training=tf.constant(True)).op.type == "Mul"


def test_flatten():
    given = draw(2, 3, 4)
    with tf.Session() as session:
        last = session.run(layers.flatten(tf.constant(given)))
        first = session.run(layers.flatten(tf.constant(given), data_format="channels_first"))
    np.testing.assert_array_equal(last, given.reshape(2, 12))
    np.testing.assert_array_equal(first, given.transpose(0, 2, 1).reshape(2, 12))


# -- convolutions -----------------------------------------------------------------------------


def padded(given, window, steps, rates, padding, before_only=False):
    """Pad the axes between the first and the last as the padding says."""
    pairs = [(0, 0)]
    for size, k, step, rate in zip(given.shape[1:-1], window, steps, rates, strict=True):
        reach = (k - 1) * rate + 1
        if padding == "causal":
            pairs.append((reach - 1, 0))
        elif padding == "same":
            total = max((-(-size // step) - 1) * step + reach - size, 0)
            pairs.append((total // 2, total - total // 2))
        else:
            pairs.append((0, 0))
    return np.pad(given, [*pairs, (0, 0)])


def convolved(given, kernel, steps, rates, padding):
    """Correlate ``(batch, *sizes, in)`` with ``(*window, in, out)``, window by window."""
    window = kernel.shape[:-2]
    given = padded(given, window, steps, rates, padding)
    reach = [(k - 1) * rate + 1 for k, rate in zip(window, rates, strict=True)]
    counts = [
        (n - r) // step + 1 for n, r, step in zip(given.shape[1:-1], reach, steps, strict=True)
    ]
    out = np.zeros((len(given), *counts, kernel.shape[-1]))
    for place in itertools.product(*map(range, counts)):
        for offset in itertools.product(*map(range, window)):
            at = tuple(
                p * s + o * r for p, s, o, r in zip(place, steps, offset, rates, strict=True)
            )
            out[(slice(None), *place)] += given[(slice(None), *at)] @ kernel[offset]
    return out


CONVOLUTIONS = [
    (1, (3,), (1,), "same", (1,)),
    (1, (2,), (2,), "valid", (1,)),
    (1, (3,), (1,), "causal", (2,)),
    (2, (3, 2), (2, 1), "same", (1, 1)),
    (2, (2, 2), (1, 1), "valid", (2, 1)),
    (2, (3, 3), (1, 1), "same", (2, 2)),
    (3, (2, 1, 2), (1, 2, 1), "same", (1, 1, 1)),
]


@pytest.mark.parametrize(("rank", "window", "steps", "padding", "rates"), CONVOLUTIONS)
def test_conv(rank, window, steps, padding, rates):
    given = draw(2, *(5, 6, 4)[:rank], 3)
    kind = {1: layers.Conv1D, 2: layers.Conv2D, 3: layers.Conv3D}[rank]
    layer = kind(4, window, steps, padding, dilation_rate=rates, activation="relu")
    value, held = evaluated(layer(tf.constant(given)))
    expected = convolved(given, held["kernel"], steps, rates, padding) + held["bias"]
    np.testing.assert_allclose(value, np.maximum(expected, 0), rtol=1e-4, atol=1e-5)
    assert layer.compute_output_shape(given.shape).as_list() == list(value.shape)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_conv_channels_first(rank):
    given = draw(2, *(5, 4, 4)[:rank], 3)
    kind = {1: layers.conv1d, 2: layers.conv2d, 3: layers.conv3d}[rank]
    moved = np.moveaxis(given, -1, 1)
    value, held = evaluated(kind(tf.constant(moved), 4, 2, data_format="channels_first"))
    ones = (1,) * rank
    expected = convolved(given, held["kernel"], ones, ones, "valid") + held["bias"]
    np.testing.assert_allclose(np.moveaxis(value, 1, -1), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize(("rank", "window", "steps"), [(2, (3, 2), (2, 3)), (3, 2, 2)])
def test_conv_transpose(rank, window, steps, padding):
    """The sums of products with any output are those of the convolution with the input."""
    kind = {2: layers.Conv2DTranspose, 3: layers.Conv3DTranspose}[rank]
    layer = kind(4, window, steps, padding, use_bias=False)
    given = draw(2, *(3, 4, 2)[:rank], 3)
    value, held = evaluated(layer(tf.constant(given)))
    other = draw(*value.shape)
    back = convolved(other, held["kernel"], layer.strides, (1,) * rank, padding)
    np.testing.assert_allclose(np.sum(value * other), np.sum(given * back), rtol=1e-3)
    assert layer.compute_output_shape(given.shape).as_list() == list(value.shape)


def test_conv_transpose_channels_first():
    given = draw(2, 3, 4, 5)
    value, held = evaluated(
        layers.conv2d_transpose(tf.constant(given), 2, 3, 2, data_format="channels_first")
    )
    moved = np.moveaxis(value - held["bias"][:, None, None], 1, -1)
    other = draw(*moved.shape)
    back = convolved(other, held["kernel"], (2, 2), (1, 1), "valid")
    np.testing.assert_allclose(
        np.sum(moved * other), np.sum(np.moveaxis(given, 1, -1) * back), rtol=1e-3
    )


def separately(given, held, steps, rates, padding):
    deep, wide = held["depthwise_kernel"], held["pointwise_kernel"]
    parts = [
        convolved(given[..., i : i + 1], deep[..., i : i + 1, :], steps, rates, padding)
        for i in range(given.shape[-1])
    ]
    return np.concatenate(parts, -1) @ wide.reshape(wide.shape[-2:]) + held["bias"]


@pytest.mark.parametrize(
    ("rank", "window", "step", "padding", "rate"),
    [
        (1, 3, 1, "same", 1),
        (1, 3, 2, "valid", 1),
        (1, 2, 1, "causal", 2),
        (2, 3, 2, "same", 1),
        (2, 2, 1, "valid", 2),
    ],
)
def test_separable(rank, window, step, padding, rate):
    given = draw(2, *(7, 6)[:rank], 3)
    kind = {1: layers.SeparableConv1D, 2: layers.SeparableConv2D}[rank]
    layer = kind(4, window, step, padding, dilation_rate=rate, depth_multiplier=2)
    value, held = evaluated(layer(tf.constant(given)))
    expected = separately(given, held, (step,) * rank, (rate,) * rank, padding)
    np.testing.assert_allclose(value, expected, rtol=1e-4, atol=1e-4)
    assert layer.compute_output_shape(given.shape).as_list() == list(value.shape)


@pytest.mark.parametrize("rank", [1, 2])
def test_separable_channels_first(rank):
    given = draw(2, *(7, 6)[:rank], 3)
    kind = {1: layers.separable_conv1d, 2: layers.separable_conv2d}[rank]
    value, held = evaluated(
        kind(tf.constant(np.moveaxis(given, -1, 1)), 4, 3, data_format="channels_first")
    )
    expected = separately(given, held, (1,) * rank, (1,) * rank, "valid")
    np.testing.assert_allclose(np.moveaxis(value, 1, -1), expected, rtol=1e-4, atol=1e-4)


# -- pooling ----------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("kind", ["Max", "Average"])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_pooling(rank, kind, first):
    given = draw(2, *(6, 4, 8)[:rank], 3)
    reduce = np.max if kind == "Max" else np.mean
    split = given.reshape(2, *(n for size in given.shape[1:-1] for n in (size // 2, 2)), 3)
    expected = reduce(split, axis=tuple(range(2, 2 + 2 * rank, 2)))
    form = "channels_first" if first else "channels_last"
    layer = getattr(layers, f"{kind}Pooling{rank}D")(2, None, data_format=form)
    moved = np.moveaxis(given, -1, 1) if first else given
    value = tf.Session().run(layer(tf.constant(moved)))
    np.testing.assert_allclose(
        np.moveaxis(value, 1, -1) if first else value, expected, rtol=1e-5, atol=1e-6
    )
    assert layer.compute_output_shape(moved.shape).as_list() == list(value.shape)


# -- names for functions ----------------------------------------------------------------------


def test_activations_by_name():
    given = np.array([[-3.0, 0.5, 3.0]], np.float32)
    expected = {
        "linear": given,
        "relu": np.maximum(given, 0),
        "exponential": np.exp(given),
        "hard_sigmoid": np.clip(0.2 * given + 0.5, 0, 1),
        "softplus": np.log1p(np.exp(given)),
    }
    with tf.Session() as session:
        for name, value in expected.items():
            found = session.run(activation_of(name)(tf.constant(given)))
            np.testing.assert_allclose(found, value, rtol=1e-6)


@pytest.mark.parametrize(
    ("read", "given", "error", "said"),
    [
        (activation_of, "zz", ValueError, "Unknown activation function:zz"),
        (activation_of, 3, TypeError, "Could not interpret activation function identifier: 3"),
        (initializer_of, "zz", ValueError, "Unknown initializer:zz"),
        (initializer_of, 3, ValueError, "Could not interpret initializer identifier: 3"),
        (lambda r: function_of("regularizer", r), "l2", NotImplementedError, "by name: 'l2'"),
        (lambda r: function_of("constraint", r), 3, ValueError, "interpret constraint identifier"),
    ],
)
def test_what_names_nothing(read, given, error, said):
    with pytest.raises(error, match=said):
        read(given)


def test_initializers_by_name_and_class():
    layer = layers.Dense(2, kernel_initializer="ones", bias_initializer=tf.ones_initializer)
    y = layer(tf.ones([1, 3]))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(y).tolist() == [[4.0, 4.0]]


# -- mistakes ---------------------------------------------------------------------------------

MISTAKES = [
    (
        lambda: layers.dense(x(None, None), 3),
        "The last dimension of the inputs to `Dense` should be defined. Found `None`.",
    ),
    (
        lambda: layers.dense(x(3), 3),
        "Input 0 of layer dense_1 is incompatible with the layer: : expected min_ndim=2, found "
        "ndim=1. Full shape received: [3]",
    ),
    (
        lambda: layers.conv2d(x(2, 5, 5, None), 3, 3),
        "The channel dimension of the inputs should be defined. Found `None`.",
    ),
    (
        lambda: layers.conv2d(x(2, 5, 3), 3, 3),
        "Input 0 of layer conv2d_1 is incompatible with the layer: expected ndim=4, found ndim=3. "
        "Full shape received: [2, 5, 3]",
    ),
    (
        lambda: layers.conv2d(x(2, 5, 5, 3), 3, 3, data_format="zz"),
        'The `data_format` argument must be one of "channels_first", "channels_last". Received: zz',
    ),
    (
        lambda: layers.conv2d(x(2, 5, 5, 3), 3, 3, padding="zz"),
        'The `padding` argument must be a list/tuple or one of "valid", "same" (or "causal", only '
        "for `Conv1D). Received: zz",
    ),
    (
        lambda: layers.conv2d(x(2, 5, 5, 3), 3, (3, 3, 3)),
        "The `kernel_size` argument must be a tuple of 2 integers. Received: (3, 3, 3)",
    ),
    (
        lambda: layers.conv2d(x(2, 5, 5, 3), 3, 2.5),
        "The `kernel_size` argument must be a tuple of 2 integers. Received: 2.5",
    ),
    (
        lambda: layers.conv2d(x(2, 5, 5, 3), 3, (3, "a")),
        "The `kernel_size` argument must be a tuple of 2 integers. Received: (3, 'a') including "
        "element a of type <class 'str'>",
    ),
    (
        lambda: layers.conv2d(x(2, 5, 5, 3), 3, 3, strides=2, dilation_rate=2),
        "strides > 1 not supported in conjunction with dilation_rate > 1",
    ),
    (
        lambda: layers.conv2d(x(2, 5, 5, 3), 3, 7, padding="causal"),
        "Causal padding is only supported for `Conv1D`and ``SeparableConv1D`.",
    ),
    (
        lambda: layers.max_pooling1d(x(2, 5, 3), (2, 2), 2),
        "The `pool_size` argument must be a tuple of 1 integers. Received: (2, 2)",
    ),
    (
        lambda: layers.flatten(tf.placeholder(tf.float32)),
        "Input 0 of layer flatten_1 is incompatible with the layer: its rank is undefined, but "
        "the layer requires a defined rank.",
    ),
]


@pytest.mark.parametrize(("mistake", "said"), MISTAKES)
def test_mistake(mistake, said):
    with pytest.raises(ValueError) as error:
        mistake()
    assert str(error.value).split("\n")[0] == said


def test_other_mistakes():
    with pytest.raises(TypeError, match="Unable to build `Dense` layer with non-floating point"):
        layers.dense(x(2, 3, dtype=tf.int32), 3)
    with pytest.raises(NotImplementedError, match="layers with padding="):
        layers.conv2d(x(2, 5, 5, 3), 3, 3, padding=[[0, 0], [1, 1], [1, 1], [0, 0]])
    layer = layers.Conv2D(3, 3)
    layer(x(2, 5, 5, 3))
    with pytest.raises(ValueError, match="expected axis -1 of input shape to have value 3 but"):
        layer(x(2, 5, 5, 4))
