"""Keys that sort as the values they are made of: the keys of slices in a checkpoint."""

from __future__ import annotations

from collections.abc import Sequence


def number(value: int) -> bytes:
    """Return a number that is not negative: its length in bytes, then the bytes."""
    digits = value.to_bytes(-(-value.bit_length() // 8), "big")
    return bytes([len(digits)]) + digits


def text(value: bytes) -> bytes:
    """Return a string with its end marked, and what looks like marks escaped."""
    return value.replace(b"\xff", b"\xff\0").replace(b"\0", b"\0\xff") + b"\0\1"


def signed_number(value: int) -> bytes:
    """Return a number with a sign: as many leading ones as bytes, inverted where negative.

    Examples
    --------
    >>> signed_number(-1).hex(), signed_number(0).hex(), signed_number(64).hex()
    ('7f', '80', 'c040')
    """
    magnitude = ~value if value < 0 else value
    width = magnitude.bit_length() // 7 + 1
    content = value.to_bytes(width + 2, "big", signed=True)[2:]
    header = (((1 << width) - 1) << 8 * width - width).to_bytes(width, "big")
    return bytes(a ^ b for a, b in zip(content, header, strict=True))


def slice_key(name: str, extents: Sequence[tuple[int, int]]) -> bytes:
    """Return the key of a slice of a tensor.

    Parameters
    ----------
    name : str
        The whole tensor's.
    extents : sequence of (int, int)
        Start and length in each dimension; (0, -1) is all of it.
    """
    numbers = b"".join(signed_number(n) for extent in extents for n in extent)
    return number(0) + text(name.encode()) + number(len(extents)) + numbers
