import numpy as np

from flowgraph.errors import InvalidArgumentError, UnimplementedError
from flowgraph.ops.string_hash import (
    StringToHashBucket,
    StringToHashBucketFast,
    StringToHashBucketStrong,
)
from flowgraph.ops.string_reduce import ReduceJoin, UnsortedSegmentJoin
from flowgraph.ops.string_regex import (
    RegexFullMatch,
    RegexReplace,
    StaticRegexFullMatch,
    StaticRegexReplace,
)
from flowgraph.ops.string_split import StringSplit, StringSplitV2
from flowgraph.ops.string_unicode import UnicodeTranscode
from tests.conformance.entries.string import strings
from tests.conformance.entry import Bad, Entry, Sample

SQUARE = strings([[b"a", b"b"], [b"c", b"d"]])
NONE = np.empty((0, 2), object)
MALFORMED = strings([b"a\xc3\xa9\x01", b"\xff\xe9x", b"\xe2\x82"])
# What TensorFlow 1.15 gives for strings of these lengths, see `hashed`.
LENGTHS = (0, 1, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 200)
MANY = 2**62 - 57


def int32(value):
    return np.array(value, np.int32)


def hashed(op, values):
    keys = [bytes((i * 7 + n) % 256 for i in range(n)) for n in LENGTHS]
    return Sample(op, (strings(keys),), np.array(values, np.int64), rtol=0, atol=0)


def split(op, given, separator, rows):
    places = [(i, j) for i, row in enumerate(rows) for j in range(len(row))]
    values = np.empty(len(places), object)
    values[:] = [piece for row in rows for piece in row]
    shape = np.array([len(rows), max(map(len, rows), default=0)])
    indices = np.array(places, np.int64).reshape(-1, 2)
    given = np.array(given, object)
    return Sample(op, (given, strings(separator)), (indices, values, shape))


def replaced(pattern, rewrite, given, expected, everywhere=True):
    op = StaticRegexReplace(pattern=pattern, rewrite=rewrite, replace_global=everywhere)
    return Sample(op, (strings([given]),), strings([expected]))


def refused(pattern, reason, error=InvalidArgumentError):
    op = StaticRegexFullMatch(pattern=pattern)
    return Bad(op, (np.empty(0, object),), error, reason, run=True)


def transcoded(expected, **attributes):
    op = UnicodeTranscode(**{"input_encoding": "UTF-8", "output_encoding": "UTF-8", **attributes})
    return Sample(op, (MALFORMED,), strings(expected))


ENTRIES = [
    Entry(
        StringToHashBucket,
        samples=[
            Sample(StringToHashBucket(num_buckets=10), (strings([b"a", b"b"]),), np.array([8, 0])),
            hashed(
                StringToHashBucket(num_buckets=MANY),
                [
                    105434511174508205,
                    2499542889307245882,
                    664798910978920932,
                    1071300106493060587,
                    3552175740516232844,
                    1792776028251320487,
                    3746856902379459177,
                    848429028861713146,
                    995847565073455182,
                    3561695271940059178,
                    1934025981943740803,
                    2782484674102228207,
                    3102851608180840120,
                    2309570280106208740,
                    2817797733315875061,
                    799619217219469469,
                    2144609678898819375,
                    2197624490377029250,
                    247932997590592320,
                    3140240580992840012,
                ],
            ),
        ],
        bad=[
            Bad(StringToHashBucket(num_buckets=0), (SQUARE,), ValueError, "0 less than minimum 1"),
        ],
    ),
    Entry(
        StringToHashBucketFast,
        samples=[
            Sample(StringToHashBucketFast(num_buckets=10), (SQUARE[0],), np.array([9, 2])),
            Sample(StringToHashBucketFast(num_buckets=10), (NONE,), np.empty((0, 2))),
            hashed(
                StringToHashBucketFast(num_buckets=MANY),
                [
                    1936946117179621569,
                    550085751958558839,
                    50737162503519645,
                    74291032824012563,
                    3398365883158499763,
                    3403648104430011034,
                    2054850140886334209,
                    3575310498258597009,
                    663651183927827018,
                    3125010364355856186,
                    2801713092741292900,
                    3992320350721670009,
                    3233698670931835711,
                    1203207000702785044,
                    1859692024977922398,
                    444801980686921533,
                    1314699078308480933,
                    2003798058489048692,
                    455335815384283904,
                    202520530910294351,
                ],
            ),
        ],
    ),
    Entry(
        StringToHashBucketStrong,
        samples=[
            Sample(
                StringToHashBucketStrong(num_buckets=10, key=(1, 2)), (SQUARE[0],), np.array([6, 4])
            ),
            hashed(
                StringToHashBucketStrong(num_buckets=MANY, key=(1234567890123, -98765)),
                [
                    4417221506187418593,
                    217346234663578473,
                    2991993460174242203,
                    2099369268357230461,
                    1766545875662328635,
                    432184621366562541,
                    3444245800492448240,
                    1131857813759423387,
                    1285034035157572323,
                    2715230806270037629,
                    318942027948085634,
                    1003067865632685312,
                    2298109247963434090,
                    3319734316606091874,
                    1568599189414748609,
                    1638495487472080543,
                    1765237347557792321,
                    3759938272408276483,
                    2589575665336890555,
                    2332208722133222213,
                ],
            ),
        ],
        bad=[
            Bad(
                StringToHashBucketStrong(num_buckets=10, key=(1,)),
                (SQUARE,),
                InvalidArgumentError,
                "Key must have 2 elements",
                run=True,
            )
        ],
    ),
    Entry(
        StringSplit,
        samples=[
            split(StringSplit(), [b" a b ", b"", b"  "], b" ", [[b"a", b"b"], [], []]),
            split(
                StringSplit(skip_empty=False),
                [b" a ", b"", b"  "],
                b" ",
                [[b"", b"a", b""], [], [b"", b"", b""]],
            ),
            split(StringSplit(), [b"a,b;c", b"]"], b",;^]", [[b"a", b"b", b"c"], []]),
            split(StringSplit(), [b"ab", b""], b"", [[b"a", b"b"], []]),
            split(StringSplit(), [], b" ", []),
        ],
        bad=[
            Bad(StringSplit(), (SQUARE, strings(b" ")), ValueError, "rank 1 but is rank 2"),
            Bad(StringSplit(), (SQUARE[0], SQUARE[0]), ValueError, "rank 0 but is rank 1"),
        ],
    ),
    Entry(
        StringSplitV2,
        samples=[
            split(
                StringSplitV2(),
                [b" a b ", b"", b"a\tb\nc"],
                b"",
                [[b"a", b"b"], [], [b"a", b"b", b"c"]],
            ),
            split(StringSplitV2(maxsplit=1), [b" a b c "], b"", [[b"a", b"b c "]]),
            split(
                StringSplitV2(),
                [b"a<>b<>", b"<>", b""],
                b"<>",
                [[b"a", b"b", b""], [b"", b""], [b""]],
            ),
            split(StringSplitV2(maxsplit=0), [b"a<>b"], b"<>", [[b"a<>b"]]),
        ],
        bad=[Bad(StringSplitV2(), (SQUARE, strings(b" ")), ValueError, "rank 1 but is rank 2")],
    ),
    Entry(
        ReduceJoin,
        samples=[
            Sample(ReduceJoin(), (SQUARE, int32([1, 0])), strings(b"abcd")),
            Sample(ReduceJoin(), (SQUARE, int32([0, -1])), strings(b"acbd")),
            Sample(ReduceJoin(separator="-"), (SQUARE, int32(0)), strings([b"a-c", b"b-d"])),
            Sample(ReduceJoin(keep_dims=True), (SQUARE, int32([-1])), strings([[b"ab"], [b"cd"]])),
            Sample(ReduceJoin(), (SQUARE, int32([])), SQUARE),
            Sample(ReduceJoin(), (NONE, int32([0])), strings([b"", b""])),
            Sample(ReduceJoin(), (strings(b"a"), int32([])), strings(b"a")),
        ],
        bad=[
            Bad(
                ReduceJoin(),
                (SQUARE, int32(2)),
                ValueError,
                "Invalid reduction dimension 2 for input with 2 dimensions.",
            ),
            Bad(
                ReduceJoin(),
                (SQUARE, int32(2)),
                InvalidArgumentError,
                r"Invalid reduction dimension 2 for input with 2 dimension\(s\)",
                run=True,
            ),
            Bad(
                ReduceJoin(),
                (SQUARE, int32([0, -2])),
                InvalidArgumentError,
                "Duplicate reduction dimension -2",
                run=True,
            ),
        ],
    ),
    Entry(
        UnsortedSegmentJoin,
        samples=[
            Sample(
                UnsortedSegmentJoin(separator="-"),
                (strings([b"a", b"b", b"c"]), int32([1, 0, 1]), int32(3)),
                strings([b"b", b"a-c", b""]),
            ),
            Sample(
                UnsortedSegmentJoin(),
                (SQUARE, np.int64([1, 1]), np.int64(2)),
                strings([[b"", b""], [b"ac", b"bd"]]),
            ),
            Sample(
                UnsortedSegmentJoin(separator=","),
                (SQUARE, int32([[1, 1], [0, 1]]), int32(2)),
                strings([b"c", b"a,b,d"]),
            ),
        ],
        bad=[
            Bad(
                UnsortedSegmentJoin(),
                (SQUARE, int32([1, 0, 1]), int32(2)),
                ValueError,
                "Dimensions must be equal, but are 2 and 3",
            ),
            Bad(
                UnsortedSegmentJoin(),
                (SQUARE, int32([1, 0, 1]), int32(2)),
                InvalidArgumentError,
                "Segment dimension is 3 while input dimension is 2 in rank 0",
                run=True,
            ),
            Bad(
                UnsortedSegmentJoin(),
                (SQUARE, int32([1, 2]), int32(2)),
                InvalidArgumentError,
                "segment_ids are not allowed to exceed num_segments or to have negative values.",
                run=True,
            ),
        ],
    ),
    Entry(
        StaticRegexReplace,
        samples=[
            replaced("X", "-", b"aXbX", b"a-b-"),
            replaced("(X)", r"<\1\0>", b"aXbX", b"a<XX>bX", everywhere=False),
            replaced("x*", "-", b"axb", b"-a-b-"),
            replaced("", "-", "aé".encode(), "-a-é-".encode()),
            replaced("(a)(b)?", r"<\2>", b"aab", b"<><b>"),
            replaced("a", "\\\\", b"a", b"\\"),
            replaced("a", r"b\9c", b"xay", b"xby"),
            replaced("a$", "X", b"ba\n", b"ba\n"),
            replaced("(?m)^a$", "x", b"a\na", b"x\nx"),
            replaced("(?i)A", "x", b"aA", b"xx"),
            replaced(r"\z", "!", b"ab", b"ab!"),
            replaced(r"\Q.*\E", "x", b"a.*b", b"axb"),
            replaced(r"\x{41}[\x{42}]", "x", b"ABC", b"xC"),
            replaced("[[:alpha:]]|[^[:alpha:]1]", "L", b"a1 ", b"L1L"),
            replaced("[[a]", "-", b"[a]b", b"--]b"),
            replaced("[]a]", "-", b"]a", b"--"),
            replaced(r"[\s\d]", "_", b"a 1", b"a__"),
            replaced(r"\s", "S", b"a\x0b\x0c b", b"a\x0bSSb"),
            replaced(r"\w", "W", "éa_".encode(), "éWW".encode()),
            replaced(r".|\W", "#", b"\xff\xfea", b"\xff\xfe#"),
            replaced("a{2", "x", b"aa{2", b"ax"),
            replaced("a+?", "x", b"aa", b"xx"),
        ],
    ),
    Entry(
        RegexReplace,
        samples=[
            Sample(
                RegexReplace(),
                (SQUARE, strings(b"a|d"), strings(b"x")),
                strings([[b"x", b"b"], [b"c", b"x"]]),
            ),
            Sample(
                RegexReplace(replace_global=False),
                (strings(b"aa"), strings(b"a"), strings(rb"\0\0")),
                strings(b"aaa"),
            ),
        ],
        bad=[
            Bad(
                RegexReplace(),
                (SQUARE, SQUARE[0], strings(b"")),
                ValueError,
                "rank 0 but is rank 1",
            ),
        ],
    ),
    Entry(
        StaticRegexFullMatch,
        samples=[
            Sample(
                StaticRegexFullMatch(pattern="a.*"),
                (strings([b"ab", b"ba", b"a\n"]),),
                np.array([True, False, False]),
            ),
            Sample(StaticRegexFullMatch(pattern="a|ab"), (strings(b"ab"),), np.array(True)),
        ],
        bad=[
            refused("(", r"Invalid pattern: \(, error: missing \): \("),
            refused(")", "missing .: "),
            refused("[a", r"missing \]: \[a"),
            refused("*", r"no argument for repetition operator: \*"),
            refused("a++", r"bad repetition operator: \+\+"),
            refused("a{1001}", r"invalid repetition size: \{1001\}"),
            refused("(?=a)", r"invalid perl operator: \(\?="),
            refused(r"(a)\1", r"invalid escape sequence: \\1"),
            refused("[z-a]", "invalid character class range: z-a"),
            refused("a\\", r"trailing \\"),
            refused(r"\pL", "in the regular expression", UnimplementedError),
            refused("a(?i)b", r"\(\?i\) in the regular expression", UnimplementedError),
        ],
    ),
    Entry(
        RegexFullMatch,
        samples=[
            Sample(
                RegexFullMatch(),
                (SQUARE, strings(b"[ad]")),
                np.array([[True, False], [False, True]]),
            ),
            Sample(RegexFullMatch(), (NONE, strings(b"a")), np.empty((0, 2), bool)),
        ],
        bad=[
            Bad(RegexFullMatch(), (SQUARE, SQUARE[0]), ValueError, "rank 0 but is rank 1"),
            Bad(
                RegexFullMatch(), (SQUARE, strings(b"(")), InvalidArgumentError, "missing", run=True
            ),
        ],
    ),
    Entry(
        UnicodeTranscode,
        samples=[
            transcoded(["aé\x01".encode(), "\ufffd\ufffdx".encode(), "\ufffd".encode()]),
            transcoded(["aé\x01".encode(), b"x", b""], errors="ignore"),
            transcoded(["aé\x01".encode(), b"??x", b"?"], replacement_char=63),
            transcoded(
                ["aé?".encode(), b"??x", b"?"], replacement_char=63, replace_control_characters=True
            ),
            transcoded(
                [b"\0a\0\xe9\0\x01", b"\xff\xfd\xff\xfd\0x", b"\xff\xfd"],
                output_encoding="UTF-16-BE",
            ),
            transcoded(
                ["aÃ©\x01".encode(), "ÿéx".encode(), "â\x82".encode()], input_encoding="latin-1"
            ),
        ],
        bad=[
            Bad(
                UnicodeTranscode(input_encoding="UTF-8", output_encoding="x"),
                (SQUARE,),
                ValueError,
                'not in: "UTF-8", "UTF-16-BE", "UTF-32-BE"',
            ),
            Bad(
                UnicodeTranscode(input_encoding="bogus", output_encoding="UTF-8"),
                (SQUARE,),
                InvalidArgumentError,
                "Could not create converter for input encoding: bogus",
                run=True,
            ),
            Bad(
                UnicodeTranscode(input_encoding="UTF-8", output_encoding="UTF-8", errors="strict"),
                (MALFORMED,),
                InvalidArgumentError,
                "Invalid formatting on input string",
                run=True,
            ),
        ],
    ),
]
