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

from flowgraph.backends.cuda import Launch, Operand, Part, Scratch, Stream, source
from flowgraph.backends.cuda.products import Product

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
        for argument in (a for item in work for a in pointers(item)):
            whole = argument.operand if isinstance(argument, Part) else argument
            if id(whole) in held:
                continue
            if isinstance(whole, Scratch):
                memory = np.empty(whole.shape, whole.dtype)
                memory.view(np.uint8)[...] = 0xAB  # what it holds must not matter
                held[id(whole)] = Guarded(memory)
            elif isinstance(whole, Stream):
                held[id(whole)] = self._stream = Guarded(streams)
        for item in work:
            if isinstance(item, Product):
                multiply(item, held)
            else:
                self._launch(item, held)
        for i, array in arrays.items():
            array[...] = held[i].array
        for memory in held.values():
            memory.check()
        if streams is not None:
            streams[...] = self._stream.array

    def _launch(self, item: Launch, held: dict[int, Guarded]) -> None:
        kinds = ctypes.create_string_buffer(len(item.arguments) + 64)
        getattr(self._library, f"kinds_{item.function}")(kinds)
        values: list[Any] = []
        given = ""
        for argument in item.arguments:
            if isinstance(argument, Operand | Part | Stream):
                given += "p"
                values.append(ctypes.c_void_p(address(argument, held)))
            else:
                given += _KINDS[argument.dtype.name]
                values.append(np.ctypeslib.as_ctypes(np.array(argument)))
        assert given == kinds.value.decode(), (item.function, given, kinds.value)
        assert all(0 < n < 2**31 for n in item.grid), item.grid
        assert max(item.grid[1:]) <= 65535, item.grid
        assert 0 < np.prod(item.block) <= 1024, item.block
        sizes = (ctypes.c_uint * 6)(*item.grid, *item.block)
        addresses = (ctypes.c_void_p * len(values))(*[ctypes.addressof(v) for v in values])
        waits = any(word in item.text for word in ("reduce", "__sync", "__shfl", "__ballot"))
        getattr(self._library, f"run_{item.function}")(sizes, waits, addresses)


def pointers(item: Launch | Product) -> list[Any]:
    """Return the arguments that are memory."""
    given = item.operands if isinstance(item, Product) else item.arguments
    return [a for a in given if isinstance(a, Operand | Part | Stream)]


def address(argument: Operand | Part | Stream, held: dict[int, Guarded]) -> int:
    """Return where an argument lies."""
    if isinstance(argument, Part):
        return address(argument.operand, held) + argument.offset
    return int(held[id(argument)].array.ctypes.data)


def multiply(product: Product, held: dict[int, Guarded]) -> None:
    """Do what cuBLASLt is asked for."""

    def matrices(argument: Any, rows: int, columns: int, step: int) -> Any:
        whole = argument.operand if isinstance(argument, Part) else argument
        flat = held[id(whole)].array.reshape(-1)
        if isinstance(argument, Part):
            assert argument.offset % whole.dtype.itemsize == 0
            flat = flat[argument.offset // whole.dtype.itemsize :]
        assert flat.size >= (product.batch - 1) * step + rows * columns
        strides = [n * flat.itemsize for n in (step, columns, 1)]
        return np.lib.stride_tricks.as_strided(flat, (product.batch, rows, columns), strides)

    m, n, k = product.m, product.n, product.k
    a_shape = (k, m) if product.transpose_a else (m, k)
    b_shape = (n, k) if product.transpose_b else (k, n)
    a = matrices(product.a, *a_shape, product.steps[0])
    b = matrices(product.b, *b_shape, product.steps[1])
    c = matrices(product.c, m, n, product.steps[2])
    assert {a.dtype.name, b.dtype.name, c.dtype.name} == {product.dtype}
    kind = np.float64 if product.dtype == "float64" else np.float32
    a = (a.swapaxes(1, 2) if product.transpose_a else a).astype(kind)
    b = (b.swapaxes(1, 2) if product.transpose_b else b).astype(kind)
    value = a @ b + (c.astype(kind) if product.adds else 0)
    if product.bias is not None:
        value = value + held[id(product.bias)].array.reshape(-1).astype(kind)
    c[...] = np.maximum(value, 0) if product.has_relu else value


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
