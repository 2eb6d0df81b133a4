"""`tf.contrib.losses`: values of TensorFlow 1.15.5."""

import numpy as np
import pytest

import flowgraph as tf

losses = tf.contrib.losses
metric_learning = losses.metric_learning

P, L = (np.random.RandomState(seed).rand(4, 3).astype("f") for seed in (1, 2))
E = np.random.RandomState(5).randn(6, 4).astype("f")
CLASSES = [0, 1, 0, 2, 1, 2]
ROWS = [1.0, 0.0, 2.0, 1.0]


def unit(rows):
    return tf.nn.l2_normalize(tf.constant(rows), 1)


def shared_labels():
    places = ([0], [0, 2], [1], [2])
    return [tf.SparseTensor([[i] for i in p], [1] * len(p), [3]) for p in places]


VALUES = {
    "absolute": (lambda: losses.absolute_difference(P, L), 0.2438945770263672),
    "squares": (lambda: losses.mean_squared_error(P, L, weights=0.5), 0.048231180757284164),
    "squares of rows": (lambda: losses.mean_squared_error(P, L, ROWS), 0.12144919484853745),
    "column of weights": (
        lambda: losses.mean_squared_error(P, L, np.reshape(ROWS, [4, 1])),
        0.12144919484853745,
    ),
    "log": (lambda: losses.log_loss(P, L), 1.1315871477127075),
    "cosine": (lambda: losses.cosine_distance(P, L, dim=1), 0.6094759702682495),
    "pairs": (lambda: losses.mean_pairwise_squared_error(P, L), 0.6560311317443848),
    "pairs of rows": (
        lambda: losses.mean_pairwise_squared_error(P, L, ROWS),
        0.6969134211540222,
    ),
    "sigmoid": (
        lambda: losses.sigmoid_cross_entropy(P, L, label_smoothing=0.1),
        0.7565748691558838,
    ),
    "softmax": (
        lambda: losses.softmax_cross_entropy(P, L, label_smoothing=0.1),
        1.3319936990737915,
    ),
    "classes": (
        lambda: losses.sparse_softmax_cross_entropy(P, [[0], [1], [2], [0]], ROWS),
        1.4157304763793945,
    ),
    "contrastive": (
        lambda: metric_learning.contrastive_loss([1, 0, 1, 0], P, L),
        0.40976768732070923,
    ),
    "triplets": (
        lambda: metric_learning.triplet_semihard_loss(CLASSES, unit(E)),
        0.9439163208007812,
    ),
    "lifted": (lambda: metric_learning.lifted_struct_loss(CLASSES, unit(E)), 4.739597320556641),
    "n pairs": (lambda: metric_learning.npairs_loss([0, 1, 0, 2], P, L), 1.3850421905517578),
    "n pairs of several labels": (
        lambda: metric_learning.npairs_loss_multilabel(shared_labels(), P, L),
        1.401816964149475,
    ),
}


@pytest.mark.parametrize("case", VALUES)
def test_values(case):
    build, value = VALUES[case]
    with tf.Session() as sess:
        np.testing.assert_allclose(sess.run(build()), value, rtol=2e-6)


def test_the_hinge_loss_is_not_reduced():
    values = [1.0533831119537354, 1.682973861694336, 0.9999886155128479]
    with tf.Session() as sess:
        np.testing.assert_allclose(sess.run(losses.hinge_loss(P, L))[0], values, rtol=1e-6)
    assert losses.get_losses() == []


@pytest.mark.parametrize(
    ("loss", "row"),
    [
        (
            metric_learning.triplet_semihard_loss,
            [-0.30486226081848145, -0.17599447071552277, 1.3148071765899658, -0.08828235417604446],
        ),
        (
            metric_learning.lifted_struct_loss,
            [0.08154752850532532, 0.052574560046195984, 1.5846564769744873, -0.03254407271742821],
        ),
    ],
)
def test_gradients(loss, row):
    embeddings = tf.constant(E)
    (gradient,) = tf.gradients(loss(CLASSES, embeddings, margin=2.0), embeddings)
    with tf.Session() as sess:
        np.testing.assert_allclose(sess.run(gradient)[0], row, rtol=1e-4)


def test_losses_are_listed_and_added_up():
    losses.absolute_difference(P, L)
    losses.log_loss(P, L, scope="mine")
    names = [loss.name for loss in losses.get_losses()]
    assert names == ["absolute_difference/value:0", "mine/value:0"]
    total = losses.get_total_loss()
    assert total.name == "total_loss:0"
    with tf.Session() as sess:
        np.testing.assert_allclose(sess.run(total), 1.3754817247390747, rtol=1e-6)


def test_an_arg_scope_keeps_losses_out_of_the_collection():
    with tf.contrib.framework.arg_scope([losses.add_loss], loss_collection=None):
        losses.mean_squared_error(P, L)
    assert losses.get_losses() == []


def test_slim_has_the_same():
    assert tf.contrib.slim.losses.log_loss is losses.log_loss


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: losses.log_loss(P, L[:2]), ValueError, "incompatible"),
        (lambda: losses.cosine_distance(P, L), ValueError, "You must specify 'axis'."),
        (
            lambda: losses.compute_weighted_loss(tf.placeholder(tf.float32)),
            ValueError,
            "ndims cannot be None",
        ),
        (
            lambda: metric_learning.npairs_loss_multilabel([P], P, L),
            TypeError,
            "must be a list of SparseTensors",
        ),
    ],
)
def test_what_does_not_fit(build, error, message):
    with pytest.raises(error, match=message):
        build()
