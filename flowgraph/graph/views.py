"""What the upper layers show of a graph or session: methods found by name at their first use.

This is the one place where a lower layer names an upper one. The name is text, so that a program
which never looks at its graph never loads what draws it.
"""

from __future__ import annotations

import functools
import importlib
from typing import Any


class View:
    """A method that is a function of an upper layer, with the object as its first argument.

    Parameters
    ----------
    module : str
        The full name of the function's module, which is imported at the method's first use.
    name : str
        The function's name.
    """

    def __init__(self, module: str, name: str) -> None:
        self._module = module
        self._name = name

    def __get__(self, owner: Any, kind: Any = None) -> Any:
        function = getattr(importlib.import_module(self._module), self._name)
        return function if owner is None else functools.partial(function, owner)
