"""Normalization written in other ops: batch normalization, the l2 norm."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import multiply, negative, square
from flowgraph.ops.batch_norm import FusedBatchNormV3
from flowgraph.ops.checks import renamed_argument
from flowgraph.ops.core import apply_all, cast, constant, convert_to_tensor
from flowgraph.ops.magnitude import maximum
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.transcendental import rsqrt

_LEAST_EPSILON = 1.001e-5


def fused_batch_norm(
    x: Any,
    scale: Any,
    offset: Any,
    mean: Any = None,
    variance: Any = None,
    epsilon: float = 0.001,
    data_format: str = "NHWC",
    is_training: bool = True,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Normalize images over batch, height and width, as one op [1]_.

    Parameters
    ----------
    x : Tensor
        Of shape ``[batch, height, width, channels]``: float16, bfloat16 or float32.
    scale, offset : Tensor
        Of shape ``[channels]``, float32.
    mean, variance : Tensor, optional
        The statistics to use where `is_training` is false.
    epsilon : float
        Added to the variance; at least 1.001e-5.
    data_format : {"NHWC", "NCHW"}
    is_training : bool
        Use the statistics of the batch.
    name : str, optional

    Returns
    -------
    y : Tensor
        Of the shape and dtype of `x`.
    batch_mean, batch_variance : Tensor
        The statistics that were used; in training the unbiased variance.

    Raises
    ------
    ValueError
        If `mean` and `variance` are given in training, or missing otherwise.

    References
    ----------
    .. [1] S. Ioffe and C. Szegedy, Batch Normalization, 2015, https://arxiv.org/abs/1502.03167

    Examples
    --------
    >>> y, mean, variance = tf.nn.fused_batch_norm([[[[1.0], [3.0]]]], [1.0], [0.0])
    >>> tf.Session().run([mean, variance])
    [array([2.], dtype=float32), array([2.], dtype=float32)]
    """
    x = convert_to_tensor(x, name="input")
    scale = convert_to_tensor(scale, name="scale")
    offset = convert_to_tensor(offset, name="offset")
    if is_training and (mean is not None or variance is not None):
        raise ValueError("Both 'mean' and 'variance' must be None if is_training is True.")
    if not is_training and (mean is None or variance is None):
        raise ValueError("Both 'mean' and 'variance' must be given if is_training is False.")
    mean = constant([]) if mean is None else mean
    variance = constant([]) if variance is None else variance
    op = FusedBatchNormV3(max(epsilon, _LEAST_EPSILON), data_format, is_training)
    y, batch_mean, batch_variance, *_ = apply_all(op, x, scale, offset, mean, variance, name=name)
    return y, batch_mean, batch_variance


def batch_normalization(
    x: Any,
    mean: Any,
    variance: Any,
    offset: Any,
    scale: Any,
    variance_epsilon: float,
    name: str | None = None,
) -> Tensor:
    """Return ``(x - mean) / sqrt(variance + variance_epsilon) * scale + offset``.

    Parameters
    ----------
    x : Tensor
        Of a floating-point dtype and any shape.
    mean, variance : Tensor
        Broadcast against `x`.
    offset, scale : Tensor or None
        Left out where ``None``.
    variance_epsilon : float
        Keeps the divisor from being zero.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.nn.batch_normalization([1.0, 3.0], 2.0, 1.0, 10.0, 2.0, 0.0))
    array([ 8., 12.], dtype=float32)
    """
    with name_scope(name, "batchnorm", [x, mean, variance, scale, offset]):
        x, mean, variance = (convert_to_tensor(t) for t in (x, mean, variance))
        factor = rsqrt(variance + variance_epsilon)
        if scale is not None:
            factor = factor * scale
        scaled = x * cast(factor, x.dtype)
        if offset is None:
            shift = negative(mean) * factor
        else:
            shift = offset - mean * factor
        result: Tensor = scaled + cast(shift, x.dtype)
        return result


def batch_norm_with_global_normalization(
    t: Any = None,
    m: Any = None,
    v: Any = None,
    beta: Any = None,
    gamma: Any = None,
    variance_epsilon: Any = None,
    scale_after_normalization: Any = None,
    name: str | None = None,
    input: Any = None,
    mean: Any = None,
    variance: Any = None,
) -> Tensor:
    """Do what `batch_normalization` does, under older names.

    Parameters
    ----------
    t, input : Tensor
        Of shape ``[batch, height, width, channels]``.
    m, mean : Tensor
        Of shape ``[channels]``.
    v, variance : Tensor
        Of shape ``[channels]``.
    beta, gamma : Tensor
        The offset and the scale.
    variance_epsilon : float
    scale_after_normalization : bool
        Whether to multiply by `gamma`.
    name : str, optional

    Examples
    --------
    >>> y = tf.nn.batch_norm_with_global_normalization(
    ...     [[[[3.0]]]], [2.0], [1.0], [10.0], [2.0], 0.0, scale_after_normalization=True)
    >>> tf.Session().run(y)
    array([[[[12.]]]], dtype=float32)
    """
    x = renamed_argument("input", input, "t", t)
    mean = renamed_argument("mean", mean, "m", m)
    variance = renamed_argument("variance", variance, "v", v)
    scale = gamma if scale_after_normalization else None
    return batch_normalization(x, mean, variance, beta, scale, variance_epsilon, name)


def l2_normalize(
    x: Any, axis: Any = None, epsilon: float = 1e-12, name: str | None = None, dim: Any = None
) -> Tensor:
    """Divide by the l2 norm along axes.

    Parameters
    ----------
    x : Tensor
        Of a floating-point dtype.
    axis : int or list of int, optional
        The axes of the norm; all by default.
    epsilon : float
        The least sum of squares to divide by the root of.
    name : str, optional
    dim : int or list of int, optional
        The old name of `axis`.

    Examples
    --------
    >>> tf.Session().run(tf.nn.l2_normalize([3.0, 4.0], 0))
    array([0.6, 0.8], dtype=float32)
    """
    axis = renamed_argument("axis", axis, "dim", dim)
    with name_scope(name, "l2_normalize", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        energy = reduce_sum(square(x), axis, keepdims=True)
        return multiply(x, rsqrt(maximum(energy, epsilon)), name=scope)
