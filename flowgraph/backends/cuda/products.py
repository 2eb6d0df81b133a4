"""Products of matrices, as cuBLASLt is asked for them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flowgraph.backends.cuda.launch import FLOATS, Operand, Part, Target
from flowgraph.plan.fused import Joined


@dataclass(frozen=True)
class Product:
    """``c = a b``, for each matrix of a batch; all in C order.

    Attributes
    ----------
    dtype : str
        Of all matrices. float16 and bfloat16 are added up in float32.
    m, n, k : int
        c is ``[m, n]``, and ``k`` numbers are added up for each element.
    transpose_a, transpose_b : bool
        Whether a is held as ``[k, m]``, b as ``[n, k]``.
    batch : int
    steps : tuple of int
        Elements from one matrix of a, b and c to the next; 0 for the same one again.
    a, b, c : Operand or Part
    bias : Operand, optional
        ``[n]``, added to each row.
    has_relu : bool
        Whether negative elements become zero.
    adds : bool
        Whether the product is added to what c holds.
    """

    dtype: str
    m: int
    n: int
    k: int
    a: Operand | Part
    b: Operand | Part
    c: Operand | Part
    transpose_a: bool = False
    transpose_b: bool = False
    batch: int = 1
    steps: tuple[int, int, int] = (0, 0, 0)
    bias: Operand | None = None
    has_relu: bool = False
    adds: bool = False

    @property
    def operands(self) -> tuple[Operand | Part, ...]:
        """Whose addresses are needed, in the order a, b, c, bias."""
        return (self.a, self.b, self.c, *([] if self.bias is None else [self.bias]))


def multiply(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Product] | None:
    """``c = a b``, each factor transposed if its attribute says so."""
    a, b = inputs
    (c,) = outputs
    if len(a.shape) != 2 or len(b.shape) != 2:
        return None
    m, k = a.shape[::-1] if op.transpose_a else a.shape
    inner, n = b.shape[::-1] if op.transpose_b else b.shape
    if c.shape != (m, n) or inner != k or not m * n * k or not _is_served(a, b, c):
        return None
    return [Product(c.dtype.name, m, n, k, a, b, c, op.transpose_a, op.transpose_b)]


def multiply_batch(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Product] | None:
    """The products of the matrices in the last two axes; a factor may have one for all."""
    a, b = inputs
    (c,) = outputs
    if min(len(a.shape), len(b.shape)) < 2 or not _is_served(a, b, c):
        return None
    m, k = a.shape[:-3:-1] if op.adj_x else a.shape[-2:]
    inner, n = b.shape[:-3:-1] if op.adj_y else b.shape[-2:]
    batch = c.shape[:-2]
    count = math.prod(batch)
    if inner != k or c.shape != (*batch, m, n) or not count * m * n * k:
        return None
    steps = [_step(factor.shape, batch) for factor in inputs]
    if None in steps:
        return None
    (to_a, to_b) = (step or 0 for step in steps)
    if count > 1 and not to_b and to_a and not op.adj_x:  # the rows of all a are one matrix
        return [Product(c.dtype.name, count * m, n, k, a, b, c, False, op.adj_y)]
    return [
        Product(
            c.dtype.name, m, n, k, a, b, c, op.adj_x, op.adj_y, count, (to_a, to_b, m * n)
        )
    ]  # fmt: skip


def _is_served(*operands: Operand) -> bool:
    return operands[0].dtype.name in FLOATS and len({o.dtype for o in operands}) == 1


def _step(shape: Sequence[int], batch: Sequence[int]) -> int | None:
    """Return the elements between the matrices of a factor; ``None`` if they differ."""
    own = math.prod(shape[:-2])
    if own == 1:
        return 0
    return math.prod(shape[-2:]) if own == math.prod(batch) else None


def joined(
    op: Joined, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Product] | None:
    """A product that adds a bias to each row, and clips if a `Relu` follows."""
    *factors, bias = inputs
    product, _, *relu = op.members
    work = multiply(product.op, factors, outputs, target)
    return None if work is None else [replace(work[0], bias=bias, has_relu=bool(relu))]


MAKERS = {"MatMul": multiply, **dict.fromkeys(("BatchMatMul", "BatchMatMulV2"), multiply_batch)}
