"""Initializers: functions of a shape and a dtype that give a variable its first value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import DType, as_dtype
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import filling
from flowgraph.ops.core import constant
from flowgraph.ops.random import random_normal, random_uniform, truncated_normal
from flowgraph.variables.slice_info import PartitionInfo


def floating(dtype: Any) -> DType:
    """Return `dtype` as a DType; ValueError if it is not a floating-point one."""
    kind = as_dtype(dtype)
    if not kind.is_floating:
        raise ValueError(f"Expected floating point type, got {kind}.")
    return kind


class Initializer:
    """The interface of initializers, for classes of one's own.

    Examples
    --------
    >>> class Sevens(Initializer):
    ...     def __call__(self, shape, dtype=None, partition_info=None):
    ...         return tf.fill(shape, 7.0)
    >>> w = tf.get_variable("w", [2], initializer=Sevens())
    >>> with tf.Session() as session:
    ...     session.run(w.initializer)
    ...     session.run(w)
    array([7., 7.], dtype=float32)
    """

    dtype: DType

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        """Return the first value of a variable.

        Parameters
        ----------
        shape : list of int
        dtype : DType, optional
            By default the one that the initializer was made with.
        partition_info : PartitionInfo, optional
            Which part of which whole the variable is.
        """
        kind = self.dtype if dtype is None else as_dtype(dtype)
        if partition_info is None:
            return self.value(shape, kind)
        return self.part(shape, kind, partition_info)

    def value(self, shape: Any, dtype: DType) -> Tensor:
        """Return the value of that shape and dtype."""
        raise NotImplementedError

    def part(self, shape: Any, dtype: DType, info: PartitionInfo) -> Tensor:
        """Return the value of a part. As though it were a whole, unless a class knows better."""
        return self.value(shape, dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments to make it anew."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Return an initializer made with what `get_config` returned."""
        return cls(**config)


class Zeros(Initializer):
    """Zeros, or empty strings."""

    def __init__(self, dtype: Any = dtypes.float32) -> None:
        self.dtype = as_dtype(dtype)

    def value(self, shape: Any, dtype: DType) -> Tensor:
        return filling.zeros(shape, dtype)

    def get_config(self) -> dict[str, Any]:
        return {"dtype": self.dtype.name}


class Ones(Zeros):
    """Ones."""

    def value(self, shape: Any, dtype: DType) -> Tensor:
        return filling.ones(shape, dtype)


class Constant(Initializer):
    """Given values.

    Parameters
    ----------
    value : scalar, list, tuple or array
        If it has fewer elements than the variable, its last one is repeated.
    dtype : DType
    verify_shape : bool
        Raise unless `value` has exactly the variable's shape.

    Raises
    ------
    TypeError
        If `value` is of another type.

    Examples
    --------
    >>> w = tf.get_variable("w", [3], initializer=tf.constant_initializer(0.5))
    >>> with tf.Session() as session:
    ...     session.run(w.initializer)
    ...     session.run(w)
    array([0.5, 0.5, 0.5], dtype=float32)
    """

    def __init__(
        self, value: Any = 0, dtype: Any = dtypes.float32, verify_shape: bool = False
    ) -> None:
        if not (np.isscalar(value) or isinstance(value, list | tuple | np.ndarray)):
            raise TypeError(
                f"Invalid type for initial value: {type(value)} (expected Python scalar, list or "
                "tuple of values, or numpy.ndarray)."
            )
        self._value = value
        self.dtype = as_dtype(dtype)
        self._verify_shape = verify_shape

    def __call__(
        self,
        shape: Any,
        dtype: Any = None,
        partition_info: Any = None,
        verify_shape: bool | None = None,
    ) -> Tensor:
        verify = self._verify_shape if verify_shape is None else verify_shape
        kind = self.dtype if dtype is None else as_dtype(dtype)
        return constant(self._value, kind, shape, verify_shape=verify)

    def get_config(self) -> dict[str, Any]:
        return {"value": self._value, "dtype": self.dtype.name}


class RandomUniform(Initializer):
    """Uniform in ``[minval, maxval)``; `maxval` is 1 for floats if it is left out."""

    def __init__(
        self,
        minval: Any = 0,
        maxval: Any = None,
        seed: int | None = None,
        dtype: Any = dtypes.float32,
    ) -> None:
        self.minval = minval
        self.maxval = maxval
        self.seed = seed
        self.dtype = as_dtype(dtype)

    def value(self, shape: Any, dtype: DType) -> Tensor:
        return random_uniform(shape, self.minval, self.maxval, dtype, seed=self.seed)

    def get_config(self) -> dict[str, Any]:
        return {
            "minval": self.minval,
            "maxval": self.maxval,
            "seed": self.seed,
            "dtype": self.dtype.name,
        }


class RandomNormal(Initializer):
    """Normal with `mean` and `stddev`."""

    def __init__(
        self,
        mean: Any = 0.0,
        stddev: Any = 1.0,
        seed: int | None = None,
        dtype: Any = dtypes.float32,
    ) -> None:
        self.mean = mean
        self.stddev = stddev
        self.seed = seed
        self.dtype = floating(dtype)

    def value(self, shape: Any, dtype: DType) -> Tensor:
        return random_normal(shape, self.mean, self.stddev, dtype, seed=self.seed)

    def get_config(self) -> dict[str, Any]:
        return {
            "mean": self.mean,
            "stddev": self.stddev,
            "seed": self.seed,
            "dtype": self.dtype.name,
        }


class TruncatedNormal(RandomNormal):
    """Normal, drawn again where it is more than two `stddev` from `mean`."""

    def value(self, shape: Any, dtype: DType) -> Tensor:
        return truncated_normal(shape, self.mean, self.stddev, dtype, seed=self.seed)


class UniformUnitScaling(Initializer):
    """Uniform, so that a linear layer keeps the variance of its input.

    The bound is ``factor * sqrt(3 / n)``, where ``n`` is the product of all sizes but the
    last (Sussillo and Abbott, 2014).
    """

    def __init__(
        self, factor: float = 1.0, seed: int | None = None, dtype: Any = dtypes.float32
    ) -> None:
        self.factor = factor
        self.seed = seed
        self.dtype = floating(dtype)

    def value(self, shape: Any, dtype: DType) -> Tensor:
        return self._scaled(shape, dtype, shape)

    def part(self, shape: Any, dtype: DType, info: PartitionInfo) -> Tensor:
        return self._scaled(shape, dtype, info.full_shape)

    def _scaled(self, shape: Any, dtype: DType, whole: Any) -> Tensor:
        limit = math.sqrt(3 / max(math.prod(_sizes(whole)[:-1]), 1)) * self.factor
        return random_uniform(shape, -limit, limit, dtype, seed=self.seed)

    def get_config(self) -> dict[str, Any]:
        return {"factor": self.factor, "seed": self.seed, "dtype": self.dtype.name}


class VarianceScaling(Initializer):
    """Random with a variance of ``scale / n``, where ``n`` follows from the shape.

    Parameters
    ----------
    scale : float
    mode : str
        What ``n`` is: ``"fan_in"``, the number of inputs of a unit; ``"fan_out"``, of outputs;
        or ``"fan_avg"``, their mean.
    distribution : str
        ``"truncated_normal"`` (also ``"normal"``), ``"untruncated_normal"`` or ``"uniform"``.
    seed : int, optional
    dtype : DType

    Raises
    ------
    ValueError
        If an argument is none of these.

    Notes
    -----
    A truncated normal is drawn with a greater deviation, so that what is left after the
    truncation has the variance asked for.

    Examples
    --------
    >>> init = tf.variance_scaling_initializer(scale=2.0, mode="fan_out")
    >>> tf.get_variable("w", [3, 4], initializer=init)
    <tf.Variable 'w:0' shape=(3, 4) dtype=float32_ref>
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
        dtype: Any = dtypes.float32,
    ) -> None:
        if scale <= 0.0:
            raise ValueError("`scale` must be positive float.")
        if mode not in ("fan_in", "fan_out", "fan_avg"):
            raise ValueError("Invalid `mode` argument:", mode)
        distribution = distribution.lower()
        if distribution not in ("normal", "uniform", "truncated_normal", "untruncated_normal"):
            raise ValueError("Invalid `distribution` argument:", distribution)
        self.scale = scale
        self.mode = mode
        self.distribution = distribution
        self.seed = seed
        self.dtype = floating(dtype)

    def value(self, shape: Any, dtype: DType) -> Tensor:
        return self._scaled(shape, dtype, shape)

    def part(self, shape: Any, dtype: DType, info: PartitionInfo) -> Tensor:
        return self._scaled(shape, dtype, info.full_shape)

    def _scaled(self, shape: Any, dtype: DType, whole: Any) -> Tensor:
        fan_in, fan_out = fans(_sizes(whole))
        by_mode = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2.0}
        variance = self.scale / max(1.0, by_mode[self.mode])
        if self.distribution == "uniform":
            limit = math.sqrt(3.0 * variance)
            return random_uniform(shape, -limit, limit, dtype, seed=self.seed)
        if self.distribution == "untruncated_normal":
            return random_normal(shape, 0.0, math.sqrt(variance), dtype, seed=self.seed)
        stddev = math.sqrt(variance) / _TRUNCATED_STDDEV
        return truncated_normal(shape, 0.0, stddev, dtype, seed=self.seed)

    def get_config(self) -> dict[str, Any]:
        return {
            "scale": self.scale,
            "mode": self.mode,
            "distribution": self.distribution,
            "seed": self.seed,
            "dtype": self.dtype.name,
        }


_TRUNCATED_STDDEV = 0.87962566103423978
"""The standard deviation of a standard normal truncated at -2 and 2."""


def _sizes(shape: Any) -> list[int]:
    return [int(size) for size in shape]


def fans(sizes: Sequence[int]) -> tuple[float, float]:
    """Return the numbers of inputs and outputs of one unit of a layer with weights of `sizes`.

    The last two axes of a convolution's weights are its channels, the others its window.
    """
    if not sizes:
        return 1.0, 1.0
    if len(sizes) == 1:
        return float(sizes[0]), float(sizes[0])
    window = float(math.prod(sizes[:-2]))
    return sizes[-2] * window, sizes[-1] * window


class GlorotUniform(VarianceScaling):
    """Uniform with the variance ``2 / (fan_in + fan_out)`` (Glorot and Bengio, 2010)."""

    def __init__(self, seed: int | None = None, dtype: Any = dtypes.float32) -> None:
        super().__init__(1.0, "fan_avg", "uniform", seed, dtype)

    def get_config(self) -> dict[str, Any]:
        return {"seed": self.seed, "dtype": self.dtype.name}


class GlorotNormal(VarianceScaling):
    """Truncated normal with the variance ``2 / (fan_in + fan_out)`` (Glorot and Bengio, 2010)."""

    def __init__(self, seed: int | None = None, dtype: Any = dtypes.float32) -> None:
        super().__init__(1.0, "fan_avg", "truncated_normal", seed, dtype)

    def get_config(self) -> dict[str, Any]:
        return {"seed": self.seed, "dtype": self.dtype.name}


def lecun_normal(seed: int | None = None) -> VarianceScaling:
    """Return a truncated normal initializer of variance ``1 / fan_in`` (LeCun et al., 1998)."""
    return VarianceScaling(1.0, "fan_in", "truncated_normal", seed)


def lecun_uniform(seed: int | None = None) -> VarianceScaling:
    """Return a uniform initializer of variance ``1 / fan_in`` (LeCun et al., 1998)."""
    return VarianceScaling(1.0, "fan_in", "uniform", seed)


def he_normal(seed: int | None = None) -> VarianceScaling:
    """Return a truncated normal initializer of variance ``2 / fan_in`` (He et al., 2015).

    Parameters
    ----------
    seed : int, optional
    """
    return VarianceScaling(2.0, "fan_in", "truncated_normal", seed)


def he_uniform(seed: int | None = None) -> VarianceScaling:
    """Return a uniform initializer of variance ``2 / fan_in`` (He et al., 2015).

    Parameters
    ----------
    seed : int, optional
    """
    return VarianceScaling(2.0, "fan_in", "uniform", seed)


zeros_initializer = Zeros
ones_initializer = Ones
constant_initializer = Constant
random_uniform_initializer = RandomUniform
random_normal_initializer = RandomNormal
truncated_normal_initializer = TruncatedNormal
uniform_unit_scaling_initializer = UniformUnitScaling
variance_scaling_initializer = VarianceScaling
glorot_uniform_initializer = GlorotUniform
glorot_normal_initializer = GlorotNormal
