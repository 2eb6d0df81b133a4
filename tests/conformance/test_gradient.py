"""Gradients of order 1 and 2 against central differences, along random directions, in float64."""

from __future__ import annotations

import numpy as np
import pytest

from flowgraph.autodiff.gradients import gradients
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.add_n import add_n
from flowgraph.ops.arithmetic import multiply
from flowgraph.ops.core import constant, convert_to_tensor, stop_gradient
from flowgraph.ops.reduction import reduce_sum
from flowgraph.runtime.session import Session
from tests.conformance.entry import Sample
from tests.conformance.suite import SAMPLES, Built, flat

STEP = 1e-5


def in_float64(sample: Sample) -> Sample | None:
    """The sample with its floating-point inputs in float64, or None if there are none."""
    kinds = {a.dtype for a in flat(sample.inputs) if a.dtype.kind == "f"}
    if not kinds or any(a.dtype.kind == "c" for a in flat(sample.inputs)):
        return None
    if kinds != {np.dtype(np.float64)} and kinds != {np.dtype(np.float32)}:
        return None

    def widen(value):
        array = np.asarray(value)
        return array.astype(np.float64) if array.dtype == np.float32 else array

    inputs = tuple(
        [widen(v) for v in value] if isinstance(value, list) else widen(value)
        for value in sample.inputs
    )
    return Sample(sample.op, inputs, None, sample.differentiate, sample.order)


CASES = [
    pytest.param(widened, id=name)
    for name, sample in SAMPLES
    if sample.differentiate != () and not sample.op.is_random
    for widened in [in_float64(sample)]
    if widened is not None
]


def projection(
    tensors: list[Tensor], random: np.random.Generator, session: Session, feeds
) -> Tensor:
    """The inner product of tensors with random constants: a scalar to differentiate."""
    values = session.run(tensors, feeds)
    terms = [
        reduce_sum(multiply(t, constant(random.uniform(0.5, 1.5, np.shape(v)))))
        for t, v in zip(tensors, values, strict=True)
    ]
    return add_n(terms) if len(terms) > 1 else terms[0]


def check(scalar, xs, feeds, session, random, order):
    """Compare the slope of `scalar` along a random direction with its gradient; then again."""
    slopes = gradients(scalar, xs)
    used = [(x, convert_to_tensor(g)) for x, g in zip(xs, slopes, strict=True) if g is not None]
    if not used:
        return []
    direction = {x: random.uniform(-1, 1, np.shape(feeds[x])) for x, _ in used}
    moved = {
        sign: session.run(
            scalar, feeds | {x: feeds[x] + sign * STEP * direction[x] for x, _ in used}
        )
        for sign in (1, -1)
    }
    numeric = (moved[1] - moved[-1]) / (2 * STEP)
    values = session.run([g for _, g in used], feeds)
    analytic = sum(np.sum(v * direction[x]) for v, (x, _) in zip(values, used, strict=True))
    np.testing.assert_allclose(analytic, numeric, rtol=2e-4, atol=2e-5, err_msg=f"order {order}")
    for value, (x, g) in zip(values, used, strict=True):
        assert np.shape(value) == np.shape(feeds[x]), f"gradient of {x} has shape {np.shape(value)}"
        assert g.dtype is x.dtype
    return [g for _, g in used]


@pytest.mark.parametrize("sample", CASES)
def test_gradients(sample):
    random = np.random.default_rng(7)
    try:
        built = Built(sample)
    except TypeError:
        pytest.skip("the op does not take float64")
    floating = [i for i, t in enumerate(built.tensors) if t in built.feeds and t.dtype.is_floating]
    wanted = floating if sample.differentiate is None else sample.differentiate
    xs = [built.tensors[i] for i in wanted]
    outputs = [t for t in built.operation.outputs if t.dtype.is_floating]
    if not xs or not outputs:
        return
    with built.graph.as_default(), Session() as session:
        scalar = projection(outputs, random, session, built.feeds)
        for order in range(1, sample.order + 1):
            try:
                found = check(scalar, xs, built.feeds, session, random, order)
            except LookupError:
                assert sample.differentiate is None, f"no gradient of order {order}"
                assert order == 1, f"a gradient of order 1 but none of order {order}"
                return
            if not found:
                return
            scalar = projection(found, random, session, built.feeds)


def test_the_check_sees_a_wrong_gradient():
    """Half of the right gradient does not pass."""
    sample = next(s for name, s in SAMPLES if name == "Square-0")
    built = Built(in_float64(sample))
    with built.graph.as_default(), Session() as session:
        (y,), (x,) = built.operation.outputs, built.tensors
        half = add_n([multiply(y, 0.5), multiply(stop_gradient(y), 0.5)])
        with pytest.raises(AssertionError, match="order 1"):
            check(reduce_sum(half), [x], built.feeds, session, np.random.default_rng(7), 1)
