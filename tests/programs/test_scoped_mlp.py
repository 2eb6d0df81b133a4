"""A multilayer perceptron in variable scopes, its penalties and summands kept in collections."""

import numpy as np

import flowgraph as tf

RATE, PENALTY = 0.05, 1e-3


def spirals():
    """Two classes on two spirals: no line parts them."""
    random = np.random.RandomState(3)
    turn = np.sqrt(random.rand(200)) * 2.5
    side = np.arange(200) % 2
    angle = turn * 2 + side * np.pi
    points = np.stack([turn * np.cos(angle), turn * np.sin(angle)], 1)
    return (points + random.normal(0, 0.05, points.shape)).astype(np.float32), side[:, None]


def weights(shape, seed):
    initializer = tf.truncated_normal_initializer(stddev=0.5, seed=seed)
    w = tf.get_variable("weights", shape, initializer=initializer)
    tf.add_to_collection("losses", tf.multiply(tf.nn.l2_loss(w), PENALTY, name="penalty"))
    return w


def inference(x):
    with tf.variable_scope("layer1"):
        w = weights([2, 16], seed=1)
        b = tf.get_variable("biases", [16], initializer=tf.constant_initializer(0.1))
        hidden = tf.nn.tanh(tf.matmul(x, w) + b)
    with tf.variable_scope("layer2"):
        w = weights([16, 16], seed=2)
        b = tf.get_variable("biases", [16], initializer=tf.constant_initializer(0.1))
        hidden = tf.nn.relu(tf.matmul(hidden, w) + b)
    with tf.variable_scope("output"):
        w = weights([16, 1], seed=3)
        b = tf.get_variable("biases", [1], initializer=tf.zeros_initializer())
        return tf.nn.xw_plus_b(hidden, w, b, name="logits")


def build():
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    side = tf.placeholder(tf.float32, [None, 1], name="side")
    logits = inference(x)
    with tf.name_scope("objective"):
        entropy = tf.nn.sigmoid_cross_entropy_with_logits(labels=side, logits=logits)
        tf.add_to_collection("losses", tf.reduce_mean(entropy, name="entropy"))
        total = tf.add_n(tf.get_collection("losses"), name="total")
    step = tf.train.AdamOptimizer(RATE).minimize(total)
    return x, side, logits, total, step


def train():
    points, sides = spirals()
    x, side, logits, total, step = build()
    feeds = {x: points, side: sides}
    results = []
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for i in range(151):
            _, value = sess.run([step, total], feeds)
            if i in (0, 5, 150):
                results.append(value)
        found = sess.run(logits > 0, feeds)
        return results, np.mean(found == sides.astype(bool))


def test_the_spirals_are_parted():
    losses, accuracy = train()
    np.testing.assert_allclose(losses[:2], LOSSES[:2], rtol=1e-4)
    # 150 steps of Adam magnify what is a last bit at first.
    np.testing.assert_allclose(losses[2], LOSSES[2], rtol=0.1)
    assert accuracy > 0.95


def test_scopes_name_variables_and_collections_keep_them():
    build()
    names = [f"{layer}/{kind}" for layer in ("layer1", "layer2", "output")
             for kind in ("weights", "biases")]  # fmt: skip
    assert [v.op.name for v in tf.trainable_variables()] == names
    everything = [v.name for v in tf.global_variables()]
    assert everything[:6] == [f"{name}:0" for name in names]
    assert everything[6:8] == ["beta1_power:0", "beta2_power:0"]
    assert everything[8:10] == ["layer1/weights/Adam:0", "layer1/weights/Adam_1:0"]
    in_layer1 = tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES, scope="layer1")
    assert [v.name for v in in_layer1] == ["layer1/weights:0", "layer1/biases:0"]
    assert [t.name for t in tf.get_collection("losses")] == [
        "layer1/penalty:0",
        "layer2/penalty:0",
        "output/penalty:0",
        "objective/entropy:0",
    ]
    with tf.variable_scope("layer1", reuse=True):
        again = tf.get_variable("weights")
    assert again is in_layer1[0]


# Recorded from TensorFlow.
LOSSES = [0.5540001, 0.27885824, 0.02469168]
