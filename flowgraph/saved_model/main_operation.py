"""The operation that is run when a SavedModel has been loaded."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import control_dependencies
from flowgraph.lookup.collections import tables_initializer
from flowgraph.ops.control import group
from flowgraph.variables.collections import (
    global_variables_initializer,
    local_variables_initializer,
)


def main_op() -> Operation:
    """Return an operation that initializes all variables, local variables and tables.

    Examples
    --------
    >>> tf.saved_model.main_op.main_op().name
    'group_deps'
    """
    return group(
        global_variables_initializer(), local_variables_initializer(), tables_initializer()
    )


def main_op_with_restore(restore_op_name: Any) -> Operation:
    """Return an operation that initializes all and then restores.

    Parameters
    ----------
    restore_op_name : Operation or Tensor
        What restores.

    Raises
    ------
    TypeError
        If it is a name, in spite of its own: TensorFlow takes none either.

    Examples
    --------
    >>> w = tf.Variable(1.0)
    >>> tf.saved_model.main_op_with_restore(tf.assign(w, 2.0).op).name
    'group_deps_1'
    """
    with control_dependencies([main_op()]):
        return group(restore_op_name)
