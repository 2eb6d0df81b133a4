"""Second derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.autodiff.gradients import UnconnectedGradients, gradients
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import reshape
from flowgraph.ops.core import convert_to_tensor, stop_gradient
from flowgraph.ops.packing import stack


def hessians(
    ys: Any,
    xs: Any,
    name: str = "hessians",
    colocate_gradients_with_ops: bool = False,
    gate_gradients: bool = False,
    aggregation_method: int | None = None,
) -> list[Tensor]:
    """Add operations for the second derivatives of the sum of `ys` by each of `xs`.

    Parameters
    ----------
    ys : Tensor or list of Tensor
    xs : Tensor, Variable or list of them
        Of known shape: one gradient is built for each element.
    name : str
        The scope of the operations added.
    colocate_gradients_with_ops, gate_gradients, aggregation_method
        As for `tf.gradients`.

    Returns
    -------
    list of Tensor
        For each x the square block of its own elements, of x's shape twice.

    Raises
    ------
    ValueError
        If no y depends on an x.
    NotImplementedError
        If the shape of an x is not known.
    LookupError
        If an operation has no gradient, or none of second order.

    Examples
    --------
    >>> x = tf.constant([1.0, 2.0])
    >>> tf.Session().run(tf.hessians(tf.reduce_sum(x * x * x), x))
    [array([[ 6.,  0.],
           [ 0., 12.]], dtype=float32)]
    """
    options: dict[str, Any] = {
        "colocate_gradients_with_ops": colocate_gradients_with_ops,
        "gate_gradients": gate_gradients,
        "aggregation_method": aggregation_method,
    }
    sources = list(xs) if isinstance(xs, list | tuple) else [xs]
    with name_scope(name, "hessians", [ys, sources]):
        firsts = gradients(ys, sources, **options)
        return [_hessian(first, x, options) for first, x in zip(firsts, sources, strict=True)]


def hessian_vector_product(ys: Any, xs: Any, v: Any) -> list[Any]:
    """Add operations for the Hessian of the sum of `ys` times a vector, without the Hessian.

    Parameters
    ----------
    ys : Tensor or list of Tensor
    xs : list of Tensor or Variable
    v : list of Tensor
        One for each x, of its shape.

    Returns
    -------
    list of Tensor, IndexedSlices or None
        One entry for each x.

    Raises
    ------
    ValueError
        If `xs` and `v` differ in length.

    Notes
    -----
    The gradient of the scalar product of the gradient and `v` (Pearlmutter, "Fast exact
    multiplication by the Hessian", 1994).

    Examples
    --------
    >>> x = tf.constant([1.0, 2.0])
    >>> product = hessian_vector_product(tf.reduce_sum(x * x * x), [x], [tf.constant([1.0, 0.5])])
    >>> tf.Session().run(product)
    [array([6., 6.], dtype=float32)]
    """
    if len(v) != len(xs):
        raise ValueError("xs and v must have the same length.")
    connected = [
        (first, stop_gradient(direction))
        for first, direction in zip(gradients(ys, xs), v, strict=True)
        if first is not None
    ]
    return gradients([g for g, _ in connected], xs, [direction for _, direction in connected])


def _hessian(first: Any, x: Any, options: dict[str, Any]) -> Tensor:
    if first is None:
        raise ValueError(f"None of ys depends on {x}.")
    count = x.shape.num_elements()
    if count is None:
        raise NotImplementedError(f"hessians with respect to {x}, whose shape is not known")
    vector = reshape(convert_to_tensor(first), [count])
    kind = vector.dtype.numpy
    rows = [
        convert_to_tensor(
            gradients(vector, x, row, unconnected_gradients=UnconnectedGradients.ZERO, **options)[0]
        )
        for row in np.eye(count, dtype=kind)
    ]
    sizes = x.shape.as_list()
    return reshape(stack(rows), [*sizes, *sizes])
