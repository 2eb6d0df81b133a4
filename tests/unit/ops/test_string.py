"""Functions over strings: names, arguments and errors of TensorFlow 1.15.5; and other ops."""

import numpy as np
import pytest

import flowgraph as tf


def run(fetches):
    with tf.Session() as session:
        return session.run(fetches)


def names():
    return [operation.name for operation in tf.get_default_graph().get_operations()]


def test_string_split():
    result = tf.string_split(["a,b;c", "d"], ",;", skip_empty=False)
    assert result.values.name == "StringSplit/StringSplit:1"
    assert [t.shape.as_list() for t in (result.indices, result.values, result.dense_shape)] == [
        [None, 2],
        [None],
        [2],
    ]
    found = run(result)
    assert found.values.tolist() == [b"a", b"b", b"c", b"d"]
    assert found.indices.tolist() == [[0, 0], [0, 1], [0, 2], [1, 0]]
    assert found.dense_shape.tolist() == [2, 3]
    assert tf.string_split(["a"], name="x").values.op.name == "x/StringSplit"


def test_strings_split():
    result = tf.strings.split([" a b  c ", "d"])
    assert result.values.name == "StringSplit/StringSplitV2:1"
    assert run(result).values.tolist() == [b"a", b"b", b"c", b"d"]
    commas = tf.strings.split(source=["a,b,,c"], sep=",", maxsplit=2)
    assert run(commas).values.tolist() == [b"a", b"b", b",c"]


@pytest.mark.parametrize("rank", [0, 2, None])
def test_what_needs_ragged_tensors_is_refused_by_name(rank):
    strings = tf.placeholder(tf.string, None if rank is None else [2] * rank)
    with pytest.raises(NotImplementedError, match="RaggedTensor"):
        tf.strings.split(strings)
    for split in (tf.string_split, tf.strings.split):
        with pytest.raises(NotImplementedError, match="result_type='RaggedTensor'"):
            split(["a"], result_type="RaggedTensor")
        with pytest.raises(ValueError, match="must be 'RaggedTensor' or 'SparseTensor'"):
            split(["a"], result_type="x")


@pytest.mark.parametrize(
    ("build", "match"),
    [
        (lambda: tf.string_split(["a"], sep=",", delimiter=","), "'delimiter' and 'sep'"),
        (lambda: tf.strings.split(["a"], source=["a"]), "'source' and 'input'"),
        (lambda: tf.reduce_join(["a"], 0, reduction_indices=0), "'reduction_indices' and 'axis'"),
        (lambda: tf.reduce_join(["a"], 0, True, keepdims=True), "'keep_dims' and 'keepdims'"),
        (lambda: tf.string_to_number(["1"], input=["1"]), "'string_tensor' and 'input'"),
        (lambda: tf.string_to_hash_bucket(["1"], 3, input=["1"]), "'string_tensor' and 'input'"),
        (lambda: tf.decode_raw("1", tf.uint8, bytes="1"), "'bytes' and 'input_bytes'"),
    ],
)
def test_an_argument_is_given_under_one_name(build, match):
    with pytest.raises(ValueError, match=f"Cannot specify both {match}"):
        build()


def test_missing_arguments():
    with pytest.raises(ValueError, match="missing 1 positional argument: 'out_type'"):
        tf.decode_raw("a")
    with pytest.raises(TypeError, match=r"Expected int for argument .num_buckets. not None\."):
        tf.string_to_hash_bucket(["a"])


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (lambda: tf.string_to_number(input=["1"]), "StringToNumber"),
        (lambda: tf.decode_raw(bytes="ab", out_type=tf.uint8), "DecodeRaw"),
        (lambda: tf.as_string([1.5], name="x"), "x"),
        (lambda: tf.strings.length(["a"], unit="UTF8_CHAR"), "StringLength"),
        (lambda: tf.regex_replace(["a"], "a", "b"), "StaticRegexReplace"),
        (lambda: tf.regex_replace(["a"], tf.constant("a"), "b"), "RegexReplace"),
        (lambda: tf.strings.regex_full_match(["a"], "a"), "StaticRegexFullMatch"),
        (lambda: tf.strings.regex_full_match(["a"], tf.constant("a")), "RegexFullMatch"),
        (lambda: tf.reduce_join(["a"], name="x"), "ReduceJoin/x"),
    ],
)
def test_names_of_operations(build, expected):
    assert build().op.name == expected


def test_reduce_join_joins_the_last_axis_first():
    square = [["a", "b"], ["c", "d"]]
    assert run(tf.reduce_join(square)) == b"abcd"
    assert run(tf.reduce_join(square, [0, 1], keep_dims=True)).tolist() == [[b"acbd"]]
    fed = tf.placeholder_with_default(np.array(square, object), None)
    assert run(tf.reduce_join(fed, separator="-")) == b"a-b-c-d"
    assert {"ReduceJoin_2/Rank", "ReduceJoin_2/sub", "ReduceJoin_2/range"} <= set(names())


def test_shapes_that_only_a_run_can_show():
    strings = tf.placeholder(tf.string, [None, 2])
    assert tf.decode_raw(strings, tf.uint8).shape.as_list() == [None, 2, None]
    assert tf.reduce_join(strings, 1).shape.as_list() == [None]
    axis = tf.placeholder(tf.int32, [1])
    assert tf.reduce_join(strings, axis).shape.ndims is None
    assert tf.reduce_join(strings, axis, keep_dims=True).shape.as_list() == [None, None]
    count = tf.placeholder(tf.int32, [2])
    assert tf.substr(strings, count, count).shape.as_list() == [None, 2]


def test_bytes_keep_the_zeros_at_their_end():
    constant = tf.constant("a\0")
    fetches = [
        constant,
        tf.constant([b"a\0"])[0],
        tf.gather(tf.constant(["a\0"]), 0),
        tf.squeeze(tf.constant([["a\0"]])),
        tf.string_join(["a", "\0"]),
        tf.cond(tf.equal("a", "a"), lambda: constant, lambda: constant),
    ]
    assert run(fetches) == [b"a\0"] * len(fetches)
    assert run(tf.map_fn(lambda x: x, tf.constant(["a\0", "b"]))).tolist() == [b"a\0", b"b"]
    variable = tf.Variable("a\0")
    with tf.Session() as session:
        session.run(variable.initializer)
        assert session.run(variable) == b"a\0"


def test_strings_go_through_loops():
    words = tf.constant(["a", "b", "c"])
    joined = tf.foldl(lambda all_, word: tf.string_join([all_, word]), words)
    marked = tf.map_fn(lambda word: tf.string_join([word, "!"]), words)
    grown = tf.while_loop(
        lambda s: tf.less(tf.strings.length(s), 3),
        lambda s: tf.string_join([s, "x"]),
        [tf.constant("")],
    )
    assert run([joined, grown]) == [b"abc", b"xxx"]
    assert run(marked).tolist() == [b"a!", b"b!", b"c!"]


def test_strings_go_through_ops_on_arrays():
    a = tf.constant([["a", "bb"], ["ccc", ""]])
    b = tf.constant([["a", "x"], ["ccc", "y"]])
    cases = {
        tf.concat([a, b], 1): [[b"a", b"bb", b"a", b"x"], [b"ccc", b"", b"ccc", b"y"]],
        tf.stack([a[0], b[0]]): [[b"a", b"bb"], [b"a", b"x"]],
        tf.gather(a, [1], axis=1): [[b"bb"], [b""]],
        tf.gather_nd(a, [[0, 1], [1, 0]]): [b"bb", b"ccc"],
        tf.reshape(a, [-1]): [b"a", b"bb", b"ccc", b""],
        tf.equal(a, b): [[True, False], [True, False]],
        tf.not_equal(a, "a"): [[False, True], [True, True]],
        tf.where(tf.equal(a, b), a, b): [[b"a", b"x"], [b"ccc", b"y"]],
        tf.tile(a[:1], [1, 2]): [[b"a", b"bb", b"a", b"bb"]],
        tf.zeros_like(a): [[b"", b""], [b"", b""]],
        tf.pad(a[:1], [[0, 0], [1, 0]], constant_values="p"): [[b"p", b"a", b"bb"]],
        tf.scatter_nd([[1], [1]], tf.constant(["a", "b"]), [3]): [b"", b"ab", b""],
        tf.one_hot([0, 1], 2, on_value="y", off_value="n"): [[b"y", b"n"], [b"n", b"y"]],
        a + b: [[b"aa", b"bbx"], [b"cccccc", b"y"]],
    }
    for tensor, value in zip(cases, run(list(cases)), strict=True):
        assert value.tolist() == cases[tensor], tensor
