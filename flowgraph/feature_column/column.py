"""What feature columns have in common: how a column makes a tensor of a dict of features."""

from __future__ import annotations

import abc
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from flowgraph import dtypes
from flowgraph.graph.scope import GraphKeys, control_dependencies, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import expand_dims, reshape
from flowgraph.ops.assertions import assert_positive
from flowgraph.ops.comparison import equal, not_equal
from flowgraph.ops.conditional import cond
from flowgraph.ops.core import cast, rank, shape
from flowgraph.ops.scattering import gather_nd
from flowgraph.ops.selection import where
from flowgraph.ops.sparse import SparseTensor, convert_to_tensor_or_sparse_tensor
from flowgraph.ops.sparse_shapes import sparse_reshape
from flowgraph.shapes import TensorShape


class FeatureColumn(abc.ABC):
    """A description of how features become input of a model.

    Columns are values: two of equal arguments are equal, and share what they compute.
    """

    @property
    @abc.abstractmethod
    def name(self) -> str:
        """The column's name, which its variables bear."""

    @property
    def _scope_name(self) -> str:
        return self.name

    @property
    @abc.abstractmethod
    def _features(self) -> dict[str, Any]:
        """How to parse the features that it is made of, by their names."""

    @abc.abstractmethod
    def _transformed(self, features: Features) -> Any:
        """Return what the column makes of features, before any variable comes in."""


class DenseColumn(FeatureColumn):
    """A column that gives numbers for each example."""

    @property
    @abc.abstractmethod
    def variable_shape(self) -> TensorShape:
        """The shape of what it gives for one example."""

    @abc.abstractmethod
    def _dense(self, features: Features, collections: list[str], trainable: bool) -> Tensor:
        """Return the numbers, of shape ``[batch] + variable_shape``."""

    def _flat(self, features: Features, collections: list[str], trainable: bool) -> Tensor:
        """Return the numbers of each example in a row."""
        tensor = self._dense(features, collections, trainable)
        return reshape(tensor, (shape(tensor)[0], self.variable_shape.num_elements()))


class IdWeightPair(NamedTuple):
    """The categories of each example, and their weights, if they have any."""

    ids: SparseTensor
    weights: SparseTensor | None


class CategoricalColumn(FeatureColumn):
    """A column that gives categories, by number, for each example."""

    @property
    @abc.abstractmethod
    def num_buckets(self) -> int:
        """How many categories there are."""

    def _sparse(self, features: Features) -> IdWeightPair:
        """Return the categories."""
        return IdWeightPair(features.get(self), None)


class Features:
    """A dict of features, and what columns have made of them so far.

    Parameters
    ----------
    features : dict of str to Tensor or SparseTensor
    """

    def __init__(self, features: Mapping[str, Any]) -> None:
        self._given = features
        self._made: dict[Any, Any] = {}

    def get(self, key: str | FeatureColumn) -> Any:
        """Return a feature, of rank 2 at least, or what a column makes of features.

        Raises
        ------
        ValueError
            If there is no such feature, or it is a scalar.
        """
        if key not in self._made:
            made = self._feature(key) if isinstance(key, str) else key._transformed(self)
            self._made[key] = made
        return self._made[key]

    def _feature(self, key: str) -> Any:
        if key not in self._given:
            raise ValueError(f"Feature {key} is not in features dictionary.")
        feature = convert_to_tensor_or_sparse_tensor(self._given[key])
        ndims = feature.shape.ndims
        if ndims == 0:
            raise ValueError(f"Feature (key: {key}) cannot have rank 0. Given: {feature}")
        if isinstance(feature, SparseTensor):
            if ndims != 1:
                return feature
            return sparse_reshape(feature, [feature.dense_shape[0], 1])
        if ndims is None:
            return _at_least_matrix(key, feature)
        return expand_dims(feature, -1) if ndims == 1 else feature


def _at_least_matrix(key: str, feature: Tensor) -> Tensor:
    """Return a feature whose rank only a run can tell, vectors as columns."""
    message = f"Feature (key: {key}) cannot have rank 0. Given: {feature}"
    with control_dependencies([assert_positive(rank(feature), message=message)]):
        is_vector = equal(1, rank(feature))
        matrix: Tensor = cond(is_vector, lambda: expand_dims(feature, -1), lambda: feature)
        return matrix


def to_sparse(tensor: Any, ignore_value: Any = None) -> SparseTensor:
    """Return a dense tensor as a sparse one, without what stands for nothing.

    Parameters
    ----------
    tensor : Tensor or SparseTensor
    ignore_value : scalar, optional
        What is left out: by default empty strings, and -1.
    """
    if isinstance(tensor, SparseTensor):
        return tensor
    with name_scope(None, "to_sparse_input", [tensor, ignore_value]):
        if ignore_value is None:
            ignore_value = "" if tensor.dtype == dtypes.string else -1
        ignored = cast(ignore_value, tensor.dtype, name="ignore_value")
        indices = where(not_equal(tensor, ignored), name="indices")
        return SparseTensor(
            indices,
            gather_nd(tensor, indices, name="values"),
            shape(tensor, out_type=dtypes.int64, name="dense_shape"),
        )


def checked_columns(feature_columns: Any) -> list[FeatureColumn]:
    """Return columns as a list sorted by name.

    Raises
    ------
    ValueError
        If something is no column, there is none, or two have one name.
    """
    if isinstance(feature_columns, FeatureColumn):
        feature_columns = [feature_columns]
    if isinstance(feature_columns, Mapping) or not isinstance(feature_columns, Iterable):
        kind = "dict" if isinstance(feature_columns, Mapping) else type(feature_columns)
        raise ValueError(f"Expected feature_columns to be iterable, found {kind}.")
    columns = list(feature_columns)
    for column in columns:
        if not isinstance(column, FeatureColumn):
            raise ValueError(
                f"Items of feature_columns must be a _FeatureColumn. Given (type {type(column)}): "
                f"{column}."
            )
    if not columns:
        raise ValueError("feature_columns must not be empty.")
    named: dict[str, FeatureColumn] = {}
    for column in columns:
        if column.name in named:
            raise ValueError(
                "Duplicate feature column name found for columns: "
                f"{column} and {named[column.name]}. This usually means that these columns refer "
                "to same base feature. Either one must be discarded or a duplicated but renamed "
                "item must be inserted in features dict."
            )
        named[column.name] = column
    return sorted(columns, key=lambda column: column.name)


def variable_collections(weight_collections: Any) -> list[str]:
    """Return the collections that the variables of columns are put in."""
    own = [GraphKeys.GLOBAL_VARIABLES, GraphKeys.MODEL_VARIABLES]
    return list(dict.fromkeys([*(weight_collections or ()), *own]))


def check_key(key: Any) -> None:
    """Raise ValueError unless a feature's name is a string."""
    if not isinstance(key, str):
        raise ValueError(f"key must be a string. Got: type {type(key)}. Given key: {key}.")
