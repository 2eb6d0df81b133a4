"""`tf.contrib.factorization.KMeans`: five steps of TensorFlow 1.15.5."""

import numpy as np
import pytest

import flowgraph as tf

POINTS = np.random.RandomState(0).randn(40, 3).astype("f")
KMeans = tf.contrib.factorization.KMeans


def trained(steps=5, **options):
    tf.set_random_seed(7)
    parts = KMeans(tf.constant(POINTS), 4, **options).training_graph()
    scores, indices, distances, initialized, init_op, train_op = parts
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert not sess.run(initialized)
        sess.run(init_op)
        assert sess.run(initialized)
        sess.run(init_op)
        for _ in range(steps):
            sess.run(train_op)
        return sess.run([tf.global_variables()[0], indices[0], distances[0], scores[0]])


RECORDED = [
    (
        {},
        [0.7394, -1.1748, 0.838, -1.2885, 0.2028, -0.6987],
        [1.9956, 4.7844, 1.0401, 1.1377, 0.8176, 1.2242],
    ),
    (
        {"distance_metric": "cosine"},
        [0.3956, -0.8335, 0.3857, -0.8032, -0.0341, -0.5947],
        [0.3232, 0.1327, 0.3476, 0.3118, 0.3556, 0.2597],
    ),
    (
        {"initial_clusters": POINTS[:4]},
        [1.0053, 0.6338, 1.2512, 0.8245, 1.3662, -0.7241],
        [0.7045, 2.3215, 0.8192, 0.6348, 0.9736, 0.5267],
    ),
]


@pytest.mark.parametrize(("options", "centers", "distances"), RECORDED)
def test_all_points_at_once(options, centers, distances):
    found = trained(**options)
    np.testing.assert_allclose(found[0].ravel()[:6], centers, atol=1e-4)
    np.testing.assert_allclose(found[2][:6], distances, atol=1e-4)
    np.testing.assert_array_equal(found[3].argmin(1), found[1])


def test_mini_batches_move_centers_to_the_mean_of_all_points_so_far():
    centers, *_ = trained(0, initial_clusters=POINTS[:4], use_mini_batch=True)
    counts = np.ones(4)
    for _ in range(5):
        nearest = np.square(POINTS[:, None] - centers).sum(2).argmin(1)
        for j in set(nearest):
            chosen = POINTS[nearest == j]
            total = counts[j] + len(chosen)
            centers[j] += (chosen.sum(0) - len(chosen) * centers[j]) / total
            counts[j] = total
    tf.reset_default_graph()
    moved, *_ = trained(5, initial_clusters=POINTS[:4], use_mini_batch=True)
    np.testing.assert_allclose(moved, centers, rtol=1e-4, atol=1e-5)


def test_distances_are_from_centers_of_some_runs_ago():
    options = {"use_mini_batch": True, "mini_batch_steps_per_iteration": 3}
    start, *_ = trained(0, initial_clusters=POINTS[:4], **options)
    tf.reset_default_graph()
    later, *_ = trained(3, initial_clusters=POINTS[:4], **options)
    np.testing.assert_array_equal(later, start)
    tf.reset_default_graph()
    later, *_ = trained(4, initial_clusters=POINTS[:4], **options)
    assert (later != start).any()


def test_parts_and_a_function_of_ones_own():
    def first(inputs, missing):
        return inputs[1][:missing]

    parts = [tf.constant(POINTS[:10]), tf.constant(POINTS[10:])]
    _, indices, _, _, init_op, train_op = KMeans(parts, 4, first).training_graph()
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(init_op)
        assert sess.run(tf.global_variables()[0]).tolist() == POINTS[10:14].tolist()
        sess.run(train_op)
        assert [len(each) for each in sess.run(indices)] == [10, 30]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"initial_clusters": "kmeans_plus_plus"}, NotImplementedError, "'kmeans_plus_plus'"),
        ({"initial_clusters": "best"}, ValueError, "Unsupported initialization algorithm 'best'"),
        ({"distance_metric": "l1"}, ValueError, "Unsupported distance metric 'l1'"),
    ],
)
def test_what_is_not_there(options, error, message):
    with pytest.raises(error, match=message):
        KMeans(POINTS, 4, **options)
