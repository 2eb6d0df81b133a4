"""Checking gradients against finite differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.autodiff.gradients import gradients
from flowgraph.dtypes import Array
from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.scope import get_default_session
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.core import cast, constant, identity

_CHECKED = (
    dtypes.bfloat16,
    dtypes.float16,
    dtypes.float32,
    dtypes.float64,
    dtypes.complex64,
    dtypes.complex128,
)


def compute_gradient(
    x: Any,
    x_shape: Any,
    y: Tensor,
    y_shape: Any,
    x_init_value: Any = None,
    delta: float = 1e-3,
    init_targets: Sequence[Any] | None = None,
    extra_feed_dict: dict[Any, Any] | None = None,
) -> Any:
    """Compute the Jacobian of `y` by `x`, from the graph and by central differences.

    Needs a default session. A complex number counts as two real ones.

    Parameters
    ----------
    x : Tensor or list of Tensor
        What to differentiate with respect to; it is fed.
    x_shape : list of int, or list of them
        The shape of the values to feed.
    y : Tensor
        What to differentiate.
    y_shape : list of int
        Its shape.
    x_init_value : array or list of arrays, optional
        Where to differentiate; drawn from [0, 1) if left out.
    delta : float
        How far to move `x` to each side.
    init_targets : list of Operation, optional
        Operations to run first.
    extra_feed_dict : dict, optional
        What else to feed.

    Returns
    -------
    tuple of array, or list of them
        The two Jacobians for each x: from the graph, and numeric. Their shape is
        ``[size of x, size of y]``.

    Raises
    ------
    ValueError
        If there is no default session, or `x_init_value` is not of `x_shape`.
    TypeError
        If `x` or `y` is not of an inexact dtype.

    Examples
    --------
    >>> x = tf.constant([3.0])
    >>> with tf.Session():
    ...     exact, numeric = tf.test.compute_gradient(x, [1], x * x, [1])
    >>> bool(abs(exact - numeric).max() < 1e-2)
    True
    """
    session = get_default_session()
    if session is None:
        raise ValueError(
            "Cannot compute a gradient: No default session is registered. Use `with "
            "sess.as_default()`"
        )
    for target in init_targets or ():
        session.run(target)
    xs, x_shapes = (list(x), list(x_shape)) if isinstance(x, list) else ([x], [x_shape])
    values = list(x_init_value or [None] * len(xs)) if isinstance(x, list) else [x_init_value]
    points = [
        _point(each, tuple(shape), value)
        for each, shape, value in zip(xs, x_shapes, values, strict=True)
    ]
    if y.dtype.base_dtype not in _CHECKED:
        raise TypeError(f"Don't support type {y.dtype.name} for y")
    feeds = {**(extra_feed_dict or {}), **dict(zip(xs, points, strict=True))}
    with y.graph.as_default():
        # An identity, since a constant that the graph has folded could not be fed.
        dy = identity(constant(np.ones(y_shape), y.dtype))
        dxs = [gradients(y, each, dy)[0] for each in xs]
        if y.dtype.base_dtype is dtypes.bfloat16:
            y = cast(y, dtypes.float32)  # differences of bfloat16 would be all rounding
    pairs = [
        (
            _backward(session.run, dx, dy, tuple(y_shape), feeds, point),
            _by_differences(session.run, each, y, point, tuple(y_shape), feeds, delta),
        )
        for each, dx, point in zip(xs, dxs, points, strict=True)
    ]
    return pairs if isinstance(x, list) else pairs[0]


def compute_gradient_error(
    x: Any,
    x_shape: Any,
    y: Tensor,
    y_shape: Any,
    x_init_value: Any = None,
    delta: float = 1e-3,
    init_targets: Sequence[Any] | None = None,
    extra_feed_dict: dict[Any, Any] | None = None,
) -> float:
    """Return the largest difference between the Jacobians that `compute_gradient` gives.

    Takes the same arguments and raises the same errors.

    Examples
    --------
    >>> x = tf.constant([3.0])
    >>> with tf.Session():
    ...     bool(tf.test.compute_gradient_error(x, [1], x * x, [1]) < 1e-2)
    True
    """
    pairs = compute_gradient(
        x, x_shape, y, y_shape, x_init_value, delta, init_targets, extra_feed_dict
    )
    pairs = pairs if isinstance(pairs, list) else [pairs]
    return max(float(np.max(np.abs(exact - numeric), initial=0)) for exact, numeric in pairs)


def _point(x: Any, shape: tuple[int, ...], value: Any) -> Array:
    kind = x.dtype.base_dtype
    if kind not in _CHECKED:
        raise TypeError(f"Don't support type {kind.name} for x")
    if value is None:
        # The global generator, so that np.random.seed fixes the point as it does in TensorFlow.
        value = np.random.random_sample(shape)  # noqa: NPY002
        if kind.is_complex:
            value = value + 1j * np.random.random_sample(shape)  # noqa: NPY002
    array = np.array(value, dtype=kind.numpy)
    if array.shape != shape:
        raise ValueError(f"x_shape = {list(shape)}, init_data shape = {list(array.shape)}")
    return array


def _reals(array: Array) -> Array:
    """Return the elements as a flat view of real numbers."""
    flat = array.reshape(-1)
    return flat.view(flat.real.dtype) if flat.dtype.kind == "c" else flat


def _backward(
    run: Callable[..., Any],
    dx: Any,
    dy: Tensor,
    y_shape: tuple[int, ...],
    feeds: dict[Any, Any],
    point: Array,
) -> Array:
    """Return the Jacobian that the graph gives, one column per element of y."""
    direction = np.zeros(y_shape, dy.dtype.numpy)
    flat = _reals(direction)
    jacobian = np.zeros((_reals(point).size, flat.size), _reals(point).dtype)
    if dx is None:
        return jacobian
    for column in range(flat.size):
        flat[column] = 1
        value = run(dx, {**feeds, dy: direction})
        if isinstance(dx, IndexedSlices):
            dense = np.zeros_like(point)
            np.add.at(dense, value.indices, value.values)
            value = dense
        jacobian[:, column] = _reals(np.ascontiguousarray(value))
        flat[column] = 0
    return jacobian


def _by_differences(
    run: Callable[..., Any],
    x: Any,
    y: Tensor,
    point: Array,
    y_shape: tuple[int, ...],
    feeds: dict[Any, Any],
    delta: float,
) -> Array:
    """Return the Jacobian by central differences, one row per element of x."""
    size = _reals(np.zeros(y_shape, y.dtype.numpy)).size
    jacobian = np.zeros((_reals(point).size, size), _reals(point).dtype)

    def moved(row: int, by: float) -> Array:
        array = point.copy()
        _reals(array)[row] += by
        return _reals(np.ascontiguousarray(run(y, {**feeds, x: array})))

    for row in range(len(jacobian)):
        jacobian[row] = (moved(row, delta) - moved(row, -delta)) / (2 * delta)
    return jacobian
