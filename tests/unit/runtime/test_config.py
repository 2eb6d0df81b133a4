"""`ConfigProto` and its parts."""

import pytest

import flowgraph as tf


def test_fields_by_keyword_and_by_attribute():
    config = tf.ConfigProto(allow_soft_placement=True)
    config.gpu_options.allow_growth = True
    config.graph_options.optimizer_options.opt_level = tf.OptimizerOptions.L0
    assert config.allow_soft_placement
    assert not tf.ConfigProto().allow_soft_placement
    assert not tf.ConfigProto().gpu_options.allow_growth
    assert config == tf.ConfigProto(
        allow_soft_placement=True,
        gpu_options=tf.GPUOptions(allow_growth=True),
        graph_options=tf.GraphOptions(
            optimizer_options=tf.OptimizerOptions(opt_level=tf.OptimizerOptions.L0)
        ),
    )
    assert config != tf.ConfigProto()
    assert "allow_soft_placement=True" in repr(config)


def test_a_field_that_does_not_exist():
    with pytest.raises((AttributeError, ValueError), match="no field"):
        tf.ConfigProto(allow_soft=True)
    with pytest.raises(AttributeError, match="no field"):
        tf.ConfigProto().allow_soft = True


def test_copy():
    config = tf.ConfigProto()
    config.CopyFrom(tf.ConfigProto(intra_op_parallelism_threads=3))
    assert config.intra_op_parallelism_threads == 3


def test_arguments_of_sessions():
    for arguments, kind in [({"graph": 3}, "tf.Graph"), ({"config": 3}, "tf.ConfigProto")]:
        with pytest.raises(TypeError, match=kind):
            tf.Session(**arguments)
    with pytest.raises(NotImplementedError, match="remote target"):
        tf.Session("grpc://localhost:2222")


def test_options_that_ask_for_nothing():
    a = tf.constant(1)
    with tf.Session() as session:
        assert session.run(a, options=tf.RunOptions(), run_metadata=tf.RunMetadata()) == 1
        with pytest.raises(TypeError, match=r"tf\.RunOptions"):
            session.run(a, options={})
