"""Values in host memory as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.dtypes import Array


def host_array(value: Any) -> Array:
    """Return a value as an array; a byte string as one of objects.

    NumPy's own arrays of byte strings lose the zeros at the end of each.
    """
    return np.asarray(value, object if isinstance(value, bytes) else None)
