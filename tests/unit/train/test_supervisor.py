"""Supervisors: their nodes, threads, files and log lines are those of TensorFlow 1.15.5."""

import glob
import threading

import pytest

import flowgraph as tf

SECONDS = 30


def test_nodes_and_parts(tmp_path):
    w = tf.Variable(1.0, name="w")
    step = tf.train.get_or_create_global_step()
    tf.summary.scalar("two", 2.0)
    before = len(tf.get_default_graph().get_operations())
    supervisor = tf.train.Supervisor(logdir=str(tmp_path))
    names = [o.name for o in tf.get_default_graph().get_operations()[before:]]
    reported = ["IsVariableInitialized", "IsVariableInitialized_1", "stack", "LogicalNot", "Const"]
    assert [n for n in names if "boolean_mask" not in n and "save/" not in n] == [
        *(f"report_uninitialized_variables/{name}" for name in reported),
        *("init", "init_1", "init_all_tables", "group_deps", "Merge/MergeSummary"),
    ]
    assert supervisor.save_path == f"{tmp_path}/model.ckpt"
    assert supervisor.global_step is step
    assert supervisor.init_op.name == "init"
    assert supervisor.summary_op.name == "Merge/MergeSummary:0"
    assert supervisor.ready_for_local_init_op is None
    assert supervisor.is_chief
    assert tf.get_default_graph().finalized
    assert w.graph.finalized


def test_services_save_and_end(tmp_path, lines):
    step = tf.train.get_or_create_global_step()
    train = tf.assign_add(step, 1)
    tf.summary.scalar("two", 2.0)
    supervisor = tf.train.Supervisor(
        logdir=str(tmp_path), save_summaries_secs=0.05, save_model_secs=0.05
    )
    running = threading.active_count()
    with supervisor.managed_session() as sess:
        sess.run(train)
        deadline = threading.Event()
        while not (tmp_path / "model.ckpt-1.index").exists():
            assert not deadline.wait(0.01)
            assert len(lines) < 1000
        assert threading.active_count() > running
    assert lines[:3] == [
        *("Running local_init_op.", "Done running local_init_op.", "Starting standard services."),
    ]
    assert "Starting queue runners." in lines
    for beginning in "Recording summary at step ", "global_step/sec: ":
        assert any(line.startswith(beginning) for line in lines)
    assert f"Saving checkpoint to path {tmp_path}/model.ckpt" in lines
    (path,) = glob.glob(f"{tmp_path}/events*")
    events = list(tf.train.summary_iterator(path))
    kinds = [event.WhichOneof("what") for event in events]
    assert kinds[:4] == ["file_version", "graph_def", "meta_graph_def", "session_log"]
    assert events[-1].session_log.status == events[-1].session_log.STOP
    tags = {value.tag for event in events for value in event.summary.value}
    assert tags == {"two", "global_step/sec"}


def test_a_second_supervisor_goes_on_from_the_checkpoint(tmp_path, lines):
    step = tf.train.get_or_create_global_step()
    train = tf.assign_add(step, 1)
    saver = tf.train.Saver()
    with tf.Session() as sess:
        sess.run(step.initializer)
        sess.run(train)
        saver.save(sess, str(tmp_path / "model.ckpt"), global_step=step)
    supervisor = tf.train.Supervisor(logdir=str(tmp_path), saver=saver, save_model_secs=0)
    sess = supervisor.prepare_or_wait_for_session(start_standard_services=False)
    assert sess.run(step) == 1
    assert lines[0] == f"Restoring parameters from {tmp_path}/model.ckpt-1"
    summary = tf.Summary(value=[tf.Summary.Value(tag="own", simple_value=1.0)])
    supervisor.summary_computed(sess, summary)
    supervisor.Stop()
    supervisor.stop()  # a second time does nothing
    assert supervisor.should_stop()
    (path,) = glob.glob(f"{tmp_path}/events*")
    found = [
        (e.step, e.summary.value[0].tag) for e in tf.train.summary_iterator(path) if e.summary.value
    ]
    assert found == [(1, "own")]


def test_a_loop_is_called_until_training_stops():
    tf.Variable(1.0)
    supervisor = tf.train.Supervisor()
    called = threading.Event()
    looper = supervisor.loop(0.001, called.set)
    assert called.wait(SECONDS)
    supervisor.stop()
    looper.join(SECONDS)
    assert not looper.is_alive()


def test_without_logdir_nothing_is_saved(lines):
    tf.Variable(1.0)
    supervisor = tf.train.Supervisor()
    assert supervisor.save_path is None
    with supervisor.managed_session():
        pass
    assert "Standard services need a 'logdir' passed to the SessionManager" in lines
    with pytest.raises(RuntimeError, match=r"Writing a summary requires a summary writer."):
        supervisor.summary_computed(None, b"")


def test_who_is_not_the_chief():
    with tf.device("/cpu:0"):
        tf.Variable(1.0)
    supervisor = tf.train.Supervisor(is_chief=False, logdir="unused", recovery_wait_secs=0.01)
    assert supervisor.save_path is None
    with pytest.raises(RuntimeError, match=r"Only chief supervisor can start standard services."):
        supervisor.start_standard_services(None)
    with pytest.raises(tf.errors.DeadlineExceededError, match="Session was not ready after"):
        supervisor.prepare_or_wait_for_session(max_wait_secs=0.02)


def test_replicas_need_devices_for_variables():
    tf.Variable(1.0, name="w")
    with pytest.raises(ValueError, match=r"all Variables must have their device set: name: .w"):
        tf.train.Supervisor(is_chief=False)


@pytest.mark.parametrize("error", [ValueError("mine"), tf.errors.OutOfRangeError(None, None, "x")])
def test_errors_of_the_block(error, lines):
    tf.Variable(1.0)
    supervisor = tf.train.Supervisor()
    if isinstance(error, ValueError):
        with pytest.raises(ValueError, match="mine"), supervisor.managed_session():
            raise error
        assert lines[-1] == "Error reported to Coordinator: <class 'ValueError'>, mine"
    else:
        with supervisor.managed_session():
            raise error
    assert supervisor.should_stop()


def test_a_model_that_stays_without_values():
    w = tf.Variable(1.0, name="w")
    tf.Variable(2.0, name="v")
    supervisor = tf.train.Supervisor(init_op=w.initializer)
    with pytest.raises(
        RuntimeError, match=r"Init operations did not make model ready.  Init op: w/"
    ) as e:
        supervisor.prepare_or_wait_for_session()
    assert str(e.value).endswith(", error: Variables not initialized: v")


def test_the_basic_loop():
    train = tf.assign_add(tf.train.get_or_create_global_step(), 1)
    supervisor = tf.train.Supervisor()
    made = []

    def step(sess, limit, factor=1):
        made.append(int(sess.run(train)) * factor)
        if len(made) == limit:
            supervisor.request_stop()

    tf.train.basic_train_loop(supervisor, step, (3,), {"factor": 10})
    assert made == [10, 20, 30]
