"""`SyncReplicasOptimizer`, against names, numbers and messages of TensorFlow 1.15.5."""

import threading
import time

import numpy as np
import pytest

import flowgraph as tf

# The chief's thread waits for gradients until the session is gone, as in TensorFlow.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


def model(**arguments):
    w = tf.Variable([1.0, 2.0], name="w")
    e = tf.Variable([[1.0], [2.0], [3.0]], name="e")
    count = tf.train.get_or_create_global_step()
    x = tf.placeholder_with_default(1.0, [], name="x")
    loss = tf.reduce_sum(w * w) * x + tf.reduce_sum(tf.gather(e, [0, 2])) * x
    optimizer = tf.train.SyncReplicasOptimizer(
        tf.train.GradientDescentOptimizer(0.1), **({"replicas_to_aggregate": 2} | arguments)
    )
    return optimizer, loss, count, (w, e), x


def until(condition):
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_nodes_are_named_as_in_tensorflow():
    optimizer, loss, count, _, _ = model(total_num_replicas=1)
    pairs = optimizer.compute_gradients(loss)
    before = len(tf.get_default_graph().get_operations())
    step = optimizer.apply_gradients(pairs, count)
    operations = tf.get_default_graph().get_operations()[before:]
    names = [op.name for op in operations if not op.name.startswith("report_uninit")]
    assert names == [
        "NoOp",
        "sync_rep_local_step/initial_value",
        "sync_rep_local_step",
        "sync_rep_local_step/Assign",
        "sync_rep_local_step/read",
        "Assign",
        "sync_replicas/conditional_accumulator",
        "sync_replicas/ResourceAccumulatorApplyGradient",
        "sync_replicas/ResourceAccumulatorTakeGradient/num_required",
        "sync_replicas/ResourceAccumulatorTakeGradient",
        "sync_replicas/sparse_conditional_accumulator",
        "sync_replicas/Cast",
        "sync_replicas/Cast_1",
        "sync_replicas/SparseAccumulatorApplyGradient",
        "sync_replicas/SparseAccumulatorTakeGradient/num_required",
        "sync_replicas/SparseAccumulatorTakeGradient",
        "GradientDescent/learning_rate",
        "GradientDescent/update_w/ApplyGradientDescent",
        "GradientDescent/update_e/mul",
        "GradientDescent/update_e/ScatterSub",
        "GradientDescent/update",
        "GradientDescent/value",
        "GradientDescent",
        "sync_token_q",
        "dummy_queue",
        "sync_token_q_Dequeue",
        "Assign_1",
        "Fill/dims",
        "Fill",
        "sync_token_q_EnqueueMany",
        "dummy_queue_Close",
        "dummy_queue_Close_1",
        "sync_replicas/SetGlobalStep",
        "sync_replicas/SetGlobalStep_1",
        "sync_replicas/group_deps",
    ]
    assert step.name == "Assign_1:0"
    runner = optimizer.get_chief_queue_runner()
    assert runner.name == "dummy_queue"
    assert [op.name for op in runner.enqueue_ops] == ["sync_token_q_EnqueueMany"]
    assert [v.name for v in tf.local_variables()] == ["sync_rep_local_step:0"]
    assert [op.name for op in tf.get_collection(tf.GraphKeys.TRAIN_OP)] == ["GradientDescent"]


def test_two_gradients_of_one_replica_make_a_step():
    optimizer, loss, count, variables, x = model(total_num_replicas=1)
    step = optimizer.minimize(loss, count, name="any")
    hook = optimizer.make_session_run_hook(is_chief=True)
    tokens, steps, found = [], [], []
    with tf.train.MonitoredTrainingSession(hooks=[hook], stop_grace_period_secs=0.1) as sess:
        for index, factor in enumerate((1.0, 3.0, 1.0, 1.0, 2.0, 2.0)):
            tokens.append(sess.run(step, {x: factor}))
            if index == 1:
                until(lambda: sess.run(count) == 1)
                found = sess.run(variables)
            steps.append(sess.run(count))
        last = sess.run(variables)
    # The first two tokens are those of the start: the third gradient comes too late.
    assert tokens == [0, 0, 1, 1, 2, 2]
    assert steps == [0, 1, 1, 1, 2, 2]
    np.testing.assert_allclose(found[0], [0.6, 1.2], rtol=1e-6)
    np.testing.assert_allclose(found[1].ravel(), [0.8, 2.0, 2.8], rtol=1e-6)
    np.testing.assert_allclose(last[0], [0.42, 0.84], rtol=1e-6)
    np.testing.assert_allclose(last[1].ravel(), [0.65, 2.0, 2.65], rtol=1e-6)


def test_replicas_in_threads_wait_for_each_other():
    w = tf.Variable(0.0, name="w")
    count = tf.train.get_or_create_global_step()
    x = tf.placeholder(tf.float32, [])
    optimizer = tf.train.SyncReplicasOptimizer(tf.train.GradientDescentOptimizer(1.0), 2)
    step = optimizer.minimize(w * x, count)
    start = tf.group(tf.global_variables_initializer())
    found = []
    with tf.Session() as sess:
        sess.run(start)
        sess.run(optimizer.chief_init_op)
        coord = tf.train.Coordinator()
        optimizer.get_chief_queue_runner().create_threads(sess, coord, daemon=True, start=True)
        replicas = [
            threading.Thread(target=lambda by=by: found.append(sess.run(step, {x: by})))
            for by in (1.0, 5.0)
        ]
        replicas[0].start()
        time.sleep(0.05)
        assert not found
        replicas[1].start()
        for replica in replicas:
            replica.join(10)
        assert found == [1, 1]
        assert sess.run([w, count]) == [-3.0, 1]
        coord.request_stop()


def test_slots_and_averages():
    w = tf.Variable(4.0, name="w")
    count = tf.train.get_or_create_global_step()
    averages = tf.train.ExponentialMovingAverage(0.5)
    optimizer = tf.train.SyncReplicasOptimizer(
        tf.train.MomentumOptimizer(0.1, 0.9), 1, 1, averages, [w]
    )
    step = optimizer.minimize(w * w, count)
    assert optimizer.get_slot_names() == ["momentum"]
    slot = optimizer.get_slot(w, "momentum")
    assert optimizer.variables() == [slot]
    assert optimizer.get_init_tokens_op(0).name == "no_init_tokens"
    hook = optimizer.make_session_run_hook(is_chief=True, num_tokens=0)
    with tf.train.MonitoredTrainingSession(hooks=[hook], stop_grace_period_secs=0.1) as sess:
        assert sess.run(step) == 1
        until(lambda: sess.run(averages.average(w)) < 4)
        found = sess.run([w, averages.average(w), slot])
    np.testing.assert_allclose(found, [3.2, 3.6, 8.0], rtol=1e-6)


def test_a_replica_that_is_not_the_chief_starts_at_the_step_of_the_model():
    optimizer, loss, count, _, _ = model()
    optimizer.minimize(loss, count)
    hook = optimizer.make_session_run_hook(is_chief=False)
    hook.begin()
    (local,) = tf.local_variables()
    with tf.Session() as sess:
        with pytest.raises(RuntimeError, match=r"did not make model ready for SyncReplicasOptimiz"):
            hook.after_create_session(sess, None)
        sess.run(tf.global_variables_initializer())
        sess.run(tf.assign(count, 7))
        hook.after_create_session(sess, None)
        assert sess.run(local) == 7


def test_mistakes():
    optimizer, loss, count, _, _ = model(replicas_to_aggregate=3, total_num_replicas=1)
    with pytest.raises(ValueError, match=r"Should be called after apply_gradients\(\)\."):
        optimizer.get_chief_queue_runner()
    with pytest.raises(ValueError, match=r"get_init_tokens_op\(\) should be called after"):
        optimizer.get_init_tokens_op()
    with pytest.raises(ValueError, match="apply_gradient should be called before using the hook"):
        optimizer.make_session_run_hook(True).begin()
    with pytest.raises(ValueError, match="Must supply at least one variable"):
        optimizer.apply_gradients([])
    with pytest.raises(ValueError, match="Global step is required to check staleness"):
        optimizer.minimize(loss)
    with pytest.raises(ValueError, match="Unknown grad type!"):
        optimizer.apply_gradients([(1.0, tf.Variable(1.0))], count)
    optimizer.minimize(loss, count)
    with pytest.raises(ValueError, match=r"Too few tokens to finish the first step: 1 \(given\)"):
        optimizer.get_init_tokens_op(1)
