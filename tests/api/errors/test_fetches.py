"""Fetches that are no tensors of the session's graph, and sessions that cannot run."""

import threading

import pytest

import flowgraph as tf
from tests.api.errors.program import check, mistake


def test_a_fetch_is_overwritten_by_its_value():
    error = mistake(
        TypeError,
        """
        loss = tf.constant(1.0, name="loss")
        sess = tf.Session()
        for step in range(2):
            loss = sess.run(loss)
        """,
    )
    check(
        error,
        "Fetch argument 1.0 has invalid type <class 'numpy.float32'>, must be a string or Tensor. "
        "(Can not convert a float32 into a Tensor or Operation.)",
        4,
        "hint: the value took the name of its tensor at",
        'File "train.py", line 4\n    loss = sess.run(loss)',
    )


def test_one_of_several_fetches_is_overwritten_elsewhere():
    error = mistake(
        TypeError,
        """
        a = tf.constant(1.0)
        loss = tf.constant([1.0, 2.0])
        sess = tf.Session()
        _, loss = sess.run([a, loss])
        print("between")
        sess.run([a, loss])
        """,
    )
    first = "Fetch argument array([1., 2.], dtype=float32) has invalid type <class 'numpy.ndarray'>"
    check(error, first, "it is fetches[1]", 6, 'File "train.py", line 4\n    _, loss = sess.run')


def test_an_array_is_fetched():
    error = mistake(TypeError, "a = tf.constant(1)\ntf.Session().run({'a': [np.float32(0.1)]})")
    first = "Fetch argument 0.1 has invalid type <class 'numpy.float32'>, must be a string or"
    check(error, first, "it is fetches['a'][0]", 2, "hint: was the tensor's name overwritten")


@pytest.mark.parametrize("fetches, place", [("None", None), ("[a, None]", "it is fetches[1]")])
def test_none_is_fetched(fetches, place):
    error = mistake(TypeError, f"a = tf.constant(1)\ntf.Session().run({fetches})")
    parts = [place] if place else []
    first = "Fetch argument None has invalid type <class 'NoneType'>\n"
    check(error, first, *parts, 2, "hint: tf.summary.merge_all() is None when there is no summary")


@pytest.mark.parametrize(
    ("fetch", "text"),
    [
        ("'b'", "The name 'b' refers to an Operation not in the graph."),
        ("'b:0'", "The name 'b:0' refers to a Tensor which does not exist. The operation, 'b', "),
        ("'a:7'", "The name 'a:7' refers to a Tensor which does not exist. The operation, 'a', "),
    ],
)
def test_a_name_that_is_not_there(fetch, text):
    error = mistake(ValueError, f"tf.constant(1, name='a')\ntf.Session().run({fetch})")
    check(error, f'Fetch argument {fetch} cannot be interpreted as a Tensor. ("{text}')


OF_ANOTHER_GRAPH = (
    "Fetch argument <tf.Tensor 'a:0' shape=() dtype=float32> cannot be interpreted as a Tensor. "
    '(Tensor Tensor("a:0", shape=(), dtype=float32) is not an element of this graph.)\n'
)


def test_the_graph_was_reset_after_the_tensor():
    error = mistake(
        ValueError,
        """
        a = tf.constant(1.0, name="a")
        tf.reset_default_graph()
        b = tf.constant(1.0, name="b")
        tf.Session().run(a)
        """,
    )
    parts = (1, "in a graph of 1 operation,", "the session's graph is one of 1 operation,", 2)
    check(error, OF_ANOTHER_GRAPH, *parts, "tf.reset_default_graph() gave its graph up at", 2)


def test_the_graph_was_reset_after_the_session():
    error = mistake(
        ValueError,
        """
        b = tf.constant(1.0, name="b")
        sess = tf.Session()
        tf.reset_default_graph()
        a = tf.constant(1.0, name="a")
        sess.run(a)
        """,
    )
    check(error, OF_ANOTHER_GRAPH, 4, "gave the session's graph up at", 3, "hint: make a session")


def test_a_session_of_another_graph():
    error = mistake(
        ValueError,
        """
        b = tf.constant(1.0)
        with tf.Graph().as_default():
            a = tf.constant(1.0, name="a")
        tf.Session().run(a)
        """,
    )
    check(error, OF_ANOTHER_GRAPH, 3, 2, "hint: give the session its graph: tf.Session(graph=g)")


def test_a_thread_has_a_default_graph_of_its_own():
    found = []

    def run():
        found.append(
            mistake(
                ValueError,
                """
                b = tf.constant(1.0)
                tf.Session().run(a)
                """,
                a=a,
            )
        )

    with tf.Graph().as_default():
        a = tf.constant(1.0, name="a")
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    check(found[0], OF_ANOTHER_GRAPH, "hint: each thread has a default graph of its own")


def test_an_operation_takes_inputs_of_two_graphs():
    error = mistake(
        ValueError,
        """
        a = tf.constant(1.0, name="a")
        tf.reset_default_graph()
        b = tf.constant(1.0, name="b")
        tf.add(a, b)
        """,
    )
    check(
        error,
        'Tensor("b:0", shape=(), dtype=float32) must be from the same graph as '
        'Tensor("a:0", shape=(), dtype=float32).',
        "b was made at",
        3,
        "a was made at",
        1,
        "given up by tf.reset_default_graph() at",
        2,
    )


def test_the_graph_is_empty():
    error = mistake(
        RuntimeError,
        """
        sess = tf.Session(graph=tf.Graph())
        a = tf.constant(1.0)
        sess.run(a)
        """,
    )
    first = "The Session graph is empty.  Add operations to the graph before calling run()."
    check(error, first, 1, "hint: the default graph is another, with 1 operations")


@pytest.mark.parametrize("call", ["sess.run(a)", "sess.run('b:0')", "sess.make_callable(a)"])
def test_the_session_is_closed_by_the_end_of_its_block(call):
    error = mistake(
        RuntimeError,
        f"""
        a = tf.constant(1.0)
        with tf.Session() as sess:
            sess.run(a)

            sess.run(a)
        {call}
        """,
    )
    check(error, "Attempted to use a closed Session.", 2, "`with` block ended at line 5")


def test_the_session_is_closed_by_a_call():
    error = mistake(
        RuntimeError,
        """
        a = tf.constant(1.0)
        sess = tf.Session()
        sess.close()
        sess.run(a)
        """,
    )
    assert "block" not in check(error, "Attempted to use a closed Session.", 3)


def test_there_is_no_session():
    error = mistake(ValueError, "tf.constant(1.0).eval()")
    check(
        error,
        "Cannot evaluate tensor using `eval()`: No default session is registered. Use `with "
        "sess.as_default()` or pass an explicit session to `eval(session=sess)`",
    )
    error = mistake(ValueError, "tf.no_op().run()")
    check(
        error,
        "Cannot execute operation using `run()`: No default session is registered. Use `with "
        "sess.as_default():` or pass an explicit session to `run(session=sess)`",
    )


def test_the_default_session_is_of_another_graph():
    error = mistake(
        ValueError,
        """
        a = tf.constant(1.0)
        with tf.Session(graph=tf.Graph()):
            a.eval()
        """,
    )
    check(
        error,
        "Cannot use the default session to evaluate tensor: the tensor's graph is different from "
        "the session's graph. Pass an explicit session to `eval(session=sess)`.",
    )
