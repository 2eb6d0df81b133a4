"""Pooling over one, two or three axes, with or without holes."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import renamed_argument
from flowgraph.ops.core import convert_to_tensor
from flowgraph.ops.dilated import steps_and_rates, with_space_to_batch
from flowgraph.ops.pooling import AvgPool, MaxPool, avg_pool, max_pool, pool_sequence
from flowgraph.ops.pooling_3d import avg_pool3d, max_pool3d


def pool(
    input: Any,
    window_shape: Any,
    pooling_type: str,
    padding: str,
    dilation_rate: Any = None,
    strides: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Any = None,
) -> Tensor:
    """Take the largest element or the mean of each window.

    Parameters
    ----------
    input : Tensor
        ``(batch, *sizes, channels)`` with one to three sizes.
    window_shape : list of int
        Size of the windows along each spatial axis.
    pooling_type : str
        ``"MAX"`` or ``"AVG"``.
    padding : str
        ``"VALID"`` or ``"SAME"``.
    dilation_rate, dilations : list of int, optional
        Steps between the elements of a window, one for each spatial axis. One of the two.
    strides : list of int, optional
        Steps between windows, one for each spatial axis.
    name : str, optional
    data_format : str, optional
        ``"NWC"``, ``"NHWC"``, ``"NDHWC"``, or the same with the C behind the N.

    Returns
    -------
    Tensor
        Of the dtype of `input`.

    Raises
    ------
    ValueError
        If the shapes do not fit, or for a combination that is not supported.

    Examples
    --------
    >>> import flowgraph as tf
    >>> x = tf.reshape(tf.constant([1.0, 3.0, 2.0, 0.0]), [1, 4, 1])
    >>> tf.Session().run(tf.nn.pool(x, [2], "MAX", "VALID", dilation_rate=[2])).ravel()
    array([2., 3.], dtype=float32)
    """
    dilation_rate = renamed_argument("dilation_rate", dilation_rate, "dilations", dilations)
    with name_scope(name, f"{pooling_type.lower()}_pool", [input]) as scope:
        x = convert_to_tensor(input, name="input")
        window = [int(n) for n in window_shape]
        count = len(window)
        if not 1 <= count <= 3:
            raise ValueError("It is required that 1 <= num_spatial_dims <= 3.")
        x.shape.assert_has_rank(count + 2)
        steps, rates = steps_and_rates(count, strides, dilation_rate)
        if padding == "SAME" and any(rate > 1 for rate in rates):
            raise ValueError("pooling with SAME padding is not implemented for dilation_rate > 1")
        if any(step > size for step, size in zip(steps, window, strict=True)):
            raise ValueError(
                "strides > window_shape not supported due to inconsistency between CPU and GPU "
                "implementations"
            )
        if pooling_type not in ("MAX", "AVG"):
            raise ValueError(f"{count}-D {pooling_type} pooling is not supported.")

        def dense(part: Tensor, _: int, mode: str) -> Tensor:
            return _pool(part, window, steps, mode, pooling_type == "MAX", data_format, scope)

        return with_space_to_batch(
            x, rates, padding, dense, filter_shape=window, data_format=data_format
        )


def _pool(
    x: Tensor,
    window: list[int],
    steps: list[int],
    padding: str,
    is_max: bool,
    data_format: str | None,
    name: str,
) -> Tensor:
    if len(window) == 1:
        op = MaxPool if is_max else AvgPool
        return pool_sequence(op, x, window, steps, padding, data_format or "NWC", name)
    if len(window) == 2:
        function = max_pool if is_max else avg_pool
        return function(x, window, steps, padding, data_format or "NHWC", name)
    volume = max_pool3d if is_max else avg_pool3d
    return volume(x, window, steps, padding, data_format or "NDHWC", name)
