"""Names that programs find in more than one place."""

import flowgraph as tf


def test_collections_of_a_variable():
    found = tf.contrib.layers.utils.get_variable_collections
    assert found(None, "w") is None
    assert found(["a"], "w") == ["a"]
    assert found({"w": ["q"]}, "w") == ["q"]
    assert found({"w": ["q"]}, "b") is None


def test_what_is_a_tensor_and_what_is_known_of_it():
    assert tf.contrib.framework.is_tensor(tf.zeros([]))
    assert not tf.contrib.framework.is_tensor(0.0)
    assert tf.get_static_value(tf.constant([1, 2])).tolist() == [1, 2]
    assert tf.get_static_value(tf.placeholder(tf.int32)) is None
