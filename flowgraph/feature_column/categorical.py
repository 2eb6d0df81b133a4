"""Columns of categories by number and by hash."""

from __future__ import annotations

import abc
import dataclasses
from typing import Any

from flowgraph import dtypes
from flowgraph.dtypes import DType, as_dtype
from flowgraph.feature_column.column import (
    CategoricalColumn,
    Features,
    check_key,
    to_sparse,
)
from flowgraph.graph.scope import control_dependencies
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.assertions import assert_greater_equal, assert_less
from flowgraph.ops.comparison import greater_equal, less, logical_or
from flowgraph.ops.core import cast, identity, shape
from flowgraph.ops.filling import fill
from flowgraph.ops.parsing_features import VarLenFeature
from flowgraph.ops.selection import where_v2
from flowgraph.ops.sparse import SparseTensor
from flowgraph.ops.string_hash import string_to_hash_bucket_fast
from flowgraph.ops.string_number import as_string


@dataclasses.dataclass(frozen=True)
class KeyedColumn(CategoricalColumn):
    """Categories made of one feature."""

    key: str

    @property
    def name(self) -> str:
        return self.key

    @property
    @abc.abstractmethod
    def _stored_dtype(self) -> DType:
        """The dtype of the feature in an Example."""

    @property
    def _features(self) -> dict[str, Any]:
        return {self.key: VarLenFeature(self._stored_dtype)}

    def _transformed(self, features: Features) -> SparseTensor:
        return self._numbered(to_sparse(features.get(self.key)))

    @abc.abstractmethod
    def _numbered(self, given: SparseTensor) -> SparseTensor:
        """Return the numbers of categories in a feature."""

    def _check_kind(self, dtype: DType, given: SparseTensor) -> None:
        if dtype.is_integer != given.dtype.is_integer:
            raise ValueError(
                "Column dtype and SparseTensors dtype must be compatible. "
                f"key: {self.key}, column dtype: {dtype}, tensor dtype: {given.dtype}"
            )
        if given.dtype != dtypes.string and not given.dtype.is_integer:
            raise ValueError(
                f"column_name: {self.key} input_tensor dtype must be string or integer. "
                f"dtype: {given.dtype}."
            )


@dataclasses.dataclass(frozen=True)
class IdentityCategoricalColumn(KeyedColumn):
    """Categories that are numbers. See `categorical_column_with_identity`."""

    number_buckets: int
    default_value: int | None

    @property
    def num_buckets(self) -> int:
        return self.number_buckets

    @property
    def _stored_dtype(self) -> DType:
        return dtypes.int64

    def _numbered(self, given: SparseTensor) -> SparseTensor:
        if not given.dtype.is_integer:
            raise ValueError(f"Invalid input, not integer. key: {self.key} dtype: {given.dtype}")
        values = cast(given.values, dtypes.int64, name="values")
        count = cast(self.number_buckets, dtypes.int64, name="num_buckets")
        zero = cast(0, dtypes.int64, name="zero")
        if self.default_value is None:
            values = self._asserted(values, count, zero)
        else:
            outside = logical_or(less(values, zero), greater_equal(values, count), "out_of_range")
            default = fill(
                shape(values), cast(self.default_value, dtypes.int64), name="default_values"
            )
            values = where_v2(outside, default, values)
        return SparseTensor(given.indices, values, given.dense_shape)

    def _asserted(self, values: Tensor, count: Tensor, zero: Tensor) -> Tensor:
        text = f'Bucket index for categorical column "{self.name}"'
        checks = [
            assert_less(
                values,
                count,
                data=(values, count),
                message=f"{text} exceeds number of buckets",
                name="assert_less_than_num_buckets",
            ),
            assert_greater_equal(
                values,
                zero,
                data=(values,),
                message=f"{text} must be greater or equal to 0",
                name="assert_greater_or_equal_0",
            ),
        ]
        with control_dependencies(checks):
            return identity(values)


@dataclasses.dataclass(frozen=True)
class HashedCategoricalColumn(KeyedColumn):
    """Categories by hash. See `categorical_column_with_hash_bucket`."""

    hash_bucket_size: int
    dtype: DType

    @property
    def num_buckets(self) -> int:
        return self.hash_bucket_size

    @property
    def _stored_dtype(self) -> DType:
        return self.dtype

    def _numbered(self, given: SparseTensor) -> SparseTensor:
        if given.dtype != dtypes.string and not given.dtype.is_integer:
            raise ValueError(
                f"column_name: {self.key} input_tensor dtype must be string or integer. "
                f"dtype: {given.dtype}."
            )
        self._check_kind(self.dtype, given)
        texts = given.values if self.dtype == dtypes.string else as_string(given.values)
        ids = string_to_hash_bucket_fast(texts, self.hash_bucket_size, name="lookup")
        return SparseTensor(given.indices, ids, given.dense_shape)


def categorical_column_with_identity(
    key: str, num_buckets: int, default_value: int | None = None
) -> IdentityCategoricalColumn:
    """Describe a feature whose categories are numbers from 0 on.

    Parameters
    ----------
    key : str
        The feature's name.
    num_buckets : int
        How many categories there are.
    default_value : int, optional
        The category of numbers outside of them, which are an error if it is left out.

    Raises
    ------
    ValueError
        If there is no category, or the default is none.
    InvalidArgumentError
        When run: if a number is outside.

    Examples
    --------
    >>> floor = tf.feature_column.categorical_column_with_identity("floor", 3)
    >>> columns = [tf.feature_column.indicator_column(floor)]
    >>> tf.Session().run(tf.feature_column.input_layer({"floor": [[2], [0]]}, columns))
    array([[0., 0., 1.],
           [1., 0., 0.]], dtype=float32)
    """
    check_key(key)
    if num_buckets < 1:
        raise ValueError(f"num_buckets {num_buckets} < 1, column_name {key}")
    if default_value is not None and not 0 <= default_value < num_buckets:
        raise ValueError(
            f"default_value {default_value} not in range [0, {num_buckets}), column_name {key}"
        )
    return IdentityCategoricalColumn(key, num_buckets, default_value)


def categorical_column_with_hash_bucket(
    key: str, hash_bucket_size: int, dtype: Any = dtypes.string
) -> HashedCategoricalColumn:
    """Describe a feature whose words are scattered over a number of categories.

    Parameters
    ----------
    key : str
        The feature's name.
    hash_bucket_size : int
        How many categories there are.
    dtype : DType
        A string, or an integer.

    Raises
    ------
    ValueError
        If there is no category, or the dtype is another.

    Examples
    --------
    >>> word = tf.feature_column.categorical_column_with_hash_bucket("word", 5)
    >>> columns = [tf.feature_column.indicator_column(word)]
    >>> tf.Session().run(tf.feature_column.input_layer({"word": [["one"]]}, columns))
    array([[1., 0., 0., 0., 0.]], dtype=float32)
    """
    if hash_bucket_size is None:
        raise ValueError(f"hash_bucket_size must be set. key: {key}")
    if hash_bucket_size < 1:
        raise ValueError(
            f"hash_bucket_size must be at least 1. hash_bucket_size: {hash_bucket_size}, key: {key}"
        )
    check_key(key)
    kind = as_dtype(dtype)
    check_category_dtype(f"column_name: {key}", kind)
    return HashedCategoricalColumn(key, hash_bucket_size, kind)


def check_category_dtype(what: str, dtype: DType) -> None:
    """Raise ValueError unless categories can be of a dtype."""
    if dtype != dtypes.string and not dtype.is_integer:
        raise ValueError(f"{what} dtype must be string or integer. dtype: {dtype}.")
