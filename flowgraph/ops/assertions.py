"""Ops that stop a run: assertions, and checks for NaN and infinity."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.errors import InvalidArgumentError
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import (
    colocate_with,
    name_scope,
)
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import comparison
from flowgraph.ops.checks import renamed_argument
from flowgraph.ops.conditional import cond
from flowgraph.ops.control import no_op, with_dependencies
from flowgraph.ops.core import FLOATS, apply, build, constant, convert_to_tensor
from flowgraph.ops.hints import not_finite_hint
from flowgraph.ops.magnitude import abs as abs_
from flowgraph.ops.printing import summary
from flowgraph.ops.reduction import reduce_all
from flowgraph.shapes import TensorShape


class Assert(Op):
    """Stops the run unless a condition holds."""

    signature = Signature("condition: bool, data: list(T) ->")
    host_memory = True
    is_stateful = True

    summarize: int = 3

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        rank = inputs[0].shape.rank
        if rank not in (None, 0):
            raise ValueError(f"Shape must be rank 0 but is rank {rank}")
        return ()

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        condition, *data = inputs
        if not condition:
            parts = " ".join(f"[{summary(value, self.summarize)}]" for value in data)
            raise InvalidArgumentError(None, None, f"assertion failed: {parts}")
        return ()

    gradient = Op.not_differentiable


def assert_that(
    condition: Any, data: Any, summarize: int | None = None, name: str | None = None
) -> Operation:
    """Return an operation that stops the run unless `condition` holds.

    Parameters
    ----------
    condition : Tensor
        A bool scalar.
    data : list of Tensor
        What the error message shows.
    summarize : int, optional
        Show so many elements of each; 3 if left out.
    name : str, optional

    Raises
    ------
    InvalidArgumentError
        When run: if `condition` is false.

    Notes
    -----
    Nothing is checked unless the operation runs, by itself or as a control dependency.

    Examples
    --------
    >>> x = tf.placeholder(tf.float32, [None])
    >>> check = tf.Assert(tf.reduce_all(x > 0), [x])
    >>> try:
    ...     tf.Session().run(check, {x: [1, -2]})
    ... except tf.errors.InvalidArgumentError as error:
    ...     print(str(error).splitlines()[0])
    assertion failed: [1 -2]
    """
    with name_scope(name, "Assert", [condition, data]):
        kinds = {convert_to_tensor(v).dtype.base_dtype for v in data}
        op = Assert(summarize=3 if summarize is None else summarize)
        if kinds <= {dtypes.string, dtypes.int32}:
            return build(op, (condition, list(data)), "Assert")
        predicate = convert_to_tensor(condition, name="Condition")
        guarded = cond(
            predicate, no_op, lambda: build(op, (predicate, list(data)), "Assert"),
            name="AssertGuard",
        )  # fmt: skip
        result: Operation = guarded.op
        return result


class CheckNumerics(Op):
    """The input; stops the run where it is NaN or infinite."""

    signature = Signature("tensor: T -> output: T", T=FLOATS)
    is_stateful = True
    may_alias = True

    message: str

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (inputs[0].shape,)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        (x,) = inputs
        if not xp.isfinite(x).all():
            found = []
            if xp.isinf(x).any():
                found.append("Inf")
            if xp.isnan(x).any():
                found.append("NaN")
            text = f"{self.message} : Tensor had {' and '.join(found)} values"
            raise InvalidArgumentError(None, None, text)
        return x

    def advice(self, operation: Operation, *inputs: Any) -> str | None:
        return not_finite_hint(operation.inputs[0], *inputs)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        text = "Not a number (NaN) or infinity (Inf) values detected in gradient. "
        return (check_numerics(dys[0], text + self.message),)


def check_numerics(tensor: Any, message: str, name: str | None = None) -> Tensor:
    """Return `tensor`, and stop the run if an element is NaN or infinite.

    Parameters
    ----------
    tensor : Tensor
        Of a floating-point dtype.
    message : str
        Begins the error message.
    name : str, optional

    Raises
    ------
    InvalidArgumentError
        When run: if an element is NaN or infinite.

    Examples
    --------
    >>> x = tf.placeholder(tf.float32)
    >>> try:
    ...     tf.Session().run(tf.check_numerics(tf.log(x), "log"), {x: -1.0})
    ... except tf.errors.InvalidArgumentError as error:
    ...     print(str(error).splitlines()[0])
    log : Tensor had NaN values
    """
    return apply(CheckNumerics(message=message), tensor, name=name)


def verify_tensor_all_finite(
    t: Any = None,
    msg: str | None = None,
    name: str | None = None,
    x: Any = None,
    message: str | None = None,
) -> Tensor:
    """Return a tensor, and stop the run if an element is NaN or infinite.

    Parameters
    ----------
    t, x : Tensor
        One of the two.
    msg, message : str
        One of the two; begins the error message.
    name : str, optional

    Raises
    ------
    InvalidArgumentError
        When run: if an element is NaN or infinite.
    """
    tensor = renamed_argument("x", x, "t", t)
    text = renamed_argument("message", message, "msg", msg)
    with name_scope(name, "VerifyFinite", [tensor]):
        value = convert_to_tensor(tensor, name="t")
        with colocate_with(value):
            check = check_numerics(value, text)
            return with_dependencies([check], value)  # type: ignore[no-any-return]


# -- comparisons ------------------------------------------------------------------------------

Comparison = Callable[..., Any]


def _assert_binary(
    symbol: str, scope: str, test: Comparison, static_test: Comparison,
    x: Any, y: Any, data: Any, summarize: int | None, message: str | None, name: str | None,
) -> Operation:  # fmt: skip
    with name_scope(name, scope, [x, y, data]):
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, name="y")
        if data is None:
            data = [
                f"Condition x {symbol} y did not hold element-wise:",
                f"x ({x.name}) = ", x, f"y ({y.name}) = ", y,
            ]  # fmt: skip
        if message is not None:
            data = [message, *data]
        condition = reduce_all(test(x, y))
        x_static, y_static = x.static_value(), y.static_value()
        if x_static is not None and y_static is not None and not static_test(x_static, y_static):
            raise InvalidArgumentError(None, None, "\n".join(_static_text(item) for item in data))
        return assert_that(condition, data, summarize)


def _static_text(item: Any) -> str:
    value = item.static_value() if isinstance(item, Tensor) else None
    return str(item if value is None else value)


def _all(test: Comparison) -> Comparison:
    return lambda x, y: bool(np.all(test(x, y)))


# Examples of x and y that fit, as x and x + offset.
_OFFSETS = {"<": 1, "!=": 1, ">": -1}


def _comparison(symbol: str, words: str, test: Comparison, static_test: Comparison) -> Any:
    scope = f"assert_{words.replace(' ', '_')}"

    def check(
        x: Any, y: Any, data: Any = None, summarize: int | None = None,
        message: str | None = None, name: str | None = None,
    ) -> Operation:  # fmt: skip
        if scope == "assert_equal":
            # This one alone looks whether x is y first, in a scope that it opens and leaves.
            with name_scope(name, scope, [x, y, data]):
                if x is y:
                    return no_op()
        return _assert_binary(
            symbol, scope, test, _all(static_test), x, y, data, summarize, message, name
        )

    check.__name__ = check.__qualname__ = scope
    check.__doc__ = f"""Return an operation that stops the run unless ``x {symbol} y`` everywhere.

    Parameters
    ----------
    x, y : Tensor
        Of one dtype; their shapes are broadcast. Empty tensors pass.
    data : list of Tensor, optional
        What the error message shows instead of both values.
    summarize : int, optional
        Show so many elements of each; 3 if left out.
    message : str, optional
        Begins the error message.
    name : str, optional

    Raises
    ------
    InvalidArgumentError
        When run, or at once where both values are constants: unless the
        condition holds.

    Examples
    --------
    >>> x = tf.placeholder(tf.float32, [None])
    >>> with tf.control_dependencies([tf.{scope}(x, x + {_OFFSETS.get(symbol, 0)})]):
    ...     y = tf.identity(x)
    >>> tf.Session().run(y, {{x: [1, 2]}})
    array([1., 2.], dtype=float32)
    """
    return check


assert_equal = _comparison("==", "equal", comparison.equal, np.equal)
assert_none_equal = _comparison("!=", "none equal", comparison.not_equal, np.not_equal)
assert_less = _comparison("<", "less", comparison.less, np.less)
assert_less_equal = _comparison("<=", "less equal", comparison.less_equal, np.less_equal)
assert_greater = _comparison(">", "greater", comparison.greater, np.greater)
assert_greater_equal = _comparison(
    ">=", "greater equal", comparison.greater_equal, np.greater_equal
)


def _sign(word: str, symbol: str, texts: tuple[str, ...], x_first: bool, strict: bool) -> Any:
    scope = f"assert_{word}"
    check_pair = assert_less if strict else assert_less_equal

    def check(
        x: Any,
        data: Any = None,
        summarize: int | None = None,
        message: str | None = None,
        name: str | None = None,
    ) -> Operation:
        with name_scope(name, scope, [x, data]):
            x = convert_to_tensor(x, name="x")
            if data is None:
                data = [message or "", *[text.format(x.name) for text in texts], x]
            zero = constant(0, x.dtype.base_dtype)
            pair = (x, zero) if x_first else (zero, x)
            return check_pair(*pair, data=data, summarize=summarize)  # type: ignore[no-any-return]

    check.__name__ = check.__qualname__ = scope
    check.__doc__ = f"""Return an operation that stops the run unless ``x {symbol} 0`` everywhere.

    Parameters
    ----------
    x : Tensor
    data, summarize, message, name
        As for `assert_less`.

    Raises
    ------
    InvalidArgumentError
        When run, or at once where `x` is constant: unless the condition holds.
    """
    return check


def _texts(symbol: str) -> tuple[str, ...]:
    return (f"Condition x {symbol} 0 did not hold element-wise:", "x ({}) = ")


assert_negative = _sign("negative", "<", _texts("<"), x_first=True, strict=True)
assert_positive = _sign("positive", ">", _texts(">"), x_first=False, strict=True)
assert_non_negative = _sign("non_negative", ">=", _texts(">="), x_first=False, strict=False)
assert_non_positive = _sign(
    "non_positive", "<=", ("".join(_texts("<=")),), x_first=True, strict=False
)


def assert_near(
    x: Any,
    y: Any,
    rtol: Any = None,
    atol: Any = None,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Return an operation that stops the run unless ``|x - y| < atol + rtol * |y|`` everywhere.

    Parameters
    ----------
    x, y : Tensor
        Of one floating-point dtype; their shapes are broadcast.
    rtol, atol : float or Tensor, optional
        Ten times the dtype's epsilon if left out.
    data, summarize, message, name
        As for `assert_less`.

    Raises
    ------
    InvalidArgumentError
        When run: unless the condition holds.
    """
    with name_scope(name, "assert_near", [x, y, rtol, atol, data]):
        x = convert_to_tensor(x, name="x")
        kind = x.dtype.base_dtype
        y = convert_to_tensor(y, kind, "y")
        epsilon = 10 * float(np.finfo(kind.numpy).eps) if kind.is_floating else 0.0
        rtol = convert_to_tensor(epsilon if rtol is None else rtol, kind, "rtol")
        atol = convert_to_tensor(epsilon if atol is None else atol, kind, "atol")
        if data is None:
            data = [message or "", f"x and y not equal to tolerance rtol = {rtol}, atol = {atol}"]
            data += [f"x ({x.name}) = ", x, f"y ({y.name}) = ", y]
        tolerance = atol + rtol * abs_(y)
        condition = reduce_all(comparison.less(abs_(x - y), tolerance))
        return assert_that(condition, data, summarize)
