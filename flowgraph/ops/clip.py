"""Bounding the norms of tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.scope import get_default_graph, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import AddV2, multiply, subtract
from flowgraph.ops.comparison import greater
from flowgraph.ops.core import apply, cast, constant, convert_to_tensor, identity, rank, size
from flowgraph.ops.division import truediv
from flowgraph.ops.filling import ones_like
from flowgraph.ops.loss import l2_loss
from flowgraph.ops.magnitude import maximum, minimum
from flowgraph.ops.packing import stack
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.selection import where
from flowgraph.ops.sequences import range as range_of
from flowgraph.ops.transcendental import rsqrt, sqrt


def _times(x: Any, y: Any) -> Tensor:
    return multiply(x, y, name="mul")


def clip_by_norm(t: Any, clip_norm: Any, axes: Any = None, name: str | None = None) -> Any:
    """Scale a tensor down to a norm, if its own is greater.

    Parameters
    ----------
    t : Tensor or IndexedSlices
        Floating-point numbers.
    clip_norm : scalar Tensor
        The greatest Euclidean norm.
    axes : list of int, optional
        Take norms over these axes, each by itself; over all if left out.
    name : str, optional

    Returns
    -------
    Tensor or IndexedSlices

    Examples
    --------
    >>> tf.Session().run(tf.clip_by_norm([3.0, 4.0], 1.0))
    array([0.6, 0.8], dtype=float32)
    """
    with name_scope(name, "clip_by_norm", [t, clip_norm]) as scope:
        values = convert_to_tensor(t.values if isinstance(t, IndexedSlices) else t, name="t")
        squares = reduce_sum(_times(values, values), axes, keepdims=True)
        # The root's gradient is infinite at 0: 1 takes its place there.
        positive = greater(squares, 0)
        safe = where(positive, squares, ones_like(squares))
        norm = where(positive, sqrt(safe), squares)
        scaled = _times(values, clip_norm)
        values.shape.merge_with(scaled.shape)
        result = identity(truediv(scaled, maximum(norm, clip_norm)), name=scope)
        return _like(t, result)


def clip_by_average_norm(t: Any, clip_norm: Any, name: str | None = None) -> Tensor:
    """Scale a tensor down to a norm per element, if its own is greater.

    Parameters
    ----------
    t : Tensor
        Floating-point numbers.
    clip_norm : scalar Tensor
        The greatest Euclidean norm, divided by the number of elements.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.clip_by_average_norm([3.0, 4.0], 1.0))
    array([1.2, 1.6], dtype=float32)
    """
    with name_scope(name, "clip_by_average_norm", [t, clip_norm]) as scope:
        values = convert_to_tensor(t, name="t")
        count = cast(size(values), values.dtype)
        inverse = rsqrt(reduce_sum(_times(values, values), range_of(rank(values))))
        bound = truediv(constant(1.0, values.dtype), clip_norm)
        scaled = _times(values, clip_norm)
        return identity(_times(scaled, minimum(_times(inverse, count), bound)), name=scope)


def global_norm(t_list: Any, name: str | None = None) -> Tensor:
    """Return the Euclidean norm of several tensors together.

    Parameters
    ----------
    t_list : sequence of Tensor, IndexedSlices or None
        ``None`` entries are left out.
    name : str, optional

    Raises
    ------
    TypeError
        If `t_list` is no sequence.

    Examples
    --------
    >>> tf.Session().run(tf.global_norm([[3.0], [4.0]]))
    np.float32(5.0)
    """
    tensors = _sequence(t_list)
    with name_scope(name, "global_norm", tensors):
        half_squares = []
        for tensor in _values(tensors, "t"):
            if tensor is not None:
                with get_default_graph().colocate_with(tensor):
                    half_squares.append(l2_loss(tensor))
        half = reduce_sum(stack(half_squares))
        return sqrt(_times(half, constant(2.0, half.dtype)), name="global_norm")


def clip_by_global_norm(
    t_list: Any, clip_norm: Any, use_norm: Any = None, name: str | None = None
) -> tuple[list[Any], Tensor]:
    """Scale several tensors down together, if their norm is greater than a bound.

    Parameters
    ----------
    t_list : sequence of Tensor, IndexedSlices or None
        ``None`` entries stay.
    clip_norm : scalar Tensor
        The greatest norm.
    use_norm : scalar Tensor, optional
        The norm they have; `global_norm` if left out.
    name : str, optional

    Returns
    -------
    list_clipped : list of Tensor, IndexedSlices or None
        All NaN if the norm is not finite.
    global_norm : Tensor

    Raises
    ------
    TypeError
        If `t_list` is no sequence.

    Examples
    --------
    >>> clipped, norm = tf.clip_by_global_norm([[3.0], [4.0]], 1.0)
    >>> tf.Session().run([*clipped, norm])
    [array([0.6], dtype=float32), array([0.8], dtype=float32), np.float32(5.0)]
    """
    tensors = _sequence(t_list)
    norm = global_norm(tensors, name) if use_norm is None else convert_to_tensor(use_norm)
    with name_scope(name, "clip_by_global_norm", [*tensors, clip_norm]) as scope:
        kind = norm.dtype
        with name_scope(None, "truediv", [norm]) as quotient:
            inverse = truediv(constant(1.0, kind, name="x"), norm, name=quotient)
        least = minimum(inverse, truediv(constant(1.0, kind), clip_norm))
        with name_scope(None, "mul", [least]) as product:
            factor = convert_to_tensor(clip_norm, dtype=kind, name="x")
            scale = multiply(factor, least, name=product)
        # An infinite norm gives a scale of 0, which would hide the mistake: inf - inf is NaN.
        scale = apply(AddV2(), scale, subtract(norm, norm, name="sub"), name="add")
        scale.graph.inside += 1  # TensorFlow: IsFinite, a constant and Select
        clipped: list[Any] = []
        for position, (given, tensor) in enumerate(
            zip(tensors, _values(tensors, "t"), strict=True)
        ):
            if tensor is None:
                clipped.append(None)
                continue
            with get_default_graph().colocate_with(tensor):
                scaled = identity(_times(tensor, scale), name=f"{scope}_{position}")
            clipped.append(_like(given, scaled))
    return clipped, norm


def _sequence(t_list: Any) -> list[Any]:
    if not isinstance(t_list, Sequence) or isinstance(t_list, str):
        raise TypeError("t_list should be a sequence")
    return list(t_list)


def _values(tensors: list[Any], name: str) -> list[Tensor | None]:
    return [
        None
        if t is None
        else t.values
        if isinstance(t, IndexedSlices)
        else convert_to_tensor(t, name=f"{name}_{position}")
        for position, t in enumerate(tensors)
    ]


def _like(given: Any, values: Tensor) -> Any:
    """Return `values` in the form of what was given."""
    if isinstance(given, IndexedSlices):
        return IndexedSlices(values, given.indices, given.dense_shape)
    return values
