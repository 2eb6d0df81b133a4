"""The machine's C compiler, and a cache of what it has made."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_FLAGS = (
    "-std=gnu11", "-O3", "-march=native", "-ffp-contract=fast", "-fno-math-errno",
    "-fno-trapping-math", "-fPIC", "-pthread",
    # GCC turns two special cases in a row into jumps, of which it makes no vectors.
    "-fno-tree-pre",
    # Compilers halve the vectors where AVX-512 once lowered the clock.
    *(["-mprefer-vector-width=512"] if platform.machine() in ("x86_64", "AMD64") else []),
)  # fmt: skip


class CompilerError(Exception):
    """There is no compiler, or it refuses."""


@functools.cache
def compiler() -> tuple[str, ...]:
    """Return the command that compiles C.

    That is what ``FLOWGRAPH_CC`` says, else ``cc``, ``gcc`` or ``clang``, else the one in the
    wheel ``ziglang``.

    Raises
    ------
    CompilerError
        If there is none.
    """
    named = os.environ.get("FLOWGRAPH_CC")
    if named:
        return tuple(shlex.split(named))
    if sys.platform != "win32":  # the kernels use POSIX threads
        for name in ("cc", "gcc", "clang"):
            path = shutil.which(name)
            if path:
                return (path,)
        if importlib.util.find_spec("ziglang") is not None:
            return (sys.executable, "-m", "ziglang", "cc")
    raise CompilerError("no C compiler: install one, or pip install 'flowgraph[native]'")


def cache() -> Path:
    """Return the directory of compiled code, which nobody else may write to.

    It is ``FLOWGRAPH_CACHE``, or ``flowgraph`` in the user's cache directory.

    Raises
    ------
    CompilerError
        If the directory belongs to somebody else, or cannot be made.
    """
    named = os.environ.get("FLOWGRAPH_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    path = Path(named) if named else Path(base) / "flowgraph"
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.stat().st_uid != os.getuid():
            raise CompilerError(f"{path} belongs to another user")
        path.chmod(0o700)
    except OSError as error:
        raise CompilerError(f"no place for compiled code: {error}") from error
    return path


@functools.cache
def _machine() -> bytes:
    """Return what decides which instructions the compiler may use, and which compiler it is."""
    lines = [platform.machine(), platform.platform()]
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        known = ("flags", "Features", "model name")
        text = cpuinfo.read_text(encoding="utf-8", errors="replace")
        lines += sorted({line for line in text.splitlines() if line.startswith(known)})
    return "\n".join([*lines, *compiler(), *_FLAGS, _run("--version")]).encode()


def _run(*arguments: str) -> str:
    """Run the compiler and return what it prints."""
    command = [*compiler(), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise CompilerError(f"{command[0]}: {error}") from error
    if done.returncode:
        raise CompilerError(f"{shlex.join(compiler())} failed:\n{done.stderr}")
    return done.stdout


def is_built(files: Sequence[Path], text: str = "", flags: Sequence[str] = ()) -> bool:
    """Whether `build` would find its result in the cache."""
    try:
        return _target(files, text, flags).exists()
    except CompilerError:
        return False


def _target(files: Sequence[Path], text: str, flags: Sequence[str]) -> Path:
    digest = hashlib.sha256(_machine() + " ".join(flags).encode())
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    digest.update(text.encode())
    return cache() / f"{digest.hexdigest()[:40]}.so"


def build(files: Sequence[Path], text: str = "", flags: Sequence[str] = ()) -> Path:
    """Compile C files, and text that may include the headers among them, to a shared library.

    Parameters
    ----------
    files : sequence of Path
    text : str
    flags : sequence of str
        For the compiler, beside those for all code.

    Raises
    ------
    CompilerError
        If there is no compiler, or with what it said.
    """
    target = _target(files, text, flags)
    if target.exists():
        return target
    with tempfile.TemporaryDirectory(dir=target.parent) as directory:
        made = Path(directory) / "made.so"
        sources = [str(file) for file in files if file.suffix == ".c"]
        if text:
            own = Path(directory) / "own.c"
            own.write_text(text, encoding="utf-8")
            sources.append(str(own))
        folders = [f"-I{folder}" for folder in dict.fromkeys(str(f.parent) for f in files)]
        objects = [f"{directory}/{number}.o" for number in range(len(sources))]
        with ThreadPoolExecutor(os.cpu_count()) as pool:  # compilers, side by side
            jobs = zip(sources, objects, strict=True)
            options = (*_FLAGS, *flags, *folders)
            list(pool.map(lambda job: _run(*options, "-c", job[0], "-o", job[1]), jobs))
        _run(*_FLAGS, "-shared", *objects, "-o", str(made), "-lm")
        made.replace(target)
    return target
