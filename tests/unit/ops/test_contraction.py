"""tensordot and einsum against NumPy's, with shapes known before the run, in part, and not."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.ops.static_values import constant_value

RANDOM = np.random.default_rng(2)
SIZES = dict(zip("abcdef", [2, 3, 4, 5, 2, 3], strict=True))
KNOWN = {
    "known": lambda array: array.shape,
    "rank": lambda array: [None] * array.ndim,
    "nothing": lambda array: None,
}


def evaluate(function, arrays, known):
    inputs = [tf.placeholder(tf.float64, KNOWN[known](array)) for array in arrays]
    y = function(*inputs)
    slopes = tf.gradients(tf.sin(y), inputs)
    with tf.Session() as session:
        return y, session.run([y, *slopes], dict(zip(inputs, arrays, strict=True)))


def check(function, reference, arrays):
    """Compare values with NumPy's, and gradients with finite differences."""
    expected = reference(*arrays)
    for known in KNOWN:
        y, (value, *slopes) = evaluate(function, arrays, known)
        np.testing.assert_allclose(value, expected, rtol=1e-9, atol=1e-12)
        assert y.shape.is_compatible_with(expected.shape)
        for position, slope in enumerate(slopes):
            direction = RANDOM.uniform(-1, 1, arrays[position].shape)
            moved = []
            for step in (1e-6, -1e-6):
                changed = list(arrays)
                changed[position] = arrays[position] + step * direction
                moved.append(np.sin(reference(*changed)).sum())
            numeric = (moved[0] - moved[1]) / 2e-6
            np.testing.assert_allclose(np.sum(slope * direction), numeric, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    "equation",
    [
        "ab,bc->ac",
        "ab,bc",
        "ab,cb->ca",
        "ba,bc->ca",
        "abc,abd->acd",
        "abc,cd->abd",
        "ab->ba",
        "abc->b",
        "ab->",
        "a,b->ab",
        "ab,ab->",
        "ab,a->",
        "ab,ab->ab",
        "abcd,cdef->abef",
        "ab,bc,cd->ad",
        "ab,bc,cd,da->",
        "abc,bad->dc",
        "ab,ab,ab->b",
    ],
)
def test_einsum(equation):
    terms = equation.split("->")[0].split(",")
    arrays = [RANDOM.uniform(-1, 1, [SIZES[c] for c in term]) for term in terms]
    check(
        lambda *tensors: tf.einsum(equation, *tensors),
        lambda *values: np.einsum(equation, *values),
        arrays,
    )


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("...ab,...bc->...ac", [(2, 5, 3), (2, 3, 2)]),
        ("...a->...", [(2, 3)]),
        ("ab,b...", [(2, 3), (3, 4)]),
        (" a b , b -> a", [(2, 3), (3,)]),
    ],
)
def test_einsum_with_dots_and_spaces(equation, shapes):
    arrays = [RANDOM.uniform(-1, 1, shape) for shape in shapes]
    value = tf.Session().run(tf.einsum(equation, *arrays))
    np.testing.assert_allclose(value, np.einsum(equation, *arrays))


def test_einsum_of_integers_is_exact():
    a = np.array([[1 << 20, 3], [5, 7]])
    assert tf.Session().run(tf.einsum("ij,jk->ik", a, a)).tolist() == (a @ a).tolist()


def test_einsum_of_one_input_as_it_is():
    x = tf.constant([1.0, 2.0])
    assert tf.einsum("i->i", x) is x


NODES = {
    "i,d->id": "ExpandDims:-1 ExpandDims_1:0 Mul",
    "abc,d->abcd": "ExpandDims:-1 ExpandDims_1:0 ExpandDims_2:0 ExpandDims_3:0 Mul",
    "ab,a->ba": "ExpandDims:1 Mul transpose:1,0",
    "abc,bad->abcd": "transpose:1,0,2 ExpandDims:-1 ExpandDims_1:2 Mul",
    "ab,cb->ac": "transpose:1,0 MatMul",
    "abc,acd->abd": "MatMul",
    "ab,ab->": "Reshape:1,6 Reshape_1:6,1 MatMul Reshape_2:",
    "abd,bd->ab": "transpose:1,0,2 Reshape:3,5,1 MatMul Reshape_1:3,2 transpose_1:1,0",
    "acd,eba->cdbe": (
        "transpose:1,2,0 transpose_1:2,1,0 Reshape:20,2 Reshape_1:2,18 MatMul Reshape_2:4,5,3,6"
    ),
    "abc,cd,de->abe": "Reshape:6,4 MatMul Reshape_1:2,3,5 Reshape_2:6,5 MatMul_1 Reshape_3:2,3,6",
    "ab,cd->ac": "ExpandDims:-1 ExpandDims_1:-1 ExpandDims_2:0 ExpandDims_3:0 Mul Sum:1,3",
    "ab->a": "Sum:1",
}
"""The nodes of TensorFlow 1.15, each with the constant that it is given."""


@pytest.mark.parametrize("equation", NODES)
def test_einsum_has_tensorflows_nodes(equation):
    sizes = dict(zip("abcde", (2, 3, 4, 5, 6), strict=True)) | {"i": 7}
    terms = equation.split("->")[0].split(",")
    inputs = [tf.placeholder(tf.float32, [sizes[c] for c in term]) for term in terms]
    tf.einsum(equation, *inputs)
    found = []
    for operation in tf.get_default_graph().get_operations():
        if operation.type in ("Placeholder", "Const"):
            continue
        name = operation.name.removeprefix("einsum/")
        values = [constant_value(t) for t in operation.inputs if t.op.type == "Const"]
        found += [f"{name}:{','.join(map(str, np.ravel(v)))}" for v in values] or [name]
    assert " ".join(found) == NODES[equation]


def test_einsum_asks_for_sizes_once_for_each_input():
    x, y = tf.placeholder(tf.float32, [None, 3, 4]), tf.placeholder(tf.float32, [4, 11, 5])
    assert tf.einsum("ibh,hnd->ibnd", x, y).shape.as_list() == [None, 3, 11, 5]
    types = [operation.type for operation in tf.get_default_graph().get_operations()]
    assert (types.count("Shape"), types.count("StridedSlice"), types.count("Mul")) == (1, 1, 1)


@pytest.mark.parametrize(
    ("equation", "shapes", "match"),
    [
        ("ab;bc", [(2, 3), (3, 4)], "Indices have incorrect format"),
        ("ab,bc", [(2, 3)], 'Got 1 arguments for equation "ab,bc", expecting 2'),
        ("aa->a", [(2, 2)], "an axis appears more than once: aa"),
        ("ab->c", [(2, 2)], "Unknown output axes"),
        ("ab->a", [(2,)], "does not fit the axes ab"),
        ("ab,bc", [(2, 3), (4, 5)], "must be equal, but are 3 and 4 for axis 'b'"),
    ],
)
def test_einsum_refuses(equation, shapes, match):
    with pytest.raises(ValueError, match=match):
        tf.einsum(equation, *[np.ones(shape) for shape in shapes])


def test_einsum_refuses_other_keywords():
    with pytest.raises(TypeError, match="invalid keyword arguments"):
        tf.einsum("a->", [1.0], optimize=True)


@pytest.mark.parametrize(
    ("axes", "shapes"),
    [
        (1, [(2, 3), (3, 4)]),
        (2, [(2, 3, 4), (3, 4, 5)]),
        (0, [(2,), (3,)]),
        ([[1, 2], [1, 0]], [(2, 3, 4), (4, 3, 5)]),
        ([[-1], [0]], [(2, 3), (3, 2)]),
        ([1, 0], [(2, 3), (3, 2)]),
    ],
)
def test_tensordot(axes, shapes):
    arrays = [RANDOM.uniform(-1, 1, shape) for shape in shapes]
    check(
        lambda a, b: tf.tensordot(a, b, axes),
        lambda a, b: np.tensordot(a, b, axes),
        arrays,
    )


@pytest.mark.parametrize(
    ("axes", "match"),
    [
        (-1, "must be at least 0"),
        (3, "must not be larger than the number of dimensions"),
        ([1, 0, 1], "must be an integer or have length 2"),
        ([[0, 1], [0]], "Different number of contraction axes 'a' and 'b', 2 != 1"),
    ],
)
def test_tensordot_refuses(axes, match):
    with pytest.raises(ValueError, match=match):
        tf.tensordot(np.ones((2, 2)), np.ones((2, 2)), axes)
