"""`tf.contrib.opt`: three steps as TensorFlow 1.15.5 makes them, and what was derived by hand."""

import numpy as np
import pytest

import flowgraph as tf

opt = tf.contrib.opt


def trained(make, is_sparse, steps=3, **options):
    w = tf.Variable(np.arange(1, 7, dtype="f").reshape(3, 2), name="w")
    loss = tf.reduce_sum(tf.square(tf.gather(w, [0, 2, 0]) if is_sparse else w)) * 0.5
    step = make().minimize(loss, **options)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(steps):
            sess.run(step)
        return sess.run(w).ravel()


RECORDED = {
    ("NadamOptimizer", False): [0.5568305, 1.5475553, 2.5449755, 3.543771, 4.543074, 5.5426197],
    ("NadamOptimizer", True): [0.55683047, 1.5475553, 3.0, 4.0, 4.543074, 5.5426197],
    ("LazyAdamOptimizer", False): [0.7015874, 1.7006245, 2.7003827, 3.700275, 4.7002144, 5.700176],
    ("LazyAdamOptimizer", True): [0.7015873, 1.7006245, 3.0, 4.0, 4.7002144, 5.700176],
    ("AdaMaxOptimizer", False): [0.7154995, 1.7076483, 2.7050097, 3.7036862, 4.702891, 5.70236],
    ("AdaMaxOptimizer", True): [0.7154995, 1.7076483, 3.0, 4.0, 4.702891, 5.7023597],
}


@pytest.mark.parametrize(("name", "is_sparse"), RECORDED)
def test_steps(name, is_sparse):
    values = trained(lambda: getattr(opt, name)(0.1), is_sparse)
    np.testing.assert_allclose(values, RECORDED[name, is_sparse], rtol=2e-6)


def test_weights_decay_before_the_step_and_gradients_do_not_see_it():
    start = np.arange(1, 7)
    np.testing.assert_allclose(
        trained(lambda: opt.MomentumWOptimizer(0.25, 0.5, 0.9), False, steps=1),
        start * 0.75 - 0.5 * start,
    )
    rows = np.array([1, 1, 0, 0, 1, 1])
    slope = np.array([2, 2, 0, 0, 1, 1])
    np.testing.assert_allclose(
        trained(lambda: opt.MomentumWOptimizer(0.25, 0.125, 0.9), True, steps=1),
        start * (1 - 0.25 * rows) - 0.125 * slope * start,
    )
    np.testing.assert_allclose(
        trained(lambda: opt.AdamWOptimizer(0.25, 0.125), True, steps=1),
        start * (1 - 0.25 * rows) - 0.125 * rows,
        rtol=1e-6,
    )


def test_some_weights_decay():
    a, b = tf.Variable(4.0), tf.Variable(4.0)
    optimizer = opt.extend_with_decoupled_weight_decay(tf.train.GradientDescentOptimizer)
    step = optimizer(lambda: 0.5, learning_rate=1.0).minimize(a + b, decay_var_list=[a])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(step)
        assert sess.run([a, b]) == [1.0, 3.0]


def test_a_saver_swaps_averages_and_weights(tmp_path):
    w = tf.Variable(1.0, name="w")
    optimizer = opt.MovingAverageOptimizer(tf.train.GradientDescentOptimizer(0.5), 0.5)
    with pytest.raises(RuntimeError, match="Must call apply_gradients or minimize before"):
        optimizer.swapping_saver()
    step = optimizer.minimize(w)
    saver = optimizer.swapping_saver()
    with pytest.raises(ValueError, match="Variable to swap w is not part of variables to save"):
        optimizer.swapping_saver([tf.global_variables()[1]])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(step)
        path = saver.save(sess, str(tmp_path / "model"))
    assert tf.train.load_variable(path, "w") == 0.75
    assert tf.train.load_variable(path, "w/ExponentialMovingAverage") == 0.5


def external(**options):
    w = tf.Variable([5.0, -3.0])
    v = tf.Variable(2.0)
    loss = tf.reduce_sum(tf.square(w - 1.0)) + tf.square(v * w[0] - 3.0)
    given = options.pop("given", lambda w, v: {})(w, v)
    optimizer = opt.ScipyOptimizerInterface(loss, **given, **options)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        seen = []
        optimizer.minimize(fetches=[loss], loss_callback=seen.append)
        return [*sess.run(w), sess.run(v)], seen


def test_scipy_minimizes():
    (first, second, third), seen = external(options={"maxiter": 100})
    np.testing.assert_allclose([first, second, third], [1, 1, 3], atol=1e-3)
    assert seen[0] > seen[-1]


def test_scipy_keeps_bounds():
    (first, second, third), _ = external(given=lambda w, v: {"var_to_bounds": {w: (-1, [0.5, 2])}})
    np.testing.assert_allclose([first, second, third], [0.5, 1, 6], atol=1e-2)


def test_scipy_keeps_constraints():
    def given(w, v):
        return {"equalities": [w[0] + w[1] - 1.0], "inequalities": [v - 4.0]}

    (first, second, third), _ = external(given=given, method="SLSQP")
    assert abs(first + second - 1) < 1e-5
    assert third >= 4 - 1e-5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bounds": []}, "Bounds must be set using the var_to_bounds argument"),
        ({"jac": False}, "'jac' is set automatically and cannot be injected manually"),
    ],
)
def test_scipy_is_not_given_what_the_class_gives(options, message):
    with pytest.raises(ValueError, match=message):
        external(**options)


def test_an_optimizer_of_ones_own_needs_its_method():
    w = tf.Variable(1.0)
    with tf.Session() as sess:
        sess.run(w.initializer)
        with pytest.raises(NotImplementedError, match="implement the _minimize"):
            opt.ExternalOptimizerInterface(w * w).minimize(sess)
