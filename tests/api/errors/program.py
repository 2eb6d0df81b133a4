"""Runs a small program that makes a mistake, as the file ``train.py``."""

import linecache
import re
import textwrap

import numpy as np
import pytest

import flowgraph as tf


def mistake(kind, source, **given):
    """The error that a program raises, of exactly that class."""
    text = textwrap.dedent(source).lstrip("\n")
    linecache.cache["train.py"] = (len(text), None, text.splitlines(keepends=True), "train.py")
    with pytest.raises(kind) as info:
        exec(compile(text, "train.py", "exec"), {"tf": tf, "np": np, "__name__": "train", **given})
    assert type(info.value) is kind
    return info.value


def check(error, first, *parts):
    """Check how an error's text begins, and that parts follow in the order given.

    A number stands for a line of the program: the text must link to it.
    """
    text = str(error)
    assert text.startswith(first), text
    position = len(first)
    for part in parts:
        wanted = f'File "train.py", line {part},' if isinstance(part, int) else part
        found = text.find(wanted, position)
        assert found >= 0, f"{wanted!r} is not after position {position} of\n{text}"
        position = found + len(wanted)
    if isinstance(error, tf.errors.OpError):
        assert error.message == text
        assert error.op is not None
        assert error.error_code == type(error).code
        assert re.search(r"\n\t \[\[node \S+ \(defined at train.py:\d+\) \]\]\n", text), text
    return text
