"""Tables from words to numbers, with buckets for the words that they lack."""

from __future__ import annotations

import functools
import numbers
from collections.abc import Callable
from typing import Any, NamedTuple

from flowgraph import dtypes
from flowgraph.dtypes import DType, as_dtype
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.lookup.initializers import TableInitializerBase
from flowgraph.lookup.tables import (
    InitializableLookupTableBase,
    LookupInterface,
    StaticHashTable,
)
from flowgraph.ops.arithmetic import add
from flowgraph.ops.comparison import not_equal
from flowgraph.ops.core import cast, constant, convert_to_tensor
from flowgraph.ops.selection import where_v2
from flowgraph.ops.sparse import SparseTensor
from flowgraph.ops.string_hash import string_to_hash_bucket_fast, string_to_hash_bucket_strong
from flowgraph.ops.string_number import as_string


class HasherSpec(NamedTuple):
    """A hash function: its name, and the key of a keyed one."""

    hasher: str
    key: Any


FastHashSpec = HasherSpec("fasthash", None)
"""The hash of `tf.string_to_hash_bucket_fast`."""


class StrongHashSpec(HasherSpec):
    """The hash of `tf.string_to_hash_bucket_strong`.

    Parameters
    ----------
    key : list of int
        Two unsigned numbers.
    """

    __slots__ = ()

    def __new__(cls, key: Any) -> StrongHashSpec:
        """Check the key."""
        if len(key) != 2:
            raise ValueError(f"key must have size 2, got {len(key)}.")
        if not all(isinstance(part, numbers.Integral) for part in key):
            raise TypeError(f"Invalid key {key}. Must be unsigned integer values.")
        return super().__new__(cls, "stronghash", key)


def _check_known(source: Any, wanted: DType) -> None:
    """Raise TypeError unless a table, or what fills one, maps such keys to numbers."""
    supported = (dtypes.int64, dtypes.string)
    if source.key_dtype not in supported:
        raise TypeError(
            f"Invalid key dtype, expected one of {supported}, but got {source.key_dtype}."
        )
    if source.key_dtype.is_integer != wanted.is_integer:
        kind = "integer" if wanted.is_integer else "non-integer"
        raise TypeError(f"Invalid key dtype, expected {kind} but got {source.key_dtype}.")
    if source.value_dtype != dtypes.int64:
        raise TypeError(
            f"Invalid value dtype, expected {dtypes.int64} but got {source.value_dtype}."
        )


class _BucketedTable(LookupInterface):
    """A table, or none, beyond which keys fall into buckets numbered behind its entries."""

    _table: InitializableLookupTableBase | None
    _num_oov_buckets: int

    def _bucket_function(self) -> Callable[..., Tensor]:
        return string_to_hash_bucket_fast

    @property
    def initializer(self) -> Operation | None:
        """The operation that fills the table; None if there are only buckets."""
        return None if self._table is None else self._table.initializer

    @property
    def resource_handle(self) -> Any:
        """The tensor that stands for the table; None if there are only buckets."""
        return None if self._table is None else self._table.resource_handle

    def size(self, name: str | None = None) -> Tensor:
        """Return how many numbers a lookup may give, an int64 scalar."""
        with name_scope(name, f"{self.name}_Size"):
            known = constant(0, dtypes.int64) if self._table is None else self._table.size()
            return known + self._num_oov_buckets

    def lookup(self, keys: Any, name: str | None = None) -> Any:
        """Return the numbers of keys; those that the table lacks get their bucket's.

        Parameters
        ----------
        keys : Tensor or SparseTensor
        name : str, optional

        Returns
        -------
        Tensor or SparseTensor
            Of int64, in the shape of `keys`, and sparse if they are.

        Raises
        ------
        TypeError
            If the keys are of another dtype.
        """
        if not isinstance(keys, SparseTensor):
            keys = convert_to_tensor(keys)
        if keys.dtype.base_dtype != self.key_dtype:
            raise TypeError(
                f"Signature mismatch. Keys must be dtype {self.key_dtype}, got {keys.dtype}."
            )
        values = keys.values if isinstance(keys, SparseTensor) else keys
        if self._table is not None and self._table.key_dtype == dtypes.int64:
            values = cast(values, dtypes.int64)
        found = self._numbers(values, name)
        if isinstance(keys, SparseTensor):
            return SparseTensor(keys.indices, found, keys.dense_shape)
        return found

    def _numbers(self, values: Tensor, name: str | None) -> Tensor:
        table = self._table
        if table is not None and self._num_oov_buckets == 0:
            found: Tensor = table.lookup(values, name=name)
            return found
        with name_scope(name, f"{self.name}_Lookup"):
            texts = values if values.dtype == dtypes.string else as_string(values)
            bucket = self._bucket_function()
            buckets = bucket(texts, num_buckets=self._num_oov_buckets, name="hash_bucket")
            if table is None:
                return buckets
            ids = table.lookup(values)
            buckets = add(buckets, table.size())
            return where_v2(not_equal(ids, table.default_value), ids, buckets)


class IdTableWithHashBuckets(_BucketedTable):
    """A table from words to numbers, with buckets for the words that it lacks.

    Parameters
    ----------
    table : LookupInterface or None
        The known words; None for buckets only.
    num_oov_buckets : int
        How many buckets there are for the others.
    hasher_spec : HasherSpec
        How to choose a bucket.
    name : str, optional
    key_dtype : DType, optional
        The dtype of the keys that are looked up.

    Raises
    ------
    TypeError
        If the dtypes do not fit.
    ValueError
        If there is neither a table nor a bucket.

    Examples
    --------
    >>> table = tf.contrib.lookup.IdTableWithHashBuckets(None, num_oov_buckets=10)
    >>> tf.Session().run(table.lookup(tf.constant(["a", "b"])))
    array([9, 2])
    """

    def __init__(
        self,
        table: Any,
        num_oov_buckets: int,
        hasher_spec: HasherSpec = FastHashSpec,
        name: str | None = None,
        key_dtype: Any = None,
    ) -> None:
        wanted = None if key_dtype is None else as_dtype(key_dtype)
        if table is not None:
            wanted = wanted or table.key_dtype
            _check_known(table, wanted)
        elif num_oov_buckets <= 0:
            raise ValueError("oov_buckets must be > 0 if no table is supplied.")
        wanted = wanted or dtypes.string
        if not (wanted.is_integer or wanted == dtypes.string):
            raise TypeError(f"Invalid key_dtype, expected integer or string, got {wanted}.")
        if not isinstance(hasher_spec, HasherSpec):
            raise TypeError(f"hasher_spec must be of type HasherSpec, got {hasher_spec}")
        super().__init__(wanted, dtypes.int64)
        self._table = table
        self._num_oov_buckets = num_oov_buckets
        self._hasher_spec = hasher_spec
        self._name = name or (table.name if table is not None else "hash_bucket")

    @property
    def init(self) -> Operation | None:
        """Old name of `initializer`."""
        return self.initializer

    def _bucket_function(self) -> Callable[..., Tensor]:
        if self._hasher_spec.hasher == "fasthash":
            return string_to_hash_bucket_fast
        if self._hasher_spec.hasher == "stronghash":
            return functools.partial(string_to_hash_bucket_strong, key=self._hasher_spec.key)
        raise ValueError(f"Unknown hasher {self._hasher_spec.hasher}")


class StaticVocabularyTable(_BucketedTable):
    """A table from words to numbers, with buckets for the words that it lacks.

    Parameters
    ----------
    initializer : TableInitializerBase or None
        The known words and their numbers, of int64; None for buckets only.
    num_oov_buckets : int
        How many buckets there are for the others, at least one.
    lookup_key_dtype : DType, optional
        The dtype of the keys that are looked up: an integer one for tables of int64.
    name : str, optional

    Raises
    ------
    TypeError
        If the dtypes do not fit.
    ValueError
        If there is no bucket.

    Examples
    --------
    >>> words = tf.lookup.KeyValueTensorInitializer(["a", "b"], [0, 1], value_dtype=tf.int64)
    >>> table = tf.lookup.StaticVocabularyTable(words, num_oov_buckets=3)
    >>> found = table.lookup(tf.constant(["b", "z"]))
    >>> with tf.Session() as session:
    ...     session.run(tf.tables_initializer())
    ...     session.run(found)
    array([1, 3])
    """

    def __init__(
        self,
        initializer: TableInitializerBase | None,
        num_oov_buckets: int,
        lookup_key_dtype: Any = None,
        name: str | None = None,
    ) -> None:
        if num_oov_buckets <= 0:
            raise ValueError("oov_buckets must be > 0.")
        wanted = None if lookup_key_dtype is None else as_dtype(lookup_key_dtype)
        table = None
        if initializer is not None:
            wanted = wanted or initializer.key_dtype
            _check_known(initializer, wanted)
            table = StaticHashTable(initializer, default_value=-1)
        super().__init__(wanted or dtypes.string, dtypes.int64)
        self._table = table
        self._num_oov_buckets = num_oov_buckets
        self._name = name or (table.name if table is not None else "hash_bucket")
