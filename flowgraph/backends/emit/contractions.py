"""C of sums over axes and of products of matrices, of known shapes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from flowgraph.backends.emit.code import Code, UnsupportedError, Value
from flowgraph.backends.emit.scalar import type_of
from flowgraph.plan.plan import Slot, sizes_of

_JOINS = {
    "Sum": ("0", "{0} + {1}"),
    "Mean": ("0", "{0} + {1}"),
    "BiasAddGrad": ("0", "{0} + {1}"),
    "Prod": ("1", "{0} * {1}"),
    "Max": (None, "({1} > {0} || {1} != {1} ? {1} : {0})"),
    "Min": (None, "({1} < {0} || {1} != {1} ? {1} : {0})"),
    "All": ("1", "({0} & {1})"),
    "Any": ("0", "({0} | {1})"),
}
"""What a reduction begins with, if not with the first element, and how it takes the next."""

REDUCTIONS = tuple(_JOINS)

_COLUMNS = 32
"""Columns of a product that are summed up side by side."""

_WORK = 1 << 18
"""Multiplications of a product. A larger one is worth several threads."""


def reduce(code: Code, op: Any, inputs: Sequence[Value], slots: Sequence[Slot]) -> list[Value]:
    """Write a reduction over known axes."""
    x = inputs[0]
    rank = len(x.sizes)
    if op.type == "BiasAddGrad":
        if op.data_format != "NHWC":
            raise UnsupportedError("channels before the last axis")
        axes = set(range(rank - 1))
    elif inputs[1].constant is None:
        raise UnsupportedError("a reduction over axes that only a run knows")
    else:
        axes = {int(axis) % rank for axis in inputs[1].constant.reshape(-1)}
    if op.type == "Mean" and x.dtype.kind != "f":
        raise UnsupportedError("a mean of integers")
    pairs = [(axis in axes, n) for axis, n in enumerate(x.sizes) if n > 1]
    blocks = [
        (is_reduced, math.prod(n for _, n in block))
        for is_reduced, block in groupby(pairs, key=lambda pair: pair[0])
    ]
    count = math.prod(n for is_reduced, n in blocks if is_reduced)
    while any(is_reduced for is_reduced, _ in blocks):
        at = max(i for i, (is_reduced, _) in enumerate(blocks) if is_reduced)
        outer = math.prod(n for _, n in blocks[:at])
        inner = math.prod(n for _, n in blocks[at + 1 :])
        x = _joined(code, op.type, x, outer, blocks.pop(at)[1], inner)
    if op.type == "Mean" and count > 1:
        mean = code.declare(x.dtype, x.sizes)
        with code.loops(x.count) as (i,):
            code.add(f"{mean.at(i)} = {x.at(i)} / {count};")
        x = mean
    return [x.part(0, sizes_of(slots[0]))]


def _joined(code: Code, kind: str, x: Value, outer: int, count: int, inner: int) -> Value:
    """Return (outer, count, inner) without its middle axis."""
    start, join = _JOINS[kind]
    out = code.declare(x.dtype, (outer, inner))
    code.work += 2 * x.count
    # The wider sum is the better one, and no slower.
    is_sum = join == "{0} + {1}"
    held = "double" if is_sum and x.dtype.kind == "f" else type_of(x.dtype)
    total = code.fresh()
    with code.loops(outer, inner) as (i, j):
        first = start or x.at(f"{i} * {count * inner} + {j}")
        code.add(f"{held} {total} = {first};")
        if is_sum:
            code.add(f"#pragma omp simd reduction(+:{total})")
        element = x.at(f"({i} * {count} + k) * {inner} + {j}")
        taken = join.format(total, element)
        code.add(f"for (long k = 0; k < {count}; k++) {total} = {taken};")
        code.add(f"{out.at(f'{i} * {inner} + {j}')} = {total};")
    return out


def arg_extremum(
    code: Code, op: Any, inputs: Sequence[Value], slots: Sequence[Slot]
) -> list[Value]:
    """Write the index of the first extreme element along a known axis."""
    x, where = inputs
    if where.constant is None or not x.sizes:
        raise UnsupportedError("an extremum along an axis that only a run knows")
    axis, length = int(where.constant) % len(x.sizes), x.sizes[int(where.constant)]
    outer, inner = math.prod(x.sizes[:axis]), math.prod(x.sizes[axis + 1 :])
    out = code.declare(slots[0].dtype, sizes_of(slots[0]))
    sign = ">" if op.type == "ArgMax" else "<"
    best, element, kind = code.fresh(), code.fresh(), type_of(x.dtype)
    with code.loops(outer, inner) as (i, j):
        target = out.at(f"{i} * {inner} + {j}")
        code.add(f"{kind} {best} = {x.at(f'{i} * {length * inner} + {j}')};", f"{target} = 0;")
        with code.block(f"for (long k = 1; k < {length}; k++)"):
            code.add(f"const {kind} {element} = {x.at(f'({i} * {length} + k) * {inner} + {j}')};")
            is_next = f"{element} {sign} {best} || {element} != {element}"
            with code.block(f"if ({best} == {best} && ({is_next}))"):
                code.add(f"{best} = {element};", f"{target} = k;")
    code.work += 4 * x.count
    return [out]


def multiply(code: Code, op: Any, inputs: Sequence[Value], slots: Sequence[Slot]) -> list[Value]:
    """Write the product of two matrices, or of a batch of them that has the same axes."""
    a, b = inputs
    is_batch = op.type != "MatMul"
    flip_a = op.adj_x if is_batch else op.transpose_a
    flip_b = op.adj_y if is_batch else op.transpose_b
    *batch, m, n = sizes_of(slots[0])
    k = a.sizes[-2] if flip_a else a.sizes[-1]
    if a.dtype.kind != "f" or a.sizes[:-2] != tuple(batch) or b.sizes[:-2] != tuple(batch):
        raise UnsupportedError("a product of integers, or of batches that are broadcast")
    count = math.prod(batch)
    if count * m * n * k > _WORK:
        raise UnsupportedError("a product of large matrices")
    out = code.declare(a.dtype, (*batch, m, n))
    code.work += count * m * n * k // 2
    with code.loops(count, m) as (z, i):

        def left(p: str) -> str:
            place = f"({z} * {k} + {p}) * {m} + {i}" if flip_a else f"({z} * {m} + {i}) * {k} + {p}"
            return a.at(place)

        def right(p: str, j: str) -> str:
            place = f"({z} * {n} + {j}) * {k} + {p}" if flip_b else f"({z} * {k} + {p}) * {n} + {j}"
            return b.at(place)

        row = f"({z} * {m} + {i}) * {n}"
        if n == 1 or flip_b:
            _dots(code, out, row, k, left, right)
        else:
            _rows(code, out, row, k, left, right)
    return [out]


def _dots(code: Code, out: Value, row: str, k: int, left: Any, right: Any) -> None:
    """Write a row of a product, a sum for each element."""
    n, total = out.sizes[-1], code.fresh()
    with code.loops(n) as (j,):
        code.add(f"{type_of(out.dtype)} {total} = 0;", f"#pragma omp simd reduction(+:{total})")
        product = f"{left('p')} * {right('p', j)}"
        code.add(f"for (long p = 0; p < {k}; p++) {total} += {product};")
        code.add(f"{out.at(f'{row} + {j}')} = {total};")


def _rows(code: Code, out: Value, row: str, k: int, left: Any, right: Any) -> None:
    """Write a row of a product as the sum of rows of the right factor, some columns at a time."""
    n, kind, sums = out.sizes[-1], type_of(out.dtype), code.fresh()
    whole = n - n % _COLUMNS
    for begin, end in ((0, whole), (whole, n)):
        width = min(_COLUMNS, end - begin)
        if not width:
            continue
        with code.block(f"for (long c = {begin}; c < {end}; c += {width})"):
            code.add(f"{kind} {sums}[{width}] = {{0}};")
            with code.block(f"for (long p = 0; p < {k}; p++)"):
                code.add(f"const {kind} factor = {left('p')};")
                term = f"fg_fma(factor, {right('p', 'c + j')}, {sums}[j])"
                code.add(f"for (long j = 0; j < {width}; j++) {sums}[j] = {term};")
            target = out.at(f"{row} + c + j")
            code.add(f"for (long j = 0; j < {width}; j++) {target} = {sums}[j];")
