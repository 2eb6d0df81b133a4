"""The input of a model, and how to parse its features, made of columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.feature_column.column import (
    DenseColumn,
    FeatureColumn,
    Features,
    checked_columns,
    variable_collections,
)
from flowgraph.graph.scope import GraphKeys, get_collection
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.joining import concat
from flowgraph.variables.variable_scope import variable_scope


def input_layer(
    features: dict[str, Any],
    feature_columns: Any,
    weight_collections: Any = None,
    trainable: bool = True,
    cols_to_vars: dict[Any, Any] | None = None,
    cols_to_output_tensors: dict[Any, Any] | None = None,
) -> Tensor:
    """Return what dense columns make of features, side by side in the order of their names.

    Parameters
    ----------
    features : dict of str to Tensor or SparseTensor
        Vectors are taken for one number an example.
    feature_columns : list of DenseColumn
        Columns of categories have to be wrapped by `indicator_column` or
        `embedding_column`.
    weight_collections : list of str, optional
        Further collections for variables.
    trainable : bool
        Whether variables are put among the trainable ones.
    cols_to_vars : dict, optional
        Filled with a list of variables for each column.
    cols_to_output_tensors : dict, optional
        Filled with the tensor of each column.

    Returns
    -------
    Tensor
        float32 of shape ``[batch, n]``.

    Raises
    ------
    ValueError
        If something is no such column, two have one name, a feature is missing, or
        numbers of examples differ.

    Examples
    --------
    >>> columns = [tf.feature_column.numeric_column(key) for key in ("b", "a")]
    >>> layer = tf.feature_column.input_layer({"a": [[1.0]], "b": [[2.0]]}, columns)
    >>> tf.Session().run(layer)
    array([[1., 2.]], dtype=float32)
    """
    columns: list[DenseColumn] = []
    for column in checked_columns(feature_columns):
        if not isinstance(column, DenseColumn):
            raise ValueError(
                "Items of feature_columns must be a _DenseColumn. You can wrap a categorical "
                "column with an embedding_column or indicator_column. "
                f"Given: {column}"
            )
        columns.append(column)
    collections = variable_collections(weight_collections)
    with variable_scope(None, default_name="input_layer", values=features.values()):
        made = Features(features)
        outputs = []
        for dense in columns:
            with variable_scope(None, default_name=dense._scope_name) as scope:
                outputs.append(dense._flat(made, collections, trainable))
                if cols_to_vars is not None:
                    own = get_collection(GraphKeys.GLOBAL_VARIABLES, f"{scope.name}/")
                    cols_to_vars[dense] = own
                if cols_to_output_tensors is not None:
                    cols_to_output_tensors[dense] = outputs[-1]
        check_batch_sizes(outputs, columns)
        return concat(outputs, 1)


def check_batch_sizes(tensors: Sequence[Tensor], columns: Sequence[FeatureColumn]) -> None:
    """Raise ValueError if columns are known to have different numbers of examples."""
    first = None
    for tensor, column in zip(tensors, columns, strict=True):
        size = tensor.shape.sizes[0] if tensor.shape.sizes else None
        if size is None:
            continue
        if first is not None and first[1] != size:
            raise ValueError(
                "Batch size (first dimension) of each feature must be same. Batch size of columns "
                f"({first[0]}, {column.name}): ({first[1]}, {size})"
            )
        first = first or (column.name, size)


def make_parse_example_spec(feature_columns: Any) -> dict[str, Any]:
    """Return how to parse the features of columns, for `tf.parse_example`.

    Parameters
    ----------
    feature_columns : list of FeatureColumn

    Returns
    -------
    dict
        From names to `FixedLenFeature` and `VarLenFeature`.

    Raises
    ------
    ValueError
        If something is no column, or two columns want one feature differently.

    Examples
    --------
    >>> tf.feature_column.make_parse_example_spec([tf.feature_column.numeric_column("a")])
    {'a': FixedLenFeature(shape=(1,), dtype=tf.float32, default_value=None)}
    """
    result: dict[str, Any] = {}
    for column in feature_columns:
        if not isinstance(column, FeatureColumn):
            raise ValueError(
                f"All feature_columns must be _FeatureColumn instances. Given: {column}"
            )
        for key, value in column._features.items():
            if result.setdefault(key, value) != value:
                raise ValueError(
                    f"feature_columns contain different parse_spec for key {key}. Given {value} "
                    f"and {result[key]}"
                )
    return result
