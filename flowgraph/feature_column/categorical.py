"""Columns of categories: numbers, words of a vocabulary, hashes; and their weights."""

from __future__ import annotations

import abc
import dataclasses
from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import DType, as_dtype
from flowgraph.feature_column.column import (
    CategoricalColumn,
    Features,
    IdWeightPair,
    check_key,
    to_sparse,
)
from flowgraph.graph.scope import control_dependencies
from flowgraph.graph.tensor import Tensor
from flowgraph.lookup.index_tables import index_table_from_file, index_table_from_tensor
from flowgraph.lookup.tables import LookupInterface
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
class _KeyedColumn(CategoricalColumn):
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
class IdentityCategoricalColumn(_KeyedColumn):
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
class _VocabularyColumn(_KeyedColumn):
    """Categories that are the words of a vocabulary."""

    dtype: DType
    default_value: int
    num_oov_buckets: int

    @property
    def _stored_dtype(self) -> DType:
        return self.dtype

    @abc.abstractmethod
    def _table(self, dtype: DType) -> LookupInterface:
        """Return the table of words of a dtype."""

    def _numbered(self, given: SparseTensor) -> SparseTensor:
        self._check_kind(self.dtype, given)
        kind = self.dtype
        if given.dtype.is_integer:
            # Tables know one integer dtype.
            kind = dtypes.int64
            values = cast(given.values, kind)
            given = SparseTensor(given.indices, values, given.dense_shape)
        found: SparseTensor = self._table(kind).lookup(given)
        return found


@dataclasses.dataclass(frozen=True)
class VocabularyListCategoricalColumn(_VocabularyColumn):
    """Categories in a list. See `categorical_column_with_vocabulary_list`."""

    vocabulary_list: tuple[Any, ...]

    @property
    def num_buckets(self) -> int:
        return len(self.vocabulary_list) + self.num_oov_buckets

    def _table(self, dtype: DType) -> LookupInterface:
        return index_table_from_tensor(
            list(self.vocabulary_list),
            default_value=self.default_value,
            num_oov_buckets=self.num_oov_buckets,
            dtype=dtype,
            name=f"{self.key}_lookup",
        )


@dataclasses.dataclass(frozen=True)
class VocabularyFileCategoricalColumn(_VocabularyColumn):
    """Categories in a file. See `categorical_column_with_vocabulary_file`."""

    vocabulary_file: str
    vocabulary_size: int

    @property
    def num_buckets(self) -> int:
        return self.vocabulary_size + self.num_oov_buckets

    def _table(self, dtype: DType) -> LookupInterface:
        return index_table_from_file(
            self.vocabulary_file,
            num_oov_buckets=self.num_oov_buckets,
            vocab_size=self.vocabulary_size,
            default_value=self.default_value,
            key_dtype=dtype,
            name=f"{self.key}_lookup",
        )


@dataclasses.dataclass(frozen=True)
class HashedCategoricalColumn(_KeyedColumn):
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


@dataclasses.dataclass(frozen=True)
class WeightedCategoricalColumn(CategoricalColumn):
    """Categories with weights. See `weighted_categorical_column`."""

    categorical_column: CategoricalColumn
    weight_feature_key: str
    dtype: DType

    @property
    def name(self) -> str:
        return f"{self.categorical_column.name}_weighted_by_{self.weight_feature_key}"

    @property
    def num_buckets(self) -> int:
        return self.categorical_column.num_buckets

    @property
    def _features(self) -> dict[str, Any]:
        weights = {self.weight_feature_key: VarLenFeature(self.dtype)}
        if self.weight_feature_key in self.categorical_column._features:
            raise ValueError(
                f"Parse config {self.categorical_column._features[self.weight_feature_key]} "
                f"already exists for {self.weight_feature_key}."
            )
        return {**self.categorical_column._features, **weights}

    def _transformed(self, features: Features) -> IdWeightPair:
        weights = features.get(self.weight_feature_key)
        if self.dtype != weights.dtype.base_dtype:
            raise ValueError(f"Bad dtype, expected {self.dtype}, but got {weights.dtype}.")
        weights = to_sparse(weights, ignore_value=0.0)
        values = weights.values
        if not values.dtype.is_floating:
            values = cast(values, dtypes.float32)
        return IdWeightPair(
            self.categorical_column._sparse(features).ids,
            SparseTensor(weights.indices, values, weights.dense_shape),
        )

    def _sparse(self, features: Features) -> IdWeightPair:
        pair: IdWeightPair = features.get(self)
        return pair


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


def categorical_column_with_vocabulary_list(
    key: str,
    vocabulary_list: Any,
    dtype: Any = None,
    default_value: int = -1,
    num_oov_buckets: int = 0,
) -> VocabularyListCategoricalColumn:
    """Describe a feature whose categories are the words of a list.

    Parameters
    ----------
    key : str
        The feature's name.
    vocabulary_list : list of str or int
        The words, each once; a word's place is its number.
    dtype : DType, optional
        Of the words, as they are if left out.
    default_value : int
        The number of other words; -1 leaves them out.
    num_oov_buckets : int
        How many numbers, behind the last one, other words are scattered over.

    Raises
    ------
    ValueError
        If the arguments do not fit each other.

    Examples
    --------
    >>> colour = tf.feature_column.categorical_column_with_vocabulary_list("c", ["red", "blue"])
    >>> columns = [tf.feature_column.indicator_column(colour)]
    >>> layer = tf.feature_column.input_layer({"c": [["blue"], ["green"]]}, columns)
    >>> with tf.Session() as session:
    ...     session.run(tf.tables_initializer())
    ...     session.run(layer)
    array([[0., 1.],
           [0., 0.]], dtype=float32)
    """
    check_key(key)
    words = [] if vocabulary_list is None else list(vocabulary_list)
    if not words:
        raise ValueError(f"vocabulary_list {vocabulary_list} must be non-empty, column_name: {key}")
    if len(set(words)) != len(words):
        raise ValueError(f"Duplicate keys in vocabulary_list {vocabulary_list}, column_name: {key}")
    found = as_dtype(np.array(words).dtype)
    _check_oov(key, num_oov_buckets, default_value)
    _check_category_dtype(f"column_name: {key} vocabulary", found)
    kind = found if dtype is None else as_dtype(dtype)
    if kind.is_integer != found.is_integer:
        raise ValueError(
            f"dtype {kind} and vocabulary dtype {found} do not match, column_name: {key}"
        )
    _check_category_dtype(f"column_name: {key}", kind)
    return VocabularyListCategoricalColumn(key, kind, default_value, num_oov_buckets, tuple(words))


def categorical_column_with_vocabulary_file(
    key: str,
    vocabulary_file: str,
    vocabulary_size: int | None = None,
    num_oov_buckets: int = 0,
    default_value: int | None = None,
    dtype: Any = dtypes.string,
) -> VocabularyFileCategoricalColumn:
    r"""Describe a feature whose categories are the words of a file, one a line.

    Parameters
    ----------
    key : str
        The feature's name.
    vocabulary_file : str
    vocabulary_size : int, optional
        How many lines to use; counted if left out.
    num_oov_buckets : int
        How many numbers, behind the last one, other words are scattered over.
    default_value : int, optional
        The number of other words; -1, which leaves them out, if there are no buckets.
    dtype : DType
        A string, or an integer.

    Raises
    ------
    ValueError
        If there is no file, or the arguments do not fit each other.

    Examples
    --------
    >>> import tempfile
    >>> file = tempfile.NamedTemporaryFile("w", suffix=".txt")
    >>> print("red", "blue", sep="\n", file=file, flush=True)
    >>> colour = tf.feature_column.categorical_column_with_vocabulary_file("c", file.name)
    >>> columns = [tf.feature_column.indicator_column(colour)]
    >>> layer = tf.feature_column.input_layer({"c": [["blue"], ["green"]]}, columns)
    >>> with tf.Session() as session:
    ...     session.run(tf.tables_initializer())
    ...     session.run(layer)
    array([[0., 1.],
           [0., 0.]], dtype=float32)
    >>> file.close()
    """
    check_key(key)
    if not vocabulary_file:
        raise ValueError(f"Missing vocabulary_file in {key}.")
    if vocabulary_size is None:
        try:
            with open(vocabulary_file, "rb") as file:
                vocabulary_size = sum(1 for _ in file)
        except FileNotFoundError:
            raise ValueError(f"vocabulary_file in {key} does not exist.") from None
    if vocabulary_size < 1:
        raise ValueError(f"Invalid vocabulary_size in {key}.")
    if num_oov_buckets and default_value is not None:
        raise ValueError(f"Can't specify both num_oov_buckets and default_value in {key}.")
    _check_oov(key, num_oov_buckets, -1)
    kind = as_dtype(dtype)
    _check_category_dtype(f"column_name: {key}", kind)
    default = -1 if default_value is None else default_value
    return VocabularyFileCategoricalColumn(
        key, kind, default, num_oov_buckets, vocabulary_file, vocabulary_size
    )


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
    _check_category_dtype(f"column_name: {key}", kind)
    return HashedCategoricalColumn(key, hash_bucket_size, kind)


def weighted_categorical_column(
    categorical_column: CategoricalColumn, weight_feature_key: str, dtype: Any = dtypes.float32
) -> WeightedCategoricalColumn:
    """Describe categories that have weights, in a feature of their own.

    Parameters
    ----------
    categorical_column : CategoricalColumn
    weight_feature_key : str
        The name of the feature that holds a weight for each category.
    dtype : DType
        Of the weights: floats, or integers.

    Raises
    ------
    ValueError
        If the dtype is another.

    Examples
    --------
    >>> word = tf.feature_column.categorical_column_with_identity("word", 3)
    >>> column = tf.feature_column.weighted_categorical_column(word, "weight")
    >>> features = {"word": [[0, 2]], "weight": [[0.5, 2.0]]}
    >>> columns = [tf.feature_column.indicator_column(column)]
    >>> tf.Session().run(tf.feature_column.input_layer(features, columns))
    array([[0.5, 0. , 2. ]], dtype=float32)
    """
    kind = as_dtype(dtype)
    if not (kind.is_integer or kind.is_floating):
        raise ValueError(f"dtype {kind} is not convertible to float.")
    return WeightedCategoricalColumn(categorical_column, weight_feature_key, kind)


def _check_category_dtype(what: str, dtype: DType) -> None:
    if dtype != dtypes.string and not dtype.is_integer:
        raise ValueError(f"{what} dtype must be string or integer. dtype: {dtype}.")


def _check_oov(key: str, num_oov_buckets: int, default_value: int) -> None:
    if num_oov_buckets < 0:
        raise ValueError(f"Invalid num_oov_buckets {num_oov_buckets} in {key}.")
    if num_oov_buckets and default_value != -1:
        raise ValueError(f"Can't specify both num_oov_buckets and default_value in {key}.")
