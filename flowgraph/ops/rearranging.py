"""Repeating, reversing and rolling the elements of a tensor along its axes."""

from __future__ import annotations

from typing import Any

from flowgraph import shapes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import negative
from flowgraph.ops.array import reshape, transpose
from flowgraph.ops.checks import axis_within, invalid, merged, renamed_argument, with_rank
from flowgraph.ops.core import INDEX, apply, shape, size
from flowgraph.ops.filling import ones
from flowgraph.ops.packing import stack
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.sequences import range as range_op
from flowgraph.ops.types import INDEX64, INDICES
from flowgraph.shapes import TensorShape


def _product(n: int | None, k: int | None) -> int | None:
    if n is None or k is None:
        return 0 if 0 in (n, k) else None
    return n * k


class Tile(Op):
    """The input repeated ``multiples`` times along each axis."""

    signature = Signature("input: T, multiples: Tmultiples -> output: T", Tmultiples=INDEX)
    host_inputs = (1,)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        known, times = inputs[0].shape, inputs[1].static_shape().sizes
        with_rank(inputs[1].shape, 1)
        if times is None:
            return (shapes.unknown_shape(known.ndims),)
        if known.sizes is not None and len(known.sizes) != len(times):
            raise ValueError(f"Shape must be rank {len(known.sizes)} but is rank {len(times)}")
        known = with_rank(known, len(times))
        pairs = zip(known.sizes or (), times, strict=True)
        return (TensorShape.of(tuple(_product(n, k) for n, k in pairs)),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, times = inputs
        if times.shape != (x.ndim,):
            raise invalid(
                f"Expected multiples argument to be a vector of length {x.ndim} but got length "
                f"{times.size}"
            )
        for axis, n in enumerate(times.tolist()):
            if n < 0:
                raise invalid(f"Expected multiples[{axis}] >= 0, but got {n}")
        return xp.tile(x, tuple(times.tolist()))

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        x, times = operation.inputs
        sizes = shape(x, out_type=times.dtype)
        split = reshape(transpose(stack([times, sizes])), [-1])
        return (reduce_sum(reshape(dys[0], split), range_op(0, size(split), 2)), None)


def tile(input: Any, multiples: Any, name: str | None = None) -> Tensor:
    """Repeat a tensor along each axis.

    Parameters
    ----------
    input : Tensor
    multiples : Tensor or list of int
        How often, for each axis.
    name : str, optional

    Raises
    ------
    ValueError
        If `multiples` is known to have another length than the rank.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.tile([1, 2], [2]))
    array([1, 2, 1, 2], dtype=int32)
    """
    return apply(Tile(), input, multiples, name=name)


class ReverseV2(Op):
    """The input in reverse order along some axes."""

    signature = Signature("tensor: T, axis: Tidx -> output: T", Tidx=INDEX)
    host_inputs = (1,)
    may_alias = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        axes, known = with_rank(inputs[1].shape, 1), inputs[0].shape
        value = inputs[1].static_value()
        if value is not None and known.sizes is not None:
            _reversed_axes(value, len(known.sizes), ValueError)
        if axes.sizes and known.sizes and (axes.sizes[0] or 0) > len(known.sizes):
            raise ValueError(f"reverse of {axes.sizes[0]} axes of a tensor of rank {known.ndims}")
        return (known,)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, axis = inputs
        axes = _reversed_axes(axis, x.ndim, invalid)
        index = [slice(None, None, -1) if a in axes else slice(None) for a in range(x.ndim)]
        return x[(*index, ...)]

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (reverse(dys[0], operation.inputs[1]), None)


def _reversed_axes(axes: Array, count: int, error: Any) -> list[int]:
    result: list[int] = []
    for i, axis in enumerate(axes.tolist()):
        message = f"'axis'[{i}] = {axis} is out of valid range [0, {count - 1}"
        where = axis_within(axis, count, message, error)
        if where in result:
            raise error(f"axis {where} specified more than once.")
        result.append(where)
    return result


def reverse(tensor: Any, axis: Any, name: str | None = None) -> Tensor:
    """Reverse a tensor along some axes.

    Parameters
    ----------
    tensor : Tensor
    axis : list of int
    name : str, optional

    Raises
    ------
    ValueError
        If an axis is out of range or given twice.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.reverse([[1, 2], [3, 4]], [1]))
    array([[2, 1],
           [4, 3]], dtype=int32)
    """
    return apply(ReverseV2(), tensor, axis, name=name)


class ReverseSequence(Op):
    """The first ``seq_lengths[i]`` elements of each batch entry in reverse order."""

    signature = Signature("input: T, seq_lengths: Tlen -> output: T", Tlen=INDEX64)

    seq_dim: int
    batch_dim: int = 0

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        known, lengths = inputs[0].shape, with_rank(inputs[1].shape, 1)
        if known.sizes is None:
            return (known,)
        count = len(known.sizes)
        if not 0 <= self.batch_dim < count:
            raise ValueError(f"batch_dim must be < input rank: {self.batch_dim} vs. {count}")
        if not 0 <= self.seq_dim < count:
            raise ValueError(f"seq_dim must be < input rank: {self.seq_dim} vs. {count}")
        batch = merged(lengths, TensorShape.of((known.sizes[self.batch_dim],))).sizes or (None,)
        sizes = list(known.sizes)
        sizes[self.batch_dim] = batch[0]
        return (TensorShape.of(tuple(sizes)),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, lengths = inputs
        if lengths.shape != (x.shape[self.batch_dim],):
            raise invalid(
                f"len(seq_lens) != input.dims({self.batch_dim}), "
                f"({lengths.size} vs. {x.shape[self.batch_dim]})"
            )
        longest = x.shape[self.seq_dim]
        for i, n in enumerate(lengths.tolist()):
            if not 0 <= n <= longest:
                raise invalid(
                    f"seq_lens({i}) {'< 0' if n < 0 else f'> input.dims({self.seq_dim})'}"
                )
        places = xp.arange(longest)[None, :]
        ends = lengths[:, None]
        source = xp.where(places < ends, ends - 1 - places, places)
        rows = xp.moveaxis(x, (self.batch_dim, self.seq_dim), (0, 1))
        taken = rows[xp.arange(lengths.size)[:, None], source]
        moved = xp.moveaxis(taken, (0, 1), (self.batch_dim, self.seq_dim))
        return xp.ascontiguousarray(moved)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        op = ReverseSequence(seq_dim=self.seq_dim, batch_dim=self.batch_dim)
        return (apply(op, dys[0], operation.inputs[1]), None)


def reverse_sequence(
    input: Any,
    seq_lengths: Any,
    seq_axis: int | None = None,
    batch_axis: int | None = None,
    name: str | None = None,
    seq_dim: int | None = None,
    batch_dim: int | None = None,
) -> Tensor:
    """Reverse the beginning of each sequence of a batch.

    Parameters
    ----------
    input : Tensor
    seq_lengths : Tensor
        int32 or int64 of shape ``[batch]``: how many elements to reverse.
    seq_axis, batch_axis : int
        The axis of the elements, and that of the batch (0 if left out).
    name : str, optional
    seq_dim, batch_dim : int
        Old names of `seq_axis` and `batch_axis`.

    Raises
    ------
    ValueError
        If an axis is given twice or out of range.
    tf.errors.InvalidArgumentError
        If a length is negative or longer than the axis.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.reverse_sequence([[1, 2, 3], [4, 5, 6]], [2, 3], seq_axis=1))
    array([[2, 1, 3],
           [6, 5, 4]], dtype=int32)
    """
    elements = renamed_argument("seq_axis", seq_axis, "seq_dim", seq_dim)
    batch = renamed_argument("batch_axis", batch_axis, "batch_dim", batch_dim)
    if elements is None:
        raise ValueError("reverse_sequence needs seq_axis")
    op = ReverseSequence(seq_dim=elements, batch_dim=0 if batch is None else batch)
    return apply(op, input, seq_lengths, name=name)


class Roll(Op):
    """The input with its elements moved along axes, those that leave entering at the other end."""

    signature = Signature(
        "input: T, shift: Tshift, axis: Taxis -> output: T", Tshift=INDICES, Taxis=INDICES
    )
    host_inputs = (1, 2)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        for spec in inputs[1:]:
            if spec.shape.ndims not in (0, 1, None):
                raise ValueError(f"Shape must be at most rank 1 but is rank {spec.shape.ndims}")
        return (inputs[0].shape,)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, shift, axis = inputs
        if x.ndim < 1:
            raise invalid("input must be 1-D or higher")
        if shift.shape != axis.shape:
            raise invalid("shift and axis must have the same size")
        axes = [
            axis_within(a, x.ndim, f"axis {a} is out of range", invalid)
            for a in axis.reshape(-1).tolist()
        ]
        return xp.roll(x, tuple(shift.reshape(-1).tolist()), axis=tuple(axes))

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        _, shift, axis = operation.inputs
        return (roll(dys[0], negative(shift), axis), None, None)


def roll(input: Any, shift: Any, axis: Any, name: str | None = None) -> Tensor:
    """Move the elements of a tensor along axes; those that leave enter at the other end.

    Parameters
    ----------
    input : Tensor
    shift, axis : int or list of int
        How far along which axis. Shifts of one axis add up.
    name : str, optional

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.roll([0, 1, 2, 3], 1, 0))
    array([3, 0, 1, 2], dtype=int32)
    """
    return apply(Roll(), input, shift, axis, name=name)


def meshgrid(*args: Any, indexing: str = "xy", name: str | None = "meshgrid") -> list[Tensor]:
    """Return the coordinates of a grid.

    Parameters
    ----------
    *args : Tensor
        One vector for each axis.
    indexing : str
        ``"xy"``: the first vector runs along the second axis of the results;
        ``"ij"``: along the first.
    name : str, optional

    Returns
    -------
    list of Tensor
        One per vector, all of the shape of the grid.

    Raises
    ------
    ValueError
        If `indexing` is another.

    Examples
    --------
    >>> import flowgraph as tf
    >>> x, y = tf.meshgrid([1, 2, 3], [4, 5])
    >>> tf.Session().run(x)
    array([[1, 2, 3],
           [1, 2, 3]], dtype=int32)
    """
    if indexing not in ("xy", "ij"):
        raise ValueError("indexing parameter must be either 'xy' or 'ij'")
    with name_scope(name, "meshgrid", list(args)):
        count = len(args)
        vectors = [
            reshape(stack(v), (1,) * i + (-1,) + (1,) * (count - i - 1)) for i, v in enumerate(args)
        ]
        sizes = [size(v) for v in args]
        if indexing == "xy" and count > 1:
            vectors[0] = reshape(vectors[0], (1, -1) + (1,) * (count - 2))
            vectors[1] = reshape(vectors[1], (-1, 1) + (1,) * (count - 2))
            sizes[0], sizes[1] = sizes[1], sizes[0]
        if not vectors:
            return []
        grid = ones(sizes, vectors[0].dtype)
        return [v * grid for v in vectors]
