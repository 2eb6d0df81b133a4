"""Binding inputs to signatures: dtypes, lists, references, names; and what it costs."""

import time

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.graph.op import Op
from flowgraph.ops.add_n import AddN
from flowgraph.ops.arithmetic import AddV2
from flowgraph.ops.core import Cast, Identity, Shape, StopGradient, apply, build


def test_constants_are_made_under_the_operation_s_name():
    total = apply(AddV2(), 1.0, 2.0, name="sum")
    assert [t.name for t in total.op.inputs] == ["sum/x:0", "sum/y:0"]
    assert total.name == "sum:0"
    assert apply(AddV2(), total, total).name == "AddV2:0"


def test_an_untyped_value_takes_the_dtype_that_is_bound():
    x = tf.constant(1.0, tf.float64)
    assert apply(AddV2(), x, 1).dtype is tf.float64
    with pytest.raises(TypeError, match=r"^Input 'y' .* type float64 .* type float32 of argument"):
        apply(AddV2(), 1.0, x)


def test_lists_share_one_dtype():
    a, i = tf.constant(1.0, name="a"), tf.constant(1, name="i")
    total = apply(AddN(), [a, 1.0])
    assert total.op.get_attr("N") == 2
    with pytest.raises(TypeError, match=r"have types \[float32, int32\] that don't all match"):
        apply(AddN(), [a, i])
    with pytest.raises(TypeError, match="Expected list for 'inputs' argument to 'AddN' Op"):
        apply(AddN(), a)


def test_what_is_bound_once_is_bound_the_same_again():
    # The second round is remembered by op class and dtypes, the first is not.
    for _ in range(2):
        f, i = tf.constant([1.5]), tf.constant([1])
        assert [apply(Identity(), x).dtype for x in (f, i)] == [tf.float32, tf.int32]
        assert [apply(StopGradient(), x).dtype for x in (f, i)] == [tf.float32, tf.int32]
        assert [apply(Cast(DstT=d), f).dtype for d in (tf.int32, tf.int64)] == [tf.int32, tf.int64]
        assert apply(Shape(), f).dtype is tf.int32
        assert apply(Shape(out_type=tf.int64), f).dtype is tf.int64
        with pytest.raises(TypeError, match="does not match type float32"):
            apply(AddV2(), f, i)
        with pytest.raises(TypeError, match="DataType bool not in list of allowed values"):
            apply(AddV2(), tf.constant(True), tf.constant(True))


def test_references_are_asked_for():
    v, a = tf.Variable(1.0, name="v"), tf.constant(1.0)
    assign = Op.declared["Assign"]
    assert build(assign(), [v, a]).colocation_groups() == [b"loc:@v"]
    with pytest.raises(TypeError, match="input 'ref' be a mutable tensor"):
        build(assign(), [a, a])


def test_shapes_that_do_not_fit_name_the_operation():
    with pytest.raises(ValueError) as caught:
        apply(AddV2(), tf.zeros([2]), tf.zeros([3]), name="s")
    assert str(caught.value).startswith(
        "Dimensions must be equal, but are 2 and 3 for 's' (op: 'AddV2') "
        "with input shapes: [2], [3]."
    )
    assert [o.type for o in tf.get_default_graph().get_operations()] == ["Const", "Const"]


def shortest(function, repeat=5):
    times = []
    for _ in range(repeat):
        with tf.Graph().as_default():
            start = time.perf_counter()
            function()
            times.append(time.perf_counter() - start)
    return min(times)


def chain(length):
    x = tf.constant([1.0])
    for _ in range(length):
        x = tf.tanh(x)
    return x


def test_building_is_linear():
    # Generous, since machines are busy; what was quadratic would be 8 times slower again.
    assert shortest(lambda: chain(8000)) < 24 * shortest(lambda: chain(1000)) + 0.05


def test_many_operations_of_one_name_have_unique_names():
    with tf.Graph().as_default() as graph:
        for _ in range(3000):
            tf.constant(1.0, name="c")
        names = [operation.name for operation in graph.get_operations()]
    assert names[:3] == ["c", "c_1", "c_2"]
    assert len(set(names)) == 3000


def test_numpy_does_not_take_over():
    x = tf.constant([1.0, 2.0])
    for left in (np.float32(2), np.float64(2), np.ones(2), np.array(2.0)):
        assert isinstance(left * x, tf.Tensor)


def test_indices_of_another_dtype_are_not_cut_to_integers():
    with pytest.raises(TypeError, match=r"^Value passed to parameter 'indices' has DataType float"):
        tf.gather([1.0, 2.0], np.array([0.9]))


def test_an_array_takes_the_default_dtype_of_an_op():
    pooled = tf.nn.max_pool(np.ones([1, 2, 2, 1]), [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
    assert pooled.dtype is tf.float32


def test_a_shape_error_tells_the_values_it_used():
    with pytest.raises(ValueError, match=r"^dim 3") as info:
        tf.expand_dims(tf.zeros([2, 3]), 3, name="e")
    first = str(info.value).split("\n")[0]
    assert first == (
        "dim 3 not in the interval [-3, 2]. for 'e' (op: 'ExpandDims') with input shapes: "
        "[2,3], [] and with computed input tensors: input[1] = <3>."
    )


def test_an_attribute_of_none_has_its_default():
    assert tf.string_join(["a", "b"], None).op.op.separator == ""
    assert tf.Variable(tf.zeros([2]), validate_shape=None).initializer.type == "Assign"
