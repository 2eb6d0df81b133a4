"""What a library costs before it does anything: to import it, and on the disk."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benches.case import Case, Work

PEAK = "print(next(s.split()[1] for s in open('/proc/self/status') if s.startswith('VmHWM')))"


class Import(Case):
    """The library imported by a new process, the interpreter's start included."""

    name = "import_time"
    imports = False
    code = "pass"

    def tf1(self, library: Any) -> Work:
        command = [sys.executable, "-c", f"import {library.module}\n{self.code}"]

        def run() -> float:
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            return self.value(done.stdout)

        return Work(run)

    torch = jax = numpy = tf1

    def value(self, printed: str) -> float:
        return 0.0


class ImportMemory(Import):
    """The most memory of a process that imports the library."""

    name = "import_memory"
    unit = "MB"
    code = PEAK

    def value(self, printed: str) -> float:
        return int(printed.split()[-1]) * 1024 / 1e6


class InstalledSize(Case):
    """All files of the library and of what it requires."""

    name = "installed_size"
    unit = "MB"
    imports = False

    def tf1(self, library: Any) -> Work:
        return Work(lambda: installed_bytes(library) / 1e6)

    torch = jax = numpy = tf1


def installed_bytes(library: Any) -> int:
    """Return the size of a library, whether it is installed or runs from its source."""
    names = [library.distribution, f"{library.distribution}-cpu"]
    for name in names:
        if _distribution(name) is not None:
            return _distributions_bytes([name])
    module = importlib.util.find_spec(library.module)
    if module is None or module.origin is None:
        raise ModuleNotFoundError(library.module)
    source = Path(module.origin).parent
    files = (file for file in source.rglob("*") if file.is_file() and file.suffix != ".pyc")
    project = tomllib.loads((source.parent / "pyproject.toml").read_text())["project"]
    own = sum(file.stat().st_size for file in files)
    return own + _distributions_bytes(_names(project["dependencies"]))


def _distributions_bytes(wanted: Iterable[str]) -> int:
    """Return the size of distributions and of all that they require."""
    left, seen, total = list(wanted), set(), 0
    while left:
        found = _distribution(left.pop())
        if found is None or found.name in seen:
            continue
        seen.add(found.name)
        paths = [Path(str(file.locate())) for file in found.files or ()]
        total += sum(path.stat().st_size for path in paths if path.is_file())
        left += _names(found.requires or ())
    return total


def _distribution(name: str) -> importlib.metadata.Distribution | None:
    try:
        return importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _names(requirements: Iterable[str]) -> list[str]:
    """Return the names in requirements, without those of extras."""
    plain = [text for text in requirements if "extra ==" not in text]
    return [re.split(r"[^\w.-]", text, maxsplit=1)[0] for text in plain]


CASES = [Import(), ImportMemory(), InstalledSize()]
