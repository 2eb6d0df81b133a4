"""The nodes that variables make, against those that TensorFlow makes for the same programs.

``nodes.txt`` has one line per node: name, type, inputs (``^`` for control), dtypes and shapes of
the outputs, what it is placed beside, device. TensorFlow wrote it, from the programs below.
"""

from pathlib import Path

import numpy as np
import pytest

from flowgraph import dtypes
from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.scope import (
    GraphKeys,
    control_dependencies,
    device,
    get_default_graph,
    name_scope,
)
from flowgraph.ops.arithmetic import square
from flowgraph.ops.control import no_op
from flowgraph.ops.core import constant, identity
from flowgraph.ops.filling import fill, zeros
from flowgraph.ops.random import random_normal
from flowgraph.ops.reduction import reduce_sum
from flowgraph.variables.assign import (
    assign,
    assign_sub,
    count_up_to,
    is_variable_initialized,
    scatter_add,
    scatter_nd_update,
    scatter_update,
)
from flowgraph.variables.collections import (
    assert_variables_initialized,
    global_variables_initializer,
    initialize_all_variables,
    local_variables_initializer,
    variables_initializer,
)
from flowgraph.variables.get_variable import get_variable
from flowgraph.variables.initializers import (
    Constant,
    GlorotNormal,
    Ones,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    UniformUnitScaling,
    VarianceScaling,
    Zeros,
    he_normal,
    lecun_uniform,
)
from flowgraph.variables.matrix_initializers import Orthogonal
from flowgraph.variables.variable import Variable
from flowgraph.variables.variable_scope import AUTO_REUSE, variable_scope


def values():
    Variable([1.0, 2.0], name="w")
    Variable(random_normal([2, 3], seed=1), name="r")
    Variable(lambda: zeros([2]), name="c")
    Variable(1)
    Variable(2.0)
    with name_scope("a"):
        Variable(2.0)
        Variable(constant(3.0), name="v")


def get_by_value():
    get_variable("w", initializer=constant([1.0, 2.0]))
    get_variable("b", initializer=[1.0, 2.0])
    get_variable("n", initializer=np.zeros(3))
    get_variable("k", initializer=3)


def get_by_initializer():
    get_variable("d", [2, 3])
    get_variable("i", [2, 3], dtypes.int32)
    get_variable("w", [3], initializer=Zeros)
    get_variable("v", [3], initializer=Ones())
    get_variable("c", [3], initializer=Constant(0.1))
    get_variable("f", initializer=lambda: zeros([2]))
    get_variable("g", [4], initializer=lambda shape, dtype, partition_info: fill(shape, 2.0))


def scopes():
    with variable_scope("a"):
        get_variable("w", [2], initializer=Zeros())
        constant(1.0, name="c")
        Variable(1.0, name="v")
    with variable_scope("a", reuse=True):
        get_variable("w", [2])
        constant(1.0, name="c")
        Variable(1.0, name="v")
    with variable_scope("a") as a, variable_scope("b") as b:
        constant(1.0, name="c")
    with variable_scope(a, reuse=AUTO_REUSE):
        constant(1.0, name="c")
        get_variable("w", [2])
        get_variable("z", [2], initializer=Zeros())
        with variable_scope(b):
            constant(1.0, name="c")
    with variable_scope(b, auxiliary_name_scope=False):
        constant(1.0, name="c")
    with variable_scope("q", auxiliary_name_scope=False):
        constant(1.0, name="c")
        get_variable("z", [2], initializer=Zeros())
    with name_scope("ns"):
        with variable_scope("q"):
            constant(1.0, name="c")
            get_variable("y", [2], initializer=Zeros())
        with variable_scope(b):
            constant(1.0, name="c")
        get_variable("y", [2], initializer=Zeros())
    with variable_scope(b), name_scope(b.original_name_scope):
        constant(1.0, name="c")


def default_names():
    for _ in range(2):
        with variable_scope(None, "layer", [constant(1.0)]):
            get_variable("w", [2], initializer=Zeros())
            constant(1.0, name="c")
    with variable_scope("given", "layer"):
        constant(1.0, name="c")
    with variable_scope("o"):
        for _ in range(2):
            with variable_scope(None, "layer"):
                constant(1.0, name="c")
    with variable_scope("o"), variable_scope(None, "layer"):
        constant(1.0, name="c")


def regularizers():
    def loss(w):
        return reduce_sum(square(w))

    with variable_scope("a", regularizer=loss):
        get_variable("w", [2], initializer=Zeros())
        get_variable("v", [2], initializer=Zeros(), regularizer=lambda w: None)
    with variable_scope("a", reuse=True, regularizer=loss):
        get_variable("w")


def devices():
    with device("/cpu:0"):
        Variable(1.0, caching_device="/cpu:1", name="a")
        with variable_scope("s", caching_device="/cpu:2"):
            get_variable("b", [1])
        get_variable("c", initializer=constant([1.0]))


def initializer_ops():
    a = Variable(1.0, name="a")
    b = Variable(1.0, name="b", collections=[GraphKeys.LOCAL_VARIABLES], trainable=False)
    global_variables_initializer()
    local_variables_initializer()
    initialize_all_variables()
    variables_initializer([a, b])
    variables_initializer([])
    assert_variables_initialized()
    assert_variables_initialized([a])


def writes():
    a = Variable([1.0], name="a")
    a.assign([2.0])
    a.assign_add([2.0])
    assign(a, [1.0])
    assign_sub(a, [1.0], name="sub")
    scatter_update(a, [0], [1.0])
    scatter_add(a, [0], [1.0])
    a.value()
    a.read_value()
    identity(a)
    is_variable_initialized(a)
    assign(a, a)
    a.scatter_nd_update([[0]], [1.0])
    a.scatter_nd_add([[0]], [1.0])
    a.scatter_nd_sub([[0]], [1.0])
    scatter_nd_update(a, [[0]], [1.0])
    count_up_to(Variable(1, name="n"), 4)
    a.scatter_sub(IndexedSlices(constant([1.0]), constant([0])))
    a.scatter_update(IndexedSlices(constant([1.0]), constant([0])))


def dependencies():
    with control_dependencies([no_op(name="n")]):
        a = Variable([1.0], name="a")
        get_variable("b", [2], initializer=Zeros())
        a.assign([1.0])
    with control_dependencies([a]):
        constant(1.0, name="c")
    with control_dependencies([a.initializer]):
        identity(a, name="i")


def random_initializers():
    for name, initializer in {
        "u": RandomUniform(-1, 1),
        "n": RandomNormal(),
        "t": TruncatedNormal(stddev=0.1),
        "us": UniformUnitScaling(),
        "vs": VarianceScaling(),
        "vu": VarianceScaling(distribution="uniform", mode="fan_avg"),
        "vn": VarianceScaling(distribution="untruncated_normal", mode="fan_out"),
        "gn": GlorotNormal(),
        "hn": he_normal(),
        "lu": lecun_uniform(),
    }.items():
        get_variable(name, [3, 4], initializer=initializer)


def large_and_other_dtypes():
    get_variable("a", [2000], initializer=Zeros())
    get_variable("b", [2000], initializer=Ones())
    get_variable("c", [2000], initializer=Constant(2))
    get_variable("d", [2000], dtypes.int32)
    get_variable("e", [3], dtypes.string, initializer=Zeros())
    get_variable("f", [3], dtypes.bool)
    get_variable("h", [3], dtypes.bool, initializer=Ones())


def orthogonal():
    get_variable("a", [2, 2, 6], initializer=Orthogonal(gain=2.0, seed=3))
    get_variable("b", [6, 2], initializer=Orthogonal())


def operators():
    a = Variable([1.0, 2.0], name="a")
    _ = (a + 1.0, 2.0 * a, a / 2.0, -a, a[0], a[None], a > 1.0, a**2.0, abs(a), 1.0 - a)
    b = Variable([True], name="b")
    _ = (~b, b & True)


PROGRAMS = [
    values, get_by_value, get_by_initializer, scopes, default_names, regularizers, devices,
    initializer_ops, writes, dependencies, random_initializers, large_and_other_dtypes,
    orthogonal, operators,
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
    inputs = [t._as_node_def_input() for t in operation.inputs]
    inputs += [f"^{o.name}" for o in operation.control_inputs]
    outputs = " ".join(f"{t.dtype.name}{t.shape}" for t in operation.outputs)
    beside = ",".join(group.decode() for group in operation.colocation_groups())
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
    program()
    found = [described(operation) for operation in get_default_graph().get_operations()]
    assert found == expected()[program.__name__]
