"""The debugger for the terminal, driven through a pipe as a program would be."""

import importlib
import io
import re
import sys

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.compat import finder
from flowgraph.inspect.debugger import (
    DebugTensorDatum,
    LocalCLIDebugHook,
    LocalCLIDebugWrapperSession,
    has_inf_or_nan,
)
from tests.passes.golden import golden


@pytest.fixture
def typed(monkeypatch, capsys):
    """Give lines to a function that runs, and return what it returned and what was printed."""

    def run(function, *lines):
        capsys.readouterr()
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        result = function()
        assert not sys.stdin.read(), "commands are left over"
        return result, re.sub(r"\[\d+\.\d+\] ", "[t]     ", capsys.readouterr().out)

    return run


@pytest.fixture
def sess():
    return LocalCLIDebugWrapperSession(tf.Session(), ui_type="readline")


def model():
    x = tf.placeholder(tf.float32, [None], name="x")
    v = tf.constant([1.0, 2.0], name="v")
    y = tf.log(x, name="y")
    z = tf.multiply(y, v, name="z")
    return x, tf.reduce_sum(z, name="l"), z


def answers(typed, sess, *lines, values=(0.0, 2.0)):
    """What the debugger says to commands after a watched run."""
    x, loss, z = model()
    result, text = typed(lambda: sess.run([loss, z], {x: values}), "run", *lines, "run")
    np.testing.assert_allclose(result[1], np.float32([-np.inf, 2 * np.log(np.float32(2))]))
    return [part.strip("\n") for part in text.split("tfdbg> ")][1:-1]


def test_before_a_run_it_says_what_is_asked_for(typed, sess):
    x, loss, _ = model()
    result, text = typed(lambda: sess.run(loss, {x: [1.0, 1.0]}), "lt", "ri", "run -n")
    assert result == 0
    start, first, second, _ = text.split("\ntfdbg> ")
    about = golden("""
        ======================================
        Session.run() call #1:

        Fetch(es):
          l:0

        Feed dict:
          x:0
        ======================================
    """)
    assert start == f"run-start: run #1: 1 fetch (l:0); 1 feed (x:0)\n{about}\n"
    assert first == "ERROR: nothing has run yet: enter run first\n"
    assert second == f"{about}\n"


def test_list_tensors(typed, sess):
    told = answers(
        typed, sess, "lt -f has_inf_or_nan", "lt -n y.* -t Log", "lt -s tensor_name -r", "lt -t Nop"
    )
    assert told[0].startswith("run-end: run #1: 2 fetches; 1 feed (x:0)\n6 dumped tensor(s):")
    assert told[1] == golden("""
        3 dumped tensor(s) passing filter "has_inf_or_nan":

        t (ms)  Size (B) Op type Tensor name
        [t]     8        Log     y:0
        [t]     8        Mul     z:0
        [t]     4        Sum     l:0
    """)
    assert told[2].startswith(
        '1 dumped tensor(s):\nNode name regex filter: "y.*"\nOp type regex filter: "Log"\n'
    )
    listed = [line.split()[-1] for line in told[3].splitlines()[3:]]
    assert listed == sorted(listed, reverse=True) and "x:0" in listed
    assert told[4].startswith("0 dumped tensor(s):")


def test_print_tensor(typed, sess, tmp_path):
    told = answers(
        typed, sess, "pt y:0", "pt y[0]", "pt z:0[1:] -s", "pt z:0 -r [0.0,inf]", "pt z:1",
        f"pt z -w {tmp_path / 'z.npy'}", "pt z:0[3]", "pt z:0 -r [2,1]",
    )  # fmt: skip
    assert told[1] == golden("""
        Tensor "y:0:DebugIdentity":
          dtype: float32
          shape: (2,)

        array([     -inf, 0.6931472], dtype=float32)
    """)
    assert told[2] == 'Tensor "y:0:DebugIdentity[0]":\n\n-inf'
    assert told[3] == golden("""
        Tensor "z:0:DebugIdentity[1:]":
          dtype: float32
          shape: (1,)

        Numeric summary:
        | + | total |
        | 1 |     1 |
        |       min       max      mean std |
        | 1.3862944 1.3862944 1.3862944 0.0 |

        array([1.3862944], dtype=float32)
    """)
    assert told[4].splitlines()[0] == (
        'Tensor "z:0:DebugIdentity": Highlighted([0.0,inf]): 1 of 2 element(s) (50.00%)'
    )
    assert told[4].splitlines()[-1] == "array([-inf, *1.3862944*], dtype=float32)"
    assert told[5].startswith('ERROR: Node "z" did not give a tensor 1')
    assert np.load(tmp_path / "z.npy").shape == (2,)
    assert told[7].startswith("Invalid tensor slicing [3]")
    assert told[8] == "Invalid ranges: [2,1]"


def test_node_info_and_its_neighbours(typed, sess):
    told = answers(
        typed, sess, "ni z", "ni -a -d -t z", "li -r -t l", "lo y", "lo -r -c -t y", "ni nothing"
    )
    assert told[1] == golden("""
        Node z

          Op: Mul
          Device:

          2 input(s) + 0 control input(s):
            2 input(s):
              [Log] y
              [Const] v

          1 recipient(s) + 0 control recipient(s):
            1 recipient(s):
              [Sum] l
    """).replace("Device:", "Device: ")
    assert "Node attributes:\n  T:\n    tf.float32" in told[2]
    assert re.search(r"1 dumped tensor\(s\):\n\n  Slot 0 @ DebugIdentity @ \d+\.\d+ ms", told[2])
    assert 'z = tf.multiply(y, v, name="z")' in told[2]
    assert told[3] == golden("""
        Inputs to node "l" (Depth limit = 20):
        |- (1) [Mul] z
        |  |- (2) [Log] y
        |  |  |- (3) [Placeholder] x
        |  |- (2) [Const] v
        |- (1) [Const] Const

        Legend:
          (d): recursion depth = d.
          [Op]: Input node has op type Op.
    """)
    assert told[4] == golden("""
        Recipients of node "y" (Depth limit = 1):
        |- (1) z
           |- ...

        Legend:
          (d): recursion depth = d.
    """)
    assert "|- (1) [Mul] z\n   |- (2) [Sum] l" in told[5]
    assert told[6] == 'There is no node named "nothing" in the graph'


def test_print_feed_help_and_what_is_not_there(typed, sess):
    told = answers(
        typed, sess, "pf x:0", "pf q", "help", "help lt", "lt -h", "invoke_stepper", "bogus",
        "eval `z:0`", "lt -s nothing", "run -f nothing", "pt 'z", "",
    )  # fmt: skip
    assert told[1].splitlines()[0] == 'Tensor "x:0 (feed)":'
    assert told[2] == "ERROR: The feed_dict of the current run does not contain the key q"
    assert "list_tensors (lt)    List the tensors of the run." in told[3]
    assert told[4] == told[5] and told[4].startswith("usage: list_tensors")
    assert told[6].startswith("ERROR: there is no invoke_stepper: there is no stepper")
    assert told[7] == 'ERROR: Invalid command prefix "bogus"'
    assert told[8].startswith("ERROR: there is no eval: no typed Python is run")
    assert "invalid choice: 'nothing'" in told[9]
    assert told[10] == 'ERROR: There is no tensor filter named "nothing".'
    assert told[11] == "ERROR: No closing quotation"


def test_run_until_a_filter_passes(typed, sess):
    x, loss, _ = model()

    def steps():
        return [sess.run(loss, {x: [value, 1.0]}) for value in (3.0, 2.0, 0.0)]

    result, text = typed(steps, "run -f has_inf_or_nan", "run -n")
    assert np.isneginf(result[2])
    assert re.findall(r"run-\w+: run #\d", text) == ["run-start: run #1", "run-end: run #3"]
    assert '3 dumped tensor(s) passing filter "has_inf_or_nan":' in text


def test_a_filter_of_the_users_own_and_names_to_leave_out(typed, sess):
    x, loss, _ = model()
    sess.add_tensor_filter("large", lambda datum, tensor: tensor.max() > 5)

    def steps():
        for value in (1.0, 6.0, 1.0):
            sess.run(loss, {x: [value, 9.0]})

    _, text = typed(steps, "run -f large -fenn x", "lt -f large", "run -n")
    assert re.findall(r"run-\w+: run #\d", text) == ["run-start: run #1", "run-end: run #2"]
    first, second = text.split('passing filter "large":')[1:]
    assert [line.split()[-1] for line in first.strip().splitlines()[1:2]] == ["l:0"]
    assert "x:0" in second and sess.run([]) == []


def test_a_filter_sees_what_it_looks_at(typed, sess):
    seen = []
    sess.add_tensor_filter("all", lambda datum, tensor: seen.append((datum, tensor)))
    answers(typed, sess, "lt -f all")
    datum, value = next(pair for pair in seen if pair[0].node_name == "y")
    assert isinstance(datum, DebugTensorDatum) and datum.get_tensor() is value
    assert (datum.tensor_name, datum.output_slot) == ("y:0", 0)
    assert (datum.debug_op, datum.watch_key) == ("DebugIdentity", "y:0:DebugIdentity")
    assert datum.dump_size_bytes == 8 and datum.timestamp >= 0


def test_run_some_times(typed, sess):
    x, loss, _ = model()
    _, text = typed(
        lambda: [sess.run(loss, {x: [1.0, 1.0]}) for _ in range(4)], "run -t 3", "run -n"
    )
    assert re.findall(r"run-\w+: run #\d", text) == ["run-start: run #1", "run-end: run #3"]


@pytest.mark.parametrize("lines", [["exit"], ["quit"], ["run", "exit"], []])
def test_exit_ends_the_program(typed, sess, lines):
    x, loss, _ = model()
    with pytest.raises(SystemExit):
        typed(lambda: sess.run(loss, {x: [1.0, 1.0]}), *lines)


def test_a_run_that_fails_is_shown_and_raises(typed, sess):
    x = tf.placeholder(tf.float32, [None], name="x")
    y = tf.check_numerics(tf.log(x), "log")

    def run():
        with pytest.raises(tf.errors.InvalidArgumentError, match="log : Tensor had NaN values"):
            sess.run(y, {x: [-1.0]})

    _, text = typed(run, "run", "ni x", "run")
    assert "ERROR: InvalidArgumentError: log : Tensor had NaN values" in text
    assert "Op: Placeholder" in text


def test_watching_trains_as_a_plain_run_does(typed):
    w = tf.Variable(3.0, name="w")
    train = tf.train.GradientDescentOptimizer(0.1).minimize(tf.square(w))
    with LocalCLIDebugWrapperSession(tf.Session(), ui_type="readline") as sess:
        sess.session.run(w.initializer)
        typed(lambda: train.run(), "run", "run -n")
        assert sess.session.run(w) == pytest.approx(2.4)
        value, _ = typed(sess.make_callable(w * 2.0))  # not watched, as was said
        assert value == pytest.approx(4.8)
        assert sess.graph is w.graph and sess.run([]) == []


def test_a_hook_debugs_the_steps_of_a_monitored_session(typed):
    step = tf.train.get_or_create_global_step()
    more = tf.assign_add(step, 1, name="more")
    hook = LocalCLIDebugHook(ui_type="readline")
    hook.add_tensor_filter("two", lambda datum, tensor: datum.node_name == "more" and tensor == 2)
    with tf.train.MonitoredSession(hooks=[hook]) as sess:
        result, text = typed(
            lambda: [sess.run(more) for _ in range(3)], "run -f two", "pt more:0", "run -n"
        )
    assert result == [1, 2, 3]
    assert re.findall(r"run-\w+: run #\d", text) == ["run-start: run #1", "run-end: run #2"]


def test_other_interfaces_and_directories_are_refused():
    with pytest.raises(ValueError, match="ui_type must be one of"):
        LocalCLIDebugWrapperSession(tf.Session(), ui_type="web")
    with pytest.raises(NotImplementedError, match="dump_root"):
        LocalCLIDebugHook(dump_root="dumps")
    with pytest.raises(NotImplementedError, match="config_file_path"):
        LocalCLIDebugHook(config_file_path="config")
    x = tf.constant(1.0)
    with pytest.raises(NotImplementedError, match="RunOptions"):
        LocalCLIDebugWrapperSession(tf.Session()).run(x, options=tf.RunOptions())


def test_threads_of_other_names_are_left_alone():
    sess = LocalCLIDebugWrapperSession(tf.Session(), thread_name_filter="Worker")
    assert sess.run(tf.constant(1.0)) == 1


def test_it_goes_by_tensorflows_name():
    with finder.installed():
        debug = importlib.import_module("tensorflow.python").debug
        assert debug.LocalCLIDebugWrapperSession is LocalCLIDebugWrapperSession
        assert debug.has_inf_or_nan is has_inf_or_nan
