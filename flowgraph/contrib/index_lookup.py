"""Older functions of `tf.contrib.lookup`."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.tensor import Tensor
from flowgraph.lookup.index_tables import (
    index_table_from_file,
    index_table_from_tensor,
    index_to_string_table_from_tensor,
)
from flowgraph.lookup.tables import LookupInterface
from flowgraph.lookup.vocabulary import FastHashSpec, HasherSpec


def string_to_index_table_from_file(
    vocabulary_file: Any = None,
    num_oov_buckets: int = 0,
    vocab_size: int | None = None,
    default_value: int = -1,
    hasher_spec: HasherSpec = FastHashSpec,
    name: str | None = None,
) -> LookupInterface:
    """Return what `index_table_from_file` does, for strings.

    Parameters
    ----------
    vocabulary_file, num_oov_buckets, vocab_size, default_value, hasher_spec, name
        As for `index_table_from_file`.
    """
    return index_table_from_file(
        vocabulary_file, num_oov_buckets, vocab_size, default_value, hasher_spec, name=name
    )


def string_to_index_table_from_tensor(
    mapping: Any,
    num_oov_buckets: int = 0,
    default_value: int = -1,
    hasher_spec: HasherSpec = FastHashSpec,
    name: str | None = None,
) -> LookupInterface:
    """Return what `index_table_from_tensor` does, for strings.

    Parameters
    ----------
    mapping, num_oov_buckets, default_value, hasher_spec, name
        As for `index_table_from_tensor`.
    """
    return index_table_from_tensor(mapping, num_oov_buckets, default_value, hasher_spec, name=name)


def string_to_index(
    tensor: Any, mapping: Any, default_value: int = -1, name: str | None = None
) -> Tensor:
    """Return the place of each string in a list.

    Parameters
    ----------
    tensor : Tensor
        Strings.
    mapping : Tensor
        A vector of strings.
    default_value : int
        The number of a string that the list lacks.
    name : str, optional

    Examples
    --------
    >>> numbers = tf.contrib.lookup.string_to_index(tf.constant(["b", "c"]), ["a", "b"])
    >>> with tf.Session() as session:
    ...     session.run(tf.tables_initializer())
    ...     session.run(numbers)
    array([ 1, -1])
    """
    table = index_table_from_tensor(mapping, default_value=default_value, name=name)
    found: Tensor = table.lookup(tensor)
    return found


def index_to_string(
    tensor: Any, mapping: Any, default_value: str = "UNK", name: str | None = None
) -> Tensor:
    """Return the string at each place of a list.

    Parameters
    ----------
    tensor : Tensor
        Of int64.
    mapping : Tensor
        A vector of strings.
    default_value : str
        The string of a number that the list lacks.
    name : str, optional

    Examples
    --------
    >>> places = tf.constant([1, 5], tf.int64)
    >>> words = tf.contrib.lookup.index_to_string(places, ["a", "b"])
    >>> with tf.Session() as session:
    ...     session.run(tf.tables_initializer())
    ...     session.run(words)
    array([b'b', b'UNK'], dtype=object)
    """
    table = index_to_string_table_from_tensor(mapping, default_value, name)
    found: Tensor = table.lookup(tensor)
    return found
