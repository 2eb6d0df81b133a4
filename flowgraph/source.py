"""Where the user's program built something: found at once, resolved when it is asked for.

Every operation remembers its site, and most are never asked, so `here` keeps only the code
object and the offset of the instruction that called into the package.
"""

import contextlib
import functools
import linecache
import os
import sys
from types import CodeType, FrameType
from typing import Any

_PACKAGE = os.path.dirname(__file__) + os.sep

ENGINE_PREFIXES = {
    _PACKAGE,
    # Between a decorated function of the package and its caller lies the decorator's frame.
    contextlib.__file__,
    functools.__file__,
}
USER_FILES = {_PACKAGE + "__main__.py", _PACKAGE + "demo.py"}

# Keyed by file name: hashing a code object would read its whole bytecode.
_engine_files: dict[str, bool] = {}


class Site:
    """A place in a program.

    Parameters
    ----------
    code : types.CodeType
        The code that ran.
    instruction : int
        The offset of its instruction in bytes, such as a frame's ``f_lasti``.

    Examples
    --------
    >>> from flowgraph.source import here
    >>> site = here()
    >>> site.line, site.function
    (1, '<module>')
    """

    __slots__ = ("code", "instruction")

    def __init__(self, code: CodeType, instruction: int) -> None:
        self.code = code
        self.instruction = instruction

    @property
    def filename(self) -> str:
        """The name of the file, or a name in angle brackets for code that has none."""
        return self.code.co_filename

    @property
    def function(self) -> str:
        """The name of the function, or ``<module>``."""
        return self.code.co_name

    @property
    def line(self) -> int:
        """The number of the line, from 1."""
        found = self.code.co_firstlineno
        for start, end, line in self.code.co_lines():
            if start <= self.instruction < end and line is not None:
                found = line
        return found

    @property
    def text(self) -> str:
        """The line itself without its indentation, or "" if it cannot be read."""
        return linecache.getline(self.filename, self.line).strip()

    @property
    def place(self) -> str:
        """The file's name without its directory, and the line, as ``"train.py:12"``.

        In a notebook it is the number of the cell and the line in it: ``"In [3]:12"``.
        """
        return f"{_cell(self.filename) or os.path.basename(self.filename)}:{self.line}"

    @property
    def heading(self) -> str:
        """What a traceback calls the file: ``'File "train.py"'``, or ``"Cell In [3]"``."""
        cell = _cell(self.filename)
        return f"Cell {cell}" if cell else f'File "{self.filename}"'

    def traceback_line(self) -> str:
        """The site as a traceback shows it, which editors turn into a link."""
        place = f"{self.heading}, line {self.line}, in {self.function}"
        text = self.text
        return f"{place}\n  {text}" if text else place

    def __str__(self) -> str:
        return self.traceback_line().replace("\n", "\n  ")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Site):
            return NotImplemented
        return self.code is other.code and self.instruction == other.instruction

    def __hash__(self) -> int:
        return hash((id(self.code), self.instruction))

    def __repr__(self) -> str:
        return f"<Site {self.filename}:{self.line} in {self.function}>"


def _cell(filename: str) -> str | None:
    """Return the prompt of the notebook's cell whose code bears a file name, as ``In [3]``."""
    shell: Any = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    told = getattr(getattr(shell, "compile", None), "format_code_name", lambda _: None)(filename)
    return told[1].replace("[", " [") if told else None


def here() -> Site:
    """Find the innermost frame that is not the engine's.

    The engine is every file under `ENGINE_PREFIXES` that is not one of `USER_FILES`. Called
    from the engine alone, as in a thread of its own, the outermost frame is returned.
    """
    frame: Any = sys._getframe(1)
    try:
        while _engine_files[frame.f_code.co_filename]:
            frame = frame.f_back
    except (KeyError, AttributeError):  # a file seen for the first time, or no frame left
        frame = _search(sys._getframe(1))
    return Site(frame.f_code, frame.f_lasti)


def _search(frame: FrameType) -> FrameType:
    while _is_engine(frame) and frame.f_back is not None:
        frame = frame.f_back
    return frame


def _is_engine(frame: FrameType) -> bool:
    filename = frame.f_code.co_filename
    if filename == "<string>":
        # Methods that a dataclass generates and a user's exec bear the same file name, so it
        # is the module that decides, and the verdict is not kept.
        filename = frame.f_globals.get("__file__") or filename
        return _in_engine(filename)
    _engine_files[filename] = verdict = _in_engine(filename)
    return verdict


def _in_engine(filename: str) -> bool:
    return filename not in USER_FILES and filename.startswith(tuple(ENGINE_PREFIXES))


def add_engine_prefix(prefix: str) -> None:
    """Count the files whose names start so as the engine's: a library built on the package.

    An operation is then ascribed to the program that called the library.
    """
    ENGINE_PREFIXES.add(prefix)
    _engine_files.clear()


def remove_engine_prefix(prefix: str) -> None:
    """Undo `add_engine_prefix`; KeyError if the prefix is not there."""
    ENGINE_PREFIXES.remove(prefix)
    _engine_files.clear()
