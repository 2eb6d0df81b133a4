"""A classifier of digits that reads an image row by row; runs on TensorFlow 1.15 as well."""

import numpy as np

ROWS, COLUMNS, UNITS, CLASSES, BATCH, STEPS = 28, 28, 12, 10, 32, 6


def static(tf, cell, x):
    outputs, _ = tf.nn.static_rnn(cell, tf.unstack(x, ROWS, 1), dtype=tf.float32)
    return outputs[-1]


def dynamic(tf, cell, x):
    outputs, _ = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
    return outputs[:, -1]


def lengths(tf, cell, x):
    used = tf.sign(tf.reduce_max(tf.abs(x), reduction_indices=2))
    length = tf.cast(tf.reduce_sum(used, reduction_indices=1), tf.int32)
    _, state = tf.nn.dynamic_rnn(cell, x, sequence_length=length, dtype=tf.float32)
    return state[-1]


def both(tf, cell, x):
    other = tf.nn.rnn_cell.GRUCell(UNITS)
    outputs, _ = tf.nn.bidirectional_dynamic_rnn(cell, other, x, dtype=tf.float32)
    return tf.reduce_mean(tf.concat(outputs, 2), 1)


NETWORKS = {
    "static": (static, lambda tf: tf.nn.rnn_cell.BasicLSTMCell(UNITS)),
    "dynamic": (dynamic, lambda tf: tf.nn.rnn_cell.GRUCell(UNITS)),
    "lengths": (lengths, lambda tf: tf.nn.rnn_cell.LSTMCell(UNITS, use_peepholes=True)),
    "both": (both, lambda tf: tf.nn.rnn_cell.BasicRNNCell(UNITS)),
    "dropout": (
        static,
        lambda tf: tf.nn.rnn_cell.DropoutWrapper(
            tf.nn.rnn_cell.BasicLSTMCell(UNITS), output_keep_prob=0.8
        ),
    ),
}


def losses(tf, network, images, labels):
    """The losses of the first steps of training."""
    tf.reset_default_graph()
    tf.set_random_seed(3)
    run, make_cell = NETWORKS[network]
    x = tf.placeholder(tf.float32, [None, ROWS, COLUMNS])
    y = tf.placeholder(tf.int64, [None])
    features = run(tf, make_cell(tf), x)
    kernel = tf.get_variable("kernel", [features.shape.as_list()[1], CLASSES])
    each = tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=y, logits=tf.matmul(features, kernel)
    )
    loss = tf.reduce_mean(each)
    train = tf.train.AdamOptimizer(0.02).minimize(loss)
    found = []
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for step in range(STEPS):
            rows = slice(step * BATCH, (step + 1) * BATCH)
            feeds = {x: images[rows].astype(np.float32) / 255, y: labels[rows]}
            found.append(round(float(session.run([train, loss], feeds)[1]), 5))
    return found
