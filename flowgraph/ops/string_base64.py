"""Strings in base64, with the alphabet that is safe in URLs."""

from __future__ import annotations

import base64
from typing import Any

from flowgraph.dtypes import Array
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import invalid
from flowgraph.ops.core import apply
from flowgraph.ops.string import StringMap, each


class EncodeBase64(StringMap):
    """Strings in the URL-safe alphabet of base64."""

    pad: bool = False

    def compute(self, xp: Any, *inputs: Array) -> Array:
        encode = base64.urlsafe_b64encode
        return each(encode if self.pad else lambda s: encode(s).rstrip(b"="), inputs[0])


class DecodeBase64(StringMap):
    """Strings that base64 stands for."""

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return each(_from_base64, inputs[0])


_BASE64 = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def _from_base64(string: bytes) -> bytes:
    if len(string) % 4 == 1:
        raise invalid("Base64 string length cannot be 1 modulo 4.")
    padding = len(string) - len(string.rstrip(b"=")) if len(string) % 4 == 0 else 0
    body = string[: len(string) - min(padding, 2)]
    if not _BASE64.issuperset(body):
        raise invalid("Invalid character found in base64.")
    return base64.urlsafe_b64decode(body + b"=" * (-len(body) % 4))


def encode_base64(input: Any, pad: bool = False, name: str | None = None) -> Tensor:
    """Encode strings in base64, with the alphabet that is safe in URLs.

    Parameters
    ----------
    input : Tensor
        Strings.
    pad : bool
        Fill up with ``=`` to a multiple of four characters.
    name : str, optional

    Examples
    --------
    >>> print(tf.Session().run(tf.encode_base64("flow")))
    b'Zmxvdw'
    """
    return apply(EncodeBase64(pad=pad), input, name=name)


def decode_base64(input: Any, name: str | None = None) -> Tensor:
    """Decode strings that `encode_base64` wrote, padded or not.

    Parameters
    ----------
    input : Tensor
        Strings.
    name : str, optional

    Raises
    ------
    InvalidArgumentError
        When run: if a string is no base64 of the URL-safe alphabet.

    Examples
    --------
    >>> print(tf.Session().run(tf.decode_base64("Zmxvdw")))
    b'flow'
    """
    return apply(DecodeBase64(), input, name=name)
