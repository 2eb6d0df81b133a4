"""Small graphs of many kinds, each a function that returns a loss: their nodes are counted.

The functions use only what TensorFlow 1.15 has too, which recorded ``node_counts.tsv``.
"""

import numpy as np

import flowgraph as tf


def model():
    """Two layers, by hand: 4 outputs of 4 inputs, and targets."""
    x, y = tf.placeholder(tf.float32, [None, 4]), tf.placeholder(tf.float32, [None, 4])
    w1, b1 = tf.Variable(tf.random_normal([4, 5])), tf.Variable(tf.zeros([5]))
    w2, b2 = tf.Variable(tf.random_normal([5, 4])), tf.Variable(tf.zeros([4]))
    return tf.matmul(tf.nn.relu(tf.matmul(x, w1) + b1), w2) + b2, x, y


def normalized(p):
    mean, variance = tf.nn.moments(p, [0])
    return tf.nn.batch_normalization(p, mean, variance, None, None, 1e-3)


OPS = {
    "exp": lambda p, x, y: tf.exp(p),
    "log": lambda p, x, y: tf.log(p),
    "square": lambda p, x, y: tf.square(p),
    "sqrt": lambda p, x, y: tf.sqrt(p),
    "abs": lambda p, x, y: tf.abs(p),
    "sign": lambda p, x, y: tf.sign(p),
    "tanh": lambda p, x, y: tf.nn.tanh(p),
    "sigmoid": lambda p, x, y: tf.nn.sigmoid(p),
    "elu": lambda p, x, y: tf.nn.elu(p),
    "softplus": lambda p, x, y: tf.nn.softplus(p),
    "leaky_relu": lambda p, x, y: tf.nn.leaky_relu(p),
    "crelu": lambda p, x, y: tf.nn.crelu(p),
    "softmax": lambda p, x, y: tf.nn.softmax(p),
    "log_softmax": lambda p, x, y: tf.nn.log_softmax(p),
    "sub": lambda p, x, y: p - y,
    "scaled": lambda p, x, y: 3.0 * p + 1.0 - p / 2.0,
    "div_batch": lambda p, x, y: p / tf.cast(tf.shape(p)[0], tf.float32),
    "div_const": lambda p, x, y: p / tf.constant([1.0, 2.0, 3.0, 4.0]),
    "pow": lambda p, x, y: tf.pow(tf.abs(p), 1.5) + p**2,
    "squared_difference": lambda p, x, y: tf.squared_difference(p, y),
    "maximum": lambda p, x, y: tf.maximum(p, x) + tf.minimum(p, 0.5),
    "clip": lambda p, x, y: tf.clip_by_value(p, 0.0, 1.0),
    "clip_norm": lambda p, x, y: tf.clip_by_norm(p, 1.0),
    "expand": lambda p, x, y: tf.squeeze(tf.expand_dims(p, 1), [1]),
    "reshape": lambda p, x, y: tf.reshape(p, [-1, 2, 2]),
    "transpose": lambda p, x, y: tf.transpose(p),
    "slice": lambda p, x, y: tf.slice(p, [0, 1], [-1, 2]),
    "index": lambda p, x, y: p[:, 1:3] + p[:, 0:1],
    "tile": lambda p, x, y: tf.tile(p, [1, 2]),
    "pad": lambda p, x, y: tf.pad(p, [[0, 0], [1, 1]]),
    "stack": lambda p, x, y: tf.stack([p, p * 2.0], 1),
    "unstack": lambda p, x, y: tf.add_n(tf.unstack(p, axis=1)),
    "split": lambda p, x, y: tf.multiply(*tf.split(p, 2, 1)),
    "concat": lambda p, x, y: tf.concat([p, x], 1),
    "cumsum": lambda p, x, y: tf.cumsum(p, 1),
    "reverse": lambda p, x, y: tf.reverse(p, [1]),
    "sum": lambda p, x, y: tf.reduce_sum(p * p, 1, keepdims=True),
    "mean": lambda p, x, y: p - tf.reduce_mean(p, axis=1, keepdims=True),
    "max": lambda p, x, y: tf.reduce_max(p, 1),
    "prod": lambda p, x, y: tf.reduce_prod(p, 1),
    "norm": lambda p, x, y: tf.norm(p, axis=1),
    "logsumexp": lambda p, x, y: tf.reduce_logsumexp(p, 1),
    "moments": lambda p, x, y: normalized(p),
    "l2_normalize": lambda p, x, y: tf.nn.l2_normalize(p, 1),
    "where": lambda p, x, y: tf.where(p > 0, p, x),
    "cast": lambda p, x, y: tf.cast(p, tf.float64),
    "top_k": lambda p, x, y: tf.nn.top_k(p, 2)[0],
    "one_hot": lambda p, x, y: tf.reduce_sum(p * tf.one_hot(tf.argmax(y, 1), 4), 1),
    "boolean_mask": lambda p, x, y: tf.boolean_mask(p, tf.reduce_sum(p, 1) > 0),
    "tensordot": lambda p, x, y: tf.tensordot(p, tf.Variable(tf.ones([4, 2])), [[1], [0]]),
    "batch_matmul": lambda p, x, y: tf.matmul(*[tf.reshape(t, [-1, 2, 2]) for t in (p, x)]),
    "broadcast": lambda p, x, y: tf.expand_dims(p, 0) * tf.expand_dims(p, 1),
    "stop_gradient": lambda p, x, y: p * tf.stop_gradient(p),
    "softmax_loss": lambda p, x, y: tf.nn.softmax_cross_entropy_with_logits(logits=p, labels=y),
    "softmax_loss_v2": lambda p, x, y: tf.nn.softmax_cross_entropy_with_logits_v2(
        logits=p, labels=y
    ),
    "sparse_loss": lambda p, x, y: tf.nn.sparse_softmax_cross_entropy_with_logits(
        logits=p, labels=tf.argmax(y, 1)
    ),
    "sigmoid_loss": lambda p, x, y: tf.nn.sigmoid_cross_entropy_with_logits(logits=p, labels=y),
    "log_loss": lambda p, x, y: -tf.reduce_sum(y * tf.log(tf.nn.softmax(p)), 1),
    "l2_loss": lambda p, x, y: tf.add_n([tf.nn.l2_loss(v) for v in tf.trainable_variables()]),
    "huber": lambda p, x, y: tf.losses.huber_loss(y, p),
    "losses": lambda p, x, y: tf.losses.softmax_cross_entropy(y, p) + tf.losses.get_total_loss(),
    "layer_norm": lambda p, x, y: tf.contrib.layers.layer_norm(p),
    "dropout": lambda p, x, y: tf.layers.dropout(p, 0.5, training=True),
    "batch_norm": lambda p, x, y: tf.layers.batch_normalization(p, training=True),
    "batch_norm_cond": lambda p, x, y: tf.layers.batch_normalization(
        p, training=tf.placeholder(tf.bool)
    ),
}


def known_shapes():
    """Where all shapes are known, what TensorFlow has worked out once it does not again."""
    w = tf.Variable(tf.random_normal([4, 3]))
    p = tf.matmul(tf.constant(np.ones((5, 4), "f")), w)
    q = p * tf.Variable(tf.ones([3])) - tf.Variable(tf.ones([5, 1])) * p
    return q + tf.reduce_sum(q, 0) + tf.reduce_sum(p, 0) + tf.reduce_mean(q, 0)


def images(layers):
    x = tf.placeholder(tf.float32, [None, 12, 12, 1])
    return tf.layers.dense(tf.layers.flatten(layers(x)), 3)


def convolution(x):
    w = tf.Variable(tf.truncated_normal([3, 3, 1, 4]))
    h = tf.nn.relu(tf.nn.conv2d(x, w, [1, 1, 1, 1], "SAME") + tf.Variable(tf.zeros([4])))
    return tf.nn.max_pool(h, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")


def normalized_convolution(x):
    h = tf.layers.batch_normalization(tf.layers.conv2d(x, 4, 3), training=True)
    return tf.layers.average_pooling2d(h, 2, 2)


def upsampling(x):
    h = tf.layers.conv2d_transpose(tf.layers.conv2d(x, 4, 3, 2), 2, 3, 2)
    return tf.image.resize_bilinear(h, [6, 6])


def embeddings(cell=None):
    table = tf.get_variable("table", [20, 4])
    e = tf.nn.embedding_lookup(table, tf.placeholder(tf.int32, [None, 5]))
    if cell is not None:
        e = tf.nn.dynamic_rnn(cell(4), e, dtype=tf.float32)[0]
    return tf.matmul(tf.reshape(e, [-1, 4]), table, transpose_b=True)


def candidates():
    table = tf.Variable(tf.random_uniform([20, 4]))
    e = tf.nn.embedding_lookup(table, tf.placeholder(tf.int32, [6]))
    w, b = tf.Variable(tf.truncated_normal([20, 4])), tf.Variable(tf.zeros([20]))
    labels = tf.placeholder(tf.int64, [6, 1])
    return tf.nn.nce_loss(w, b, labels, e, num_sampled=3, num_classes=20)


def autoencoder():
    x = tf.placeholder(tf.float32, [None, 6])
    h = tf.layers.dense(x, 5, tf.nn.tanh)
    mean, log_variance = tf.layers.dense(h, 2), tf.layers.dense(h, 2)
    z = mean + tf.exp(log_variance / 2) * tf.random_normal(tf.shape(mean))
    o = tf.layers.dense(z, 6, tf.nn.sigmoid)
    error = -tf.reduce_sum(x * tf.log(1e-10 + o) + (1 - x) * tf.log(1e-10 + 1 - o), 1)
    apart = -0.5 * tf.reduce_sum(1 + log_variance - tf.square(mean) - tf.exp(log_variance), 1)
    return error + apart


MODELS = {
    "known_shapes": known_shapes,
    "convolution": lambda: images(convolution),
    "normalized_convolution": lambda: images(normalized_convolution),
    "upsampling": lambda: images(upsampling),
    "embeddings": embeddings,
    "embeddings_rnn": lambda: embeddings(tf.nn.rnn_cell.BasicLSTMCell),
    "candidates": candidates,
    "autoencoder": autoencoder,
}

CELLS = {
    "basic": lambda: tf.nn.rnn_cell.BasicRNNCell(5),
    "lstm": lambda: tf.nn.rnn_cell.BasicLSTMCell(5),
    "peephole": lambda: tf.nn.rnn_cell.LSTMCell(5, use_peepholes=True),
    "gru": lambda: tf.nn.rnn_cell.GRUCell(5),
    "dropout": lambda: tf.nn.rnn_cell.DropoutWrapper(
        tf.nn.rnn_cell.BasicLSTMCell(5), output_keep_prob=0.5
    ),
    "multi": lambda: tf.nn.rnn_cell.MultiRNNCell(
        [tf.nn.rnn_cell.BasicLSTMCell(5) for _ in range(2)]
    ),
}


def recurrent(kind, cell, batch=None):
    x = tf.placeholder(tf.float32, [batch, 6, 4])
    lengths = tf.placeholder(tf.int32, [batch])
    if kind == "dynamic":
        return tf.nn.dynamic_rnn(CELLS[cell](), x, dtype=tf.float32)[0][:, -1, :]
    if kind == "lengths":
        return tf.nn.dynamic_rnn(CELLS[cell](), x, lengths, dtype=tf.float32)[0]
    if kind == "static":
        return tf.nn.static_rnn(CELLS[cell](), tf.unstack(x, axis=1), dtype=tf.float32)[0][-1]
    forth, back = CELLS[cell](), CELLS[cell]()
    return tf.concat(tf.nn.bidirectional_dynamic_rnn(forth, back, x, dtype=tf.float32)[0], 2)


RECURRENT = [
    *(("dynamic", cell, None) for cell in CELLS),
    *(("static", cell, None) for cell in CELLS),
    *(("dynamic", cell, 7) for cell in ("lstm", "gru")),
    *(("lengths", cell, None) for cell in ("basic", "lstm", "multi")),
    ("bidirectional", "lstm", None),
]


def decoder(attention):
    library = tf.contrib.seq2seq
    x, lengths = tf.placeholder(tf.float32, [None, 6, 4]), tf.placeholder(tf.int32, [None])
    outputs, state = tf.nn.dynamic_rnn(tf.nn.rnn_cell.LSTMCell(4), x, lengths, dtype=tf.float32)
    cell = tf.nn.rnn_cell.LSTMCell(4)
    if attention:
        memory = library.BahdanauAttention(4, outputs, lengths)
        cell = library.AttentionWrapper(cell, memory, attention_layer_size=4)
        state = cell.zero_state(tf.shape(x)[0], tf.float32).clone(cell_state=state)
    helper = library.TrainingHelper(x, lengths)
    basic = library.BasicDecoder(cell, helper, state, tf.layers.Dense(9))
    return library.dynamic_decode(basic)[0].rnn_output
