from flowgraph.contrib.layers import utils
from flowgraph.contrib.layers.connected import fully_connected, linear, relu
from flowgraph.contrib.layers.convolutions import (
    avg_pool2d, conv2d, conv2d as convolution2d, conv2d_transpose, conv2d_transpose as
    convolution2d_transpose, max_pool2d,
)
from flowgraph.contrib.layers.embedding import (
    embed_sequence, embedding_lookup_unique, one_hot_encoding,
)
from flowgraph.contrib.layers.group_normalization import group_norm, instance_norm
from flowgraph.contrib.layers.initializers import (
    variance_scaling_initializer, xavier_initializer, xavier_initializer as
    xavier_initializer_conv2d,
)
from flowgraph.contrib.layers.layer_normalization import layer_norm
from flowgraph.contrib.layers.normalization import batch_norm
from flowgraph.contrib.layers.optimization import (
    optimize_loss, OPTIMIZER_CLS_NAMES, OPTIMIZER_SUMMARIES,
)
from flowgraph.contrib.layers.regularizers import (
    apply_regularization, l1_l2_regularizer, l1_regularizer, l2_regularizer, sum_regularizer,
)
from flowgraph.contrib.layers.separable import (
    separable_conv2d, separable_conv2d as separable_convolution2d,
)
from flowgraph.contrib.layers.shaping import dropout, flatten, repeat, stack
from flowgraph.contrib.layers.summaries import (
    summarize_activation, summarize_activations, summarize_collection, summarize_tensor,
    summarize_tensors,
)
from flowgraph.contrib.layers.units import bias_add, maxout, softmax, unit_norm
from flowgraph.contrib.sparse_embedding import safe_embedding_lookup_sparse

__all__ = [
    "OPTIMIZER_CLS_NAMES", "OPTIMIZER_SUMMARIES", "apply_regularization", "avg_pool2d",
    "batch_norm", "bias_add", "conv2d", "conv2d_transpose", "convolution2d",
    "convolution2d_transpose", "dropout", "embed_sequence", "embedding_lookup_unique",
    "flatten", "fully_connected", "group_norm", "instance_norm", "l1_l2_regularizer",
    "l1_regularizer", "l2_regularizer", "layer_norm", "linear", "max_pool2d", "maxout",
    "one_hot_encoding", "optimize_loss", "relu", "repeat", "safe_embedding_lookup_sparse",
    "separable_conv2d", "separable_convolution2d", "softmax", "stack", "sum_regularizer",
    "summarize_activation", "summarize_activations", "summarize_collection", "summarize_tensor",
    "summarize_tensors", "unit_norm", "utils", "variance_scaling_initializer",
    "xavier_initializer", "xavier_initializer_conv2d",
]
