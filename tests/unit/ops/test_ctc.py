"""CTC losses and decoders, and edit distances, give TensorFlow's values: 1.15.5's."""

import numpy as np
import pytest

import flowgraph as tf

STATE = np.random.RandomState(0)
X = (STATE.rand(6, 3, 5) * 4).astype(np.float32)
LONG = (STATE.rand(20, 2, 8) * 6).astype(np.float32)
INDICES = ((0, 0), (0, 1), (1, 0), (1, 1), (2, 0))


def labels(values=(1, 2, 2, 0, 3), indices=INDICES):
    return tf.SparseTensor(np.array(indices), tf.constant(values, tf.int32), np.array([3, 2]))


def loss(given=(1, 2, 2, 0, 3), lengths=(6, 5, 4), x=X, **options):
    return tf.nn.ctc_loss(labels(given), tf.constant(x), tf.constant(list(lengths)), **options)


def value(tensor):
    return tf.Session().run(tensor)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [6.045302, 7.41273, 5.591178]),
        ({"ctc_merge_repeated": False}, [7.530981, 10.31607, 6.615688]),
        (
            {"given": (1, 1, 2, 2, 3), "preprocess_collapse_repeated": True},
            [8.604004, 9.116101, 5.591178],
        ),
        ({"given": (1, 1, 2, 2, 3)}, [7.123885, 8.606763, 5.591178]),
        ({"x": X.transpose(1, 0, 2), "time_major": False}, [6.045302, 7.41273, 5.591178]),
        (
            {"lengths": (1, 5, 4), "ignore_longer_outputs_than_inputs": True},
            [0.0, 7.41273, 5.591178],
        ),
        ({"given": (1, 4, 2, 0, 3)}, [8.604004, 7.41273, 5.591178]),
    ],
)
def test_losses(options, expected):
    np.testing.assert_allclose(value(loss(**options)), expected, rtol=1e-5)


def test_labels_without_a_path():
    expected = [np.inf, 8.606763, 5.591178]
    np.testing.assert_allclose(value(loss((1, 1, 2, 2, 3), (2, 5, 4))), expected, rtol=1e-5)


def test_the_gradient():
    x = tf.constant(X)
    found = tf.nn.ctc_loss(labels(), x, [6, 5, 4])
    gradient = tf.gradients(found, x)[0]
    expected = [
        [0.173104, -0.037806, 0.214797, 0.170404, -0.520499],
        [0.124639, 0.054174, -0.594456, 0.444298, -0.028655],
        [0.283893, 0.099214, 0.116033, -0.465885, -0.033255],
    ]
    values = value(gradient)
    np.testing.assert_allclose(values[0], expected, rtol=1e-4, atol=1e-6)
    assert not values[5, 1].any()
    with pytest.raises(LookupError, match="Currently there is no way to take the second"):
        tf.gradients(gradient, x)


@pytest.mark.parametrize("order", [1])
def test_the_gradient_is_the_slope_of_the_loss(order):
    x = X.astype(np.float64)
    point = tf.placeholder(tf.float64, x.shape)
    total = tf.reduce_sum(tf.nn.ctc_loss(labels((1, 1, 2, 0, 3)), point, [6, 5, 4]))
    slope = tf.gradients(total, point)[0]
    direction = np.random.RandomState(order).normal(size=x.shape)
    with tf.Session() as session:
        ahead, behind = (
            session.run(total, {point: x + step * direction}) for step in (1e-5, -1e-5)
        )
        inner = (session.run(slope, {point: x}) * direction).sum()
    np.testing.assert_allclose(inner, (ahead - behind) / 2e-5, rtol=1e-6)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        (
            {"lengths": (1, 5, 4)},
            r"^Not enough time for target transition sequence \(required: 2, available: 1\)0You",
        ),
        ({"lengths": (6, 5, 7)}, r"^sequence_length\(2\) <= 6"),
        (
            {"given": (4, 1, 2, 0, 3)},
            r"^Saw a non-null label \(index >= num_classes - 1\) following a null label, batch: 0 "
            "num_classes: 5 labels: 4,1 labels seen so far: ",
        ),
        ({"given": (-1, 1, 2, 0, 3)}, "^All labels must be nonnegative integers, batch: 0 labels:"),
    ],
)
def test_refused(options, match):
    with pytest.raises(tf.errors.InvalidArgumentError, match=match):
        value(loss(**options))


def test_arguments():
    with pytest.raises(TypeError, match=r"^Expected labels \(first argument\) to be a SparseT"):
        tf.nn.ctc_loss(3, X, [6, 5, 4])
    with pytest.raises(ValueError, match=r"^Cannot specify both 'inputs' and 'logits'"):
        tf.nn.ctc_loss(labels(), X, [6, 5, 4], logits=X)
    with pytest.raises(ValueError, match=r"^blank_index must be given when using SparseTensor"):
        tf.nn.ctc_loss_v2(labels(), X, None, [6, 5, 4])


DENSE = [[1, 2], [2, 3], [3, 0]]


@pytest.mark.parametrize(
    ("blank", "expected"),
    [
        (None, [6.836334, 4.492442, 5.599596]),
        (4, [6.045302, 6.373942, 5.591178]),
        (-1, [6.045302, 6.373942, 5.591178]),
    ],
)
def test_dense_labels(blank, expected):
    found = tf.nn.ctc_loss_v2(DENSE, X, [2, 2, 1], [6, 5, 4], blank_index=blank)
    np.testing.assert_allclose(value(found), expected, rtol=1e-5)


def test_sparse_labels_with_another_blank():
    sparse = labels((1, 2, 2, 3, 3))
    found = tf.nn.ctc_loss_v2(sparse, tf.constant(X), None, [6, 5, 4], blank_index=0)
    np.testing.assert_allclose(value(found), [6.836334, 4.492441, 5.599596], rtol=1e-5)


def test_unique_labels():
    distinct, places = value(tf.nn.ctc_unique_labels([[1, 2, 1], [2, 2, 2], [3, 0, 1]]))
    np.testing.assert_array_equal(distinct, [[1, 2, 0], [2, 0, 0], [3, 0, 1]])
    np.testing.assert_array_equal(places, [[0, 1, 0], [0, 0, 0], [0, 1, 2]])


@pytest.mark.parametrize("merge", [False, True])
def test_the_greedy_decoder(merge):
    decoded, score = tf.nn.ctc_greedy_decoder(X, [6, 5, 0], merge_repeated=merge)
    (sparse,), scores = value((decoded, score))
    np.testing.assert_allclose(scores, [[-15.93017], [-18.84939], [0.0]], rtol=1e-6)
    assert sparse.values.tolist() == [1, 1, 0, 2, 3, 3, 0, 3, 2, 3]
    assert sparse.dense_shape.tolist() == [3, 5]


BEAMS = {
    3: [
        [[-14.05674, -14.08207, -14.12925], [-11.94789, -12.24896, -12.46758]],
        [3, 0, 2, 1, 6, 1, 4, 0, 4, 3, 6, 1, 5, 4, 3, 2, 6, 0, 2, 0, 2, 4, 6, 5],
        [3, 0, 2, 1, 6, 1, 4, 0, 4, 1, 3, 6, 1, 5, 4, 3, 2, 6, 0, 2, 0, 2, 4, 6],
        [3, 0, 2, 1, 6, 1, 4, 1, 4, 3, 6, 1, 5, 4, 3, 2, 6, 0, 2, 0, 1, 4, 6, 5],
    ],
    10: [
        [[-13.7741, -13.79943, -13.81805], [-10.71709, -10.72831, -11.01816]],
        [3, 0, 2, 1, 6, 1, 4, 0, 4, 3, 6, 1, 5, 4, 3, 2, 6, 0, 2, 0, 2, 4, 6, 5],
        [3, 0, 2, 1, 6, 1, 4, 0, 4, 1, 3, 6, 1, 5, 4, 3, 2, 6, 0, 2, 5, 2, 4, 6, 5],
        [3, 0, 2, 1, 6, 1, 4, 0, 4, 3, 2, 1, 5, 4, 3, 2, 6, 0, 2, 0, 2, 4, 6],
    ],
    100: [
        [[-12.98616, -12.99535, -13.1458], [-10.57934, -10.59279, -10.77918]],
        [3, 0, 2, 1, 6, 1, 4, 0, 4, 3, 6, 1, 5, 4, 3, 2, 6, 0, 2, 0, 2, 4, 6, 5],
        [3, 0, 2, 1, 6, 1, 4, 0, 4, 3, 2, 1, 5, 4, 3, 2, 6, 0, 2, 5, 2, 4, 6, 5],
        [3, 0, 2, 1, 6, 1, 4, 0, 4, 3, 6, 5, 0, 3, 2, 6, 0, 2, 0, 2, 4, 6, 5],
    ],
}


@pytest.mark.parametrize("width", BEAMS)
def test_beam_search(width):
    decoded, scores = tf.nn.ctc_beam_search_decoder_v2(LONG, [20, 17], width, top_paths=3)
    found, probabilities = value((decoded, scores))
    expected, *paths = BEAMS[width]
    np.testing.assert_allclose(probabilities, expected, rtol=1e-5)
    assert [path.values.tolist() for path in found] == paths


def test_beam_search_refuses():
    decoded, _ = tf.nn.ctc_beam_search_decoder(X, [6, 5, 0], top_paths=2)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"^Less leaves in the beam search"):
        value(decoded)
    with pytest.raises(
        ValueError, match=r"^Attr 'beam_width' of 'CTCBeamSearchDecoder' Op passed 0"
    ):
        tf.nn.ctc_beam_search_decoder(X, [6, 5, 0], beam_width=0)
