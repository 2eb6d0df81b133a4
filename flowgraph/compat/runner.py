"""Run a program of TensorFlow's as if ``python`` ran it: ``python -m flowgraph train.py``."""

from __future__ import annotations

import builtins
import os
import runpy
import sys
from collections.abc import Callable, Sequence
from types import ModuleType, TracebackType
from typing import Any

import numpy as np

from flowgraph.compat import finder, old_names, python2

_HERE = os.path.dirname(__file__)
_RUNNERS = (_HERE + os.sep, os.path.join(os.path.dirname(_HERE), "__main__.py"), runpy.__file__)


def run_script(path: str, arguments: Sequence[str] = ()) -> None:
    """Run a file as the main program.

    Parameters
    ----------
    path : str
        The file.
    arguments : sequence of str
        What ``sys.argv`` has after `path`.

    Raises
    ------
    OSError
        If the file cannot be read.

    Notes
    -----
    What the program raises passes through, ``SystemExit`` among it. An exception that ends the
    process is shown without the frames of this module.
    """
    with open(path, "rb") as file:
        source = file.read()
    _prepare([path, *arguments], os.path.dirname(os.path.abspath(path)))
    main = ModuleType("__main__")
    vars(main).update(__file__=path, __builtins__=builtins, __cached__=None)
    sys.modules["__main__"] = main
    with python2.explained():
        code = compile(source, path, "exec", dont_inherit=True)
    exec(code, vars(main))


def run_module(name: str, arguments: Sequence[str] = ()) -> None:
    """Run an installed module, or one in the current directory, as the main program.

    Parameters
    ----------
    name : str
        Its name, dots included.
    arguments : sequence of str
        What ``sys.argv`` has after the module's file.

    Raises
    ------
    ImportError
        If there is no such module.
    """
    _prepare([name, *arguments], os.getcwd())
    with python2.explained():
        runpy.run_module(name, run_name="__main__", alter_sys=True)


def _prepare(argv: list[str], directory: str) -> None:
    finder.install()
    old_names.restore()
    sys.argv[:] = argv
    if not sys.flags.safe_path:
        sys.path[0] = directory
    sys.excepthook = _without_runner(sys.excepthook)


def _without_runner(
    show: Callable[[type[BaseException], BaseException, TracebackType | None], Any],
) -> Callable[[type[BaseException], BaseException, TracebackType | None], Any]:
    def excepthook(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        inner = trace
        while inner is not None and _is_runner(inner):
            inner = inner.tb_next
        if (
            isinstance(error, AttributeError)
            and isinstance(error.obj, np.ndarray | np.generic)
            and error.name in old_names.METHODS
        ):
            error.add_note(old_names.explain_method(error.name))
        if isinstance(error, ModuleNotFoundError) and error.name in old_names.COMPANIONS:
            error.add_note(old_names.explain_module(error.name))
        if old_names.is_conversion(error):
            error.add_note(old_names.CONVERSION)
        # A file that cannot be compiled has no frame of its own: its error says where it is.
        show(kind, error.with_traceback(inner), inner)

    return excepthook


def _is_runner(trace: TracebackType) -> bool:
    filename = trace.tb_frame.f_code.co_filename
    return filename.startswith(_RUNNERS) or filename == "<frozen runpy>"
