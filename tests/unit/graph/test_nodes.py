"""The nodes that small programs make: names, types, inputs, dtypes, shapes, places.

``nodes.txt`` was recorded by running the same programs on TensorFlow's ``compat.v1``.
"""

from pathlib import Path

import pytest

import flowgraph


def constant(tf, name=None):
    return tf.constant(1.0, name=name) if name else tf.constant(1.0)


def names(tf):
    for name in [None, None, "a", "A", "a", "a_1", "a_1_1", "a_2", "a", "foo/bar", "foo"]:
        constant(tf, name)
    with tf.name_scope("foo"):
        constant(tf, "bar")


def scopes(tf):
    for name in ["s", "s", "S", "s/", "s/", None, "", "x.y", "1"]:
        with tf.name_scope(name):
            constant(tf, "a")
    with tf.name_scope("x"):
        for name in [None, "", "y/z", "y/z", "y/", "_u"]:
            with tf.name_scope(name):
                constant(tf, "d")
        for name in [None, None, "given"]:
            with tf.name_scope(name, "default"):
                constant(tf, "d")


def dependencies(tf):
    a, b, n = constant(tf, "a"), constant(tf, "b"), tf.no_op(name="n")
    v = tf.Variable(1.0, name="v")
    with tf.control_dependencies([a]):
        x = constant(tf, "x")
        y = x + 1.0
        tf.identity(a, name="w")
        with tf.control_dependencies([b, n]):
            p = constant(tf, "p")
            tf.multiply(x, b, name="q")
            tf.multiply(p, x, name="r")
            with tf.control_dependencies(None):
                constant(tf, "none")
            with tf.control_dependencies([x]):
                tf.multiply(p, 1.0, name="px")
        with tf.control_dependencies([v]):
            tf.identity(v, name="iv")
        with tf.control_dependencies([v.assign_add(1.0)]):
            tf.identity(v, name="iv2")
        with tf.control_dependencies([]):
            constant(tf, "em")
        tf.Variable(2.0, name="cv")
        tf.reshape(tf.constant([1.0, 2.0]), [1, 2])
        tf.group(a, b)
        tf.no_op()
    with tf.control_dependencies([a.op, a, "b", "b:0", tf.IndexedSlices(a, b)]):
        constant(tf, "dup")
    with tf.control_dependencies([y]):
        tf.multiply(y, x, name="yy")
    x.op._add_control_input(n)


def colocation(tf):
    with tf.device("/cpu:1"):
        a = constant(tf, "a")
    b = constant(tf, "b")
    with tf.colocate_with(a):
        constant(tf, "x")
        with tf.colocate_with(b):
            k = constant(tf, "z")
        with tf.colocate_with(b, ignore_existing=True):
            constant(tf, "zi")
        with tf.colocate_with(None, ignore_existing=True):
            constant(tf, "zn")
        with tf.device("/gpu:0"):
            constant(tf, "dv")
    with tf.device("/gpu:0"):
        with tf.colocate_with(b):
            constant(tf, "q")
        with tf.colocate_with(None, ignore_existing=True):
            constant(tf, "qn")
    with tf.colocate_with(k):
        constant(tf, "l")
    with tf.colocate_with(tf.Variable(1.0, name="v")):
        constant(tf, "w")


def devices(tf):
    for name in ["/cpu:0", "cpu:0", "/device:GPU:1", "/job:ps/task:1", "/device:gpu:*", ""]:
        with tf.device(name):
            constant(tf)
    with tf.device("/job:ps"), tf.device("/task:2"):
        for name in ["/gpu:1", "/job:w/cpu:0", None, tf.DeviceSpec(device_type="GPU")]:
            with tf.device(name):
                constant(tf)

    def place(operation):
        return "/gpu:0" if operation.type == "Const" else operation.device

    with tf.device(place):
        constant(tf) * 2.0
        with tf.device("/job:ps"):
            constant(tf) * 2.0
    with tf.device("/job:ps"), tf.device(place):
        constant(tf)
    with tf.device("/cpu:1"):
        v = tf.Variable(1.0, name="v")
    with tf.device("/gpu:0"):
        v.assign(2.0)


def operators(tf):
    f, i = tf.constant([1.5, 2.5], name="f"), tf.constant([3, -4], name="i")
    b = tf.constant([True], name="b")
    _ = (f + 1, 1 - f, f * 2.0, f / 2, f // 2, f % 2, f**2, 2**f, -f, abs(f))
    _ = (i + 1, i / 2, 1 / i, i // 2, i % 3, i < 2, i >= i)
    _ = (f > 1, b & True, True | b, b ^ b, ~b, f * True)
    m = tf.constant([[1.0, 2.0], [3.0, 4.0]], name="m")
    pair = [1.0, 2.0]
    _ = (m @ m, f + pair, pair - f)
    _ = f * tf.placeholder(tf.float32, [None, 2])


def conversions(tf):
    a = constant(tf, "a")
    for value in [1, 1.5, "t", True, [], [1, 2**40], [a, 2.0], [[a, 1], [2, a]], (a, a)]:
        tf.convert_to_tensor(value)
    for value in [tf.TensorShape([1, 2]), tf.TensorShape([]), tf.TensorShape([2**40])]:
        tf.convert_to_tensor(value)
    tf.convert_to_tensor([1, 2], tf.int64, name="n")
    tf.convert_to_tensor([a, 2.0], name="p")
    tf.convert_to_tensor(1, preferred_dtype=tf.float32)
    tf.convert_to_tensor(1.5, preferred_dtype=tf.int32)
    tf.constant(0, shape=[0])
    tf.constant([], shape=[2])
    tf.constant(1, shape=[2, 2])
    tf.multiply(1.0, a)
    tf.add_n([a, 1.0])


def slices(tf):
    x = tf.placeholder(tf.float32, [None, 3, 4], name="x")
    _ = (x[0], x[-1, 1:], x[..., 0], x[:, None], x[::2, ::-1])


def sparse(tf):
    tf.SparseTensor([[0, 1]], [5.0], [3, 2])
    tf.sparse_placeholder(tf.float32)
    tf.sparse_placeholder(tf.int32, [None, 3], name="p")


def layer(tf):
    with tf.name_scope("fc"):
        x = tf.placeholder(tf.float32, [None, 4], name="x")
        w = tf.Variable(tf.zeros([4, 2]), name="w")
        b = tf.Variable(tf.zeros([2]), name="b")
        y = tf.nn.relu(tf.matmul(x, w) + b)
    tf.reduce_mean(tf.square(y - 1.0), name="loss")


PROGRAMS = [
    names, scopes, dependencies, colocation, devices, operators, conversions, slices, sparse, layer,
]  # fmt: skip


def expected():
    sections = {}
    for line in Path(__file__).with_name("nodes.txt").read_text().splitlines():
        if line.startswith("# "):
            lines = sections[line[2:]] = []
        else:
            lines.append(line)
    return sections


def described(operation):
    inputs = [t.name.removesuffix(":0") for t in operation.inputs]
    inputs += [f"^{o.name}" for o in operation.control_inputs]
    outputs = " ".join(f"{t.dtype.name}{t.shape}" for t in operation.outputs)
    beside = b",".join(operation.colocation_groups()).decode()
    own = beside == f"loc:@{operation.name}"
    parts = [
        f"{operation.name} {operation.type}({', '.join(inputs)}) ->",
        outputs,
        "" if own else beside,
        operation.device and f"@{operation.device}",
    ]
    return " ".join(filter(None, parts))


@pytest.mark.parametrize("program", PROGRAMS)
def test_nodes_are_tensorflow_s(program):
    program(flowgraph)
    found = [described(o) for o in flowgraph.get_default_graph().get_operations()]
    assert found == expected()[program.__name__]
