"""Sizes and shapes that must agree, with TensorFlow's texts where they do not."""

from __future__ import annotations

from flowgraph.graph.op import Spec
from flowgraph.ops.checks import bracketed, with_rank, with_rank_at_least
from flowgraph.shapes import Sizes, TensorShape


def merge_sizes(a: int | None, b: int | None) -> int | None:
    """Return the size that two dimensions share; ValueError if they differ."""
    if a is not None and b is not None and a != b:
        raise ValueError(f"Dimensions must be equal, but are {a} and {b}")
    return b if a is None else a


def merge_shapes(a: TensorShape, b: TensorShape) -> TensorShape:
    """Return everything that two shapes know; ValueError if they contradict each other."""
    if a.sizes is None or b.sizes is None:
        return b if a.sizes is None else a
    texts = f"Shapes are {bracketed(a.sizes)} and {bracketed(b.sizes)}."
    if len(a.sizes) != len(b.sizes):
        raise ValueError(f"Shapes must be equal rank, but are {len(a.sizes)} and {len(b.sizes)}")
    for axis, (x, y) in enumerate(zip(a.sizes, b.sizes, strict=True)):
        if x is not None and y is not None and x != y:
            raise ValueError(
                f"Dimension {axis} in both shapes must be equal, but are {x} and {y}. {texts}"
            )
    return a.merge_with(b)


def merge_beside_scalars(*shapes: TensorShape) -> TensorShape:
    """Return the shape that those which may be no scalars share; ValueError if they differ."""
    result, *others = [shape for shape in shapes if shape.ndims != 0] or [TensorShape.of(())]
    for shape in others:
        result = merge_shapes(result, shape)
    return result


def matrix_sizes(spec: Spec) -> Sizes:
    """Return the two sizes of a matrix; ValueError if it is none."""
    sizes = with_rank(spec.shape, 2).sizes
    return (None, None) if sizes is None else sizes


def matrices_sizes(spec: Spec) -> Sizes | None:
    """Return the sizes of a batch of matrices; ValueError if it is none."""
    return with_rank_at_least(spec.shape, 2).sizes


def square_sizes(spec: Spec) -> Sizes | None:
    """Return the sizes of a batch of square matrices; ValueError if it is none."""
    sizes = matrices_sizes(spec)
    if sizes is None:
        return None
    size = merge_sizes(*sizes[-2:])
    return (*sizes[:-2], size, size)


def split_matrices(sizes: Sizes | None) -> tuple[TensorShape, Sizes]:
    """Return the shape of a batch of matrices, and the two sizes of each."""
    if sizes is None:
        return TensorShape.of(None), (None, None)
    return TensorShape.of(sizes[:-2]), sizes[-2:]
