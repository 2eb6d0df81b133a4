"""`instance_norm` and `group_norm` of ``tf.contrib.layers`` against TensorFlow 1.15.5."""

import numpy as np
import pytest

import flowgraph as tf

layers = tf.contrib.layers
VALUES = np.random.RandomState(0).randn(2, 3, 2, 4).astype(np.float32)


def of_nodes(scope):
    parts = ("/Initializer/", "/Assign")
    return " ".join(
        operation.name.removeprefix(f"{scope}/")
        for operation in tf.get_default_graph().get_operations()
        if operation.name.startswith(f"{scope}/")
        and operation.type != "Const"
        and not any(part in operation.name for part in parts)
    )


@pytest.mark.parametrize(
    ("make", "first", "total"),
    [
        (
            lambda x: layers.instance_norm(
                x,
                data_format="NCHW",
                center=False,
                epsilon=1e-2,
                activation_fn=tf.nn.relu,
                param_initializers={"gamma": tf.constant_initializer(2.0)},
            ),
            [1.7127137184143066, 0.0, 0.1841893494129181, 2.640829563140869],
            37.904441833496094,
        ),
        (
            lambda x: layers.group_norm(
                x,
                groups=2,
                reduction_axes=(-3, -2),
                param_initializers={"beta": tf.constant_initializer(0.5)},
            ),
            [1.7421070337295532, 0.5827212333679199, 1.0712831020355225, 2.5710201263427734],
            42.92450714111328,
        ),
        (
            lambda x: layers.group_norm(
                x, groups=1, channels_axis=-3, reduction_axes=(-2, -1), scale=False
            ),
            [1.3272533416748047, -0.00023597478866577148, 0.5629010200500488, 1.7913659811019897],
            37.46967315673828,
        ),
        (
            lambda x: layers.group_norm(x, groups=4, mean_close_to_zero=True),
            [0.7966902852058411, 0.6180237531661987, 1.1037664413452148, 1.6442335844039917],
            41.85566711425781,
        ),
    ],
)
def test_values(make, first, total):
    x = tf.placeholder(tf.float32, [None, 3, 2, 4])
    y = make(x)
    assert y.shape.as_list() == [None, 3, 2, 4]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        value = session.run(y, {x: VALUES})
    np.testing.assert_allclose(value.ravel()[:4], first, rtol=1e-4, atol=1e-6)
    assert np.abs(value).sum() == pytest.approx(total, rel=1e-5)


def test_nodes_variables_and_collections():
    x = tf.placeholder(tf.float32, [2, 3, 2, 4])
    y = layers.instance_norm(x, outputs_collections="out", scope="n")
    assert of_nodes("n") == (
        "beta beta/read gamma gamma/read moments/mean moments/StopGradient "
        "moments/SquaredDifference moments/variance instancenorm/add instancenorm/Rsqrt "
        "instancenorm/mul instancenorm/mul_1 instancenorm/mul_2 instancenorm/sub "
        "instancenorm/add_1"
    )
    assert tf.get_collection("out") == [y]
    assert [v.name for v in tf.model_variables()] == ["n/beta:0", "n/gamma:0"]
    layers.group_norm(x, groups=2, scope="g", trainable=False)
    assert of_nodes("g") == (
        "beta beta/read Reshape gamma gamma/read Reshape_1 moments/mean moments/StopGradient "
        "moments/SquaredDifference moments/variance add Rsqrt Neg mul mul_1 mul_2 add_1 mul_3 "
        "add_2 Reshape_2"
    )
    assert [v.name for v in tf.trainable_variables()] == ["n/beta:0", "n/gamma:0"]


@pytest.mark.parametrize(
    ("shape", "options", "message"),
    [
        (None, {}, "Inputs Placeholder:0 has undefined rank."),
        ([2, 3, None], {}, "Inputs Placeholder:0 has undefined channels dimension (?,)."),
        ([2, 3, 4], {"data_format": "X"}, "data_format has to be either NCHW or NHWC."),
        (None, {"groups": 2}, "Inputs Placeholder:0 has undefined rank."),
        ([2, 3, 2, 4], {"groups": 3}, "4 channels is not commensurate with 3 groups."),
        ([2, 3, 2, 4], {"groups": 8}, "Invalid groups 8 for 4 channels."),
        (
            [2, 3, 2, 4],
            {"groups": 2, "reduction_axes": (-1,)},
            "reduction_axis must be mutually exclusive with channels_axis",
        ),
        ([2, 3, 2, 4], {"groups": 2, "channels_axis": 5}, "Axis is out of bounds."),
        ([2, 3, 2, 4], {"groups": 2, "reduction_axes": (7,)}, "Axis is out of bounds."),
        (
            [2, 3, 2, None],
            {"groups": 2},
            "Inputs Placeholder:0 has undefined channel dimension: 3.",
        ),
        ([2, None, 2, 4], {"groups": 2}, "Inputs Placeholder:0 has undefined dimensions 1."),
    ],
)
def test_what_does_not_fit(shape, options, message):
    layer = layers.group_norm if "groups" in options else layers.instance_norm
    with pytest.raises(ValueError) as error:
        layer(tf.placeholder(tf.float32, shape), **options)
    assert str(error.value) == message


def test_collections_of_a_variable():
    found = layers.utils.get_variable_collections
    assert found(None, "w") is None
    assert found(["a"], "w") == ["a"]
    assert found({"w": ["q"]}, "w") == ["q"]
    assert found({"w": ["q"]}, "b") is None


def test_other_names():
    assert tf.contrib.framework.is_tensor(tf.zeros([]))
    assert not tf.contrib.framework.is_tensor(0.0)
    assert tf.get_static_value(tf.constant([1, 2])).tolist() == [1, 2]
