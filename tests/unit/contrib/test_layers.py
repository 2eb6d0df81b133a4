"""``tf.contrib.layers``, ``slim`` and ``arg_scope``; names and texts are TensorFlow 1.15.5's."""

import numpy as np
import pytest

import flowgraph as tf

layers, slim, framework = tf.contrib.layers, tf.contrib.slim, tf.contrib.framework
RANDOM = np.random.default_rng(2)


def x(*shape, dtype=tf.float32):
    return tf.placeholder(dtype, shape)


def names(elements):
    return [element.name for element in elements]


def kinds():
    """The types of the nodes that are no part of a variable."""
    parts = ("/Initializer/", "/Assign", "/read")
    return [
        f"{o.name} {o.type}"
        for o in tf.get_default_graph().get_operations()
        if not any(part in o.name for part in parts)
        and o.type not in ("Placeholder", "Const", "VariableV2")
    ]


# -- regularizers and initializers ------------------------------------------------------------


def test_regularizers():
    w = tf.get_variable("w", initializer=[[1.0, -2.0]])
    losses = [
        layers.l1_regularizer(0.5)(w),
        layers.l2_regularizer(0.5, scope="sc")(w),
        layers.l1_l2_regularizer(1.0, 2.0)(w),
        layers.sum_regularizer([layers.l1_regularizer(1.0), None, layers.l2_regularizer(1.0)])(w),
    ]
    assert [loss.op.name for loss in losses] == [
        "l1_regularizer",
        "sc",
        "l1_l2_regularizer",
        "sum_regularizer",
    ]
    with tf.Session() as session:
        session.run(w.initializer)
        assert session.run(losses) == [1.5, 1.25, 8.0, 5.5]


def test_regularizer_with_scale_zero_is_none():
    w = tf.ones([2])
    assert layers.l1_regularizer(0.0)(w) is None
    assert layers.l1_l2_regularizer(0.0, 0.0)(w) is None
    assert layers.sum_regularizer([None]) is None


@pytest.mark.parametrize(
    ("scale", "said"),
    [
        (1, "scale cannot be an integer: 1"),
        (True, "scale cannot be an integer: True"),
        (-1.0, "Setting a scale less than 0 on a regularizer: -1"),
    ],
)
@pytest.mark.parametrize(
    "kind", [layers.l1_regularizer, layers.l2_regularizer, layers.l1_l2_regularizer]
)
def test_scales(kind, scale, said):
    with pytest.raises(ValueError, match=said):
        kind(scale)


def test_apply_regularization():
    weights = [tf.ones([2, 2]), tf.ones([4])]
    loss = layers.apply_regularization(layers.l2_regularizer(0.5), weights)
    assert tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES) == [loss]
    assert (loss.op.name, tf.Session().run(loss)) == ("get_regularization_penalty", 2.0)
    assert tf.Session().run(layers.apply_regularization(lambda w: None, weights)) == 0.0
    with pytest.raises(ValueError, match="No weights to regularize"):
        layers.apply_regularization(layers.l2_regularizer(0.5))
    with pytest.raises(ValueError, match="scalar Tensor instead of a Tensor with rank 1"):
        layers.apply_regularization(lambda w: tf.ones([2]), weights)


@pytest.mark.parametrize(
    ("options", "shape", "variance"),
    [
        ({}, [300, 200], 2.0 / 300),
        ({"mode": "FAN_OUT", "factor": 1.0}, [300, 200], 1.0 / 200),
        ({"mode": "FAN_AVG", "uniform": True}, [3, 3, 30, 90], 2.0 / (9 * 60)),
    ],
)
def test_variance_scaling(options, shape, variance):
    value = tf.Session().run(layers.variance_scaling_initializer(seed=1, **options)(shape))
    np.testing.assert_allclose(value.var(), variance, rtol=0.03)


def test_deviation_of_the_truncated_normal():
    """As recorded: the deviation before the truncation."""
    tf.get_variable("f", [2, 3, 4, 5], initializer=layers.variance_scaling_initializer())
    tf.get_variable("b", [2, 2, 3, 4], initializer=layers.xavier_initializer_conv2d(uniform=False))
    with tf.Session() as session:
        found = session.run(
            [f"{name}/Initializer/truncated_normal/stddev:0" for name in ("f", "b")]
        )
    np.testing.assert_allclose(found, [(2.6 / 24) ** 0.5, 0.3047247], rtol=1e-6)


def test_initializer_mistakes():
    with pytest.raises(TypeError, match="Cannot create initializer for non-floating point type"):
        layers.xavier_initializer(dtype=tf.int32)
    with pytest.raises(TypeError, match="Unknown mode"):
        layers.variance_scaling_initializer(mode="zz")
    assert layers.variance_scaling_initializer()([]).shape.as_list() == []


# -- layers -----------------------------------------------------------------------------------


def test_fully_connected():
    y = layers.fully_connected(
        x(None, 3), 4, variables_collections=["vc"], outputs_collections="oc"
    )
    assert kinds() == [
        "fully_connected/MatMul MatMul",
        "fully_connected/BiasAdd BiasAdd",
        "fully_connected/Relu Relu",
    ]
    variables = ["fully_connected/weights:0", "fully_connected/biases:0"]
    assert names(tf.model_variables()) == names(tf.global_variables()) == variables
    assert names(tf.get_collection("vc")) == variables
    assert tf.get_collection("oc") == [y]


def test_fully_connected_without_biases_and_again():
    options = {"biases_initializer": None, "activation_fn": None, "scope": "a"}
    layers.fully_connected(x(2, 3), 4, weights_regularizer=layers.l2_regularizer(0.1), **options)
    layers.fully_connected(x(2, 3), 4, reuse=True, **options)
    assert names(tf.global_variables()) == ["a/weights:0"]
    assert names(tf.losses.get_regularization_losses()) == ["a/kernel/Regularizer/l2_regularizer:0"]


def test_linear_and_relu():
    assert layers.linear(x(2, 3), 4).op.type == "BiasAdd"
    assert layers.relu(x(2, 3), 4).op.type == "Relu"


def test_collections_by_name():
    layers.fully_connected(x(2, 3), 4, variables_collections={"weights": ["w"]})
    assert names(tf.get_collection("w")) == ["fully_connected/weights:0"]


def test_conv2d():
    layers.conv2d(x(None, 7, 7, 3), 4, 3, stride=2, normalizer_fn=layers.batch_norm)
    assert kinds()[:2] == ["Conv/Conv2D Conv2D", "Conv/BatchNorm/FusedBatchNormV3 FusedBatchNormV3"]
    assert kinds()[-1] == "Conv/Relu Relu"
    assert names(tf.trainable_variables()) == ["Conv/weights:0", "Conv/BatchNorm/beta:0"]


def test_conv2d_transpose():
    y = layers.conv2d_transpose(x(None, 7, 7, 3), 4, 3, stride=2)
    assert (y.name, y.shape.as_list()) == ("Conv2d_transpose/Relu:0", [None, 14, 14, 4])


def test_pooling():
    images = tf.reshape(tf.range(16.0), [1, 4, 4, 1])
    with tf.Session() as session:
        largest, mean = session.run([layers.max_pool2d(images, 2), layers.avg_pool2d(images, 2)])
    assert largest.ravel().tolist() == [5.0, 7.0, 13.0, 15.0]
    assert mean.ravel().tolist() == [2.5, 4.5, 10.5, 12.5]
    assert kinds()[-2:] == ["MaxPool2D/MaxPool MaxPool", "AvgPool2D/AvgPool AvgPool"]


def test_dropout_and_flatten():
    assert layers.dropout(x(None, 3)).name == "Dropout/dropout_1/mul_1:0"
    assert layers.dropout(x(None, 3), is_training=False).name == "Dropout_1/Identity:0"
    assert layers.flatten(x(None, 3, 4)).name == "Flatten/flatten/Reshape:0"


@pytest.mark.parametrize("phase", ["known", "fed"])
@pytest.mark.parametrize("collections", [tf.GraphKeys.UPDATE_OPS, "mine", None])
@pytest.mark.parametrize(
    ("shape", "options"),
    [((6, 3), {}), ((6, 4, 3), {}), ((4, 2, 3, 3), {}), ((4, 2, 3, 3), {"fused": False})],
)
def test_batch_norm(shape, options, collections, phase):
    given = (RANDOM.standard_normal(shape) * 2 + 1).astype(np.float32)
    training = tf.placeholder(tf.bool, []) if phase == "fed" else True
    y = layers.batch_norm(
        tf.constant(given),
        decay=0.9,
        scale=True,
        is_training=training,
        updates_collections=collections,
        **options,
    )
    feeds = {training: True} if phase == "fed" else {}
    updates = tf.get_collection(collections) if collections else []
    axes = tuple(range(len(shape) - 1))
    mean, variance = given.mean(axes), given.var(axes)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        value = session.run([y, *updates], feeds)[0]
        moved = session.run(tf.model_variables())
        if phase == "fed":
            session.run([y, *updates], {training: False})
            after = session.run(tf.model_variables())
            for a, b in zip(moved, after, strict=True):
                np.testing.assert_array_equal(a, b)
    by_name = dict(zip([v.op.name for v in tf.model_variables()], moved, strict=True))
    np.testing.assert_allclose(
        value, (given - mean) / np.sqrt(variance + 1e-3), rtol=1e-3, atol=1e-4
    )
    np.testing.assert_allclose(by_name["BatchNorm/moving_mean"], 0.1 * mean, rtol=1e-4, atol=1e-6)
    assert names(tf.trainable_variables()) in (
        ["BatchNorm/gamma:0", "BatchNorm/beta:0"],
        ["BatchNorm/beta:0", "BatchNorm/gamma:0"],
    )


@pytest.mark.parametrize("collections", [tf.GraphKeys.UPDATE_OPS, None])
@pytest.mark.parametrize("shape", [(6, 3), (6, 4, 3), (4, 2, 3, 3)])
def test_batch_norm_outside_training(shape, collections):
    given = RANDOM.standard_normal(shape).astype(np.float32)
    y = layers.batch_norm(
        tf.constant(given),
        center=False,
        is_training=False,
        updates_collections=collections,
        param_initializers={"moving_mean": tf.ones_initializer()},
        activation_fn=tf.nn.relu,
    )
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        value = session.run(y)
    expected = np.maximum((given - 1) / np.sqrt(1 + 1e-3), 0)
    np.testing.assert_allclose(value, expected, rtol=1e-4, atol=1e-6)
    assert tf.get_collection(tf.GraphKeys.UPDATE_OPS) == []


def test_batch_norm_channels_first():
    given = RANDOM.standard_normal((4, 3, 5)).astype(np.float32)
    y = layers.batch_norm(tf.constant(given), data_format="NCHW", updates_collections=None)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        np.testing.assert_allclose(session.run(y).mean((0, 2)), 0, atol=1e-5)


MISTAKES = [
    (lambda: layers.fully_connected(x(2, 3), "a"), ValueError, "num_outputs type should be one of"),
    (lambda: layers.conv2d(x(2, 3, 3), 3, 3), ValueError, "expects input with rank 4, got 3"),
    (
        lambda: layers.conv2d(x(2, 3, 3, 3), 3, 3, data_format="zz"),
        ValueError,
        "Invalid data_format: 'zz'",
    ),
    (
        lambda: layers.max_pool2d(x(2, 3, 3, 3), 2, data_format="z"),
        ValueError,
        "data_format has to be either NCHW or NHWC.",
    ),
    (
        lambda: layers.batch_norm(x(2, 3), data_format="z"),
        ValueError,
        "data_format has to be either NCHW or NHWC.",
    ),
    (lambda: layers.batch_norm(x(2, None)), ValueError, "`C` dimension must be known but is None"),
    (
        lambda: layers.batch_norm(tf.placeholder(tf.float32)),
        ValueError,
        "Input has undefined rank:",
    ),
    (lambda: layers.batch_norm(x(2, 3), renorm=True), NotImplementedError, "renorm"),
    (lambda: layers.batch_norm(x(2, 3), adjustment=id), NotImplementedError, "adjustment"),
    (lambda: layers.batch_norm(x(2, 3), batch_weights=1), NotImplementedError, "batch_weights"),
]


@pytest.mark.parametrize(("mistake", "error", "said"), MISTAKES)
def test_mistakes(mistake, error, said):
    with pytest.raises(error, match=said):
        mistake()


# -- composition and scopes of arguments ------------------------------------------------------


def test_repeat_and_stack():
    layers.repeat(x(2, 3), 2, layers.fully_connected, 3, scope="rep")
    layers.stack(x(2, 3), layers.fully_connected, [3, (4, None)])
    assert names(tf.trainable_variables())[::2] == [
        "rep/rep_1/weights:0",
        "rep/rep_2/weights:0",
        "Stack/fully_connected_1/weights:0",
        "Stack/fully_connected_2/weights:0",
    ]


def test_arg_scope():
    assert slim.conv2d is layers.conv2d
    with slim.arg_scope([slim.conv2d, slim.fully_connected], activation_fn=tf.nn.elu) as outer:
        with slim.arg_scope([slim.conv2d], padding="VALID"):
            net = slim.conv2d(x(None, 9, 9, 3), 4, 3, scope="c1")
        assert net.shape.as_list() == [None, 7, 7, 4]
        assert slim.conv2d(net, 4, 3).shape.as_list() == [None, 7, 7, 4]
        net = slim.fully_connected(slim.flatten(net), 5, scope="f")
        assert net.name == "f/Elu:0"
        assert slim.fully_connected(net, 5, activation_fn=None).op.type == "BiasAdd"
    assert slim.fully_connected(net, 2).op.type == "Relu"
    with slim.arg_scope(outer):
        assert slim.fully_connected(net, 2).op.type == "Elu"


def test_arg_scope_of_ones_own_function():
    @framework.add_arg_scope
    def scaled(value, factor=1):
        return value * factor

    with framework.arg_scope([scaled], factor=7):
        assert (scaled(1), scaled(1, factor=2)) == (7, 2)
    assert scaled(1) == 1
    assert framework.has_arg_scope(scaled)
    assert framework.arg_scoped_arguments(scaled) == ("factor",)
    assert scaled.__name__ == "scaled"


def test_arg_scope_mistakes():
    with (
        pytest.raises(ValueError, match="is not decorated with @add_arg_scope"),
        framework.arg_scope([max], a=1),
    ):
        raise AssertionError
    with (
        pytest.raises(TypeError, match="list_ops_or_scope must either be a list/tuple or reused"),
        framework.arg_scope(3),
    ):
        raise AssertionError
    with framework.arg_scope([slim.conv2d], stride=2) as scope:
        assert slim.conv2d(x(2, 4, 4, 3), 3, 3).shape.as_list() == [2, 2, 2, 3]
    with (
        pytest.raises(ValueError, match="kwargs must be empty"),
        framework.arg_scope(scope, stride=1),
    ):
        raise AssertionError
    with (
        framework.arg_scope([slim.conv2d], zz=1),
        pytest.raises(TypeError, match="unexpected keyword argument 'zz'"),
    ):
        slim.conv2d(x(2, 3, 3, 3), 3, 3)


# -- layer normalization ----------------------------------------------------------------------


@pytest.mark.parametrize(("shape", "first"), [((4, 3), 1), ((4, 2, 3), 1), ((4, 2, 3), -1)])
def test_layer_norm(shape, first):
    given = RANDOM.standard_normal(shape).astype(np.float32)
    y = layers.layer_norm(tf.constant(given), begin_norm_axis=first)
    axes = tuple(range(first % len(shape), len(shape)))
    mean, variance = given.mean(axes, keepdims=True), given.var(axes, keepdims=True)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        value = session.run(y)
    np.testing.assert_allclose(value, (given - mean) / np.sqrt(variance), rtol=1e-4, atol=1e-5)
    assert names(tf.model_variables()) == ["LayerNorm/beta:0", "LayerNorm/gamma:0"]
    assert y.name == "LayerNorm/batchnorm/add_1:0"


def test_layer_norm_options():
    options = {"center": False, "scale": False, "activation_fn": tf.nn.relu}
    assert layers.layer_norm(x(2, 3, dtype=tf.float16), **options).dtype is tf.float16
    assert tf.global_variables() == []
    y = layers.layer_norm(x(2, 4, 3), begin_params_axis=1)
    assert [v.shape.as_list() for v in tf.model_variables()] == [[4, 3], [4, 3]]
    assert y.shape.as_list() == [2, 4, 3]


@pytest.mark.parametrize(
    ("shape", "options", "said"),
    [
        (None, {}, "has undefined rank"),
        ((2, None), {}, r"shape\(inputs\)\[-1:\] is not fully defined"),
        ((2, 3), {"begin_norm_axis": 2}, r"must be < rank\(inputs\) \(2\)"),
    ],
)
def test_layer_norm_mistakes(shape, options, said):
    with pytest.raises(ValueError, match=said):
        layers.layer_norm(tf.placeholder(tf.float32, shape), **options)


def test_outputs_have_the_names_of_their_scopes():
    x = tf.ones([1, 8, 8, 3])
    with tf.variable_scope("net"):
        net = layers.conv2d(x, 2, 3, outputs_collections="ends", scope="first")
        net = layers.max_pool2d(net, 2, outputs_collections="ends", scope="pool")
        layers.flatten(net, outputs_collections="ends", scope="flat")
    found = layers.utils.convert_collection_to_dict("ends", clear_collection=True)
    assert list(found) == ["net/first", "net/pool", "net/flat"]
    assert tf.get_collection("ends") == []
    assert layers.utils.gather_tensors_aliases([x, net]) == ["ones", "net/pool"]
