"""Size and order: absolute values, signs, the greater and the smaller, rounding."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.dtypes import Array, DType
from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import Gradients, multiply, multiply_no_nan, negative
from flowgraph.ops.comparison import greater_equal, less, less_equal, logical_not, logical_or
from flowgraph.ops.complex_numbers import COMPLEX, REAL_PART, complex, imag, real
from flowgraph.ops.core import FLOATS, REALS, apply, cast, constant, convert_to_tensor
from flowgraph.ops.division import div_no_nan
from flowgraph.ops.elementwise import SIGNED, SIGNED_REALS, Binary, Elementwise, Unary
from flowgraph.ops.filling import zeros_like
from flowgraph.ops.of_values import takes_sparse
from flowgraph.ops.reciprocal import reciprocal
from flowgraph.shapes import TensorShape


class Abs(Unary):
    """The absolute value."""

    signature = Signature("x: T -> y: T", T=SIGNED_REALS)
    ufunc = "absolute"
    c = "fabs({0})"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        return (multiply(dys[0], sign(operation.inputs[0])),)


class ComplexAbs(Unary):
    """The absolute value of a complex number."""

    signature = Signature("x: T -> y: Tout", T=COMPLEX, Tout=REAL_PART)
    ufunc = "absolute"
    inplace = False

    Tout: DType = dtypes.float32

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        zero = constant(0, dys[0].dtype)
        size = complex(operation.outputs[0], zero)
        return (div_no_nan(multiply(complex(dys[0], zero), operation.inputs[0]), size),)


class Angle(Unary):
    """The argument of a complex number."""

    signature = Signature("input: T -> output: Tout", T=COMPLEX, Tout=REAL_PART)
    inplace = False

    Tout: DType = dtypes.float32

    def compute(self, xp: Any, *inputs: Array) -> Array:
        (x,) = inputs
        return xp.arctan2(x.imag, x.real)

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        z = operation.inputs[0]
        turned = reciprocal(complex(imag(z), real(z)))
        return (multiply(negative(complex(dys[0], constant(0, dys[0].dtype))), turned),)


class Sign(Unary):
    """-1, 0 or 1; of a complex number, the number of size 1 in its direction."""

    signature = Signature("x: T -> y: T", T=SIGNED)
    ufunc = "sign"
    c = "({0} > 0 ? 1 : {0} < 0 ? -1 : {0})"
    c_kinds = "fi"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        x = operation.inputs[0]
        return (multiply(constant(0, x.dtype), dys[0]),)


class Maximum(Binary):
    """The greater of two."""

    signature = Signature("x: T, y: T -> z: T", T=REALS)
    ufunc = "maximum"
    c = "({0} > {1} || {0} != {0} ? {0} : {1})"
    c_kinds = "fi"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        x, y = operation.inputs
        return _shared(dys[0], greater_equal(x, y))


class Minimum(Binary):
    """The smaller of two."""

    signature = Signature("x: T, y: T -> z: T", T=REALS)
    ufunc = "minimum"
    c = "({0} < {1} || {0} != {0} ? {0} : {1})"
    c_kinds = "fi"

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        x, y = operation.inputs
        return _shared(dys[0], less_equal(x, y))


def _shared(dy: Tensor, to_first: Tensor) -> tuple[Tensor, Tensor]:
    """Give `dy` to the first input where `to_first` holds, to the second elsewhere."""
    return _where(to_first, dy), _where(logical_not(to_first), dy)


def _where(condition: Tensor, dy: Tensor) -> Tensor:
    """Return `dy`, and 0 where `condition` fails even if `dy` is infinite there."""
    return multiply_no_nan(dy, cast(condition, dy.dtype))


class ClipByValue(Elementwise):
    """The nearest number within bounds, each a scalar or of the input's shape."""

    signature = Signature("t: T, clip_value_min: T, clip_value_max: T -> output: T", T=REALS)
    c = "({0} < {1} ? ({1} > {2} ? {2} : {1}) : {0} > {2} ? {2} : {0})"
    c_kinds = "fi"
    broadcasts = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (inputs[0].shape,)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        t, low, high = inputs
        return xp.maximum(xp.minimum(t, high), low)

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        t, low, high = inputs
        xp.maximum(xp.minimum(t, high), low, out=out)

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        t, low, high = operation.inputs
        below, above = less(t, low), less(high, t)
        inside = logical_not(logical_or(below, above))
        return _where(inside, dys[0]), _where(below, dys[0]), _where(above, dys[0])


class Floor(Unary):
    """The greatest whole number not above."""

    signature = Signature("x: T -> y: T", T=FLOATS)
    ufunc = "floor"
    c = "floor({0})"
    gradient = Op.not_differentiable


class Ceil(Floor):
    """The smallest whole number not below."""

    ufunc = "ceil"
    c = "ceil({0})"


class Rint(Floor):
    """The nearest whole number, the even one of two."""

    ufunc = "rint"
    c = "rint({0})"


class Round(Unary):
    """The nearest whole number, the even one of two."""

    signature = Signature("x: T -> y: T", T=SIGNED)
    c = "rint({0})"

    def compute(self, xp: Any, *inputs: Array) -> Array:
        (x,) = inputs
        return x.copy() if x.dtype.kind == "i" else xp.rint(x)

    gradient = Op.not_differentiable


@takes_sparse
def abs(x: Any, name: str | None = None) -> Tensor:
    """Return the absolute value.

    Parameters
    ----------
    x : Tensor
        Numbers of a dtype with negatives.
    name : str, optional

    Returns
    -------
    Tensor
        Of the same dtype; of float32 or float64 for complex numbers.

    Examples
    --------
    >>> tf.Session().run(tf.abs([-2, 3]))
    array([2, 3], dtype=int32)
    """
    with name_scope(name, "Abs", [x]) as scope:
        tensor = convert_to_tensor(x, name="x")
        if tensor.dtype.is_complex:
            return apply(ComplexAbs(Tout=tensor.dtype.real_dtype.base_dtype), tensor, name=scope)
        return apply(Abs(), tensor, name=scope)


def angle(input: Any, name: str | None = None) -> Tensor:
    """Return the argument of a complex number, between -pi and pi.

    Parameters
    ----------
    input : Tensor
    name : str, optional

    Returns
    -------
    Tensor
        Of float32 or float64; zeros for real numbers.

    Examples
    --------
    >>> tf.Session().run(tf.angle([1j, -1j]))
    array([ 1.57079633, -1.57079633])
    """
    with name_scope(name, "Angle", [input]) as scope:
        tensor = convert_to_tensor(input, name="input")
        if not tensor.dtype.is_complex:
            return zeros_like(tensor)
        return apply(Angle(Tout=tensor.dtype.real_dtype.base_dtype), tensor, name=scope)


@takes_sparse
def sign(x: Any, name: str | None = None) -> Tensor:
    """Return -1, 0 or 1; of a complex number, x / abs(x).

    Parameters
    ----------
    x : Tensor
        Numbers of a dtype with negatives.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.sign([-2.0, 0.0, 3.0]))
    array([-1.,  0.,  1.], dtype=float32)
    """
    return apply(Sign(), x, name=name)


def maximum(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return the greater of two, element by element.

    Parameters
    ----------
    x, y : Tensor
        Real numbers of one dtype, broadcast against each other. NaN wins.
    name : str, optional

    Notes
    -----
    The gradient of a tie goes to `x`.

    Examples
    --------
    >>> tf.Session().run(tf.maximum([1, 5], 3))
    array([3, 5], dtype=int32)
    """
    return apply(Maximum(), x, y, name=name)


def minimum(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return the smaller of two, element by element. See `maximum`.

    Examples
    --------
    >>> tf.Session().run(tf.minimum([1, 5], 3))
    array([1, 3], dtype=int32)
    """
    return apply(Minimum(), x, y, name=name)


def clip_by_value(t: Any, clip_value_min: Any, clip_value_max: Any, name: str | None = None) -> Any:
    """Return the nearest values within bounds.

    Parameters
    ----------
    t : Tensor or IndexedSlices
        Real numbers.
    clip_value_min, clip_value_max : Tensor
        The bounds, broadcast against `t`.
    name : str, optional

    Returns
    -------
    Tensor or IndexedSlices
        Of the shape of `t`.

    Raises
    ------
    ValueError
        If a bound has more axes than `t`, or longer ones.

    Examples
    --------
    >>> tf.Session().run(tf.clip_by_value([-1.0, 0.5, 2.0], 0.0, 1.0))
    array([0. , 0.5, 1. ], dtype=float32)
    """
    with name_scope(name, "clip_by_value", [t, clip_value_min, clip_value_max]) as scope:
        values = convert_to_tensor(t.values if isinstance(t, IndexedSlices) else t, name="t")
        lowered = minimum(values, clip_value_max)
        values.shape.merge_with(lowered.shape)
        clipped = maximum(lowered, clip_value_min, name=scope)
        values.shape.merge_with(clipped.shape)
        if isinstance(t, IndexedSlices):
            return IndexedSlices(clipped, t.indices, t.dense_shape)
        return clipped


def floor(x: Any, name: str | None = None) -> Tensor:
    """Return the greatest whole numbers not above `x`, of a floating-point dtype.

    Examples
    --------
    >>> tf.Session().run(tf.floor([1.5, -1.5]))
    array([ 1., -2.], dtype=float32)
    """
    return apply(Floor(), x, name=name)


def ceil(x: Any, name: str | None = None) -> Tensor:
    """Return the smallest whole numbers not below `x`, of a floating-point dtype.

    Examples
    --------
    >>> tf.Session().run(tf.ceil([0.5, -0.5]))
    array([ 1., -0.], dtype=float32)
    """
    return apply(Ceil(), x, name=name)


def rint(x: Any, name: str | None = None) -> Tensor:
    """Return the nearest whole numbers, the even one of two. See `round`.

    Examples
    --------
    >>> tf.Session().run(tf.rint([0.5, 1.5, 2.2]))
    array([0., 2., 2.], dtype=float32)
    """
    return apply(Rint(), x, name=name)


def round(x: Any, name: str | None = None) -> Tensor:
    """Return the nearest whole numbers, the even one of two.

    Parameters
    ----------
    x : Tensor
        Numbers; integers are returned as they are.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.round([0.5, 1.5, 2.6]))
    array([0., 2., 3.], dtype=float32)
    """
    tensor = convert_to_tensor(x, name="x")
    return tensor if tensor.dtype.is_integer else apply(Round(), tensor, name=name)
