"""Seeded nets of many kinds of layers, trained: the losses are those of TensorFlow 1.15.5."""

import numpy as np

import flowgraph as tf

RECORDED = [1.61649, 1.65846, 0.74273, 0.50803, 0.41606, 0.38631]
IN_TRAINING = [1.33431, 0.49596, 0.69713, 0.63154, 0.72736, 0.31395]
OUTSIDE = [0.84197, 0.70018, 0.54386, 0.45829, 0.43601, 0.36749]


def build(images, labels):
    layers = tf.layers
    h = layers.conv2d(images, 4, 3, padding="same", activation=tf.nn.relu)
    h = layers.max_pooling2d(h, 2, 2)
    h = layers.conv2d_transpose(h, 3, 3, strides=2, padding="same")
    h = layers.batch_normalization(h, training=True)
    h = layers.separable_conv2d(h, 5, 3, activation=tf.nn.elu)
    h = layers.average_pooling2d(h, 2, 2)
    h = layers.flatten(h)
    truncated = tf.truncated_normal_initializer(stddev=0.1)
    h = layers.dense(h, 6, activation=tf.nn.tanh, kernel_initializer=truncated)
    h = layers.batch_normalization(h, training=True, momentum=0.9)
    h = layers.dropout(h, 0.3, training=True)
    logits = layers.dense(h, 3, kernel_regularizer=lambda w: 0.01 * tf.nn.l2_loss(w))
    entropy = tf.losses.sparse_softmax_cross_entropy(labels, logits)
    return entropy + tf.losses.get_regularization_loss()


def build_for_two_phases(images, labels, training):
    layers = tf.layers
    h = layers.conv2d(images, 4, 3, padding="same", activation=tf.nn.relu, use_bias=False)
    h = layers.batch_normalization(h, training=training)
    h = layers.flatten(h)
    h = layers.dense(h, 6, activation=tf.nn.tanh)
    h = layers.batch_normalization(h, training=training, momentum=0.9)
    h = layers.dropout(h, 0.3, training=training)
    return tf.losses.sparse_softmax_cross_entropy(labels, layers.dense(h, 3))


def placeholders():
    images = tf.placeholder(tf.float32, [None, 8, 8, 2])
    training = tf.placeholder(tf.bool, [])  # counts where it is not used: counts are seeds
    labels = tf.placeholder(tf.int64, [None])
    random = np.random.RandomState(0)
    feeds = {images: random.randn(10, 8, 8, 2), labels: random.randint(0, 3, 10)}
    return images, labels, training, feeds


def test_losses():
    tf.set_random_seed(7)
    images, labels, _, feeds = placeholders()
    loss = build(images, labels)
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        step = tf.train.AdamOptimizer(0.01).minimize(loss)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        losses = [session.run([loss, step], feeds)[0] for _ in RECORDED]
    np.testing.assert_allclose(losses, RECORDED, atol=5e-5)


def test_losses_with_a_fed_phase():
    tf.set_random_seed(7)
    images, labels, training, feeds = placeholders()
    loss = build_for_two_phases(images, labels, training)
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        step = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for inside, outside in zip(IN_TRAINING, OUTSIDE, strict=True):
            found = session.run([loss, step], feeds | {training: True})[0]
            np.testing.assert_allclose(found, inside, atol=5e-5)
            found = session.run(loss, feeds | {training: False})
            np.testing.assert_allclose(found, outside, atol=5e-5)
