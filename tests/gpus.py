"""GPUs for tests: stand-ins for a while."""

import os
from contextlib import contextmanager

from flowgraph.backends.cupy import machine
from tests.fake_cupy import FakeCupy


@contextmanager
def fake_gpus(devices=2, capability=(7, 5), kernels=False):
    """A context in which the machine has GPUs: the stand-in for CuPy is given.

    Without `kernels` every step runs its op's own `compute`, on the host too.
    """
    fake = FakeCupy(devices, capability)
    machine._found.append(machine.Machine(fake))
    before = os.environ.get("FLOWGRAPH_NATIVE")
    os.environ["FLOWGRAPH_NATIVE"] = "auto" if kernels else "off"
    try:
        yield fake
    finally:
        machine._found.pop()
        os.environ.pop("FLOWGRAPH_NATIVE")
        if before is not None:
            os.environ["FLOWGRAPH_NATIVE"] = before
