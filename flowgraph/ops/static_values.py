"""What ``tensorflow.python.framework.tensor_util`` tells of a tensor before any run."""

from __future__ import annotations

from flowgraph.dtypes import Array
from flowgraph.graph.tensor import Tensor


def constant_value(tensor: Tensor, partial: bool = False) -> Array | None:
    """Return a tensor's value if it follows from constants alone, and else None.

    Parameters
    ----------
    tensor : Tensor
        Which.
    partial : bool
        Not supported.

    Examples
    --------
    >>> from flowgraph.ops.static_values import constant_value
    >>> constant_value(tf.shape(tf.zeros([2, 3])))
    array([2, 3], dtype=int32)
    """
    if partial:
        raise NotImplementedError("constant_value(partial=True)")
    return tensor.static_value()
