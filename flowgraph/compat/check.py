"""``--check``: what a program uses of TensorFlow that flowgraph lacks, without running it."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import itertools
import tokenize
from collections.abc import Iterator
from typing import Any, NamedTuple

from flowgraph.compat import finder, old_names, python2
from flowgraph.compat.command_flags import ParsedOnUse
from flowgraph.compat.unsupported import OLD_KEYWORDS, explain

_ONLY_KEYWORDS = frozenset(
    f"tf.nn.{kind}_cross_entropy_with_logits" for kind in ("sigmoid", "softmax", "sparse_softmax")
)
"""Functions that took the logits first before 1.0, and take nothing by position since."""


class Finding(NamedTuple):
    """Something that stands in a program's way.

    Attributes
    ----------
    line : int
        Where.
    text : str
        What. Running the program says the same.
    """

    line: int
    text: str


def check(path: str) -> list[Finding]:
    r"""List what keeps a program from running.

    Parameters
    ----------
    path : str
        The program's file.

    Returns
    -------
    list of Finding
        In the order of the lines: names of TensorFlow's that flowgraph does not have, keywords
        that a function does not take, modules that come with TensorFlow and are not installed,
        Python 2, and methods that NumPy has dropped.

    Raises
    ------
    OSError
        If the file cannot be read.

    Notes
    -----
    A name is followed through imports, ``as`` and plain assignments of the whole file, such as
    ``slim = tf.contrib.slim``. What a call returns is not followed, so that a method of a tensor
    is not checked. Any call of a method that has the name of one of NumPy's is taken for one.

    Examples
    --------
    >>> import os, tempfile
    >>> from flowgraph.compat.check import check
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "old.py")
    ...     with open(path, "w") as file:
    ...         _ = file.write("import tensorflow as tf\ntf.mul(2, tf.constant(3, shpe=[]))\n")
    ...     for line, text in check(path):
    ...         print(line, text)
    2 tf.mul is not in TensorFlow 1.15: write tf.multiply
    2 tf.constant() got an unexpected keyword argument 'shpe'
    """
    try:
        with tokenize.open(path) as file:
            tree = ast.parse(file.read(), path)
    except SyntaxError as error:
        form = python2.form(error)
        what = f"{error.msg} ({form})" if form else str(error.msg)
        advice = "\n" + python2.ADVICE.replace("FILE", path) if form else ""
        return [Finding(error.lineno or 1, what + advice)]
    with finder.installed():
        program = _Program(tree)
        parts = (
            *(program.names(), program.calls(), program.companions()),
            *(program.python2(), program.arrays()),
        )
        found = dict.fromkeys(itertools.chain.from_iterable(parts))
    return sorted(found, key=lambda finding: finding.line)


class _Program:
    """A parsed program and the names in it that stand for parts of TensorFlow."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.paths: dict[str, str] = {}
        self.imports: list[tuple[int, str]] = []
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                self._import(node)
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                self._import_from(node, node.module)
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Attribute | ast.Name):
                path = self.path(node.value)
                for name in node.targets if path else ():
                    if isinstance(name, ast.Name):
                        self.paths.setdefault(name.id, str(path))

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            if alias.name.split(".")[0] == finder.ROOT:
                self.imports.append((node.lineno, alias.name))
                if alias.asname:
                    self.paths[alias.asname] = alias.name
                else:
                    self.paths[finder.ROOT] = finder.ROOT

    def _import_from(self, node: ast.ImportFrom, module: str) -> None:
        if module.split(".")[0] != finder.ROOT:
            return
        self.imports.append((node.lineno, module))
        for alias in node.names:
            if alias.name == "*":
                self._import_all(module)
                continue
            path = f"{module}.{alias.name}"
            self.imports.append((node.lineno, path))
            self.paths[alias.asname or alias.name] = path

    def _import_all(self, module: str) -> None:
        if _lookup(module)[0]:
            for name in dir(importlib.import_module(module)):
                self.paths.setdefault(name, f"{module}.{name}")

    def path(self, node: ast.expr) -> str | None:
        """Return the part of TensorFlow that an expression names."""
        if isinstance(node, ast.Name):
            return self.paths.get(node.id)
        if isinstance(node, ast.Attribute):
            base = self.path(node.value)
            return base and f"{base}.{node.attr}"
        return None

    def names(self) -> Iterator[Finding]:
        """Go through the names that flowgraph does not have."""
        missing: set[str | None] = set()
        for line, path in self.imports:
            if not _lookup(path)[0]:
                missing.add(path)
                yield Finding(line, _explanation(path))
        attributes = [n for n in ast.walk(self.tree) if isinstance(n, ast.Attribute)]
        inner = {id(n.value) for n in attributes}
        missing |= {self.path(n) for n in attributes if isinstance(n.ctx, ast.Store)}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Attribute) and id(node) not in inner:
                used = self.path(node)
                # An import that failed has been said.
                if used and not _lookup(used)[0] and _first_missing(used) not in missing:
                    yield Finding(node.end_lineno or node.lineno, _explanation(used))

    def calls(self) -> Iterator[Finding]:
        """Go through the arguments that functions do not take."""
        for node in ast.walk(self.tree):
            path = self.path(node.func) if isinstance(node, ast.Call) else None
            if path is not None and isinstance(node, ast.Call):
                found, function = _lookup(path)
                if found and callable(function):
                    yield from _arguments(node, _short(path), function)

    def companions(self) -> Iterator[Finding]:
        """Go through the modules that come with TensorFlow and are not installed."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                modules = [node.module]
            else:
                continue
            for name in {module.split(".")[0] for module in modules} & set(old_names.COMPANIONS):
                if importlib.util.find_spec(name) is None:
                    yield Finding(node.lineno, old_names.explain_module(name))

    def python2(self) -> Iterator[Finding]:
        """Go through what Python 3 has under another name."""
        own = {n.id for n in ast.walk(self.tree) if isinstance(n, ast.Name) and _is_stored(n)}
        own |= set(self.paths) | _bound(self.tree)
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Name) and node.id in python2.BUILTINS and node.id not in own:
                yield _python2(node.lineno, node.id, python2.BUILTINS[node.id])
            elif isinstance(node, ast.Attribute) and node.attr in python2.METHODS:
                yield _python2(node.lineno, f".{node.attr}()", python2.METHODS[node.attr])
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name in python2.MODULES:
                        yield _python2(node.lineno, alias.name, python2.MODULES[alias.name])
            elif isinstance(node, ast.ImportFrom) and node.module in python2.MODULES:
                yield _python2(node.lineno, node.module, python2.MODULES[node.module])

    def arrays(self) -> Iterator[Finding]:
        """Go through the methods that NumPy's arrays no longer have."""
        modules = {
            alias.asname or alias.name
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        for node in ast.walk(self.tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            method, owner = node.func.attr, node.func.value
            if self.path(owner) or (isinstance(owner, ast.Name) and owner.id in modules):
                continue  # a function of a module, such as numpy.ptp
            line = node.func.end_lineno or node.lineno
            if method in old_names.METHODS:
                yield Finding(line, old_names.explain_method(method))
            elif method == "reshape" and any(k.arg == "newshape" for k in node.keywords):
                yield Finding(line, old_names.NEWSHAPE)


def _is_stored(node: ast.Name) -> bool:
    return not isinstance(node.ctx, ast.Load)


def _bound(tree: ast.Module) -> set[str]:
    """Return the names that definitions, parameters and imports bind."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.alias):
            names.add(node.asname or node.name.split(".")[0])
    return names


def _python2(line: int, old: str, new: str) -> Finding:
    return Finding(line, f"{old} is Python 2: write {new}")


def _lookup(path: str) -> tuple[bool, Any]:
    """Return whether a path leads anywhere, and what is there."""
    found: Any = None
    parts = path.split(".")
    for i, part in enumerate(parts):
        if isinstance(found, property | ParsedOnUse):  # the rest is the program's to define
            return True, None
        try:
            found = getattr(found, part) if i else importlib.import_module(part)
        except AttributeError:
            return False, None
    return True, found


def _first_missing(path: str) -> str:
    parts = path.split(".")
    for end in range(1, len(parts) + 1):
        if not _lookup(".".join(parts[:end]))[0]:
            return ".".join(parts[:end])
    return path


def _explanation(path: str) -> str:
    # A longer path may be one of TensorFlow's older names, which has an answer of its own.
    whole = explain(path)
    return whole if "1.15" in whole else explain(_first_missing(path))


def _short(path: str) -> str:
    return "tf" + path.removeprefix(finder.ROOT).removeprefix(".compat.v1")


def _arguments(call: ast.Call, name: str, function: Any) -> Iterator[Finding]:
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):  # a built-in without a signature
        return
    kinds = {parameter.kind for parameter in parameters.values()}
    spread = any(isinstance(argument, ast.Starred) for argument in call.args)
    allowed = [
        parameter.name
        for parameter in parameters.values()
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.POSITIONAL_ONLY)
    ]
    if (
        inspect.Parameter.VAR_POSITIONAL not in kinds
        and not spread
        and len(call.args) > len(allowed)
    ):
        text = f"{name}() takes {len(allowed)} positional arguments but {len(call.args)} were given"
        yield Finding(call.lineno, text)
    if inspect.Parameter.VAR_KEYWORD not in kinds:
        for keyword in call.keywords:
            if keyword.arg is not None and keyword.arg not in parameters:
                text = f"{name}() got an unexpected keyword argument {keyword.arg!r}"
                newer = OLD_KEYWORDS.get(name.removeprefix("tf."), {}).get(keyword.arg)
                text += f": write {newer}" if newer else ""
                yield Finding(keyword.value.lineno, text)
    yield from _old_order(call, name)


def _old_order(call: ast.Call, name: str) -> Iterator[Finding]:
    """Find arguments in the order of before TensorFlow 1.0."""
    first = call.args[0] if call.args else None
    axis_first = isinstance(first, ast.Constant) and isinstance(first.value, int)
    if name == "tf.concat" and axis_first and len(call.args) > 1:
        yield Finding(
            call.lineno,
            "tf.concat(axis, values) is not in TensorFlow 1.15: write tf.concat(values, axis)",
        )
    if name == "tf.split" and axis_first and len(call.args) > 2:
        yield Finding(
            call.lineno,
            "tf.split(axis, number, value) is not in TensorFlow 1.15: "
            "write tf.split(value, number, axis)",
        )
    if name in _ONLY_KEYWORDS and call.args:
        yield Finding(
            call.lineno,
            f"{name}(logits, labels) is not in TensorFlow 1.15: write "
            f"{name}(labels=..., logits=...)",
        )
