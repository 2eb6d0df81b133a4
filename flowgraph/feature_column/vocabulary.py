"""Columns of categories that are the words of a vocabulary."""

from __future__ import annotations

import abc
import dataclasses
from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import DType, as_dtype
from flowgraph.feature_column.categorical import KeyedColumn, check_category_dtype
from flowgraph.feature_column.column import check_key
from flowgraph.lookup.index_tables import index_table_from_file, index_table_from_tensor
from flowgraph.lookup.tables import LookupInterface
from flowgraph.ops.core import cast
from flowgraph.ops.sparse import SparseTensor


@dataclasses.dataclass(frozen=True)
class _VocabularyColumn(KeyedColumn):
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
    check_category_dtype(f"column_name: {key} vocabulary", found)
    kind = found if dtype is None else as_dtype(dtype)
    if kind.is_integer != found.is_integer:
        raise ValueError(
            f"dtype {kind} and vocabulary dtype {found} do not match, column_name: {key}"
        )
    check_category_dtype(f"column_name: {key}", kind)
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
    check_category_dtype(f"column_name: {key}", kind)
    default = -1 if default_value is None else default_value
    return VocabularyFileCategoricalColumn(
        key, kind, default, num_oov_buckets, vocabulary_file, vocabulary_size
    )


def _check_oov(key: str, num_oov_buckets: int, default_value: int) -> None:
    if num_oov_buckets < 0:
        raise ValueError(f"Invalid num_oov_buckets {num_oov_buckets} in {key}.")
    if num_oov_buckets and default_value != -1:
        raise ValueError(f"Can't specify both num_oov_buckets and default_value in {key}.")
