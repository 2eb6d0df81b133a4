"""GraphDef messages to operations of a graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph import protos
from flowgraph.graph.scope import get_default_graph, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.graphdef.function_reader import prepared, unscoped
from flowgraph.graphdef.loader import File, Loader
from flowgraph.ops.conversion import convert_to_tensor


def import_graph_def(
    graph_def: Any,
    input_map: dict[str, Any] | None = None,
    return_elements: Sequence[str] | None = None,
    name: str | None = None,
    op_dict: Any = None,
    producer_op_list: Any = None,
) -> list[Any] | None:
    """Add the operations of a GraphDef message to the default graph.

    Parameters
    ----------
    graph_def : GraphDef
    input_map : dict of str to Tensor, optional
        Tensors to use in place of tensors of `graph_def`, by the names they have there.
        ``"^name"`` stands for control inputs; its value is an operation.
    return_elements : list of str, optional
        Names of operations (``"a"``) and tensors (``"a:0"``) of `graph_def` to return.
    name : str, optional
        The scope of the new names, ``"import"`` if left out; ``""`` for none.
    op_dict : optional
        Of no effect, as in TensorFlow 1.15.
    producer_op_list : OpList, optional
        The ops as the writer of `graph_def` knew them: attributes that this library does
        not know are left out where they have the default given there.

    Returns
    -------
    list of Operation or Tensor, or None
        What `return_elements` names.

    Raises
    ------
    TypeError
        If an argument is of another type.
    ValueError
        If `graph_def` is not valid: the message names the node.
    NotFoundError
        If it has operations of types that are not known.
    NotImplementedError
        If it has branches or loops of a form that is not known: the message names the node.

    Notes
    -----
    Loading runs no code. An operation that calls a Python function is refused, unless a
    function of its token is registered in this process.

    Examples
    --------
    >>> with tf.Graph().as_default() as graph:
    ...     x = tf.placeholder(tf.float32, name="x")
    ...     y = tf.multiply(x, 2.0, name="y")
    >>> three = tf.constant(3.0)
    >>> (y,) = tf.import_graph_def(graph.as_graph_def(), {"x:0": three}, ["y:0"])
    >>> print(y.name, tf.Session().run(y))
    import/y:0 6.0
    """
    if not isinstance(graph_def, protos.GraphDef):
        graph_def = _from_other_pool(graph_def)
    if input_map is not None and not isinstance(input_map, dict):
        raise TypeError("input_map must be a dictionary mapping strings to Tensor objects.")
    if not all(isinstance(element, str) for element in return_elements or ()):
        raise TypeError("return_elements must be a list of strings.")
    graph = get_default_graph()
    with name_scope(name, "import", list((input_map or {}).values())) as scope:
        mapped = _converted(input_map or {}, name)
    file = File(graph_def.library, producer_op_list)
    loader = Loader(graph, prepared(graph_def.node, file.functions), scope, mapped, file)
    with unscoped(graph):
        loader.load()
    loader.check_mapped()
    return None if return_elements is None else [loader.element(e) for e in return_elements]


def _from_other_pool(message: Any) -> Any:
    """Take over a message of TensorFlow's own class, which another library may have made."""
    descriptor = getattr(message, "DESCRIPTOR", None)
    if descriptor is None or descriptor.name != "GraphDef":
        raise TypeError("graph_def must be a GraphDef proto.")
    return protos.GraphDef.FromString(message.SerializeToString())


def _converted(input_map: dict[str, Any], name: str | None) -> dict[str, Any]:
    values = {key: value for key, value in input_map.items() if not key.startswith("^")}
    result: dict[str, Any] = {key: input_map[key] for key in input_map if key not in values}
    if not all(isinstance(value, Tensor) for value in values.values()):
        if name == "":
            raise ValueError(
                "tf.import_graph_def() requires a non-empty `name` if `input_map` contains "
                "non-Tensor values. Try calling tf.convert_to_tensor() on `input_map` values "
                "before calling tf.import_graph_def()."
            )
        with name_scope("_inputs"):
            values = {key: convert_to_tensor(value) for key, value in values.items()}
    for key, value in values.items():
        node, _, index = key.partition(":")
        result[f"{node}:{index or 0}"] = value
    return result
