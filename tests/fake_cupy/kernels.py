"""``cupy.RawModule`` of the stand-in: kernels' own text, compiled by a C++ compiler."""

from __future__ import annotations

import ctypes
import functools
import re
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path

import numpy as np

from tests.unit.backends.cuda import device

_KINDS = {"int32": "i", "int64": "l", "float32": "f", "float64": "d"}
_ONE = threading.Lock()
"""A stream does one thing at a time, and so does the shim."""
_WAITS = ("reduce", "__sync", "__shfl", "__ballot")


@functools.lru_cache(maxsize=32)
def _library(code, names):
    entries = "\n".join(f"FG_ENTRY({name})" for name in names)
    opened = "".join(f"using namespace {n};\n" for n in re.findall(r"namespace (\w+)", code))
    folder = Path(tempfile.mkdtemp(prefix="flowgraph-fake-"))
    try:
        file = folder / "plan.cpp"
        file.write_text(f'#include "{device._SHIM}"\n{code}\n{opened}{entries}\n')
        target = file.with_suffix(".so")
        command = [str(device.COMPILER), "-std=c++17", "-O1", "-ffp-contract=off", "-fPIC"]
        command += ["-shared", "-w", "-U_FORTIFY_SOURCE", "-o", str(target), str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert not done.returncode, done.stderr[:4000]
        return ctypes.CDLL(str(target))
    finally:
        shutil.rmtree(folder)


class RawModule:
    """A module of kernels; compiled when the first is launched, and all have been asked for."""

    def __init__(self, module, code):
        self._module = module
        self.code = code
        self._names = set()

    def get_function(self, name):
        self._names.add(name)
        return Kernel(self._module, self, name)

    def library(self):
        return _library(self.code, tuple(sorted(self._names)))


class Kernel:
    """A kernel that can be launched."""

    def __init__(self, module, of, name):
        self._module, self._of, self._name = module, of, name
        self._waits = any(word in of.code for word in _WAITS)

    def __call__(self, grid, block, arguments):
        values = [a.ptr if hasattr(a, "ptr") else a for a in arguments]
        if self._module._is_capturing():
            graph = self._module.capturing.graph
            for address in (a for a in values if type(a) is int):
                graph.uses(address)
            graph.calls.append(lambda: self._launch(grid, block, values))
            return
        self._module._check_stream()
        self._launch(grid, block, values)

    def _launch(self, grid, block, arguments):
        self._module.counts["kernels"] += 1
        library = self._of.library()
        kinds = ctypes.create_string_buffer(len(arguments) + 64)
        getattr(library, f"kinds_{self._name}")(kinds)
        values, given = [], ""
        for argument in arguments:
            if type(argument) is int:  # an address; numbers are NumPy's
                given += "p"
                values.append(ctypes.c_void_p(argument))
            else:
                given += _KINDS[argument.dtype.name]
                values.append(np.ctypeslib.as_ctypes(np.array(argument)))
        assert given == kinds.value.decode(), (self._name, given, kinds.value)
        sizes = (ctypes.c_uint * 6)(*grid, *block)
        addresses = (ctypes.c_void_p * len(values))(*[ctypes.addressof(v) for v in values])
        with _ONE:
            getattr(library, f"run_{self._name}")(sizes, self._waits, addresses)
