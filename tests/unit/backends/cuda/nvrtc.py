"""NVIDIA's run-time compiler, which needs no GPU: source to machine code."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def find() -> Path | None:
    """Return the library of the wheels ``nvidia-cuda-nvrtc`` or ``nvidia-cuda-nvrtc-cu12``."""
    for folder in sys.path:
        found = sorted(Path(folder).glob("nvidia/*/lib/libnvrtc.so.*"))
        if found:
            return found[0]
    return None


def compile_to_cubin(
    library: Path, text: str, architecture: str, options: Iterable[str] = ()
) -> bytes:
    """Compile a module; raise ``AssertionError`` with the compiler's words if it cannot be.

    Parameters
    ----------
    library : Path
        What `find` gave.
    text : str
    architecture : str
        Such as ``"sm_90"``.
    options : iterable of str
    """
    nvrtc = ctypes.CDLL(str(library))
    program = ctypes.c_void_p()
    _check(
        nvrtc.nvrtcCreateProgram(
            ctypes.byref(program), text.encode(), b"plan.cu", 0, None, None
        )
    )  # fmt: skip
    try:
        given = [f"--gpu-architecture={architecture}", *options]
        encoded = (ctypes.c_char_p * len(given))(*[option.encode() for option in given])
        status = nvrtc.nvrtcCompileProgram(program, len(given), encoded)
        assert not status, _text(nvrtc, program, "ProgramLog")[:6000]
        return _bytes(nvrtc, program, "CUBIN")
    finally:
        nvrtc.nvrtcDestroyProgram(ctypes.byref(program))


def _check(status: int) -> None:
    assert not status, f"NVRTC gave error {status}"


def _bytes(nvrtc: Any, program: ctypes.c_void_p, what: str) -> bytes:
    size = ctypes.c_size_t()
    _check(getattr(nvrtc, f"nvrtcGet{what}Size")(program, ctypes.byref(size)))
    buffer = ctypes.create_string_buffer(size.value)
    _check(getattr(nvrtc, f"nvrtcGet{what}")(program, buffer))
    return buffer.raw


def _text(nvrtc: Any, program: ctypes.c_void_p, what: str) -> str:
    return _bytes(nvrtc, program, what).rstrip(b"\0").decode(errors="replace")
