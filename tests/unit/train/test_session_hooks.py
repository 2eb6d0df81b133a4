"""Hooks: when they act, what they write and log. Log lines are those of TensorFlow 1.15.5."""

import glob
import json
import os
import time

import numpy as np
import pytest

import flowgraph as tf


@pytest.fixture
def train():
    return tf.assign_add(tf.train.get_or_create_global_step(), 1)


def run(hooks, fetches, times):
    with tf.train.MonitoredSession(hooks=hooks) as sess:
        return [sess.run(fetches) for _ in range(times)]


def events_in(logdir):
    (path,) = glob.glob(f"{logdir}/events*")
    return list(tf.train.summary_iterator(path))


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda t: t.StopAtStepHook(), "One of num_steps or last_step must be specified."),
        (lambda t: t.StopAtStepHook(1, 2), "Only one of num_steps or last_step can be specified."),
        (lambda t: t.SecondOrStepTimer(), "Either every_secs or every_steps should be provided."),
        (lambda t: t.SecondOrStepTimer(1, 2), "Can not provide both every_secs and every_steps."),
        (lambda t: t.LoggingTensorHook({}, 1, 2), "either at_end and/or exactly one of"),
        (lambda t: t.LoggingTensorHook({}, every_n_iter=0), "invalid every_n_iter=0."),
        (lambda t: t.CheckpointSaverHook("d", 1, 2), "Can not provide both every_secs and"),
        (lambda t: t.CheckpointSaverHook("d", 1, saver=1, scaffold=2), "You cannot provide both"),
        (lambda t: t.SummarySaverHook(1), "Exactly one of scaffold or summary_op must be provided"),
        (lambda t: t.StepCounterHook(1, 1), "exactly one of every_n_steps and every_n_secs should"),
    ],
)
def test_wrong_arguments(make, text):
    with pytest.raises(ValueError, match=text):
        make(tf.train)


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda t, d: t.StopAtStepHook(1), "StopAtStepHook"),
        (lambda t, d: t.CheckpointSaverHook(d, save_steps=1), "CheckpointSaverHook"),
        (lambda t, d: t.StepCounterHook(), "StepCounterHook"),
        (lambda t, d: t.SummarySaverHook(1, output_dir=d, summary_op=1), "SummarySaverHook"),
        (lambda t, d: t.GlobalStepWaiterHook(1), "_GlobalStepWaiterHook"),
        (lambda t, d: t.ProfilerHook(1, output_dir=d), "ProfilerHook"),
    ],
)
def test_hooks_that_need_a_global_step(make, name, tmp_path):
    hook = make(tf.train, str(tmp_path))
    with pytest.raises(RuntimeError, match=f"Global step should be created to use {name}."):
        hook.begin()


def test_a_timer_of_seconds(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    timer = tf.train.SecondOrStepTimer(every_secs=2.0)
    assert timer.should_trigger_for_step(1)
    assert timer.update_last_triggered_step(1) == (None, None)
    now[0] += 1.5
    assert not timer.should_trigger_for_step(5)
    now[0] += 1.0
    assert not timer.should_trigger_for_step(1)  # the same step triggers once
    assert timer.should_trigger_for_step(5)
    assert timer.update_last_triggered_step(5) == (2.5, 4)
    assert timer.last_triggered_step() == 5


def test_stop_at_step_counts_from_where_the_session_starts(train):
    hook = tf.train.StopAtStepHook(num_steps=3)
    with tf.train.MonitoredSession(hooks=[hook]) as sess:
        made = []
        while not sess.should_stop():
            made.append(int(sess.run(train)))
        with pytest.raises(RuntimeError, match=r"Run called even after should_stop requested."):
            sess.run(train)
    assert made == [1, 2, 3]


def test_logging_says_values_and_seconds(train, lines):
    x = tf.constant([0.5, 1e-9], name="x")
    shown = tf.train.LoggingTensorHook({"x": "x", "step": train}, every_n_iter=2, at_end=True)
    run([shown], [train, x], 3)
    said = [line for line in lines if line.startswith("step")]
    assert said[0] == "step = 1, x = [0.5 0. ]"
    assert [line.partition(" (")[0] for line in said[1:]] == [
        "step = 3, x = [0.5 0. ]",
        "step = 4, x = [0.5 0. ]",
    ]
    assert said[1].endswith(" sec)")


def test_a_formatter_makes_the_line(train, lines):
    hook = tf.train.LoggingTensorHook([train], 1, formatter=lambda v: f"at {v[train]}")
    run([hook], train, 2)
    assert [line for line in lines if line.startswith("at")] == ["at 1", "at 2"]


def test_a_name_of_several_tensors_is_ambiguous():
    tf.unstack(tf.constant([1, 2]), name="both")
    with pytest.raises(ValueError, match="Name both is ambiguous"):
        tf.train.LoggingTensorHook(["both"], 1).begin()


@pytest.mark.parametrize("fails", [True, False])
def test_nan_ends_the_training(train, lines, fails):
    loss = tf.cond(train < 2, lambda: 1.0, lambda: np.nan)
    hook = tf.train.NanTensorHook(loss, fail_on_nan_loss=fails)
    with tf.train.MonitoredSession(hooks=[hook]) as sess:
        sess.run(loss)
        if fails:
            with pytest.raises(
                tf.train.NanLossDuringTrainingError, match=r"NaN loss during training."
            ):
                sess.run(loss)
        else:
            sess.run(loss)
        assert sess.should_stop() is not fails
    assert lines[-1] == "Model diverged with loss = NaN."


def test_the_steps_per_second_are_written(train, tmp_path, lines):
    run([tf.train.StepCounterHook(2, output_dir=str(tmp_path))], train, 5)
    tf.summary.FileWriterCache.clear()
    found = [(e.step, e.summary.value[0].tag) for e in events_in(tmp_path) if e.summary.value]
    assert found == [(3, "global_step/sec"), (5, "global_step/sec")]
    assert sum(line.startswith("global_step/sec: ") for line in lines) == 2


def test_a_global_step_that_stands_still_is_noticed(lines):
    tf.train.get_or_create_global_step()
    run([tf.train.StepCounterHook()], tf.constant(1), 22)
    assert sum("global step" in line and "has not been increased" in line for line in lines) == 1


def test_checkpoints_and_what_listeners_hear(train, tmp_path, lines):
    heard = []

    class Listener(tf.train.CheckpointSaverListener):
        def begin(self):
            heard.append("begin")

        def before_save(self, session, global_step_value):
            heard.append(("before", int(global_step_value)))

        def after_save(self, session, global_step_value):
            heard.append(("after", int(global_step_value)))
            return global_step_value == 2

        def end(self, session, global_step_value):
            heard.append(("end", int(global_step_value)))

    saver = tf.train.Saver()
    hook = tf.train.CheckpointSaverHook(
        str(tmp_path), save_steps=2, saver=saver, listeners=[Listener()]
    )
    with tf.train.MonitoredSession(hooks=[hook]) as sess:
        while not sess.should_stop():
            sess.run(train)
    assert heard == [
        *("begin", ("before", 0), ("after", 0), ("before", 2), ("after", 2), ("end", 2)),
    ]
    saved = [line for line in lines if line.startswith("Saving")]
    assert saved == [f"Saving checkpoints for {n} into {tmp_path}/model.ckpt." for n in (0, 2)]
    assert {"graph.pbtxt", "checkpoint", "model.ckpt-2.index"} <= set(os.listdir(tmp_path))
    tf.summary.FileWriterCache.clear()
    kinds = [(e.step, e.WhichOneof("what")) for e in events_in(tmp_path)]
    graph = [(0, "graph_def"), (0, "meta_graph_def")]
    assert kinds == [(0, "file_version"), *graph, *graph, (0, "session_log"), (2, "session_log")]


def test_a_saver_hook_needs_one_saver(train, tmp_path):
    hook = tf.train.CheckpointSaverHook(str(tmp_path), save_steps=1)
    hook.begin()
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        with pytest.raises(RuntimeError, match="No items in collection savers"):
            hook.after_create_session(sess, None)


def test_summaries_of_the_first_step_and_every_second_after(train, tmp_path):
    summary = tf.summary.scalar("two", 2.0)
    run([tf.train.SummarySaverHook(2, output_dir=str(tmp_path), summary_op=summary)], train, 4)
    tf.summary.FileWriterCache.clear()
    found = events_in(tmp_path)
    assert [e.step for e in found if e.summary.value] == [1, 3]
    (log,) = [e for e in found if e.WhichOneof("what") == "session_log"]
    assert (log.step, log.session_log.status) == (1, log.session_log.START)


def test_final_values_that_read_an_ended_input_are_an_error(lines):
    class Ended:
        def run(self, fetches, feed_dict):
            raise tf.errors.OutOfRangeError(None, None, "the end")

    with pytest.raises(tf.errors.OutOfRangeError, match="the end"):
        tf.train.FinalOpsHook(tf.constant(1)).end(Ended())
    assert "FinalOpsHook" in lines[-1]


def test_waiting_for_a_step(train, monkeypatch, lines):
    monkeypatch.setattr(time, "sleep", lambda seconds: sess.run(train))
    waiting = tf.train.GlobalStepWaiterHook(3)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        waiting.begin()
        context = tf.train.SessionRunContext(tf.train.SessionRunArgs(train), sess)
        waiting.before_run(context)
        assert sess.run(tf.train.get_global_step()) == 3
        waiting.before_run(context)
    assert lines == ["Waiting for global step 3 before starting training."]


def test_the_profiler_writes_traces(train, tmp_path, lines):
    x = tf.placeholder(tf.float32, name="x")
    y = tf.exp(x, name="y")
    hook = tf.train.ProfilerHook(save_steps=2, output_dir=str(tmp_path), show_memory=True)
    run([hook, tf.train.FeedFnHook(lambda: {x: [1.0]})], [train, y], 4)
    assert sorted(path.name for path in tmp_path.glob("*.json")) == [
        *("timeline-2.json", "timeline-4.json"),
    ]
    assert f"Saving timeline for 4 into '{tmp_path}/timeline-4.json'." in lines
    trace = json.loads((tmp_path / "timeline-4.json").read_text())
    assert "y" in [event.get("args", {}).get("name") for event in trace["traceEvents"]]
    tf.summary.FileWriterCache.clear()
    tags = [e.tagged_run_metadata.tag for e in events_in(tmp_path)]
    assert [tag for tag in tags if tag] == ["step_2", "step_4"]
