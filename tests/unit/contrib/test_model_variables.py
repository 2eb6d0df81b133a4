"""Variables through ``arg_scope``; devices and collections are TensorFlow 1.15.5's."""

import flowgraph as tf

slim = tf.contrib.slim


def test_a_variable_on_a_device():
    v = slim.variable("a", [2], device="/cpu:0")
    assert (v.device, v.shape.as_list(), v.dtype.base_dtype) == ("/device:CPU:0", [2], tf.float32)
    assert tf.global_variables() == tf.trainable_variables() == [v]
    assert tf.model_variables() == []


def test_a_model_variable_in_a_collection_of_its_own():
    v = slim.model_variable("b", [2], collections=["x"], trainable=False)
    assert [key for key in tf.get_default_graph().get_all_collection_keys() if key] == [
        *("x", "variables", "model_variables"),
    ]
    assert tf.get_collection("x") == tf.model_variables() == [v]


def test_collections_replace_the_usual_one():
    v = slim.variable("c", [2], collections=["x", "x"], trainable=False)
    assert (tf.get_collection("x"), tf.global_variables()) == ([v], [])


def test_the_variables_of_layers_come_from_the_scope():
    with slim.arg_scope([slim.model_variable], device="/cpu:1"):
        slim.fully_connected(tf.zeros([2, 3]), 4, normalizer_fn=slim.batch_norm)
        slim.bias_add(tf.zeros([2, 3]))
    assert len(tf.model_variables()) == 5
    assert {v.device for v in tf.model_variables()} == {"/device:CPU:1"}
    with slim.arg_scope([slim.variable], device="/cpu:1"):
        slim.fully_connected(tf.zeros([2, 3]), 4, scope="told_by_model_variable")
    assert tf.model_variables()[-1].device == ""


def test_a_getter_is_given_the_reuse_of_the_scope():
    seen = []

    def getter(name, reuse, **options):
        seen.append((name, reuse))
        return tf.get_variable(name, options["shape"])

    with tf.variable_scope("s", reuse=tf.AUTO_REUSE):
        slim.variable("v", [1], custom_getter=getter)
    slim.variable("w", [1], custom_getter=getter)
    assert seen == [("v", tf.AUTO_REUSE), ("w", False)]


def test_a_layer_that_is_reused():
    x = tf.zeros([2, 3])
    slim.fully_connected(x, 4, scope="fc")
    slim.fully_connected(x, 4, scope="fc", reuse=True)
    assert [v.op.name for v in tf.model_variables()] == ["fc/weights", "fc/biases"]


def test_local_and_global_variables():
    here = tf.contrib.framework.local_variable(3.0, name="l")
    there = tf.contrib.framework.global_variable(4.0, validate_shape=False)
    assert (tf.local_variables(), tf.global_variables()) == ([here], [there])
    assert tf.trainable_variables() == []
    with tf.Session() as session:
        session.run([tf.local_variables_initializer(), tf.global_variables_initializer()])
        assert session.run([here, there]) == [3.0, 4.0]
