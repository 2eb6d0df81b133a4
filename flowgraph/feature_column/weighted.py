"""Columns of categories with weights."""

from __future__ import annotations

import dataclasses
from typing import Any

from flowgraph import dtypes
from flowgraph.dtypes import DType, as_dtype
from flowgraph.feature_column.column import (
    CategoricalColumn,
    Features,
    IdWeightPair,
    to_sparse,
)
from flowgraph.ops.core import cast
from flowgraph.ops.parsing_features import VarLenFeature
from flowgraph.ops.sparse import SparseTensor


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
