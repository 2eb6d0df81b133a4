"""What the user's program says at a site: read only when an error is explained."""

from __future__ import annotations

import ast
import linecache
import sys
from collections.abc import Iterator
from types import FrameType

from flowgraph.source import Site

_BETWEEN = ("flowgraph.", "numpy.")
"""Modules whose frames lie between a program's call of NumPy and the package's method."""


def _tree(filename: str) -> ast.Module | None:
    try:
        return ast.parse("".join(linecache.getlines(filename)))
    except (SyntaxError, ValueError):  # a notebook's cell with commands of the shell, say
        return None


def _nodes_at(site: Site) -> Iterator[ast.AST]:
    """Return the parts of the program that cover a site's line."""
    tree, line = _tree(site.filename), site.line
    for node in () if tree is None else ast.walk(tree):
        first = getattr(node, "lineno", None)
        if first is not None and first <= line <= (getattr(node, "end_lineno", None) or first):
            yield node


def ended(site: Site) -> str:
    """Write the site where something ended; for a ``with`` block also its last line."""
    for node in _nodes_at(site):
        if isinstance(node, ast.With) and node.lineno == site.line:
            return f"{site}\n  whose `with` block ended at line {node.end_lineno}"
    return str(site)


def call(site: Site, function: str) -> ast.Call | None:
    """Return the call of a function, named alone or as an attribute, at a site."""
    for node in _nodes_at(site):
        if isinstance(node, ast.Call) and _last_name(node.func) == function:
            return node
    return None


def numpy_function() -> str | None:
    """Return the name of the function of NumPy that the program is calling."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").startswith(_BETWEEN):
        frame = frame.f_back
    if frame is None:
        return None
    site = Site(frame.f_code, frame.f_lasti)
    names = {
        node.func.attr
        for node in _nodes_at(site)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in ("np", "numpy")
    }
    return names.pop() if len(names) == 1 else None


def overwriting(site: Site) -> tuple[int, str] | None:
    """Return line and text of a statement that gives a fetch's name to its value.

    It is one like ``loss = sess.run(loss)``, for a name that the calls at the site use.
    """
    used = {
        name
        for node in _nodes_at(site)
        if isinstance(node, ast.Call) and _last_name(node.func) in ("run", "eval")
        for name in _names(node)
    }
    tree = _tree(site.filename)
    found: list[tuple[int, str]] = []
    for node in () if tree is None else ast.walk(tree):
        if not isinstance(node, ast.Assign):
            continue
        targets = {name for target in node.targets for name in _names(target)}
        fetched = {
            name
            for part in ast.walk(node.value)
            if isinstance(part, ast.Call) and _last_name(part.func) in ("run", "eval")
            for name in _names(part)
        }
        if targets & fetched & used:
            found.append((node.lineno, ast.unparse(node)))
    return min(found, key=lambda place: abs(place[0] - site.line), default=None)


def _last_name(function: ast.expr) -> str | None:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else None


def _names(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
