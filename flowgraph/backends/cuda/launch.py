"""Launches: a function of a module, its grid, and what it is called with."""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np

from flowgraph.backends.emit.cuda import THREADS, TYPES, WIDTH
from flowgraph.dtypes import Array

OPTIONS = ("--std=c++17",)
"""How NVRTC is to compile."""

_WARP_ROW = 1024
"""Rows of at most so many elements are served by a warp each."""

_DETERMINISTIC = ("TF_CUDNN_DETERMINISTIC", "TF_DETERMINISTIC_OPS")

FLOATS = frozenset(("float32", "float64", "float16", "bfloat16"))
"""The dtypes of numbers with a fraction that kernels are made for."""


class Operand:
    """Device memory in C order that a step reads or writes.

    Parameters
    ----------
    shape : tuple of int
    dtype : numpy.dtype
    value : array, optional
        What a host input holds, if that is known beforehand.
    alignment : int
        How many bytes divide the address, as far as that is known.
    """

    __slots__ = ("alignment", "dtype", "shape", "value")

    def __init__(
        self, shape: tuple[int, ...], dtype: Any, value: Array | None = None, alignment: int = 1
    ) -> None:
        self.shape = shape
        self.dtype = np.dtype(dtype)
        self.value = value
        self.alignment = alignment

    @property
    def size(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)

    def is_wide(self) -> bool:
        """Whether four elements can be loaded at once."""
        return bool(self.alignment % min(16, WIDTH * self.dtype.itemsize) == 0)


class Scratch(Operand):
    """Device memory that a step uses as it likes. It is aligned as every allocation is."""

    __slots__ = ()

    def __init__(self, shape: int | tuple[int, ...], dtype: Any) -> None:
        super().__init__(shape if isinstance(shape, tuple) else (shape,), dtype, alignment=256)

    @property
    def nbytes(self) -> int:
        """The size in bytes."""
        return int(self.size * self.dtype.itemsize)


@dataclass(frozen=True)
class Part:
    """The memory of an operand from some byte on."""

    operand: Operand
    offset: int


class Stream:
    """The state of a random op: three uint64 on the device, which its kernels advance."""

    __slots__ = ()


@dataclass(frozen=True)
class Target:
    """What the kernels are made for.

    Attributes
    ----------
    processors : int
        Multiprocessors of the device: how many blocks are worth starting.
    has_cudnn : bool
        Whether convolutions may be left to cuDNN.
    """

    processors: int = 80
    has_cudnn: bool = False


def allows_tf32() -> bool:
    """Return whether ``FLOWGRAPH_TF32`` is ``1``: the one option for products and convolutions.

    Then NVIDIA's libraries may round the factors of float32 to TF32 (10 bits of fraction) in the
    plans that sessions bind from now on. TensorFlow 1 never did, and nor does ``0``, the default.

    Raises
    ------
    ValueError
        If it is something else.
    """
    given = os.environ.get("FLOWGRAPH_TF32", "0")
    if given not in ("0", "1"):
        raise ValueError(f"FLOWGRAPH_TF32 must be 0 or 1, not {given!r}")
    return given == "1"


def wants_determinism() -> bool:
    """Return whether ``TF_CUDNN_DETERMINISTIC`` or ``TF_DETERMINISTIC_OPS`` is ``1`` or ``true``.

    The first is TensorFlow 1.15's variable, the second that of NVIDIA's builds of it. Then cuDNN
    adds up in a fixed order in the plans that sessions bind from now on; our own kernels always do.

    Raises
    ------
    ValueError
        If one of them is no truth value.
    """
    by_environment = [_truth(name, "0") for name in _DETERMINISTIC]  # each is looked at
    return any(by_environment)


def tries_algorithms() -> bool:
    """Return whether ``TF_CUDNN_USE_AUTOTUNE`` is ``1`` or ``true``, as it is by default.

    Then several of cuDNN's algorithms for a convolution are timed, and the fastest is taken; else
    the one that cuDNN expects to be the fastest.

    Raises
    ------
    ValueError
        If it is no truth value.
    """
    return _truth("TF_CUDNN_USE_AUTOTUNE", "1")


def _truth(name: str, default: str) -> bool:
    given = os.environ.get(name, default)
    if given.lower() not in ("0", "1", "false", "true"):
        raise ValueError(f"{name} must be 0, 1, false or true, not {given!r}")
    return given.lower() in ("1", "true")


@dataclass(frozen=True)
class Launch:
    """One call of a function on the device.

    Attributes
    ----------
    function : str
        Its name, without C++'s decoration.
    text : str
        The source it stands in, beside others perhaps.
    grid, block : tuple of int
        Blocks, and threads of each.
    arguments : tuple
        An `Operand`, `Scratch`, `Part` or `Stream` for a pointer; a NumPy scalar for a number.
    """

    function: str
    text: str
    grid: tuple[int, int, int]
    block: tuple[int, int, int]
    arguments: tuple[Any, ...]


def source(work: Iterable[Any]) -> str:
    """Return the text of one module with the functions of all launches in `work`."""
    texts = dict.fromkeys(item.text for item in work if isinstance(item, Launch))
    return "\n".join([read("dialect.cuh"), *texts])


@functools.cache
def read(name: str) -> str:
    """Return the text of a file of kernels."""
    return files("flowgraph.backends.cuda").joinpath("c", name).read_text(encoding="utf-8")


@functools.cache
def family(name: str, dtype: str) -> str:
    """Return the kernels of a file for one dtype; each is called ``<kernel>_<dtype>``.

    In the file ``T`` is what is stored, ``A`` what is computed with, ``KERNEL`` begins a kernel.
    """
    stored, computed = TYPES[dtype]
    return (
        f"namespace {name}_of_{dtype} {{\n"
        f"typedef {stored} T;\n"
        f"typedef {computed} A;\n"
        f'#define KERNEL(name) extern "C" __global__ void __launch_bounds__(1024) name##_{dtype}\n'
        f"{read(f'{name}.cu')}\n"
        "#undef KERNEL\n"
        f"}}  // namespace\n"
    )


def launch(
    file: str,
    kernel: str,
    dtype: Any,
    blocks: int | tuple[int, ...],
    *arguments: Any,
    threads: int | tuple[int, ...] = THREADS,
) -> Launch:
    """Return the launch of a kernel of a file.

    Parameters
    ----------
    file, kernel : str
    dtype : numpy.dtype
        What the file's ``T`` is.
    blocks, threads : int or tuple of int
        The grid, and the threads of a block.
    *arguments
        Python's integers become ``long long``, its real numbers ``double``, truths ``int``.
    """
    name = np.dtype(dtype).name
    return Launch(
        f"{kernel}_{name}", family(file, name), _three(blocks), _three(threads),
        tuple([scalar(argument) for argument in arguments]),
    )  # fmt: skip


def scalar(value: Any) -> Any:
    """Return a number as NumPy's scalar of the type that a kernel takes; others as they are."""
    if isinstance(value, bool | np.bool_):
        return np.int32(value)
    if isinstance(value, int):
        return np.int64(value)
    return np.float64(value) if type(value) is float else value


def _three(sizes: int | tuple[int, ...]) -> tuple[int, int, int]:
    given = sizes if isinstance(sizes, tuple) else (sizes,)
    x, y, z = (*given, 1, 1, 1)[:3]
    return x, y, z


def over(count: int, threads: int = THREADS) -> int:
    """Return the number of blocks for a thread per element."""
    return -(-count // threads)


def teams(rows: int, length: int) -> tuple[int, tuple[int, int]]:
    """Return blocks and threads for rows: a warp for each short one, a block for each long one."""
    return (over(rows, 8), (32, 8)) if length <= _WARP_ROW else (rows, (THREADS, 1))
