"""Each op's value against its reference: optimised, plain, of unknown shapes, and checked."""

import numpy as np
import pytest

from flowgraph.backends.checked import Checked
from flowgraph.runtime.executor import Executor
from tests.conformance.suite import Built, assert_same, expected_of, parametrize_samples


def compare(outputs, sample, what):
    expected = expected_of(sample)
    if expected is None:
        return
    assert len(outputs) == len(expected), f"{len(outputs)} outputs, not {len(expected)}"
    for number, (actual, reference) in enumerate(zip(outputs, expected, strict=True)):
        assert_same(actual, reference, sample, f"{what}, output {number}")


@pytest.mark.parametrize(**parametrize_samples())
def test_optimised(sample):
    compare(Built(sample).run(), sample, "specialised plan")


@pytest.mark.parametrize(**parametrize_samples())
def test_plain(sample):
    compare(Built(sample).run(optimised=False), sample, "plain plan")


@pytest.mark.parametrize(**parametrize_samples())
def test_unknown_shapes_and_fed_host_inputs(sample):
    built = Built(sample, shapes="none", host_constant=False)
    compare(built.run(optimised=False), sample, "unknown shapes")


@pytest.mark.parametrize(**parametrize_samples())
def test_checked(sample, monkeypatch):
    """Inferred and actual form agree, inputs are left alone, planned memory is filled."""
    monkeypatch.setattr(Executor, "backend", Checked)
    built = Built(sample)
    outputs = built.run()
    compare(outputs, sample, "checked backend")
    for tensor, actual in zip(built.operation.outputs, outputs, strict=True):
        form = np.asarray(actual).dtype
        assert form == tensor.dtype.base_dtype.numpy or (
            form.kind == "S" and tensor.dtype == "string"
        )
