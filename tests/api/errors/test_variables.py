"""Variables without a value, made twice, or not there."""

import sys

import pytest

import flowgraph as tf
from tests.api.errors.program import check, mistake

UNINITIALIZED = "Attempting to use uninitialized value w\n\t [[node w/read (defined at train.py:"


def test_the_initializer_was_made_before_the_variable():
    error = mistake(
        tf.errors.FailedPreconditionError,
        """
        v = tf.Variable(0.0)
        init = tf.global_variables_initializer()
        w = tf.Variable(tf.zeros([2, 3]), name="w")
        y = tf.reduce_sum(w, name="y")
        sess = tf.Session()
        sess.run(init)
        sess.run(y)
        """,
    )
    text = check(error, UNINITIALIZED, "variable 'w' (float32[2,3]) was made at", 3, "hint: ")
    assert error.op.name == "w/read"
    assert "the initializer 'init' that was run at\n  File \"train.py\", line 6," in text
    assert 'was made before this variable, at\n  File "train.py", line 2,' in text
    assert "make it below line 3" in text
    assert 'needed by y <- w/read, run at\n  File "train.py", line 7,' in text


def test_the_initializer_was_made_in_another_cell():
    cell = {"tf": tf}
    text = "v = tf.Variable(0.0)\ninit = tf.global_variables_initializer()"
    exec(compile(text, "cell", "exec"), cell)
    error = mistake(
        tf.errors.FailedPreconditionError,
        """
        w = tf.Variable(1.0, name="w")
        sess = tf.Session()
        sess.run(init)
        sess.run(-w)
        """,
        init=cell["init"],
    )
    text = check(error, UNINITIALIZED, "'init' that was run at", 3, "made before this variable, at")
    assert 'File "cell", line 2, in <module>\n  make it after all variables' in text


def test_the_saver_was_made_before_the_variable(tmp_path):
    error = mistake(
        tf.errors.FailedPreconditionError,
        """
        v = tf.Variable(0.0)
        saver = tf.train.Saver()
        sess = tf.Session()
        sess.run(v.initializer)
        path = saver.save(sess, prefix)
        w = tf.Variable(1.0, name="w")
        sess = tf.Session()
        saver.restore(sess, path)
        sess.run(-w)
        """,
        prefix=str(tmp_path / "model"),
    )
    parts = "the Saver's 'save/restore_all' that was run at", 8, "before this variable, at", 2
    check(error, UNINITIALIZED, *parts, "make the Saver below line 6, after all variables")


def test_an_initializer_is_told_rather_than_the_saver(tmp_path):
    error = mistake(
        tf.errors.FailedPreconditionError,
        """
        v = tf.Variable(0.0)
        init, saver = tf.group(tf.global_variables_initializer()), tf.train.Saver(sharded=True)
        w = tf.Variable(1.0, name="w")
        sess = tf.Session()
        sess.run(init)
        saver.restore(sess, saver.save(sess, prefix))
        sess.run(-w)
        """,
        prefix=str(tmp_path / "model"),
    )
    check(error, UNINITIALIZED, "the initializer 'group_deps' that was run at", 5, "make it below")


def test_the_initializer_was_made_before_the_first_variable():
    error = mistake(
        tf.errors.FailedPreconditionError,
        """
        init = tf.global_variables_initializer()
        w = tf.Variable(1.0, name="w")
        with tf.Session() as sess:
            sess.run(init)
            sess.run(w * 2.0)
        """,
    )
    check(error, UNINITIALIZED, "'init' that was run at", 4, "made before this variable", 1)


def test_the_slots_of_an_optimizer_were_made_after_the_initializer():
    error = mistake(
        tf.errors.FailedPreconditionError,
        """
        w = tf.Variable(1.0, name="w")
        init = tf.global_variables_initializer()
        step = tf.train.MomentumOptimizer(0.1, 0.9).minimize(tf.square(w))
        sess = tf.Session()
        sess.run(init)
        sess.run(step)
        """,
    )
    first = "Attempting to use uninitialized value w/Momentum\n\t [[node "
    check(error, first, "was made at", 3, "'init' that was run at", 5, "make it below line 3")


def test_no_initializer_was_made():
    error = mistake(
        tf.errors.FailedPreconditionError,
        """
        w = tf.Variable(1.0, name="w")
        tf.Session().run(w)
        """,
    )
    assert error.op.name == "w"
    first = "Attempting to use uninitialized value w\n\t [[node w (defined at train.py:1) ]]"
    check(error, first, "hint: run tf.global_variables_initializer() first")


def test_the_initializer_was_run_in_another_session():
    error = mistake(
        tf.errors.FailedPreconditionError,
        """
        w = tf.Variable(1.0, name="w")
        init = tf.global_variables_initializer()
        tf.Session().run(init)
        tf.Session().run(-w)
        """,
    )
    check(error, UNINITIALIZED, "this session has not run 'init'", "made at", 2)


def test_a_local_variable_needs_its_own_initializer():
    error = mistake(
        tf.errors.FailedPreconditionError,
        """
        w = tf.Variable(1.0, name="w", collections=[tf.GraphKeys.LOCAL_VARIABLES])
        v = tf.Variable(1.0)
        sess = tf.Session()
        sess.run(tf.global_variables_initializer())
        sess.run(-w)
        """,
    )
    check(
        error, UNINITIALIZED, "hint: it is a local variable: run tf.local_variables_initializer()"
    )


def test_a_variable_that_no_collection_lists():
    error = mistake(
        tf.errors.FailedPreconditionError,
        """
        w = tf.Variable(1.0, name="w", trainable=False, collections=[])
        sess = tf.Session()
        sess.run(tf.global_variables_initializer())
        sess.run(-w)
        """,
    )
    check(error, UNINITIALIZED, "hint: no collection lists it: run its own initializer")


def test_the_same_run_initializes_and_reads():
    error = mistake(
        tf.errors.FailedPreconditionError,
        """
        w = tf.Variable(1.0, name="w")
        tf.Session().run([-w, tf.global_variables_initializer()])
        """,
    )
    check(error, UNINITIALIZED, "hint: the same run initializes it", "in a run of its own")


def test_a_variable_is_made_twice():
    error = mistake(
        ValueError,
        """
        tf.get_variable("w", [2])
        tf.get_variable("w", [2])
        """,
    )
    text = check(
        error,
        "Variable w already exists, disallowed. Did you mean to set reuse=True or "
        "reuse=tf.AUTO_REUSE in VarScope? Originally defined at:\n",
        1,
    )
    assert "a cell that runs twice" not in text


def test_a_cell_that_makes_a_variable_runs_twice(monkeypatch):
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    error = mistake(
        ValueError,
        """
        for run in range(2):
            tf.get_variable("w", [2])
        """,
    )
    check(error, "Variable w already exists, disallowed.", 2, "hint: a cell that runs twice",
          "tf.reset_default_graph() first")  # fmt: skip


def test_a_variable_to_be_shared_is_not_there():
    error = mistake(
        ValueError,
        """
        with tf.variable_scope("layer"):
            tf.get_variable("weight", [2])
        with tf.variable_scope("layer", reuse=True):
            tf.get_variable("weights", [2])
        """,
    )
    check(
        error,
        "Variable layer/weights does not exist, or was not created with tf.get_variable(). Did "
        "you mean to set reuse=tf.AUTO_REUSE in VarScope?",
        "hint: there is 'layer/weight'",
    )


@pytest.mark.parametrize(
    ("argument", "text"),
    [
        ("[3]", "shape (3,) and found shape (2,)."),
        ("[2], tf.int32", "dtype int32 and found dtype float32_ref."),
    ],
)
def test_a_shared_variable_is_of_another_form(argument, text):
    error = mistake(
        ValueError,
        f"""
        with tf.variable_scope("l"):
            tf.get_variable("w", [2])
        with tf.variable_scope("l", reuse=True):
            tf.get_variable("w", {argument})
        """,
    )
    check(error, f"Trying to share variable l/w, but specified {text}", 2)


def test_assigning_another_shape():
    error = mistake(
        tf.errors.InvalidArgumentError,
        """
        w = tf.Variable([1.0, 2.0], name="w")
        x = tf.placeholder(tf.float32)
        tf.Session().run(tf.assign(w, x), {x: [1.0]})
        """,
    )
    first = "Assign requires shapes of both tensors to match. lhs shape= [2] rhs shape= [1]"
    check(error, first, "Assign 'Assign', built at", 3, "input w:0", 1)
