"""GPUs for tests: stand-ins for a while."""

import os
from contextlib import contextmanager

from flowgraph.backends.cuda.cudnn import Library
from flowgraph.backends.cupy import machine
from tests.fake_cupy import FakeCupy
from tests.fake_cupy.products import Products


@contextmanager
def fake_gpus(devices=2, capability=(7, 5), kernels=False, products=False, convolutions=None):
    """A context in which the machine has GPUs: the stand-in for CuPy is given.

    Without `kernels` every step runs its op's own `compute`, on the host too. With `products` there
    is a stand-in for cuBLASLt. `convolutions` returns one for the package ``cudnn``, given that for
    CuPy.
    """
    fake = FakeCupy(devices, capability)
    found = machine.Machine(fake)
    for index in range(devices):
        module = found.module(index)
        module.products = Products(fake) if products else None
        module.convolutions = Library(convolutions(fake), module._timed) if convolutions else None
    machine._found.append(found)
    before = os.environ.get("FLOWGRAPH_NATIVE")
    os.environ["FLOWGRAPH_NATIVE"] = "auto" if kernels else "off"
    try:
        yield fake
    finally:
        machine._found.pop()
        os.environ.pop("FLOWGRAPH_NATIVE")
        if before is not None:
            os.environ["FLOWGRAPH_NATIVE"] = before
