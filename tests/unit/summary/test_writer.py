"""Event files: what they hold, when it is there, and what becomes of the thread."""

import gc
import glob
import os
import re
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import flowgraph as tf
from flowgraph.protos import RunMetadata

ROOT = Path(__file__).parents[3]


def files(logdir):
    return sorted(glob.glob(os.path.join(logdir, "*")))


def events(logdir):
    """All events of a directory, without those that begin a file."""
    found = [event for path in files(logdir) for event in tf.train.summary_iterator(path)]
    return [event for event in found if not event.file_version]


def summary(value, **metadata):
    message = tf.Summary(value=[tf.Summary.Value(tag="a", simple_value=value)])
    if metadata:
        message.value[0].metadata.CopyFrom(tf.SummaryMetadata(**metadata))
    return message


def writing_threads():
    return [thread for thread in threading.enumerate() if thread.name == "flowgraph-events"]


def test_a_file_is_made_with_the_first_event_and_named_for_time_and_host(tmp_path):
    logdir = tmp_path / "made" / "here"
    before = int(time.time())
    with tf.summary.FileWriter(logdir, filename_suffix=".end") as writer:
        writer.flush()
        assert files(logdir) == []
        writer.add_summary(summary(1.0), 1)
    name = os.path.basename(*files(logdir))
    host = re.escape(socket.gethostname())
    seconds = re.fullmatch(rf"events\.out\.tfevents\.(\d{{10}})\.{host}\.end", name)[1]
    assert before <= int(seconds) <= time.time()
    first = next(tf.train.summary_iterator(*files(logdir)))
    assert (first.file_version, first.wall_time) == ("brain.Event:2", float(seconds))


def test_summaries_and_their_steps(tmp_path):
    with tf.summary.FileWriter(tmp_path) as writer:
        writer.add_summary(summary(1.0), 1)
        writer.add_summary(summary(2.0).SerializeToString())
        writer.add_summary(b"", 7)
        writer.add_summary(summary(3.0), 2.7)
    found = events(tmp_path)
    assert [event.step for event in found] == [1, 0, 7, 2]
    values = [v.simple_value for event in found for v in event.summary.value]
    assert values == [1.0, 2.0, 3.0]
    assert all(abs(event.wall_time - time.time()) < 60 for event in found)


def test_metadata_are_written_once_for_a_tag_and_the_message_is_left_alone(tmp_path):
    message = summary(1.0, display_name="shown")
    with tf.summary.FileWriter(tmp_path) as writer:
        writer.add_summary(message, 1)
        writer.add_summary(message, 2)
    found = [event.summary.value[0] for event in events(tmp_path)]
    assert [value.HasField("metadata") for value in found] == [True, False]
    assert message.value[0].metadata.display_name == "shown"


def test_other_events(tmp_path):
    run = RunMetadata()
    run.step_stats.dev_stats.add(device="cpu")
    meta = tf.MetaGraphDef()
    meta.meta_info_def.meta_graph_version = "v"
    with tf.summary.FileWriter(tmp_path) as writer:
        writer.add_session_log(tf.SessionLog(status=tf.SessionLog.START), 3)
        writer.add_run_metadata(run, "first", 4)
        with pytest.raises(ValueError, match="The provided tag was already used for this event"):
            writer.add_run_metadata(run, "first", 5)
        writer.add_meta_graph(meta, 6)
        writer.add_event(tf.Event(step=8, wall_time=4.0))
    log, traced, described, plain = events(tmp_path)
    assert (log.session_log.status, log.step) == (tf.SessionLog.START, 3)
    assert traced.tagged_run_metadata.tag == "first"
    assert RunMetadata.FromString(traced.tagged_run_metadata.run_metadata) == run
    assert tf.MetaGraphDef.FromString(described.meta_graph_def) == meta
    assert (plain.step, plain.wall_time) == (8, 4.0)


def test_a_graph_with_a_branch_and_a_loop_is_shown(tmp_path):
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.cond(x[0] > 0.0, lambda: x, lambda: -x, name="choose")
    tf.gradients(tf.while_loop(lambda z: z[0] < 9.0, lambda z: z + y, [x], name="repeat"), x)
    with tf.summary.FileWriter(tmp_path, tf.get_default_graph()):
        pass
    shown, meta = events(tmp_path)
    nodes = {node.name: node for node in tf.GraphDef.FromString(shown.graph_def).node}
    assert {nodes["choose/If"].op, nodes["repeat/While"].op} == {"If", "While"}
    assert nodes["choose/Merge"].input == ["choose/If"]
    assert len(tf.MetaGraphDef.FromString(meta.meta_graph_def).graph_def.node) == len(nodes)


def test_graphs(tmp_path):
    tf.constant(1.0, name="k")
    graph = tf.get_default_graph()
    with tf.summary.FileWriter(tmp_path, graph) as writer:
        writer.add_graph(graph, 5)
        writer.add_graph(tf.GraphDef(), 6)
    first, meta, second, third = events(tmp_path)
    node = tf.GraphDef.FromString(first.graph_def).node[0]
    assert (node.name, "_output_shapes" in node.attr) == ("k", True)
    assert tf.MetaGraphDef.FromString(meta.meta_graph_def).graph_def.node[0].name == "k"
    assert (second.graph_def, second.step) == (first.graph_def, 5)
    assert (third.graph_def, third.step) == (b"", 6)


@pytest.mark.parametrize(
    ("use", "error", "message"),
    [
        (lambda w: w.add_graph(None), TypeError, "The passed graph must be an instance of `Graph`"),
        (lambda w: w.add_graph(3), TypeError, "The passed graph must be an instance of `Graph`"),
        (
            lambda w: w.add_graph(tf.Graph(), graph_def=tf.GraphDef()),
            ValueError,
            r"Please pass only graph, or graph_def \(deprecated\), but not both\.",
        ),
        (
            lambda w: w.add_meta_graph(3),
            TypeError,
            "meta_graph_def must be type MetaGraphDef, saw type: <class 'int'>",
        ),
        (lambda w: w.add_event(3), TypeError, "event must be type Event, saw type: <class 'int'>"),
        (lambda w: w.add_session_log(3), TypeError, "SessionLog"),
        (lambda w: w.add_summary("text"), AttributeError, "'str' object has no attribute"),
        (lambda w: w.add_summary(summary(1.0), "x"), ValueError, "invalid literal for int"),
    ],
)
def test_what_is_refused(tmp_path, use, error, message):
    with tf.summary.FileWriter(tmp_path) as writer, pytest.raises(error, match=message):
        use(writer)
    assert files(tmp_path) == []


def test_a_writer_through_a_session_is_not_implemented(tmp_path):
    with pytest.raises(NotImplementedError, match="FileWriter with a session"):
        tf.summary.FileWriter(tmp_path, session=tf.Session())


def test_a_closed_writer_writes_nothing_until_it_is_reopened(tmp_path):
    writer = tf.summary.FileWriter(tmp_path)
    writer.add_summary(summary(1.0), 1)
    writer.close()
    writer.close()
    closed = "Attempting to use a closed FileWriter. The operation will be a noop unless"
    with pytest.warns(UserWarning, match=closed):
        writer.add_summary(summary(2.0), 2)
    with pytest.warns(UserWarning, match=closed):
        writer.flush()
    writer.reopen()
    writer.add_summary(summary(3.0), 3)
    writer.close()
    assert len(files(tmp_path)) == 2
    assert [event.step for event in events(tmp_path)] == [1, 3]


def test_writers_of_one_second_have_files_of_their_own(tmp_path):
    with tf.summary.FileWriter(tmp_path) as one, tf.summary.FileWriter(tmp_path) as two:
        one.add_summary(summary(1.0), 1)
        two.add_summary(summary(2.0), 2)
    assert len(files(tmp_path)) == 2
    assert sorted(event.step for event in events(tmp_path)) == [1, 2]


def test_what_is_flushed_is_in_the_file(tmp_path):
    with tf.summary.FileWriter(tmp_path) as writer:
        for step in range(50):
            writer.add_summary(summary(1.0), step)
        writer.flush()
        assert [event.step for event in events(tmp_path)] == list(range(50))


def test_an_event_is_flushed_after_a_while(tmp_path):
    with tf.summary.FileWriter(tmp_path, flush_secs=0.05) as writer:
        writer.add_summary(summary(1.0), 1)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and not (files(tmp_path) and events(tmp_path)):
            time.sleep(0.01)
        assert len(events(tmp_path)) == 1


def test_many_threads_add_events(tmp_path):
    with tf.summary.FileWriter(tmp_path, max_queue=2) as writer:
        threads = [
            threading.Thread(target=lambda i=i: [writer.add_summary(b"", i) for _ in range(50)])
            for i in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    steps = [event.step for event in events(tmp_path)]
    assert sorted(steps) == sorted(50 * list(range(8)))


def test_the_thread_ends_with_the_writer(tmp_path):
    before = len(writing_threads())
    writer = tf.summary.FileWriter(tmp_path)
    writer.add_summary(summary(1.0), 1)
    assert len(writing_threads()) == before + 1
    writer.close()
    assert len(writing_threads()) == before


def test_the_thread_of_a_writer_that_is_given_up_ends_and_nothing_is_lost(tmp_path):
    before = len(writing_threads())
    writer = tf.summary.FileWriter(tmp_path)
    writer.add_summary(summary(1.0), 1)
    del writer
    gc.collect()
    assert len(writing_threads()) == before
    assert [event.step for event in events(tmp_path)] == [1]


def test_the_interpreter_s_exit_writes_what_is_left(tmp_path):
    code = f"""
import flowgraph as tf
writer = tf.summary.FileWriter({str(tmp_path)!r})
for step in range(30):
    writer.add_summary(b"", step)
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)
    assert [event.step for event in events(tmp_path)] == list(range(30))


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no device that is full")
def test_a_full_disk_is_reported_and_blocks_nobody(tmp_path, monkeypatch):
    from flowgraph.formats import events as module

    others = set(writing_threads())
    full = open("/dev/full", "wb", buffering=0)  # noqa: SIM115 - the writer closes it
    monkeypatch.setattr(module, "open", lambda *_: full, raising=False)
    writer = tf.summary.FileWriter(tmp_path, max_queue=1)
    for _ in range(3):
        writer.add_summary(summary(1.0))
        with pytest.raises(tf.errors.ResourceExhaustedError, match="No space left on device"):
            writer.flush()
    writer.close()
    assert set(writing_threads()) <= others


def test_a_directory_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(tf.errors.OpError, match="file"):
        tf.summary.FileWriter(tmp_path / "file")


def test_the_cache_has_one_writer_for_a_directory(tmp_path):
    cache = tf.summary.FileWriterCache
    tf.constant(1.0, name="k")
    writer = cache.get(str(tmp_path))
    assert cache.get(str(tmp_path)) is writer
    cache.clear()
    with pytest.warns(UserWarning, match="closed FileWriter"):
        writer.add_summary(b"")
    assert tf.GraphDef.FromString(events(tmp_path)[0].graph_def).node[0].name == "k"
    other = cache.get(str(tmp_path / "other"))
    assert other is not writer
    cache.clear()


def test_a_damaged_file(tmp_path):
    with tf.summary.FileWriter(tmp_path) as writer:
        for step in (1, 2):
            writer.add_summary(summary(1.0), step)
    path = Path(*files(tmp_path))
    whole = path.read_bytes()
    found = tf.train.summary_iterator(str(path))
    path.write_bytes(whole[:-6] + bytes([whole[-6] ^ 1]) + whole[-5:])
    assert [next(found).step for _ in range(2)] == [0, 1]
    with pytest.raises(tf.errors.DataLossError, match="corrupted record at"):
        next(found)
    with pytest.raises(tf.errors.NotFoundError, match="No such file or directory"):
        next(tf.train.summary_iterator(str(tmp_path / "absent")))
