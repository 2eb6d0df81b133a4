"""Every kernel on the samples of the conformance suite, on the shim."""

import numpy as np
import pytest

from flowgraph.backends.cuda import MAKERS, Operand, launches
from flowgraph.backends.cuda.groups import FUNCTIONS
from tests.conformance.suite import SAMPLES, flat
from tests.unit.backends.cuda.device import COMPILER, Device
from tests.unit.backends.cuda.steps import SMALL, Case, assert_near, computed

if COMPILER is None:
    pytest.skip("there is no C++ compiler", allow_module_level=True)


def case(sample):
    """The sample as a step, in as many alignments as there are; ``None`` without a kernel."""
    op = sample.op
    has_kernel = op.type in MAKERS or op.type in FUNCTIONS or op.has_scalar()
    if not has_kernel or op.references() or op.is_random:
        return None
    inputs = flat(sample.inputs)
    if any(x.dtype.kind not in "fiubV" for x in inputs):
        return None
    hosts = {i % len(inputs) for i in op.host_inputs}
    results = computed(op, *inputs)
    outputs = [
        np.asarray(y) for y in (results if isinstance(results, tuple | list) else (results,))
    ]
    operands = [Operand(x.shape, x.dtype, x if i in hosts else None) for i, x in enumerate(inputs)]
    targets = [Operand(y.shape, y.dtype) for y in outputs]
    if launches(op, operands, targets, SMALL) is None:
        return None
    made = [(y.shape, y.dtype) for y in outputs]
    return Case(op, inputs, made, hosts), outputs


CASES = {name: found for name, sample in SAMPLES if (found := case(sample)) is not None}


@pytest.fixture(scope="module")
def device():
    return Device(item for c, _ in CASES.values() for item in c.work)


@pytest.mark.parametrize("name", CASES)
def test_a_sample(device, name):
    c, expected = CASES[name]
    for actual, y in zip(c.run(device), expected, strict=True):
        assert_near(actual, y, 1e-5 if actual.dtype == np.float32 else None)
