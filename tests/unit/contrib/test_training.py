"""Training and evaluating as slim and `tf.contrib.training` do; numbers are TensorFlow 1.15.5's."""

import numpy as np
import pytest

import flowgraph as tf

slim, training = tf.contrib.slim, tf.contrib.training


def seeded_loss():
    tf.reset_default_graph()
    tf.set_random_seed(1)
    x = tf.random_normal([4, 3])
    y = slim.fully_connected(x, 2, normalizer_fn=slim.batch_norm, scope="fc")
    tf.losses.mean_squared_error(tf.ones([4, 2]), y)
    return tf.losses.get_total_loss()


def sgd():
    return tf.train.GradientDescentOptimizer(0.1)


def names_after(count):
    operations = tf.get_default_graph().get_operations()[count:]
    return [o.name for o in operations if not o.name.startswith("gradients")]


def test_the_nodes_of_a_training_op():
    loss = seeded_loss()
    before = len(tf.get_default_graph().get_operations())
    train_op = slim.learning.create_train_op(
        loss, sgd(), clip_gradient_norm=2.0, gradient_multipliers={"fc/weights": 0.5}
    )
    names = [n for n in names_after(before) if not n.startswith("clip_grads/")]
    assert names == [
        *("global_step/Initializer/zeros", "global_step", "global_step/Assign"),
        *("global_step/read", "update_barrier", "control_dependency"),
        *("multiply_grads/Const", "multiply_grads/mul", "GradientDescent/learning_rate"),
        "GradientDescent/update_fc/weights/ApplyGradientDescent",
        "GradientDescent/update_fc/BatchNorm/beta/ApplyGradientDescent",
        *("GradientDescent/update", "GradientDescent/value", "GradientDescent"),
        *("train_op/CheckNumerics", "train_op/control_dependency"),
    ]
    assert tf.get_collection(tf.GraphKeys.TRAIN_OP)[-1] is train_op
    barrier = tf.get_default_graph().get_operation_by_name("update_barrier")
    assert {o.name for o in barrier.control_inputs} == {
        *("fc/BatchNorm/AssignMovingAvg", "fc/BatchNorm/AssignMovingAvg_1"),
    }


def test_training_with_a_supervisor_and_going_on(tmp_path, lines):
    train_op = slim.learning.create_train_op(seeded_loss(), sgd())
    loss = slim.learning.train(train_op, str(tmp_path), number_of_steps=5, log_every_n_steps=2)
    np.testing.assert_allclose(loss, 0.73992026, rtol=1e-5)
    steps = [line.partition(" (")[0] for line in lines if line.startswith("global step ")]
    assert steps == ["global step 2: loss = 0.6900", "global step 4: loss = 0.7374"]
    assert lines[-2:] == ["Stopping Training.", "Finished training! Saving model to disk."]
    train_op = slim.learning.create_train_op(seeded_loss(), sgd())
    loss = slim.learning.train(train_op, str(tmp_path), number_of_steps=7, trace_every_n_steps=2)
    np.testing.assert_allclose(loss, 0.6817033, rtol=1e-5)
    assert [path.name for path in tmp_path.glob("*.json")] == ["tf_trace-7.json"]
    assert tf.train.latest_checkpoint(str(tmp_path)).endswith("model.ckpt-7")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"number_of_steps": -1}, "`number_of_steps` must be either None or a positive number."),
        ({"trace_every_n_steps": 3}, "Cannot provide trace_every_n_steps because logdir=None"),
        ({"saver": 1}, "Cannot provide saver because logdir=None"),
    ],
)
def test_wrong_arguments_of_train(options, text):
    with pytest.raises(ValueError, match=text):
        slim.learning.train(tf.constant(1), None, **options)


def test_without_a_training_op():
    with pytest.raises(ValueError, match=r"train_op cannot be None."):
        slim.learning.train(None, None)
    with pytest.raises(NotImplementedError, match=r"slim.learning.train with sync_optimizer"):
        slim.learning.train(tf.constant(1), None, sync_optimizer=1)


def test_gradients_changed():
    v, w = tf.Variable(1.0, name="v"), tf.Variable([1.0, 1.0], name="w")
    rows = tf.IndexedSlices(tf.constant([[3.0, 4.0]]), tf.constant([0]))
    clipped = training.clip_gradient_norms([(rows, w), (None, v)], 1.0)
    multiplied = training.multiply_gradients([(tf.constant(2.0), v), (rows, w)], {v: 3.0, "w": 2})
    assert clipped[1] == (None, v)
    with tf.Session() as sess:
        np.testing.assert_allclose(sess.run(clipped[0][0].values), [[0.6, 0.8]], rtol=1e-6)
        assert sess.run(multiplied[0][0]) == 6.0
        assert sess.run(multiplied[1][0].values).tolist() == [[6.0, 8.0]]
    for wrong, text in (
        (([], {}), "`gradient_multipliers` is empty."),
        (((), {v: 1}), "`grads_and_vars` must be a list."),
        (([], [1]), "`gradient_multipliers` must be a dict."),
        (([(None, v)], {v: 2.0}), "Requested multiple of `None` gradient."),
    ):
        with pytest.raises(ValueError) as caught:
            training.multiply_gradients(*wrong)
        assert str(caught.value) == text


def test_training_with_a_monitored_session(tmp_path, lines):
    train_op = training.create_train_op(seeded_loss(), sgd())
    loss = training.train(train_op, str(tmp_path), hooks=[tf.train.StopAtStepHook(3)])
    np.testing.assert_allclose(loss, 0.50570905, rtol=1e-5)
    with pytest.raises(ValueError, match="logdir cannot be None when save_summaries_steps is"):
        training.train(train_op, None)


def test_variables_to_train_are_trainable():
    fixed = tf.Variable(1.0, trainable=False)
    with pytest.raises(ValueError, match="not trainable"):
        training.create_train_op(tf.square(fixed), sgd(), variables_to_train=[fixed])


@pytest.fixture
def checkpoint(tmp_path):
    tf.Variable(3.0, name="w")
    tf.train.get_or_create_global_step()
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        path = tf.train.Saver().save(sess, str(tmp_path / "model"), global_step=1)
    tf.reset_default_graph()
    return path


def evaluation():
    w = tf.Variable(0.0, name="w")
    tf.train.get_or_create_global_step()
    seen = tf.Variable(0.0, trainable=False, collections=[tf.GraphKeys.LOCAL_VARIABLES])
    tf.summary.scalar("shown", w)
    return w, tf.assign_add(seen, w), seen


def test_a_checkpoint_is_evaluated(checkpoint, tmp_path, lines):
    w, update, seen = evaluation()
    value = slim.evaluation.evaluate_once(
        "", checkpoint, str(tmp_path / "log"), num_evals=3, eval_op=update, final_op=[seen, w]
    )
    assert value == [9.0, 3.0]
    assert [line for line in lines if line.startswith("Evaluation")] == [
        *("Evaluation [1/3]", "Evaluation [2/3]", "Evaluation [3/3]"),
    ]
    (path,) = (tmp_path / "log").glob("events*")
    tf.summary.FileWriterCache.clear()
    values = [v for e in tf.train.summary_iterator(str(path)) for v in e.summary.value]
    assert [(v.tag, v.simple_value) for v in values] == [("shown", 3.0)]
    names = [o.name for o in tf.get_default_graph().get_operations()]
    assert names[names.index("eval_step") :][:3] == [
        "eval_step",
        "eval_step/Assign",
        "eval_step/read",
    ]


def test_checkpoints_are_evaluated_as_they_come(checkpoint, tmp_path, lines):
    _, update, seen = evaluation()
    value = slim.evaluation.evaluation_loop(
        "",
        str(tmp_path),
        str(tmp_path / "log"),
        num_evals=2,
        eval_op=update,
        final_op=seen,
        max_number_of_evaluations=1,
    )
    assert value == 6.0
    assert lines[:2] == [
        *(f"Waiting for new checkpoint at {tmp_path}", f"Found new checkpoint at {checkpoint}"),
    ]


def test_many_evaluations_are_logged_now_and_then(checkpoint, lines):
    _, update, _ = evaluation()
    hooks = [training.StopAfterNEvalsHook(30)]
    training.evaluate_once(checkpoint, eval_ops={"update": update}, hooks=hooks)
    shown = [line for line in lines if line.startswith("Evaluation")]
    assert shown == [f"Evaluation [{n}/30]" for n in range(3, 31, 3)]


def test_waiting_ends(tmp_path, lines):
    asked = []
    found = training.checkpoints_iterator(
        str(tmp_path), timeout=0, timeout_fn=lambda: asked.append(1) or len(asked) == 2
    )
    assert list(found) == []
    assert len(asked) == 2
    assert list(training.checkpoints_iterator(str(tmp_path), timeout=0)) == []
    assert lines[-1] == "Timed-out waiting for a checkpoint."
