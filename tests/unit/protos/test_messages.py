"""The messages have TensorFlow's fields, bytes and text."""

import copy
import importlib
import pickle
from pathlib import Path

import pytest
from google.protobuf import json_format, text_format

from flowgraph import protos
from flowgraph.protos.schema import blocks, names

FOLDER = Path(__file__).parent
RECORDED = [line.split("\t") for line in (FOLDER / "messages.tsv").read_text().splitlines()[1:]]

TENSORBOARD = [
    *("graph", "function", "op_def", "node_def", "attr_value", "tensor", "tensor_shape", "types"),
    *("versions", "variable", "resource_handle", "meta_graph", "saver", "summary", "histogram"),
    *("event", "step_stats", "cost_graph", "allocation_description", "tensor_description"),
    *("config", "cluster"),
]

NEWER = {
    "CostGraphDef": {"cost"},
    "Event": {"source_metadata"},
    "FunctionDef": {"resource_arg_unique_id"},
    "FunctionDefLibrary": {"registered_gradients"},
    "GraphDef": {"debug_info"},
    "MetaGraphDef": {"object_graph_def"},
    "MetaGraphDef.MetaInfoDef": {"function_aliases"},
    "NodeDef": {"experimental_type"},
    "OpDef": {"is_distributed_communication"},
    "OpDef.ArgDef": {"handle_data", "experimental_full_type"},
    "RunMetadata": {"session_metadata"},
    "SignatureDef": {"defaults"},
    "SummaryMetadata": {"data_class"},
    "TensorInfo.CompositeTensor": {"type_spec"},
    "TensorProto": {"float8_val"},
}
"""What TensorFlow 2 added since. A reader keeps such fields as unknown ones."""

AT_HOME = {
    "BytesList",
    "CheckpointState",
    "Code",
    "Example",
    "QueueRunnerDef",
    "SavedModel",
    "ServerDef",
} | {
    *("BundleEntryProto", "BundleHeaderProto", "TensorSliceProto", "SavedTensorSlices"),
    *("SavedSlice", "SavedSliceMeta", "SavedTensorSliceMeta", "SequenceExample"),
    *("Feature", "FeatureList", "FeatureLists", "Features", "FloatList", "Int64List"),
    *("CondContextDef", "ControlFlowContextDef", "ValuesDef", "WhileContextDef"),
    "ReaderBaseState",
    *("DeviceAttributes", "DeviceLocality", "InterconnectLink", "LocalLinks"),
    *("ProjectorConfig", "EmbeddingInfo", "SpriteMetadata"),
    *("GraphNodeProto", "MultiGraphNodeProto", "TFProfTensorProto", "AdviceProto"),
    *("OpLogProto", "OpLogEntry", "CodeDef"),
}
"""What tensorboard does not have."""


def tensorboard_types():
    pytest.importorskip("tensorboard.compat.proto")
    found = {}
    for name in TENSORBOARD:
        file = importlib.import_module(f"tensorboard.compat.proto.{name}_pb2").DESCRIPTOR
        found |= {**file.message_types_by_name, **file.enum_types_by_name}
    return found


def local(descriptor):
    """The full name without the package."""
    return None if descriptor is None else descriptor.full_name.split(".", 1)[1]


def fields(message):
    return {
        field.name: (
            field.number,
            field.type,
            field.is_repeated,
            field.is_packed,
            field.has_presence,
            field.containing_oneof and field.containing_oneof.name,
            local(field.message_type),
            local(field.enum_type),
        )
        for field in message.fields
    }


def compare(ours, theirs):
    """Assert that a message, and all inside it, is tensorboard's."""
    expected = fields(theirs)
    for name in NEWER.get(local(ours), ()):
        assert expected.pop(name)
    assert fields(ours) == expected
    assert ours.GetOptions().map_entry == theirs.GetOptions().map_entry
    for inner in ours.nested_types:
        compare(inner, theirs.nested_types_by_name[inner.name])
    for inner in ours.enum_types:
        assert numbers(inner) == numbers(theirs.enum_types_by_name[inner.name])


def numbers(enum):
    return {value.name: value.number for value in enum.values}


@pytest.mark.parametrize("name", sorted(names() - AT_HOME))
def test_fields_are_those_of_tensorboard(name):
    theirs = tensorboard_types()[name]
    ours = getattr(protos, name).DESCRIPTOR
    if name == "DataType":
        assert numbers(ours).items() <= numbers(theirs).items()
    elif hasattr(ours, "values"):
        assert numbers(ours) == numbers(theirs)
    else:
        compare(ours, theirs)


def test_only_what_tensorboard_lacks_goes_uncompared():
    assert names() >= AT_HOME
    assert AT_HOME & tensorboard_types().keys() == set()


def filled(message, depth=3):
    """Set every field, each to a value of its own."""
    for field in message.DESCRIPTOR.fields:
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            value = field.message_type.fields_by_name["value"]
            entries = getattr(message, field.name)
            key = 3 if field.message_type.fields_by_name["key"].type == field.TYPE_UINT32 else "k"
            if value.message_type is None:
                entries[key] = 7 if value.type == field.TYPE_UINT32 else "v"
            elif depth:
                filled(entries[key], depth - 1)
        elif field.message_type is not None:
            if depth and field.message_type.full_name != "google.protobuf.Any":
                target = getattr(message, field.name)
                filled(target.add() if field.is_repeated else target, depth - 1)
                if not field.is_repeated:
                    target.SetInParent()
        else:
            value = {
                field.TYPE_STRING: f"s{field.number}",
                field.TYPE_BYTES: b"\x00b",
                field.TYPE_BOOL: True,
                field.TYPE_ENUM: field.enum_type and field.enum_type.values[-1].number,
            }.get(field.type, field.number)
            if field.is_repeated:
                getattr(message, field.name).extend([value, value])
            else:
                setattr(message, field.name, value)
    return message


@pytest.mark.parametrize(
    "name", ["GraphDef", "MetaGraphDef", "Event", "RunMetadata", "VariableDef", "Summary"]
)
def test_bytes_and_text_pass_to_tensorboard_and_back(name):
    theirs = type(tensorboard_types()[name]._concrete_class())
    ours = filled(getattr(protos, name)())
    data = ours.SerializeToString(deterministic=True)
    read = theirs.FromString(data)
    assert read.SerializeToString(deterministic=True) == data
    assert text_format.Parse(str(ours), theirs()) == read
    assert text_format.Parse(str(read), type(ours)()) == ours
    assert json_format.MessageToDict(read) == json_format.MessageToDict(ours)


@pytest.mark.parametrize(("name", "text", "data"), RECORDED, ids=[row[0] for row in RECORDED])
def test_bytes_are_those_of_tensorflow(name, text, data):
    message = getattr(protos, name)
    read = message.FromString(bytes.fromhex(data))
    assert text_format.MessageToString(read, as_one_line=True) == text
    assert text_format.Parse(text, message()).SerializeToString(deterministic=True).hex() == data


def test_unknown_fields_are_kept():
    theirs = tensorboard_types()["Event"]._concrete_class()
    theirs.source_metadata.writer = "someone"
    data = theirs.SerializeToString()
    assert protos.Event.FromString(data).SerializeToString() == data


def test_messages_copy_and_pickle():
    graph = protos.GraphDef(node=[protos.NodeDef(name="a", op="NoOp")])
    assert copy.deepcopy(graph) == graph
    assert pickle.loads(pickle.dumps(graph)) == graph
    assert repr(protos.GraphDef) == "<class 'flowgraph.protos.GraphDef'>"


def test_any_names_the_message_inside():
    graph = protos.GraphDef(node=[protos.NodeDef(name="a", op="NoOp")])
    collections = protos.MetaGraphDef().collection_def
    packed = collections["graphs"].any_list.value.add()
    packed.Pack(graph)
    assert packed.type_url == "type.googleapis.com/tensorflow.GraphDef"
    found = protos.GraphDef()
    assert packed.Unpack(found)
    assert found == graph


def test_names_of_enums():
    assert protos.DataType.Value("DT_BFLOAT16") == 14
    assert protos.SessionLog.CHECKPOINT == 3
    assert {line.words[0] for line in blocks()} == {"message", "enum"}
    with pytest.raises(AttributeError, match="has no attribute 'Grph'"):
        _ = protos.Grph
