"""Bijectors made of bijectors, or of functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flowgraph.distributions.bijectors.bijector import Bijector
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.core import constant
from flowgraph.shapes import TensorShape


class Chain(Bijector):
    """Bijectors one after the other, the last one first.

    Parameters
    ----------
    bijectors : list of Bijector, optional
        The identity if there are none.
    validate_args : bool
        Passed on.
    name : str, optional
        ``"chain_of_a_of_b"`` by default.

    Raises
    ------
    ValueError
        If they differ in dtype.

    Examples
    --------
    >>> bijectors = tf.contrib.distributions.bijectors
    >>> chain = bijectors.Chain([bijectors.Exp(), bijectors.AffineScalar(scale=2.0)])
    >>> print(tf.Session().run(chain.forward(0.0)))
    1.0
    """

    def __init__(
        self,
        bijectors: Sequence[Bijector] | None = None,
        validate_args: bool = False,
        name: str | None = None,
    ) -> None:
        self._bijectors = tuple(bijectors or ())
        kinds = {each.dtype for each in self._bijectors if each.dtype is not None}
        if len(kinds) > 1:
            raise ValueError(f"incompatible dtypes: {[each.dtype for each in self._bijectors]}")
        if name is None:
            names = [each.name for each in self._bijectors]
            name = "_of_".join(["chain", *names]) if names else "identity"
            name = name.replace("/", "")
        # The least block of the whole, of which each bijector finds a whole block.
        taken = made = 0
        for each in reversed(self._bijectors):
            missing = max(0, each.forward_min_event_ndims - made)
            taken, made = taken + missing, made + missing
            made += each.inverse_min_event_ndims - each.forward_min_event_ndims
        super().__init__(
            [parent for each in self._bijectors for parent in each.graph_parents],
            is_constant_jacobian=all(each.is_constant_jacobian for each in self._bijectors),
            validate_args=validate_args,
            dtype=kinds.pop() if kinds else None,
            forward_min_event_ndims=taken,
            inverse_min_event_ndims=made,
            name=name,
        )

    @property
    def bijectors(self) -> tuple[Bijector, ...]:
        """What it is made of."""
        return self._bijectors

    def _forward_event_shape(self, input_shape: TensorShape) -> TensorShape:
        for each in reversed(self._bijectors):
            input_shape = each.forward_event_shape(input_shape)
        return input_shape

    def _inverse_event_shape(self, output_shape: TensorShape) -> TensorShape:
        for each in self._bijectors:
            output_shape = each.inverse_event_shape(output_shape)
        return output_shape

    def _forward_event_shape_tensor(self, input_shape: Tensor) -> Tensor:
        for each in reversed(self._bijectors):
            input_shape = each.forward_event_shape_tensor(input_shape)
        return input_shape

    def _inverse_event_shape_tensor(self, output_shape: Tensor) -> Tensor:
        for each in self._bijectors:
            output_shape = each.inverse_event_shape_tensor(output_shape)
        return output_shape

    def _forward(self, x: Tensor) -> Tensor:
        for each in reversed(self._bijectors):
            x = each.forward(x)
        return x

    def _inverse(self, y: Tensor) -> Tensor:
        for each in self._bijectors:
            y = each.inverse(y)
        return y

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        total, ndims = constant(0.0, x.dtype), self.forward_min_event_ndims
        for each in reversed(self._bijectors):
            total = total + each.forward_log_det_jacobian(x, event_ndims=ndims)
            ndims += each.inverse_min_event_ndims - each.forward_min_event_ndims
            x = each.forward(x)
        return total

    def _inverse_log_det_jacobian(self, y: Tensor) -> Tensor:
        total, ndims = constant(0.0, y.dtype), self.inverse_min_event_ndims
        for each in self._bijectors:
            total = total + each.inverse_log_det_jacobian(y, event_ndims=ndims)
            ndims += each.forward_min_event_ndims - each.inverse_min_event_ndims
            y = each.inverse(y)
        return total


class Invert(Bijector):
    """The inverse of another bijector.

    Parameters
    ----------
    bijector : Bijector
    validate_args : bool
        Passed on.
    name : str, optional
        ``"invert_a"`` by default.

    Examples
    --------
    >>> bijectors = tf.contrib.distributions.bijectors
    >>> print(tf.Session().run(bijectors.Invert(bijectors.Exp()).forward(1.0)))
    0.0
    """

    def __init__(
        self, bijector: Bijector, validate_args: bool = False, name: str | None = None
    ) -> None:
        self._bijector = bijector
        super().__init__(
            bijector.graph_parents,
            is_constant_jacobian=bijector.is_constant_jacobian,
            validate_args=validate_args,
            dtype=bijector.dtype,
            forward_min_event_ndims=bijector.inverse_min_event_ndims,
            inverse_min_event_ndims=bijector.forward_min_event_ndims,
            name=name or f"invert_{bijector.name}",
        )

    @property
    def bijector(self) -> Bijector:
        """What it is the inverse of."""
        return self._bijector

    def _forward(self, x: Tensor) -> Tensor:
        return self._bijector._inverse(x)

    def _inverse(self, y: Tensor) -> Tensor:
        return self._bijector._forward(y)

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        return self._bijector.inverse_log_det_jacobian(x, self.forward_min_event_ndims)

    def _inverse_log_det_jacobian(self, y: Tensor) -> Tensor:
        return self._bijector.forward_log_det_jacobian(y, self.inverse_min_event_ndims)

    def _forward_event_shape(self, input_shape: TensorShape) -> TensorShape:
        return self._bijector.inverse_event_shape(input_shape)

    def _inverse_event_shape(self, output_shape: TensorShape) -> TensorShape:
        return self._bijector.forward_event_shape(output_shape)

    def _forward_event_shape_tensor(self, input_shape: Tensor) -> Tensor:
        return self._bijector.inverse_event_shape_tensor(input_shape)

    def _inverse_event_shape_tensor(self, output_shape: Tensor) -> Tensor:
        return self._bijector.forward_event_shape_tensor(output_shape)


class Inline(Bijector):
    """A bijector made of functions.

    Parameters
    ----------
    forward_fn, inverse_fn : callable, optional
    inverse_log_det_jacobian_fn, forward_log_det_jacobian_fn : callable, optional
        One of them is enough.
    forward_event_shape_fn, forward_event_shape_tensor_fn : callable, optional
        The identity by default.
    inverse_event_shape_fn, inverse_event_shape_tensor_fn : callable, optional
        The identity by default.
    is_constant_jacobian, validate_args, forward_min_event_ndims, inverse_min_event_ndims, name
        As for `Bijector`.

    Examples
    --------
    >>> cube = tf.contrib.distributions.bijectors.Inline(
    ...     forward_fn=lambda x: x**3, forward_min_event_ndims=0
    ... )
    >>> print(tf.Session().run(cube.forward(2.0)))
    8.0
    """

    def __init__(
        self,
        forward_fn: Callable[..., Any] | None = None,
        inverse_fn: Callable[..., Any] | None = None,
        inverse_log_det_jacobian_fn: Callable[..., Any] | None = None,
        forward_log_det_jacobian_fn: Callable[..., Any] | None = None,
        forward_event_shape_fn: Callable[..., Any] | None = None,
        forward_event_shape_tensor_fn: Callable[..., Any] | None = None,
        inverse_event_shape_fn: Callable[..., Any] | None = None,
        inverse_event_shape_tensor_fn: Callable[..., Any] | None = None,
        is_constant_jacobian: bool = False,
        validate_args: bool = False,
        forward_min_event_ndims: int | None = None,
        inverse_min_event_ndims: int | None = None,
        name: str = "inline",
    ) -> None:
        super().__init__(
            is_constant_jacobian=is_constant_jacobian,
            validate_args=validate_args,
            forward_min_event_ndims=forward_min_event_ndims,
            inverse_min_event_ndims=inverse_min_event_ndims,
            name=name,
        )
        given = {
            "_forward": (forward_fn, "forward_fn"),
            "_inverse": (inverse_fn, "inverse_fn"),
            "_inverse_log_det_jacobian": (
                inverse_log_det_jacobian_fn, "inverse_log_det_jacobian_fn",
            ),
            "_forward_log_det_jacobian": (
                forward_log_det_jacobian_fn, "forward_log_det_jacobian_fn",
            ),
        }  # fmt: skip
        for method, (function, word) in given.items():
            setattr(self, method, function if callable(function) else _missing(word))
        shapes = {
            "_forward_event_shape": forward_event_shape_fn,
            "_forward_event_shape_tensor": forward_event_shape_tensor_fn,
            "_inverse_event_shape": inverse_event_shape_fn,
            "_inverse_event_shape_tensor": inverse_event_shape_tensor_fn,
        }
        for method, function in shapes.items():
            if function is not None:
                setattr(self, method, function)


def _missing(word: str) -> Callable[..., Any]:
    def refuses(*_: Any) -> Any:
        raise NotImplementedError(f"{word} is not a callable function.")

    return refuses
