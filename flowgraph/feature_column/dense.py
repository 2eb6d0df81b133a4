"""Columns of numbers."""

from __future__ import annotations

import dataclasses
import itertools
import numbers
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import DType, as_dtype
from flowgraph.feature_column.column import (
    CategoricalColumn,
    DenseColumn,
    Features,
    IdWeightPair,
    check_key,
)
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import expand_dims, reshape, transpose
from flowgraph.ops.bucketize import Bucketize
from flowgraph.ops.core import apply, cast, shape
from flowgraph.ops.masking import one_hot
from flowgraph.ops.packing import stack
from flowgraph.ops.parsing_features import FixedLenFeature
from flowgraph.ops.rearranging import tile
from flowgraph.ops.sequences import range as range_of
from flowgraph.ops.sparse import SparseTensor
from flowgraph.shapes import TensorShape


@dataclasses.dataclass(frozen=True)
class NumericColumn(DenseColumn):
    """A feature that is numbers already. See `numeric_column`."""

    key: str
    shape: tuple[int, ...]
    default_value: Any
    dtype: DType
    normalizer_fn: Callable[[Any], Any] | None

    @property
    def name(self) -> str:
        return self.key

    @property
    def variable_shape(self) -> TensorShape:
        return TensorShape.of(self.shape)

    @property
    def _features(self) -> dict[str, Any]:
        return {self.key: FixedLenFeature(self.shape, self.dtype, self.default_value)}

    def _transformed(self, features: Features) -> Tensor:
        given = features.get(self.key)
        if isinstance(given, SparseTensor):
            raise ValueError(
                "The corresponding Tensor of numerical column must be a Tensor. SparseTensor is "
                f"not supported. key: {self.key}"
            )
        if self.normalizer_fn is not None:
            given = self.normalizer_fn(given)
        return cast(given, dtypes.float32)

    def _dense(self, features: Features, collections: list[str], trainable: bool) -> Tensor:
        tensor: Tensor = features.get(self)
        return tensor


@dataclasses.dataclass(frozen=True)
class BucketizedColumn(DenseColumn, CategoricalColumn):
    """A feature sorted into buckets. See `bucketized_column`."""

    source_column: NumericColumn
    boundaries: tuple[float, ...]

    @property
    def name(self) -> str:
        return f"{self.source_column.name}_bucketized"

    @property
    def variable_shape(self) -> TensorShape:
        return TensorShape.of((*self.source_column.shape, len(self.boundaries) + 1))

    @property
    def num_buckets(self) -> int:
        return (len(self.boundaries) + 1) * self.source_column.shape[0]

    @property
    def _features(self) -> dict[str, Any]:
        return self.source_column._features

    def _transformed(self, features: Features) -> Tensor:
        numbers_ = features.get(self.source_column)
        return apply(Bucketize(boundaries=self.boundaries), numbers_)

    def _dense(self, features: Features, collections: list[str], trainable: bool) -> Tensor:
        buckets = cast(features.get(self), dtypes.int64)
        return one_hot(buckets, len(self.boundaries) + 1, on_value=1.0, off_value=0.0)

    def _sparse(self, features: Features) -> IdWeightPair:
        buckets = features.get(self)
        batch = shape(buckets)[0]
        each = self.source_column.shape[0]
        rows = reshape(tile(expand_dims(range_of(0, batch), 1), [1, each]), (-1,))
        places = tile(range_of(0, each), [batch])
        # The buckets of each number of an example are categories of their own.
        ids = reshape(buckets, (-1,)) + (len(self.boundaries) + 1) * places
        indices = cast(transpose(stack((rows, places))), dtypes.int64)
        sizes = cast(stack([batch, each]), dtypes.int64)
        return IdWeightPair(SparseTensor(indices, ids, sizes), None)


def numeric_column(
    key: str,
    shape: Any = (1,),
    default_value: Any = None,
    dtype: Any = dtypes.float32,
    normalizer_fn: Callable[[Any], Any] | None = None,
) -> NumericColumn:
    """Describe a feature that is numbers already.

    Parameters
    ----------
    key : str
        The feature's name.
    shape : int or list of int
        Of the feature of one example.
    default_value : scalar or array, optional
        What examples have that lack the feature; one number stands for all.
    dtype : DType
        As the feature is stored; columns give float32.
    normalizer_fn : callable, optional
        Applied to the feature.

    Raises
    ------
    ValueError, TypeError
        If the arguments do not fit each other.

    Examples
    --------
    >>> price = tf.feature_column.numeric_column("price")
    >>> layer = tf.feature_column.input_layer({"price": [[1.0], [5.0]]}, [price])
    >>> tf.Session().run(layer)
    array([[1.],
           [5.]], dtype=float32)
    """
    check_key(key)
    sizes = tuple(shape) if isinstance(shape, Iterable) else (shape,)
    for size in sizes:
        if not isinstance(size, numbers.Integral):
            raise TypeError(f"shape dimensions must be integer. shape: {sizes}, key: {key}")
        if size < 1:
            raise ValueError(f"shape dimensions must be greater than 0. shape: {sizes}, key: {key}")
    kind = as_dtype(dtype)
    if not (kind.is_integer or kind.is_floating):
        raise ValueError(f"dtype must be convertible to float. dtype: {kind}, key: {key}")
    if normalizer_fn is not None and not callable(normalizer_fn):
        raise TypeError(f"normalizer_fn must be a callable. Given: {normalizer_fn}")
    default = _default(default_value, sizes, kind, key)
    return NumericColumn(key, sizes, default, kind, normalizer_fn)


def _default(value: Any, sizes: tuple[int, ...], dtype: DType, key: str) -> Any:
    """Return a default value in the form and dtype of the feature, as nested tuples."""
    if value is None:
        return None
    array = np.asarray(value)
    whole = array.dtype.kind in "iu"
    if not (whole or (array.dtype.kind == "f" and dtype.is_floating)):
        raise TypeError(
            f"default_value must be compatible with dtype. default_value: {value}, "
            f"dtype: {dtype}, key: {key}"
        )
    if array.ndim == 0:
        array = np.full(sizes, array)
    if array.shape != sizes:
        raise ValueError(
            "The shape of default_value must be equal to given shape. "
            f"default_value: {value}, shape: {sizes}, key: {key}"
        )
    return _tuples(array.astype(dtype.numpy).tolist())


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def bucketized_column(source_column: Any, boundaries: Any) -> BucketizedColumn:
    """Describe a feature sorted into buckets between boundaries.

    Parameters
    ----------
    source_column : NumericColumn
        Of one dimension.
    boundaries : list of float
        In order. A number belongs to the bucket that begins with the greatest boundary it
        reaches.

    Raises
    ------
    ValueError
        If the column is another, or the boundaries are not in order.

    Examples
    --------
    >>> age = tf.feature_column.bucketized_column(
    ...     tf.feature_column.numeric_column("age"), [18, 65]
    ... )
    >>> tf.Session().run(tf.feature_column.input_layer({"age": [[18.0], [70.0]]}, [age]))
    array([[0., 1., 0.],
           [0., 0., 1.]], dtype=float32)
    """
    if not isinstance(source_column, NumericColumn):
        raise ValueError(
            "source_column must be a column generated with numeric_column(). "
            f"Given: {source_column}"
        )
    if len(source_column.shape) > 1:
        raise ValueError(f"source_column must be one-dimensional column. Given: {source_column}")
    if not boundaries:
        raise ValueError("boundaries must not be empty.")
    ordered = isinstance(boundaries, list | tuple) and all(
        low < high for low, high in itertools.pairwise(boundaries)
    )
    if not ordered:
        raise ValueError("boundaries must be a sorted list.")
    return BucketizedColumn(source_column, tuple(boundaries))
