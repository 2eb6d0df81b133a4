"""Tables between words and their numbers: made from files and from lists."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.dtypes import as_dtype
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.lookup.initializers import (
    KeyValueTensorInitializer,
    TextFileIdTableInitializer,
    TextFileIndex,
    TextFileStringTableInitializer,
)
from flowgraph.lookup.tables import HashTable, LookupInterface
from flowgraph.lookup.vocabulary import FastHashSpec, HasherSpec, IdTableWithHashBuckets
from flowgraph.ops.core import cast, convert_to_tensor, size
from flowgraph.ops.sequences import range as range_of


def index_table_from_file(
    vocabulary_file: Any = None,
    num_oov_buckets: int = 0,
    vocab_size: int | None = None,
    default_value: int = -1,
    hasher_spec: HasherSpec = FastHashSpec,
    key_dtype: Any = dtypes.string,
    name: str | None = None,
    key_column_index: int = TextFileIndex.WHOLE_LINE,
    value_column_index: int = TextFileIndex.LINE_NUMBER,
    delimiter: str = "\t",
) -> LookupInterface:
    r"""Return a table from the words of a file, one a line, to their line numbers.

    Parameters
    ----------
    vocabulary_file : str or Tensor
    num_oov_buckets : int
        How many numbers, behind the last one, are for words that the file lacks.
    vocab_size : int, optional
        How many lines to use; all if left out.
    default_value : int
        The number of a word that the file lacks, if there are no buckets.
    hasher_spec : HasherSpec
        How to choose a bucket.
    key_dtype : DType
        Of the keys: a string, or an integer.
    name : str, optional
    key_column_index, value_column_index : int
        As `key_index` and `value_index` of `tf.lookup.TextFileInitializer`.
    delimiter : str
        The character between columns.

    Raises
    ------
    ValueError
        If there is no file name, or a number is too small.
    TypeError
        If the keys are floats.

    Examples
    --------
    >>> import tempfile
    >>> file = tempfile.NamedTemporaryFile("w", suffix=".txt")
    >>> print("emerson", "lake", "palmer", sep="\n", file=file, flush=True)
    >>> table = tf.contrib.lookup.index_table_from_file(file.name, num_oov_buckets=1)
    >>> found = table.lookup(tf.constant(["lake", "and"]))
    >>> with tf.Session() as session:
    ...     session.run(tf.tables_initializer())
    ...     session.run(found)
    array([1, 3])
    >>> file.close()
    """
    _check_file(vocabulary_file)
    _check_buckets(num_oov_buckets)
    if vocab_size is not None and vocab_size < 1:
        shown = vocabulary_file.op.name if isinstance(vocabulary_file, Tensor) else vocabulary_file
        raise ValueError(
            f"vocab_size must be greater than 0, got {vocab_size}. vocabulary_file: {shown}"
        )
    kind = as_dtype(key_dtype)
    if not kind.is_integer and kind != dtypes.string:
        raise TypeError("Only integer and string keys are supported.")
    with name_scope(name, "string_to_index"):
        with name_scope(None, "hash_table"):
            lines = TextFileIdTableInitializer(
                vocabulary_file,
                key_column_index=key_column_index,
                value_column_index=value_column_index,
                vocab_size=vocab_size,
                delimiter=delimiter,
                name="table_init",
                key_dtype=dtypes.int64 if kind.is_integer else kind,
            )
            table = HashTable(lines, default_value, shared_name=lines._shared_name)
        if num_oov_buckets:
            return IdTableWithHashBuckets(table, num_oov_buckets, hasher_spec, key_dtype=kind)
        return table


def index_table_from_tensor(
    mapping: Any,
    num_oov_buckets: int = 0,
    default_value: int = -1,
    hasher_spec: HasherSpec = FastHashSpec,
    dtype: Any = dtypes.string,
    name: str | None = None,
) -> LookupInterface:
    """Return a table from words to their places in a list.

    Parameters
    ----------
    mapping : Tensor
        A vector of words, strings or integers.
    num_oov_buckets : int
        How many numbers, behind the last one, are for words that the list lacks.
    default_value : int
        The number of a word that the list lacks, if there are no buckets.
    hasher_spec : HasherSpec
        How to choose a bucket.
    dtype : DType
        Of the words.
    name : str, optional

    Raises
    ------
    ValueError
        If there is no list, or it is of another dtype.
    TypeError
        If the words are floats.

    Examples
    --------
    >>> table = tf.contrib.lookup.index_table_from_tensor(["emerson", "lake", "palmer"])
    >>> found = table.lookup(tf.constant(["lake", "and"]))
    >>> with tf.Session() as session:
    ...     session.run(tf.tables_initializer())
    ...     session.run(found)
    array([ 1, -1])
    """
    if mapping is None:
        raise ValueError("mapping must be specified.")
    _check_buckets(num_oov_buckets)
    kind = as_dtype(dtype)
    if not kind.is_integer and kind != dtypes.string:
        raise TypeError("Only integer and string keys are supported.")
    with name_scope(name, "string_to_index"):
        keys = convert_to_tensor(mapping)
        if keys.dtype.is_integer != kind.is_integer:
            expected = "integer" if kind.is_integer else "non-integer"
            raise ValueError(f"Expected {expected}, got {keys.dtype}.")
        if not kind.is_integer and keys.dtype.base_dtype != kind:
            raise ValueError(f"Expected {kind}, got {keys.dtype}.")
        values = cast(range_of(size(keys)), dtypes.int64)
        with name_scope(None, "hash_table"):
            words = cast(keys, dtypes.int64) if keys.dtype.is_integer else keys
            pairs = KeyValueTensorInitializer(
                words, values, words.dtype.base_dtype, dtypes.int64, name="table_init"
            )
            table = HashTable(pairs, default_value, shared_name=pairs._shared_name)
        if num_oov_buckets:
            return IdTableWithHashBuckets(table, num_oov_buckets, hasher_spec, key_dtype=kind)
        return table


def index_to_string_table_from_file(
    vocabulary_file: Any,
    vocab_size: int | None = None,
    default_value: str = "UNK",
    name: str | None = None,
    key_column_index: int = TextFileIndex.LINE_NUMBER,
    value_column_index: int = TextFileIndex.WHOLE_LINE,
    delimiter: str = "\t",
) -> HashTable:
    r"""Return a table from line numbers to the words of a file, one a line.

    Parameters
    ----------
    vocabulary_file : str or Tensor
    vocab_size : int, optional
        How many lines to use; all if left out.
    default_value : str
        The word of a number that the file lacks.
    name : str, optional
    key_column_index, value_column_index : int
        As `key_index` and `value_index` of `tf.lookup.TextFileInitializer`.
    delimiter : str
        The character between columns.

    Raises
    ------
    ValueError
        If there is no file name, or `vocab_size` is too small.

    Examples
    --------
    >>> import tempfile
    >>> file = tempfile.NamedTemporaryFile("w", suffix=".txt")
    >>> print("emerson", "lake", "palmer", sep="\n", file=file, flush=True)
    >>> table = tf.contrib.lookup.index_to_string_table_from_file(file.name)
    >>> found = table.lookup(tf.constant([1, 5], tf.int64))
    >>> with tf.Session() as session:
    ...     session.run(tf.tables_initializer())
    ...     session.run(found)
    array([b'lake', b'UNK'], dtype=object)
    >>> file.close()
    """
    _check_file(vocabulary_file)
    if vocab_size is not None and vocab_size < 1:
        raise ValueError(f"vocab_size must be greater than 0, got {vocab_size}.")
    with name_scope(name, "index_to_string"):
        lines = TextFileStringTableInitializer(
            vocabulary_file,
            key_column_index=key_column_index,
            value_column_index=value_column_index,
            vocab_size=vocab_size,
            delimiter=delimiter,
            name="table_init",
        )
        return HashTable(lines, default_value, shared_name=lines._shared_name)


def index_to_string_table_from_tensor(
    mapping: Any, default_value: str = "UNK", name: str | None = None
) -> HashTable:
    """Return a table from places in a list to its words.

    Parameters
    ----------
    mapping : Tensor
        A vector of strings.
    default_value : str
        The word of a number that the list lacks.
    name : str, optional

    Raises
    ------
    ValueError
        If there is no list.

    Examples
    --------
    >>> table = tf.contrib.lookup.index_to_string_table_from_tensor(["emerson", "lake"])
    >>> found = table.lookup(tf.constant([1, 5], tf.int64))
    >>> with tf.Session() as session:
    ...     session.run(tf.tables_initializer())
    ...     session.run(found)
    array([b'lake', b'UNK'], dtype=object)
    """
    if mapping is None:
        raise ValueError("mapping must be specified.")
    with name_scope(name, "index_to_string"):
        values = convert_to_tensor(mapping, dtypes.string)
        keys = cast(range_of(size(values)), dtypes.int64)
        pairs = KeyValueTensorInitializer(
            keys, values, dtypes.int64, dtypes.string, name="table_init"
        )
        return HashTable(pairs, default_value, shared_name=pairs._shared_name)


def _check_file(vocabulary_file: Any) -> None:
    if vocabulary_file is None or (not isinstance(vocabulary_file, Tensor) and not vocabulary_file):
        raise ValueError("vocabulary_file must be specified and must not be empty.")


def _check_buckets(count: int) -> None:
    if count < 0:
        raise ValueError(f"num_oov_buckets must be greater or equal than 0, got {count}.")
