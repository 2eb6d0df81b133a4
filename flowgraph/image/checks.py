"""What image functions ask of their arguments, before and while the graph runs."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import expand_dims
from flowgraph.ops.assertions import assert_greater_equal, assert_positive, assert_that
from flowgraph.ops.core import rank, shape
from flowgraph.ops.packing import unstack

_RANK = "'image' must be at least three-dimensional."
_POSITIVE = "all dims of 'image.shape' must be > 0"


def checked_image(image: Tensor, require_static: bool = False) -> list[Operation]:
    """The assertions that an image has at least three dimensions, none empty.

    There are none where the static shape tells. ``ValueError`` if it tells otherwise, or if
    `require_static` and the rank is unknown.
    """
    sizes = image.shape.sizes
    if sizes is None:
        if require_static:
            raise ValueError("'image' (shape <unknown>) must be fully defined.")
    elif len(sizes) < 3:
        raise ValueError(_RANK)
    elif 0 in sizes[-3:]:
        raise ValueError(f"{_POSITIVE}: {image.shape}")
    elif None not in sizes:
        return []
    return [
        assert_positive(shape(image), [f"{_POSITIVE}."]),
        assert_greater_equal(rank(image), 3, message=_RANK),
    ]


def image_sizes(image: Tensor, count: int) -> list[Any]:
    """Each of the `count` dimensions of an image: an int, or a scalar tensor where unknown."""
    sizes = image.shape.sizes
    if sizes is not None and None not in sizes:
        return list(sizes)
    known = sizes or (None,) * count
    scalars = unstack(shape(image), count)
    return [s if n is None else n for n, s in zip(known, scalars, strict=True)]


def require(condition: Any, message: str) -> list[Operation]:
    """An assertion of a tensor; for a bool that is known, none, or ``ValueError``."""
    if isinstance(condition, Tensor):
        return [assert_that(condition, [message])]
    if not condition:
        raise ValueError(message)
    return []


def as_batch(image: Tensor) -> tuple[Tensor, bool]:
    """An image as a batch of images, and whether it was one already.

    An image of unknown rank is taken for a single one, of three dimensions.
    """
    rank_ = image.shape.ndims
    if rank_ is None:
        single = expand_dims(image, 0)
        single.set_shape([None] * 4)
        return single, False
    if rank_ == 3:
        return expand_dims(image, 0), False
    if rank_ != 4:
        raise ValueError("'image' must have either 3 or 4 dimensions.")
    return image, True
