"""Bijectors that shift and scale some elements by functions of the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flowgraph.distributions.bijectors.bijector import Bijector
from flowgraph.graph.tensor import Tensor
from flowgraph.layers.core import dense
from flowgraph.ops.core import constant
from flowgraph.ops.joining import concat, split
from flowgraph.ops.rectification import relu
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.transcendental import exp
from flowgraph.variables.template import make_template


class RealNVP(Bijector):
    """``y[:d] = x[:d]`` and ``y[d:] = x[d:] exp(s(x[:d])) + t(x[:d])`` (Dinh et al., 2017).

    Parameters
    ----------
    num_masked : int
        `d`: how many elements stay as they are.
    shift_and_log_scale_fn : callable
        Gives ``t`` and ``s`` of ``x[:d]`` and the number of the other elements; each may be
        ``None``.
    is_constant_jacobian : bool
        Whether `s` does not depend on its argument.
    validate_args : bool
        Passed on.
    name : str, optional
        ``"real_nvp"`` by default.

    Raises
    ------
    ValueError
        If `num_masked` is negative, or not less than the size of an argument.

    Examples
    --------
    >>> bijectors = tf.contrib.distributions.bijectors
    >>> flow = bijectors.RealNVP(1, lambda x, units: (x + 1.0, None))
    >>> print(tf.Session().run(flow.forward([[1.0, 5.0]])))
    [[1. 7.]]
    """

    def __init__(
        self,
        num_masked: int,
        shift_and_log_scale_fn: Callable[..., Any],
        is_constant_jacobian: bool = False,
        validate_args: bool = False,
        name: str | None = None,
    ) -> None:
        if num_masked < 0:
            raise ValueError("num_masked must be a positive integer.")
        self._num_masked = num_masked
        self._shift_and_log_scale_fn = shift_and_log_scale_fn
        super().__init__(
            is_constant_jacobian=is_constant_jacobian,
            validate_args=validate_args,
            forward_min_event_ndims=1,
            name=name or "real_nvp",
        )

    def _parts(self, value: Tensor) -> tuple[Tensor, Tensor, Any, Any]:
        """Return what stays, what changes, and what it is shifted and scaled by."""
        size = value.shape.with_rank_at_least(1).as_list()[-1]
        if size is None:
            raise NotImplementedError("Rightmost dimension must be known prior to graph execution.")
        if self._num_masked >= size:
            raise ValueError("Number of masked units must be smaller than the event size.")
        count = size - self._num_masked
        kept, changed = split(value, [self._num_masked, count], axis=-1)
        return kept, changed, *self._shift_and_log_scale_fn(kept, count)

    def _forward(self, x: Tensor) -> Tensor:
        kept, changed, shift, log_scale = self._parts(x)
        if log_scale is not None:
            changed = changed * exp(log_scale)
        if shift is not None:
            changed = changed + shift
        return concat([kept, changed], axis=-1)

    def _inverse(self, y: Tensor) -> Tensor:
        kept, changed, shift, log_scale = self._parts(y)
        if shift is not None:
            changed = changed - shift
        if log_scale is not None:
            changed = changed * exp(-log_scale)
        return concat([kept, changed], axis=-1)

    def _inverse_log_det_jacobian(self, y: Tensor) -> Tensor:
        log_scale = self._parts(y)[-1]
        return constant(0.0, y.dtype) if log_scale is None else -reduce_sum(log_scale, axis=-1)

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        log_scale = self._parts(x)[-1]
        return constant(0.0, x.dtype) if log_scale is None else reduce_sum(log_scale, axis=-1)


def real_nvp_default_template(
    hidden_layers: Sequence[int],
    shift_only: bool = False,
    activation: Any = relu,
    name: str | None = None,
    *args: Any,
    **kwargs: Any,
) -> Any:
    """Return a function for `RealNVP`: dense layers, whose variables are made once.

    Parameters
    ----------
    hidden_layers : list of int
        How many units each layer has.
    shift_only : bool
        Whether nothing is scaled.
    activation : callable
        What follows each hidden layer.
    name : str, optional
        Of the scope of the variables.
    *args, **kwargs
        Passed on to ``tf.layers.dense``.

    Returns
    -------
    callable
    """

    def shifts(x: Tensor, output_units: int) -> tuple[Tensor, Tensor | None]:
        values = x
        for units in hidden_layers:
            values = dense(values, units, activation, *args, **kwargs)
        units = output_units if shift_only else 2 * output_units
        values = dense(values, units, None, *args, **kwargs)
        if shift_only:
            return values, None
        shift, log_scale = split(values, 2, axis=-1)
        return shift, log_scale

    return make_template(name or "real_nvp_default_template", shifts)
