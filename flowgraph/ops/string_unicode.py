"""Text in one encoding written in another."""

from __future__ import annotations

import codecs
from typing import Any

from flowgraph.dtypes import Array
from flowgraph.graph.op import Spec
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import invalid
from flowgraph.ops.core import apply
from flowgraph.ops.string import StringMap, check_choice, each
from flowgraph.shapes import TensorShape

_OUTPUTS = ("UTF-8", "UTF-16-BE", "UTF-32-BE")
_ERRORS = ("strict", "replace", "ignore")
_CONTROLS = {*range(0x20), *range(0x7F, 0xA0)} - {ord(c) for c in "\t\n\r"}
_WRITTEN = {"UTF-8": "utf-8", "UTF-16-BE": "utf-16-be", "UTF-32-BE": "utf-32-be"}


class UnicodeTranscode(StringMap):
    """Text in one encoding written in another."""

    input_encoding: str
    output_encoding: str
    errors: str = "replace"
    replacement_char: int = 0xFFFD
    replace_control_characters: bool = False

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        check_choice(self, "output_encoding", _OUTPUTS)
        check_choice(self, "errors", _ERRORS)
        return super().infer(*inputs)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return each(self._transcoded, inputs[0])

    def _transcoded(self, string: bytes) -> bytes:
        codec = "utf-16-be" if self.input_encoding == "UTF-16" else self.input_encoding
        try:
            # One mark for each malformed sequence, whatever it is replaced by then.
            marked = string.decode(codec, "flowgraph_mark_malformed")
        except LookupError:
            raise invalid(
                f"Could not create converter for input encoding: {self.input_encoding}"
            ) from None
        if _MARK in marked and self.errors == "strict":
            raise invalid("Invalid formatting on input string")
        replacement = "" if self.errors == "ignore" else chr(self.replacement_char)
        text = marked.replace(_MARK, replacement)
        if self.replace_control_characters:
            text = text.translate(dict.fromkeys(_CONTROLS, replacement))
        return text.encode(_WRITTEN[self.output_encoding], "replace")


_MARK = "\udfff"
"""Stands for what is malformed: no decoder gives a lone surrogate."""


def _mark(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return _MARK, error.end


codecs.register_error("flowgraph_mark_malformed", _mark)


def unicode_transcode(
    input: Any,
    input_encoding: str,
    output_encoding: str,
    errors: str = "replace",
    replacement_char: int = 65533,
    replace_control_characters: bool = False,
    name: str | None = None,
) -> Tensor:
    r"""Write text in another encoding.

    Parameters
    ----------
    input : Tensor
        Strings.
    input_encoding : str
        The name of their encoding, of those that Python knows.
    output_encoding : {"UTF-8", "UTF-16-BE", "UTF-32-BE"}
    errors : {"replace", "ignore", "strict"}
        What to do with malformed text: write `replacement_char`, leave it out, or
        raise an error.
    replacement_char : int
        The number of a character.
    replace_control_characters : bool
        Treat control characters other than tabs and ends of lines as malformed.
    name : str, optional

    Raises
    ------
    ValueError
        If there is no such encoding to write.
    InvalidArgumentError
        When run: if there is no such encoding to read, or for malformed text.

    Examples
    --------
    >>> tf.Session().run(tf.strings.unicode_transcode(["é"], "UTF-8", "UTF-16-BE"))
    array([b'\x00\xe9'], dtype=object)
    """
    op = UnicodeTranscode(
        input_encoding=input_encoding,
        output_encoding=output_encoding,
        errors=errors,
        replacement_char=replacement_char,
        replace_control_characters=replace_control_characters,
    )
    return apply(op, input, name=name)
