"""Lookups of sparse ids give TensorFlow's values: 1.15.5's."""

import numpy as np
import pytest

import flowgraph as tf

INDICES = [[0, 0], [0, 1], [2, 0], [2, 1]]
NAN = float("nan")


def looked_up(combiner, is_weighted, **options):
    table = tf.constant(np.random.RandomState(0).rand(5, 2).astype(np.float32))
    ids = tf.SparseTensor(INDICES, tf.constant([1, 3, 0, 1], tf.int64), [4, 2])
    weights = tf.SparseTensor(INDICES, [1.0, 3.0, 0.5, 0.1], [4, 2]) if is_weighted else None
    plain = tf.nn.embedding_lookup_sparse(table, ids, weights, combiner=combiner, **options)
    gradient = tf.convert_to_tensor(tf.gradients(plain, table)[0])
    safe = tf.nn.safe_embedding_lookup_sparse([table], ids, weights, combiner=combiner)
    default = tf.nn.safe_embedding_lookup_sparse(
        [table], ids, weights, combiner=combiner, default_id=4
    )
    return plain, gradient, safe, default


EXPECTED = {
    ("mean", False): (
        [[0.52017528, 0.71832812], [0.0, 0.0], [0.57578844, 0.63003623]],
        [[0.5, 0.5], [1.0, 1.0], [0.0, 0.0], [0.5, 0.5], [0.0, 0.0]],
        [[0.52017528, 0.71832812], [0.0, 0.0], [0.57578844, 0.63003623], [0.0, 0.0]],
        [
            [0.52017528, 0.71832812],
            [0.96366274, 0.38344151],
            [0.57578844, 0.63003623],
            [0.96366274, 0.38344151],
        ],
    ),
    ("mean", True): (
        [[0.47888124, 0.80505055], [NAN, NAN], [0.55780512, 0.68680495]],
        [[0.83333331, 0.83333331], [0.41666669, 0.41666669], [0.0, 0.0], [0.75, 0.75], [0.0, 0.0]],
        [[0.47888124, 0.80505055], [0.0, 0.0], [0.55780512, 0.68680495], [0.0, 0.0]],
        [
            [0.47888124, 0.80505055],
            [0.96366274, 0.38344151],
            [0.55780512, 0.68680495],
            [0.96366274, 0.38344151],
        ],
    ),
    ("sum", False): (
        [[1.0403506, 1.4366562], [0.0, 0.0], [1.1515769, 1.2600725]],
        [[1.0, 1.0], [2.0, 2.0], [0.0, 0.0], [1.0, 1.0], [0.0, 0.0]],
        [[1.0403506, 1.4366562], [0.0, 0.0], [1.1515769, 1.2600725], [0.0, 0.0]],
        [
            [1.0403506, 1.4366562],
            [0.96366274, 0.38344151],
            [1.1515769, 1.2600725],
            [0.96366274, 0.38344151],
        ],
    ),
    ("sum", True): (
        [[1.915525, 3.2202022], [0.0, 0.0], [0.33468309, 0.412083]],
        [[0.5, 0.5], [1.1, 1.1], [0.0, 0.0], [3.0, 3.0], [0.0, 0.0]],
        [[1.915525, 3.2202022], [0.0, 0.0], [0.33468309, 0.412083], [0.0, 0.0]],
        [
            [1.915525, 3.2202022],
            [0.96366274, 0.38344151],
            [0.33468309, 0.412083],
            [0.96366274, 0.38344151],
        ],
    ),
    ("sqrtn", False): (
        [[0.73563892, 1.0158694], [0.0, 0.0], [0.81428784, 0.89100581]],
        [
            [0.70710677, 0.70710677],
            [1.4142135, 1.4142135],
            [0.0, 0.0],
            [0.70710677, 0.70710677],
            [0.0, 0.0],
        ],
        [[0.73563892, 1.0158694], [0.0, 0.0], [0.81428784, 0.89100581], [0.0, 0.0]],
        [
            [0.73563892, 1.0158694],
            [0.96366274, 0.38344151],
            [0.81428784, 0.89100581],
            [0.96366274, 0.38344151],
        ],
    ),
    ("sqrtn", True): (
        [[0.60574216, 1.0183173], [NAN, NAN], [0.65636754, 0.80816126]],
        [
            [0.98058069, 0.98058069],
            [0.51234388, 0.51234388],
            [0.0, 0.0],
            [0.94868326, 0.94868326],
            [0.0, 0.0],
        ],
        [[0.60574216, 1.0183173], [0.0, 0.0], [0.65636754, 0.80816126], [0.0, 0.0]],
        [
            [0.60574216, 1.0183173],
            [0.96366274, 0.38344151],
            [0.65636754, 0.80816126],
            [0.96366274, 0.38344151],
        ],
    ),
}


@pytest.mark.parametrize("case", EXPECTED)
def test_values_and_gradients(case):
    outputs = tf.Session().run(looked_up(*case))
    for value, expected in zip(outputs, EXPECTED[case], strict=True):
        np.testing.assert_allclose(value, expected, rtol=1e-5)


def test_rows_of_a_bounded_norm():
    plain, gradient, _, _ = tf.Session().run(looked_up("sum", False, max_norm=0.5))
    expected = [[0.59117162, 0.7841683], [0.0, 0.0], [0.675304, 0.73196501]]
    slope = [
        [0.081206799, -0.062315464],
        [-0.058789492, 0.06503427],
        [0.0, 0.0],
        [0.20661062, -0.10138255],
        [0.0, 0.0],
    ]
    np.testing.assert_allclose(plain, expected, rtol=1e-5)
    np.testing.assert_allclose(gradient, slope, rtol=1e-4, atol=1e-6)


def sparse(values, indices=((0, 1), (2, 0)), shape=(3, 2)):
    return tf.SparseTensor(indices, values, shape)


@pytest.mark.parametrize(
    ("ids", "weights", "options", "error", "match"),
    [
        (3, None, {}, TypeError, "^sp_ids must be SparseTensor"),
        (None, 3, {}, TypeError, "^sp_weights must be either None or SparseTensor"),
        (None, None, {"combiner": "max"}, ValueError, "^combiner must be one of 'mean', 'sqrtn'"),
    ],
)
def test_refused(ids, weights, options, error, match):
    ids = sparse(tf.constant([1, 2], tf.int64)) if ids is None else ids
    with pytest.raises(error, match=match):
        tf.nn.embedding_lookup_sparse(tf.ones([3, 2]), ids, weights, **options)


def test_weights_must_have_the_shape_of_the_ids():
    weights = sparse([1.0], indices=[[0, 1]])
    with pytest.raises(ValueError, match=r"^Shapes \(2,\) and \(1,\) are incompatible"):
        tf.nn.embedding_lookup_sparse(tf.ones([3, 2]), sparse(tf.constant([1, 2])), weights)


@pytest.mark.parametrize("table", [None, []])
def test_there_must_be_a_table(table):
    with pytest.raises(ValueError, match=r"^Missing embedding_weights"):
        tf.nn.safe_embedding_lookup_sparse(table, sparse(tf.constant([1, 2], tf.int64)))


def test_invalid_ids_and_weights_are_left_out():
    table = tf.constant([[1.0], [2.0], [4.0]])
    indices = [[0, 0], [0, 1], [1, 0], [2, 0]]
    ids = sparse(tf.constant([1, -1, -1, 2], tf.int64), indices)
    weights = sparse([2.0, 1.0, 1.0, -1.0], indices)
    outputs = (
        tf.nn.safe_embedding_lookup_sparse(table, ids),
        (tf.nn.safe_embedding_lookup_sparse(table, ids, weights, default_id=0)),
    )
    plain, weighted = tf.Session().run(outputs)
    np.testing.assert_array_equal(plain, [[2.0], [0.0], [4.0]])
    np.testing.assert_array_equal(weighted, [[2.0], [1.0], [1.0]])
