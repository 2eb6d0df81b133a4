"""Products of matrices by cuBLASLt, through ctypes: it may be captured, CuPy's own calls may not.

Written against NVIDIA's headers and checked with a stand-in for the library; its descriptions of
products have been made by the library itself. **Never run on a GPU**.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flowgraph.backends.cuda.launch import Operand, Part
from flowgraph.backends.cuda.products import Product
from flowgraph.errors import InternalError

WORKSPACE = 32 << 20
"""Bytes of device memory that every run may use; all plans may share it."""

_REAL_TYPES = {"float32": 0, "float64": 1, "float16": 2, "bfloat16": 14}  # cudaDataType
_COMPUTE_32F, _COMPUTE_64F, _COMPUTE_TF32 = 68, 70, 77  # cublasComputeType_t
_TRANSPOSE_A, _TRANSPOSE_B, _EPILOGUE, _BIAS = 3, 4, 7, 8  # cublasLtMatmulDescAttributes_t
_BATCH_COUNT, _BATCH_STEP = 5, 6  # cublasLtMatrixLayoutAttribute_t
_MOST_WORKSPACE, _ALIGNMENT_A = 1, 5  # cublasLtMatmulPreferenceAttributes_t; B, C, D follow A
_RELU_BIT, _BIAS_BIT, _NO_EPILOGUE = 2, 4, 1  # cublasLtEpilogue_t
_FOUND = 8
"""Algorithms that the heuristics are asked for; the first that can run is taken."""


class Heuristic(ctypes.Structure):
    """``cublasLtMatmulHeuristicResult_t``."""

    _fields_ = [
        ("algorithm", ctypes.c_uint64 * 8),
        ("workspace", ctypes.c_size_t),
        ("status", ctypes.c_int),
        ("waves", ctypes.c_float),
        ("reserved", ctypes.c_int * 4),
    ]


def found(major: int) -> Iterator[ctypes.CDLL]:
    """Yield the library of a major version of CUDA: the system's, a wheel's, a toolkit's."""
    name = f"libcublasLt.so.{major}"
    for path in (name, *_installed(name)):
        with contextlib.suppress(OSError):
            yield ctypes.CDLL(path)


def _installed(name: str) -> Iterator[str]:
    for folder in sys.path:
        yield from (str(path) for path in sorted(Path(folder).glob(f"nvidia/*/lib/{name}")))
    for variable in ("CUDA_PATH", "CUDA_HOME"):
        toolkit = os.environ.get(variable)
        if toolkit:
            yield str(Path(toolkit) / "lib64" / name)
    yield f"/usr/local/cuda/lib64/{name}"


@dataclass(frozen=True)
class _Key:
    """What a plan depends on: not on addresses, but on what divides them."""

    dtype: str
    sizes: tuple[int, ...]
    transposes: tuple[bool, bool]
    steps: tuple[int, int, int]
    alignments: tuple[int, int, int]
    bias_alignment: int  # 0 without a bias
    has_relu: bool
    tf32: bool


class Library:
    """cuBLASLt on the current device, and the plans made so far.

    Parameters
    ----------
    library : ctypes.CDLL
        One that `found` gave.

    Raises
    ------
    InternalError
        If it does not run here.
    """

    def __init__(self, library: Any) -> None:
        self._library = library
        self._plans: dict[_Key, Plan | None] = {}
        self._handle = ctypes.c_void_p()
        self.call("cublasLtCreate", ctypes.byref(self._handle))

    def product(self, product: Product, tf32: bool = False) -> Plan | None:
        """Return the plan of a product; ``None`` if the library knows no algorithm for it.

        The heuristics are asked here, which must not be while a stream is captured. With `tf32` the
        factors of float32 may be rounded: see `launch.allows_tf32`.
        """
        key = _Key(
            product.dtype, (product.m, product.n, product.k, product.batch),
            (product.transpose_a, product.transpose_b), product.steps,
            (_alignment(product.a), _alignment(product.b), _alignment(product.c)),
            0 if product.bias is None else _alignment(product.bias), product.has_relu,
            tf32 and product.dtype == "float32",
        )  # fmt: skip
        if key not in self._plans:
            self._plans[key] = self._plan(key)
        return self._plans[key]

    def call(self, name: str, *arguments: Any) -> None:
        """Call a function of the library.

        Raises
        ------
        InternalError
            If it does not succeed.
        """
        status = getattr(self._library, name)(*arguments)
        if status:
            raise InternalError(None, None, f"{name} failed with status {status}")

    @property
    def handle(self) -> ctypes.c_void_p:
        """``cublasLtHandle_t``."""
        return self._handle

    def _plan(self, key: _Key) -> Plan | None:
        """Describe a product in columns: what is ``c = a b`` in rows is ``c' = b' a'`` there."""
        m, n, k, batch = key.sizes
        transpose_a, transpose_b = key.transposes
        real = _REAL_TYPES[key.dtype]
        is_double = key.dtype == "float64"
        compute = _COMPUTE_64F if is_double else _COMPUTE_32F
        if key.tf32:
            compute = _COMPUTE_TF32
        scale = _REAL_TYPES["float64" if is_double else "float32"]
        description = ctypes.c_void_p()
        self.call("cublasLtMatmulDescCreate", ctypes.byref(description), compute, scale)
        epilogue = (_RELU_BIT if key.has_relu else 0) | (_BIAS_BIT if key.bias_alignment else 0)
        attributes = [
            (_TRANSPOSE_A, ctypes.c_int32(transpose_b)),
            (_TRANSPOSE_B, ctypes.c_int32(transpose_a)),
            (_EPILOGUE, ctypes.c_uint32(epilogue or _NO_EPILOGUE)),
        ]
        if key.bias_alignment:  # an address that nothing reads, but whose alignment counts
            attributes.append((_BIAS, ctypes.c_uint64(key.bias_alignment)))
        for attribute, value in attributes:
            self._set("cublasLtMatmulDescSetAttribute", description, attribute, value)
        to_a, to_b, to_c = key.steps
        # As columns, b is [n, k] and a [k, m]; held transposed, [k, n] and [m, k].
        first = self._layout(real, *((k, n) if transpose_b else (n, k)), batch, to_b)
        second = self._layout(real, *((m, k) if transpose_a else (k, m)), batch, to_a)
        result = self._layout(real, n, m, batch, to_c)
        found = self._heuristic(description, first, second, result, key.alignments)
        if found is None:
            return None
        return Plan(self, description, (first, second, result), found, is_double)

    def _layout(self, real: int, rows: int, columns: int, batch: int, step: int) -> ctypes.c_void_p:
        layout = ctypes.c_void_p()
        self.call(
            "cublasLtMatrixLayoutCreate", ctypes.byref(layout), real, ctypes.c_uint64(rows),
            ctypes.c_uint64(columns), ctypes.c_int64(rows),
        )  # fmt: skip
        if batch > 1:
            name = "cublasLtMatrixLayoutSetAttribute"
            self._set(name, layout, _BATCH_COUNT, ctypes.c_int32(batch))
            self._set(name, layout, _BATCH_STEP, ctypes.c_int64(step))
        return layout

    def _heuristic(
        self, description: Any, first: Any, second: Any, result: Any,
        alignments: tuple[int, int, int],
    ) -> Heuristic | None:  # fmt: skip
        preference = ctypes.c_void_p()
        self.call("cublasLtMatmulPreferenceCreate", ctypes.byref(preference))
        to_a, to_b, to_c = alignments
        name = "cublasLtMatmulPreferenceSetAttribute"
        self._set(name, preference, _MOST_WORKSPACE, ctypes.c_uint64(WORKSPACE))
        for i, alignment in enumerate((to_b, to_a, to_c, to_c)):
            self._set(name, preference, _ALIGNMENT_A + i, ctypes.c_uint32(alignment))
        found, count = (Heuristic * _FOUND)(), ctypes.c_int()
        status = self._library.cublasLtMatmulAlgoGetHeuristic(
            self._handle, description, first, second, result, result, preference, _FOUND, found,
            ctypes.byref(count),
        )  # fmt: skip
        self.call("cublasLtMatmulPreferenceDestroy", preference)
        usable = [each for each in found[: count.value] if not each.status]
        return None if status or not usable else usable[0]

    def _set(self, name: str, target: Any, attribute: int, value: Any) -> None:
        size = ctypes.c_size_t(ctypes.sizeof(value))
        self.call(name, target, attribute, ctypes.byref(value), size)


class Plan:
    """A product whose algorithm is chosen. One call at a time.

    Attributes
    ----------
    workspace : int
        The bytes that it needs; at most `WORKSPACE`.
    """

    def __init__(
        self, library: Library, description: Any, layouts: tuple[Any, Any, Any],
        found: Heuristic, is_double: bool,
    ) -> None:  # fmt: skip
        self._library = library
        self._description = description
        self._layouts = layouts
        self._algorithm = found.algorithm
        self.workspace = int(found.workspace)
        number = ctypes.c_double if is_double else ctypes.c_float
        self._one, self._zero = number(1), number(0)

    def run(
        self, a: int, b: int, c: int, workspace: int, stream: int, bias: int = 0, adds: bool = False
    ) -> None:
        """Start the product on a stream.

        Parameters
        ----------
        a, b, c, bias : int
            Addresses of the matrices, in rows, and of the bias if the product has one.
        workspace : int
            The address of as many bytes as `workspace` says.
        stream : int
            ``cudaStream_t``. It may be captured.
        adds : bool
            Whether to add to what c holds.
        """
        call = self._library.call
        if bias:
            address = ctypes.c_uint64(bias)
            call(
                "cublasLtMatmulDescSetAttribute", self._description, _BIAS, ctypes.byref(address),
                ctypes.c_size_t(8),
            )  # fmt: skip
        first, second, result = self._layouts
        pointer = ctypes.c_void_p
        call(
            "cublasLtMatmul", self._library.handle, self._description, ctypes.byref(self._one),
            pointer(b), first, pointer(a), second,
            ctypes.byref(self._one if adds else self._zero), pointer(c), result, pointer(c), result,
            ctypes.byref(self._algorithm), pointer(workspace), ctypes.c_size_t(self.workspace),
            pointer(stream),
        )  # fmt: skip


def _alignment(operand: Operand | Part) -> int:
    """Return a power of two that divides the address: at least that of an element."""
    whole = operand.operand if isinstance(operand, Part) else operand
    known = max(whole.alignment, whole.dtype.itemsize)
    offset = operand.offset if isinstance(operand, Part) else 0
    alignment = 256
    while known % alignment or offset % alignment:
        alignment //= 2
    return alignment
