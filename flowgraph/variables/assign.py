"""Changing and counting variables: ``tf.assign`` and its relatives."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.op import Op
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import scatter, state
from flowgraph.ops.core import apply
from flowgraph.variables.updates import Updates


def _is_reference(ref: Any) -> bool:
    return bool(ref.dtype.is_ref_dtype)


def assign(
    ref: Any,
    value: Any,
    validate_shape: bool | None = None,
    use_locking: bool | None = None,
    name: str | None = None,
) -> Tensor:
    """Give a variable a new value.

    Parameters
    ----------
    ref : Variable
        The variable, or the reference that another change of it returned.
    value : Tensor
        Of the variable's dtype.
    validate_shape : bool
        Require the variable's shape. True if left out.
    use_locking : bool
        Keep writes of concurrent runs apart. They always are.
    name : str, optional

    Returns
    -------
    Tensor
        The reference after the change.

    Raises
    ------
    ValueError
        If the shapes differ.
    tf.errors.InvalidArgumentError
        If only a run shows that they differ.
    AttributeError
        If `ref` is a tensor that refers to no variable.

    Examples
    --------
    >>> w = tf.Variable([1.0, 2.0])
    >>> tf.Session().run(tf.assign(w, [3.0, 4.0]))
    array([3., 4.], dtype=float32)
    """
    if not _is_reference(ref):
        return ref.assign(value, name=name)  # type: ignore[no-any-return]
    op = state.Assign(
        validate_shape=validate_shape is None or validate_shape,
        use_locking=use_locking is None or use_locking,
    )
    return apply(op, ref, value, name=name)


def assign_add(
    ref: Any, value: Any, use_locking: bool | None = None, name: str | None = None
) -> Tensor:
    """Add `value` to a variable. Parameters and errors as for `assign`.

    Examples
    --------
    >>> step = tf.Variable(0)
    >>> with tf.Session() as session:
    ...     session.run(step.initializer)
    ...     print(session.run(tf.assign_add(step, 1)))
    1
    """
    if not _is_reference(ref):
        return ref.assign_add(value)  # type: ignore[no-any-return]
    return apply(state.AssignAdd(use_locking=bool(use_locking)), ref, value, name=name)


def assign_sub(
    ref: Any, value: Any, use_locking: bool | None = None, name: str | None = None
) -> Tensor:
    """Subtract `value` from a variable. Parameters and errors as for `assign`.

    Examples
    --------
    >>> v = tf.Variable([1.0, 2.0, 3.0])
    >>> sess = tf.Session()
    >>> sess.run(v.initializer)
    >>> sess.run(tf.assign_sub(v, [1.0, 1.0, 1.0]))
    array([0., 1., 2.], dtype=float32)
    """
    if not _is_reference(ref):
        return ref.assign_sub(value)  # type: ignore[no-any-return]
    return apply(state.AssignSub(use_locking=bool(use_locking)), ref, value, name=name)


def count_up_to(ref: Any, limit: int, name: str | None = None) -> Tensor:
    """Return a variable's value before it is increased by one.

    Parameters
    ----------
    ref : Variable
        A scalar of dtype int32 or int64.
    limit : int
    name : str, optional

    Raises
    ------
    tf.errors.OutOfRangeError
        When the value has reached `limit`.

    Examples
    --------
    >>> n = tf.Variable(0)
    >>> count = tf.count_up_to(n, 2)
    >>> with tf.Session() as session:
    ...     session.run(n.initializer)
    ...     print(session.run(count), session.run(count))
    0 1
    """
    if not _is_reference(ref):
        return ref.count_up_to(limit)  # type: ignore[no-any-return]
    return apply(state.CountUpTo(limit=limit), ref, name=name)


def is_variable_initialized(variable: Any) -> Tensor:
    """Return whether a variable has a value.

    Parameters
    ----------
    variable : Variable

    Examples
    --------
    >>> w = tf.Variable(1.0)
    >>> print(tf.Session().run(tf.is_variable_initialized(w)))
    False
    """
    if not _is_reference(variable):
        return variable.is_initialized()  # type: ignore[no-any-return]
    return apply(state.IsVariableInitialized(), variable)


def _scatter(op: Op, ref: Any, indices: Any, updates: Any, name: str | None) -> Tensor:
    if isinstance(ref, Updates) and not _is_reference(ref):
        return ref._change(op, indices, updates, name=name)  # type: ignore[no-any-return]
    return apply(op, ref, indices, updates, name=name)


def scatter_update(
    ref: Any, indices: Any, updates: Any, use_locking: bool = True, name: str | None = None
) -> Tensor:
    """Replace rows of a variable.

    Parameters
    ----------
    ref : Variable
    indices : Tensor
        The rows, int32 or int64. If one occurs twice, its last update counts.
    updates : Tensor
        Of the shape ``indices.shape + ref.shape[1:]``, or a scalar for all.
    use_locking : bool
        Keep writes of concurrent runs apart. They always are.
    name : str, optional

    Returns
    -------
    Tensor
        The reference after the change.

    Raises
    ------
    ValueError
        If the shapes do not fit.
    tf.errors.InvalidArgumentError
        If an index is out of range, or only a run shows that the shapes do not fit.

    Examples
    --------
    >>> w = tf.Variable([1.0, 2.0, 3.0])
    >>> with tf.Session() as session:
    ...     session.run(w.initializer)
    ...     session.run(tf.scatter_update(w, [0, 2], [8.0, 9.0]))
    array([8., 2., 9.], dtype=float32)
    """
    return _scatter(scatter.ScatterUpdate(use_locking=use_locking), ref, indices, updates, name)


def scatter_add(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Tensor:
    """Add to rows of a variable; all updates of a row count. As `scatter_update` otherwise.

    Examples
    --------
    >>> w = tf.Variable([1.0, 2.0])
    >>> with tf.Session() as session:
    ...     session.run(w.initializer)
    ...     session.run(tf.scatter_add(w, [0, 0], [1.0, 1.0]))
    array([3., 2.], dtype=float32)
    """
    return _scatter(scatter.ScatterAdd(use_locking=use_locking), ref, indices, updates, name)


def scatter_sub(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Tensor:
    """Subtract from rows of a variable; as `scatter_add` otherwise.

    Examples
    --------
    >>> v = tf.Variable([1.0, 2.0, 3.0])
    >>> sess = tf.Session()
    >>> sess.run(v.initializer)
    >>> sess.run(tf.scatter_sub(v, [0, 0], [1.0, 1.0]))
    array([-1.,  2.,  3.], dtype=float32)
    """
    return _scatter(scatter.ScatterSub(use_locking=use_locking), ref, indices, updates, name)


def scatter_mul(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Tensor:
    """Multiply rows of a variable; as `scatter_add` otherwise.

    Examples
    --------
    >>> v = tf.Variable([1.0, 2.0, 3.0])
    >>> sess = tf.Session()
    >>> sess.run(v.initializer)
    >>> sess.run(tf.scatter_mul(v, [1], [5.0]))
    array([ 1., 10.,  3.], dtype=float32)
    """
    return _scatter(scatter.ScatterMul(use_locking=use_locking), ref, indices, updates, name)


def scatter_div(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Tensor:
    """Divide rows of a variable, integers towards zero; as `scatter_add` otherwise.

    Examples
    --------
    >>> v = tf.Variable([1.0, 2.0, 3.0])
    >>> sess = tf.Session()
    >>> sess.run(v.initializer)
    >>> sess.run(tf.scatter_div(v, [1], [4.0]))
    array([1. , 0.5, 3. ], dtype=float32)
    """
    return _scatter(scatter.ScatterDiv(use_locking=use_locking), ref, indices, updates, name)


def scatter_min(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Tensor:
    """Bound rows of a variable from above; as `scatter_add` otherwise.

    Examples
    --------
    >>> v = tf.Variable([1.0, 2.0, 3.0])
    >>> sess = tf.Session()
    >>> sess.run(v.initializer)
    >>> sess.run(tf.scatter_min(v, [0, 2], [2.0, 2.0]))
    array([1., 2., 2.], dtype=float32)
    """
    return _scatter(scatter.ScatterMin(use_locking=use_locking), ref, indices, updates, name)


def scatter_max(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Tensor:
    """Bound rows of a variable from below; as `scatter_add` otherwise.

    Examples
    --------
    >>> v = tf.Variable([1.0, 2.0, 3.0])
    >>> sess = tf.Session()
    >>> sess.run(v.initializer)
    >>> sess.run(tf.scatter_max(v, [0, 2], [2.0, 2.0]))
    array([2., 2., 3.], dtype=float32)
    """
    return _scatter(scatter.ScatterMax(use_locking=use_locking), ref, indices, updates, name)


def scatter_nd_update(
    ref: Any, indices: Any, updates: Any, use_locking: bool = True, name: str | None = None
) -> Tensor:
    """Replace elements or slices of a variable.

    Parameters
    ----------
    ref : Variable
    indices : Tensor
        Of shape ``[..., depth]``: each vector along the last axis is an index into the
        first ``depth`` axes of the variable.
    updates : Tensor
        Of the shape ``indices.shape[:-1] + ref.shape[depth:]``.
    use_locking : bool
        Keep writes of concurrent runs apart. They always are.
    name : str, optional

    Raises
    ------
    ValueError
        If the shapes do not fit.
    tf.errors.InvalidArgumentError
        If an index is out of range, or only a run shows that the shapes do not fit.

    Examples
    --------
    >>> w = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    >>> with tf.Session() as session:
    ...     session.run(w.initializer)
    ...     session.run(tf.scatter_nd_update(w, [[0, 1], [1, 0]], [8.0, 9.0]))
    array([[1., 8.],
           [9., 4.]], dtype=float32)
    """
    op = scatter.ScatterNdUpdate(use_locking=use_locking)
    return _scatter(op, ref, indices, updates, name)


def scatter_nd_add(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Tensor:
    """Add to elements or slices of a variable; as `scatter_nd_update` otherwise.

    Examples
    --------
    >>> v = tf.Variable([1.0, 2.0, 3.0])
    >>> sess = tf.Session()
    >>> sess.run(v.initializer)
    >>> sess.run(tf.scatter_nd_add(v, [[0], [2]], [10.0, 20.0]))
    array([11.,  2., 23.], dtype=float32)
    """
    return _scatter(scatter.ScatterNdAdd(use_locking=use_locking), ref, indices, updates, name)


def scatter_nd_sub(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Tensor:
    """Subtract from elements or slices of a variable; as `scatter_nd_update` otherwise.

    Examples
    --------
    >>> v = tf.Variable([1.0, 2.0, 3.0])
    >>> sess = tf.Session()
    >>> sess.run(v.initializer)
    >>> sess.run(tf.scatter_nd_sub(v, [[0], [2]], [10.0, 20.0]))
    array([ -9.,   2., -17.], dtype=float32)
    """
    return _scatter(scatter.ScatterNdSub(use_locking=use_locking), ref, indices, updates, name)
