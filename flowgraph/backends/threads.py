"""How many threads the kernels of the process use."""

from __future__ import annotations

import threadpoolctl

from flowgraph import parallel
from flowgraph.backends.native.library import LIBRARY


def set_threads(count: int) -> None:
    """Use so many threads for one operation: in native kernels, in NumPy's and in BLAS.

    The setting holds for the process, as TensorFlow's thread pool does.
    """
    LIBRARY.set_threads(count)
    parallel.set_threads(count)
    for library in threadpoolctl.ThreadpoolController().lib_controllers:
        library.set_num_threads(count)
