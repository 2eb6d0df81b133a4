"""Bijectors of single numbers."""

from __future__ import annotations

from typing import Any

from flowgraph.distributions.bijectors.bijector import Bijector
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.activation import softplus
from flowgraph.ops.arithmetic import square
from flowgraph.ops.assertions import assert_non_negative
from flowgraph.ops.control import with_dependencies
from flowgraph.ops.core import constant, convert_to_tensor, identity
from flowgraph.ops.magnitude import abs as magnitude
from flowgraph.ops.transcendental import exp, expm1, log, log1p, sigmoid, sqrt


class _Elementwise(Bijector):
    def __init__(
        self,
        validate_args: bool,
        name: str,
        is_constant_jacobian: bool = False,
        graph_parents: Any = None,
    ) -> None:
        super().__init__(
            graph_parents,
            is_constant_jacobian=is_constant_jacobian,
            validate_args=validate_args,
            forward_min_event_ndims=0,
            name=name,
        )

    def _at_least_0(self, value: Tensor, message: str) -> Tensor:
        if not self.validate_args:
            return value
        return with_dependencies([assert_non_negative(value, message=message)], value)  # type: ignore[no-any-return]


class Identity(_Elementwise):
    """``y = x``."""

    def __init__(self, validate_args: bool = False, name: str = "identity") -> None:
        super().__init__(validate_args, name, is_constant_jacobian=True)

    def _forward(self, x: Tensor) -> Tensor:
        return x

    def _inverse(self, y: Tensor) -> Tensor:
        return y

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        return constant(0.0, x.dtype)

    def _inverse_log_det_jacobian(self, y: Tensor) -> Tensor:
        return constant(0.0, y.dtype)


class PowerTransform(_Elementwise):
    """``y = (1 + x c)^(1 / c)``, and ``exp(x)`` where `c` is 0.

    Parameters
    ----------
    power : float
        `c`, not negative.
    validate_args : bool
        Whether runs check that ``1 + x c`` and `y` are in the range of the function.
    name : str

    Raises
    ------
    ValueError
        If `power` is negative, or not known.

    Examples
    --------
    >>> bijector = tf.contrib.distributions.bijectors.PowerTransform(power=0.5)
    >>> print(tf.Session().run(bijector.forward([0.0, 2.0])))
    [1. 4.]
    """

    def __init__(
        self, power: Any = 0.0, validate_args: bool = False, name: str = "power_transform"
    ) -> None:
        with name_scope(name, values=[power]):
            known = convert_to_tensor(power, name="power").static_value()
        if known is None or known < 0:
            raise ValueError("`power` must be a non-negative TF constant.")
        self._power = known.item()
        super().__init__(validate_args, name)

    @property
    def power(self) -> Any:
        """The exponent's inverse."""
        return self._power

    def _forward(self, x: Tensor) -> Tensor:
        x = self._in_range(x)
        return exp(log1p(x * self._power) / self._power) if self._power else exp(x)

    def _inverse(self, y: Tensor) -> Tensor:
        y = self._at_least_0(y, "Inverse transformation input must be greater than 0.")
        return expm1(log(y) * self._power) / self._power if self._power else log(y)

    def _inverse_log_det_jacobian(self, y: Tensor) -> Tensor:
        y = self._at_least_0(y, "Inverse transformation input must be greater than 0.")
        return (self._power - 1.0) * log(y)  # type: ignore[no-any-return]

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        x = self._in_range(x)
        return (1.0 / self._power - 1.0) * log1p(x * self._power) if self._power else x

    def _in_range(self, x: Tensor) -> Tensor:
        if not (self.validate_args and self._power):
            return x
        text = f"Forward transformation input must be at least {-1.0 / self._power}."
        check = assert_non_negative(1.0 + self._power * x, message=text)
        return with_dependencies([check], x)  # type: ignore[no-any-return]


class Exp(PowerTransform):
    """``y = exp(x)``.

    Examples
    --------
    >>> bijector = tf.contrib.distributions.bijectors.Exp()
    >>> print(tf.Session().run(bijector.inverse(1.0)))
    0.0
    """

    def __init__(self, validate_args: bool = False, name: str = "exp") -> None:
        super().__init__(0.0, validate_args, name)


class Softplus(_Elementwise):
    """``y = c log(1 + exp(x / c))``.

    Parameters
    ----------
    hinge_softness : Tensor, optional
        `c`, not 0; 1 by default.
    validate_args : bool
        Passed on.
    name : str

    Examples
    --------
    >>> bijector = tf.contrib.distributions.bijectors.Softplus()
    >>> print(tf.Session().run(bijector.forward(0.0)))
    0.6931472
    """

    def __init__(
        self, hinge_softness: Any = None, validate_args: bool = False, name: str = "softplus"
    ) -> None:
        with name_scope(name, values=[hinge_softness]):
            given = hinge_softness
            self._softness = (
                None if given is None else convert_to_tensor(given, name="hinge_softness")
            )
        parents = [] if self._softness is None else [self._softness]
        super().__init__(validate_args, name, graph_parents=parents)

    @property
    def hinge_softness(self) -> Tensor | None:
        """How soft the corner is, as given."""
        return self._softness

    def _scaled(self, value: Tensor) -> Tensor:
        return value if self._softness is None else value / self._softness

    def _forward(self, x: Tensor) -> Tensor:
        y = softplus(self._scaled(x))
        return y if self._softness is None else self._softness * y

    def _inverse(self, y: Tensor) -> Tensor:
        scaled = self._scaled(y)
        x = scaled + log(-expm1(-scaled))
        return x if self._softness is None else self._softness * x

    def _inverse_log_det_jacobian(self, y: Tensor) -> Tensor:
        return -log(-expm1(-self._scaled(y)))

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        return -softplus(-self._scaled(x))


class Sigmoid(_Elementwise):
    """``y = 1 / (1 + exp(-x))``.

    Examples
    --------
    >>> bijector = tf.contrib.distributions.bijectors.Sigmoid()
    >>> print(tf.Session().run(bijector.forward(0.0)))
    0.5
    """

    def __init__(self, validate_args: bool = False, name: str = "sigmoid") -> None:
        super().__init__(validate_args, name)

    def _forward(self, x: Tensor) -> Tensor:
        return sigmoid(x)

    def _inverse(self, y: Tensor) -> Tensor:
        return log(y) - log1p(-y)

    def _inverse_log_det_jacobian(self, y: Tensor) -> Tensor:
        return -log(y) - log1p(-y)

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        return -softplus(-x) - softplus(x)


class Softsign(_Elementwise):
    """``y = x / (1 + |x|)``."""

    def __init__(self, validate_args: bool = False, name: str = "softsign") -> None:
        super().__init__(validate_args, name)

    def _forward(self, x: Tensor) -> Tensor:
        return x / (1.0 + magnitude(x))

    def _inverse(self, y: Tensor) -> Tensor:
        return y / (1.0 - magnitude(y))

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        return -2.0 * log1p(magnitude(x))

    def _inverse_log_det_jacobian(self, y: Tensor) -> Tensor:
        return -2.0 * log1p(-magnitude(y))


class Square(_Elementwise):
    """``y = x^2``, for numbers that are not negative."""

    def __init__(self, validate_args: bool = False, name: str = "square") -> None:
        super().__init__(validate_args, name)

    def _forward(self, x: Tensor) -> Tensor:
        return square(self._valid(x))

    def _inverse(self, y: Tensor) -> Tensor:
        return sqrt(self._valid(y))

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        return log(2.0 * self._valid(x))

    def _valid(self, value: Tensor) -> Tensor:
        return self._at_least_0(value, "Forward transformation input must be non-negative.")


class AffineScalar(_Elementwise):
    """``y = scale x + shift``.

    Parameters
    ----------
    shift, scale : Tensor, optional
        0 and 1 by default.
    validate_args : bool
        Passed on.
    name : str

    Examples
    --------
    >>> bijector = tf.contrib.distributions.bijectors.AffineScalar(shift=1.0, scale=2.0)
    >>> print(tf.Session().run(bijector.forward([0.0, 3.0])))
    [1. 7.]
    """

    def __init__(
        self,
        shift: Any = None,
        scale: Any = None,
        validate_args: bool = False,
        name: str = "affine_scalar",
    ) -> None:
        with name_scope(name, values=[scale, shift]):
            self._shift = None if shift is None else convert_to_tensor(shift, name="shift")
            self._scale = None if scale is None else convert_to_tensor(scale, name="scale")
        parents = [part for part in (self._shift, self._scale) if part is not None]
        super().__init__(validate_args, name, is_constant_jacobian=True, graph_parents=parents)

    @property
    def shift(self) -> Tensor | None:
        """What is added, as given."""
        return self._shift

    @property
    def scale(self) -> Tensor | None:
        """What is multiplied with, as given."""
        return self._scale

    def _forward(self, x: Tensor) -> Tensor:
        y = identity(x)
        if self._scale is not None:
            y = y * self._scale
        return y if self._shift is None else y + self._shift

    def _inverse(self, y: Tensor) -> Tensor:
        x = identity(y)
        if self._shift is not None:
            x = x - self._shift
        return x if self._scale is None else x / self._scale

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        if self._scale is None:
            return constant(0.0, x.dtype)
        return log(magnitude(self._scale))
