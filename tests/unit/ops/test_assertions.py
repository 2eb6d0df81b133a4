"""Texts recorded from TensorFlow."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph import dtypes
from flowgraph.autodiff.gradients import gradients
from flowgraph.errors import InvalidArgumentError
from flowgraph.graph.scope import get_default_graph
from flowgraph.ops import assertions, shape_assertions
from flowgraph.ops.assertions import (
    assert_near,
    assert_that,
    check_numerics,
    verify_tensor_all_finite,
)
from flowgraph.ops.core import constant, placeholder
from flowgraph.ops.filling import zeros
from flowgraph.ops.numerics_checks import add_check_numerics_ops
from flowgraph.ops.transcendental import log
from flowgraph.runtime.session import Session


def failure(operation, feeds):
    with pytest.raises(InvalidArgumentError) as info:
        Session().run(operation, feeds)
    return str(info.value).split("\n\t")[0].splitlines()[0]


def names():
    return [(o.name, o.type) for o in get_default_graph().get_operations()]


PAIRS = [
    ("assert_equal", "==", "Equal"),
    ("assert_none_equal", "!=", "NotEqual"),
    ("assert_less", "<", "Less"),
    ("assert_less_equal", "<=", "LessEqual"),
    ("assert_greater", ">", "Greater"),
    ("assert_greater_equal", ">=", "GreaterEqual"),
]


@pytest.mark.parametrize(("name", "symbol", "node"), PAIRS)
def test_pairs(name, symbol, node):
    check = getattr(assertions, name)
    x, y = (placeholder(dtypes.int32, name=n) for n in "xy")
    operation = check(x, y)
    scope = "assert_equal_1" if name == "assert_equal" else name
    assert [operation.type, operation.name] == ["Assert", f"{scope}/Assert/Assert"]
    assert (f"{scope}/{node}", node) in names()
    assert (f"{scope}/All", "All") in names()
    text = f"assertion failed: [Condition x {symbol} y did not hold element-wise:] "
    feeds = {x: [1, 2, 3, 4], y: [3, 2, 1, 9]}
    assert failure(operation, feeds) == f"{text}[x (x:0) = ] [1 2 3...] [y (y:0) = ] [3 2 1...]"
    shown = check(x, y, data=["d", x], summarize=2, message="why", name="nm")
    assert failure(shown, feeds) == "assertion failed: [why] [d] [1 2...]"
    passing = {"==": (5, 5), "!=": (5, 6), "<": (5, 6), "<=": (5, 5), ">": (6, 5), ">=": (5, 5)}
    assert Session().run(operation, dict(zip((x, y), passing[symbol], strict=True))) is None
    assert Session().run(operation, {x: np.zeros((0, 2)), y: 7}) is None


def test_a_tensor_equals_itself():
    x = placeholder(dtypes.float32, name="x")
    operation = assertions.assert_equal(x, x)
    assert [operation.type, operation.name] == ["NoOp", "assert_equal/NoOp"]


def test_constants_are_checked_at_once():
    with pytest.raises(InvalidArgumentError) as info:
        assertions.assert_equal([3, 4], [1, 9], message="mess")
    assert str(info.value) == (
        "mess\nCondition x == y did not hold element-wise:\nx (assert_equal_1/x:0) = \n[3 4]\n"
        "y (assert_equal_1/y:0) = \n[1 9]"
    )
    assert assertions.assert_equal([5, 6], [5, 6]).type == "Assert"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("assert_positive", "[Condition x > 0 did not hold element-wise:] [x (x:0) = ]"),
        ("assert_negative", "[Condition x < 0 did not hold element-wise:] [x (x:0) = ]"),
        ("assert_non_negative", "[Condition x >= 0 did not hold element-wise:] [x (x:0) = ]"),
        ("assert_non_positive", "[Condition x <= 0 did not hold element-wise:x (x:0) = ]"),
    ],
)
def test_signs(name, text):
    check = getattr(assertions, name)
    x = placeholder(dtypes.int32, name="x")
    operation = check(x)
    assert failure(operation, {x: [-1, 0, 1]}) == f"assertion failed: [] {text} [-1 0 1]"
    good = {"assert_positive": 1, "assert_negative": -1}.get(name, 0)
    assert Session().run(operation, {x: [good]}) is None
    with pytest.raises(InvalidArgumentError, match="did not hold element-wise:"):
        check([-1, 0, 1])


def test_near():
    x = placeholder(dtypes.float32, name="x")
    assert Session().run(assert_near(x, 1.0, rtol=0.2), {x: [1.1]}) is None
    assert Session().run(assert_near(x, 1.0), {x: [1.0 + 1e-6]}) is None
    text = failure(assert_near(x, 1.0, name="near"), {x: [1.1]})
    assert text == (
        "assertion failed: [] [x and y not equal to tolerance rtol = "
        'Tensor(\\"near/rtol:0\\", shape=(), dtype=float32), atol = '
        'Tensor(\\"near/atol:0\\", shape=(), dtype=float32)] [x (x:0) = ] [1.1] '
        "[y (near/y:0) = ] [1]"
    )


def test_assert_names_its_data():
    x = placeholder(dtypes.float32, name="x")
    operation = assert_that(constant(True), [x, "s"], name="check")
    assert ("check/Const_1", "Const") not in names()
    assert operation.name == "check/AssertGuard/Merge"
    (guard,) = [o for o in get_default_graph().get_operations() if o.type == "If"]
    inside = guard.op.else_branch.get_operations()
    assert "check/AssertGuard/Assert" in [o.name for o in inside if o.type == "Assert"]
    assert assert_that(constant(True), ["s"], name="plain").name == "plain/Assert"


@pytest.mark.parametrize(
    ("value", "found"),
    [([np.nan], "NaN"), ([-np.inf, 1], "Inf"), ([np.inf, np.nan], "Inf and NaN")],
)
def test_check_numerics(value, found):
    x = placeholder(dtypes.float32, name="x")
    assert failure(check_numerics(x, "msg"), {x: value}) == f"msg : Tensor had {found} values"
    checked = verify_tensor_all_finite(x, "vm")
    assert checked.name == "VerifyFinite/control_dependency:0"
    assert failure(checked, {x: value}) == f"vm : Tensor had {found} values"
    assert Session().run(checked, {x: 2}) == 2


def test_gradients_are_checked_too():
    x = placeholder(dtypes.float32, name="x")
    (dx,) = gradients(check_numerics(x, "msg"), x)
    assert dx.op.type == "CheckNumerics"
    assert dx.op.name == "gradients/CheckNumerics_grad/CheckNumerics"


def test_every_tensor_is_checked_in_order():
    x = placeholder(dtypes.float32, name="x")
    log(x)
    placeholder(dtypes.int32)
    operation = add_check_numerics_ops()
    assert [(operation.name, [c.name for c in operation.control_inputs])] == [
        ("group_deps", ["CheckNumerics_1"])
    ]
    assert failure(operation, {x: -1}) == "Log:0 : Tensor had NaN values"
    assert Session().run(operation, {x: 1}) is None


def test_ranks():
    x = placeholder(dtypes.float32, name="x")
    y = placeholder(dtypes.int32, name="y")
    one, least, among = (
        shape_assertions.assert_rank,
        shape_assertions.assert_rank_at_least,
        shape_assertions.assert_rank_in,
    )
    lead = "assertion failed: [] [Tensor x:0 must have rank"
    assert failure(one(x, 1), {x: 3}) == f"{lead}] [1] [Received shape: ] []"
    assert failure(least(x, 1), {x: 3}) == f"{lead} at least] [1] [Received shape: ] []"
    assert failure(among(x, (1, 2)), {x: 3}) == f"{lead} in] [1] [2] [Received shape: ] []"
    assert failure(one(x, 1, message="why"), {x: 3}).startswith("assertion failed: [why.  ] [Ten")
    assert failure(one(x, y), {x: 3, y: 1}) == f"{lead}] [1] [Received shape: ] []"
    for passing in (one(x, 2), least(x, 1), among(x, (1, 2))):
        assert Session().run(passing, {x: [[1]]}) is None
    known = one([1, 2], 1, name="known")
    assert known.name == "known/static_checks_determined_all_ok"
    for check, rank, words in (
        (one, 3, "rank 3"),
        (least, 3, "rank at least 3"),
        (among, (0, 3), r"rank in \(0, 3\)"),
    ):
        text = rf"m\.  Tensor z:0 must have {words}\.  Received rank 1, shape \(2,\)"
        with pytest.raises(ValueError, match=text):
            check(placeholder(dtypes.float32, [2], name="z"), rank, message="m")
        get_default_graph()._names.pop("z")
        get_default_graph()._by_name.pop("z")
    with pytest.raises(ValueError, match=r"Rank must be a scalar\."):
        one(x, [1])
    with pytest.raises(TypeError, match="must be of type"):
        one(x, 1.5)


def test_dtypes():
    x = placeholder(dtypes.int32, name="x")
    c = constant(1.0, name="c")
    with pytest.raises(TypeError, match=r"m\.  x:0 must be of type tf.float32; got tf.int32"):
        shape_assertions.assert_type(x, dtypes.float32, message="m")
    operation = shape_assertions.assert_type(x, dtypes.int32, name="t")
    assert operation.name == "t/statically_determined_correct_type"
    with pytest.raises(TypeError, match=r'Expected "x" to be integer type\.  Found: c:0 of dtype'):
        shape_assertions.assert_integer(c)
    operation = shape_assertions.assert_integer(x, name="i")
    assert operation.name == "i/statically_determined_was_integer"
    assert shape_assertions.is_numeric_tensor(c)
    assert not shape_assertions.is_numeric_tensor(constant("c"))
    assert not shape_assertions.is_numeric_tensor(1)
    same = shape_assertions.assert_same_float_dtype
    assert [same(), same([c]), same(dtype="float64")] == [
        dtypes.float32,
        dtypes.float32,
        dtypes.float64,
    ]
    with pytest.raises(ValueError, match="Expected floating point type, got"):
        same([x])
    with pytest.raises(ValueError, match=r"d:0, type=.*, must be of the same type .* as c:0"):
        same([c, constant(1.0, dtypes.float64, name="d")])


def test_scalars_and_iterables():
    with pytest.raises(ValueError, match=r"mm\.  Expected scalar shape for z:0, saw shape: \(3,\)"):
        shape_assertions.assert_scalar(zeros([3], name="z"), message="mm")
    assert shape_assertions.assert_scalar(1, name="one").name == "one:0"
    shape_assertions.assert_proper_iterable([1])
    with pytest.raises(TypeError, match='to be a "proper" iterable'):
        shape_assertions.assert_proper_iterable("s")
    with pytest.raises(TypeError, match='Expected argument "values" to be iterable'):
        shape_assertions.assert_proper_iterable(3)


@pytest.mark.parametrize(
    ("value", "strictly", "weakly"),
    [
        ([], True, True),
        ([3], True, True),
        ([1, 2, 2], False, True),
        ([[1, 2], [0, 5]], False, False),
    ],
)
def test_order(value, strictly, weakly):
    x = placeholder(dtypes.int32, name="x")
    results = [
        shape_assertions.is_strictly_increasing(x),
        shape_assertions.is_non_decreasing(x),
    ]
    assert Session().run(results, {x: value}) == [strictly, weakly]


@pytest.mark.parametrize(
    ("build", "is_refused"),
    [
        (
            lambda: tf.cond(tf.constant(True), lambda: tf.constant(1.0), lambda: tf.constant(2.0)),
            True,
        ),
        (lambda: tf.while_loop(lambda i: i < 3.0, lambda i: i + 1.0, [0.0]), True),
        (lambda: tf.map_fn(lambda x: 2 * x, tf.constant([1.0, 2.0])), True),
        (lambda: tf.while_loop(lambda i: i < 3, lambda i: i + 1, [0]), False),
        (lambda: tf.data.Dataset.range(3).map(lambda x: tf.cast(x, tf.float32)), False),
    ],
)
def test_all_numbers_are_checked_where_no_branch_computes_them(build, is_refused):
    build()
    if is_refused:
        with pytest.raises(ValueError, match="is not compatible with TensorFlow control flow"):
            tf.add_check_numerics_ops()
    else:
        assert tf.add_check_numerics_ops().name == "group_deps"
