"""Static shapes with unknown parts: ``TensorShape`` and the algebra of shapes."""

import math
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any, TypeAlias

from flowgraph.dimensions import Dimension, as_dimension, as_size, compatible

__all__ = [
    "Dimension",
    "Sizes",
    "TensorShape",
    "as_dimension",
    "as_shape",
    "broadcast",
    "matrix",
    "scalar",
    "unknown_shape",
    "vector",
]

Sizes: TypeAlias = tuple[int | None, ...]


class TensorShape:
    """The shape of a tensor, as far as it is known before the graph runs.

    The rank may be unknown, or single dimensions, or nothing. Two shapes are equal if both
    are known in full and the same, or if the rank of both is unknown.

    Parameters
    ----------
    dims : iterable of (int, Dimension or None), int, TensorShape or None
        The sizes, None for an unknown one. None alone is a shape of unknown rank; a single
        integer is a vector's shape.

    Attributes
    ----------
    sizes : tuple of (int or None), or None
        The sizes as plain integers.

    Raises
    ------
    TypeError
        If `dims` is a string or holds something that is no size.
    ValueError
        If a size is negative.

    Examples
    --------
    >>> import flowgraph as tf
    >>> shape = tf.TensorShape([None, 784])
    >>> shape
    TensorShape([Dimension(None), Dimension(784)])
    >>> print(shape)
    (?, 784)
    >>> shape.merge_with([32, None]).as_list()
    [32, 784]
    """

    __slots__ = ("_dims", "sizes")

    sizes: Sizes | None
    _dims: list[Dimension] | None

    def __init__(self, dims: Any) -> None:
        self._dims = None
        if dims is None:
            self.sizes = None
        elif isinstance(dims, TensorShape):
            self.sizes = dims.sizes
        elif isinstance(dims, str | bytes):
            raise TypeError(
                "A string has ambiguous TensorShape, please wrap in a list or convert to an int: "
                f"{dims!s}"
            )
        else:
            try:
                iterator = iter(dims)
            except TypeError:
                self.sizes = (as_size(dims),)
            else:
                self.sizes = tuple([as_size(size) for size in iterator])

    @staticmethod
    def of(sizes: Sizes | None) -> "TensorShape":
        """A shape of sizes that are known to be valid: the constructor without its checks."""
        shape = _new(TensorShape)
        shape.sizes = sizes
        shape._dims = None
        return shape

    @property
    def dims(self) -> list[Dimension] | None:
        """The dimensions, or None if the rank is unknown."""
        if self._dims is None and self.sizes is not None:
            self._dims = [Dimension(size) for size in self.sizes]
        return self._dims

    @property
    def ndims(self) -> int | None:
        """The number of dimensions, or None."""
        return None if self.sizes is None else len(self.sizes)

    @property
    def rank(self) -> int | None:
        """The number of dimensions, or None."""
        return self.ndims

    def as_list(self) -> list[int | None]:
        """The sizes, None for an unknown one; ValueError if the rank is unknown."""
        if self.sizes is None:
            raise ValueError("as_list() is not defined on an unknown TensorShape.")
        return list(self.sizes)

    def is_fully_defined(self) -> bool:
        """Whether every size is known."""
        return self.sizes is not None and None not in self.sizes

    def num_elements(self) -> int | None:
        """The number of elements, or None unless every size is known."""
        if self.sizes is None or None in self.sizes:
            return None
        return math.prod(self.sizes)  # type: ignore[arg-type]  # None was ruled out

    def is_compatible_with(self, other: Any) -> bool:
        """Whether some tensor can have both shapes."""
        a, b = self.sizes, as_shape(other).sizes
        if a is None or b is None:
            return True
        return len(a) == len(b) and all(map(compatible, a, b))

    def merge_with(self, other: Any) -> "TensorShape":
        """Everything that the two shapes know; ValueError if they contradict each other."""
        shape = as_shape(other)
        if not self.is_compatible_with(shape):
            raise ValueError(f"Shapes {self} and {shape} are not compatible")
        if self.sizes is None:
            return shape
        if shape.sizes is None:
            return self
        merged = [b if a is None else a for a, b in zip(self.sizes, shape.sizes, strict=True)]
        return TensorShape.of(tuple(merged))

    def most_specific_compatible_shape(self, other: Any) -> "TensorShape":
        """What the two shapes have in common, so that it is compatible with both."""
        a, b = self.sizes, as_shape(other).sizes
        if a is None or b is None or len(a) != len(b):
            return unknown_shape()
        return TensorShape.of(tuple([x if x == y else None for x, y in zip(a, b, strict=True)]))

    def concatenate(self, other: Any) -> "TensorShape":
        """The dimensions of the one and then of the other; unknown rank if one has it."""
        other = as_shape(other)
        if self.sizes is None or other.sizes is None:
            return unknown_shape()
        return TensorShape.of(self.sizes + other.sizes)

    def __add__(self, other: Any) -> "TensorShape":
        return self.concatenate(other)

    def __radd__(self, other: Any) -> "TensorShape":
        return as_shape(other).concatenate(self)

    def with_rank(self, rank: Any) -> "TensorShape":
        """What is known if the rank is `rank`; ValueError if it is not."""
        self.assert_has_rank(rank)
        return unknown_shape(rank) if self.sizes is None else self

    def with_rank_at_least(self, rank: Any) -> "TensorShape":
        """Return the shape itself; ValueError if its rank is known and less than `rank`."""
        if self.sizes is not None and len(self.sizes) < rank:
            raise ValueError(f"Shape {self} must have rank at least {rank}")
        return self

    def with_rank_at_most(self, rank: Any) -> "TensorShape":
        """Return the shape itself; ValueError if its rank is known and greater than `rank`."""
        if self.sizes is not None and len(self.sizes) > rank:
            raise ValueError(f"Shape {self} must have rank at most {rank}")
        return self

    def assert_has_rank(self, rank: Any) -> None:
        """Raise ValueError if the rank is known and is not `rank`."""
        if rank is not None and self.sizes is not None and len(self.sizes) != rank:
            raise ValueError(f"Shape {self} must have rank {rank}")

    def assert_same_rank(self, other: Any) -> None:
        """Raise ValueError if both ranks are known and differ."""
        other = as_shape(other)
        if self.ndims != other.ndims and None not in (self.ndims, other.ndims):
            raise ValueError(f"Shapes {self} and {other} must have the same rank")

    def assert_is_compatible_with(self, other: Any) -> None:
        """Raise ValueError unless some tensor can have both shapes."""
        if not self.is_compatible_with(other):
            raise ValueError(f"Shapes {self} and {other} are incompatible")

    def assert_is_fully_defined(self) -> None:
        """Raise ValueError unless every size is known."""
        if not self.is_fully_defined():
            raise ValueError(f"Shape {self} is not fully defined")

    def __getitem__(self, key: Any) -> Any:
        """A `Dimension` for an integer, a `TensorShape` for a slice."""
        if self.sizes is not None:
            if isinstance(key, slice):
                return TensorShape.of(self.sizes[key])
            return self.dims[key]  # type: ignore[index]  # dims is None only where sizes is
        if not isinstance(key, slice):
            return Dimension(None)
        if key.step is not None:
            raise ValueError("Steps are not yet handled")
        start = 0 if key.start is None else key.start
        if key.stop is None or start < 0 or key.stop < 0:
            return unknown_shape()
        return unknown_shape(max(key.stop - start, 0))

    def __iter__(self) -> Iterator[Dimension]:
        dims = self.dims
        if dims is None:
            raise ValueError("Cannot iterate over a shape with unknown rank.")
        return iter(dims)

    def __len__(self) -> int:
        if self.sizes is None:
            raise ValueError("Cannot take the length of shape with unknown rank.")
        return len(self.sizes)

    def __bool__(self) -> bool:
        """Whether the rank is known."""
        return self.sizes is not None

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        try:
            other = as_shape(other)
        except (TypeError, ValueError):
            return NotImplemented
        # An unknown size may differ from every other, an unknown one included.
        return self.sizes == other.sizes and (self.sizes is None or None not in self.sizes)

    def __ne__(self, other: object) -> bool:
        try:
            other = as_shape(other)
        except (TypeError, ValueError):
            return NotImplemented
        if self.sizes is None or other.sizes is None:
            raise ValueError("The inequality of unknown TensorShapes is undefined.")
        return not self == other

    def __hash__(self) -> int:
        return hash(self.sizes)

    def __str__(self) -> str:
        if self.sizes is None:
            return "<unknown>"
        names = ["?" if size is None else str(size) for size in self.sizes]
        return f"({names[0]},)" if len(names) == 1 else f"({', '.join(names)})"

    def __repr__(self) -> str:
        return f"TensorShape({self.dims})"

    def __reduce__(self) -> tuple[Any, tuple[Sizes | None]]:
        return TensorShape, (self.sizes,)


# Bound as a plain name, since `TensorShape.of` is called for every tensor made.
_new = TensorShape.__new__


def as_shape(shape: Any) -> TensorShape:
    """Convert to a `TensorShape`; one that is a shape already is returned itself."""
    return shape if isinstance(shape, TensorShape) else TensorShape(shape)


def unknown_shape(ndims: int | None = None) -> TensorShape:
    """A shape without known sizes, of rank `ndims` if it is given."""
    return TensorShape.of(None if ndims is None else (None,) * ndims)


def scalar() -> TensorShape:
    """The shape of a scalar."""
    return TensorShape.of(())


def vector(length: Any) -> TensorShape:
    """The shape of a vector."""
    return TensorShape([length])


def matrix(rows: Any, cols: Any) -> TensorShape:
    """The shape of a matrix."""
    return TensorShape([rows, cols])


def broadcast(a: TensorShape, b: TensorShape) -> TensorShape:
    """The shape of an elementwise operation's output.

    Shapes are aligned at their last axes, and an axis of size 1 is stretched to the other's.
    An unknown size beside one greater than 1 must be 1 or the same, so that the output's is
    known; beside 0, 1 or another unknown one the output's is unknown.

    Raises
    ------
    ValueError
        If two known sizes differ and neither is 1.

    Examples
    --------
    >>> import flowgraph as tf
    >>> from flowgraph.shapes import broadcast
    >>> print(broadcast(tf.TensorShape([None, 1, 3]), tf.TensorShape([4, 1])))
    (?, 4, 3)
    """
    if a.sizes is None or b.sizes is None:
        return unknown_shape()
    if a.sizes == b.sizes:
        return a
    pairs = zip_longest(reversed(a.sizes), reversed(b.sizes), fillvalue=1)
    return TensorShape.of(tuple([_broadcast_axis(x, y) for x, y in pairs][::-1]))


def _broadcast_axis(x: int | None, y: int | None) -> int | None:
    if x == y or y == 1:
        return x
    if x == 1:
        return y
    if x is None:
        return y or None
    if y is None:
        return x or None
    raise ValueError(f"Dimensions must be equal, but are {x} and {y}")
