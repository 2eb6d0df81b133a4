"""`tf.test.TestCase`: what passes, and what fails."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.protos import AttrValue


@pytest.fixture
def case():
    case = tf.test.TestCase("run")
    case.setUp()
    yield case
    case.tearDown()


def test_seeds_and_graph_are_fresh(case):
    tf.constant(1)
    first = np.random.rand()  # noqa: NPY002
    case.setUp()
    assert tf.get_default_graph().get_operations() == [] and tf.get_default_graph().seed == 1234
    assert np.random.rand() == first  # noqa: NPY002


@pytest.mark.parametrize(
    ("method", "passes", "fails"),
    [
        ("assertAllClose", ([1.0, 2.0], [1.0 + 1e-7, 2.0]), ([1.0], [1.1])),
        ("assertAllClose", ({"a": [1.0]}, {"a": (1.0,)}), ({"a": 1.0}, {"b": 1.0})),
        ("assertAllClose", ([[1.0], [2.0, 3.0]], [[1.0], [2.0, 3.0]]), ([1.0], [[1.0]])),
        ("assertNotAllClose", ([1.0], [1.1]), ([1.0], [1.0])),
        ("assertAllEqual", ([1, np.nan], [1, np.nan]), ([1], [2])),
        ("assertAllEqual", ([1], [1]), ([1], 1)),
        ("assertNotAllEqual", ([1], [2]), ([1], [1])),
        ("assertAllGreater", ([2, 3], 1), ([2, 3], 2)),
        ("assertAllLess", ([2, 3], 4), ([2, 3], 3)),
        ("assertAllGreaterEqual", ([2, 3], 2), ([2, 3], 3)),
        ("assertAllLessEqual", ([2, 3], 3), ([2, 3], 2)),
        ("assertAllInRange", ([2, 3], 2, 3), ([2, 4], 2, 3)),
        ("assertAllInRange", ([2, 3], 1, 3, True), ([2, 3], 2, 3, True)),
        ("assertAllInRange", ([2.0, 3.0], 2, 4, False, True), ([2, 3], 2, 3, False, True)),
        ("assertAllInRange", ([2], 2, 3), ([np.nan], 2, 3)),
        ("assertAllInRange", ([2], 2, 3), (["a"], 2, 3)),
        ("assertAllInSet", ([1, 2, 1], {1, 2}), ([1, 3], {1, 2})),
        ("assertStartsWith", ("abc", "ab"), ("abc", "b")),
        ("assertProtoEquals", ("i: 1", AttrValue(i=1)), ("i: 1", AttrValue(i=2))),
        ("assertNear", (1.0, 1.1, 0.2), (1.0, 1.1, 0.05)),
        ("assertArrayNear", ([1.0], [1.1], 0.2), ([1.0], [1.1], 0.05)),
        ("assertNDArrayNear", ([1.0], [1.1], 0.2), ([1.0], [1.1], 0.05)),
        ("assertDTypeEqual", (np.float32(1), "float32"), (np.float32(1), "float64")),
        (
            "assertAllCloseAccordingToType",
            (np.float16([1]), np.float16([1.0009])),
            (np.float32([1]), np.float32([1.0009])),
        ),
    ],
)
def test_comparisons(case, method, passes, fails):
    getattr(case, method)(*passes)
    with pytest.raises(AssertionError):
        getattr(case, method)(*fails)


def test_tensors_are_evaluated(case):
    with case.session():
        case.assertAllClose(tf.square([1.0, 2.0]), [1.0, 4.0])
        case.assertAllEqual(tf.constant([1]), [1])
        case.assertAllClose({"a": tf.constant([1.0])}, {"a": [1.0]})
    assert case.evaluate([tf.constant(2)]) == [2]
    case.assertShapeEqual(np.zeros((2, 3)), tf.zeros([2, 3]))


def test_a_setup_of_its_own():
    class Own(tf.test.TestCase):
        def setUp(self):
            self.expected = [4, 9]

        def runTest(self):
            with self.cached_session():
                self.assertAllEqual(tf.square([2, 3]).eval(), self.expected)

    Own().debug()


def test_sessions(case):
    with case.cached_session() as one, case.test_session() as other:
        assert one is other is tf.get_default_session()
    with case.session(graph=tf.Graph()) as session:
        assert session is not one
    with pytest.raises(ValueError, match="differs"), case.cached_session(graph=tf.Graph()):
        pass
    with pytest.raises(NotImplementedError, match="force_gpu"), case.session(force_gpu=True):
        pass


def test_expected_errors(case):
    with case.assertRaisesOpError("no such"):
        raise tf.errors.NotFoundError(None, None, "no such key")
    with case.assertRaisesWithPredicateMatch(ValueError, lambda error: error.args == (1,)):
        raise ValueError(1)
    with pytest.raises(AssertionError, match="not as expected"), case.assertRaisesOpError("x"):
        raise tf.errors.NotFoundError(None, None, "key")
    with pytest.raises(AssertionError, match="not raised"), case.assertRaisesOpError("x"):
        pass


def test_temporary_directories_differ(case):
    assert case.get_temp_dir() != case.get_temp_dir()
