"""The libraries beside each other: which they are, and which interpreter has them."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

DISTURBING = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
"""Settings for old versions of OpenBLAS, which make current ones slow."""


@dataclass(frozen=True)
class Library:
    """A column of the table: a library, or one tier of it."""

    name: str
    kind: str
    """The method of a case that is for it."""
    module: str
    distribution: str
    """What it is installed as."""
    settings: dict[str, str] = field(default_factory=dict)
    """Its environment variables."""

    def load(self) -> Any:
        """Return the imported library, as cases want it."""
        found = importlib.import_module(self.module)
        if self.name == "tensorflow":
            found.disable_v2_behavior()
        return found

    def environment(self) -> dict[str, str]:
        """Return the environment of its process."""
        kept = {name: value for name, value in os.environ.items() if name not in DISTURBING}
        return kept | self.settings


NATIVE = Library("native", "tf1", "flowgraph", "flowgraph", {"FLOWGRAPH_NATIVE": "wait"})
PLANNED = Library("planned", "tf1", "flowgraph", "flowgraph", {"FLOWGRAPH_NATIVE": "off"})
TENSORFLOW = Library(
    "tensorflow", "tf1", "tensorflow.compat.v1", "tensorflow", {"TF_CPP_MIN_LOG_LEVEL": "3"}
)
TORCH = Library("torch", "torch", "torch", "torch")
JAX = Library("jax", "jax", "jax", "jax", {"JAX_PLATFORMS": "cpu"})
NUMPY = Library("numpy", "numpy", "numpy", "numpy")

LIBRARIES = {each.name: each for each in (NATIVE, PLANNED, TENSORFLOW, TORCH, JAX, NUMPY)}
TIERS = (NATIVE.name, PLANNED.name)
PEERS = tuple(name for name in LIBRARIES if name not in TIERS)


def interpreters(options: Sequence[str], environment: Mapping[str, str]) -> dict[str, str]:
    """Return the Python interpreter of each library.

    That is what an option ``LIBRARY=PATH`` says, else the environment variable
    ``BENCHES_PYTHON_LIBRARY``, else the interpreter that runs this. ``flowgraph`` stands for both
    of its tiers.

    Raises
    ------
    ValueError
        If an option has another form or names no library.
    """
    found = dict.fromkeys(LIBRARIES, sys.executable)
    for name in LIBRARIES:
        found[name] = environment.get(f"BENCHES_PYTHON_{name.upper()}", found[name])
    for option in options:
        name, equals, path = option.partition("=")
        names = TIERS if name == "flowgraph" else (name,)
        if not equals or not path or not set(names) <= set(LIBRARIES):
            raise ValueError(
                f"--python {option}: must be LIBRARY=PATH, "
                f"where LIBRARY is flowgraph or one of {', '.join(LIBRARIES)}"
            )
        found.update(dict.fromkeys(names, path))
    return found
