"""Instance and group normalization; names, texts and numbers are TensorFlow 1.15.5's."""

import numpy as np
import pytest

import flowgraph as tf

layers = tf.contrib.layers
RANDOM = np.random.RandomState(0).rand(2, 3, 2, 2).astype(np.float32)
PARAMETERS = {"gamma": tf.constant_initializer(2.0), "beta": tf.constant_initializer(0.5)}

INSTANCES = [
    *(-0.31927824, 1.710998, 0.23865461, -0.41863108, -1.6136308, 0.84448195),
    *(-1.4695463, 3.919126, 3.9709644, -2.4374127, 2.1928377, -0.61855984),
    *(1.0091727, 1.9712696, -1.8518397, -3.9099112, -2.1443698, 1.3191113),
    *(2.2186768, 1.5813885, 3.3726265, 1.0844073, 0.39573407, 0.9537368),
]
GROUPS = [
    *(-0.25115967, 0.97895813, 0.74315596, 0.30697107, -1.1765339, 0.46661615),
    *(-0.501611, 2.9211311, 2.816073, -1.4738553, 2.1671705, 0.18648338),
    *(-0.10897303, 2.5346274, -3.263939, -3.1426601, -4.1593843, 1.8471932),
    *(2.06492, 2.7571416, 2.9266486, 1.5997934, -0.32155967, 2.0827985),
]


def value(y):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(y)


def operations(scope):
    """The operations of a scope that are no part of a variable, without their inputs' shapes."""
    parts = ("/Initializer/", "/Assign", "/read")
    return [
        o.name.removeprefix(scope + "/")
        for o in tf.get_default_graph().get_operations()
        if o.name.startswith(scope)
        and o.type not in ("Const", "VariableV2")
        and not any(part in o.name for part in parts)
    ]


def test_instance_norm():
    y = layers.instance_norm(tf.constant(RANDOM), param_initializers=PARAMETERS)
    np.testing.assert_allclose(value(y).ravel(), INSTANCES, rtol=2e-5, atol=1e-5)
    assert [v.op.name for v in tf.model_variables()] == ["InstanceNorm/beta", "InstanceNorm/gamma"]
    assert operations("InstanceNorm") == [
        *(f"moments/{name}" for name in ("mean", "StopGradient", "SquaredDifference", "variance")),
        *(f"instancenorm/{name}" for name in ("add", "Rsqrt", "mul", "mul_1", "mul_2", "sub")),
        "instancenorm/add_1",
    ]


def test_instance_norm_of_channels_first_is_that_of_channels_last():
    first = layers.instance_norm(
        tf.constant(RANDOM.transpose(0, 3, 1, 2)),
        param_initializers=PARAMETERS,
        data_format="NCHW",
        activation_fn=tf.nn.relu,
        outputs_collections="out",
    )
    assert tf.get_collection("out") == [first]
    expected = np.maximum(np.reshape(INSTANCES, RANDOM.shape), 0)
    found = value(first).transpose(0, 2, 3, 1)
    np.testing.assert_allclose(found, expected, rtol=2e-5, atol=1e-5)


def test_instance_norm_without_parameters():
    y = layers.instance_norm(tf.placeholder(tf.float32, [None, 6, 5]), center=False, scale=False)
    assert (tf.global_variables(), y.shape.as_list()) == ([], [None, 6, 5])


def test_instance_norm_mistakes():
    with pytest.raises(ValueError, match="Inputs Placeholder:0 has undefined rank"):
        layers.instance_norm(tf.placeholder(tf.float32))
    with pytest.raises(ValueError, match="data_format has to be either NCHW or NHWC"):
        layers.instance_norm(tf.zeros([2, 3]), data_format="X")
    with pytest.raises(ValueError, match=r"Placeholder_1:0 has undefined channels dimension \(\?,"):
        layers.instance_norm(tf.placeholder(tf.float32, [2, 3, None]))


@pytest.mark.parametrize("close", [False, True])
def test_group_norm(close):
    inputs = tf.constant(np.random.RandomState(0).rand(1, 3, 2, 4).astype(np.float32))
    y = layers.group_norm(inputs, groups=2, param_initializers=PARAMETERS, mean_close_to_zero=close)
    np.testing.assert_allclose(value(y).ravel(), GROUPS, rtol=2e-4, atol=1e-4)
    assert [v.shape.as_list() for v in tf.trainable_variables()] == [[4], [4]]


def test_operations_of_group_norm():
    x = tf.placeholder(tf.float32, [None, 4, 5, 6])
    y = layers.group_norm(x, groups=3)
    assert (y.op.name, y.shape.as_list()) == ("GroupNorm/Reshape_2", [None, 4, 5, 6])
    assert operations("GroupNorm") == [
        *("Reshape", "Reshape_1"),
        *(f"moments/{name}" for name in ("mean", "StopGradient", "SquaredDifference", "variance")),
        *("add", "Rsqrt", "Neg", "mul", "mul_1", "mul_2", "add_1", "mul_3", "add_2"),
        *("Reshape_2/shape", "Reshape_2"),
    ]
    assert y.graph.get_tensor_by_name("Reshape:0").shape.as_list() == [None, 4, 5, 3, 2]


def test_group_norm_of_channels_first():
    images = np.random.RandomState(0).rand(1, 3, 2, 4).astype(np.float32).transpose(0, 3, 1, 2)
    y = layers.group_norm(
        tf.constant(images),
        groups=2,
        channels_axis=-3,
        reduction_axes=[-2, -1],
        param_initializers=PARAMETERS,
    )
    found = value(y).transpose(0, 2, 3, 1).ravel()
    np.testing.assert_allclose(found, GROUPS, rtol=2e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"groups": 3}, "4 channels is not commensurate with 3 groups."),
        ({}, "Invalid groups 32 for 4 channels."),
        ({"channels_axis": 7}, "Axis is out of bounds."),
        ({"reduction_axes": [9]}, "Axis is out of bounds."),
        ({"reduction_axes": [3]}, "reduction_axis must be mutually exclusive with channels_axis"),
    ],
)
def test_group_norm_mistakes(options, said):
    with pytest.raises(ValueError, match=said):
        layers.group_norm(tf.zeros([2, 3, 3, 4]), **options)


def test_group_norm_needs_the_sizes_of_its_axes():
    with pytest.raises(ValueError, match="has undefined channel dimension: 3"):
        layers.group_norm(tf.placeholder(tf.float32, [2, 3, 2, None]), groups=2)
    with pytest.raises(ValueError, match="has undefined dimensions 1"):
        layers.group_norm(tf.placeholder(tf.float32, [2, None, 2, 4]), groups=2)
