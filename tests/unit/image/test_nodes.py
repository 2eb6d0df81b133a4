"""The nodes that image functions make are those that TensorFlow 1.15.5 made, in the same order.

``recorded_nodes.txt`` holds, for each call, the nodes with their types, inputs and static shapes,
without the texts of assertions, and the result; or the error.
"""

from pathlib import Path

import pytest

import flowgraph as tf

TEXT = (Path(__file__).parent / "recorded_nodes.txt").read_text()
RECORDED = dict(section.rstrip("\n").split("\n", 1) for section in TEXT.split("== ")[1:])


def given(shape, dtype=tf.float32):
    return tf.placeholder(dtype, shape)


def shape_of(tensor):
    if tensor.shape.ndims is None:
        return "?"
    return "(" + ", ".join("?" if n is None else str(n) for n in tensor.shape.as_list()) + ")"


def described(call):
    """A call's nodes and result, as ``recorded_nodes.txt`` has them."""
    try:
        result = eval(call, {"tf": tf, "given": given})
    except (TypeError, ValueError) as error:
        return f"!! {type(error).__name__}: {str(error).splitlines()[0]}"
    lines = [
        f"{o.name} {o.type} ({', '.join(t.name for t in o.inputs)})"
        f" -> {' '.join(map(shape_of, o.outputs))}"
        for o in tf.get_default_graph().get_operations()
        if not (o.type == "Const" and "/Assert" in o.name)
    ]
    tensors = result if isinstance(result, list | tuple) else [result]
    return "\n".join([*lines, *(f"=> {tensor.name} {tensor.shape}" for tensor in tensors)])


@pytest.mark.parametrize("call", RECORDED)
def test_nodes_are_tensorflows(call):
    assert described(call) == RECORDED[call]
