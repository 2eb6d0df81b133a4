import numpy as np
import pytest

from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.scope import device, get_default_graph
from flowgraph.ops.control import IdentityN, group, identity_n, no_op, tuple_, with_dependencies
from flowgraph.ops.core import constant
from flowgraph.runtime.session import Session


def nodes():
    return [
        (o.name, o.type, [c.name for c in o.control_inputs])
        for o in get_default_graph().get_operations()
        if o.type != "Const"
    ]


def test_group_on_one_device():
    a, b = constant(1.0, name="a"), constant(2.0, name="b")
    group(a, b)
    group(a, name="g")
    group()
    group([a, {"k": (b,)}], name="nested")
    assert nodes() == [
        ("group_deps", "NoOp", ["a", "b"]),
        ("g", "NoOp", ["a"]),
        ("group_deps_1", "NoOp", []),
        ("nested", "NoOp", ["a", "b"]),
    ]


def test_group_makes_one_node_per_device():
    a = constant(1.0, name="a")
    with device("/cpu:0"):
        c = constant(1.0, name="c")
    with device("/gpu:0"):
        d = constant(1.0, name="d")
    root = group(d, a, c, name="gg")
    assert nodes() == [
        ("gg/NoOp", "NoOp", ["a"]),
        ("gg/NoOp_1", "NoOp", ["c"]),
        ("gg/NoOp_2", "NoOp", ["d"]),
        ("gg", "NoOp", ["gg/NoOp", "gg/NoOp_1", "gg/NoOp_2"]),
    ]
    assert [o.device for o in root.control_inputs] == ["", "/device:CPU:0", "/device:GPU:0"]
    assert group(c).device == "/device:CPU:0"


def test_group_refuses_what_is_no_operation():
    with pytest.raises(
        TypeError, match=r"Expected tf.group\(\) expected Tensor arguments not 'None'"
    ):
        group(None)
    with pytest.raises(ValueError, match="Unknown keyword arguments: foo"):
        group(foo=1)


def test_tuple_waits_for_all():
    a, b, n = constant(1.0, name="a"), constant(2.0, name="b"), no_op()
    first, none, second = tuple_([a, None, b], control_inputs=[n])
    assert none is None
    assert [first.name, second.name] == [
        "tuple/control_dependency:0",
        "tuple/control_dependency_1:0",
    ]
    assert nodes()[1:] == [
        ("tuple/group_deps", "NoOp", ["a", "b", "NoOp"]),
        ("tuple/control_dependency", "Identity", ["tuple/group_deps"]),
        ("tuple/control_dependency_1", "Identity", ["tuple/group_deps"]),
    ]
    slices = IndexedSlices(a, constant([1]))
    (gated,) = tuple_([slices], name="t")
    assert [gated.values.name, gated.indices] == ["t/control_dependency:0", slices.indices]


def test_tuple_refuses():
    with pytest.raises(ValueError, match="Must have at least one Tensor"):
        tuple_([None])
    with pytest.raises(TypeError, match="Control input must be Operation or Tensor: 3"):
        tuple_([constant(1.0)], control_inputs=[3])


def test_with_dependencies():
    a, n = constant(1.0, name="a"), no_op("n")
    assert with_dependencies([n], a).op.control_inputs == [n]


def test_identity_n():
    a, b = identity_n([constant(1.0), constant([2])])
    assert [a.dtype.name, b.dtype.name, b.shape.as_list()] == ["float32", "int32", [1]]
    assert IdentityN().compute(np, 1, 2) == (1, 2)
    assert Session().run(identity_n([constant(3)])) == [3]
    assert a.op.op.gradient(a.op, "da", "db") == ("da", "db")
