"""A variational autoencoder with a classifier, seeded as a graph, and its streaming metrics."""

import numpy as np

import flowgraph as tf


def data():
    rows = np.random.RandomState(0).rand(64, 6).astype(np.float32)
    return rows, (rows.sum(1) > 3).astype(np.int64)


def build():
    x = tf.placeholder(tf.float32, [None, 6])
    y = tf.placeholder(tf.int64, [None])
    hidden = tf.layers.dense(x, 8, tf.nn.tanh)
    mean = tf.layers.dense(hidden, 2)
    scale = tf.nn.softplus(tf.layers.dense(hidden, 2))
    posterior = tf.distributions.Normal(mean, scale)
    prior = tf.distributions.Normal(tf.zeros([tf.shape(x)[0], 2]), 1.0)
    divergence = tf.distributions.kl_divergence(posterior, prior)
    logits = tf.layers.dense(posterior.sample(), 6)
    decoded = tf.contrib.distributions.Bernoulli(logits=logits)
    likelihood = decoded.log_prob(tf.cast(x > 0.5, tf.int32))
    scores = tf.layers.dense(hidden, 2)
    action = tf.distributions.Categorical(logits=scores).sample()
    loss = tf.reduce_mean(tf.reduce_sum(divergence, 1) - tf.reduce_sum(likelihood, 1))
    loss += tf.losses.sparse_softmax_cross_entropy(y, scores)
    step = tf.train.AdamOptimizer(0.01).minimize(loss)
    found = tf.argmax(scores, 1)
    with tf.variable_scope("metrics"):
        pairs = [
            tf.metrics.accuracy(labels=y, predictions=found, name="accuracy"),
            tf.metrics.auc(y, tf.nn.softmax(scores)[:, 1]),
            tf.metrics.precision(y, found),
            tf.contrib.metrics.streaming_recall(found, y),
        ]
    values, updates = tf.contrib.metrics.aggregate_metrics(*pairs)
    counters = tf.get_collection(tf.GraphKeys.LOCAL_VARIABLES, scope="metrics")
    return x, y, loss, step, action, values, updates, tf.variables_initializer(counters)


def train():
    """The loss, the metrics of every ten steps, and what is drawn in the end."""
    rows, classes = data()
    tf.set_random_seed(3)
    x, y, loss, step, action, values, updates, reset = build()
    trace = []
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        for i in range(30):
            part = slice(16 * (i % 4), 16 * (i % 4) + 16)
            feed = {x: rows[part], y: classes[part]}
            cost, _ = session.run([loss, step], feed)
            session.run(updates, feed)
            if i % 10 == 9:
                trace.append([float(v) for v in (cost, *session.run(values))])
                session.run(reset)
        return trace, session.run(action, {x: rows[:8]}).tolist(), session.run(values)


def test_it_trains_as_in_tensorflow():
    trace, drawn, after_reset = train()
    np.testing.assert_allclose(trace, TRACE, rtol=1e-4)
    assert drawn == DRAWN
    assert after_reset == [0.0] * 4


# What `train` gives on TensorFlow 1.15.5.
TRACE = [
    [5.496984958648682, 0.4937500059604645, 0.4903647303581238, 0.4333333373069763, 0.5652173757],
    [5.027968406677246, 0.518750011920929, 0.5760799646377563, 0.44086021184921265, 0.6212121248],
    [5.138259410858154, 0.581250011920929, 0.5996973514556885, 0.511904776096344, 0.6231883764],
]
DRAWN = [0, 0, 0, 1, 1, 1, 1, 0]
