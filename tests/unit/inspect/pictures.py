"""Graphs to draw, and what must hold of every layout of them."""

import itertools
import math

import flowgraph as tf
from flowgraph import demo
from flowgraph.inspect.geometry import LABEL, SUBTITLE, TITLE, width_of_title
from flowgraph.inspect.lettering import width
from flowgraph.inspect.picture import Group


def four_operations():
    a = tf.constant(2.0, name="a")
    b = tf.placeholder(tf.float32, [None, 3], name="b")
    tf.reduce_sum(tf.multiply(a, b, name="c"), axis=1, name="d")


def training():
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    with tf.variable_scope("layer"):
        w = tf.get_variable("w", [4, 2])
        b = tf.get_variable("b", [2], initializer=tf.zeros_initializer())
        y = tf.nn.relu(tf.matmul(x, w) + b)
    loss = tf.reduce_mean(tf.square(y), name="loss")
    tf.train.AdamOptimizer(0.1).minimize(loss)
    tf.train.Saver()
    tf.global_variables_initializer()


def convolutional_net():
    net = demo.build(1)
    tf.global_variables_initializer()
    return net


def bodies():
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    w = tf.Variable(tf.ones([3, 3]), name="w")
    flag = tf.placeholder(tf.bool, [], name="flag")
    y = tf.cond(flag, lambda: tf.matmul(x, w), lambda: x * 2.0, name="choose")
    _, z = tf.while_loop(
        lambda i, z: i < 10,
        lambda i, z: (i + 1, tf.tanh(tf.matmul(z, w))),
        [tf.constant(0, name="i"), y],
        name="loop",
    )
    tf.gradients(tf.reduce_mean(z, name="out"), w)


def entangled_scopes():
    """Scopes that use each other: closed, they form a cycle."""
    x = tf.placeholder(tf.float32, [2], name="x")
    with tf.name_scope("left"):
        a = tf.nn.relu(x)
    with tf.name_scope("right"):
        b = tf.tanh(a)
    with tf.name_scope("left/"):
        c = tf.exp(b)
    with tf.name_scope("right/"):
        tf.add(a, c)


def separate_parts():
    for _ in range(3):
        a = tf.placeholder(tf.float32, [4], name="a")
        tf.add(a, tf.exp(tf.nn.relu(a)))
    tf.constant(1.0)
    tf.assign_add(tf.Variable(1.0, name="w"), 2.0)


def nothing():
    pass


GRAPHS = {
    build.__name__: build
    for build in (
        four_operations,
        training,
        convolutional_net,
        bodies,
        entangled_scopes,
        separate_parts,
        nothing,
    )
}


def contains(outer, inner, slack=0.01):
    return (
        outer.x <= inner.x + slack
        and outer.y <= inner.y + slack
        and outer.x + outer.w >= inner.x + inner.w - slack
        and outer.y + outer.h >= inner.y + inner.h - slack
    )


def overlap(a, b, slack=0.01):
    return (
        a.x < b.x + b.w - slack
        and b.x < a.x + a.w - slack
        and a.y < b.y + b.h - slack
        and b.y < a.y + a.h - slack
    )


def on_border(rect, point, slack=0.11):
    x, y = point
    inside = rect.x - slack <= x <= rect.x + rect.w + slack
    inside = inside and rect.y - slack <= y <= rect.y + rect.h + slack
    sides = (x - rect.x, x - rect.x - rect.w, y - rect.y, y - rect.y - rect.h)
    return inside and min(map(abs, sides)) <= slack


def points_of(stroke, is_sideways):
    """Points along a stroke: those of its two straight parts, and of the curve between."""
    (start, a, b, end), steps = stroke.points, [i / 8 for i in range(9)]
    yield from (tuple(p + (q - p) * t for p, q in zip(start, a, strict=True)) for t in steps)
    if is_sideways:
        middle = (a[0] + b[0]) / 2
        c, d = (middle, a[1]), (middle, b[1])
    else:
        middle = (a[1] + b[1]) / 2
        c, d = (a[0], middle), (b[0], middle)
    for t in steps:
        weights = [math.comb(3, i) * t**i * (1 - t) ** (3 - i) for i in range(4)]
        yield tuple(
            sum(w * p[k] for w, p in zip(weights, (a, c, d, b), strict=True)) for k in (0, 1)
        )
    yield from (tuple(p + (q - p) * t for p, q in zip(b, end, strict=True)) for t in steps)


def check(picture, placed):
    """Assert that nothing overlaps, every text fits, and every wire leads from box to boxes."""
    boxes = {box.key: box for box in picture.root.walk()}
    frames = {k for k in placed.boxes if isinstance(boxes[k], Group) and boxes[k].is_open}
    leaves = {key: rect for key, rect in placed.boxes.items() if key not in frames}
    shown = picture.drawn()
    assert set(leaves) | frames == {k for k in boxes if shown[k] == k}
    canvas = type(next(iter(placed.boxes.values())))(0, 0, placed.width, placed.height)

    for key, rect in placed.boxes.items():
        around = picture.path(key)[:-1]
        assert contains(placed.boxes[around[-1].key] if around else canvas, rect), key
        box = boxes[key]
        if key in frames:
            assert width_of_title(box) <= rect.w, key
        else:
            assert width(box.title, TITLE) <= rect.w and width(box.subtitle, SUBTITLE) <= rect.w
    for (a, p), (b, q) in itertools.combinations(placed.boxes.items(), 2):
        nested = a in [x.key for x in picture.path(b)] or b in [x.key for x in picture.path(a)]
        assert nested or not overlap(p, q), (a, b)

    for (wire, rect), number in zip(placed.labels, itertools.count(), strict=False):
        assert contains(canvas, rect) and width(wire.label, LABEL) <= rect.w
        assert not [key for key, leaf in leaves.items() if overlap(rect, leaf)], wire
        assert not [w for w, other in placed.labels[:number] if overlap(rect, other)], wire

    strokes = {}
    for stroke in placed.strokes:
        strokes.setdefault(stroke.wire, []).append(stroke)
    assert set(strokes) == set(picture.wires())
    for wire, parts in strokes.items():
        source = placed.boxes[wire.source]
        marks = [rect for other, rect in placed.labels if other == wire]
        ends = [part.points[3] for part in parts]
        for part in parts:
            start = part.points[0]
            joined = any(math.dist(start, end) < 0.11 for end in ends)
            assert joined or any(on_border(r, start) for r in [source, *marks]), wire
        tips = [part.points[3] for part in parts if part.is_end]
        for target in wire.targets:
            assert any(on_border(placed.boxes[target], tip) for tip in tips), (wire, target)
        assert len(tips) == len(wire.targets)
        for part in parts:
            for x, y in points_of(part, placed.is_sideways):
                for key, leaf in leaves.items():
                    inside = leaf.x + 0.2 < x < leaf.x + leaf.w - 0.2
                    assert not (inside and leaf.y + 0.2 < y < leaf.y + leaf.h - 0.2), (wire, key)
