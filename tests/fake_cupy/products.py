"""What stands in for cuBLASLt: products over addresses, which may be captured."""

from __future__ import annotations

import ctypes

import ml_dtypes
import numpy as np


def _at(address, dtype, batch, rows, columns, step):
    count = (batch - 1) * step + rows * columns
    memory = (ctypes.c_uint8 * (count * dtype.itemsize)).from_address(address)
    flat = np.frombuffer(memory, dtype)
    strides = [n * dtype.itemsize for n in (step, columns, 1)]
    return np.lib.stride_tricks.as_strided(flat, (batch, rows, columns), strides)


class Products:
    """As `flowgraph.backends.cuda.cublaslt.Library`."""

    def __init__(self, module):
        self._module = module

    def product(self, product, tf32=False):
        self._module.counts["tf32 products"] += tf32
        return _Plan(self._module, product)


class _Plan:
    def __init__(self, module, product):
        self._module, self._product = module, product

    def run(self, a, b, c, workspace, stream, bias=0, adds=False):
        if self._module._is_capturing():
            for address in (a, b, c, workspace, *([bias] if bias else [])):
                self._module.capturing.graph.uses(address)
        else:
            self._module.counts["products"] += 1
        self._module._do(lambda: self._multiply(a, b, c, bias, adds))

    def _multiply(self, a, b, c, bias, adds):
        p = self._product
        dtype = np.dtype(getattr(ml_dtypes, p.dtype, p.dtype))
        left = _at(a, dtype, p.batch, *((p.k, p.m) if p.transpose_a else (p.m, p.k)), p.steps[0])
        right = _at(b, dtype, p.batch, *((p.n, p.k) if p.transpose_b else (p.k, p.n)), p.steps[1])
        out = _at(c, dtype, p.batch, p.m, p.n, p.steps[2])
        wide = np.float64 if p.dtype == "float64" else np.float32
        left = (left.swapaxes(1, 2) if p.transpose_a else left).astype(wide)
        right = (right.swapaxes(1, 2) if p.transpose_b else right).astype(wide)
        value = left @ right + (out.astype(wide) if adds else 0)
        if bias:
            value = value + _at(bias, dtype, 1, 1, p.n, 0)[0].astype(wide)
        out[...] = np.maximum(value, 0) if p.has_relu else value
