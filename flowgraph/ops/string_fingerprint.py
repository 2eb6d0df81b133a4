"""Hash functions of byte strings, equal to TensorFlow's on every machine.

Each takes bytes and returns an unsigned 64-bit number. They scatter keys over buckets; only
SipHash withstands somebody who chooses the keys.
"""

from __future__ import annotations

import struct

_MASK = (1 << 64) - 1

# The primes of FarmHash.
_K0 = 0xC3A5C85C97CB3127
_K1 = 0xB492B66FBE98F273
_K2 = 0x9AE16A3B2F90404F

# The multiplier of MurmurHash.
_MURMUR = 0xC6A4A7935BD1E995


def murmur64(data: bytes, seed: int = 0xDECAFCAFFE) -> int:
    """MurmurHash64A (Appleby): the hash of `string_to_hash_bucket`."""
    h = seed ^ (len(data) * _MURMUR & _MASK)
    whole = len(data) & ~7
    for (k,) in struct.iter_unpack("<Q", data[:whole]):
        k = k * _MURMUR & _MASK
        k = (k ^ (k >> 47)) * _MURMUR & _MASK
        h = (h ^ k) * _MURMUR & _MASK
    if whole < len(data):
        h = (h ^ int.from_bytes(data[whole:], "little")) * _MURMUR & _MASK
    h = (h ^ (h >> 47)) * _MURMUR & _MASK
    return h ^ (h >> 47)


def combine(first: int, second: int) -> int:
    """Return one fingerprint of two, in their order: what crossed features hash to."""
    mixed = second * _MURMUR & _MASK
    mixed = (mixed ^ (mixed >> 47)) * _MURMUR & _MASK
    result = (first ^ _MURMUR ^ mixed) * _MURMUR & _MASK
    result = (result ^ (result >> 47)) * _MURMUR & _MASK
    return result ^ (result >> 47)


def siphash24(data: bytes, key: tuple[int, int]) -> int:
    """SipHash-2-4 (Aumasson and Bernstein, 2012) under a key of two 64-bit numbers."""
    k0, k1 = (part & _MASK for part in key)
    v0, v1 = k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D
    v2, v3 = k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573
    padded = data + bytes(-(len(data) + 1) % 8) + bytes([len(data) & 0xFF])
    state = (v0, v1, v2, v3)
    for (word,) in struct.iter_unpack("<Q", padded):
        v0, v1, v2, v3 = state
        v0, v1, v2, v3 = _sip_rounds(2, v0, v1, v2, v3 ^ word)
        state = (v0 ^ word, v1, v2, v3)
    v0, v1, v2, v3 = state
    v0, v1, v2, v3 = _sip_rounds(4, v0, v1, v2 ^ 0xFF, v3)
    return v0 ^ v1 ^ v2 ^ v3


def _sip_rounds(count: int, v0: int, v1: int, v2: int, v3: int) -> tuple[int, int, int, int]:
    for _ in range(count):
        v0 = v0 + v1 & _MASK
        v2 = v2 + v3 & _MASK
        v1 = _left(v1, 13) ^ v0
        v3 = _left(v3, 16) ^ v2
        v0 = _left(v0, 32)
        v2 = v2 + v1 & _MASK
        v0 = v0 + v3 & _MASK
        v1 = _left(v1, 17) ^ v2
        v3 = _left(v3, 21) ^ v0
        v2 = _left(v2, 32)
    return v0, v1, v2, v3


def _left(x: int, bits: int) -> int:
    return (x << bits | x >> (64 - bits)) & _MASK


def farmhash64(data: bytes) -> int:
    """FarmHash Fingerprint64 (Pike): the hash of `string_to_hash_bucket_fast`."""
    if len(data) <= 16:
        return _farm_short(data)
    if len(data) <= 32:
        return _farm_33(data)
    if len(data) <= 64:
        return _farm_65(data)
    return _farm_long(data)


def _right(x: int, bits: int) -> int:
    x &= _MASK
    return (x >> bits | x << (64 - bits)) & _MASK


def _word(data: bytes, at: int) -> int:
    """Return the eight bytes at a place, counted from the end if negative."""
    at = at + len(data) if at < 0 else at
    return int.from_bytes(data[at : at + 8], "little")


def _mix(x: int) -> int:
    x &= _MASK
    return x ^ (x >> 47)


def _pair(u: int, v: int, multiplier: int) -> int:
    """Hash two words into one."""
    a = _mix(((u ^ v) & _MASK) * multiplier)
    b = _mix(((v ^ a) & _MASK) * multiplier)
    return b * multiplier & _MASK


def _farm_short(data: bytes) -> int:
    n = len(data)
    multiplier = _K2 + n * 2
    if n >= 8:
        a, b = _word(data, 0) + _K2, _word(data, -8)
        c = _right(b, 37) * multiplier + a
        d = (_right(a, 25) + b) * multiplier
        return _pair(c, d, multiplier)
    if n >= 4:
        a, b = (int.from_bytes(part, "little") for part in (data[:4], data[-4:]))
        return _pair(n + (a << 3), b, multiplier)
    if n:
        y = data[0] + (data[n >> 1] << 8)
        z = n + (data[-1] << 2)
        return _mix(y * _K2 ^ z * _K0) * _K2 & _MASK
    return _K2


def _farm_33(data: bytes) -> int:
    multiplier = _K2 + len(data) * 2
    a, b = _word(data, 0) * _K1, _word(data, 8)
    c, d = _word(data, -8) * multiplier, _word(data, -16) * _K2
    first = _right(a + b, 43) + _right(c, 30) + d
    return _pair(first, a + _right(b + _K2, 18) + c, multiplier)


def _farm_65(data: bytes) -> int:
    multiplier = _K2 + len(data) * 2
    a, b = _word(data, 0) * _K2, _word(data, 8)
    c, d = _word(data, -8) * multiplier, _word(data, -16) * _K2
    y = _right(a + b, 43) + _right(c, 30) + d
    z = _pair(y, a + _right(b + _K2, 18) + c, multiplier)
    e, f = _word(data, 16) * multiplier, _word(data, 24)
    g = (y + _word(data, -32)) * multiplier
    h = (z + _word(data, -24)) * multiplier
    first = _right(e + f, 43) + _right(g, 30) + h
    return _pair(first, e + _right(f + a, 18) + g, multiplier)


def _weak(block: bytes, at: int, a: int, b: int) -> tuple[int, int]:
    """Hash 32 bytes into two words."""
    w, x, y, z = struct.unpack_from("<4Q", block, at)
    a += w
    b = _right(b + a + z, 21)
    c = a
    a += x + y
    return (a + z) & _MASK, (b + _right(a, 44) + c) & _MASK


def _farm_long(data: bytes) -> int:
    n = len(data)
    x, y = 81, 81 * _K1 + 113 & _MASK
    z = _mix(y * _K2 + 113) * _K2 & _MASK
    x = x * _K2 + _word(data, 0) & _MASK
    v, w = (0, 0), (0, 0)
    for start in range(0, (n - 1) // 64 * 64, 64):
        x, y, z, v, w = _farm_block(data[start : start + 64], x, y, z, v, w, _K1, 1)
    multiplier = _K1 + ((z & 0xFF) << 1)
    w0 = w[0] + (n - 1 & 63)
    v0 = v[0] + w0
    x, y, z, v, w = _farm_block(data[-64:], x, y, z, (v0, v[1]), (w0 + v0, w[1]), multiplier, 9)
    first = _pair(v[0], w[0], multiplier) + _mix(y) * _K0 + z
    return _pair(first, _pair(v[1], w[1], multiplier) + x, multiplier)


def _farm_block(
    block: bytes,
    x: int,
    y: int,
    z: int,
    v: tuple[int, int],
    w: tuple[int, int],
    multiplier: int,
    weight: int,
) -> tuple[int, int, int, tuple[int, int], tuple[int, int]]:
    """Take in 64 bytes."""
    x = _right(x + y + v[0] + _word(block, 8), 37) * multiplier
    y = _right(y + v[1] + _word(block, 48), 42) * multiplier
    x = (x ^ w[1] * weight) & _MASK
    y = y + v[0] * weight + _word(block, 40) & _MASK
    z = _right(z + w[0], 33) * multiplier & _MASK
    v = _weak(block, 0, v[1] * multiplier, x + w[0])
    w = _weak(block, 32, z + w[1], y + _word(block, 16))
    return z, y, x, v, w
