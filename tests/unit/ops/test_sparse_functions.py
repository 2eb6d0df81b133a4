"""Public functions of sparse tensors: values, nodes and refusals of TensorFlow 1.15.5."""

import numpy as np
import pytest

import flowgraph as tf


def sparse(values=(1.0, 2.0), dtype=tf.float32):
    return tf.SparseTensor([[0, 1], [2, 0]], tf.constant(values, dtype), [3, 2])


def ids():
    return sparse((1, 2), tf.int64)


def run(tensor):
    return tf.Session().run(tensor)


def dense(tensor):
    return run(tf.sparse_tensor_to_dense(tensor)).tolist()


def test_addition():
    assert dense(tf.sparse_add(sparse(), sparse())) == [[0, 2], [0, 0], [4, 0]]
    kept = run(tf.sparse_add(sparse(), sparse(), 3.0))
    assert kept.indices.tolist() == [[2, 0]]
    for total in (
        tf.sparse_add(sparse(), tf.ones([3, 2])),
        tf.sparse_add(tf.ones([3, 2]), sparse()),
    ):
        assert run(total).tolist() == [[1, 2], [1, 1], [3, 1]]
    assert tf.sparse_add(sparse(), sparse()).shape.as_list() == [3, 2]
    with pytest.raises(TypeError, match=r"^At least one input should be SparseTensor; do you mean"):
        tf.sparse_add(tf.ones([1]), tf.ones([1]))
    with pytest.raises(ValueError, match="Cannot specify both"):
        tf.sparse_add(sparse(), sparse(), thresh=0.1, threshold=1.0)


def test_the_gradient_of_an_addition():
    a, b = tf.constant([1.0, 2.0]), tf.constant([3.0, 5.0])
    left = tf.SparseTensor([[0, 1], [2, 0]], a, [3, 2])
    right = tf.SparseTensor([[0, 0], [2, 0]], b, [3, 2])
    total = tf.sparse_tensor_to_dense(tf.sparse_add(left, right))
    weights = tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    to_a, to_b = run(tf.gradients(total * weights, [a, b]))
    assert to_a.tolist() == [2, 5]
    assert to_b.tolist() == [1, 5]


def test_operators():
    assert run(sparse() * tf.constant([3.0, 4.0])).values.tolist() == [4, 6]
    product = sparse() * 2.0
    assert product.values.name == "mul_1:0"
    quotient = ids() / 2
    assert quotient.dtype == tf.float64
    assert run(quotient).values.tolist() == [0.5, 1.0]
    with pytest.raises(TypeError, match="unsupported operand type"):
        2.0 * sparse()


def test_the_gradient_of_a_product():
    values, factor = tf.constant([1.0, 2.0]), tf.constant([[3.0, 4.0]])
    scaled = tf.SparseTensor([[0, 1], [2, 0]], values, [3, 2]) * factor
    to_values, to_factor = run(tf.gradients(scaled.values, [values, factor]))
    assert to_values.tolist() == [4, 3]
    assert to_factor.tolist() == [[2, 1]]


def test_joining_and_splitting():
    assert dense(tf.sparse_concat(1, [sparse(), sparse()])) == [
        [0, 1, 0, 1],
        [0, 0, 0, 0],
        [2, 0, 2, 0],
    ]
    wide = tf.SparseTensor([[0, 2]], [9.0], [1, 4])
    joined = tf.sparse_concat(0, [sparse(), wide], expand_nonconcat_dim=True)
    assert dense(joined) == [[0, 1, 0, 0], [0, 0, 0, 0], [2, 0, 0, 0], [0, 0, 9, 0]]
    alone = sparse()
    assert tf.sparse_concat(0, [alone]) is alone
    pieces = tf.sparse_split(sp_input=sparse(), num_split=2, axis=0)
    assert [dense(piece) for piece in pieces] == [[[0, 1], [0, 0]], [[2, 0]]]
    assert dense(tf.sparse_slice(sparse(), [1, 0], [2, 2])) == [[0, 0], [2, 0]]


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"keyword_required": 3}, "^Keyword arguments are required for this function."),
        ({"num_split": 2, "axis": 1}, "^sp_input is required"),
        ({"sp_input": 1, "axis": 1}, "^num_split is required"),
        ({"sp_input": 1, "num_split": 2}, "^axis is required"),
    ],
)
def test_split_refuses(arguments, match):
    with pytest.raises(ValueError, match=match):
        tf.sparse_split(**arguments)


def test_shapes():
    reshaped = tf.sparse_reshape(sparse(), [2, -1])
    assert reshaped.shape.as_list() == [2, 3]
    assert dense(reshaped) == [[0, 1, 0], [0, 2, 0]]
    assert dense(tf.sparse_transpose(sparse())) == [[0, 0, 2], [1, 0, 0]]
    assert dense(tf.sparse.expand_dims(sparse(), 0)) == [dense(sparse())]
    assert run(tf.sparse.expand_dims(sparse())).dense_shape.tolist() == [3, 2, 1]
    assert run(tf.sparse_reset_shape(sparse(), [4, 5])).dense_shape.tolist() == [4, 5]
    assert run(tf.sparse_retain(sparse(), [True, False])).values.tolist() == [1]


def test_shapes_are_checked():
    with pytest.raises(ValueError, match=r"^Requested new_shape should have dimension sizes >= "):
        tf.sparse_reset_shape(sparse(), [2, 2])
    with pytest.raises(ValueError, match="Dimensions 3 and 2 are not compatible"):
        tf.sparse_reset_shape(sparse(), [2, 2, 2])
    with pytest.raises(
        ValueError, match=r"^Cannot reshape a tensor with 6 elements to shape \[5\]"
    ):
        tf.sparse_reshape(sparse(), [5])
    with pytest.raises(ValueError, match=r"^At most one dimension can be inferred \(-1\)"):
        tf.sparse_reshape(sparse(), [-1, -1])
    with pytest.raises(ValueError, match="Dimensions 2 and 1 are not compatible"):
        tf.sparse_retain(sparse(), [True])
    given = tf.placeholder(tf.int64, [None])
    late = tf.sparse_reset_shape(tf.SparseTensor(sparse().indices, [1.0, 2.0], given), [2, 2])
    with pytest.raises(tf.errors.InvalidArgumentError, match="Condition x <= y did not hold"):
        tf.Session().run(late, {given: [3, 2]})


@pytest.mark.parametrize(
    ("shape", "makes_constant"),
    [
        (lambda sp: [sp.dense_shape[0], 2], True),
        (lambda sp: [sp.dense_shape[0], sp.dense_shape[1]], False),
        (lambda sp: tf.concat([[-1], [2]], 0), True),
    ],
)
def test_reshape_makes_the_nodes_of_tensorflow(shape, makes_constant):
    given = sparse()
    tf.sparse_reshape(given, shape(given))
    names = [o.name for o in tf.get_default_graph().get_operations()]
    assert ("SparseReshape/Const" in names) is makes_constant


def test_making():
    assert dense(tf.sparse.from_dense([[0.0, 5.0]])) == [[0, 5]]
    assert dense(tf.sparse.eye(2, 3)) == [[1, 0, 0], [0, 1, 0]]
    assert dense(tf.sparse_merge(ids(), sparse(), 4)) == [[0, 1, 0, 0], [0] * 4, [0, 0, 2, 0]]
    both = tf.sparse_merge([ids(), ids()], sparse(), [3, 3])
    assert run(both).indices.tolist() == [[0, 1, 1], [2, 2, 2]]
    assert run(tf.sparse_to_indicator(ids(), 3)).tolist() == [
        [False, True, False],
        [False, False, False],
        [False, False, True],
    ]


@pytest.mark.parametrize(
    ("sp_ids", "vocab_size", "error", "match"),
    [
        (3, 3, TypeError, "^sp_ids has to be a SparseTensor or list thereof. Found <class 'int'>"),
        ([1], 3, TypeError, "^vocab_size has to be a list of Tensors or Python ints. Found"),
        ([1], [3, 4], ValueError, "^sp_ids and vocab_size have to have equal lengths."),
    ],
)
def test_merge_refuses(sp_ids, vocab_size, error, match):
    with pytest.raises(error, match=match):
        tf.sparse_merge(sp_ids, sparse(), vocab_size)


def test_reductions():
    assert run(tf.sparse_reduce_sum(sparse())).tolist() == 3
    assert run(tf.sparse_reduce_sum(sparse(), 1, keepdims=True)).tolist() == [[1], [0], [2]]
    assert run(tf.sparse_reduce_max(sparse((-1.0, -2.0)), 1)).tolist() == [-1, 0, -2]
    assert tf.sparse_reduce_sum(sparse(), 1).shape.as_list() == [3]
    with pytest.raises(ValueError, match=r"^Can't specify both axis' and 'reduction_indices'."):
        tf.sparse_reduce_sum(sparse(), axis=1, reduction_axes=1)
    unknown = tf.sparse_placeholder(tf.float32)
    total = tf.sparse_reduce_sum(unknown)
    value = tf.SparseTensorValue([[0, 0, 1]], [4.0], [1, 1, 2])
    assert tf.Session().run(total, {unknown: value}) == 4.0


def test_the_gradient_of_a_sum():
    values = tf.constant([1.0, 2.0])
    sums = tf.sparse_reduce_sum(tf.SparseTensor([[0, 1], [2, 0]], values, [3, 2]), 1)
    slope = tf.gradients(sums * [5.0, 6.0, 7.0], values)[0]
    np.testing.assert_array_equal(run(slope), [5, 7])


@pytest.mark.parametrize(
    "function",
    [
        tf.sparse_reorder,
        tf.sparse_transpose,
        tf.sparse_softmax,
        tf.sparse_reset_shape,
        tf.sparse_reduce_sum,
        tf.sparse.expand_dims,
    ],
)
def test_a_sparse_tensor_is_asked_for(function):
    with pytest.raises(TypeError, match=r"^Input must be a SparseTensor."):
        function(3)


def test_values_of_sparse_tensors_are_taken():
    value = tf.SparseTensorValue([[1, 0], [0, 1]], [5, 6], [2, 2])
    assert run(tf.sparse_reorder(value)).values.tolist() == [6, 5]
    filled, _ = tf.sparse_fill_empty_rows(value, 7)
    assert run(filled).values.tolist() == [6, 5]


def test_crosses():
    left = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], ["a", "b", "c"], [2, 2])
    right = tf.constant([[1], [2]], tf.int32)
    crossed = tf.sparse.cross([left, right])
    assert run(crossed).values.tolist() == [b"a_X_1", b"b_X_1", b"c_X_2"]
    assert run(crossed).indices.tolist() == [[0, 0], [0, 1], [1, 0]]
    hashed = run(tf.sparse.cross_hashed([left, right], num_buckets=100))
    assert hashed.values.tolist() == [85, 83, 23]
    with pytest.raises(TypeError, match=r"^Inputs must be a list"):
        tf.sparse.cross((left, right))
    with pytest.raises(TypeError, match=r"^All inputs must be SparseTensors"):
        tf.sparse.cross([left, 3])
