"""The sweep: names, joins, ends, refusals. Values are compared in test_values.py."""

import numpy as np
import pytest

from flowgraph import dtypes
from flowgraph.autodiff.accumulation import AggregationMethod
from flowgraph.autodiff.gradients import UnconnectedGradients, gradients
from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.graph import Graph
from flowgraph.graph.op import Op
from flowgraph.graph.scope import get_default_graph
from flowgraph.graph.signature import Signature
from flowgraph.ops.arithmetic import add, multiply, negative
from flowgraph.ops.core import apply, apply_all, cast, constant, identity, placeholder, shape
from flowgraph.ops.gathering import gather
from flowgraph.runtime.session import Session
from flowgraph.variables.variable import Variable


class Rows(Op, abstract=True):
    """Some rows, with a sparse gradient."""

    signature = Signature("params: T, indices: int32 -> output: T")

    def infer(self, *inputs):
        return (inputs[1].shape.concatenate(inputs[0].shape[1:]),)

    def gradient(self, operation, *dys):
        params, indices = operation.inputs
        return IndexedSlices(dys[0], indices, shape(params)), None


class Pair(Op, abstract=True):
    """The input twice; remembers which gradients were passed."""

    signature = Signature("x: T -> a: T, b: T, count: int32")

    seen: list

    def infer(self, *inputs):
        return (inputs[0].shape, inputs[0].shape, inputs[0].shape)

    def gradient(self, operation, *dys):
        self.seen.extend(dys)
        return (dys[0],)


class PairOrNone(Pair, abstract=True):
    takes_missing_gradients = True


class Opaque(Op, abstract=True):
    """An op that no gradient is defined for."""

    signature = Signature("x: T -> y: T")

    def infer(self, *inputs):
        return (inputs[0].shape,)


class Miscounted(Opaque, abstract=True):
    def gradient(self, operation, *dys):
        return dys[0], dys[0]


class Misshapen(Opaque, abstract=True):
    def gradient(self, operation, *dys):
        return (constant([1.0, 2.0, 3.0]),)


def vector(name="x"):
    return placeholder(dtypes.float32, [2], name=name)


def names(prefix="gradients/"):
    operations = get_default_graph().get_operations()
    return [o.name for o in operations if o.name.startswith(prefix)]


def test_names_are_tensorflows():
    x = vector()
    (dx,) = gradients(add(multiply(x, x, name="mul"), x), x)
    assert names() == [
        "gradients/Shape",
        "gradients/grad_ys_0",
        "gradients/Fill",
        "gradients/mul_grad/Mul",
        "gradients/mul_grad/Mul_1",
        "gradients/AddN",
    ]
    assert dx.name == "gradients/AddN:0"
    assert [t.name for t in dx.op.inputs] == [
        "gradients/Fill:0",
        "gradients/mul_grad/Mul:0",
        "gradients/mul_grad/Mul_1:0",
    ]


def test_each_call_has_a_scope_of_its_own():
    x = vector()
    y = multiply(x, x)
    assert gradients(y, x)[0].name.startswith("gradients/")
    assert gradients(y, x)[0].name.startswith("gradients_1/")
    assert gradients(y, x, name="slope")[0].name.startswith("slope/")


def test_operations_of_a_gradient_know_what_they_differentiate():
    x = vector()
    y = multiply(x, x)
    (dx,) = gradients(y, x)
    assert dx.op.forward is x.op
    assert [t.op.forward for t in dx.op.inputs] == [y.op, y.op]
    assert y.op.forward is None
    assert multiply(x, x).op.forward is None


def test_a_tensor_is_its_own_gradients_seed():
    x = vector()
    assert gradients(x, x)[0].name == "gradients/Fill:0"


def test_the_same_x_twice():
    x = vector()
    first, second = gradients(negative(x), [x, x])
    assert first is second


def test_an_x_between_another_x_and_y():
    x = vector()
    inner = negative(x, name="inner")
    outer = negative(inner, name="outer")
    dx, d_inner = gradients(outer, [x, inner])
    assert (dx.op.forward, d_inner.op.forward) == (inner.op, outer.op)


def test_the_graph_of_ys_is_used_whatever_the_default_is():
    x = vector()
    y = negative(x)
    with Graph().as_default() as other:
        (dx,) = gradients(y, x)
    assert dx.graph is x.graph
    assert other.get_operations() == []


# -- ends ---------------------------------------------------------------------------------------


def test_unconnected_gives_none_or_zeros():
    x, z = vector(), placeholder(dtypes.float32, [None], name="z")
    y = negative(x)
    assert gradients(y, [x, z])[1] is None
    zeros = gradients(y, [x, z], unconnected_gradients="zero")[1]
    assert zeros.op.type in ("ZerosLike", "Fill")
    assert zeros.shape.as_list() == [None]
    assert zeros.name == "zeros_like:0"
    connected = gradients(y, [x], unconnected_gradients=UnconnectedGradients.ZERO)[0]
    assert connected.op.forward is y.op


def test_unknown_unconnected_gradients_is_refused():
    x = vector()
    with pytest.raises(ValueError, match=r"^Unknown value for unconnected_gradients: 'none of it'"):
        gradients(x, x, unconnected_gradients="none of it")


def test_no_gradient_through_integers():
    x = vector()
    assert gradients(cast(cast(x, dtypes.int32), dtypes.float32), x) == [None]


def test_a_y_of_integers_gives_none():
    x = vector()
    assert gradients(cast(x, dtypes.int32), x) == [None]


def test_stop_gradients_makes_constants():
    x = vector()
    inner = negative(x)
    dx, d_inner = gradients(multiply(x, inner), [x, inner], stop_gradients=inner)
    assert dx.op.type == "Mul"
    assert d_inner.op.type == "Mul"
    assert gradients(inner, x, stop_gradients=[inner]) == [None]


def test_a_stopped_x_still_has_a_gradient():
    x = vector()
    y = negative(x)
    assert gradients(y, x, stop_gradients=[x])[0].op.forward is y.op


def test_missing_gradients_are_zeros_of_inexact_outputs_only():
    x = vector()
    seen = []
    a, _, _ = apply_all(Pair(seen), x)
    (dx,) = gradients(a, x)
    assert [None if dy is None else dy.op.type for dy in seen] == ["Fill", "ZerosLike", None]
    assert seen[1].name == "gradients/zeros_like:0"
    assert dx is seen[0]


def test_missing_gradients_are_none_for_ops_that_take_them():
    x = vector()
    seen = []
    a, _, _ = apply_all(PairOrNone(seen), x)
    gradients(a, x)
    assert seen[1:] == [None, None]


def test_an_undefined_gradient_is_an_error_only_where_one_is_needed():
    x, z = vector(), vector("z")
    y = add(apply(Opaque(), z), negative(x))
    assert gradients(y, x)[0] is not None
    with pytest.raises(LookupError) as caught:
        gradients(y, z)
    lines = str(caught.value).splitlines()
    assert lines[0] == "No gradient defined for operation 'Opaque' (op type: Opaque)"
    assert __file__ in lines[2]


def test_an_undefined_gradient_that_nothing_reaches_is_no_error():
    x = vector()
    hidden = cast(apply(Opaque(), x), dtypes.int32)
    assert gradients(cast(hidden, dtypes.float32), x) == [None]


def test_the_number_of_gradients_is_checked():
    x = vector()
    with pytest.raises(ValueError, match=r"^Num gradients 2 generated for op (.|\n)*num inputs 1$"):
        gradients(apply(Miscounted(), x), x)


def test_the_shape_of_gradients_is_checked():
    x = vector()
    with pytest.raises(ValueError, match=r"^Incompatible shapes between op input and calculated"):
        gradients(apply(Misshapen(), x), x)


def test_a_gradient_takes_the_static_shape_of_its_input():
    x = vector()
    seed = placeholder(dtypes.float32, None)
    assert gradients(identity(x), x, seed)[0].shape.as_list() == [2]


# -- grad_ys ------------------------------------------------------------------------------------


def test_grad_ys_are_converted():
    x = vector()
    (dx,) = gradients(negative(x), x, [[1.0, 2.0]])
    assert names()[:2] == ["gradients/grad_y_0", "gradients/grad_ys_0"]
    assert dx.op.inputs[0].op.type == "Identity"


def test_grad_ys_may_be_none_in_part():
    x = vector()
    seed = constant([1.0, 2.0])
    gradients([negative(x), negative(x)], x, [None, seed])
    assert {"gradients/grad_ys_0", "gradients/Fill", "gradients/grad_ys_1"} <= set(names())
    assert "gradients/Fill_1" not in names()


def test_grad_ys_must_be_as_many_as_ys():
    x = vector()
    with pytest.raises(ValueError, match=r"^Passed 2 grad_ys for 1 ys$"):
        gradients(x, x, [None, None])


@pytest.mark.parametrize(
    ("dtype", "seed", "message"),
    [
        (dtypes.float32, [True, False], "Gradient type bool generated for real or integer-valued"),
        (dtypes.complex64, None, "Gradients of complex tensors must set grad_ys"),
        (dtypes.complex64, np.float32([1.0, 2.0]), "Gradient type float32 generated for complex"),
        (dtypes.string, None, r"Tensor Tensor\(.* with type string must be numeric"),
    ],
)
def test_the_types_of_ys_and_grad_ys_are_checked(dtype, seed, message):
    y = placeholder(dtype, [2])
    seeds = None if seed is None else [constant(seed)]
    with pytest.raises(TypeError, match=f"^{message}"):
        gradients(y, y, seeds)


# -- joins --------------------------------------------------------------------------------------


def test_trees_add_two_at_a_time():
    x = vector()
    y = add(add(negative(x), negative(x)), negative(x))
    (dx,) = gradients(y, x, aggregation_method=AggregationMethod.EXPERIMENTAL_TREE)
    assert dx.name == "gradients/x_gradient_sum/AddN_1:0"
    assert [len(t.op.inputs) for t in (dx, dx.op.inputs[0])] == [2, 2]


def test_an_unknown_aggregation_method_is_refused():
    x = vector()
    with pytest.raises(ValueError, match=r"^Invalid aggregation_method specified 7"):
        gradients(x, x, aggregation_method=7)


def test_sparse_gradients_stay_sparse_through_identity():
    table = identity(placeholder(dtypes.float32, [5, 3], name="table"))
    (dx,) = gradients(apply(Rows(), table, [1, 2]), table.op.inputs[0])
    assert isinstance(dx, IndexedSlices)
    assert dx.shape.as_list() == [5, 3]


def test_a_variable_that_is_gathered_has_a_sparse_gradient():
    w = Variable([[1.0, 2.0], [3.0, 4.0]], name="w")
    (dw,) = gradients(apply(Rows(), w, [1]), w)
    assert isinstance(dw, IndexedSlices)
    assert dw.values.shape.as_list() == [1, 2]


def test_sparse_gradients_meet_by_concatenation():
    table = placeholder(dtypes.float32, [5, 3], name="table")
    (dx,) = gradients([apply(Rows(), table, [1, 2]), apply(Rows(), table, [0])], table)
    assert isinstance(dx, IndexedSlices)
    assert dx.values.shape.as_list() == [3, 3]
    assert dx.indices.shape.as_list() == [3]
    assert dx.values.name == "gradients/concat:0"


def test_sparse_and_dense_gradients_meet_densely():
    table = placeholder(dtypes.float32, [5, 3], name="table")
    (dx,) = gradients([apply(Rows(), table, [1, 2]), negative(table)], table)
    assert dx.op.type == "AddN"
    assert {t.op.type for t in dx.op.inputs} == {"Neg", "UnsortedSegmentSum"}
    assert dx.shape.as_list() == [5, 3]


def test_broadcast_inputs_get_gradients_of_their_own_shape():
    x = placeholder(dtypes.float32, [3, 2])
    for sizes in ([2], [1, 2], [3, 1], [], [1, 1, 1]):
        small = placeholder(dtypes.float32, sizes)
        for y in (multiply(x, small), multiply(small, x)):
            dx, d_small = gradients(y, [x, small])
            assert dx.shape.as_list() == [3, 2]
            assert d_small.shape.as_list() == sizes


def test_variables_are_differentiated_by_their_reference():
    w = Variable([1.0, 2.0], name="w")
    (dw,) = gradients(multiply(w, w), w)
    assert dw.op.type == "AddN"
    assert dw.dtype is dtypes.float32


# -- placement ----------------------------------------------------------------------------------


def test_gated_gradients_wait_for_each_other():
    x, z = vector(), vector("z")
    y = multiply(x, z, name="mul")
    dx, dz = gradients(y, [x, z], gate_gradients=True)
    assert dx.name == "gradients/mul_grad/tuple/control_dependency:0"
    assert dz.name == "gradients/mul_grad/tuple/control_dependency_1:0"
    (gate,) = dx.op.control_inputs
    assert {o.name for o in gate.control_inputs} == {
        dx.op.inputs[0].op.name,
        dz.op.inputs[0].op.name,
    }


def test_one_gradient_needs_no_gate():
    x = vector()
    (dx,) = gradients(negative(x), x, gate_gradients=True)
    assert dx.op.type == "Neg"


def test_gradients_are_placed_with_their_operations():
    graph = get_default_graph()
    x = vector()
    with graph.device("/gpu:3"):
        y = negative(x, name="neg")
    assert gradients(y, x)[0].device == ""
    (dx,) = gradients(y, x, colocate_gradients_with_ops=True)
    assert dx.device == y.device
    assert dx.op.colocation_groups() == [b"loc:@neg"]


def test_slices_are_summed_for_what_was_stretched():
    x, b = constant([[1.0, 2.0], [3.0, 4.0]]), constant([0.5, 0.5])
    dx, db = Session().run(gradients(gather(add(x, b), [1, 1]), [x, b]))
    assert dx.tolist() == [[0.0, 0.0], [2.0, 2.0]]
    assert db.tolist() == [2.0, 2.0]
