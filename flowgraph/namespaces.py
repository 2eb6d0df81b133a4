"""Namespaces: what their names stand for is loaded when it is first asked for.

A namespace is a module without code. The stub beside it, which type checkers and editors read,
imports what it exports; `lazy` carries such an import out when its name is used (PEP 562).
"""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Missing = Callable[[str], Any]


def lazy(
    namespace: str, file: str, missing: Missing | None = None
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return the ``__getattr__``, ``__dir__`` and ``__all__`` of a module that has a stub.

    Parameters
    ----------
    namespace, file : str
        The module's ``__name__`` and ``__file__``.
    missing : callable, optional
        What to do with a name that the stub does not import, instead of an ``AttributeError``.
    """
    module = sys.modules[namespace]
    imports = {
        alias.asname or alias.name: (node.module or "", alias.name)
        for node in ast.parse(Path(file).with_suffix(".pyi").read_text()).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }

    def load(name: str) -> Any:
        if name not in imports:
            if missing is not None:
                return missing(name)
            text = f"module {namespace!r} has no attribute {name!r}"
            raise AttributeError(text, name=name, obj=module)
        origin, original = imports[name]
        if origin == namespace:
            return importlib.import_module(f"{origin}.{original}")
        value = getattr(importlib.import_module(origin), original)
        setattr(module, name, value)
        return value

    return load, lambda: sorted(imports), list(imports)
