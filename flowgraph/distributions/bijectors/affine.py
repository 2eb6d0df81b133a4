"""Bijectors of vectors: a matrix and a shift, and a new order."""

from __future__ import annotations

from typing import Any

from flowgraph.distributions.bijectors.bijector import Bijector
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.linear_operators.base import LinearOperator
from flowgraph.ops.core import constant, convert_to_tensor, identity
from flowgraph.ops.gathering import gather
from flowgraph.ops.sequences import invert_permutation


class AffineLinearOperator(Bijector):
    """``y = scale x + shift`` of vectors.

    Parameters
    ----------
    shift : Tensor, optional
        ``[..., n]``; 0 by default.
    scale : LinearOperator, optional
        ``[..., n, n]``, known not to be singular; the identity by default.
    validate_args : bool
        Passed on.
    name : str

    Raises
    ------
    TypeError
        If `scale` is no linear operator, or of another dtype than `shift`.

    Examples
    --------
    >>> scale = tf.linalg.LinearOperatorDiag([2.0, 3.0], is_non_singular=True)
    >>> bijector = tf.contrib.distributions.bijectors.AffineLinearOperator([1.0, 1.0], scale)
    >>> print(tf.Session().run(bijector.forward([1.0, 2.0])))
    [3. 7.]
    """

    def __init__(
        self,
        shift: Any = None,
        scale: Any = None,
        validate_args: bool = False,
        name: str = "affine_linear_operator",
    ) -> None:
        with name_scope(name, values=[shift]):
            self._shift = None if shift is None else convert_to_tensor(shift, name="shift")
        dtype = None if self._shift is None else self._shift.dtype.base_dtype
        parents = [] if self._shift is None else [self._shift]
        if scale is not None:
            if not isinstance(scale, LinearOperator):
                raise TypeError("scale is not an instance of tf.LinearOperator")
            if dtype is not None and dtype != scale.dtype.base_dtype:
                raise TypeError(
                    f"shift.dtype({dtype}) is incompatible with scale.dtype({scale.dtype})."
                )
            if validate_args and not scale.is_non_singular:
                raise ValueError("Scale matrix must be non-singular.")
            dtype = scale.dtype.base_dtype
            parents += scale.graph_parents
        self._scale = scale
        super().__init__(
            parents,
            is_constant_jacobian=True,
            validate_args=validate_args,
            dtype=dtype,
            forward_min_event_ndims=1,
            name=name,
        )

    @property
    def shift(self) -> Tensor | None:
        """What is added, as given."""
        return self._shift

    @property
    def scale(self) -> LinearOperator | None:
        """What is multiplied with, as given."""
        return self._scale  # type: ignore[no-any-return]

    def _forward(self, x: Tensor) -> Tensor:
        y = identity(x) if self._scale is None else self._scale.matvec(x)
        return y if self._shift is None else y + self._shift

    def _inverse(self, y: Tensor) -> Tensor:
        x = y if self._shift is None else y - self._shift
        return identity(x) if self._scale is None else self._scale.solvevec(x)

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        if self._scale is None:
            return constant(0.0, x.dtype)
        return self._scale.log_abs_determinant()  # type: ignore[no-any-return]


class Permute(Bijector):
    """The elements of vectors in another order.

    Parameters
    ----------
    permutation : 1-D Tensor of int
        Where each element of the result comes from.
    validate_args : bool
        Passed on.
    name : str, optional

    Raises
    ------
    TypeError
        If it is no integers.
    ValueError
        If it is no permutation.

    Examples
    --------
    >>> bijector = tf.contrib.distributions.bijectors.Permute([2, 0, 1])
    >>> print(tf.Session().run(bijector.forward([1.0, 2.0, 3.0])))
    [3. 1. 2.]
    """

    def __init__(
        self, permutation: Any, validate_args: bool = False, name: str | None = None
    ) -> None:
        with name_scope(name, "permute", values=[permutation]):
            order = convert_to_tensor(permutation, name="permutation")
        if not order.dtype.is_integer:
            raise TypeError(f"permutation.dtype ({order.dtype.name}) should be `int`-like.")
        known = order.static_value()
        if known is not None and sorted(known.tolist()) != list(range(known.size)):
            raise ValueError(
                "Permutation over `d` must contain exactly one of each of `{0, 1, ..., d}`."
            )
        self._permutation = order
        super().__init__(
            [order],
            is_constant_jacobian=True,
            validate_args=validate_args,
            forward_min_event_ndims=1,
            name=name or "permute",
        )

    @property
    def permutation(self) -> Tensor:
        """Where each element of the result comes from."""
        return self._permutation

    def _forward(self, x: Tensor) -> Tensor:
        return gather(x, self._permutation, axis=-1)

    def _inverse(self, y: Tensor) -> Tensor:
        return gather(y, invert_permutation(self._permutation), axis=-1)

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        return constant(0.0, x.dtype)
