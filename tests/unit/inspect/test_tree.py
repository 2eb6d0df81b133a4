"""Tensors printed as trees."""

import io
import re

import pytest

import flowgraph as tf


def printed(fetches, **kwargs):
    """The lines, without the numbers of lines of this file."""
    file = io.StringIO()
    tf.debugprint(fetches, file=file, **kwargs)
    return [re.sub(r"test_tree\.py:\d+", "HERE", line) for line in file.getvalue().splitlines()]


def test_inputs_stand_below_with_dtypes_shapes_and_lines():
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    with tf.name_scope("net"):
        y = tf.cast(tf.exp(x, name="a"), tf.float64, name="y")
    assert printed(y) == [
        "net/y  Cast  float64 (?, 2)  HERE",
        "|-net/a  Exp  float32 (?, 2)  HERE",
        "  |-x  Placeholder  float32 (?, 2)  HERE",
    ]


def test_the_line_is_that_of_the_program(capsys):
    tf.debugprint(tf.constant(1.0, name="c"))
    line = test_the_line_is_that_of_the_program.__code__.co_firstlineno + 1
    assert capsys.readouterr().out == f"c  Const  float32 ()  test_tree.py:{line}\n"


def test_shared_nodes_are_printed_once():
    x = tf.ones([2], name="x")
    a = tf.exp(x, name="a")
    y = tf.add(tf.multiply(a, a, name="b"), x, name="y")
    assert printed(y) == [
        "y  Add  float32 (2,)  HERE",
        "|-b  Mul  float32 (2,)  HERE",
        "| |-#1 a  Exp  float32 (2,)  HERE",
        "| | |-#2 x  Const  float32 (2,)  HERE",
        "| |-see #1 a",
        "|-see #2 x",
    ]


def test_several_fetches_share():
    x = tf.constant(1.0, name="x")
    assert printed([tf.exp(x, name="a"), {"k": x}]) == [
        "a  Exp  float32 ()  HERE",
        "|-#1 x  Const  float32 ()  HERE",
        "see #1 x",
    ]


def test_depth_cuts_and_says_so():
    x = tf.constant(1.0, name="x")
    y = tf.square(tf.exp(x, name="a"), name="y")
    assert printed(y, depth=1) == ["y  Square  float32 ()  HERE", "|-a  Exp  float32 ()  HERE ..."]
    assert printed(y, depth=0) == ["y  Square  float32 ()  HERE ..."]
    assert len(printed(y, depth=2)) == 3


def test_what_was_cut_is_printed_where_there_is_room():
    x = tf.constant(1.0, name="x")
    a = tf.exp(x, name="a")
    y = tf.add(tf.square(tf.negative(a, name="n"), name="s"), a, name="y")
    assert printed(y, depth=3) == [
        "y  Add  float32 ()  HERE",
        "|-s  Square  float32 ()  HERE",
        "| |-n  Neg  float32 ()  HERE",
        "|   |-#1 a  Exp  float32 ()  HERE ...",
        "|-#1 a  Exp  float32 ()  HERE",
        "  |-x  Const  float32 ()  HERE",
    ]


def test_operations_variables_and_what_is_waited_for():
    v = tf.Variable(1.0, name="v")
    with tf.control_dependencies([tf.no_op(name="before")]):
        done = tf.group(v.initializer, name="done")
    lines = printed([done, v])
    assert lines[0] == "done  NoOp  HERE"
    assert "|-^before  NoOp  HERE" in lines
    assert any(line.endswith("^v/Assign  Assign  float32_ref ()  HERE") for line in lines)
    assert lines[-1] == "see #1 v"


def test_an_output_of_several_has_its_number():
    _, b = tf.split(tf.zeros([4], name="z"), 2, name="parts")
    assert printed(b)[0] == "parts:1  Split  float32 (2,)  HERE"


def test_sparse_values_are_their_parts():
    sparse = tf.SparseTensor([[0]], [1.0], [3])
    assert [line.split()[1] for line in printed(sparse)] == ["Const"] * 3


def test_bodies_stand_below_their_operation():
    x = tf.constant(1.0, name="x")
    y = tf.cond(tf.less(x, 2.0, name="p"), lambda: tf.exp(x, name="e"), lambda: x, name="c")
    lines = printed(y)
    inside = [line.strip("| -") for line in lines]
    assert "then:" in inside
    assert "else:" in inside
    assert any(re.fullmatch(r"c/e  Exp  float32 \(\)  HERE", line) for line in inside)
    assert any(line.endswith("= x:0") for line in inside)


def test_a_deep_graph_needs_no_recursion_and_little_room():
    y = tf.constant(1.0)
    for _ in range(5000):
        y = tf.exp(y)
    lines = printed(y)
    assert len(lines) == 5001
    assert max(map(len, lines)) < 150
    assert lines[30].startswith("30> ")
    assert lines[31].startswith("30> |-")


def test_a_wide_graph_is_printed_once():
    y = tf.constant(1.0)
    for _ in range(100):
        y = tf.add(y, y)  # 2 ** 100 paths
    assert len(printed(y)) == 201


def test_what_is_no_tensor_is_refused():
    with pytest.raises(TypeError, match="float into a Tensor or Operation"):
        tf.debugprint(3.0)
    with pytest.raises(ValueError, match="negative"):
        tf.debugprint(tf.constant(1.0), depth=-1)
