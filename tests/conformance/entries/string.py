import numpy as np

from flowgraph.errors import InvalidArgumentError
from flowgraph.ops.string import (
    StringJoin,
    StringLength,
    StringLower,
    StringStrip,
    StringUpper,
    Substr,
)
from flowgraph.ops.string_base64 import DecodeBase64, EncodeBase64
from tests.conformance.entry import Bad, Entry, Sample


def strings(value):
    return np.array(value, dtype=object)


A = strings([b"a", b"", b"\xff\0"])
B = strings([b"x", b"yy", b"z"])
NONE = np.empty((0, 2), object)
CASES = strings([b"aB1", "É".encode()])
WORDS = strings([b"hello", b"world"])
PLAIN = strings([b"abc", b"a", b"\xff\xef", b""])
int32 = np.int32

ENTRIES = [
    Entry(
        StringJoin,
        samples=[
            Sample(StringJoin(), ([A, B],), strings([b"ax", b"yy", b"\xff\0z"])),
            Sample(
                StringJoin(separator=", "),
                ([A, strings(b"s"), B],),
                strings([b"a, s, x", b", s, yy", b"\xff\0, s, z"]),
            ),
            Sample(StringJoin(separator="-"), ([strings(b"a"), strings(b"b")],), strings(b"a-b")),
            Sample(StringJoin(separator="-"), ([A],), A),
            Sample(
                StringJoin(),
                ([strings([[b"a"], [b"b"]]), strings(b"c")],),
                strings([[b"ac"], [b"bc"]]),
            ),
            Sample(
                StringJoin(), ([np.empty((0, 2), object), strings(b"c")],), np.empty((0, 2), object)
            ),
        ],
        bad=[
            Bad(StringJoin(), ([A, B[:2]],), ValueError, "must be equal, but are 3 and 2"),
            Bad(
                StringJoin(),
                ([A, B[:2]],),
                InvalidArgumentError,
                r"Input shapes do not match: \[2\] vs. \[3\]",
                run=True,
            ),
        ],
    ),
    Entry(
        StringStrip,
        samples=[
            Sample(
                StringStrip(),
                (strings([b" a b\t\n", b"\x0b\x0c", b""]),),
                strings([b"a b", b"", b""]),
            ),
            Sample(StringStrip(), (strings(b" \xff\0 "),), strings(b"\xff\0")),
            Sample(StringStrip(), (NONE,), NONE),
        ],
    ),
    Entry(
        StringLower,
        samples=[
            Sample(StringLower(), (CASES,), strings([b"ab1", "É".encode()])),
            Sample(StringLower(encoding="utf-8"), (CASES,), strings([b"ab1", "é".encode()])),
            Sample(StringLower(), (NONE,), NONE),
        ],
        bad=[
            Bad(
                StringLower(encoding="latin"),
                (CASES,),
                InvalidArgumentError,
                "only utf-8 or '' .no encoding. is supported, received latin",
                run=True,
            )
        ],
    ),
    Entry(
        StringUpper,
        samples=[
            Sample(StringUpper(), (strings(["aB1ß".encode()]),), strings(["AB1ß".encode()])),
            Sample(
                StringUpper(encoding="utf-8"), (strings("éß".encode()),), strings("ÉSS".encode())
            ),
        ],
    ),
    Entry(
        StringLength,
        samples=[
            Sample(StringLength(), (strings([b"abc", "é".encode(), b""]),), np.array([3, 2, 0])),
            Sample(
                StringLength(unit="UTF8_CHAR"), (strings(["aé€".encode(), b""]),), np.array([3, 0])
            ),
            Sample(StringLength(unit="UTF8_CHAR"), (strings(b"\xc3\xa9\xff\xfe"),), np.array(3)),
            Sample(StringLength(), (NONE,), np.empty((0, 2))),
        ],
        bad=[Bad(StringLength(unit="x"), (A,), ValueError, 'not in: "BYTE", "UTF8_CHAR"')],
    ),
    Entry(
        Substr,
        samples=[
            Sample(Substr(), (WORDS, int32(1), int32(3)), strings([b"ell", b"orl"])),
            Sample(Substr(), (WORDS, np.int64([-2, 5]), np.int64([9, 1])), strings([b"lo", b""])),
            Sample(Substr(), (WORDS[0], int32([0, 1]), int32([1, -1])), strings([b"h", b"ello"])),
            Sample(
                Substr(),
                (WORDS[:, None], int32([0, 1]), int32([1, 2])),
                strings([[b"h", b"el"], [b"w", b"or"]]),
            ),
            Sample(
                Substr(unit="UTF8_CHAR"),
                (strings(["aé€b".encode()] * 3), int32([1, -2, 4]), int32([2, 9, 1])),
                strings(["é€".encode(), "€b".encode(), b""]),
            ),
            Sample(Substr(), (NONE, int32(0), int32(1)), NONE),
        ],
        bad=[
            Bad(
                Substr(),
                (WORDS, int32([0, 1]), int32([1])),
                ValueError,
                r"pos and len shapes must match: \[2\] vs. \[1\]",
            ),
            Bad(Substr(unit="x"), (WORDS, int32(0), int32(1)), ValueError, "passed string 'x'"),
            Bad(
                Substr(),
                (WORDS, int32([0, 6]), int32([1, 1])),
                InvalidArgumentError,
                "pos 6 out of range for string b'world' at index 1",
                run=True,
            ),
            Bad(
                Substr(unit="UTF8_CHAR"),
                (WORDS, int32(-6), int32(1)),
                InvalidArgumentError,
                "pos -6 out of range for string at index 0",
                run=True,
            ),
            Bad(
                Substr(),
                (WORDS, int32([0, 1, 2]), int32([1, 1, 1])),
                InvalidArgumentError,
                r"Incompatible shapes: \[2\] vs. \[3\]",
                run=True,
            ),
        ],
    ),
    Entry(
        EncodeBase64,
        samples=[
            Sample(EncodeBase64(), (PLAIN,), strings([b"YWJj", b"YQ", b"_-8", b""])),
            Sample(EncodeBase64(pad=True), (PLAIN,), strings([b"YWJj", b"YQ==", b"_-8=", b""])),
        ],
    ),
    Entry(
        DecodeBase64,
        samples=[
            Sample(DecodeBase64(), (strings([b"YWJj", b"YQ", b"_-8", b""]),), PLAIN),
            Sample(DecodeBase64(), (strings([[b"YQ==", b"YR"]]),), strings([[b"a", b"a"]])),
            Sample(DecodeBase64(), (NONE,), NONE),
        ],
        bad=[
            Bad(DecodeBase64(), (strings(bad),), InvalidArgumentError, match, run=True)
            for bad, match in [
                (b"YW+j", "Invalid character found in base64."),
                (b"Y===", "Invalid character found in base64."),
                (b"YWJjY", "Base64 string length cannot be 1 modulo 4."),
            ]
        ],
    ),
]
