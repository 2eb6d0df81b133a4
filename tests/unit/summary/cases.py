"""Inputs of summaries, the same on every machine; ``summaries.tsv`` has what TensorFlow makes."""

import numpy as np


def lcg(count, seed=1):
    """Numbers in [0, 1), the same on every machine."""
    state, out = seed, []
    for _ in range(count):
        state = (1103515245 * state + 12345) % 2**31
        out.append(state / 2.0**31)
    return np.array(out)


def histograms():
    u = lcg(500)
    v = lcg(500, 7)
    return {
        "empty": np.zeros([0], np.float32),
        "empty-2d": np.zeros([2, 0], np.float64),
        "zero": np.float32(0),
        "minus-zero": np.array([-0.0], np.float32),
        "scalar": np.float64(3.25),
        "negative": np.float32(-3.25),
        "uniform": u.astype(np.float32),
        "uniform-64": u.reshape(5, 10, 10),
        "centred": ((u + v + lcg(500, 9)) / 3 - 0.5).astype(np.float32),
        "heavy": ((u - 0.5) / (v + 1e-6)).astype(np.float32),
        "wide": np.array(
            [1e-30, 1e-12, 1.1e-12, 1e-6, 1.0, 1e6, 1e19, 1e20, 1e21, 1e38], np.float32
        ),
        "wide-negative": -np.array([1e-30, 1e-12, 1e-6, 1.0, 1e6, 1e20, 1e21, 1e300], np.float64),
        "limits": np.array([1.0e-12 * 1.1, 1.0e-12], np.float64),
        "int32": np.array([-7, -1, 0, 0, 1, 2, 2, 3, 1000, 2**31 - 1], np.int32),
        "int64": np.array([-(2**62), 2**53 + 1, 5], np.int64),
        "uint8": np.arange(256).astype(np.uint8),
        "int8": np.arange(-128, 128).astype(np.int8),
        "int16": np.arange(-300, 300, 7).astype(np.int16),
        "uint16": np.arange(0, 65000, 999).astype(np.uint16),
        "float16": (u * 8 - 4).astype(np.float16),
        "half-zeros": np.concatenate([np.zeros(100), u]).astype(np.float32),
        "neighbours": np.array([1.0, 1.05, 1.2, 1.3, 3.0], np.float32),
    }


def images():
    u = lcg(120, 3)
    bad = (u[:48] * 2 - 1).reshape(2, 2, 4, 3).astype(np.float32)
    bad[0, 0, 1, 2] = np.nan
    bad[1, 1, 2, 0] = np.inf
    bad[1, 0, 0, 1] = -np.inf
    gray = np.array([np.nan, 0.25, np.inf, 4.0], np.float32).reshape(1, 2, 2, 1)
    return {
        "bytes": ((u[:24] * 256).astype(np.uint8).reshape(2, 2, 2, 3), 3),
        "bytes-gray": ((u[:8] * 256).astype(np.uint8).reshape(2, 2, 2, 1), 1),
        "bytes-alpha": ((u[:16] * 256).astype(np.uint8).reshape(1, 2, 2, 4), 3),
        "positive": ((u[:24] * 7).reshape(2, 1, 4, 3).astype(np.float32), 3),
        "signed": ((u[:24] * 3 - 1).reshape(2, 1, 4, 3).astype(np.float32), 3),
        "signed-64": ((u[:24] * 3 - 2).reshape(2, 1, 4, 3), 3),
        "positive-64": ((u[:24] * 3).reshape(2, 1, 4, 3), 3),
        "signed-16": ((u[:24] * 3 - 2).reshape(2, 1, 4, 3).astype(np.float16), 3),
        "positive-16": ((u[:120] * 300).reshape(1, 10, 12, 1).astype(np.float16), 3),
        "tiny": ((u[:12] * 1e-7).reshape(1, 1, 4, 3).astype(np.float32), 3),
        "tiny-negative": ((u[:12] * -1e-7).reshape(1, 1, 4, 3).astype(np.float32), 3),
        "zeros": (np.zeros([1, 1, 2, 1], np.float32), 3),
        "bad": (bad, 3),
        "bad-gray": (gray, 3),
        "bad-alpha": (np.concatenate([bad, bad[..., :1]], -1), 3),
        "all-bad": (np.full([1, 1, 2, 3], np.nan, np.float32), 3),
        "all-bad-inf": (np.full([1, 1, 2, 3], -np.inf, np.float32), 3),
        "many": (np.zeros([5, 1, 1, 1], np.uint8), 2),
        "one-of-many": (np.zeros([5, 1, 1, 1], np.uint8), 1),
        "none": (np.zeros([0, 2, 2, 1], np.uint8), 3),
    }


def sounds():
    u = lcg(40, 5)
    ties = np.arange(-6, 7) / 65536.0
    return {
        "mono": ((u[:20] * 2.4 - 1.2).reshape(2, 10).astype(np.float32), 8000.0, 3),
        "stereo": ((u[:40] * 2 - 1).reshape(2, 10, 2).astype(np.float32), 44100.0, 1),
        "ties": (ties[None].astype(np.float32), 10.5, 3),
        "not-finite": (np.array([[0, np.nan, np.inf, -np.inf]], np.float32), 11.4, 3),
        "none": (np.zeros([0, 4], np.float32), 8000.0, 3),
        "many": (np.zeros([4, 2], np.float32), 8000.0, 2),
    }


def scalars():
    values = [0.0, -0.0, 1.5, -3.0, np.nan, np.inf, -np.inf, 0.1, 1e300, 1e-50]
    found = {f"float64 {v!r}": np.float64(v) for v in values}
    found.update({f"float32 {v!r}": np.float32(v) for v in values[:8]})
    found.update({"int32": np.int32(-7), "int64": np.int64(2**40 + 1), "uint8": np.uint8(200)})
    found.update({"int8": np.int8(-3), "int16": np.int16(-3), "float16": np.float16(0.1)})
    found["uint16"] = np.uint16(65535)
    return found


def texts():
    return {
        "scalar": np.array(b"plain", object),
        "vector": np.array([b"a", b"# b", "é".encode()], object),
        "table": np.array([[b"a", b""], [b"c", b"d"]], object),
        "empty": np.zeros([0], object),
    }


def tensors():
    return {
        "int32": np.array([[1, 2], [3, 4]], np.int32),
        "float64": np.float64(0.1),
        "bool": np.array([True, False]),
        "float16": np.array([0.5, -2], np.float16),
        "complex64": np.array([1 + 2j], np.complex64),
        "empty": np.zeros([0, 3], np.float32),
        "uint8": np.arange(5).astype(np.uint8),
    }
