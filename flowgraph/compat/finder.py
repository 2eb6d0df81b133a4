"""`install`: from then on, ``import tensorflow`` gives flowgraph's modules."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from flowgraph.compat.aliases import MODULES, NAMESPACES
from flowgraph.compat.unsupported import UnsupportedImportError, UnsupportedNameError, explain

ROOT = "tensorflow"
_VERSION_1 = f"{ROOT}.compat.v1"


class Alias(ModuleType):
    """A module of TensorFlow's whose names are looked up in flowgraph's.

    Parameters
    ----------
    name : str
        Its name, such as ``tensorflow.nn``.
    targets : sequence of str
        The modules to look in, in this order.
    """

    def __init__(self, name: str, targets: Sequence[str]) -> None:
        super().__init__(name, f"flowgraph, under the name of {name}.")
        self.__targets__ = targets
        if name == ROOT:
            release = importlib.import_module("flowgraph.compat.release")
            self.__version__ = release.VERSION
            self.__git_version__ = release.GIT_VERSION
            self.__compiler_version__ = release.COMPILER_VERSION

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":
            return dir(self)
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        full = f"{self.__name__}.{name}"
        if _is_module(full):
            return importlib.import_module(full)
        for module in map(_loaded, self.__targets__):
            if name in dir(module) and not name.startswith("_"):
                value = getattr(module, name)
                if not _is_internal(value):
                    setattr(self, name, value)
                    return value
        raise UnsupportedNameError(explain(full), name=name, obj=self)

    def __dir__(self) -> list[str]:
        found = {
            name
            for module in map(_loaded, self.__targets__)
            for name in dir(module)
            if not (name.startswith("_") or _is_internal(getattr(module, name)))
        }
        prefix = f"{self.__name__}."
        namespaces = (f"{ROOT}.{name}" for name in (*NAMESPACES, *MODULES))
        below = {full[len(prefix) :] for full in namespaces if full.startswith(prefix)}
        children = {name.split(".")[0] for name in below}
        return sorted(found | {name for name in children if _is_module(prefix + name)})


class Finder:
    """The meta-path finder: it makes aliases, and loads them, which takes nothing more."""

    def find_spec(
        self, fullname: str, path: object = None, target: object = None
    ) -> ModuleSpec | None:
        """Return the spec of a module of TensorFlow's, and None for any other.

        Raises
        ------
        UnsupportedImportError
            If flowgraph has no such module.
        """
        if fullname.split(".")[0] != ROOT:
            return None
        if not _is_module(fullname):
            # With another name than the module's, ``from tensorflow import x`` lets it pass.
            raise UnsupportedImportError(explain(fullname), name=ROOT)
        return ModuleSpec(fullname, self, is_package=True)  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the alias; ``tensorflow.compat.v1`` is ``tensorflow`` itself."""
        return Alias(spec.name, _targets(_canonical(spec.name)))

    def exec_module(self, module: ModuleType) -> None:
        """Put the one alias of each module in the place of those under its other names."""
        canonical = _canonical(module.__name__)
        if canonical != module.__name__:
            sys.modules[module.__name__] = importlib.import_module(canonical)


_FINDER = Finder()


def install() -> None:
    """Let ``import tensorflow`` give flowgraph's modules in this process.

    So do ``import tensorflow.compat.v1``, ``from tensorflow.python.framework import ops``,
    ``from tensorflow.examples.tutorials.mnist import input_data`` and their like, as far as
    flowgraph has what they name. ``tensorflow.__version__`` is 1.15.5 there.

    Raises
    ------
    RuntimeError
        If TensorFlow itself has been imported.

    Examples
    --------
    >>> tf.install()
    >>> import tensorflow.compat.v1 as tf1
    >>> tf1.matmul is tf.matmul, tf1.__version__
    (True, '1.15.5')
    >>> from flowgraph.compat.finder import uninstall
    >>> uninstall()
    """
    if _FINDER in sys.meta_path:
        return
    if ROOT in sys.modules:
        raise RuntimeError("TensorFlow itself has been imported: install flowgraph's names first")
    sys.meta_path.insert(0, _FINDER)


def uninstall() -> None:
    """Undo `install`. What has been imported stays with who imported it."""
    if _FINDER in sys.meta_path:
        sys.meta_path.remove(_FINDER)
        for name in [name for name in sys.modules if name.split(".")[0] == ROOT]:
            del sys.modules[name]


@contextlib.contextmanager
def installed() -> Iterator[None]:
    """Have flowgraph's modules under TensorFlow's names for a block."""
    before = _FINDER in sys.meta_path
    install()
    try:
        yield
    finally:
        if not before:
            uninstall()


def load_ipython_extension(ipython: object) -> None:
    """Do for a notebook what ``python -m flowgraph`` does for a script: ``%load_ext flowgraph``.

    Parameters
    ----------
    ipython : InteractiveShell
        The shell, which is left as it is.
    """
    from flowgraph.compat.old_names import restore

    install()
    restore()


def unload_ipython_extension(ipython: object) -> None:
    """Undo `install`: ``%unload_ext flowgraph``. NumPy keeps its old names."""
    uninstall()


def _canonical(fullname: str) -> str:
    if fullname == _VERSION_1 or fullname.startswith(_VERSION_1 + "."):
        return _canonical(ROOT + fullname[len(_VERSION_1) :])
    return fullname


def _targets(fullname: str) -> tuple[str, ...]:
    """Return those modules for a name that exist, in the order to look in."""
    path = fullname.partition(".")[2]
    wanted = MODULES.get(path, (f"flowgraph.{path}".rstrip("."),))
    if path not in MODULES and path and not _is_namespace(path):
        return ()
    return tuple(name for name in wanted if _exists(name))


def _is_namespace(path: str) -> bool:
    return path in NAMESPACES or path.startswith("contrib.")


def _is_module(fullname: str) -> bool:
    canonical = _canonical(fullname)
    path = canonical.partition(".")[2]
    if canonical == ROOT or path in ("compat", "contrib") or _targets(canonical):
        return True
    return any(name.startswith(path + ".") and _targets(f"{ROOT}.{name}") for name in MODULES)


def _exists(name: str) -> bool:
    parent = name.rpartition(".")[0]
    if name in sys.modules:
        return True
    if parent and not (_exists(parent) and hasattr(_loaded(parent), "__path__")):
        return False
    return importlib.util.find_spec(name) is not None


def _loaded(name: str) -> ModuleType:
    return importlib.import_module(name)


def _is_internal(value: object) -> bool:
    """Whether a module's value is a module, which is only seen under the names of the tables."""
    return isinstance(value, ModuleType)
