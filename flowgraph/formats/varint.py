"""Integers of variable length: seven bits to a byte, lowest first, the top bit set but in the last.

The encoding of Protocol Buffers, which tables and string tensors share.
"""

from __future__ import annotations


def encoded(value: int) -> bytes:
    r"""Return the bytes of a number that is not negative.

    Examples
    --------
    >>> encoded(300)
    b'\xac\x02'
    """
    result = bytearray()
    while value > 0x7F:
        result.append(value & 0x7F | 0x80)
        value >>= 7
    result.append(value)
    return bytes(result)


def decoded(data: bytes, position: int = 0) -> tuple[int, int]:
    r"""Return the number that starts at `position`, and the position after it.

    Raises
    ------
    ValueError
        If it does not end within ten bytes, or within the data.

    Examples
    --------
    >>> decoded(b"\xac\x02")
    (300, 2)
    """
    value = 0
    for shift, byte in enumerate(data[position : position + 10]):
        value |= (byte & 0x7F) << 7 * shift
        if byte < 0x80:
            return value, position + shift + 1
    raise ValueError(f"no number ends after byte {position}")
