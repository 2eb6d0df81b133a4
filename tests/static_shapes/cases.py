"""Cases: expressions over placeholders, and what is known of their results before a run.

Python 3.7 reads this file too, since ``record.py`` runs it under TensorFlow 1.15.

A line of ``expressions/*.tsv`` stands for many cases. Its columns, parted by tabs:

1. words for ``$1``, then ``;``, then words for ``$2``, and so on: every combination is taken
   (nothing, where the line has none);
2. placeholders (``x:float32[2,?,3] y:int32[]``, ``x:float32<unknown>``), and after `` | `` others
   to be taken as well;
3. the expression, in which ``tf``, ``np`` and the placeholders have their names.

Each line is taken with its placeholders as they are written, without the first dimension, without
any dimension, without the rank, and, of several, with the rank of the first or of the rest alone
unknown.
"""

import itertools
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
FAMILIES = sorted(path.stem for path in (HERE / "expressions").glob("*.tsv"))
UNKNOWN = "<unknown>"


def lines(path):
    """The lines of a table, each a list of columns; lines that begin with # are remarks."""
    text = path.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in text if line and not line.startswith("#")]


def expand(family):
    """The cases of a family in order: pairs of placeholders and expression."""
    found = {}
    for words, placeholders, expression in lines(HERE / "expressions" / (family + ".tsv")):
        groups = [group.split() for group in words.split(";")] if words else []
        for chosen in itertools.product(*groups):
            text = expression
            for i, word in enumerate(chosen):
                text = text.replace("$" + str(i + 1), word)
            for alternative in placeholders.split(" | "):
                for known in degrees(alternative.split()):
                    found[" ".join(known), text] = None
    return list(found)


def degrees(placeholders):
    """The same placeholders, with less and less known of their shapes."""
    yield placeholders
    yield [forget(text, "first") for text in placeholders]
    yield [forget(text, "all") for text in placeholders]
    yield [forget(text, "rank") for text in placeholders]
    if len(placeholders) > 1:
        yield [forget(placeholders[0], "rank"), *placeholders[1:]]
        yield [placeholders[0], *(forget(text, "rank") for text in placeholders[1:])]


def forget(placeholder, what):
    """Take away the ``first`` dimension of a placeholder's shape, ``all`` of them, or the rank."""
    head, bracket, shape = placeholder.partition("[")
    if not bracket or what == "rank":
        return head if UNKNOWN in head else head + UNKNOWN
    sizes = shape[:-1].split(",") if shape != "]" else []
    forgotten = 1 if what == "first" else len(sizes)
    return head + "[" + ",".join(["?"] * len(sizes[:forgotten]) + sizes[forgotten:]) + "]"


def evaluate(tf, placeholders, expression):
    """What `tf` knows of the value of an expression; the class of the error where it raises one."""
    tf.reset_default_graph()
    scope = {"tf": tf, "np": np}
    for text in placeholders.split():
        name, _, kind = text.partition(":")
        scope[name] = make_placeholder(tf, kind)
    expected = (
        TypeError, ValueError, LookupError, AttributeError, NotImplementedError, tf.errors.OpError
    )  # fmt: skip
    try:
        return describe(eval(expression, scope))
    except expected as error:
        return type(error).__name__


def make_placeholder(tf, kind):
    """A placeholder of a kind such as ``float32[2,?]`` or ``string<unknown>``."""
    dtype, bracket, shape = kind.partition("[")
    if not bracket:
        return tf.placeholder(dtype.replace(UNKNOWN, ""))
    sizes = shape[:-1].split(",") if shape != "]" else []
    return tf.placeholder(dtype, [None if size == "?" else int(size) for size in sizes])


def describe(value):
    """One line: the dtypes and static shapes in a value, which may be nested."""
    if hasattr(value, "dense_shape") and hasattr(value, "indices"):
        parts = (value.indices, value.values, value.dense_shape)
        shape = shape_text(value.get_shape()) if hasattr(value, "get_shape") else ""
        return type(value).__name__ + shape + describe(parts)
    if isinstance(value, dict):
        texts = (str(key) + "=" + describe(value[key]) for key in sorted(value, key=str))
        return "{" + ", ".join(texts) + "}"
    if hasattr(value, "as_list"):
        return shape_text(value)
    if isinstance(value, (list, tuple)):
        return "(" + ", ".join(map(describe, value)) + ")"
    if isinstance(value, (bool, int, float, str)) or value is None:
        return repr(value)
    if hasattr(value, "get_shape") and hasattr(value, "dtype"):
        return value.dtype.base_dtype.name + shape_text(value.get_shape())
    return type(value).__name__


def shape_text(shape):
    """``[2,?]``, or ``<unknown>`` without a rank."""
    if shape.ndims is None:
        return UNKNOWN
    return "[" + ",".join("?" if size is None else str(size) for size in shape.as_list()) + "]"
