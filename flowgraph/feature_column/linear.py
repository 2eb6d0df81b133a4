"""A linear model of columns."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.feature_column.column import (
    CategoricalColumn,
    DenseColumn,
    FeatureColumn,
    Features,
    checked_columns,
    variable_collections,
)
from flowgraph.feature_column.inputs import check_batch_sizes
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.add_n import add_n
from flowgraph.ops.bias import bias_add
from flowgraph.ops.core import cast
from flowgraph.ops.embedding_sparse import safe_embedding_lookup_sparse
from flowgraph.ops.linalg import matmul
from flowgraph.ops.sparse_shapes import sparse_reshape
from flowgraph.variables.get_variable import get_variable
from flowgraph.variables.initializers import Zeros
from flowgraph.variables.variable import Variable
from flowgraph.variables.variable_scope import variable_scope


def linear_model(
    features: dict[str, Any],
    feature_columns: Any,
    units: int = 1,
    sparse_combiner: str = "sum",
    weight_collections: Any = None,
    trainable: bool = True,
    cols_to_vars: dict[Any, Any] | None = None,
) -> Tensor:
    """Return a weighted sum of what columns make of features, and a bias.

    Parameters
    ----------
    features : dict of str to Tensor or SparseTensor
        Vectors are taken for one number an example.
    feature_columns : list of FeatureColumn
        Each category has a weight of its own.
    units : int
        How many sums to return.
    sparse_combiner : {"sum", "mean", "sqrtn"}
        How the weights of several categories become one number: see
        `tf.nn.embedding_lookup_sparse`.
    weight_collections : list of str, optional
        Further collections for variables.
    trainable : bool
        Whether variables are put among the trainable ones.
    cols_to_vars : dict, optional
        Filled with a list of variables for each column, and for ``"bias"``.

    Returns
    -------
    Tensor
        float32 of shape ``[batch, units]``.

    Raises
    ------
    ValueError
        If something is no column, two have one name, a feature is missing, or numbers of
        examples differ.

    Notes
    -----
    All weights are zero at first.

    Examples
    --------
    >>> word = tf.feature_column.categorical_column_with_identity("word", 3)
    >>> columns = [tf.feature_column.numeric_column("a"), word]
    >>> sums = tf.feature_column.linear_model({"a": [[1.0]], "word": [[2]]}, columns)
    >>> [variable.name for variable in tf.trainable_variables()]
    ['linear_model/a/weights:0', 'linear_model/word/weights:0', 'linear_model/bias_weights:0']
    """
    columns = checked_columns(feature_columns)
    for column in columns:
        if not isinstance(column, DenseColumn | CategoricalColumn):
            raise ValueError(
                "Items of feature_columns must be either a _DenseColumn or _CategoricalColumn. "
                f"Given: {column}"
            )
    collections = variable_collections(weight_collections)
    with variable_scope(None, default_name="linear_model", values=features.values()) as scope:
        pass
    # TensorFlow's model is a layer: operations stand in two name scopes beside the variables.
    name = scope.name.split("/")[-1]
    with (
        variable_scope(scope, auxiliary_name_scope=False),
        name_scope(name, values=features.values()),
        name_scope(name),
    ):
        made = Features(features)
        sums = []
        for column in columns:
            with variable_scope(None, default_name=column._scope_name):
                weights = get_variable(
                    "weights",
                    shape=(_weight_count(column), units),
                    initializer=Zeros(),
                    trainable=trainable,
                    collections=collections,
                    use_resource=True,
                )
                if isinstance(column, CategoricalColumn):
                    sums.append(_of_categories(column, made, weights, sparse_combiner))
                else:
                    assert isinstance(column, DenseColumn)
                    flat = column._flat(made, collections, trainable)
                    sums.append(matmul(flat, weights, name="weighted_sum"))
            if cols_to_vars is not None:
                cols_to_vars[column] = [weights]
        check_batch_sizes(sums, columns)
        total = add_n(sums, name="weighted_sum_no_bias")
        bias = get_variable(
            "bias_weights",
            shape=(units,),
            dtype=dtypes.float32,
            initializer=Zeros(),
            trainable=trainable,
            collections=collections,
            use_resource=True,
        )
        if cols_to_vars is not None:
            cols_to_vars["bias"] = [bias]
        return bias_add(total, bias, name="weighted_sum")


def _weight_count(column: FeatureColumn) -> int | None:
    if isinstance(column, CategoricalColumn):
        return column.num_buckets
    assert isinstance(column, DenseColumn)
    return column.variable_shape.num_elements()


def _of_categories(
    column: CategoricalColumn, features: Features, table: Variable, combiner: str
) -> Tensor:
    ids, weights = column._sparse(features)
    with name_scope(None, "Shape"):
        sizes = cast(ids.dense_shape, dtypes.int32)
    rows = [sizes[0], -1]
    ids = sparse_reshape(ids, rows)
    if weights is not None:
        weights = sparse_reshape(weights, rows)
    return safe_embedding_lookup_sparse(table, ids, weights, combiner=combiner, name="weighted_sum")
