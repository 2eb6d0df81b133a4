"""Initializers of matrices: orthogonal ones and the identity."""

from __future__ import annotations

import math
from typing import Any

from flowgraph import dtypes
from flowgraph.dtypes import DType
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import reshape
from flowgraph.ops.diagonal import diag_part, eye
from flowgraph.ops.factorization import qr
from flowgraph.ops.linalg import matrix_transpose
from flowgraph.ops.magnitude import sign
from flowgraph.ops.random import random_normal
from flowgraph.ops.slicing import slice as slice_of
from flowgraph.variables.initializers import Initializer, floating
from flowgraph.variables.slice_info import PartitionInfo


class Orthogonal(Initializer):
    """Random with orthonormal rows or columns, times `gain` (Saxe et al., 2014).

    All axes but the last count as rows. The matrix is the Q of the QR decomposition of a
    normal one, with signs that make R's diagonal positive (Mezzadri, 2007).

    Parameters
    ----------
    gain : float
    seed : int, optional
    dtype : DType
        A floating-point one.

    Raises
    ------
    ValueError
        When called, if the shape has fewer than two dimensions.

    Examples
    --------
    >>> w = tf.get_variable("w", [2, 2], initializer=tf.orthogonal_initializer())
    >>> with tf.Session() as session:
    ...     session.run(w.initializer)
    ...     product = session.run(tf.matmul(w, w, transpose_b=True))
    >>> product.round(5) + 0.0
    array([[1., 0.],
           [0., 1.]], dtype=float32)
    """

    def __init__(
        self, gain: float = 1.0, seed: int | None = None, dtype: Any = dtypes.float32
    ) -> None:
        self.gain = gain
        self.dtype = floating(dtype)
        self.seed = seed

    def value(self, shape: Any, dtype: DType) -> Tensor:
        sizes = [int(size) for size in shape]
        if len(sizes) < 2:
            raise ValueError("The tensor to initialize must be at least two-dimensional")
        rows, columns = math.prod(sizes[:-1]), sizes[-1]
        flat = (max(rows, columns), min(rows, columns))
        q, r = qr(random_normal(flat, dtype=dtype, seed=self.seed), full_matrices=False)
        q *= sign(diag_part(r))
        if rows < columns:
            q = matrix_transpose(q)
        return self.gain * reshape(q, sizes)

    def get_config(self) -> dict[str, Any]:
        return {"gain": self.gain, "seed": self.seed, "dtype": self.dtype.name}


class Identity(Initializer):
    """The identity matrix times `gain`.

    Parameters
    ----------
    gain : float
    dtype : DType
        A floating-point one.

    Raises
    ------
    ValueError
        When called, if the shape is not that of a matrix.

    Examples
    --------
    >>> w = tf.get_variable("w", [2, 2], initializer=tf.initializers.identity(3.0))
    >>> sess = tf.Session()
    >>> sess.run(w.initializer)
    >>> sess.run(w)
    array([[3., 0.],
           [0., 3.]], dtype=float32)
    """

    def __init__(self, gain: float = 1.0, dtype: Any = dtypes.float32) -> None:
        self.gain = gain
        self.dtype = floating(dtype)

    def value(self, shape: Any, dtype: DType) -> Tensor:
        return self.gain * _eye(shape, dtype)

    def part(self, shape: Any, dtype: DType, info: PartitionInfo) -> Tensor:
        return self.gain * slice_of(_eye(info.full_shape, dtype), info.var_offset, shape)

    def get_config(self) -> dict[str, Any]:
        return {"gain": self.gain, "dtype": self.dtype.name}


def _eye(shape: Any, dtype: DType) -> Tensor:
    sizes = [int(size) for size in shape]
    if len(sizes) != 2:
        raise ValueError("Identity matrix initializer can only be used for 2D matrices.")
    return eye(sizes[0], sizes[1], dtype=dtype)


orthogonal_initializer = Orthogonal
identity_initializer = Identity
