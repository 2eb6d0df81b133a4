"""The elementary functions of generated code, over the whole range of their arguments."""

import ctypes

import numpy as np
import pytest

from flowgraph.backends.native.compiler import CompilerError, build, compiler
from flowgraph.backends.native.library import sources

FUNCTIONS = ("exp", "expm1", "log", "log1p", "tanh")
FLUSHED = {"exp"}
"""Their float32 results below the normal numbers are zero."""

LIMITS = {"float": {"tanh": 5.0}, "double": {}}
"""Units in the last place, where more than three are allowed."""


def _has_compiler():
    try:
        return bool(compiler())
    except CompilerError:
        return False


pytestmark = pytest.mark.skipif(not _has_compiler(), reason="no C compiler")


@pytest.fixture(scope="module")
def library():
    functions = [
        f"void {name}_{kind}(long n, const {kind} *x, {kind} *y) {{\n"
        f"    for (long i = 0; i < n; i++) y[i] = {name}(x[i]);\n}}"
        for kind in ("float", "double")
        for name in FUNCTIONS
    ]
    lines = ['#include "dialect.h"', *functions]
    headers = [path for path in sources() if path.suffix == ".h"]
    return ctypes.CDLL(str(build(headers, "\n".join(lines))))


def evaluate(library, name, x):
    y = np.empty_like(x)
    kind = {"f": "float", "d": "double"}[x.dtype.char]
    pointers = [ctypes.c_void_p(array.ctypes.data) for array in (x, y)]
    library[f"{name}_{kind}"](ctypes.c_long(x.size), *pointers)
    return y


def units(y, expected, least=0.0):
    """Errors in units in the last place, of finite results as large as `least`."""
    counted = np.isfinite(expected) & (np.abs(expected) <= np.finfo(y.dtype).max)
    counted &= np.abs(expected) >= least
    spacing = np.spacing(np.abs(expected[counted]).astype(y.dtype)).astype(expected.dtype)
    return np.abs(y[counted] - expected[counted]) / spacing


@pytest.mark.parametrize("name", FUNCTIONS)
def test_float32_is_accurate_over_all_exponents(library, name):
    x = np.arange(0, 1 << 32, 4099, dtype=np.uint64).astype(np.uint32).view(np.float32)
    x = x[np.isfinite(x)]
    with np.errstate(all="ignore"):
        expected = getattr(np, name)(x.astype(np.float64))
    least = np.finfo(np.float32).tiny if name in FLUSHED else 0.0
    y = evaluate(library, name, x)
    assert units(y, expected, least).max() <= LIMITS["float"].get(name, 3.0)
    assert (y[np.abs(expected) < least] == 0).all()
    np.testing.assert_array_equal(np.isnan(y), np.isnan(expected))
    too_large = np.abs(expected) > 3.4028236e38
    assert np.isinf(y[too_large]).all()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_float64_is_accurate_over_all_exponents(library, name):
    step = (1 << 64) // 1_000_003
    x = (np.arange(1_000_003, dtype=np.uint64) * np.uint64(step)).view(np.float64)
    x = np.concatenate([x[np.isfinite(x)], np.linspace(-750, 710, 100_001)])
    with np.errstate(all="ignore"):
        expected = getattr(np, name)(x.astype(np.longdouble))
    y = evaluate(library, name, x)
    assert units(y, expected).max() <= LIMITS["double"].get(name, 3.0)
    np.testing.assert_array_equal(np.isnan(y), np.isnan(expected))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_ends_of_the_line(library, name, dtype):
    x = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0], dtype)
    with np.errstate(all="ignore"):
        expected = getattr(np, name)(x)
    y = evaluate(library, name, x)
    np.testing.assert_allclose(y, expected, rtol=1e-6)
    zeros = x == 0
    np.testing.assert_array_equal(np.signbit(y[zeros]), np.signbit(expected[zeros]))
