import numpy as np

from flowgraph import dtypes
from flowgraph.errors import InvalidArgumentError
from flowgraph.ops.serialization import ParseTensor, SerializeTensor
from tests.conformance.entries.string import strings
from tests.conformance.entry import Bad, Entry, Sample

# What TensorFlow 1.15 writes.
WRITTEN = [
    (np.float32([1, 2]), b'\x08\x01\x12\x04\x12\x02\x08\x02"\x08\x00\x00\x80?\x00\x00\x00@'),
    (np.int32(3), b'\x08\x03\x12\x00"\x04\x03\x00\x00\x00'),
    (np.float16([1, 2]), b'\x08\x13\x12\x04\x12\x02\x08\x02"\x04\x00<\x00@'),
    (np.array([True, False]), b'\x08\n\x12\x04\x12\x02\x08\x02"\x02\x01\x00'),
    (np.zeros((0, 2), np.float32), b"\x08\x01\x12\x06\x12\x00\x12\x02\x08\x02"),
    (strings([[b"a", b"bc"]]), b"\x08\x07\x12\x08\x12\x02\x08\x01\x12\x02\x08\x02B\x01aB\x02bc"),
    (strings(b"x"), b"\x08\x07\x12\x00B\x01x"),
]

ENTRIES = [
    Entry(
        SerializeTensor,
        samples=[Sample(SerializeTensor(), (array,), strings(text)) for array, text in WRITTEN],
    ),
    Entry(
        ParseTensor,
        samples=[
            Sample(ParseTensor(out_type=dtypes.as_dtype(array.dtype)), (strings(text),), array)
            for array, text in WRITTEN
        ],
        bad=[
            Bad(
                ParseTensor(out_type=dtypes.int32),
                (strings(WRITTEN[0][1]),),
                InvalidArgumentError,
                r"Type mismatch between parsed tensor \(float\) and dtype \(int32\)",
                run=True,
            ),
            Bad(
                ParseTensor(out_type=dtypes.int32),
                (strings(b"\xff\xff"),),
                InvalidArgumentError,
                "Could not parse `serialized` as TensorProto: ",
                run=True,
            ),
            Bad(
                ParseTensor(out_type=dtypes.int32),
                (strings([b"", b""]),),
                InvalidArgumentError,
                r"Expected `serialized` to be a scalar, got shape: \[2\]",
                run=True,
            ),
        ],
    ),
]
