"""`assert_shapes`: sizes with names. Texts and nodes are those of TensorFlow 1.15."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.ops.named_sizes import assert_shapes


def failed(check, feeds):
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        tf.Session().run(check, feeds)
    return str(caught.value).splitlines()[0]


def test_sizes_are_compared_in_the_run():
    x = tf.placeholder(tf.float32, [None, None], name="x")
    y = tf.placeholder(tf.float32, [None], name="y")
    feeds = {x: np.zeros([2, 3]), y: np.zeros([4])}
    assert failed(assert_shapes([(x, ("N", "Q")), (y, ("N",))], message="hi"), feeds) == (
        "assertion failed: [hi] [Specified by tensor x:0 dimension 0] [Tensor y:0 dimension] [0] "
        "[must have size] [2] [Received shape: ] [4]"
    )
    assert failed(assert_shapes([(x, ("N", 5)), (y, ("N",))]), feeds) == (
        "assertion failed: [] [Specified explicitly] [Tensor x:0 dimension] [1] [must have size] "
        "[5] [Received shape: ] [2 3]"
    )
    fits = assert_shapes({x: ("N", "."), y: [None]})
    assert tf.Session().run(fits, feeds) is None


def test_unknown_ranks():
    u = tf.placeholder(tf.float32, name="u")
    assert failed(assert_shapes([(u, ("N", "M"))]), {u: 1.0}) == (
        "assertion failed: [] [Tensor u:0 must have rank] [2] [Received shape: ] []"
    )
    check = assert_shapes([(u, ())])
    for value in (1.0, [1.0]):
        assert tf.Session().run(check, {u: value}) is None
    assert "[must have size] [1] [Received shape: ] [2]" in failed(check, {u: [1, 2]})


@pytest.mark.parametrize(
    ("shapes", "text"),
    [
        (
            [([2, 3], ("N", "Q")), ([4], ("N",))],
            ".  Specified by tensor zeros:0 dimension 0.  Tensor zeros_1:0 dimension 0 must have "
            "size 2.  Received size 4, shape (4,)",
        ),
        (
            [([2, 3], (2, 4))],
            ".  Specified explicitly.  Tensor zeros:0 dimension 1 must have size 4.  Received "
            "size 3, shape (2, 3)",
        ),
        (
            [([2], ())],
            ".  Specified explicitly.  Tensor zeros:0 dimension 0 must have size 1.  Received "
            "size 2, shape (2,)",
        ),
        ([([2, 3], (2, 3, 4))], "Tensor zeros:0 must have rank 3.  Received rank 2, shape (2, 3)"),
        (
            [([2], 5)],
            ".  Tensor zeros:0.  Specified shape must be an iterable.  An iterable has the "
            "attribute `__iter__` or `__getitem__`.  Received specified shape: 5",
        ),
    ],
)
def test_static_sizes_are_compared_at_once(shapes, text):
    with pytest.raises(ValueError) as caught:
        assert_shapes([(tf.zeros(sizes), wanted) for sizes, wanted in shapes])
    assert str(caught.value) == text


def test_its_nodes():
    x = tf.placeholder(tf.float32, None, name="x")
    before = len(tf.get_default_graph().get_operations())
    assert assert_shapes({x: (2, None, "A")}).name == "assert_shapes/group_deps"
    made = [o.name for o in tf.get_default_graph().get_operations()[before:]]
    assert made[:4] == [f"assert_shapes/{n}" for n in ("Shape", "Rank", "Equal/y", "Equal")]
    after = [n for n in made if "/assert_rank/" not in n and "/cond/" not in n]
    assert after[4:10] == [
        "assert_shapes/strided_slice/stack",
        "assert_shapes/strided_slice/stack_1",
        "assert_shapes/strided_slice/stack_2",
        "assert_shapes/strided_slice",
        "assert_shapes/Const",
        "assert_shapes/Equal_1",
    ]


def test_fitting_static_shapes_leave_nothing_for_the_run():
    check = assert_shapes([(tf.zeros([2, 3]), ("N", "Q")), (tf.zeros([2]), "N")], name="fit")
    assert check.name == "fit/group_deps"
    assert {o.type for o in check.control_inputs} == {"NoOp"}
