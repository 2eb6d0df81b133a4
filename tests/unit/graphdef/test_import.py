"""`import_graph_def`: names, what is mapped and returned, and what is refused."""

import numpy as np
import pytest
from google.protobuf import text_format

import flowgraph as tf
from flowgraph.graphdef import loader
from flowgraph.ops import host

FLOAT = 'attr { key: "T" value { type: DT_FLOAT } }'
PAIR = (
    'node { name: "a" op: "Const" attr { key: "dtype" value { type: DT_FLOAT } } attr { '
    'key: "value" value { tensor { dtype: DT_FLOAT tensor_shape {} float_val: 2 } } } } '
    'node { name: "b" op: "Neg" input: "a" ' + FLOAT + " } "
)


def parse(text):
    return text_format.Parse(text, tf.GraphDef())


def names():
    return [operation.name for operation in tf.get_default_graph().get_operations()]


@pytest.mark.parametrize(
    ("name", "expected"),
    [(None, "import/a"), ("", "a"), ("x/y", "x/y/a")],
)
def test_names(name, expected):
    tf.import_graph_def(parse(PAIR), name=name)
    assert names()[0] == expected


def test_names_that_are_taken():
    tf.import_graph_def(parse(PAIR))
    tf.import_graph_def(parse(PAIR))
    tf.import_graph_def(parse(PAIR), name="")
    tf.import_graph_def(parse(PAIR), name="")
    assert names()[2:] == ["import_1/a", "import_1/b", "a", "b", "a_1", "b_1"]


def test_elements_that_are_returned():
    tensor, operation = tf.import_graph_def(parse(PAIR), return_elements=["b:0", "a"])
    assert (tensor.name, operation.name) == ("import/b:0", "import/a")
    assert tf.import_graph_def(parse(PAIR)) is None


def test_inputs_that_are_mapped():
    graph_def = parse(PAIR + 'node { name: "c" op: "NoOp" input: "^a" }')
    k = tf.constant(7.0, name="k")
    b, a, c = tf.import_graph_def(graph_def, {"a": k, "^a": k.op}, ["b:0", "a:0", "c"])
    assert a is k
    assert c.control_inputs == [k.op]
    assert tf.Session().run(b) == -7.0
    (b,) = tf.import_graph_def(graph_def, {"a:0": 8.0}, ["b:0"], name="more")
    assert b.op.inputs[0].name == "more/_inputs/Const:0"


def test_nodes_in_any_order():
    graph_def = parse(PAIR)
    nodes = [graph_def.node[1], graph_def.node[0]]
    tf.import_graph_def(tf.GraphDef(node=nodes), name="")
    assert names() == ["a", "b"]


def test_devices_control_inputs_and_colocation():
    graph_def = parse(
        PAIR
        + 'node { name: "c" op: "NoOp" device: "/device:GPU:1" attr { key: "_class" value { list { '
        's: "loc:@d" s: "other" } } } } node { name: "d" op: "NoOp" }'
    )
    first = tf.no_op("first")
    with tf.device("/job:worker"), tf.control_dependencies([first]):
        c, d = tf.import_graph_def(graph_def, return_elements=["c", "d"])
    assert c.device == "/job:worker/device:GPU:1"
    assert d.device == "/job:worker"
    assert c.control_inputs == [first]
    assert c.get_attr("_class") == [b"loc:@import/d", b"other"]


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ('node { name: "c" op: "Foo" }', tf.errors.NotFoundError, "Op type not registered 'Foo'"),
        (f'node {{ name: "b" op: "Neg" input: "a" {FLOAT} }}', ValueError, "Node 'b' is not uniq"),
        (
            f'node {{ name: "c" op: "Neg" input: "q" {FLOAT} }}',
            ValueError,
            "^Node 'c': Unknown input node 'q'$",
        ),
        (
            f'node {{ name: "c" op: "Neg" input: "a:1" {FLOAT} }}',
            ValueError,
            "Connecting to invalid output 1 of source node a which has 1 outputs.",
        ),
        (
            f'node {{ name: "c" op: "Neg" input: "a:-1" {FLOAT} }}',
            ValueError,
            "Connecting to invalid output -1",
        ),
        (
            'node { name: "c" op: "Neg" input: "a" attr { key: "T" value { type: DT_INT32 } } }',
            ValueError,
            "Input 0 of node import/c was passed float32 from import/a:0 incompatible with "
            "expected int32.",
        ),
        (
            f'node {{ name: "c" op: "Neg" input: "a" input: "a" {FLOAT} }}',
            ValueError,
            "NodeDef expected inputs 'float32' do not match 2 inputs specified; Op<name=Neg; sig",
        ),
        ('node { name: "c" op: "Neg" input: "a" }', ValueError, "^NodeDef missing attr 'T' from"),
        (
            'node { name: "c" op: "AvgPool" input: "a" }',
            ValueError,
            "^NodeDef missing attrs 'strides', 'padding', 'ksize', 'T' from Op<name=AvgPool",
        ),
        (
            f'node {{ name: "c" op: "Neg" input: "a" {FLOAT} '
            'attr { key: "foo" value { b: false } } }',
            ValueError,
            "^NodeDef mentions attr 'foo' not in Op<name=Neg",
        ),
        (
            f'node {{ name: "c" op: "Neg" input: "d" {FLOAT} }} '
            f'node {{ name: "d" op: "Neg" input: "c" {FLOAT} }}',
            ValueError,
            "^2 nodes in a cycle$",
        ),
        (
            f'node {{ name: "c" op: "Neg" input: "^a" input: "a" {FLOAT} }}',
            ValueError,
            "Control dependencies must come after regular dependencies",
        ),
        ('node { name: "c!" op: "NoOp" }', ValueError, "Node name contains invalid characters"),
        (
            'node { name: "c" op: "Neg" input: "a" attr { key: "T" value { b: true } } }',
            ValueError,
            "AttrValue had value with type 'bool' when 'type' expected\n\t for attr 'T'",
        ),
        (
            f'node {{ name: "c" op: "MatMul" input: "a" input: "a" {FLOAT} }}',
            ValueError,
            "Shape must be rank 2 but is rank 0 for 'import/c' \\(op: 'MatMul'\\)",
        ),
        (
            'node { name: "c" op: "Neg" input: "a" attr { key: "T" value { type: DT_BOOL } } }',
            ValueError,
            "Value for attr 'T' of bool is not in the list of allowed values",
        ),
        (
            f'node {{ name: "c" op: "AddN" input: "a" {FLOAT} '
            'attr { key: "N" value { i: 1000000000000 } } }',
            ValueError,
            "states 1000000000000 inputs for 'inputs' and has 1",
        ),
        (
            'node { name: "c" op: "Switch" input: "a" input: "a" }',
            NotImplementedError,
            "Node 'c': a Switch of a form that is not known",
        ),
        ('node { name: "c" op: "While" }', ValueError, "the library .* has no function ''"),
    ],
)
def test_what_is_refused(text, error, message):
    with pytest.raises(error, match=message):
        tf.import_graph_def(parse(PAIR + text))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"graph_def": 3}, TypeError, "graph_def must be a GraphDef proto."),
        ({"input_map": [1]}, TypeError, "input_map must be a dictionary mapping strings to Tensor"),
        ({"return_elements": [3]}, TypeError, "return_elements must be a list of strings."),
        ({"return_elements": ["q:0"]}, ValueError, "Requested return tensor 'q:0' not found in gr"),
        ({"return_elements": ["q"]}, ValueError, "Requested return node 'q' not found in graph de"),
        (
            {"return_elements": ["b:1"]},
            ValueError,
            "Invalid return output 1 of node 'b', which has 1 output",
        ),
        (
            {"input_map": {"zz:0": 1.0}},
            ValueError,
            r"Attempted to map inputs that were not found in graph_def: \[zz:0\]",
        ),
        ({"input_map": {"a:0": 1.0}, "name": ""}, ValueError, "requires a non-empty `name`"),
    ],
)
def test_arguments_that_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        tf.import_graph_def(**{"graph_def": parse(PAIR)} | arguments)


def test_attributes_of_a_later_version_need_its_ops():
    graph_def = parse(PAIR)
    graph_def.node[1].attr["new"].b = False
    op = text_format.Parse(
        'op { name: "Neg" attr { name: "new" default_value { b: false } } }', _op_list()
    )
    tf.import_graph_def(graph_def, producer_op_list=op)
    graph_def.node[1].attr["new"].b = True
    with pytest.raises(ValueError, match="mentions attr 'new'"):
        tf.import_graph_def(graph_def, producer_op_list=op)


def _op_list():
    from flowgraph.protos import OpList

    return OpList()


def test_python_functions_are_called_only_if_registered(monkeypatch):
    with tf.Graph().as_default() as graph:
        tf.py_func(lambda: np.float32(1.0), [], tf.float32, name="call")
    graph_def = graph.as_graph_def()
    graph_def.node[0].attr["token"].s = b"unheard_of"
    with pytest.raises(ValueError, match="Python function 'unheard_of', which is not registered"):
        tf.import_graph_def(graph_def)
    monkeypatch.setitem(host.registered, "unheard_of", lambda: np.float32(4.0))
    (call,) = tf.import_graph_def(graph_def, return_elements=["call:0"])
    assert tf.Session().run(call) == 4.0


def test_memory_is_bounded_before_it_is_taken(monkeypatch):
    graph_def = parse(PAIR)
    tensor = graph_def.node[0].attr["value"].tensor
    for _ in range(3):
        tensor.tensor_shape.dim.add(size=1 << 20)
    with pytest.raises(ValueError, match="2 GB or more"):
        tf.import_graph_def(graph_def)
    monkeypatch.setattr(loader, "MAX_NODES", 1)
    with pytest.raises(ValueError, match="a graph of 2 nodes; 1 are allowed"):
        tf.import_graph_def(parse(PAIR))
