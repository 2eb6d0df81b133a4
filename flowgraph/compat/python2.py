"""Programs in Python 2: said to be so, with the way to convert them."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

_PRINT = re.compile(r"\s*print(\s+[^\s(=.,\[]|\s*>>)")
_FORMS = {
    "print statement": _PRINT,
    "exec statement": re.compile(r"\s*exec\s+[\"'\w]"),
    "except clause with a comma": re.compile(r"\s*except\s+[\w.()\s,]+,\s*\w+\s*:"),
    "raise statement with a comma": re.compile(r"\s*raise\s+[\w.]+\s*,"),
    "operator <>": re.compile(r"[^\"'#]*[\w)\]]\s*<>\s*[\w(\[\"']"),
    "octal number or long integer": re.compile(r"[^\"'#]*\b(0[0-7]+|\d+[lL])\b"),
    "backquotes": re.compile(r"[^\"'#]*`[^`]+`"),
    "unicode literal with ur": re.compile(r"[^#]*\b[uU][rR][\"']"),
    "tabs mixed with blanks": re.compile(r" *\t"),
    "parameters in parentheses": re.compile(r"\s*(def\s+\w+\(|lambda\s*)[^)]*\("),
}

ADVICE = (
    "This is Python 2. Convert it with `2to3 -w FILE`, which comes with Python up to 3.12, or "
    "with `fissix -w FILE` after `pip install fissix`."
)

BUILTINS = {
    "basestring": "str",
    "execfile": "exec(open(path).read())",
    "file": "open",
    "long": "int",
    "raw_input": "input",
    "reduce": "functools.reduce",
    "reload": "importlib.reload",
    "unichr": "chr",
    "unicode": "str",
    "xrange": "range",
}
"""Builtins of Python 2's that Python 3 has under another name."""

METHODS = {
    "has_key": "the operator in",
    "iteritems": "items",
    "iterkeys": "keys",
    "itervalues": "values",
}
"""Methods of Python 2's dictionaries."""

MODULES = {
    "cPickle": "pickle",
    "ConfigParser": "configparser",
    "HTMLParser": "html.parser",
    "Queue": "queue",
    "StringIO": "io",
    "Tkinter": "tkinter",
    "cStringIO": "io",
    "commands": "subprocess",
    "urllib2": "urllib.request",
    "urlparse": "urllib.parse",
}
"""Modules of Python 2's that Python 3 has under another name."""


def form(error: SyntaxError) -> str | None:
    """Return which form of Python 2's a syntax error stumbled over, or None for another error.

    Parameters
    ----------
    error : SyntaxError
        What Python says of the program.

    Examples
    --------
    >>> from flowgraph.compat.python2 import form
    >>> try:
    ...     _ = compile("print 'loss', 3", "train.py", "exec")
    ... except SyntaxError as error:
    ...     form(error)
    'print statement'
    """
    line = error.text or ""
    tabs = isinstance(error, TabError)
    for name, pattern in _FORMS.items():
        if pattern.match(line) and tabs == name.startswith("tabs"):
            return name
    return None


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Say of a syntax error that the program is in Python 2, where it is."""
    try:
        yield
    except SyntaxError as error:
        found = form(error)
        if found is not None:
            error.add_note(f"{found}: {ADVICE}".replace("FILE", str(error.filename)))
        raise
