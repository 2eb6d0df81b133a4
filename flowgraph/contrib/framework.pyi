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
from flowgraph.contrib.model_variables import (
    global_variable, local_variable, model_variable, variable,
)
from flowgraph.ops.conditional import smart_cond
from flowgraph.ops.sorting import argsort, sort
from flowgraph.ops.sparse import is_tensor
from flowgraph.train.checkpoint_initialization import init_from_checkpoint
from flowgraph.train.checkpoint_reader import list_variables, load_checkpoint, load_variable
from flowgraph.train.global_steps import (
    assert_global_step, create_global_step, get_global_step, get_or_create_global_step,
)

__all__ = [
    "add_arg_scope", "add_model_variable", "arg_scope", "arg_scoped_arguments", "argsort",
    "assert_global_step", "assign_from_checkpoint", "assign_from_checkpoint_fn",
    "assign_from_values", "assign_from_values_fn", "create_global_step", "filter_variables",
    "get_global_step", "get_local_variables", "get_model_variables",
    "get_or_create_global_step", "get_trainable_variables", "get_unique_variable",
    "get_variable_full_name", "get_variables", "get_variables_by_name",
    "get_variables_by_suffix", "get_variables_to_restore", "global_variable", "has_arg_scope",
    "init_from_checkpoint", "is_tensor", "list_variables", "load_checkpoint", "load_variable",
    "local_variable", "model_variable", "smart_cond", "sort", "variable",
]
