"""Branches and loops, each a function of a scalar, two variables and a batch.

The functions use only what TensorFlow 1.15 has too, which recorded ``node_counts.tsv``.
"""

import flowgraph as tf


def inputs():
    s, x = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [None, 4])
    return s, tf.Variable(tf.ones([4])), tf.Variable(tf.ones([4, 4])), x


def loop(turn, *initial, **options):
    """Three turns of a function of the turn's number and the variables; the last variable."""
    return tf.while_loop(
        lambda i, *_: i < 3,
        lambda i, *values: (i + 1, *turn(i, *values)),
        (tf.constant(0), *initial),
        **options,
    )[-1]


def free(x):
    """Shape invariants for a loop whose batch is of any size."""
    return {"shape_invariants": (tf.TensorShape([]), tf.TensorShape([None, 4]))}


def nested(v, x):
    return loop(lambda i, a: (loop(lambda j, b: (b * v,), a) + x,), x)


def cond_chain(s, v):
    q = v * 1.0
    for t in range(3):
        q = tf.cond(s > t, lambda q=q: q * v, lambda q=q: q)
    return q


def elements(s, v):
    array = tf.TensorArray(tf.float32, 3)
    _, array = tf.while_loop(
        lambda i, _: i < 3, lambda i, a: (i + 1, a.write(i, v * s)), (tf.constant(0), array)
    )
    return array.stack()


def noise():
    return tf.random_uniform([4])


BODIES = {
    "cond": lambda s, v, w, x: tf.cond(s > 0, lambda: v * s, lambda: v / s),
    "cond_both": lambda s, v, w, x: tf.cond(s > 0, lambda: x * v, lambda: x - v),
    "cond_nested": lambda s, v, w, x: tf.cond(
        s > 0, lambda: tf.cond(s > 1, lambda: v * s, lambda: v + x), lambda: v - x
    ),
    "cond_many": lambda s, v, w, x: tf.multiply(
        *tf.cond(s > 0, lambda: (x * v, v), lambda: (x, v * 2.0))
    ),
    "cond_identity": lambda s, v, w, x: tf.cond(s > 0, lambda: v, lambda: v * s),
    "cond_mean": lambda s, v, w, x: tf.cond(s > 0, lambda: tf.reduce_mean(x * v), lambda: s),
    "cond_concat": lambda s, v, w, x: tf.cond(s > 0, lambda: tf.concat([x, x * v], 0), lambda: x),
    "cond_gather": lambda s, v, w, x: tf.cond(
        s > 0, lambda: tf.gather(w, [0, 1]), lambda: tf.zeros([2, 4])
    ),
    "cond_noise": lambda s, v, w, x: tf.cond(s > 0, lambda: v * noise(), lambda: v + noise()),
    "cond_chain": lambda s, v, w, x: cond_chain(s, v),
    "case": lambda s, v, w, x: tf.case(
        [(s > 0, lambda: v * s), (s > 1, lambda: v + s)], default=lambda: v
    ),
    "loop_in_cond": lambda s, v, w, x: tf.cond(
        s > 0, lambda: loop(lambda i, a: (a * v,), v * 1.0), lambda: v * 1.0
    ),
    "capture": lambda s, v, w, x: loop(lambda i, a: (a * s + v,), v),
    "unknown": lambda s, v, w, x: loop(lambda i, a: (a * v + x,), x),
    "divide": lambda s, v, w, x: loop(lambda i, a: (a / v - v,), x),
    "power": lambda s, v, w, x: loop(lambda i, a: (a**2 + tf.pow(a, v) - tf.sqrt(a) / v,), x),
    "square": lambda s, v, w, x: loop(
        lambda i, a: (tf.square(a - v) + tf.squared_difference(a, x),), x
    ),
    "sum": lambda s, v, w, x: loop(lambda i, a: (a + tf.reduce_sum(a * v, 1, keepdims=True),), x),
    "mean": lambda s, v, w, x: loop(lambda i, a: (a - tf.reduce_mean(a * v, 0),), x),
    "max": lambda s, v, w, x: loop(lambda i, a: (a * v - tf.reduce_max(a, 1, keepdims=True),), x),
    "where": lambda s, v, w, x: loop(
        lambda i, a: (tf.where(a > 0, a * v, x) + tf.maximum(a, v),), x
    ),
    "matmul": lambda s, v, w, x: loop(lambda i, a: (tf.nn.relu(tf.matmul(a, w)),), x),
    "softmax": lambda s, v, w, x: loop(
        lambda i, a: (tf.nn.softmax(tf.matmul(a, w)) + tf.exp(a) * tf.log(a),), x
    ),
    "cross_entropy": lambda s, v, w, x: loop(
        lambda i, a: (
            a
            + tf.reduce_mean(
                tf.nn.softmax_cross_entropy_with_logits_v2(labels=x, logits=tf.matmul(x, w))
            ),
        ),
        s,
    ),
    "dropout": lambda s, v, w, x: loop(lambda i, a: (tf.nn.dropout(a * v, 0.5),), x),
    "slice": lambda s, v, w, x: loop(lambda i, a: (a * a[:, i : i + 1] + v,), x),
    "split": lambda s, v, w, x: loop(
        lambda i, a: (tf.concat(tf.split(a * v, 2, 1)[::-1], 1),), x * v
    ),
    "reshape": lambda s, v, w, x: loop(
        lambda i, a: (tf.reshape(tf.reshape(a * v, [-1, 2, 2]), [-1, 4]),), x, **free(x)
    ),
    "concat": lambda s, v, w, x: loop(lambda i, a: (tf.concat([a, x * v], 0),), x, **free(x)),
    "gather": lambda s, v, w, x: loop(
        lambda i, a: (a + tf.gather(w, [i, i + 1]),), tf.zeros([2, 4])
    ),
    "many": lambda s, v, w, x: loop(lambda i, a, b: (a * v, b + a), v * 1.0, v * 2.0),
    "unused": lambda s, v, w, x: loop(lambda i, b, a: (b * 2.0, a * v), tf.zeros([3]), v * 1.0),
    "no_flow": lambda s, v, w, x: loop(lambda i, a, b: (v * s, b + a), v * 1.0, v * 2.0),
    "two": lambda s, v, w, x: (
        loop(lambda i, a: (a * v,), v * 1.0) + loop(lambda i, a: (a + s,), v * 1.0)
    ),
    "in_order": lambda s, v, w, x: loop(lambda i, a: (a * v,), v * 1.0, parallel_iterations=1),
    "nested": lambda s, v, w, x: nested(v, x),
    "cond_in_loop": lambda s, v, w, x: loop(
        lambda i, a: (tf.cond(tf.equal(i, 0), lambda: a + x, lambda: a * v),), x
    ),
    "noise": lambda s, v, w, x: loop(lambda i, a: (a + v * noise(),), v * 1.0),
    "elements": lambda s, v, w, x: elements(s, v),
    "limited": lambda s, v, w, x: tf.while_loop(
        lambda a: True, lambda a: a * v, (v * 1.0,), maximum_iterations=3
    ),
    "map": lambda s, v, w, x: tf.map_fn(lambda row: tf.tanh(row * v), x),
    "map_mean": lambda s, v, w, x: tf.map_fn(lambda row: tf.reduce_mean(row * v), x),
    "map_cond": lambda s, v, w, x: tf.map_fn(
        lambda row: tf.cond(tf.reduce_sum(row) > 0, lambda: row * v, lambda: row), x
    ),
    "scan": lambda s, v, w, x: tf.scan(lambda a, row: a * v + row, x),
    "scan_back": lambda s, v, w, x: tf.scan(lambda a, row: a * 0.5 + row * v, x, reverse=True),
    "fold": lambda s, v, w, x: tf.foldl(lambda a, row: a * v + row, x),
}
