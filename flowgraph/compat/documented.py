"""What ``tensorflow.python.util.all_util`` has: modules that show only what they document."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from types import ModuleType

_MARKER = re.compile(r"^@@([A-Za-z_][A-Za-z0-9_]*)\s*$", re.MULTILINE)


def make_all(module_name: str, doc_string_modules: Sequence[ModuleType] | None = None) -> list[str]:
    """Return the names that docstrings mark as ``@@name``, and that the module has.

    Parameters
    ----------
    module_name : str
        The module, as in ``sys.modules``.
    doc_string_modules : sequence of module, optional
        Whose docstrings to read: the module's own if left out.
    """
    module = sys.modules[module_name]
    texts = [
        m.__doc__ or "" for m in ([module] if doc_string_modules is None else doc_string_modules)
    ]
    return [name for text in texts for name in _MARKER.findall(text) if hasattr(module, name)]


def remove_undocumented(
    module_name: str,
    allowed_exception_list: Sequence[str] | None = None,
    doc_string_modules: Sequence[ModuleType] | None = None,
) -> None:
    """Delete from a module what is neither documented nor allowed.

    Parameters
    ----------
    module_name : str
        The module, as in ``sys.modules``.
    allowed_exception_list : sequence of str, optional
        Names that stay. So do those that begin with an underscore.
    doc_string_modules : sequence of module, optional
        See `make_all`.
    """
    module = sys.modules[module_name]
    kept = {*make_all(module_name, doc_string_modules), *(allowed_exception_list or ())}
    for name in [n for n in vars(module) if not n.startswith("_") and n not in kept]:
        delattr(module, name)
