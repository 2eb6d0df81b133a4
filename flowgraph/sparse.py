"""The `tf.sparse` namespace."""

from flowgraph.ops.sparse import sparse_placeholder as placeholder, SparseTensor
