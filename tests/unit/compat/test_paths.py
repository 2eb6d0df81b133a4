"""Names that programs reach by the paths of TensorFlow's own modules."""

import pytest

import flowgraph as tf
from flowgraph.compat import decorators, documented, type_numbers
from flowgraph.compat.finder import installed

WITHIN = """
from tensorflow.contrib.framework.python.ops import add_arg_scope, arg_scope
from tensorflow.contrib.framework.python.ops import variables as contrib_variables
from tensorflow.core.example import example_pb2, feature_pb2
from tensorflow.core.framework import attr_value_pb2, graph_pb2, node_def_pb2, summary_pb2
from tensorflow.core.framework import types_pb2
from tensorflow.core.framework.summary_pb2 import Summary
from tensorflow.core.protobuf import config_pb2, meta_graph_pb2, saver_pb2
from tensorflow.core.util import event_pb2
from tensorflow.python import pywrap_tensorflow
from tensorflow.python.framework.tensor_shape import dimension_value
from tensorflow.python.framework.tensor_util import make_tensor_proto
from tensorflow.python.ops import standard_ops
from tensorflow.python.ops.control_flow_ops import with_dependencies
from tensorflow.python.ops.data_flow_ops import StagingArea
from tensorflow.python.ops.rnn import rnn_cell_impl
from tensorflow.python.ops.variables import PartitionedVariable
from tensorflow.python.training import slot_creator
from tensorflow.python.util import tf_contextlib, tf_decorator, tf_inspect
from tensorflow.python.util.all_util import remove_undocumented
"""


def test_programs_find_them():
    with installed():
        found: dict = {}
        exec(WITHIN, found)
        assert found["contrib_variables"].get_variables is tf.contrib.framework.get_variables
        assert found["Summary"] is tf.Summary
        assert found["config_pb2"].ConfigProto is tf.ConfigProto
        assert found["rnn_cell_impl"].LSTMCell is tf.nn.rnn_cell.LSTMCell
        assert found["types_pb2"].DT_HALF == 19
        assert found["tf_inspect"].signature(lambda x: x).parameters.keys() == {"x"}
        with found["tf_contextlib"].contextmanager(lambda: (yield 3))() as value:
            assert value == 3


def test_numbers_of_types_are_the_protos():
    assert (type_numbers.DT_FLOAT, type_numbers.DT_BOOL) == (1, 10)
    assert "DT_STRING" in dir(type_numbers)
    with pytest.raises(AttributeError, match="DT_NOTHING"):
        type_numbers.DT_NOTHING  # noqa: B018


def test_decorators_come_off_in_turn():
    def inner(x):
        """The one inside."""
        return x

    def middle(*args):
        return inner(*args) + 1

    def outer(*args):
        return wrapped(*args) * 10

    wrapped = decorators.make_decorator(inner, middle)
    twice = decorators.make_decorator(wrapped, outer, "tenfold", "tenth")
    assert (twice is outer, twice(1), twice.__name__) == (True, 20, "inner")
    assert twice.__doc__ == "The one inside."
    notes, target = decorators.unwrap(twice)
    assert [note.decorator_name for note in notes] == ["tenfold", "middle"]
    assert notes[0].decorator_doc == "tenth"
    assert target is inner


def test_what_is_not_documented_goes(monkeypatch):
    import sys
    from types import ModuleType

    module = ModuleType("shown", "Things.\n\n@@first\n@@absent\n")
    vars(module).update(first=1, second=2, third=3, _own=4)
    monkeypatch.setitem(sys.modules, "shown", module)
    assert documented.make_all("shown") == ["first"]
    documented.remove_undocumented("shown", ["third"])
    assert {n for n in vars(module) if not n.startswith("__")} == {"first", "third", "_own"}
    documented.remove_undocumented("shown", doc_string_modules=[ModuleType("other", "@@third")])
    assert {n for n in vars(module) if not n.startswith("__")} == {"third", "_own"}
