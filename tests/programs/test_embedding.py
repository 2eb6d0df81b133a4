"""A language model of pairs: an embedding, sparse gradients, clipping by the global norm."""

import numpy as np

import flowgraph as tf

TEXT = "the cat sat on the mat and the rat sat on the cat " * 4
LETTERS = sorted(set(TEXT))
CODES = np.array([LETTERS.index(letter) for letter in TEXT])
LIMIT = 0.3


def build():
    current = tf.placeholder(tf.int32, [None], name="current")
    following = tf.placeholder(tf.int32, [None], name="following")
    with tf.device("/cpu:0"):
        embedding = tf.get_variable(
            "embedding", [len(LETTERS), 6], initializer=tf.random_uniform_initializer(-1, 1, seed=1)
        )
        vectors = tf.gather(embedding, current)
    weights = tf.get_variable(
        "weights", [6, len(LETTERS)], initializer=tf.random_normal_initializer(stddev=0.3, seed=2)
    )
    biases = tf.get_variable("biases", [len(LETTERS)], initializer=tf.zeros_initializer())
    unused = tf.get_variable("unused", [2], initializer=tf.ones_initializer())
    logits = tf.matmul(vectors, weights) + biases
    entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=following, logits=logits)
    loss = tf.reduce_mean(entropy)

    optimizer = tf.train.AdagradOptimizer(0.5)
    pairs = optimizer.compute_gradients(loss)
    assert [variable for gradient, variable in pairs if gradient is None] == [unused]
    pairs = [(gradient, variable) for gradient, variable in pairs if gradient is not None]
    assert isinstance(pairs[0][0], tf.IndexedSlices)
    gradients, variables = zip(*pairs, strict=True)
    clipped, norm = tf.clip_by_global_norm(gradients, LIMIT)
    step = optimizer.apply_gradients(zip(clipped, variables, strict=True))
    return current, following, logits, loss, norm, step


def train():
    current, following, logits, loss, norm, step = build()
    losses, norms = [], []
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for i in range(60):
            start = i * 20 % 160
            feeds = {
                current: CODES[start : start + 20],
                following: CODES[start + 1 : start + 21],
            }
            found = sess.run([loss, norm, step], feeds)
            losses.append(found[0])
            norms.append(found[1])
        likeliest = tf.argmax(logits, 1).eval({current: np.arange(len(LETTERS))})
    return losses, norms, {a: LETTERS[b] for a, b in zip(LETTERS, likeliest, strict=True)}


def test_letters_follow_each_other():
    losses, norms, likeliest = train()
    np.testing.assert_allclose([losses[i] for i in (0, 1, 10, 59)], LOSSES, rtol=1e-3)
    np.testing.assert_allclose([norms[i] for i in (0, 1, 10)], NORMS, rtol=1e-3)
    assert "".join(likeliest[letter] for letter in "cmrho") == "aaaen"


# Recorded from TensorFlow.
LOSSES = [2.6434288, 2.493915, 1.246955, 0.90353185]
NORMS = [0.48075297, 0.47751114, 0.37463257]
