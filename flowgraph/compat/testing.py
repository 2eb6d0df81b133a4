"""`tf.test`: a test case with sessions and comparisons of arrays."""

from __future__ import annotations

import contextlib
import re
import tempfile
import unittest
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from google.protobuf import text_format

from flowgraph import errors
from flowgraph.dtypes import bfloat16
from flowgraph.graph.graph import Graph
from flowgraph.graph.scope import get_default_session, reset_default_graph, set_random_seed
from flowgraph.graph.tensor import Tensor
from flowgraph.runtime.config import ConfigProto
from flowgraph.runtime.session import Session

RANDOM_SEED = 1234


def get_temp_dir() -> str:
    """Return a directory for the files of the tests of this process."""
    global _directory
    if _directory is None:
        _directory = tempfile.TemporaryDirectory()
    return _directory.name


_directory: tempfile.TemporaryDirectory[str] | None = None


def main(argv: list[str] | None = None) -> None:
    """Run the tests of the main program, and exit.

    Parameters
    ----------
    argv : list of str, optional
        The command line; by default the program's.

    Raises
    ------
    SystemExit
        Always.
    """
    unittest.main(argv=argv)


class TestCase(unittest.TestCase):
    """A test case: each test begins with an empty default graph, and the seeds set to 1234.

    Examples
    --------
    >>> class SquareTest(tf.test.TestCase):
    ...     def test_square(self):
    ...         with self.session():
    ...             self.assertAllClose(tf.square([1.5, 2.0]), [2.25, 4.0])
    >>> SquareTest("test_square").debug()  # raises what fails
    """

    _cached: Session | None = None

    def setUp(self) -> None:
        """Reset the default graph, and seed it and NumPy's global generator."""
        super().setUp()
        np.random.seed(RANDOM_SEED)  # noqa: NPY002
        reset_default_graph()
        set_random_seed(RANDOM_SEED)

    def tearDown(self) -> None:
        """Close the session that `cached_session` opened."""
        if self._cached is not None:
            self._cached.close()
        super().tearDown()

    def get_temp_dir(self) -> str:
        """Return a directory for this test's files."""
        return tempfile.mkdtemp(dir=get_temp_dir())

    @contextlib.contextmanager
    def session(
        self,
        graph: Graph | None = None,
        config: ConfigProto | None = None,
        use_gpu: bool = False,
        force_gpu: bool = False,
    ) -> Iterator[Session]:
        """Open a session for a block, as the default one.

        Parameters
        ----------
        graph : Graph, optional
            By default the default graph.
        config : ConfigProto, optional
            The session's configuration.
        use_gpu : bool
            Whether a GPU may be used; where there is none, the CPU is.
        force_gpu : bool
            Not supported.
        """
        if force_gpu:
            raise NotImplementedError("session(force_gpu=True)")
        with Session(graph=graph, config=config or _soft_placement()) as session:
            yield session

    @contextlib.contextmanager
    def cached_session(
        self,
        graph: Graph | None = None,
        config: ConfigProto | None = None,
        use_gpu: bool = False,
        force_gpu: bool = False,
    ) -> Iterator[Session]:
        """Give a block the one session of this test, as the default one; see `session`."""
        if force_gpu:
            raise NotImplementedError("cached_session(force_gpu=True)")
        if self._cached is None:
            self._cached = Session(graph=graph, config=config or _soft_placement())
        elif graph is not None and graph is not self._cached.graph:
            raise ValueError("The graph used to get the cached session differs from this one.")
        with self._cached.graph.as_default(), self._cached.as_default() as session:
            yield session

    def test_session(
        self,
        graph: Graph | None = None,
        config: ConfigProto | None = None,
        use_gpu: bool = False,
        force_gpu: bool = False,
    ) -> Any:
        """Give a block a session: a new one if it names a graph, and else this test's own."""
        if self._testMethodName == "test_session":
            self.skipTest("not a test")
        open_ = self.cached_session if graph is None else self.session
        return open_(graph, config, use_gpu, force_gpu)

    def evaluate(self, tensors: Any) -> Any:
        """Return the values of tensors, in the structure they come in, in the default session."""
        session = get_default_session()
        if session is None:
            with self.cached_session() as cached:
                return cached.run(tensors)
        return session.run(tensors)

    def _array(self, a: Any) -> Any:
        if isinstance(a, Tensor) or (hasattr(a, "value") and hasattr(a, "initializer")):
            a = self.evaluate(a)
        return np.asarray(a)

    def _pairs(self, a: Any, b: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
        """Go through the arrays of two structures side by side."""
        if isinstance(a, dict) or isinstance(b, dict):
            self.assertEqual(set(a), set(b), f"the keys differ at {path or 'the top'}")
            for key in a:
                yield from self._pairs(a[key], b[key], f"{path}[{key!r}]")
        elif _is_ragged(a) or _is_ragged(b):
            self.assertEqual(len(a), len(b), f"the lengths differ at {path or 'the top'}")
            for i, (one, other) in enumerate(zip(a, b, strict=True)):
                yield from self._pairs(one, other, f"{path}[{i}]")
        else:
            yield path, self._array(a), self._array(b)

    def assertAllClose(
        self, a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-6, msg: str | None = None
    ) -> None:
        """Fail unless arrays, or structures of them, have one shape and are nearly equal.

        Parameters
        ----------
        a, b : arrays, tensors, or lists and dicts of them
            What to compare. Tensors are evaluated.
        rtol, atol : float
            ``|a - b| <= atol + rtol * |b|`` passes.
        msg : str, optional
            What else to say.
        """
        for path, one, other in self._pairs(a, b):
            self.assertEqual(one.shape, other.shape, msg or f"the shapes differ {path}")
            note = " ".join(filter(None, [msg, path]))
            if bfloat16.as_numpy_dtype in (one.dtype, other.dtype):
                one, other = one.astype(np.float32), other.astype(np.float32)
            np.testing.assert_allclose(one, other, rtol, atol, err_msg=note)

    def assertNotAllClose(self, a: Any, b: Any, **kwargs: Any) -> None:
        """Fail if arrays are nearly equal; see `assertAllClose`."""
        try:
            self.assertAllClose(a, b, **kwargs)
        except AssertionError:
            return
        self.fail("The two values are close at all elements")

    def assertAllCloseAccordingToType(
        self,
        a: Any,
        b: Any,
        rtol: float = 1e-6,
        atol: float = 1e-6,
        float_rtol: float = 1e-6,
        float_atol: float = 1e-6,
        half_rtol: float = 1e-3,
        half_atol: float = 1e-3,
        bfloat16_rtol: float = 1e-2,
        bfloat16_atol: float = 1e-2,
        msg: str | None = None,
    ) -> None:
        """Fail unless arrays are as nearly equal as the coarser of their dtypes allows."""
        one, other = self._array(a), self._array(b)
        bounds = {
            np.dtype(np.float32): (float_rtol, float_atol),
            np.dtype(np.complex64): (float_rtol, float_atol),
            np.dtype(np.float16): (half_rtol, half_atol),
            np.dtype(bfloat16.as_numpy_dtype): (bfloat16_rtol, bfloat16_atol),
        }
        for dtype, (relative, absolute) in bounds.items():
            if dtype in (one.dtype, other.dtype):
                rtol, atol = max(rtol, relative), max(atol, absolute)
        self.assertAllClose(one, other, rtol, atol, msg)

    def assertAllEqual(self, a: Any, b: Any, msg: str | None = None) -> None:
        """Fail unless arrays have one shape and the same elements; NaN equals NaN."""
        one, other = self._array(a), self._array(b)
        self.assertEqual(one.shape, other.shape, msg or "the shapes differ")
        np.testing.assert_array_equal(one, other, err_msg=msg or "")

    def assertNotAllEqual(self, a: Any, b: Any, msg: str | None = None) -> None:
        """Fail if arrays have one shape and the same elements."""
        try:
            self.assertAllEqual(a, b)
        except AssertionError:
            return
        self.fail(msg or "The two values are equal at all elements")

    def assertAllGreater(self, a: Any, comparison_target: Any) -> None:
        """Fail unless all elements are greater than a number."""
        self.assertGreater(self._array(a).min(), comparison_target)

    def assertAllLess(self, a: Any, comparison_target: Any) -> None:
        """Fail unless all elements are less than a number."""
        self.assertLess(self._array(a).max(), comparison_target)

    def assertAllGreaterEqual(self, a: Any, comparison_target: Any) -> None:
        """Fail unless no element is less than a number."""
        self.assertGreaterEqual(self._array(a).min(), comparison_target)

    def assertAllLessEqual(self, a: Any, comparison_target: Any) -> None:
        """Fail unless no element is greater than a number."""
        self.assertLessEqual(self._array(a).max(), comparison_target)

    def assertAllInRange(
        self,
        target: Any,
        lower_bound: float,
        upper_bound: float,
        open_lower_bound: bool = False,
        open_upper_bound: bool = False,
    ) -> None:
        """Fail unless all elements are numbers between two bounds, which count unless open."""
        array = self._array(target)
        if array.dtype.kind not in "fiu":
            raise AssertionError(
                f"The value of {array} does not have an ordered numeric type, instead it has "
                f"type: {array.dtype}"
            )
        self.assertFalse(np.isnan(array).any(), "some of the element(s) are NaN")
        low = np.less_equal if open_lower_bound else np.less
        high = np.greater_equal if open_upper_bound else np.greater
        outside = low(array, lower_bound) | high(array, upper_bound)
        if outside.any():
            left, right = "[("[open_lower_bound], "])"[open_upper_bound]
            raise AssertionError(
                f"{outside.sum()} of the {array.size} element(s) are outside the range "
                f"{left}{lower_bound}, {upper_bound}{right}. Values: {array[outside]}"
            )

    def assertAllInSet(self, target: Any, expected_set: Any) -> None:
        """Fail unless each element is one of a set."""
        others = np.setdiff1d(self._array(target).flatten(), list(expected_set))
        if others.size:
            raise AssertionError(
                f"{others.size} unique element(s) are not in the set {expected_set}: {others}"
            )

    def assertProtoEquals(
        self, expected_message_maybe_ascii: Any, message: Any, msg: str | None = None
    ) -> None:
        """Fail unless two messages are equal; the expected one may be given as text."""
        expected = expected_message_maybe_ascii
        if isinstance(expected, str):
            expected = text_format.Parse(expected, type(message)())
        self.assertEqual(str(expected), str(message), msg)

    def assertStartsWith(self, actual: str, expected_start: str, msg: str | None = None) -> None:
        """Fail unless a text begins with another."""
        said = f" : {msg}" if msg else ""
        self.assertTrue(
            actual.startswith(expected_start),
            f"{actual!r} does not start with {expected_start!r}{said}",
        )

    def assertNear(self, f1: float, f2: float, err: float, msg: str | None = None) -> None:
        """Fail unless two numbers differ by at most `err`."""
        said = f": {msg}" if msg else ""
        self.assertTrue(f1 == f2 or abs(f1 - f2) <= err, f"{f1!r} != {f2!r} +/- {err!r}{said}")

    def assertArrayNear(
        self, farray1: Any, farray2: Any, err: float, msg: str | None = None
    ) -> None:
        """Fail unless the numbers of two sequences differ by at most `err`."""
        self.assertEqual(len(farray1), len(farray2), msg)
        for one, other in zip(farray1, farray2, strict=True):
            self.assertNear(float(one), float(other), err, msg)

    def assertNDArrayNear(
        self, ndarray1: Any, ndarray2: Any, err: float, msg: str | None = None
    ) -> None:
        """Fail unless the distance of two arrays is less than `err`."""
        distance = np.linalg.norm(np.asarray(ndarray1) - np.asarray(ndarray2))
        self.assertLess(distance, err, msg)

    def assertDTypeEqual(self, target: Any, expected_dtype: Any) -> None:
        """Fail unless an array has a dtype."""
        self.assertEqual(self._array(target).dtype, np.dtype(expected_dtype))

    def assertShapeEqual(self, np_array: Any, tf_tensor: Any, msg: str | None = None) -> None:
        """Fail unless a tensor's static shape is an array's shape."""
        self.assertAllEqual(np_array.shape, tf_tensor.get_shape().as_list(), msg)

    def assertRaisesOpError(self, expected_err_re_or_predicate: Any) -> Any:
        """Fail unless the block raises an error of `tf.errors` that says or is so."""
        return self.assertRaisesWithPredicateMatch(errors.OpError, expected_err_re_or_predicate)

    @contextlib.contextmanager
    def assertRaisesWithPredicateMatch(
        self,
        exception_type: type[BaseException],
        expected_err_re_or_predicate: str | Callable[[BaseException], bool],
    ) -> Iterator[None]:
        """Fail unless the block raises an exception that says or is so.

        Parameters
        ----------
        exception_type : type
            The exception's class, or one above it.
        expected_err_re_or_predicate : str or callable
            A regular expression to find in its text, or what is true of it.
        """
        try:
            yield
        except exception_type as error:
            expected = expected_err_re_or_predicate
            matches = expected(error) if callable(expected) else re.search(expected, str(error))
            if not matches:
                raise AssertionError(
                    f"Exception of type {type(error)}: {error} is not as expected"
                ) from error
        else:
            self.fail(f"{exception_type.__name__} not raised")


def _soft_placement() -> ConfigProto:
    return ConfigProto(allow_soft_placement=True)


def _is_ragged(value: Any) -> bool:
    """Whether a list holds more than numbers: tensors, arrays, or lists of other lengths."""
    if not isinstance(value, list | tuple):
        return False
    return any(not np.isscalar(part) for part in value)
