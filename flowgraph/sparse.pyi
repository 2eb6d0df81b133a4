from flowgraph.ops.accumulator import SparseConditionalAccumulator
from flowgraph.ops.sparse import sparse_placeholder as placeholder, SparseTensor
from flowgraph.ops.sparse_crossing import cross, cross_hashed
from flowgraph.ops.sparse_dense import sparse_tensor_to_dense as to_dense
from flowgraph.ops.sparse_elementwise import (
    sparse_add as add, sparse_maximum as maximum, sparse_minimum as minimum,
)
from flowgraph.ops.sparse_joining import (
    sparse_concat as concat, sparse_slice as slice, sparse_split as split,
)
from flowgraph.ops.sparse_making import (
    from_dense, sparse_eye as eye, sparse_mask as mask, sparse_merge as merge,
    sparse_to_indicator as to_indicator,
)
from flowgraph.ops.sparse_matmul import (
    sparse_tensor_dense_matmul as matmul, sparse_tensor_dense_matmul as sparse_dense_matmul,
)
from flowgraph.ops.sparse_order import (
    sparse_expand_dims as expand_dims, sparse_reorder as reorder, sparse_retain as retain,
    sparse_transpose as transpose,
)
from flowgraph.ops.sparse_reduction import (
    sparse_reduce_max as reduce_max, sparse_reduce_max_sparse as reduce_max_sparse,
    sparse_reduce_sum as reduce_sum, sparse_reduce_sum_sparse as reduce_sum_sparse,
    sparse_softmax as softmax,
)
from flowgraph.ops.sparse_rows import sparse_fill_empty_rows as fill_empty_rows
from flowgraph.ops.sparse_segments import (
    sparse_segment_mean as segment_mean, sparse_segment_sqrt_n as segment_sqrt_n,
    sparse_segment_sum as segment_sum,
)
from flowgraph.ops.sparse_shapes import sparse_reset_shape as reset_shape, sparse_reshape as reshape

__all__ = [
    "SparseConditionalAccumulator", "SparseTensor", "add", "concat", "cross", "cross_hashed",
    "expand_dims", "eye", "fill_empty_rows", "from_dense", "mask", "matmul", "maximum", "merge",
    "minimum", "placeholder", "reduce_max", "reduce_max_sparse", "reduce_sum",
    "reduce_sum_sparse", "reorder", "reset_shape", "reshape", "retain", "segment_mean",
    "segment_sqrt_n", "segment_sum", "slice", "softmax", "sparse_dense_matmul", "split",
    "to_dense", "to_indicator", "transpose",
]
