"""`tf.contrib.layers` on embeddings of sparse ids."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.tensor import Tensor
from flowgraph.ops import embedding_sparse
from flowgraph.ops.sparse import SparseTensor


def safe_embedding_lookup_sparse(
    embedding_weights: Any,
    sparse_ids: SparseTensor,
    sparse_weights: SparseTensor | None = None,
    combiner: str | None = None,
    default_id: int | None = None,
    name: str | None = None,
    partition_strategy: str = "div",
    max_norm: Any = None,
) -> Tensor:
    """Look up and combine rows of a table, also for rows without a valid id.

    As `tf.nn.safe_embedding_lookup_sparse`; `combiner` is ``"mean"`` if left out.

    Examples
    --------
    >>> table = tf.constant([[1.0], [2.0]])
    >>> ids = tf.SparseTensor([[1, 0]], tf.constant([1], tf.int64), [2, 1])
    >>> tf.Session().run(tf.contrib.layers.safe_embedding_lookup_sparse([table], ids))
    array([[0.],
           [2.]], dtype=float32)
    """
    return embedding_sparse.safe_embedding_lookup_sparse(
        embedding_weights, sparse_ids, sparse_weights, combiner or "mean", default_id, name,
        partition_strategy, max_norm,
    )  # fmt: skip
