"""``slim.model_analyzer``: how large variables and the outputs of operations are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flowgraph.graph.graph import Graph

_RULE = "-" * 9


def tensor_description(var: Any) -> str:
    """Return the dtype and shape of a tensor or variable.

    Examples
    --------
    >>> from flowgraph.contrib.slim_model_analyzer import tensor_description
    >>> tensor_description(tf.zeros([1, 8, 3]))
    '(float32 1x8x3)'
    """
    return f"({var.dtype.name} {'x'.join(map(str, var.get_shape()))})"


def analyze_ops(graph: Graph, print_info: bool = False) -> int:
    """Return how many elements all outputs of a graph's operations have together.

    Parameters
    ----------
    graph : Graph
    print_info : bool
        Print a line for each operation.

    Notes
    -----
    An output whose shape is not wholly known counts as nothing.

    Examples
    --------
    >>> _ = tf.zeros([2, 3], name="a")
    >>> tf.contrib.slim.model_analyzer.analyze_ops(tf.get_default_graph())
    6
    """
    if print_info:
        _print_head("Operations: name -> (type shapes) [size]")
    total = 0
    for operation in graph.get_operations():
        outputs = operation.outputs
        size = sum(_count(tensor) for tensor in outputs)
        if print_info:
            shapes = [tensor_description(t) for t in outputs if t.get_shape()]
            print(f"{operation.name} \t-> {', '.join(shapes)} [{size}]")
        total += size
    return total


def analyze_vars(variables: Iterable[Any], print_info: bool = False) -> tuple[int, int]:
    """Return how many elements and bytes variables have together.

    Parameters
    ----------
    variables : iterable of Variable
    print_info : bool
        Print a line for each variable, and the sums.

    Examples
    --------
    >>> v = tf.get_variable("v", [2, 3])
    >>> tf.contrib.slim.model_analyzer.analyze_vars([v], print_info=True)
    ---------
    Variables: name (type shape) [size]
    ---------
    v:0 (float32_ref 2x3) [6, bytes: 24]
    Total size of variables: 6
    Total bytes of variables: 24
    (6, 24)
    """
    if print_info:
        _print_head("Variables: name (type shape) [size]")
    elements = count = 0
    for variable in variables:
        size = _count(variable)
        elements += size
        count += size * variable.dtype.size
        if print_info:
            described = tensor_description(variable)
            print(f"{variable.name} {described} [{size}, bytes: {size * variable.dtype.size}]")
    if print_info:
        print(f"Total size of variables: {elements}")
        print(f"Total bytes of variables: {count}")
    return elements, count


def _print_head(title: str) -> None:
    print(f"{_RULE}\n{title}\n{_RULE}")


def _count(tensor: Any) -> int:
    return tensor.get_shape().num_elements() or 0
