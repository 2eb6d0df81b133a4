"""Monitored sessions, scaffolds and session managers: nodes and texts of TensorFlow 1.15.5."""

import pytest

import flowgraph as tf


class Recording(tf.train.SessionRunHook):
    """Notes each of its calls."""

    def __init__(self, request=None):
        self.request = request
        self.calls = []

    def begin(self):
        self.calls.append("begin")

    def after_create_session(self, session, coord):
        self.calls.append(("created", type(session).__name__, type(coord).__name__))

    def before_run(self, run_context):
        self.calls.append(("before", run_context.original_args.fetches))
        return self.request

    def after_run(self, run_context, run_values):
        self.calls.append(("after", run_values.results))

    def end(self, session):
        self.calls.append("end")


def nodes(after):
    operations = tf.get_default_graph().get_operations()[after:]
    return [o.name for o in operations if "boolean_mask" not in o.name and "save/" not in o.name]


def test_the_nodes_of_a_training_session(tmp_path):
    w = tf.get_variable("w", [2])
    tf.summary.scalar("loss", tf.reduce_sum(w))
    tf.train.get_or_create_global_step()
    before = len(tf.get_default_graph().get_operations())
    with tf.train.MonitoredTrainingSession(checkpoint_dir=str(tmp_path)):
        pass
    reported = ["IsVariableInitialized", "IsVariableInitialized_1", "stack", "LogicalNot", "Const"]
    assert nodes(before) == [
        *("global_step/cond/Merge", "global_step/add/y", "global_step/add"),
        *("init", "init_1", "group_deps"),
        *(f"report_uninitialized_variables/{name}" for name in reported),
        *("report_uninitialized_resources/Const", "concat/axis", "concat"),
        *(f"report_uninitialized_variables_1/{name}" for name in reported),
        *("report_uninitialized_resources_1/Const", "concat_1/axis", "concat_1"),
        *("init_2", "init_all_tables", "init_3", "group_deps_1", "Merge/MergeSummary"),
    ]
    (group,) = tf.get_collection(tf.GraphKeys.INIT_OP)
    assert {o.name for o in group.control_inputs} == {"init", "init_1"}


def test_what_a_training_session_logs_and_where_it_goes_on(tmp_path, lines):
    logdir = str(tmp_path)

    def session(last):
        tf.reset_default_graph()
        train = tf.assign_add(tf.train.get_or_create_global_step(), 1)
        return train, tf.train.MonitoredTrainingSession(
            checkpoint_dir=logdir,
            save_checkpoint_steps=2,
            hooks=[tf.train.StopAtStepHook(last_step=last)],
        )

    for last in 3, 4:
        train, sess = session(last)
        with sess:
            while not sess.should_stop():
                sess.run(train)
    saving = [f"Saving checkpoints for {n} into {logdir}/model.ckpt." for n in range(5)]
    initialized = ["Running local_init_op.", "Done running local_init_op."]
    assert lines == [
        *("Create CheckpointSaverHook.", "Graph was finalized.", *initialized),
        *(saving[0], saving[2], saving[3]),
        *("Create CheckpointSaverHook.", "Graph was finalized."),
        *(f"Restoring parameters from {logdir}/model.ckpt-3", *initialized),
        *(saving[3], saving[4]),
    ]


def test_hooks_are_called_in_order_and_add_to_the_step():
    x = tf.placeholder(tf.float32, [])
    y, z = x * 2, x * 3
    hook = Recording(tf.train.SessionRunArgs([z], {x: 1.0}))
    with tf.train.MonitoredSession(hooks=[hook]) as sess:
        assert sess.graph is tf.get_default_graph()
        assert sess.run({"y": y}) == {"y": 2.0}
        with pytest.raises(RuntimeError, match=r"fed by a SessionRunHook and user. Conflict"):
            sess.run(y, {x: 2.0})
    assert hook.calls == [
        *("begin", ("created", "Session", "Coordinator")),
        *(("before", {"y": y}), ("after", [3.0]), ("before", y), "end"),
    ]


def test_two_hooks_must_not_feed_the_same_tensor():
    x = tf.placeholder(tf.float32, [])
    hooks = [Recording(tf.train.SessionRunArgs(None, {x: 1.0})) for _ in range(2)]
    with (
        tf.train.MonitoredSession(hooks=hooks) as sess,
        pytest.raises(RuntimeError, match=r"Same tensor is fed by two hooks. Conflict"),
    ):
        sess.run(x)


def test_a_step_function_runs_with_hooks_and_without():
    x = tf.constant(1)
    hook = Recording()

    def step(step_context):
        return step_context.session.run(x), step_context.run_with_hooks(x)

    def last(step_context):
        step_context.request_stop()

    with tf.train.MonitoredSession(hooks=[hook]) as sess:
        assert sess.run_step_fn(step) == (1, 1)
        for wrong in (lambda: 1), (lambda context: 1), (lambda self, context: 1):
            with pytest.raises(ValueError, match="`step_fn` may either have one `step_context`"):
                sess.run_step_fn(wrong)
        sess.run_step_fn(last)  # raises StopIteration, which ends the block
        raise AssertionError
    assert [call[0] for call in hook.calls if call[0] in ("before", "after")] == ["before", "after"]
    assert hook.calls[-1] == "end"


@pytest.mark.parametrize("error", [tf.errors.OutOfRangeError(None, None, "end"), StopIteration()])
def test_the_end_of_the_input_ends_the_block(error):
    hook = Recording()
    with tf.train.MonitoredSession(hooks=[hook]):
        raise error
    assert hook.calls[-1] == "end"
    assert not tf.get_default_graph().finalized


def test_another_error_leaves_the_block_and_no_hook_ends():
    hook = Recording()
    with pytest.raises(KeyError), tf.train.MonitoredSession(hooks=[hook]) as sess:
        raise KeyError("mine")
    assert "end" not in hook.calls
    assert sess.should_stop()
    for use in (sess.close, lambda: sess.run("x:0")):
        with pytest.raises(RuntimeError, match=r"Session is already closed."):
            use()


@pytest.mark.parametrize("kind", [tf.errors.AbortedError, tf.errors.UnavailableError])
def test_a_session_lost_to_another_process_is_made_again(tmp_path, lines, kind):
    count = tf.train.get_or_create_global_step()
    train = tf.assign_add(count, 1)

    class Losing(tf.train.SessionRunHook):
        runs = 0

        def before_run(self, run_context):
            self.runs += 1
            if self.runs == 4:
                raise kind(None, None, "lost")

    hook = Losing()
    with tf.train.MonitoredTrainingSession(
        checkpoint_dir=str(tmp_path), save_checkpoint_steps=2, hooks=[hook]
    ) as sess:
        made = [int(sess.run(train)) for _ in range(4)]
    assert made == [1, 2, 3, 3]  # the checkpoint was of step 2
    assert sum(line.startswith("An error was raised.") for line in lines) == 1


def test_a_singular_session_is_not_made_again():
    class Losing(tf.train.SessionRunHook):
        def before_run(self, run_context):
            raise tf.errors.AbortedError(None, None, "lost")

    x = tf.constant(1)
    with (
        pytest.raises(tf.errors.AbortedError, match="lost"),
        tf.train.SingularMonitoredSession(hooks=[Losing()]) as sess,
    ):
        assert sess.raw_session().run(x) == 1
        sess.run(x)


class FailingThread(tf.train.SessionRunHook):
    """Lets a thread of the first session end with an error."""

    def __init__(self, error):
        self.errors = [error]

    def after_create_session(self, session, coord):
        for error in self.errors:
            self.errors = []
            with coord.stop_on_exception():
                raise error


def test_what_a_thread_raises_is_raised_when_the_session_is_closed():
    x = tf.constant(1)
    hook = FailingThread(OSError("in a thread"))
    with pytest.raises(OSError, match="in a thread"), tf.train.MonitoredSession(hooks=[hook]) as s:
        assert s.should_stop()
        assert s.run(x) == 1


def test_what_a_thread_raises_is_raised_by_a_singular_session():
    hook = FailingThread(OSError("in a thread"))
    with (
        pytest.raises(OSError, match="in a thread"),
        tf.train.SingularMonitoredSession(hooks=[hook]) as sess,
    ):
        sess.should_stop()


def test_a_thread_that_lost_its_process_makes_for_another_session(lines):
    x = tf.constant(1)
    hook = FailingThread(tf.errors.AbortedError(None, None, "lost"))
    with tf.train.MonitoredSession(hooks=[hook]) as sess:
        assert not sess.should_stop()
        assert sess.run(x) == 1
    assert any(line.startswith("An error was raised while considering") for line in lines)


def test_options_of_hooks_and_caller_are_joined():
    x = tf.placeholder(tf.float32, name="x")
    y = tf.exp(x, name="y")
    traced = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    seen = []

    class Reading(tf.train.SessionRunHook):
        def before_run(self, run_context):
            return tf.train.SessionRunArgs(None, options=traced)

        def after_run(self, run_context, run_values):
            (device,) = run_values.run_metadata.step_stats.dev_stats
            seen.extend(node.node_name for node in device.node_stats)

    metadata = tf.RunMetadata()
    with tf.train.MonitoredSession(hooks=[Reading()]) as sess:
        sess.run(y, {x: 0.0}, tf.RunOptions(), metadata)
    assert seen == ["y"] == [n.node_name for n in metadata.step_stats.dev_stats[0].node_stats]


def test_a_graph_finalized_before_stays_so():
    tf.constant(1)
    scaffold = tf.train.Scaffold()
    scaffold.finalize()
    creator = tf.train.ChiefSessionCreator(scaffold)
    with tf.train.MonitoredSession(creator):
        pass
    with pytest.raises(RuntimeError, match=r"Graph is finalized and cannot be modified."):
        tf.constant(2)


def test_a_scaffold_takes_what_another_has():
    w = tf.Variable(1.0)
    given = tf.train.Scaffold(init_op=w.initializer, init_fn=lambda scaffold, sess: seen.append(1))
    seen = []
    copy = tf.train.Scaffold(copy_from_scaffold=given, local_init_op=tf.no_op())
    assert copy.init_op is w.initializer
    assert copy.local_init_op.name == "NoOp"
    tf.train.ChiefSessionCreator(copy).create_session()
    assert seen == [1]
    with pytest.raises(TypeError, match=r"copy_from_scaffold is not a Scaffold instance."):
        tf.train.Scaffold(copy_from_scaffold=1)


@pytest.mark.parametrize("key", [tf.GraphKeys.READY_OP, tf.GraphKeys.SAVERS])
def test_a_scaffold_wants_one_of_each(key):
    tf.Variable(1.0)
    tf.add_to_collection(key, 1)
    tf.add_to_collection(key, 2)
    with pytest.raises(RuntimeError, match="More than one item in"):
        tf.train.Scaffold().finalize()


def test_a_model_that_stays_without_values():
    w, v = tf.Variable(1.0, name="w"), tf.Variable(2.0, name="v")
    scaffold = tf.train.Scaffold(init_op=w.initializer)
    text = (
        "Init operations did not make model ready for local_init.  Init op: w/Assign, init fn: "
        "None, error: Variables not initialized: v"
    )
    with pytest.raises(RuntimeError) as caught:
        tf.train.MonitoredSession(tf.train.ChiefSessionCreator(scaffold))
    assert str(caught.value) == text
    assert v.op.name == "v"


class TestSessionManager:
    def manager(self, **options):
        ready = tf.report_uninitialized_variables()
        return tf.train.SessionManager(ready_op=ready, recovery_wait_secs=0.01, **options)

    def test_without_anything_to_initialize(self):
        tf.Variable(1.0)
        with pytest.raises(RuntimeError, match="Model is not initialized and no init_op or init_f"):
            self.manager().prepare_session("")

    def test_a_ready_op_for_nothing(self):
        with pytest.raises(ValueError, match="If you pass a ready_for_local_init_op you must also"):
            self.manager(ready_for_local_init_op=1)

    def test_two_places_of_a_checkpoint(self):
        saver = tf.train.Saver([tf.Variable(1.0)])
        places = {"checkpoint_dir": "a", "checkpoint_filename_with_path": "b"}
        with pytest.raises(ValueError, match="Can not provide both checkpoint_dir and"):
            self.manager().recover_session("", saver, **places)

    def test_recovery(self, tmp_path, lines):
        w = tf.Variable(3.0, name="w")
        saver, manager, logdir = tf.train.Saver(), self.manager(), str(tmp_path)
        fresh, recovered = manager.recover_session("", saver, logdir)
        assert not recovered
        fresh.run(w.initializer)
        saver.save(fresh, f"{logdir}/model", global_step=1)
        sess, recovered = manager.recover_session("", saver, logdir)
        assert recovered
        assert sess.run(w) == 3.0
        assert lines[-1] == f"Restored model from {logdir}"

    def test_a_checkpoint_that_is_not_enough(self, tmp_path, lines):
        w = tf.Variable(3.0, name="w")
        saver = tf.train.Saver([w])
        tf.Variable(1.0, name="v")
        with tf.Session() as sess:
            sess.run(w.initializer)
            path = saver.save(sess, str(tmp_path / "model"))
        _, recovered = self.manager().recover_session("", saver, checkpoint_filename_with_path=path)
        assert not recovered
        assert lines[-1] == (
            f"Restoring model from {path} did not make model ready: Variables not initialized: v"
        )

    def test_waiting_for_others(self, lines):
        tf.Variable(1.0)
        with pytest.raises(tf.errors.DeadlineExceededError, match="Session was not ready after"):
            self.manager().wait_for_session("", max_wait_secs=0.02)
        assert lines[0].startswith("Waiting for model to be ready.  Ready_for_local_init_op:  None")

    def test_waiting_for_a_checkpoint(self, tmp_path, lines):
        w = tf.Variable(1.0)
        saver = tf.train.Saver()
        self.manager().prepare_session(
            "",
            init_op=w.initializer,
            saver=saver,
            checkpoint_dir=str(tmp_path),
            wait_for_checkpoint=True,
            max_wait_secs=0.02,
        )
        assert lines[0] == "Waiting for checkpoint to be available."

    def test_another_failure_of_a_ready_op_is_raised(self, lines, monkeypatch):
        class Failing(tf.Session):
            def run(self, fetches, feed_dict=None, options=None, run_metadata=None):
                raise tf.errors.FailedPreconditionError(None, None, "not now")

        wait = tf.train.SessionManager.wait_for_session
        monkeypatch.setitem(wait.__globals__, "Session", Failing)
        with pytest.raises(tf.errors.FailedPreconditionError, match="not now"):
            self.manager().wait_for_session("", max_wait_secs=1)
        assert lines == ["Model not ready : error [not now]"]
