"""The operation that fills every lookup table of a graph."""

from __future__ import annotations

from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import GraphKeys, get_collection
from flowgraph.ops.control import group, no_op


def tables_initializer(name: str = "init_all_tables") -> Operation:
    """Return an operation that fills the lookup tables made so far.

    Parameters
    ----------
    name : str

    Examples
    --------
    >>> pairs = tf.lookup.KeyValueTensorInitializer(["a", "b"], [1, 2])
    >>> table = tf.lookup.StaticHashTable(pairs, default_value=-1)
    >>> found = table.lookup(tf.constant(["b", "c"]))
    >>> with tf.Session() as session:
    ...     session.run(tf.tables_initializer())
    ...     session.run(found)
    array([ 2, -1], dtype=int32)
    """
    initializers = get_collection(GraphKeys.TABLE_INITIALIZERS)
    if initializers:
        return group(*initializers, name=name)
    return no_op(name=name)


def initialize_all_tables(name: str = "init_all_tables") -> Operation:
    """Return what `tables_initializer` does, which replaces this name.

    Examples
    --------
    >>> tf.initialize_all_tables().name
    'init_all_tables'
    """
    return tables_initializer(name)
