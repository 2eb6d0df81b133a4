"""Dimensions as numbers, for programs that run on both of TensorFlow's versions."""

from __future__ import annotations

from typing import Any

from flowgraph.shapes import Dimension, TensorShape


def dimension_value(dimension: Any) -> Any:
    """Return the number that a dimension holds, and anything else as it is.

    Parameters
    ----------
    dimension : Dimension, int or None
        What ``shape[i]`` gives in either version.

    Examples
    --------
    >>> tf.compat.dimension_value(tf.Dimension(3)), tf.compat.dimension_value(3)
    (3, 3)
    """
    return dimension.value if isinstance(dimension, Dimension) else dimension


def dimension_at_index(shape: TensorShape, index: int) -> Dimension:
    """Return one dimension of a shape, unknown where the shape's rank is.

    Parameters
    ----------
    shape : TensorShape
        The shape.
    index : int
        Which of its dimensions.

    Examples
    --------
    >>> tf.compat.dimension_at_index(tf.TensorShape([2, None]), 0)
    Dimension(2)
    """
    return Dimension(None) if shape.dims is None else shape.dims[index]
