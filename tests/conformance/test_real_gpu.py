"""Each op that may run on a GPU against its reference, on the GPU of this machine."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.backends.cupy.machine import machine
from tests.conformance.suite import Built
from tests.conformance.test_fake_device import ON_DEVICE
from tests.conformance.test_reference import compare
from tests.unit.backends.test_device_kernels import convnet, perceptron, train

FOUND = machine()
if FOUND is None:
    pytest.skip("there is no GPU: CuPy is not installed", allow_module_level=True)
if not FOUND.count:
    pytest.skip("there is no GPU: CuPy finds none", allow_module_level=True)


@pytest.mark.parametrize("tier", ["off", "wait"])
@pytest.mark.parametrize("sample", ON_DEVICE)
def test_values(sample, tier, monkeypatch):
    monkeypatch.setenv("FLOWGRAPH_NATIVE", tier)
    compare(Built(sample).run(), sample, "on the GPU")


@pytest.mark.parametrize("make", [perceptron, convnet])
def test_training(make, monkeypatch):
    """Eager steps and replayed ones."""
    losses, weights, _ = train(make, 8)
    with monkeypatch.context() as context:
        context.setattr(tf.ConfigProto, "FIELDS", {
            **tf.ConfigProto.FIELDS, "device_count": lambda: {"GPU": 0},
        })  # fmt: skip
        expected, there, _ = train(make, 8)
    np.testing.assert_allclose(losses, expected, rtol=1e-3)
    for value, reference in zip(weights, there, strict=True):
        np.testing.assert_allclose(value, reference, rtol=1e-2, atol=1e-4)
