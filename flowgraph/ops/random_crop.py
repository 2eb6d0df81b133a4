"""Cutting a block out of a tensor at a random place."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import AddV2, subtract
from flowgraph.ops.assertions import assert_that
from flowgraph.ops.comparison import greater_equal
from flowgraph.ops.control import with_dependencies
from flowgraph.ops.core import apply, convert_to_tensor
from flowgraph.ops.core import shape as shape_of
from flowgraph.ops.division import floormod
from flowgraph.ops.random import random_uniform
from flowgraph.ops.reduction import reduce_all
from flowgraph.ops.slicing import slice as slice_


def random_crop(value: Any, size: Any, seed: int | None = None, name: str | None = None) -> Tensor:
    """Return a block of `size` from a random place of `value`.

    Parameters
    ----------
    value : Tensor
    size : int32 Tensor or list of int
        One size for each dimension, at most that of `value`.
    seed : int, optional
        Draws the same places in every session. See `set_random_seed`.
    name : str, optional

    Returns
    -------
    Tensor of shape `size`

    Raises
    ------
    InvalidArgumentError
        When run, if `value` is smaller than `size`.

    Examples
    --------
    >>> image = tf.reshape(tf.range(30), [5, 6])
    >>> tf.Session().run(tf.random_crop(image, [2, 3], seed=1))
    array([[0, 1, 2],
           [6, 7, 8]], dtype=int32)
    """
    with name_scope(name, "random_crop", [value, size]) as scope:
        source = convert_to_tensor(value, name="value")
        sizes = convert_to_tensor(size, dtypes.int32, name="size")
        shape = shape_of(source)
        fits = reduce_all(greater_equal(shape, sizes))
        check = assert_that(fits, ["Need value.shape >= size, got ", shape, sizes], summarize=1000)
        shape = with_dependencies([check], shape)
        limit = apply(AddV2(), subtract(shape, sizes, name="sub"), 1, name="add")
        largest = np.iinfo(np.int32).max
        drawn = random_uniform(shape_of(shape), maxval=largest, dtype=dtypes.int32, seed=seed)
        return slice_(source, floormod(drawn, limit, name="mod"), sizes, name=scope)
