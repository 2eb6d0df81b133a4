"""The `tf.contrib.framework` namespace."""

# ruff: noqa: I001 - packed: the names are a table to be read at a glance
# fmt: off

from flowgraph.contrib.arguments import (
    add_arg_scope, arg_scope, arg_scoped_arguments, has_arg_scope,
)

__all__ = [
    "add_arg_scope", "arg_scope", "arg_scoped_arguments", "has_arg_scope",
]
