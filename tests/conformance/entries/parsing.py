"""Parsing: references are TensorFlow's own messages, built and read by protobuf."""

import gzip
import zlib

import numpy as np

from flowgraph import dtypes, protos
from flowgraph.errors import DataLossError, InvalidArgumentError
from flowgraph.ops.parsing_ops import ParseExample, ParseSingleExample
from flowgraph.ops.parsing_sequence_ops import ParseSequenceExample, ParseSingleSequenceExample
from flowgraph.ops.parsing_text import DecodeCompressed, DecodeCSV, DecodeJSONExample
from flowgraph.shapes import TensorShape
from tests.conformance.entry import Bad, Entry, Sample

FLOAT, INT64, STRING = dtypes.float32, dtypes.int64, dtypes.string
EMPTY = np.empty(0, object)


def strings(*values):
    array = np.empty(len(values), object)
    array[:] = values
    return array


def text(value):
    array = np.empty((), object)
    array[()] = value
    return array


def fill(feature, values):
    kind = "bytes" if isinstance(values[0], bytes) else type(values[0]).__name__
    name = {"bytes": "bytes_list", "int": "int64_list", "float": "float_list"}[kind]
    getattr(feature, name).value.extend(values)


def example(**features):
    message = protos.Example()
    for name, values in features.items():
        fill(message.features.feature[name], values)
    return message.SerializeToString()


def sequence(context, **lists):
    message = protos.SequenceExample()
    for name, values in context.items():
        fill(message.context.feature[name], values)
    for name, steps in lists.items():
        into = message.feature_lists.feature_list[name]
        for values in steps:
            feature = into.feature.add()
            if values:
                fill(feature, values)
    return message.SerializeToString()


def shape(*sizes):
    return TensorShape.of(sizes)


ONE = example(a=[1, -2], b=[1.5], s=[b"x", b"yy"])
TWO = example(a=[3, 1 << 40], b=[2.5, 3.5])
BATCH = strings(ONE, TWO)


def batch_op(sparse_types, dense_shapes):
    return ParseExample(
        Nsparse=len(sparse_types),
        Ndense=len(dense_shapes),
        sparse_types=sparse_types,
        dense_shapes=dense_shapes,
    )


PARSED = Sample(
    batch_op(sparse_types=(FLOAT, STRING), dense_shapes=(shape(2), shape(None), shape())),
    (
        BATCH,
        EMPTY,
        [text(b"b"), text(b"s")],
        [text(b"a"), text(b"b"), text(b"z")],
        [np.empty(0, np.int64), np.float32(9), text(b"none")],
    ),
    (
        [[0, 0], [1, 0], [1, 1]],
        [[0, 0], [0, 1]],
        np.array([1.5, 2.5, 3.5], np.float32),
        strings(b"x", b"yy"),
        [2, 2],
        [2, 2],
        [[1, -2], [3, 1 << 40]],
        np.array([[1.5, 9.0], [2.5, 3.5]], np.float32),
        strings(b"none", b"none"),
    ),
    differentiate=(),
)
PARSED_ONE = Sample(
    ParseSingleExample(
        num_sparse=1,
        sparse_keys=("s",),
        dense_keys=("a", "z"),
        sparse_types=(STRING,),
        dense_shapes=(shape(2), shape(1)),
    ),
    (text(ONE), [np.empty(0, np.int64), np.array([7.0], np.float32)]),
    ([[0], [1]], strings(b"x", b"yy"), [2], [1, -2], np.array([7.0], np.float32)),
    differentiate=(),
)
Q1 = sequence({"n": [3], "w": [b"a", b"b"]}, t=[[1.0, 2.0], [3.0, 4.0]], v=[[1], [2, 3], []])
Q2 = sequence({"n": [4]}, t=[[5.0, 6.0]])
NONE = np.empty(0, np.int64)

SEQUENCE = Sample(
    ParseSingleSequenceExample(
        Ncontext_sparse=1,
        Ncontext_dense=1,
        Nfeature_list_sparse=1,
        Nfeature_list_dense=2,
        context_sparse_types=(STRING,),
        feature_list_dense_types=(FLOAT, INT64),
        context_dense_shapes=(shape(),),
        feature_list_sparse_types=(INT64,),
        feature_list_dense_shapes=(shape(2), shape(3)),
    ),
    (
        text(Q1),
        strings(b"m"),
        [text(b"w")],
        [text(b"n")],
        [text(b"v")],
        [text(b"t"), text(b"m")],
        [NONE],
        text(b"name"),
    ),
    (
        [[0], [1]],
        strings(b"a", b"b"),
        [2],
        3,
        [[0, 0], [1, 0], [1, 1]],
        [1, 2, 3],
        [3, 2],
        np.array([[1, 2], [3, 4]], np.float32),
        np.empty((0, 3), np.int64),
    ),
)
SEQUENCES = Sample(
    ParseSequenceExample(
        feature_list_dense_missing_assumed_empty=("m",),
        context_sparse_keys=("w",),
        context_dense_keys=("n",),
        feature_list_sparse_keys=("v",),
        feature_list_dense_keys=("m", "t"),
        Ncontext_sparse=1,
        Ncontext_dense=1,
        Nfeature_list_sparse=1,
        Nfeature_list_dense=2,
        context_sparse_types=(STRING,),
        feature_list_dense_types=(INT64, FLOAT),
        context_dense_shapes=(shape(),),
        feature_list_sparse_types=(INT64,),
        feature_list_dense_shapes=(shape(3), shape(2)),
    ),
    (strings(Q1, Q2), EMPTY, [NONE]),
    (
        [[0, 0], [0, 1]],
        strings(b"a", b"b"),
        [2, 2],
        [3, 4],
        [[0, 0, 0], [0, 1, 0], [0, 1, 1]],
        [1, 2, 3],
        [2, 3, 2],
        np.empty((2, 0, 3), np.int64),
        np.array([[[1, 2], [3, 4]], [[5, 6], [0, 0]]], np.float32),
        [0, 0],
        [2, 1],
    ),
)


def only_dense(key, kind, sizes):
    op = batch_op(sparse_types=(), dense_shapes=(shape(*sizes),))
    return op, (BATCH, strings(b"n0", b"n1"), [], [text(key)], [np.empty(0, kind)])


def bad(op_and_inputs, match):
    return Bad(*op_and_inputs, InvalidArgumentError, match, run=True)


CSV = strings(b"1,2.5,x", b'3,,"a,b"', b'-4,1e3,"c""d"')
CSV_DEFAULTS = [np.array([0], np.int32), np.array([1.5], np.float32), strings(b"d")]


def bad_csv(line, defaults, match, **attributes):
    op = DecodeCSV(**attributes)
    return Bad(op, (strings(line), defaults), InvalidArgumentError, match, run=True)


INT = [np.array([0], np.int32)]
STRINGS = [strings(b""), strings(b"")]

ENTRIES = [
    Entry(
        ParseExample,
        [
            PARSED,
            Sample(
                batch_op(sparse_types=(), dense_shapes=(shape(2),)),
                (BATCH, strings(b"n0", b"n1"), [], [text(b"a")], [np.empty(0, np.int64)]),
                ([[1, -2], [3, 1 << 40]],),
            ),
            Sample(
                batch_op(sparse_types=(INT64,), dense_shapes=()),
                (EMPTY, EMPTY, [text(b"a")], [], []),
                (np.empty((0, 2)), [], [0, 0]),
            ),
        ],
        [
            bad(
                only_dense(b"x", np.int64, [2]),
                r"Name: n0, Feature: x \(data type: int64\) is required but could not be found\.",
            ),
            bad(
                only_dense(b"a", np.float32, [2]),
                r"Name: n0, Key: a, Index: 0\.  Data types don't match\. Data type: int64 but "
                "expected type: float",
            ),
            bad(
                only_dense(b"b", np.float32, [2]),
                r"Number of float values != expected\.  Values size: 1 but output shape: \[2\]",
            ),
            bad(
                (
                    batch_op(sparse_types=(), dense_shapes=(shape(None, 2),)),
                    (BATCH, EMPTY, [], [text(b"b")], [np.float32(0)]),
                ),
                r"is not a multiple of stride length\. Saw 1 values but output shape is: \[\?,2\]",
            ),
            bad(
                (
                    batch_op(sparse_types=(FLOAT,), dense_shapes=()),
                    (BATCH, EMPTY, [text(b"a")], [], []),
                ),
                r"Name: <unknown>, Key: a, Index: 0\.  Data types don't match\. Expected type: "
                "float, Actual type: int64",
            ),
            bad(
                (
                    batch_op(sparse_types=(FLOAT,), dense_shapes=()),
                    (strings(b"\x0a\x05hello"), EMPTY, [text(b"a")], [], []),
                ),
                "Could not parse example input, value: ",
            ),
        ],
    ),
    Entry(
        ParseSingleExample,
        [PARSED_ONE],
        [
            bad(
                (PARSED_ONE.op, (text(TWO), [np.empty(0, np.float32), np.float32([7])])),
                r"Key: a\.  Data types don't match\. Data type: int64 but expected type: float",
            ),
            bad(
                (PARSED_ONE.op, (text(example(q=[1])), PARSED_ONE.inputs[1])),
                r"Feature: a \(data type: int64\) is required but could not be found\.",
            ),
            bad(
                (PARSED_ONE.op, (text(example(a=[1])), PARSED_ONE.inputs[1])),
                r"Key: a\.  Can't parse serialized Example\.",
            ),
            bad(
                (PARSED_ONE.op, (BATCH, PARSED_ONE.inputs[1])),
                r"Expected serialized to be a scalar, got shape: \[2\]",
            ),
        ],
    ),
    Entry(
        ParseSingleSequenceExample,
        [SEQUENCE],
        [
            bad(
                (SEQUENCE.op, (text(sequence({}, t=[])), *SEQUENCE.inputs[1:])),
                "Name: name, Context feature 'n' is required but could not be found.",
            ),
            bad(
                (SEQUENCE.op, (text(sequence({"n": [1]}, v=[])), *SEQUENCE.inputs[1:])),
                "Name: name, Feature list 't' is required but could not be found.",
            ),
            bad(
                (SEQUENCE.op, (text(sequence({"n": [1]}, t=[[1.0]])), *SEQUENCE.inputs[1:])),
                r"Key: t, Index: 0\.  Number of float values != expected\.  values size: 1 but ",
            ),
            bad(
                (SEQUENCE.op, (text(sequence({"n": [1.0]}, t=[])), *SEQUENCE.inputs[1:])),
                r"Context feature: n\.  Data types don't match\. Expected type: int64  Feature is:",
            ),
        ],
    ),
    Entry(
        ParseSequenceExample,
        [SEQUENCES],
        [
            bad(
                (SEQUENCES.op, (strings(sequence({}, t=[])), EMPTY, [NONE])),
                "Inconsistent number of elements for feature n: 0 vs 1",
            ),
            bad(
                (SEQUENCES.op, (strings(sequence({"n": [1]})), strings(b"nm"), [NONE])),
                "Missing feature t in example nm",
            ),
            bad(
                (SEQUENCES.op, (strings(sequence({"n": [1]}, t=[[2]])), EMPTY, [NONE])),
                "Error in sequence feature t in example <unknown>",
            ),
        ],
    ),
    Entry(
        DecodeCSV,
        [
            Sample(
                DecodeCSV(),
                (CSV, CSV_DEFAULTS),
                (
                    [1, 3, -4],
                    np.array([2.5, 1.5, 1000.0], np.float32),
                    strings(b"x", b"a,b", b'c"d'),
                ),
            ),
            Sample(
                DecodeCSV(field_delim="\t", use_quote_delim=False, na_value="NA"),
                (text(b'NA\t"'), [np.array(5, np.int64), strings()]),
                (5, text(b'"')),
            ),
            Sample(
                DecodeCSV(select_cols=(1, 3)),
                (strings(b"1,2,3,4"), [np.empty(0), np.empty(0, np.int64)]),
                (np.array([2.0]), [4]),
            ),
        ],
        [
            bad_csv(b"1,2", INT, "Expect 1 fields but have 2 in record 0"),
            bad_csv(b"", INT, "Expect 1 fields but have 0 in record 0"),
            bad_csv(b"a", INT, "Field 0 in record 0 is not a valid int32: a"),
            bad_csv(b"99999999999", INT, "Field 0 in record 0 is not a valid int32: 99999999999"),
            bad_csv(b"1_0", [np.zeros(1)], "Field 0 in record 0 is not a valid double: 1_0"),
            bad_csv(b",1", [NONE, NONE], "Field 0 is required but missing in record 0!"),
            bad_csv(b'a"b,c', STRINGS, "Unquoted fields cannot have quotes/CRLFs inside"),
            bad_csv(b"a,c\n", STRINGS, "Unquoted fields cannot have quotes/CRLFs inside"),
            bad_csv(b'"ab"x,c', STRINGS, "Quote inside a string has to be escaped by another"),
            bad_csv(b'"ab,c', STRINGS, "Quoted field has to end with quote followed by delim or"),
            bad_csv(b"1", INT, "field_delim should be only 1 char", field_delim="::"),
            Bad(DecodeCSV(), (CSV, [np.zeros(2)]), ValueError, "length-0 or length-1 vector"),
        ],
    ),
    Entry(
        DecodeCompressed,
        [
            Sample(DecodeCompressed(), (strings(b"a"),), strings(b"a")),
            Sample(
                DecodeCompressed(compression_type="ZLIB"),
                (text(zlib.compress(b"ab")),),
                text(b"ab"),
            ),
            Sample(
                DecodeCompressed(compression_type="GZIP"),
                (strings(gzip.compress(b"ab"), gzip.compress(b"")),),
                strings(b"ab", b""),
            ),
        ],
        [
            Bad(
                DecodeCompressed(compression_type="ZLIB"),
                (strings(b"abc"),),
                DataLossError,
                r"inflate\(\) failed with error -3: incorrect header check",
                run=True,
            ),
            Bad(
                DecodeCompressed(compression_type="X"),
                (strings(b"abc"),),
                InvalidArgumentError,
                "Only ZLIB, GZIP or NONE are supported compressions",
                run=True,
            ),
        ],
    ),
    Entry(
        DecodeJSONExample,
        [
            Sample(
                DecodeJSONExample(),
                (strings(b'{"features":{"feature":{"a":{"int64List":{"value":["5"]}}}}}', b"{}"),),
                strings(example(a=[5]), b""),
            )
        ],
        [
            Bad(
                DecodeJSONExample(),
                (strings(b"nope"),),
                InvalidArgumentError,
                "Error while parsing JSON",
                run=True,
            )
        ],
    ),
]
