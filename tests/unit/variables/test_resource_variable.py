"""Variables that each use reads anew; names and numbers were recorded from TensorFlow 1.15."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.variables.resource_variable import ResourceVariable


def _names():
    return [o.name for o in tf.get_default_graph().get_operations()]


def test_operations_of_a_resource_variable():
    v = tf.Variable([1.0, 2.0], use_resource=True, name="v")
    assert isinstance(v, ResourceVariable)
    assert repr(v) == "<tf.Variable 'v:0' shape=(2,) dtype=float32>"
    own = ["Initializer/initial_value", "", "IsInitialized/VarIsInitializedOp", "Assign"]
    own += ["Read/ReadVariableOp"]
    assert _names() == [f"v/{n}".rstrip("/") for n in own]
    v.read_value()
    tf.add(v, v * 2.0)
    assert _names()[5:] == [
        *("Read/ReadVariableOp", "Identity", "ReadVariableOp", "mul/y", "mul"),
        *("Add/ReadVariableOp", "Add"),
    ]
    changed = v.assign_add([1.0, 1.0], name="nm")
    assert repr(changed) == "<tf.Variable 'nm' shape=(2,) dtype=float32>"
    assert v.assign([1.0, 1.0], read_value=False).name == "AssignVariableOp"
    assert tf.scatter_add(v, [0], [1.0]).op.name == "ResourceScatterAdd"
    assert tf.scatter_nd_update(v, [[0]], [1.0]).op.name == "ResourceScatterNdUpdate"
    assert v.to_proto().is_resource and isinstance(tf.Variable.from_proto(v.to_proto()), type(v))


def test_scopes_say_which_kind():
    with tf.variable_scope("a", use_resource=True) as scope:
        w = tf.get_variable("w", [2], partitioner=tf.fixed_size_partitioner(2))
        kinds = [isinstance(v, ResourceVariable) for v in (tf.Variable(1.0), *w)]
        scope.set_use_resource(False)
        plain = tf.get_variable("p", [2])
    assert kinds == [True] * 3 and not isinstance(plain, ResourceVariable)


def test_what_was_read_stays():
    v = tf.Variable(1.0, use_resource=True)
    before = v.read_value()
    with tf.control_dependencies([before]):
        change = v.assign(5.0)
    with tf.control_dependencies([change]):
        old, new = before * 10.0, v * 10.0
    added = change.assign_add(1.0)
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run([old, new]) == [10.0, 50.0]
        assert sess.run([change, v]) == [5.0, 5.0]
        assert sess.run(added) == 6.0
        assert sess.run(v, {v: 7.0}) == 7.0
        v.load(3.0, sess)
        assert (v.eval(sess), sess.run(v.initialized_value())) == (3.0, 3.0)


def test_without_a_value():
    v = tf.Variable(1.0, use_resource=True, name="v")
    with tf.Session() as sess:
        with pytest.raises(tf.errors.FailedPreconditionError):
            sess.run(v)
        assert not sess.run(tf.is_variable_initialized(v))
        assert sess.run(tf.report_uninitialized_variables()).tolist() == [b"v"]
        assert sess.run(v.initialized_value()) == 1.0


def test_arguments():
    v = tf.Variable([1.0], shape=tf.TensorShape(None), use_resource=True)
    assert v.shape.ndims is None
    with pytest.raises(ValueError, match="explicitly supplied `shape` argument"):
        tf.Variable([1.0], shape=[2], use_resource=True)
    with pytest.raises(ValueError, match=r"Shapes \(2,\) and \(3,\) are incompatible"):
        tf.Variable([1.0, 2.0], use_resource=True).assign([1.0, 2.0, 3.0])
    n = tf.Variable(0, use_resource=True)
    assert tf.count_up_to(n, 2).op.name == "ResourceCountUpTo"
    cached = tf.Variable(1.0, use_resource=True, caching_device="/cpu:0", name="c")
    assert cached.value().name == "c/Read/Identity:0"


def test_training(tmp_path):
    with tf.variable_scope("s", use_resource=True):
        w = tf.get_variable("w", initializer=tf.ones([4, 2]))
    step = tf.Variable(0, use_resource=True, trainable=False, name="step")
    loss = tf.reduce_sum(tf.square(tf.matmul(tf.ones([1, 4]), w)))
    loss += tf.reduce_sum(tf.nn.embedding_lookup(w, [1, 2]))
    train = tf.train.AdamOptimizer(0.1).minimize(loss, global_step=step)
    names = _names()
    for name in (
        *("MatMul/ReadVariableOp", "s/w/Adam/Read/ReadVariableOp", "beta1_power/Assign"),
        *("Adam/update_s/w/ResourceApplyAdam/ReadVariableOp_1", "Adam/AssignVariableOp_1"),
        *("Adam/update_s/w/ResourceApplyAdam", "Adam/Const"),
    ):
        assert name in names
    assert train.name == "Adam"
    saver = tf.train.Saver()
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(3):
            sess.run(train)
        np.testing.assert_allclose(sess.run(w)[:2, 0], [0.7015875578, 0.7013397813], rtol=1e-6)
        assert sess.run(step) == 3
        values = sess.run(tf.global_variables())
        path = saver.save(sess, str(tmp_path / "model"))
    with tf.Session() as sess:
        saver.restore(sess, path)
        for value, saved in zip(sess.run(tf.global_variables()), values, strict=True):
            np.testing.assert_array_equal(value, saved)
    restored = [n for n in names if n.startswith("save/")]
    assert restored == []
    assert {"save/Identity", "save/AssignVariableOp", "save/AssignVariableOp_1"} < set(_names())


def test_layers_train_on_resource_variables():
    tf.set_random_seed(1)
    x = tf.ones([2, 3])
    with tf.variable_scope("net", use_resource=True):
        y = tf.layers.batch_normalization(tf.layers.dense(x, 4), training=True)
    loss = tf.reduce_mean(tf.square(y - 1.0))
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        train = tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        first = sess.run(loss)
        for _ in range(20):
            sess.run(train)
        assert sess.run(loss) < 0.1 * first
