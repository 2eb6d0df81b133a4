"""A stand-in for CuPy over NumPy: what CuPy refuses is refused, and what it costs is counted.

`FakeCupy` has the functions that CuPy 14.2 has (``functions.tsv``: each with its parameters, noted
from CuPy itself), and as in CuPy

- arrays are not NumPy's: mixing them, or turning one into the other unasked, is a ``TypeError``;
- every result is an array, of rank 0 too;
- an array is used only while its device is current;
- asking for a value (``item``, ``bool``, ``get``, a mask's length) stops until the device is done;
- while a stream is captured nothing may stop, be allocated, or call cuBLAS and its sisters.
"""

from tests.fake_cupy.arrays import ndarray
from tests.fake_cupy.module import FakeCupy

__all__ = ["FakeCupy", "ndarray"]
