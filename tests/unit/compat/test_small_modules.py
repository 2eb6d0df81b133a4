"""Modules of TensorFlow's that consist of a few functions."""

import logging

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.compat import finder, mnist_model, resources
from flowgraph.compat.checkpoint_printing import print_tensors_in_checkpoint_file
from flowgraph.compat.device_list import list_local_devices


def test_the_model_of_the_tutorial_learns():
    tf.set_random_seed(1)
    images = tf.placeholder(tf.float32, [8, mnist_model.IMAGE_PIXELS])
    labels = tf.placeholder(tf.int32, [8])
    logits = mnist_model.inference(images, 32, 16)
    loss = mnist_model.loss(logits, labels)
    step = mnist_model.training(loss, 0.1)
    correct = mnist_model.evaluation(logits, labels)
    assert [v.op.name for v in tf.trainable_variables()] == [
        f"{scope}/{name}"
        for scope in ("hidden1", "hidden2", "softmax_linear")
        for name in ("weights", "biases")
    ]
    names = {"hidden1/Relu", "hidden2/Relu", "softmax_linear/add", "loss"}
    assert names <= {operation.name for operation in loss.graph.get_operations()}
    feeds = {
        images: np.random.default_rng(0).random((8, 784), np.float32),
        labels: np.arange(8),
    }
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        losses = [sess.run([loss, step], feeds)[0] for _ in range(200)]
        assert losses[-1] < 0.2 < 2 < losses[0]
        assert sess.run(correct, feeds) == 8
        assert sess.run("global_step:0") == 200
        (summary,) = tf.get_collection(tf.GraphKeys.SUMMARIES)
        assert tf.Summary.FromString(sess.run(summary, feeds)).value[0].tag == "loss"


def test_the_devices():
    (device,) = [device for device in list_local_devices() if device.device_type == "CPU"]
    assert (device.name, device.memory_limit) == ("/device:CPU:0", 268435456)
    only = list_local_devices(tf.ConfigProto(device_count={"GPU": 0}))
    assert [d.device_type for d in only] == ["CPU"]


def test_a_scope_of_the_older_form(caplog):
    with caplog.at_level(logging.WARNING, "tensorflow"), tf.op_scope([], "a", "b") as scope:
        assert scope == "a/"
        assert tf.constant(1.0).op.name == "a/Const"
    assert "tf.op_scope(values, name, default_name) is deprecated" in caplog.text


def test_resources_are_made_by_what_they_are_registered_with():
    handle, is_made = tf.constant("a"), tf.constant(True)
    w = tf.Variable(1.0)
    resources.register_resource(handle, w.initializer, is_made)
    resources.register_resource(handle, tf.no_op(), is_made, is_shared=False)
    (shared,), (local,) = resources.shared_resources(), resources.local_resources()
    assert (shared.handle, shared.is_initialized) == (local.handle, local.is_initialized)
    with tf.Session() as sess:
        sess.run(resources.initialize_resources([shared, local], name="make"))
        assert sess.run(w) == 1.0
    assert resources.initialize_resources([]).name == "init"


@pytest.mark.parametrize(
    ("options", "printed"),
    [
        ({"tensor_name": "w"}, "tensor_name:  w\n[1. 2.]\n# Total number of params: 3\n"),
        (
            {"tensor_name": ""},
            "step (DT_INT32) []\nw (DT_FLOAT) [2]\n\n# Total number of params: 3\n",
        ),
        (
            {"tensor_name": None, "all_tensor_names": True, "count_exclude_pattern": "^s"},
            "tensor_name:  step\ntensor_name:  w\n"
            "# Excluding 1 tensors (1 params) that match ^s when counting.\n"
            "# Total number of params: 2\n",
        ),
        ({"tensor_name": "x"}, "tensor_name:  x\nKey x not found in checkpoint\n"),
    ],
)
def test_what_a_checkpoint_holds(tmp_path, capsys, options, printed):
    tf.Variable([1.0, 2.0], name="w")
    tf.Variable(7, name="step")
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        path = tf.train.Saver().save(sess, str(tmp_path / "model"))
    capsys.readouterr()
    print_tensors_in_checkpoint_file(path, **{"all_tensors": False} | options)
    assert capsys.readouterr().out == printed


def test_they_go_by_their_names_of_tensorflow():
    with finder.installed():
        from tensorflow.examples.tutorials.mnist import mnist
        from tensorflow.python.client import device_lib
        from tensorflow.python.util import nest

        assert (mnist.IMAGE_PIXELS, mnist.NUM_CLASSES) == (784, 10)
        assert mnist.inference is mnist_model.inference
        assert device_lib.list_local_devices is list_local_devices
        assert nest.flatten is tf.nest.flatten


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("mul", "tf.mul is not in TensorFlow 1.15: write tf.multiply"),
        ("estimator", "tf.estimator is not in flowgraph yet: tf.train.Monitored"),
        ("py_function", "tf.py_function is not supported by flowgraph: there are no eager "),
    ],
)
def test_what_is_missing_says_so(name, text):
    assert not hasattr(tf, name)
    with pytest.raises(AttributeError) as caught:
        getattr(tf, name)
    assert str(caught.value).startswith(text)
    assert isinstance(caught.value, NotImplementedError)
