"""Small training programs: graphs with ``x``, ``y``, ``out``, ``train`` and ``init``."""

import numpy as np

import flowgraph as tf

OPTIMIZERS = {
    "sgd": lambda: tf.train.GradientDescentOptimizer(0.1),
    "momentum": lambda: tf.train.MomentumOptimizer(0.1, 0.9, use_nesterov=True),
    "adam": lambda: tf.train.AdamOptimizer(0.01),
    "adagrad": lambda: tf.train.AdagradOptimizer(0.1),
    "rmsprop": lambda: tf.train.RMSPropOptimizer(0.01, centered=True, momentum=0.5),
    "ftrl": lambda: tf.train.FtrlOptimizer(0.1),
    "adadelta": lambda: tf.train.AdadeltaOptimizer(1.0),
}


def inputs():
    x = tf.placeholder(tf.float32, [None, 8], name="x")
    return x, tf.placeholder(tf.int64, [None], name="y")


def perceptron(optimizer):
    x, y = inputs()
    w = tf.Variable(tf.random_normal([8, 5], seed=1), name="w")
    b = tf.Variable(tf.zeros([5]), name="b")
    v = tf.get_variable("v", [5, 3], initializer=tf.truncated_normal_initializer(seed=3))
    z = tf.matmul(tf.nn.tanh(tf.matmul(x, w) + b), v)
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=z)
    loss = tf.reduce_mean(loss) + 1e-3 * tf.nn.l2_loss(w)
    optimizer().minimize(loss, name="train")
    return loss


def convolution():
    x, y = inputs()
    images = tf.reshape(tf.tile(x, [1, 8]), [-1, 8, 8, 1])
    kernel = tf.Variable(tf.random_normal([3, 3, 1, 4], stddev=0.3, seed=1), name="kernel")
    h = tf.nn.conv2d(images, kernel, [1, 1, 1, 1], "SAME")
    h = tf.nn.relu(tf.nn.bias_add(h, tf.Variable(tf.constant(0.1, shape=[4]))))
    h = tf.nn.max_pool(h, [1, 2, 2, 1], [1, 2, 2, 1], "VALID")
    h, _, _ = tf.nn.fused_batch_norm(h, tf.Variable(tf.ones([4])), tf.Variable(tf.zeros([4])))
    h = tf.nn.dropout(tf.reshape(h, [-1, 64]), rate=0.3, seed=5)
    z = tf.matmul(h, tf.Variable(tf.random_uniform([64, 3], -0.3, 0.3, seed=2)))
    loss = tf.nn.softmax_cross_entropy_with_logits_v2(labels=tf.one_hot(y, 3), logits=z)
    loss = tf.reduce_mean(loss)
    tf.train.AdamOptimizer(0.01).minimize(loss, name="train")
    return loss


def embedding():
    x, y = inputs()
    table = tf.Variable(tf.random_normal([10, 4], seed=1), name="table")
    rows = tf.nn.embedding_lookup(table, y)
    parts = tf.stack(tf.split(tf.concat([rows, x], 1), 3, axis=1), axis=1)[:, 1:, ::2]
    loss = tf.transpose(parts, [1, 0, 2]) - tf.expand_dims(rows[:, :2], 0)
    loss = tf.reduce_sum(tf.square(loss)) + tf.reduce_max(tf.where(rows > 0, rows, -rows))
    step = tf.train.get_or_create_global_step()
    rate = tf.train.exponential_decay(0.1, step, 2, 0.9, staircase=True)
    update = tf.train.AdamOptimizer(rate).minimize(loss, global_step=step)
    with tf.control_dependencies([update]):
        averages = tf.train.ExponentialMovingAverage(0.9).apply([table])
    tf.group(averages, name="train")
    return loss


def recurrent():
    x, y = inputs()
    w = tf.Variable(tf.random_normal([6, 16], stddev=0.3, seed=1))
    b = tf.Variable(tf.zeros([16]))
    cell = hidden = tf.zeros([tf.shape(x)[0], 4])
    for step in tf.unstack(tf.reshape(x, [-1, 4, 2]), axis=1):
        gates = tf.nn.bias_add(tf.matmul(tf.concat([step, hidden], 1), w), b)
        i, j, f, o = tf.split(gates, 4, 1)
        cell = tf.sigmoid(f + 1) * cell + tf.sigmoid(i) * tf.tanh(j)
        hidden = tf.sigmoid(o) * tf.tanh(cell)
    loss = tf.losses.mean_squared_error(tf.cast(y, tf.float32), tf.reduce_sum(hidden, 1))
    variables = tf.trainable_variables()
    gradients, _ = tf.clip_by_global_norm(tf.gradients(loss, variables), 1.0)
    optimizer = tf.train.GradientDescentOptimizer(0.5)
    optimizer.apply_gradients(zip(gradients, variables, strict=True), name="train")
    return loss


PROGRAMS = {
    **{name: lambda make=make: perceptron(make) for name, make in OPTIMIZERS.items()},
    "convolution": convolution,
    "embedding": embedding,
    "recurrent": recurrent,
}


def build(name):
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(7)
        tf.identity(PROGRAMS[name](), name="out")
        tf.global_variables_initializer()
    return graph


def losses(graph):
    """The loss of four steps."""
    rng = np.random.RandomState(0)
    feed = {"x:0": rng.randn(6, 8).astype(np.float32), "y:0": rng.randint(0, 3, 6)}
    with tf.Session(graph=graph) as session:
        session.run("init")
        return [float(session.run(["out:0", "train"], feed)[0]) for _ in range(4)]
