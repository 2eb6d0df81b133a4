"""Regular expressions over strings."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.dtypes import Array
from flowgraph.graph.op import Spec
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import with_rank
from flowgraph.ops.core import apply
from flowgraph.ops.regular_expression import compiled, matches, replaced
from flowgraph.ops.string import StringMap, each
from flowgraph.shapes import TensorShape


class RegexReplace(StringMap):
    """Strings with what matches a pattern replaced."""

    signature = Signature("input: string, pattern: string, rewrite: string -> output: string")

    replace_global: bool = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[1].shape, 0)
        with_rank(inputs[2].shape, 0)
        return super().infer(*inputs)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        strings, pattern, rewrite = inputs
        return _replaced(strings, _item(pattern), _item(rewrite), self.replace_global)


class StaticRegexReplace(StringMap):
    """Strings with what matches a pattern replaced, the pattern fixed with the graph."""

    pattern: str
    rewrite: str
    replace_global: bool = True

    def compute(self, xp: Any, *inputs: Array) -> Array:
        pattern, rewrite = self.pattern.encode(), self.rewrite.encode()
        return _replaced(inputs[0], pattern, rewrite, self.replace_global)


class RegexFullMatch(StringMap):
    """Whether a pattern matches strings whole."""

    signature = Signature("input: string, pattern: string -> output: bool")

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[1].shape, 0)
        return super().infer(*inputs)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return _matched(inputs[0], _item(inputs[1]))


class StaticRegexFullMatch(StringMap):
    """Whether a pattern matches strings whole, the pattern fixed with the graph."""

    signature = Signature("input: string -> output: bool")

    pattern: str

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return _matched(inputs[0], self.pattern.encode())


def _item(value: Any) -> bytes:
    result: bytes = np.asarray(value, dtype=object).item()
    return result


def _replaced(strings: Array, pattern: bytes, rewrite: bytes, everywhere: bool) -> Array:
    compiled(pattern)  # a wrong pattern is an error even where there is no string
    return each(lambda string: replaced(pattern, rewrite, string, everywhere), strings)


def _matched(strings: Array, pattern: bytes) -> Array:
    compiled(pattern)
    return each(lambda string: matches(pattern, string), strings, np.bool_)


def regex_replace(
    input: Any, pattern: Any, rewrite: Any, replace_global: bool = True, name: str | None = None
) -> Tensor:
    r"""Replace what matches a pattern in each string.

    Parameters
    ----------
    input : Tensor
        Strings.
    pattern : str or Tensor
        A regular expression of RE2, see `flowgraph.ops.regular_expression`.
    rewrite : str or Tensor
        What to write instead: ``\1`` to ``\9`` stand for the groups of the
        pattern, ``\0`` for all that matches.
    replace_global : bool
        Replace all matches, not only the first.
    name : str, optional

    Raises
    ------
    InvalidArgumentError
        When run: if the pattern is wrong.

    Examples
    --------
    >>> tf.Session().run(tf.regex_replace(["a1b22"], "[0-9]+", r"<\0>"))
    array([b'a<1>b<22>'], dtype=object)
    """
    if isinstance(pattern, str | bytes) and isinstance(rewrite, str | bytes):
        op = StaticRegexReplace(
            pattern=_text(pattern), rewrite=_text(rewrite), replace_global=replace_global
        )
        return apply(op, input, name=name)
    return apply(RegexReplace(replace_global=replace_global), input, pattern, rewrite, name=name)


def regex_full_match(input: Any, pattern: Any, name: str | None = None) -> Tensor:
    """Return whether a pattern matches each string, from its beginning to its end.

    Parameters
    ----------
    input : Tensor
        Strings.
    pattern : str or Tensor
        A regular expression of RE2, see `flowgraph.ops.regular_expression`.
    name : str, optional

    Raises
    ------
    InvalidArgumentError
        When run: if the pattern is wrong.

    Examples
    --------
    >>> tf.Session().run(tf.strings.regex_full_match(["abc", "abcd"], "[a-c]+"))
    array([ True, False])
    """
    if isinstance(pattern, str | bytes):
        return apply(StaticRegexFullMatch(pattern=_text(pattern)), input, name=name)
    return apply(RegexFullMatch(), input, pattern, name=name)


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
