"""Drawings of a session's plans."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.inspect.layout import layout
from flowgraph.inspect.picture import Group
from tests.unit.inspect.pictures import check, convolutional_net


@pytest.fixture
def fused():
    """A drawing of three elementwise steps and a sum, its session and what it is fed."""
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    with tf.name_scope("scale"):
        y = tf.nn.relu(tf.add(tf.multiply(x, 2.0, name="twice"), 1.0, name="plus"), name="relu")
    total = tf.reduce_sum(y, name="total")
    return tf.Session(), total, {x: np.ones((3, 4), np.float32)}


def boxes_of(drawing):
    return {box.key: box for box in drawing.picture.root.walk()}


def test_fused_steps_are_one_box(fused):
    session, total, feeds = fused
    drawing = session.show(total, feeds, shade=None)
    boxes = boxes_of(drawing)
    group = boxes["scale/relu"]
    assert isinstance(group, Group) and group.is_open and group.subtitle == "fused"
    assert [box.title for box in group.members] == ["twice", "plus", "relu"]
    assert [box.subtitle for box in group.members] == ["Mul · y=2", "Add · y=1", ""]
    assert all(box.shade is None for box in boxes.values())
    labels = {(w.source, w.targets): w.label for w in drawing.picture.wires()}
    assert labels["x", ("scale/relu:0",)] == "float32[3,4]"
    assert labels["scale/relu:2", ("total",)] == "float32[3,4]"
    assert repr(drawing) == (
        "<Drawing: the plan of a run: 2 steps, 3 operations in 1 fused step, "
        "64 B of planned buffers>"
    )


def test_bytes_are_shades(fused):
    session, total, feeds = fused
    drawing = session.show(total, feeds)
    boxes = boxes_of(drawing)
    assert (boxes["scale/relu"].shade, boxes["scale/relu"].subtitle) == (1.0, "fused · 48 B")
    assert boxes["total"].shade == pytest.approx(4 / 48)
    assert boxes["x"].shade is None
    assert "92.3% of the run" in boxes["scale/relu"].tooltip
    assert drawing.picture.scale == "darker: more bytes, up to 48 B of 52 B"
    assert "darker: more bytes" in drawing.to_svg()


def test_time_is_shades_and_the_plan_is_run(fused):
    session, total, feeds = fused
    drawing = session.show(total, feeds, shade="time")
    shades = [box.shade for box in boxes_of(drawing).values() if box.shade is not None]
    assert len(shades) == 2 and max(shades) == 1.0 and min(shades) > 0.0
    assert drawing.picture.scale.startswith("darker: more time, up to ")
    assert "s" in boxes_of(drawing)["total"].subtitle


def test_time_runs_update_variables():
    w = tf.Variable(0.0, name="w")
    up = tf.assign_add(w, 1.0, name="up")
    with tf.Session() as session:
        session.run(w.initializer)
        session.show(up)
        assert session.run(w) == 0.0
        session.show(up, shade="time")
        assert session.run(w) == 6.0


def test_a_closed_scope_takes_what_is_inside():
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    with tf.name_scope("two"):
        a = tf.reduce_sum(x, axis=1, name="a")
        b = tf.reduce_sum(x, axis=0, name="b")
    drawing = tf.Session().show([a, b], {x: np.ones((3, 4), np.float32)}, depth=0)
    assert boxes_of(drawing)["two/"].subtitle == "2 operations · 28 B"
    assert boxes_of(drawing)["two/"].shade == 1.0


def test_training_step(tmp_path):
    net = convolutional_net()
    feeds = {
        net.images: np.zeros((2, 28, 28, 1), np.float32),
        net.labels: np.zeros(2, np.int64),
        net.dropout: 0.5,
    }
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        drawing = session.show([net.train, net.loss], feeds, to=tmp_path / "plan.html")
    assert "<svg" in (tmp_path / "plan.html").read_text()
    picture = drawing.picture
    check(picture, layout(picture))
    boxes = boxes_of(drawing)
    assert boxes["conv1/kernel"].kind == "variable"
    assert boxes["conv1/Conv2D"].kind == "forward"
    assert boxes["gradients/"].kind == "gradient"
    assert boxes["Adam/update_conv1/kernel/ApplyAdam"].subtitle.startswith("→ conv1/kernel")
    assert not [key for key in boxes if key.endswith(("/read", "/Adam_1")) or "beta1" in key]


def test_nothing_to_run():
    x = tf.placeholder(tf.float32, [2], name="x")
    drawing = tf.Session().show(x, {x: [1.0, 2.0]})
    assert set(boxes_of(drawing)) == {"x"}
    assert drawing.to_svg() and drawing.to_html() and drawing.to_dot() and drawing.to_mermaid()


def test_unknown_shade(fused):
    session, total, feeds = fused
    with pytest.raises(ValueError, match="shade must be one of"):
        session.show(total, feeds, shade="flops")
