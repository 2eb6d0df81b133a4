"""The `tf.sparse` namespace."""

# ruff: noqa: I001 - packed: the names are a table to be read at a glance
# fmt: off

from flowgraph.ops.sparse import sparse_placeholder as placeholder, SparseTensor
from flowgraph.ops.sparse_dense import sparse_tensor_to_dense as to_dense
from flowgraph.ops.sparse_matmul import sparse_tensor_dense_matmul as sparse_dense_matmul

__all__ = [
    "SparseTensor", "placeholder", "sparse_dense_matmul", "to_dense",
]
