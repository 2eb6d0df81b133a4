"""Slices, and the padding that undoes them."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from flowgraph import shapes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import reshape
from flowgraph.ops.checks import bracketed, invalid, merged, with_rank
from flowgraph.ops.core import INDEX, apply, rank, shape
from flowgraph.ops.joining import concat
from flowgraph.ops.packing import stack
from flowgraph.ops.types import INDICES
from flowgraph.shapes import TensorShape

_slice = slice


class Slice(Op):
    """The block of ``size`` elements from ``begin`` on along each axis."""

    signature = Signature("input: T, begin: Index, size: Index -> output: T", Index=INDICES)
    host_inputs = (1, 2)
    may_alias = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        known = inputs[0].shape
        (count,) = merged(*[with_rank(spec.shape, 1) for spec in inputs[1:]]).sizes or (None,)
        if count is not None:
            known = with_rank(known, count)
        begin, size = inputs[1].static_value(), inputs[2].static_value()
        if known.sizes is None or size is None:
            partial = inputs[2].static_shape()
            ndims = known.ndims if count is None else count
            return (shapes.unknown_shape(ndims) if partial.ndims is None else partial,)
        starts = [None] * size.size if begin is None else begin.tolist()
        result: list[int | None] = []
        for n, start, length in zip(known.sizes, starts, size.tolist(), strict=True):
            if length != -1 or n is None or start is None:
                result.append(None if length == -1 else length)
                continue
            if start > n:
                raise ValueError(f"Negative dimension size caused by subtracting {start} from {n}")
            result.append(n - start)
        return (TensorShape.of(tuple(result)),)

    def static_shape(self, *inputs: Spec) -> TensorShape | None:
        begin, size = inputs[1].static_value(), inputs[2].static_value()
        vector = inputs[0].static_shape() if inputs[0].dtype.is_integer else shapes.unknown_shape()
        if begin is None or size is None or begin.size != 1 or vector.sizes is None:
            return None
        stop = None if size[0] == -1 else int(begin[0] + size[0])
        return TensorShape.of(vector.sizes[int(begin[0]) : stop])

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, begin, size = inputs
        if begin.shape != (x.ndim,) or size.shape != (x.ndim,):
            raise invalid(
                f"Expected begin and size arguments to be 1-D tensors of size {x.ndim}, but got "
                f"shapes {list(begin.shape)} and {list(size.shape)} instead."
            )
        index = []
        for axis, (n, b, s) in enumerate(zip(x.shape, begin.tolist(), size.tolist(), strict=True)):
            if not 0 <= b <= n:
                raise invalid(f"Expected begin[{axis}] in [0, {n}], but got {b}")
            length = n - b if s == -1 else s
            if not 0 <= length <= n - b:
                raise invalid(f"Expected size[{axis}] in [0, {n - b}], but got {length}")
            index.append(_slice(b, b + length))
        return x[(*index, ...)]

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        x, begin, _ = operation.inputs
        column = stack([rank(x), 1])
        taken = shape(operation.outputs[0], out_type=begin.dtype)
        after = shape(x, out_type=begin.dtype) - taken - begin
        paddings = concat([reshape(begin, column), reshape(after, column)], 1)
        return (pad(dys[0], paddings), None, None)


def slice(input_: Any, begin: Any, size: Any, name: str | None = None) -> Tensor:
    """Take a block out of a tensor.

    Parameters
    ----------
    input_ : Tensor
    begin : Tensor or list of int
        Where the block starts along each axis.
    size : Tensor or list of int
        How long it is along each axis; -1 for all that is left.
    name : str, optional

    Raises
    ------
    ValueError
        If the block is known not to lie within the input.
    tf.errors.InvalidArgumentError
        If it is found not to when the graph runs.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.slice([[1, 2, 3], [4, 5, 6]], [0, 1], [2, -1]))
    array([[2, 3],
           [5, 6]], dtype=int32)
    """
    return apply(Slice(), input_, begin, size, name=name)


# -- padding -----------------------------------------------------------------------------------


class _Padding(Op, abstract=True):
    """What the ways to pad share: the shape rule, and the check of the paddings."""

    host_inputs: ClassVar[tuple[int, ...]] = (1,)
    sign: ClassVar[int] = 1

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        known, pairs = inputs[0].shape, with_rank(inputs[1].shape, 2)
        rows, columns = pairs.sizes or (None, None)
        if columns not in (2, None):
            raise ValueError(f"Dimension must be 2 but is {columns}")
        if rows is not None:
            known = with_rank(known, rows)
        value = inputs[1].static_value()
        if known.sizes is None:
            return (known,)
        if rows is None:
            rows = len(known.sizes)
        if value is None:
            return (shapes.unknown_shape(rows),)
        if (value < 0).any():
            raise ValueError("Paddings must be non-negative")
        added = value.sum(axis=1).tolist()
        sizes = [
            None if n is None else n + self.sign * more
            for n, more in zip(known.sizes, added, strict=True)
        ]
        return (TensorShape.of(tuple(sizes)),)

    @staticmethod
    def checked(x: Array, paddings: Array) -> list[tuple[int, int]]:
        """Return the paddings as pairs; InvalidArgumentError if they do not fit `x`."""
        if paddings.shape != (x.ndim, 2):
            if paddings.ndim != 2 or paddings.shape[1] != 2:
                raise invalid(
                    f"paddings must be a matrix with 2 columns: {bracketed(paddings.shape)}"
                )
            raise invalid(
                "The first dimension of paddings must be the rank of inputs"
                f"{bracketed(paddings.shape)} {bracketed(x.shape)}"
            )
        if (paddings < 0).any():
            axis = int((paddings < 0).any(axis=1).argmax())
            before, after = paddings[axis].tolist()
            raise invalid(f"Paddings must be non-negative: {before} {after}")
        return [(before, after) for before, after in paddings.tolist()]


class PadV2(_Padding):
    """The input with a constant around it."""

    signature = Signature(
        "input: T, paddings: Tpaddings, constant_values: T -> output: T", Tpaddings=INDEX
    )

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, paddings = inputs[0], self.checked(inputs[0], inputs[1])
        sizes = [before + n + after for n, (before, after) in zip(x.shape, paddings, strict=True)]
        result = xp.empty(sizes, dtype=x.dtype)
        self.compute_into(xp, result, *inputs)
        return result

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        x, paddings = inputs[0], self.checked(inputs[0], inputs[1])
        out[...] = inputs[2] if len(inputs) > 2 else b"" if out.dtype == object else 0
        inner = zip(x.shape, paddings, strict=True)
        out[tuple(_slice(before, before + n) for n, (before, _) in inner)] = x

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        x, paddings, *value = operation.inputs
        before = slice(paddings, [0, 0], stack([rank(x), 1]))
        begin = reshape(before, [-1])
        dx = slice(dys[0], begin, shape(x, out_type=begin.dtype))
        return (dx, None, *[None for _ in value])


class Pad(PadV2):
    """The input with zeros around it."""

    signature = Signature("input: T, paddings: Tpaddings -> output: T", Tpaddings=INDEX)


class MirrorPad(_Padding):
    """The input with its own reflection around it."""

    signature = Signature("input: T, paddings: Tpaddings -> output: T", Tpaddings=INDEX)

    mode: str

    @property
    def border(self) -> int:
        """How many of the elements at an end are not reflected."""
        return 1 if self.mode == "REFLECT" else 0

    def check_reach(self, paddings: list[tuple[int, int]], sizes: list[int], of: str = "") -> None:
        """Raise InvalidArgumentError for paddings that reach past the other end of an axis."""
        allowed, found = ("less than", "not less than")
        if not self.border:
            allowed, found = ("no greater than", "greater than")
        for n, (before, after) in zip(sizes, paddings, strict=True):
            if max(before, after) > n - self.border:
                raise invalid(
                    f"paddings must be {allowed} the {of}dimension size: "
                    f"{before}, {after} {found} {n}"
                )

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, paddings = inputs[0], self.checked(inputs[0], inputs[1])
        self.check_reach(paddings, list(x.shape))
        return xp.pad(x, paddings, mode="reflect" if self.border else "symmetric")

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (apply(MirrorPadGrad(mode=self.mode), dys[0], operation.inputs[1]), None)


class MirrorPadGrad(MirrorPad):
    """The adjoint of MirrorPad: what was padded is folded back and added."""

    sign = -1

    def compute(self, xp: Any, *inputs: Array) -> Array:
        dy, paddings = inputs[0], self.checked(inputs[0], inputs[1])
        sizes = [n - before - after for n, (before, after) in zip(dy.shape, paddings, strict=True)]
        self.check_reach(paddings, sizes, "output ")
        for axis, (before, after) in enumerate(paddings):
            size = sizes[axis]
            dy = xp.moveaxis(dy, axis, 0)
            inner = dy[before : before + size].copy()
            start, stop = self.border, size - self.border
            inner[start : start + before] += dy[:before][::-1]
            inner[stop - after : stop] += dy[before + size :][::-1]
            dy = xp.moveaxis(inner, 0, axis)
        return dy.copy()

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (apply(MirrorPad(mode=self.mode), dys[0], operation.inputs[1]), None)


def pad(
    tensor: Any,
    paddings: Any,
    mode: str = "CONSTANT",
    name: str | None = None,
    constant_values: Any = 0,
) -> Tensor:
    """Pad a tensor.

    Parameters
    ----------
    tensor : Tensor
    paddings : Tensor or list of pairs of int
        How many elements to add before and after, for each axis.
    mode : str
        ``"CONSTANT"``, ``"REFLECT"`` (without the border), or ``"SYMMETRIC"`` (with it).
    name : str, optional
    constant_values : scalar
        The padding of mode ``"CONSTANT"``.

    Raises
    ------
    ValueError
        If `mode` is another, or the paddings are known not to fit.
    tf.errors.InvalidArgumentError
        If the paddings are found not to fit when the graph runs.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.pad([[1, 2]], [[0, 1], [2, 0]]))
    array([[0, 0, 1, 2],
           [0, 0, 0, 0]], dtype=int32)
    """
    kind = mode.upper()
    if kind in ("REFLECT", "SYMMETRIC"):
        result = apply(MirrorPad(mode=kind), tensor, paddings, name=name)
    elif kind != "CONSTANT":
        raise ValueError(f"Unknown padding mode: {mode}")
    elif isinstance(constant_values, Tensor) or constant_values != 0:
        result = apply(PadV2(), tensor, paddings, constant_values, name=name)
    else:
        result = apply(Pad(), tensor, paddings, name=name)
    sizes = result.op.inputs[0].shape.sizes
    if sizes is not None and isinstance(paddings, list | tuple):
        result.set_shape(_padded(n, pair) for n, pair in zip(sizes, paddings, strict=True))
    return result


def _padded(n: int | None, pair: Any) -> int | None:
    """Return the size of an axis with its paddings, if every part of it is a number."""
    if n is None or not isinstance(pair, list | tuple | np.ndarray):
        return None
    return n + int(sum(pair)) if all(isinstance(k, int | np.integer) for k in pair) else None
