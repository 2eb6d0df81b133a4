"""Each op that may run on a GPU against its reference, with a stand-in for CuPy as the device."""

import pytest

from flowgraph.backends.cupy.array_module import DIFFERENCES
from flowgraph.errors import OpError
from flowgraph.graph.graph import Graph
from flowgraph.plan.place import device_of
from tests.conformance.suite import BAD, SAMPLES, Built
from tests.conformance.test_bad_input import attempt
from tests.conformance.test_reference import compare
from tests.gpus import fake_gpus


def runs_on_device(sample):
    return bool(device_of(Built(sample).operation, gpus=1))


ON_DEVICE = [pytest.param(s, id=name) for name, s in SAMPLES if runs_on_device(s)]


@pytest.fixture(scope="module", autouse=True)
def _fake():
    with fake_gpus(devices=1):
        yield


@pytest.mark.parametrize("sample", ON_DEVICE)
def test_optimised(sample):
    compare(Built(sample).run(), sample, "on a device")


@pytest.mark.parametrize("sample", ON_DEVICE)
def test_unknown_shapes(sample):
    built = Built(sample, shapes="none", host_constant=False)
    compare(built.run(optimised=False), sample, "on a device, of unknown shapes")


def test_most_ops_run_on_a_device_and_do_so_there():
    types = {param.values[0].op.type for param in ON_DEVICE}
    assert len(types) > 280
    with fake_gpus(devices=1) as fake:
        for type_name in ("Tanh", "MatMul", "Sum"):
            sample = next(p.values[0] for p in ON_DEVICE if p.values[0].op.type == type_name)
            before = fake.counts["allocations"]
            Built(sample).run()
            assert fake.counts["allocations"] > before


@pytest.mark.parametrize("name", sorted(DIFFERENCES))
def test_each_difference_between_numpy_and_cupy_is_needed(name, monkeypatch):
    """Without it, an op fails that runs with it."""
    monkeypatch.delitem(DIFFERENCES, name)
    with fake_gpus(devices=1):
        for param in ON_DEVICE:
            try:
                compare(Built(param.values[0]).run(), param.values[0], "without a difference")
            except (AssertionError, OpError):
                return
    raise AssertionError(f"every op runs on CuPy's own {name}")


WRONG_LABELS = "SparseSoftmaxCrossEntropyWithLogits-0"
"""On a GPU the loss of a wrong label is NaN, as in TensorFlow: nobody waits to look at labels."""


@pytest.mark.parametrize(
    "bad", [pytest.param(bad, id=n) for n, bad in BAD if bad.run and n != WRONG_LABELS]
)
def test_refused(bad):
    with Graph().as_default(), pytest.raises(bad.error, match=bad.match):
        attempt(bad)
