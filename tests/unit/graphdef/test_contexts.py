"""Contexts of branches and loops in ``.meta`` files: kept, renamed, written with their nodes."""

from pathlib import Path

import pytest

import flowgraph as tf
from flowgraph import protos
from flowgraph.graphdef.meta import import_scoped_meta_graph

LOOP = Path(__file__).parent / "data" / "control_flow" / "dynamic_rnn.meta"
"""Made by TensorFlow 1.15, with a loop."""


@pytest.fixture
def message():
    """The loop's graph, with a context of a branch that has a loop inside too."""
    made = tf.MetaGraphDef.FromString(LOOP.read_bytes())
    (loop,) = contexts(made, "while_context")
    for name in ("c/pred_id", "c/switch_t"):
        made.graph_def.node.add(name=name, op="NoOp")
    branch = protos.CondContextDef(
        context_name="c/cond_text", pred_name="c/pred_id:0", pivot_name="c/switch_t:0", branch=1
    )
    branch.nested_contexts.add().while_ctxt.CopyFrom(loop)
    made.collection_def["cond_context"].bytes_list.value.append(branch.SerializeToString())
    return made


def contexts(message, key):
    kind = {"cond_context": protos.CondContextDef, "while_context": protos.WhileContextDef}[key]
    return [kind.FromString(value) for value in message.collection_def[key].bytes_list.value]


def test_contexts_are_written_as_they_were_read(message):
    with tf.Graph().as_default() as graph:
        import_scoped_meta_graph(message)
        (loop,) = graph.get_collection(tf.GraphKeys.WHILE_CONTEXT)
        assert loop.context_name == "rnn/while/while_context"
        assert loop.parallel_iterations == 32
        assert len(loop.values_def.external_values) > 3
        again = tf.train.export_meta_graph(graph_def=message.graph_def)
    for key in ("while_context", "cond_context"):
        assert contexts(again, key) == contexts(message, key) != []


def test_names_in_contexts_move_into_the_scope_of_an_import(message):
    with tf.Graph().as_default() as graph:
        import_scoped_meta_graph(message, import_scope="far")
        (loop,), (branch,) = map(graph.get_collection, ("while_context", "cond_context"))
    (before,), (around,) = (contexts(message, k) for k in ("while_context", "cond_context"))
    assert branch.pred_name == "far/c/pred_id:0" and branch.branch == around.branch
    assert branch.nested_contexts[0].while_ctxt == loop
    assert loop.loop_exit_names == [f"far/{name}" for name in before.loop_exit_names]
    assert dict(loop.values_def.external_values) == {
        f"far/{k}": f"far/{v}" for k, v in before.values_def.external_values.items()
    }
    assert loop.back_prop is before.back_prop is True


def test_contexts_of_nodes_that_are_not_written_are_left_out(message):
    """TensorFlow looks up the nodes, and fails where they are missing."""
    with tf.Graph().as_default() as graph:
        import_scoped_meta_graph(message)
        whole = tf.train.export_meta_graph()
        assert "While" in {node.op for node in whole.graph_def.node}
        assert not {"while_context", "cond_context"} & whole.collection_def.keys()
        assert graph.get_collection("while_context")
        message.graph_def.node.remove(
            next(node for node in message.graph_def.node if node.name == "c/switch_t")
        )
        part = tf.train.export_meta_graph(graph_def=message.graph_def)
    assert "cond_context" not in part.collection_def
    assert contexts(part, "while_context") == contexts(message, "while_context")
