"""What used to be there once everything was imported is there when it is needed."""

import subprocess
import sys

import pytest

PROGRAMS = {
    "an op is found by its type": """
from flowgraph import ops
from flowgraph.graph.op import Op
assert "Betainc" not in Op.declared
assert ops.declared("Betainc").type == "Betainc"
assert ops.declared("Betaout") is None
print("done")
""",
    "a graph of ops that are not loaded is imported": """
import flowgraph as tf
graph_def = tf.GraphDef()
for name in "abx":
    node = graph_def.node.add(name=name, op="Placeholder")
    node.attr["dtype"].type = tf.float32.as_datatype_enum
    node.attr["shape"].shape.SetInParent()
node = graph_def.node.add(name="y", op="Betainc", input=["a", "b", "x"])
node.attr["T"].type = tf.float32.as_datatype_enum
tf.import_graph_def(graph_def, name="")
with tf.Session() as session:
    assert session.run("y:0", {"a:0": 1.0, "b:0": 1.0, "x:0": 0.25}) == 0.25
print("done")
""",
    "a gradient that an op brings is not registered again": """
import flowgraph as tf
try:
    tf.RegisterGradient("Betainc")(print)
except KeyError:
    print("done")
""",
    "branches have gradients": """
import flowgraph as tf
x = tf.constant(3.0)
y = tf.cond(x > 0, lambda: x * x, lambda: x)
with tf.Session() as session:
    assert session.run(tf.gradients(y, x)) == [6.0]
print("done")
""",
    "slices become a tensor": """
import flowgraph as tf
slices = tf.IndexedSlices(tf.constant([[1.0]]), tf.constant([1]), tf.constant([2, 1]))
with tf.Session() as session:
    assert session.run(tf.convert_to_tensor(slices)).tolist() == [[0.0], [1.0]]
print("done")
""",
    "a graph is written": """
import flowgraph as tf
assert [node.name for node in (tf.constant(1.0) + 2.0).graph.as_graph_def().node][-1] == "add"
print("done")
""",
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=list(PROGRAMS))
def test_in_a_process_of_its_own(program):
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (result.stdout, result.stderr) == ("done\n", "")
