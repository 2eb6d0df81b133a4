"""The padding that makes axes divisible into blocks."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.core import convert_to_tensor
from flowgraph.ops.filling import zeros
from flowgraph.ops.packing import stack


def required_space_to_batch_paddings(
    input_shape: Any, block_shape: Any, base_paddings: Any = None, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """Compute the `paddings` of `space_to_batch_nd` and the `crops` that undo what they add.

    Parameters
    ----------
    input_shape : Tensor or list of int
        The sizes of `n` axes, int32.
    block_shape : Tensor or list of int
        The sizes of the blocks, of a known length `n`.
    base_paddings : Tensor or list, optional
        ``(n, 2)``: the least padding before and after each axis. No padding by default.
    name : str, optional

    Returns
    -------
    paddings, crops : Tensor
        ``(n, 2)``, int32. Constants if the arguments are.

    Raises
    ------
    ValueError
        If the lengths do not fit.

    Examples
    --------
    >>> import flowgraph as tf
    >>> paddings, crops = tf.required_space_to_batch_paddings([5, 4], [2, 2])
    >>> tf.Session().run(paddings)
    array([[0, 1],
           [0, 0]], dtype=int32)
    """
    scope_name = "required_space_to_batch_paddings"
    with name_scope(name, scope_name, [input_shape, block_shape]):
        sizes = convert_to_tensor(input_shape, dtypes.int32, name="input_shape")
        blocks = convert_to_tensor(block_shape, dtypes.int32, name="block_shape")
        blocks.shape.assert_is_fully_defined()
        blocks.shape.assert_has_rank(1)
        count = blocks.shape.num_elements() or 0
        if count == 0:
            return zeros([0, 2], dtypes.int32), zeros([0, 2], dtypes.int32)
        sizes.shape.assert_is_compatible_with([count])
        if base_paddings is None:
            base = zeros([count, 2], dtypes.int32)
        else:
            base = convert_to_tensor(base_paddings, dtypes.int32, name="base_paddings")
            base.shape.assert_is_compatible_with([count, 2])
        given: list[Any] = [sizes, blocks, base]
        known = [tensor.static_value() for tensor in given]
        size, block, border = known if all(value is not None for value in known) else given
        start, end = border[:, 0], border[:, 1]
        extra = (block - (size + start + end) % block) % block
        full = end + extra
        paddings = stack([[start[i], full[i]] for i in range(count)], name="paddings")
        crops = stack([[0, extra[i]] for i in range(count)], name="crops")
        return paddings, crops
