"""`tf.raw_ops` and the modules ``gen_*_ops`` against TensorFlow 1.15's parameters."""

import inspect
from pathlib import Path

import pytest

import flowgraph as tf
from flowgraph.compat import generated_ops, raw_ops

ROWS = [
    line.split("\t")
    for line in Path(__file__).with_name("raw_ops.tsv").read_text().splitlines()[1:]
]


def test_every_function_has_tensorflows_parameters():
    assert {row[0] for row in ROWS} == set(dir(raw_ops)) - {
        *("GatherTree", "ImageProjectiveTransformV2", "NearestNeighbors")  # contrib's
    }
    for kind, name, parameters in ROWS:
        expected = parameters.split(",")
        assert list(inspect.signature(getattr(raw_ops, kind)).parameters) == expected, kind
        if name != "-":
            function = getattr(generated_ops, name)
            assert list(inspect.signature(function).parameters) == expected, kind
        else:
            assert not hasattr(generated_ops, raw_ops.function_name(kind))


def test_results_are_a_tensor_a_list_a_tuple_by_names_or_an_operation():
    assert raw_ops.Shape(input=[1, 2], out_type=tf.int64).dtype is tf.int64
    parts = raw_ops.Split(axis=0, value=[1.0, 2.0], num_split=2)
    assert [part.name for part in parts] == ["Split:0", "Split:1"]
    top = generated_ops.top_kv2([1.0, 3.0, 2.0], 2)
    with tf.Session() as session:
        values, indices = session.run(top)
    assert type(top)._fields == ("values", "indices")
    assert (values.tolist(), indices.tolist()) == ([3.0, 2.0], [1, 2])
    assert isinstance(raw_ops.NoOp(name="nothing"), tf.Operation)
    several = raw_ops.Unique(x=[7, 7, 8])
    assert type(several).__name__ == "Unique"
    listed = raw_ops.ConcatOffset(concat_dim=0, shape=[[2], [3]])
    assert len(listed) == 2


def test_a_pooling_gradient_by_position():
    x = tf.reshape(tf.range(16.0), [1, 4, 4, 1])
    window = [1, 2, 2, 1]
    y = tf.nn.max_pool(x, window, window, "VALID")
    dx = generated_ops.max_pool_grad(x, y, tf.ones_like(y), window, window, padding="VALID")
    with tf.Session() as session:
        assert session.run(tf.squeeze(dx)).nonzero()[0].tolist() == [1, 1, 3, 3]


def test_the_ops_of_optimizers_take_variables():
    weights, mean, momentum = tf.Variable([1.0]), tf.Variable([0.0]), tf.Variable([0.0])
    step = generated_ops.apply_rms_prop(
        weights, mean, momentum, 2.0, 0.9, 0.0, 1.0, tf.constant([2.0]), use_locking=False
    )
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(step) == pytest.approx([1.0 - 4.0 / 1.4**0.5])  # mean 0.4


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: raw_ops.Add(1, 2),
            "Add only takes keyword args (possible keys: ['x', 'y', 'name']). Please pass these "
            "args as kwargs instead.",
        ),
        (
            lambda: raw_ops.Add(x=1, y=2, z=3),
            "Add() got an unexpected keyword argument 'z'",
        ),
        (lambda: generated_ops.add(1), "add() missing a required argument: 'y'"),
        (
            lambda: generated_ops.max_pool(tf.ones([1, 2, 2, 1]), 2, [1, 1, 1, 1], "SAME"),
            "Expected list for 'ksize' argument to 'max_pool' Op, not 2.",
        ),
    ],
)
def test_wrong_arguments(call, message):
    with pytest.raises(TypeError) as error:
        call()
    assert str(error.value) == message


def test_what_there_is_not():
    with pytest.raises(NotImplementedError, match="Cast with Truncate=True"):
        raw_ops.Cast(x=1.5, DstT=tf.int32, Truncate=True)
    for module, name in [(raw_ops, "PyFunc"), (raw_ops, "Nothing"), (generated_ops, "max")]:
        assert not hasattr(module, name)


def test_programs_find_them():
    tf.install()
    try:
        from tensorflow import raw_ops as found
        from tensorflow.python.ops import gen_nn_ops
        from tensorflow.python.training import training_ops

        assert found.Relu(features=-1.0).op.type == "Relu"
        assert gen_nn_ops.relu(-1.0).op.type == training_ops.relu(1.0).op.type == "Relu"
    finally:
        from flowgraph.compat.finder import uninstall

        uninstall()
