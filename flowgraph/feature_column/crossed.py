"""Columns whose categories are the combinations of those of others."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from flowgraph import dtypes
from flowgraph.feature_column.categorical import HashedCategoricalColumn
from flowgraph.feature_column.column import CategoricalColumn, Features
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.core import apply_all, cast
from flowgraph.ops.feature_cross import SparseCross
from flowgraph.ops.parsing_features import VarLenFeature
from flowgraph.ops.sparse import SparseTensor

DEFAULT_HASH_KEY = 0xDECAFCAFFE

Crossable = str | CategoricalColumn


@dataclasses.dataclass(frozen=True)
class CrossedColumn(CategoricalColumn):
    """Combinations of categories. See `crossed_column`."""

    keys: tuple[Crossable, ...]
    hash_bucket_size: int
    hash_key: int | None

    @property
    def name(self) -> str:
        names = [k if isinstance(k, str) else k.name for k in _leaves(self)]
        return "_X_".join(sorted(names))

    @property
    def num_buckets(self) -> int:
        return self.hash_bucket_size

    @property
    def _features(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key in self.keys:
            if isinstance(key, str):
                found[key] = VarLenFeature(dtypes.string)
            else:
                found.update(key._features)
        return found

    def _transformed(self, features: Features) -> SparseTensor:
        crossed = []
        for key in _leaves(self):
            if isinstance(key, str):
                crossed.append(features.get(key))
                continue
            pair = key._sparse(features)
            if pair.weights is not None:
                raise ValueError(
                    "crossed_column does not support weight_tensor, but the given column "
                    f"populates weight_tensor. Given column: {key.name}"
                )
            crossed.append(pair.ids)
        return _cross(crossed, self.hash_bucket_size, self.hash_key)


def _leaves(column: CrossedColumn) -> Iterator[Crossable]:
    """Yield the keys of a crossed column; those of crossed columns in it in their place."""
    for key in column.keys:
        if isinstance(key, CrossedColumn):
            yield from _leaves(key)
        else:
            yield key


def _cross(inputs: list[Any], num_buckets: int, hash_key: int | None) -> SparseTensor:
    sparse = [given for given in inputs if isinstance(given, SparseTensor)]
    dense = [given for given in inputs if not isinstance(given, SparseTensor)]
    values = [_storable(given.values) for given in sparse]
    columns = [_storable(given) for given in dense]
    has_integers = any(tensor.dtype == dtypes.int64 for tensor in values + columns)
    op = SparseCross(
        hashed_output=True,
        num_buckets=num_buckets,
        hash_key=DEFAULT_HASH_KEY if hash_key is None else hash_key,
        out_type=dtypes.int64,
        internal_type=dtypes.int64 if has_integers else dtypes.string,
        N=len(sparse),
        sparse_types=tuple(tensor.dtype for tensor in values),
        dense_types=tuple(tensor.dtype for tensor in columns),
    )
    indices = [given.indices for given in sparse]
    shapes = [given.dense_shape for given in sparse]
    return SparseTensor(*apply_all(op, indices, values, shapes, columns))


def _storable(tensor: Tensor) -> Tensor:
    return tensor if tensor.dtype == dtypes.string else cast(tensor, dtypes.int64)


def crossed_column(keys: Any, hash_bucket_size: int, hash_key: int | None = None) -> CrossedColumn:
    """Describe the combinations of categories of several features, scattered by hash.

    Parameters
    ----------
    keys : list of str or CategoricalColumn
        Names of features of strings or integers, or columns; none of them hashed already.
    hash_bucket_size : int
        How many categories there are.
    hash_key : int, optional
        What the hash begins with.

    Raises
    ------
    ValueError
        If there are fewer than two keys, a key is something else, or there are too few
        categories.

    Examples
    --------
    >>> column = tf.feature_column.crossed_column(["country", "language"], 10)
    >>> features = {"country": [["x"]], "language": [["1"]]}
    >>> columns = [tf.feature_column.indicator_column(column)]
    >>> tf.Session().run(tf.feature_column.input_layer(features, columns))
    array([[0., 0., 0., 0., 0., 1., 0., 0., 0., 0.]], dtype=float32)
    """
    if not hash_bucket_size or hash_bucket_size < 1:
        raise ValueError(f"hash_bucket_size must be > 1. hash_bucket_size: {hash_bucket_size}")
    if not keys or len(keys) < 2:
        raise ValueError(f"keys must be a list with length > 1. Given: {keys}")
    for key in keys:
        if isinstance(key, HashedCategoricalColumn):
            raise ValueError(
                "categorical_column_with_hash_bucket is not supported for crossing. Hashing before "
                "crossing will increase probability of collision. Instead, use the feature name "
                f"as a string. Given: {key}"
            )
        if not isinstance(key, str | CategoricalColumn):
            raise ValueError(
                "Unsupported key type. All keys must be either string, or categorical column "
                f"except HashedCategoricalColumn. Given: {key}"
            )
    return CrossedColumn(tuple(keys), hash_bucket_size, hash_key)
