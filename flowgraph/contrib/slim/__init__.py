"""The `tf.contrib.slim` namespace."""

# ruff: noqa: I001 - packed: the names are a table to be read at a glance
# fmt: off

from flowgraph.contrib.slim import evaluation, learning
from flowgraph.contrib.arguments import (
    add_arg_scope, arg_scope, arg_scoped_arguments, has_arg_scope,
)
from flowgraph.contrib.layers.connected import fully_connected
from flowgraph.contrib.layers.convolutions import (
    avg_pool2d, conv2d, conv2d as convolution2d, conv2d_transpose, conv2d_transpose as
    convolution2d_transpose, max_pool2d,
)
from flowgraph.contrib.layers.initializers import (
    variance_scaling_initializer, xavier_initializer, xavier_initializer as
    xavier_initializer_conv2d,
)
from flowgraph.contrib.layers.layer_normalization import layer_norm
from flowgraph.contrib.layers.normalization import batch_norm
from flowgraph.contrib.layers.regularizers import (
    apply_regularization, l1_l2_regularizer, l1_regularizer, l2_regularizer, sum_regularizer,
)
from flowgraph.contrib.layers.shaping import dropout, flatten, repeat, stack

__all__ = [
    "add_arg_scope", "apply_regularization", "arg_scope", "arg_scoped_arguments", "avg_pool2d",
    "batch_norm", "conv2d", "conv2d_transpose", "convolution2d", "convolution2d_transpose",
    "dropout", "evaluation", "flatten", "fully_connected", "has_arg_scope", "l1_l2_regularizer",
    "l1_regularizer", "l2_regularizer", "layer_norm", "learning", "max_pool2d", "repeat",
    "stack", "sum_regularizer", "variance_scaling_initializer", "xavier_initializer",
    "xavier_initializer_conv2d",
]
