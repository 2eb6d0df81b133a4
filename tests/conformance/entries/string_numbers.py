import numpy as np

from flowgraph import dtypes
from flowgraph.errors import InvalidArgumentError
from flowgraph.ops.string_number import AsString, DecodeRaw, StringToNumber
from tests.conformance.entries.string import strings
from tests.conformance.entry import Bad, Entry, Sample


def written(value, expected, **attributes):
    return Sample(AsString(**attributes), (value,), strings(expected))


def unreadable(text, dtype=dtypes.float32):
    return Bad(
        StringToNumber(out_type=dtype),
        (strings([b"1", text]),),
        InvalidArgumentError,
        "StringToNumberOp could not correctly convert string: ",
        run=True,
    )


def unwritable(value, match, **attributes):
    return Bad(AsString(**attributes), (value,), InvalidArgumentError, match, run=True)


FLOATS = np.float32([1.5, -2.0, 1e10])

ENTRIES = [
    Entry(
        StringToNumber,
        samples=[
            Sample(
                StringToNumber(),
                (strings([b"1", b" -2.5\n", b"+1e3", b".5", b"1.", b"0x1F", b"  "]),),
                np.float32([1, -2.5, 1000, 0.5, 1, 31, 0]),
            ),
            Sample(
                StringToNumber(out_type=dtypes.float64),
                (strings([[b"inf", b"-INF", b"NaN", b"1e400", b"1e-50"]]),),
                np.array([[np.inf, -np.inf, np.nan, np.inf, 1e-50]]),
            ),
            Sample(
                StringToNumber(out_type=dtypes.int32),
                (strings([b"-2147483648", b" 12 "]),),
                np.int32([-(2**31), 12]),
            ),
            Sample(StringToNumber(out_type=dtypes.int64), (strings(b"-9"),), np.int64(-9)),
            Sample(StringToNumber(), (np.empty((0, 2), object),), np.empty((0, 2), np.float32)),
        ],
        bad=[
            *[unreadable(text) for text in (b"", b"x", b"1_0", b"infinity", b"1e", b"- 1", b"1f")],
            *[unreadable(text, dtypes.int32) for text in (b"", b"+1", b"1.", b"2147483648")],
            Bad(
                StringToNumber(out_type=dtypes.int8),
                (strings([b"1"]),),
                TypeError,
                "'out_type' has DataType int8 not in list of allowed values: float32, float64",
            ),
        ],
    ),
    Entry(
        AsString,
        samples=[
            written(FLOATS, [b"1.500000", b"-2.000000", b"10000000000.000000"]),
            written(FLOATS, [b"1.50", b"-2.00", b"10000000000.00"], precision=2),
            written(FLOATS, [b"1.5", b"-2", b"1e+10"], shortest=True),
            written(FLOATS, [b"1.500000e+00", b"-2.000000e+00", b"1.000000e+10"], scientific=True),
            written(np.array([1.5, np.inf]), [b"01.500000", b"      inf"], width=9, fill="0"),
            written(np.array([1.5, np.nan]), [b"+1.5", b"+nan"], precision=1, fill="+"),
            written(np.int32([-5, 123]), [b"-5", b"123"]),
            written(np.int64([-5, 123]), [b"-00000005", b"000000123"], width=9, fill="0"),
            written(np.int16([[-5]]), [[b"-5  "]], width=4, fill="-"),
            written(np.int8(5), b"5"),
            written(np.array([True, False]), [b"true", b"false"], width=9),
            written(np.complex64([1 + 2.5j]), [b"(  1.0,  2.5)"], precision=1, width=5),
            written(np.complex128(1 + 2.5j), b"(1,2.5)", shortest=True),
            written(np.empty((0, 2)), np.empty((0, 2))),
        ],
        bad=[
            unwritable(np.int32([1]), "precision not supported for datatype int32", precision=2),
            unwritable(
                np.array([True]),
                "scientific and shortest format not supported for datatype bool",
                shortest=True,
            ),
            unwritable(
                FLOATS,
                "Cannot select both scientific and shortest notation",
                scientific=True,
                shortest=True,
            ),
            unwritable(FLOATS, "Fill string must be one or fewer characters", fill="00"),
            unwritable(FLOATS, 'Fill argument not supported: "x"', fill="x"),
            Bad(AsString(), (np.float16([1]),), TypeError, "has DataType float16 not in list"),
        ],
    ),
    Entry(
        DecodeRaw,
        samples=[
            Sample(
                DecodeRaw(out_type=dtypes.uint8),
                (strings([b"ab", b"\xff\0"]),),
                np.uint8([[97, 98], [255, 0]]),
            ),
            Sample(
                DecodeRaw(out_type=dtypes.uint16, little_endian=False),
                (strings(b"\x01\x02\x03\x04"),),
                np.uint16([0x0102, 0x0304]),
            ),
            Sample(
                DecodeRaw(out_type=dtypes.float16),
                (strings([np.float16([1.5, -2]).tobytes()]),),
                np.float16([[1.5, -2]]),
            ),
            Sample(
                DecodeRaw(out_type=dtypes.complex64),
                (strings([[np.complex64([1 + 2j]).tobytes()]]),),
                np.complex64([[[1 + 2j]]]),
            ),
            Sample(
                DecodeRaw(out_type=dtypes.bool),
                (strings(b"\0\x01\x02"),),
                np.array([False, True, True]),
            ),
            Sample(
                DecodeRaw(out_type=dtypes.int64), (np.empty(0, object),), np.empty((0, 0), np.int64)
            ),
        ],
        bad=[
            Bad(
                DecodeRaw(out_type=dtypes.uint8),
                (strings([b"abcd", b"abc"]),),
                InvalidArgumentError,
                "all be the same size, but element 1 has size 4 != 3",
                run=True,
            ),
            Bad(
                DecodeRaw(out_type=dtypes.float32),
                (strings(b"abc"),),
                InvalidArgumentError,
                "Input to DecodeRaw has length 3 that is not a multiple of 4, the size of float",
                run=True,
            ),
            Bad(
                DecodeRaw(out_type=dtypes.uint32),
                (strings(b"abcd"),),
                TypeError,
                "'out_type' has DataType uint32 not in list of allowed values: float16, float32",
            ),
        ],
    ),
]
