"""A device for kernels' own text: g++ compiles it with ``shim.h``, arrays are NumPy's."""

from __future__ import annotations

import ctypes
import hashlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from flowgraph.backends.cuda import Launch, Operand, Scratch, Stream, source

COMPILER = shutil.which("g++") or shutil.which("clang++")
_SHIM = Path(__file__).with_name("shim.h")
_KINDS = {"int32": "i", "int64": "l", "float32": "f", "float64": "d"}
_MARGIN = 256
"""Bytes on either side of an array that no kernel may change."""


class Device:
    """Runs launches whose functions have been compiled together.

    Parameters
    ----------
    work : iterable
        All launches that will be run; other items are left out.
    """

    def __init__(self, work: Iterable[Any]) -> None:
        items = [item for item in work if isinstance(item, Launch)]
        names = dict.fromkeys(item.function for item in items)
        entries = "\n".join(f"FG_ENTRY({name})" for name in names)
        body = source(items)
        opened = "".join(
            f"using namespace {name};\n" for name in re.findall(r"namespace (\w+)", body)
        )
        text = f'#include "{_SHIM}"\n{body}\n{opened}{entries}\n'
        folder = Path(tempfile.mkdtemp(prefix="flowgraph-shim-"))
        try:
            file = folder / f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.cpp"
            file.write_text(text)
            library = file.with_suffix(".so")
            command = [str(COMPILER), "-std=c++17", "-O1", "-ffp-contract=off", "-fPIC", "-shared"]
            command += ["-w", "-U_FORTIFY_SOURCE", "-o", str(library), str(file)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert not done.returncode, done.stderr[:4000]
            self._library = ctypes.CDLL(str(library))
        finally:
            shutil.rmtree(folder)

    def run(self, work: Sequence[Any], arrays: dict[int, Any], streams: Any = None) -> None:
        """Make launches.

        Parameters
        ----------
        work : sequence of Launch
        arrays : dict
            The array of each operand, by the operand's ``id``; changed in place.
        streams : uint64 array, optional
            The state of the random op.
        """
        held: dict[int, Guarded] = {i: Guarded(array) for i, array in arrays.items()}
        for item in work:
            for argument in item.arguments:
                if isinstance(argument, Scratch) and id(argument) not in held:
                    memory = np.empty(argument.shape, argument.dtype)
                    memory.view(np.uint8)[...] = 0xAB  # what it holds must not matter
                    held[id(argument)] = Guarded(memory)
                elif isinstance(argument, Stream) and id(argument) not in held:
                    held[id(argument)] = Guarded(streams)
        for item in work:
            self._launch(item, held)
        for i, array in arrays.items():
            array[...] = held[i].array
            held[i].check()
        for item in work:
            for argument in item.arguments:
                if isinstance(argument, Stream):
                    streams[...] = held[id(argument)].array
                elif isinstance(argument, Scratch):
                    held[id(argument)].check()

    def _launch(self, item: Launch, held: dict[int, Guarded]) -> None:
        kinds = ctypes.create_string_buffer(len(item.arguments) + 64)
        getattr(self._library, f"kinds_{item.function}")(kinds)
        pointers: list[Any] = []
        given = ""
        for argument in item.arguments:
            if isinstance(argument, Operand | Stream):
                given += "p"
                pointers.append(ctypes.c_void_p(held[id(argument)].array.ctypes.data))
            else:
                given += _KINDS[argument.dtype.name]
                pointers.append(np.ctypeslib.as_ctypes(np.array(argument)))
        assert given == kinds.value.decode(), (item.function, given, kinds.value)
        assert all(0 < n < 2**31 for n in item.grid), item.grid
        assert max(item.grid[1:]) <= 65535, item.grid
        assert 0 < np.prod(item.block) <= 1024, item.block
        sizes = (ctypes.c_uint * 6)(*item.grid, *item.block)
        addresses = (ctypes.c_void_p * len(pointers))(*[ctypes.addressof(p) for p in pointers])
        waits = any(word in item.text for word in ("reduce", "__sync", "__shfl", "__ballot"))
        getattr(self._library, f"run_{item.function}")(sizes, waits, addresses)


class Guarded:
    """A copy of an array, with memory around it that must not change."""

    def __init__(self, array: Any) -> None:
        self._bytes = np.full(array.nbytes + 3 * _MARGIN, 0x5A, np.uint8)
        start = -self._bytes.ctypes.data % _MARGIN + _MARGIN
        self._before = self._bytes[:start]
        self._after = self._bytes[start + array.nbytes :]
        inside = self._bytes[start : start + array.nbytes]
        self.array = inside.view(array.dtype).reshape(array.shape)
        self.array[...] = array

    def check(self) -> None:
        """Raise if a kernel has written outside."""
        assert (self._before == 0x5A).all()
        assert (self._after == 0x5A).all()
