"""What the files in data/ hold: they were written by TensorFlow 1.15."""

import numpy as np

from flowgraph.dtypes import as_dtype

NUMBERS = """
float32 float64 float16 bfloat16 int8 int16 int32 int64 uint8 uint16 uint32 uint64
complex64 complex128 qint8 quint8 qint16 quint16 qint32
"""
KINDS = [*NUMBERS.split(), "bool", "string"]
NOT_IN_V1 = ("uint32", "uint64", "qint16", "quint16", "bfloat16")
SHAPES = [(), (3,), (2, 3), (0,)]
PART = np.arange(24, dtype=np.float32).reshape(4, 6)
PARTS = {
    "4 6 0,2:-": PART[:2],
    "4 6 2,2:0,4": PART[2:, :4],
    "4 6 2,2:4,2": PART[2:, 4:],
}


def value(kind, shape):
    numbers = np.arange(1, 1 + int(np.prod(shape))).reshape(shape)
    if kind == "string":
        texts = np.empty(shape, object)
        texts.reshape(-1)[:] = [b"ab" * n for n in numbers.reshape(-1)]
        return texts
    if kind == "bool":
        return numbers % 2 == 1
    if kind.startswith("complex"):
        numbers = numbers + 0.5j * numbers
    elif "float" in kind:
        numbers = numbers / 2
    return numbers.astype(as_dtype(kind).numpy)


def values(without=()):
    return {
        f"{kind}/{i}": (as_dtype(kind), value(kind, shape))
        for kind in KINDS
        if kind not in without
        for i, shape in enumerate(SHAPES)
    }
