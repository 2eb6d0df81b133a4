"""Each update against its formula, written out for one element in double precision."""

import math

import ml_dtypes
import numpy as np
import pytest

from flowgraph import dtypes
from flowgraph.errors import FailedPreconditionError, InvalidArgumentError
from flowgraph.ops import training, training_sparse
from flowgraph.ops.state import Cell
from flowgraph.shapes import TensorShape, as_shape

SCALARS = {
    "alpha": 0.1, "lr": 0.1, "momentum": 0.9, "rho": 0.95, "epsilon": 1e-3, "l1": 0.05,
    "l2": 0.02, "l2_shrinkage": 0.3, "lr_power": -0.5, "beta1_power": 0.81,
    "beta2_power": 0.998, "beta1": 0.9, "beta2": 0.999, "global_step": 3,
}  # fmt: skip


def sign(x):
    return math.copysign(1, x) if x else 0.0


def descent(s, var, g):
    return (var - s["alpha"] * g,)


def momentum(s, var, a, g):
    a = s["momentum"] * a + g
    return var - s["lr"] * a, a


def nesterov(s, var, a, g):
    a = s["momentum"] * a + g
    return var - s["lr"] * (g + s["momentum"] * a), a


def adagrad(s, var, a, g):
    a += g * g
    return var - s["lr"] * g / math.sqrt(a), a


def adagrad_kept(s, var, a, g):
    return var - s["lr"] * g / math.sqrt(a), a


def adadelta(s, var, a, u, g):
    a = s["rho"] * a + (1 - s["rho"]) * g * g
    change = math.sqrt(u + s["epsilon"]) / math.sqrt(a + s["epsilon"]) * g
    return var - s["lr"] * change, a, s["rho"] * u + (1 - s["rho"]) * change * change


def adam(s, var, m, v, g):
    rate = s["lr"] * math.sqrt(1 - s["beta2_power"]) / (1 - s["beta1_power"])
    m = s["beta1"] * m + (1 - s["beta1"]) * g
    v = s["beta2"] * v + (1 - s["beta2"]) * g * g
    return var - rate * m / (math.sqrt(v) + s["epsilon"]), m, v


def nadam(s, var, m, v, g):
    rate = s["lr"] * math.sqrt(1 - s["beta2_power"]) / (1 - s["beta1_power"])
    _, m, v = adam(s, var, m, v, g)
    ahead = s["beta1"] * m + (1 - s["beta1"]) * g
    return var - rate * ahead / (math.sqrt(v) + s["epsilon"]), m, v


def adamax(s, var, m, v, g):
    m = s["beta1"] * m + (1 - s["beta1"]) * g
    v = max(s["beta2"] * v, abs(g))
    return var - s["lr"] / (1 - s["beta1_power"]) * m / (v + s["epsilon"]), m, v


def rms(s, var, ms, mom, g):
    ms = s["rho"] * ms + (1 - s["rho"]) * g * g
    mom = s["momentum"] * mom + s["lr"] * g / math.sqrt(ms + s["epsilon"])
    return var - mom, ms, mom


def centered(s, var, mg, ms, mom, g):
    ms = s["rho"] * ms + (1 - s["rho"]) * g * g
    mg = s["rho"] * mg + (1 - s["rho"]) * g
    mom = s["momentum"] * mom + s["lr"] * g / math.sqrt(ms - mg * mg + s["epsilon"])
    return var - mom, mg, ms, mom


def ftrl(s, var, a, z, g, shrinkage=0.0):
    power = -s["lr_power"]
    new = a + g * g
    z += g + 2 * shrinkage * var - (new**power - a**power) / s["lr"] * var
    var = 0.0
    if abs(z) > s["l1"]:
        var = (sign(z) * s["l1"] - z) / (new**power / s["lr"] + 2 * s["l2"])
    return var, new, z


def ftrl_v2(s, var, a, z, g):
    return ftrl(s, var, a, z, g, s["l2_shrinkage"])


def proximal(s, var, g, rate):
    x = var - rate * g
    return sign(x) * max(abs(x) - rate * s["l1"], 0) / (1 + rate * s["l2"])


def proximal_descent(s, var, g):
    return (proximal(s, var, g, s["alpha"]),)


def proximal_adagrad(s, var, a, g):
    a += g * g
    return proximal(s, var, g, s["lr"] / math.sqrt(a)), a


def dual_averaging(s, var, total, squares, g):
    total += g
    squares += g * g
    t = s["global_step"]
    size = max(abs(total) - s["l1"] * t, 0)
    var = -sign(total) * s["lr"] * size / (s["l2"] * t * s["lr"] + math.sqrt(squares))
    return var, total, squares


T, S = training, training_sparse
DENSE = [
    (T.ApplyGradientDescent(), descent),
    (T.ApplyMomentum(), momentum),
    (T.ApplyMomentum(use_nesterov=True), nesterov),
    (T.ApplyAdagrad(), adagrad),
    (T.ApplyAdagrad(update_slots=False), adagrad_kept),
    (T.ApplyAdadelta(), adadelta),
    (T.ApplyAdam(), adam),
    (T.ApplyAdam(use_nesterov=True), nadam),
    (T.ApplyAdaMax(), adamax),
    (T.ApplyRMSProp(), rms),
    (T.ApplyCenteredRMSProp(), centered),
    (T.ApplyFtrl(), ftrl),
    (T.ApplyFtrlV2(), ftrl_v2),
    (T.ApplyProximalGradientDescent(), proximal_descent),
    (T.ApplyProximalAdagrad(), proximal_adagrad),
    (T.ApplyAdagradDA(), dual_averaging),
]
SPARSE = [
    (S.SparseApplyMomentum(), momentum),
    (S.SparseApplyMomentum(use_nesterov=True), nesterov),
    (S.SparseApplyAdagrad(), adagrad),
    (S.SparseApplyAdagrad(update_slots=False), adagrad_kept),
    (S.SparseApplyAdadelta(), adadelta),
    (S.SparseApplyRMSProp(), rms),
    (S.SparseApplyCenteredRMSProp(), centered),
    (S.SparseApplyFtrl(), ftrl),
    (S.SparseApplyFtrlV2(), ftrl_v2),
    (S.SparseApplyProximalGradientDescent(), proximal_descent),
    (S.SparseApplyProximalAdagrad(), proximal_adagrad),
    (S.SparseApplyAdagradDA(), dual_averaging),
]


def name_of(value):
    return value.__name__ if callable(value) else f"{value.type}{value.attributes()}"


def cell(value):
    kind = dtypes.as_dtype(value.dtype)
    made = Cell("w", kind, as_shape(value.shape), np, lambda: None)
    made.write(value)
    return made


def run(op, references, gradient, scalars, rows=None):
    """Run an update; returns the values of the references."""
    cells = iter([cell(value) for value in references])
    kept, inputs = [], []
    for argument in op.signature.inputs:
        if argument.is_ref:
            kept.append(next(cells))
            inputs.append(kept[-1])
        elif argument.name in ("grad", "delta"):
            inputs.append(gradient)
        elif argument.name == "indices":
            inputs.append(rows)
        elif argument.name == "global_step":
            inputs.append(np.int64(scalars["global_step"]))
        else:
            inputs.append(gradient.dtype.type(scalars[argument.name]))
    with np.errstate(all="ignore"):
        assert op.compute(np, *inputs) is kept[0]
    return [c.array for c in kept]


def draw(op, shape, dtype=np.float32):
    """References (slots are positive, as accumulators are) and a gradient."""
    rng = np.random.default_rng(7)
    first, gradient = rng.normal(size=(2, *shape))
    slots = [rng.uniform(0.7, 0.8, shape) for _ in op.writes_variable[1:]]
    return [v.astype(dtype) for v in (first, *slots)], gradient.astype(dtype)


def expected(formula, references, gradient, scalars, out=None):
    out = [np.array(r, np.float64) for r in references] if out is None else out
    for index in np.ndindex(gradient.shape):
        results = formula(scalars, *[float(r[index]) for r in references], float(gradient[index]))
        for array, value in zip(out, results, strict=True):
            array[index] = value
    return out


@pytest.mark.parametrize(("op", "formula"), DENSE, ids=name_of)
@pytest.mark.parametrize("shape", [(3, 2), (), (0, 4)], ids=str)
@pytest.mark.parametrize(
    ("dtype", "rtol"),
    [(np.float32, 2e-5), (np.float64, 1e-9), (np.float16, 3e-2), (ml_dtypes.bfloat16, 3e-1)],
    ids=str,
)
def test_dense(op, formula, shape, dtype, rtol):
    references, gradient = draw(op, shape, dtype)
    found = run(op, references, gradient, SCALARS)
    for value, wanted in zip(found, expected(formula, references, gradient, SCALARS), strict=True):
        assert value.dtype == dtype
        np.testing.assert_allclose(value.astype(np.float64), wanted, rtol, rtol / 5)


@pytest.mark.parametrize(("op", "formula"), DENSE, ids=name_of)
def test_large_variables_are_updated_in_full(op, formula):
    shape = (3, 50_001)
    references, gradient = draw(op, shape)
    found = run(op, references, gradient, SCALARS)
    part = [r[2:, -2:] for r in references]
    wanted = expected(formula, part, gradient[2:, -2:], SCALARS)
    for value, end in zip(found, wanted, strict=True):
        np.testing.assert_allclose(value[2:, -2:], end, 1e-4, 1e-5)
    pieces = [run(op, [r[i] for r in references], gradient[i], SCALARS) for i in range(3)]
    for k, value in enumerate(found):
        np.testing.assert_array_equal(value, [piece[k] for piece in pieces])


@pytest.mark.parametrize("power", [-0.8, -0.3])
@pytest.mark.parametrize("op", [T.ApplyFtrl(), S.SparseApplyFtrl()], ids=name_of)
def test_other_powers_of_the_learning_rate(op, power):
    scalars = {**SCALARS, "lr_power": power}
    references, gradient = draw(op, (4,))
    found = run(op, references, gradient, scalars, np.arange(4))
    for value, wanted in zip(found, expected(ftrl, references, gradient, scalars), strict=True):
        np.testing.assert_allclose(value, wanted, 1e-4)


@pytest.mark.parametrize(("op", "formula"), SPARSE, ids=name_of)
@pytest.mark.parametrize("rows", [[2, 0], [], [1, 3, 1, 1]], ids=str)
@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_sparse(op, formula, rows, index):
    references, _ = draw(op, (4, 2))
    gradient = draw(op, (len(rows), 2))[1]
    found = run(op, references, gradient, SCALARS, np.array(rows, index))
    wanted = [np.array(r, np.float64) for r in references]
    for row, line in zip(rows, gradient, strict=True):
        parts = expected(formula, [w[row] for w in wanted], line, SCALARS)
        for array, part in zip(wanted, parts, strict=True):
            array[row] = part
    for value, end in zip(found, wanted, strict=True):
        np.testing.assert_allclose(value, end, 2e-5, 1e-6)


def test_other_rows_stay():
    op = S.SparseApplyMomentum()
    references, gradient = draw(op, (4, 2))
    found = run(op, references, gradient[:1], SCALARS, np.array([2]))
    for before, after in zip(references, found, strict=True):
        np.testing.assert_array_equal(before[[0, 1, 3]], after[[0, 1, 3]])
        assert (before[2] != after[2]).all()


@pytest.mark.parametrize(
    ("grad", "rows", "match"),
    [
        (np.ones((1, 2)), [5], "Index 5 at offset 0 in indices is out of range"),
        (np.ones((2, 2)), [0, -1], "Index -1 at offset 1 in indices is out of range"),
        (np.ones((1, 2)), [0, 1], "grad must be the same size as indices in the first dimension."),
        (np.ones((1, 3)), [0], "var and grad must match in dimension 1"),
        (np.ones((1, 2)), [[0]], "indices must be one-dimensional"),
    ],
)
def test_sparse_refuses(grad, rows, match):
    op = S.SparseApplyMomentum()
    references, _ = draw(op, (4, 2), np.float64)
    with pytest.raises(InvalidArgumentError, match=match):
        run(op, references, grad, SCALARS, np.array(rows))


def test_dense_refuses():
    op = T.ApplyMomentum()
    with pytest.raises(InvalidArgumentError, match="var and grad do not have the same shape"):
        run(op, [np.ones(3), np.ones(3)], np.ones(2), SCALARS)
    empty = Cell("w/Momentum", dtypes.float64, as_shape([3]), np, lambda: None)
    inputs = (cell(np.ones(3)), empty, np.float64(1), np.ones(3), np.float64(1))
    with pytest.raises(FailedPreconditionError, match="uninitialized value w/Momentum"):
        op.compute(np, *inputs)


class Shaped:
    def __init__(self, *sizes):
        self.shape = TensorShape.of(sizes)


def test_static_shapes():
    op = T.ApplyMomentum()
    scalar = Shaped()
    (shape,) = op.infer(Shaped(None, 2), Shaped(3, None), scalar, Shaped(3, 2), scalar)
    assert shape.as_list() == [3, 2]
    with pytest.raises(ValueError, match="Dimension 0 in both shapes must be equal, but are 3 and"):
        op.infer(Shaped(3), Shaped(3), scalar, Shaped(2), scalar)
    with pytest.raises(ValueError, match="Shape must be rank 0 but is rank 1"):
        op.infer(Shaped(3), Shaped(3), Shaped(1), Shaped(3), scalar)
    sparse = S.SparseApplyMomentum()
    rows = Shaped(None)
    (shape,) = sparse.infer(Shaped(3, 2), Shaped(3, 2), scalar, Shaped(5, 2), rows, scalar)
    assert shape.as_list() == [3, 2]
    with pytest.raises(ValueError, match="Dimension 1 in both shapes must be equal"):
        sparse.infer(Shaped(3, 2), Shaped(3, 2), scalar, Shaped(5, 3), rows, scalar)
    with pytest.raises(ValueError, match="Dimension 0 in both shapes must be equal"):
        sparse.infer(Shaped(3, 2), Shaped(3, 2), scalar, Shaped(5, 2), Shaped(4), scalar)


@pytest.mark.parametrize("op", [op for op, _ in DENSE + SPARSE], ids=name_of)
def test_what_is_written_is_what_is_referred_to(op):
    references = [i for i, a in enumerate(op.signature.inputs) if a.is_ref]
    assert op.writes_variable == tuple(references)
    assert op.is_stateful
