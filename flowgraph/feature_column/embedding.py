"""Columns that make numbers of categories: indicators and embeddings."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any

from flowgraph import dtypes
from flowgraph.feature_column.column import CategoricalColumn, DenseColumn, Features
from flowgraph.feature_column.weighted import WeightedCategoricalColumn
from flowgraph.graph.scope import add_to_collection, get_collection
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.embedding_sparse import safe_embedding_lookup_sparse
from flowgraph.ops.masking import one_hot
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.scattering import scatter_nd
from flowgraph.ops.sparse_dense import sparse_tensor_to_dense
from flowgraph.ops.sparse_joining import sparse_slice
from flowgraph.ops.sparse_making import sparse_merge
from flowgraph.shapes import TensorShape
from flowgraph.train.checkpoint_initialization import init_from_checkpoint
from flowgraph.variables.get_variable import get_variable
from flowgraph.variables.initializers import TruncatedNormal
from flowgraph.variables.variable import Variable


@dataclasses.dataclass(frozen=True)
class IndicatorColumn(DenseColumn):
    """How often each category occurs. See `indicator_column`."""

    categorical_column: CategoricalColumn

    @property
    def name(self) -> str:
        return f"{self.categorical_column.name}_indicator"

    @property
    def variable_shape(self) -> TensorShape:
        return TensorShape.of((1, self.categorical_column.num_buckets))

    @property
    def _features(self) -> dict[str, Any]:
        return self.categorical_column._features

    def _transformed(self, features: Features) -> Tensor:
        ids, weights = self.categorical_column._sparse(features)
        count = self.categorical_column.num_buckets
        if weights is not None:
            merged = sparse_merge(ids, weights, vocab_size=count)
            # Categories that are none have been put outside.
            inside = sparse_slice(merged, [0, 0], merged.dense_shape)
            return scatter_nd(inside.indices, inside.values, inside.dense_shape)
        numbers = sparse_tensor_to_dense(ids, default_value=-1)
        return reduce_sum(one_hot(numbers, count, on_value=1.0, off_value=0.0), axis=[-2])

    def _dense(self, features: Features, collections: list[str], trainable: bool) -> Tensor:
        tensor: Tensor = features.get(self)
        return tensor


@dataclasses.dataclass(frozen=True)
class EmbeddingColumn(DenseColumn):
    """Rows of a table that is trained. See `embedding_column`."""

    categorical_column: CategoricalColumn
    dimension: int
    combiner: str
    initializer: Any
    ckpt_to_load_from: str | None
    tensor_name_in_ckpt: str | None
    max_norm: float | None
    trainable: bool

    @property
    def name(self) -> str:
        return f"{self.categorical_column.name}_embedding"

    @property
    def variable_shape(self) -> TensorShape:
        return TensorShape.of((self.dimension,))

    @property
    def _features(self) -> dict[str, Any]:
        return self.categorical_column._features

    def _transformed(self, features: Features) -> Any:
        return self.categorical_column._sparse(features)

    def _dense(self, features: Features, collections: list[str], trainable: bool) -> Tensor:
        ids, weights = features.get(self)
        table = self._table(collections, trainable)
        return safe_embedding_lookup_sparse(
            table,
            ids,
            weights,
            combiner=self.combiner,
            name=f"{self.name}_weights",
            max_norm=self.max_norm,
        )

    def _table(self, collections: list[str], trainable: bool) -> Variable:
        table: Variable = get_variable(
            "embedding_weights",
            shape=(self.categorical_column.num_buckets, self.dimension),
            dtype=dtypes.float32,
            initializer=self.initializer,
            trainable=self.trainable and trainable,
            collections=collections,
        )
        if self.ckpt_to_load_from is not None:
            init_from_checkpoint(self.ckpt_to_load_from, {self.tensor_name_in_ckpt: table})
        return table


@dataclasses.dataclass(frozen=True)
class SharedEmbeddingColumn(EmbeddingColumn):
    """Rows of a table that several columns share. See `shared_embedding_columns`."""

    shared_embedding_collection_name: str

    @property
    def name(self) -> str:
        return f"{self.categorical_column.name}_shared_embedding"

    @property
    def _scope_name(self) -> str:
        return self.shared_embedding_collection_name

    def _table(self, collections: list[str], trainable: bool) -> Variable:
        shared: list[Variable] = get_collection(self.shared_embedding_collection_name)
        if len(shared) > 1:
            raise ValueError(
                f"Collection {shared} can only contain one variable. Suggested fix A: Choose a "
                "unique name for this collection. Suggested fix B: Do not add any variables to "
                "this collection. The feature_column library already adds a variable under the "
                "hood."
            )
        if shared:
            wanted = (self.categorical_column.num_buckets, self.dimension)
            if shared[0].shape != wanted:
                raise ValueError(
                    f"Shared embedding collection {self.shared_embedding_collection_name} contains "
                    f"variable {shared[0].name} of unexpected shape {shared[0].shape}. Expected "
                    f"shape is {wanted}. Suggested fix A: Choose a unique name for this "
                    "collection. Suggested fix B: Do not add any variables to this collection. "
                    "The feature_column library already adds a variable under the hood."
                )
            return shared[0]
        table = super()._table(collections, trainable)
        add_to_collection(self.shared_embedding_collection_name, table)
        return table


def indicator_column(categorical_column: CategoricalColumn) -> IndicatorColumn:
    """Describe how often each category occurs in an example, or the weights it has there.

    Parameters
    ----------
    categorical_column : CategoricalColumn

    Examples
    --------
    >>> word = tf.feature_column.categorical_column_with_identity("word", 3)
    >>> columns = [tf.feature_column.indicator_column(word)]
    >>> tf.Session().run(tf.feature_column.input_layer({"word": [[2, 0, 2]]}, columns))
    array([[1., 0., 2.]], dtype=float32)
    """
    return IndicatorColumn(categorical_column)


def embedding_column(
    categorical_column: CategoricalColumn,
    dimension: int,
    combiner: str = "mean",
    initializer: Callable[..., Any] | None = None,
    ckpt_to_load_from: str | None = None,
    tensor_name_in_ckpt: str | None = None,
    max_norm: float | None = None,
    trainable: bool = True,
) -> EmbeddingColumn:
    """Describe rows of a table, one for each category, combined for each example.

    Parameters
    ----------
    categorical_column : CategoricalColumn
    dimension : int
        How long a row is.
    combiner : {"mean", "sqrtn", "sum"}
        How the rows of an example become one: see `tf.nn.embedding_lookup_sparse`.
    initializer : callable, optional
        Of the table; by default normal numbers of deviation ``1 / sqrt(dimension)``,
        truncated.
    ckpt_to_load_from, tensor_name_in_ckpt : str, optional
        A checkpoint that holds the table, and its name there.
    max_norm : float, optional
        Scale down rows whose Euclidean norm is greater.
    trainable : bool

    Raises
    ------
    ValueError
        If the arguments do not fit each other.

    Examples
    --------
    >>> word = tf.feature_column.categorical_column_with_identity("word", 3)
    >>> column = tf.feature_column.embedding_column(word, 2, initializer=tf.ones_initializer())
    >>> layer = tf.feature_column.input_layer({"word": [[2], [0]]}, [column])
    >>> tf.trainable_variables()
    [<tf.Variable 'input_layer/word_embedding/embedding_weights:0' shape=(3, 2) dtype=float32_ref>]
    """
    _check_dimension(dimension)
    _check_checkpoint(ckpt_to_load_from, tensor_name_in_ckpt)
    if initializer is not None and not callable(initializer):
        raise ValueError(
            "initializer must be callable if specified. Embedding of column_name: "
            f"{categorical_column.name}"
        )
    return EmbeddingColumn(
        categorical_column,
        dimension,
        combiner,
        initializer or TruncatedNormal(mean=0.0, stddev=1 / math.sqrt(dimension)),
        ckpt_to_load_from,
        tensor_name_in_ckpt,
        max_norm,
        trainable,
    )


def shared_embedding_columns(
    categorical_columns: Sequence[CategoricalColumn],
    dimension: int,
    combiner: str = "mean",
    initializer: Callable[..., Any] | None = None,
    shared_embedding_collection_name: str | None = None,
    ckpt_to_load_from: str | None = None,
    tensor_name_in_ckpt: str | None = None,
    max_norm: float | None = None,
    trainable: bool = True,
) -> list[SharedEmbeddingColumn]:
    """Describe rows of one table for several columns of categories.

    Parameters
    ----------
    categorical_columns : list of CategoricalColumn
        Of one kind and one number of categories.
    dimension, combiner, initializer
        As for `embedding_column`.
    shared_embedding_collection_name : str, optional
        The collection that the table is put in; the columns' names, if left out.
    ckpt_to_load_from, tensor_name_in_ckpt, max_norm, trainable
        As for `embedding_column`.

    Returns
    -------
    list of SharedEmbeddingColumn

    Raises
    ------
    ValueError
        If the columns differ, or the arguments do not fit each other.

    Examples
    --------
    >>> words = [tf.feature_column.categorical_column_with_identity(k, 3) for k in "ab"]
    >>> columns = tf.feature_column.shared_embedding_columns(words, 2)
    >>> layer = tf.feature_column.input_layer({"a": [[2]], "b": [[0]]}, columns)
    >>> [variable.name for variable in tf.trainable_variables()]
    ['input_layer/a_b_shared_embedding/embedding_weights:0']
    """
    _check_dimension(dimension)
    _check_checkpoint(ckpt_to_load_from, tensor_name_in_ckpt)
    if initializer is not None and not callable(initializer):
        raise ValueError("initializer must be callable if specified.")
    columns = sorted(categorical_columns, key=lambda column: column.name)
    _check_alike(columns)
    if shared_embedding_collection_name is None:
        names = [column.name for column in columns]
        shared_embedding_collection_name = "_".join([*names, "shared_embedding"])
    return [
        SharedEmbeddingColumn(
            column,
            dimension,
            combiner,
            initializer or TruncatedNormal(mean=0.0, stddev=1 / math.sqrt(dimension)),
            ckpt_to_load_from,
            tensor_name_in_ckpt,
            max_norm,
            trainable,
            shared_embedding_collection_name,
        )
        for column in categorical_columns
    ]


def _check_dimension(dimension: int | None) -> None:
    if dimension is None or dimension < 1:
        raise ValueError(f"Invalid dimension {dimension}.")


def _check_checkpoint(path: str | None, name: str | None) -> None:
    if (path is None) != (name is None):
        raise ValueError(
            "Must specify both `ckpt_to_load_from` and `tensor_name_in_ckpt` or none of them."
        )


def _check_alike(columns: Sequence[CategoricalColumn]) -> None:
    first = columns[0]
    for column in columns[1:]:
        if first.num_buckets != column.num_buckets:
            raise ValueError(
                "To use shared_embedding_column, all categorical_columns must have the same number "
                f"of buckets. Given column: {first} with buckets: {first.num_buckets} does  not "
                f"match column: {column} with buckets: {column.num_buckets}"
            )
        if type(_unweighted(first)) is not type(_unweighted(column)):
            raise ValueError(
                "To use shared_embedding_column, all categorical_columns must have the same type, "
                "or be weighted_categorical_column of the same type. "
                f"Given column: {first} of type: {type(first)} does not match given column: "
                f"{column} of type: {type(column)}"
            )


def _unweighted(column: CategoricalColumn) -> CategoricalColumn:
    while isinstance(column, WeightedCategoricalColumn):
        column = column.categorical_column
    return column
