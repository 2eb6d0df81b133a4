"""Numbers of words or classes as vectors."""

from __future__ import annotations

from typing import Any

from flowgraph.contrib.arguments import add_arg_scope
from flowgraph.contrib.model_variables import model_variable
from flowgraph.contrib.named_outputs import collect_named_outputs
from flowgraph.dtypes import int32, int64
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import reshape
from flowgraph.ops.core import cast, convert_to_tensor
from flowgraph.ops.core import shape as shape_of
from flowgraph.ops.embedding import embedding_lookup
from flowgraph.ops.gathering import gather
from flowgraph.ops.joining import concat
from flowgraph.ops.masking import one_hot
from flowgraph.ops.partitioning import unique
from flowgraph.ops.reduction import reduce_prod
from flowgraph.variables.variable_scope import variable_scope


@add_arg_scope
def one_hot_encoding(
    labels: Any,
    num_classes: int,
    on_value: float = 1.0,
    off_value: float = 0.0,
    outputs_collections: Any = None,
    scope: str | None = None,
) -> Tensor:
    """Turn numbers of classes into vectors with one element set.

    Parameters
    ----------
    labels : Tensor
        int32 or int64.
    num_classes : int
    on_value, off_value : float
        The element of the class, and the others.
    outputs_collections : str or list of str, optional
        Where to list the output.
    scope : str, optional

    Examples
    --------
    >>> print(tf.Session().run(tf.contrib.layers.one_hot_encoding([1, 0], 2)))
    [[0. 1.]
     [1. 0.]]
    """
    with name_scope(scope, "OneHotEncoding", [labels, num_classes]) as inner:
        labels = convert_to_tensor(labels)
        if labels.dtype.base_dtype is int32:
            labels = cast(labels, int64, name="ToInt64")
        outputs = one_hot(labels, num_classes, on_value=on_value, off_value=off_value)
        return collect_named_outputs(outputs_collections, inner, outputs)


def embedding_lookup_unique(
    params: Any, ids: Any, partition_strategy: str = "mod", name: str | None = None
) -> Tensor:
    """Look up vectors as `tf.nn.embedding_lookup` does, each once however often it is asked for.

    Parameters
    ----------
    params : Variable or Tensor, or list of them
    ids : Tensor
        Of any shape.
    partition_strategy : {"mod", "div"}
    name : str, optional

    Examples
    --------
    >>> table = tf.constant([[0.0], [1.0], [2.0]])
    >>> print(tf.Session().run(tf.contrib.layers.embedding_lookup_unique(table, [2, 2, 0])))
    [[2.]
     [2.]
     [0.]]
    """
    with name_scope(name, "EmbeddingLookupUnique", [params, ids]):
        ids = convert_to_tensor(ids)
        sizes = shape_of(ids)
        distinct, places = unique(reshape(ids, reduce_prod(sizes, keepdims=True)))
        vectors = embedding_lookup(params, distinct, partition_strategy)
        flat = gather(vectors, places)
        result = reshape(flat, concat([sizes, shape_of(vectors)[1:]], 0))
        result.set_shape(ids.shape.concatenate(vectors.shape[1:]))
        return result


def embed_sequence(
    ids: Any,
    vocab_size: int | None = None,
    embed_dim: int | None = None,
    unique: bool = False,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    scope: Any = None,
    reuse: bool | None = None,
) -> Tensor:
    """Look up vectors that are trained for the numbers in sequences.

    Parameters
    ----------
    ids : Tensor
        ``(batch, length)`` numbers below `vocab_size`.
    vocab_size, embed_dim : int, optional
        How many vectors there are and how long; needed unless they are reused.
    unique : bool
        Look up each number once however often it occurs.
    initializer, regularizer, trainable
        Those of `tf.get_variable`.
    scope : str or VariableScope, optional
        ``"EmbedSequence"`` if left out.
    reuse : bool, optional
        Take the vectors that are in `scope`.

    Returns
    -------
    Tensor
        ``(batch, length, embed_dim)``.

    Raises
    ------
    ValueError
        If a size is missing.

    Examples
    --------
    >>> tf.contrib.layers.embed_sequence([[1, 2, 0]], vocab_size=5, embed_dim=4)
    <tf.Tensor 'EmbedSequence/embedding_lookup/Identity:0' shape=(1, 3, 4) dtype=float32>
    """
    if not (reuse or (vocab_size and embed_dim)):
        raise ValueError(
            "Must specify vocab size and embedding dimension when not reusing. Got "
            f"vocab_size={vocab_size} and embed_dim={embed_dim}"
        )
    with variable_scope(scope, "EmbedSequence", [ids], reuse=reuse):
        sizes = None if vocab_size is None or embed_dim is None else [vocab_size, embed_dim]
        embeddings = model_variable("embeddings", sizes, None, initializer, regularizer, trainable)
        lookup = embedding_lookup_unique if unique else embedding_lookup
        return lookup(embeddings, ids)
