"""GPUs for tests: stand-ins for a while."""

from contextlib import contextmanager

from flowgraph.backends.cupy import machine
from tests.fake_cupy import FakeCupy


@contextmanager
def fake_gpus(devices=2, capability=(7, 5)):
    """A context in which the machine has GPUs: the stand-in for CuPy is given."""
    fake = FakeCupy(devices, capability)
    machine._found.append(machine.Machine(fake))
    try:
        yield fake
    finally:
        machine._found.pop()
