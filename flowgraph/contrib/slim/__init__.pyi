from flowgraph.contrib.slim import (
    evaluation, learning, losses, metrics, model_analyzer, nets, prefetch_queue, utils,
)
from flowgraph.contrib.arguments import (
    add_arg_scope, arg_scope, arg_scoped_arguments, has_arg_scope,
)
from flowgraph.contrib.checkpoint_assignment import (
    assign_from_checkpoint, assign_from_checkpoint_fn, assign_from_values,
    assign_from_values_fn,
)
from flowgraph.contrib.framework_variables import (
    add_model_variable, filter_variables, get_local_variables, get_model_variables,
    get_trainable_variables, get_unique_variable, get_variable_full_name, get_variables,
    get_variables_by_name, get_variables_by_suffix, get_variables_to_restore,
)
from flowgraph.contrib.layers.connected import fully_connected
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
from flowgraph.contrib.layers.optimization import optimize_loss
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
from flowgraph.contrib.model_variables import (
    global_variable, local_variable, model_variable, variable,
)
from flowgraph.train.global_steps import (
    assert_global_step, create_global_step, get_global_step, get_or_create_global_step,
)

__all__ = [
    "add_arg_scope", "add_model_variable", "apply_regularization", "arg_scope",
    "arg_scoped_arguments", "assert_global_step", "assign_from_checkpoint",
    "assign_from_checkpoint_fn", "assign_from_values", "assign_from_values_fn", "avg_pool2d",
    "batch_norm", "bias_add", "conv2d", "conv2d_transpose", "convolution2d",
    "convolution2d_transpose", "create_global_step", "dropout", "embed_sequence",
    "embedding_lookup_unique", "evaluation", "filter_variables", "flatten", "fully_connected",
    "get_global_step", "get_local_variables", "get_model_variables",
    "get_or_create_global_step", "get_trainable_variables", "get_unique_variable",
    "get_variable_full_name", "get_variables", "get_variables_by_name",
    "get_variables_by_suffix", "get_variables_to_restore", "global_variable", "group_norm",
    "has_arg_scope", "instance_norm", "l1_l2_regularizer", "l1_regularizer", "l2_regularizer",
    "layer_norm", "learning", "local_variable", "losses", "max_pool2d", "maxout", "metrics",
    "model_analyzer", "model_variable", "nets", "one_hot_encoding", "optimize_loss",
    "prefetch_queue", "repeat", "separable_conv2d", "separable_convolution2d", "softmax",
    "stack", "sum_regularizer", "summarize_activation", "summarize_activations",
    "summarize_collection", "summarize_tensor", "summarize_tensors", "unit_norm", "utils",
    "variable", "variance_scaling_initializer", "xavier_initializer",
    "xavier_initializer_conv2d",
]
