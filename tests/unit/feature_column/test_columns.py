"""What feature columns refuse, in the words of TensorFlow 1.15.5."""

import pytest

import flowgraph as tf

fc = tf.feature_column
N = fc.numeric_column
IDENTITY = fc.categorical_column_with_identity
HASH = fc.categorical_column_with_hash_bucket
WORDS = fc.categorical_column_with_vocabulary_list
LINES = fc.categorical_column_with_vocabulary_file


def layer(features, *columns):
    return fc.input_layer(features, list(columns))


def sparse(values):
    return tf.SparseTensor([[0, 0], [1, 1]], values, [2, 2])


@pytest.mark.parametrize(
    ("build", "error", "match"),
    [
        (lambda: N("a", shape=0), ValueError, r"greater than 0. shape: \(0,\), key: a"),
        (lambda: N("a", shape="x"), TypeError, "shape dimensions must be integer. shape: "),
        (lambda: N(1), ValueError, "key must be a string. Got: type <class 'int'>. Given key: 1"),
        (lambda: N("a", dtype=tf.string), ValueError, "dtype must be convertible to float. dtype"),
        (lambda: N("a", (2,), [1.0]), ValueError, "default_value must be equal to given shape"),
        (lambda: N("a", default_value="x"), TypeError, "default_value must be compatible with"),
        (lambda: N("a", normalizer_fn=3), TypeError, "normalizer_fn must be a callable. Given: 3"),
        (lambda: fc.bucketized_column("a", [1]), ValueError, "source_column must be a column gen"),
        (lambda: fc.bucketized_column(N("a", (2, 3)), [1]), ValueError, "be one-dimensional col"),
        (lambda: fc.bucketized_column(N("a"), []), ValueError, "boundaries must not be empty."),
        (lambda: fc.bucketized_column(N("a"), [2, 1]), ValueError, "must be a sorted list."),
        (lambda: IDENTITY("a", 0), ValueError, "num_buckets 0 < 1, column_name a"),
        (lambda: IDENTITY("a", 3, 3), ValueError, r"default_value 3 not in range \[0, 3\)"),
        (lambda: HASH("a", 0), ValueError, "hash_bucket_size must be at least 1. hash_bucket_si"),
        (lambda: HASH("a", None), ValueError, "hash_bucket_size must be set. key: a"),
        (lambda: HASH("a", 3, tf.float32), ValueError, "column_name: a dtype must be string or"),
        (lambda: WORDS("a", []), ValueError, r"vocabulary_list \[\] must be non-empty"),
        (lambda: WORDS("a", ["x", "x"]), ValueError, "Duplicate keys in vocabulary_list"),
        (lambda: WORDS("a", ["x"], None, 0, 1), ValueError, "Can't specify both num_oov_buckets"),
        (lambda: WORDS("a", ["x"], num_oov_buckets=-1), ValueError, "Invalid num_oov_buckets -1"),
        (lambda: WORDS("a", ["x"], tf.int64), ValueError, "and vocabulary dtype <dtype: 'string'"),
        (lambda: WORDS("a", [1.5]), ValueError, "vocabulary dtype must be string or integer. dt"),
        (lambda: LINES("a", None), ValueError, "Missing vocabulary_file in a."),
        (lambda: LINES("a", "/no/such"), ValueError, "vocabulary_file in a does not exist."),
        (lambda: LINES("a", "x", -1), ValueError, "Invalid vocabulary_size in a."),
        (lambda: LINES("a", "x", 1, 1, 1), ValueError, "Can't specify both num_oov_buckets and"),
        (lambda: fc.embedding_column(IDENTITY("a", 3), 0), ValueError, "Invalid dimension 0."),
        (
            lambda: fc.embedding_column(IDENTITY("a", 3), 2, ckpt_to_load_from="x"),
            ValueError,
            "Must specify both `ckpt_to_load_from` and `tensor_name_in_ckpt` or none of them.",
        ),
        (
            lambda: fc.embedding_column(IDENTITY("a", 3), 2, initializer=3),
            ValueError,
            "initializer must be callable if specified. Embedding of column_name: a",
        ),
        (lambda: fc.crossed_column(["a"], 3), ValueError, "must be a list with length > 1. Given"),
        (lambda: fc.crossed_column(["a", HASH("b", 3)], 3), ValueError, "not supported for cros"),
        (lambda: fc.crossed_column(["a", N("b")], 3), ValueError, "Unsupported key type. All ke"),
        (lambda: fc.crossed_column(["a", "b"], 0), ValueError, "hash_bucket_size must be > 1. h"),
        (
            lambda: fc.weighted_categorical_column(IDENTITY("a", 3), "w", tf.string),
            ValueError,
            "dtype <dtype: 'string'> is not convertible to float.",
        ),
        (
            lambda: fc.shared_embedding_columns([IDENTITY("a", 3), IDENTITY("b", 4)], 2),
            ValueError,
            "all categorical_columns must have the same number of buckets.",
        ),
        (
            lambda: fc.shared_embedding_columns([IDENTITY("a", 3), HASH("b", 3)], 2),
            ValueError,
            "all categorical_columns must have the same type",
        ),
        (lambda: layer({"a": [[1]]}, IDENTITY("a", 3)), ValueError, "must be a _DenseColumn. Yo"),
        (lambda: layer({"a": [[1]]}), ValueError, "feature_columns must not be empty."),
        (lambda: layer({"b": [[1]]}, N("a")), ValueError, "Feature a is not in features dictio"),
        (lambda: layer({"a": [[1]]}, N("a"), N("a")), ValueError, "Duplicate feature column nam"),
        (lambda: layer({"a": [[1]]}, "a"), ValueError, "must be a _FeatureColumn. Given .type"),
        (lambda: fc.input_layer({}, {"a": N("a")}), ValueError, "to be iterable, found dict."),
        (lambda: layer({"a": [[1.0, 2.0]]}, N("a")), ValueError, "Cannot reshape a tensor with 2"),
        (lambda: layer({"a": 1.0}, N("a")), ValueError, r"Feature \(key: a\) cannot have rank 0."),
        (
            lambda: layer({"a": [[1.0], [2.0]], "b": [[1.0]]}, N("a"), N("b")),
            ValueError,
            r"Batch size of columns \(a, b\): \(2, 1\)",
        ),
        (lambda: layer({"a": sparse([1.0, 2.0])}, N("a")), ValueError, "must be a Tensor. Spars"),
        (
            lambda: layer({"a": [[1.5]]}, fc.indicator_column(HASH("a", 3))),
            ValueError,
            "column_name: a input_tensor dtype must be string or integer. dtype: <dtype: 'float32",
        ),
        (
            lambda: layer({"a": [[1]]}, fc.indicator_column(HASH("a", 3))),
            ValueError,
            "Column dtype and SparseTensors dtype must be compatible. key: a, column dtype",
        ),
        (
            lambda: layer({"a": [["x"]]}, fc.indicator_column(IDENTITY("a", 3))),
            ValueError,
            "Invalid input, not integer. key: a dtype: <dtype: 'string'>",
        ),
        (
            lambda: layer(
                {"a": sparse(["x", "y"]), "w": sparse(["a", "b"])},
                fc.indicator_column(fc.weighted_categorical_column(WORDS("a", ["x", "y"]), "w")),
            ),
            ValueError,
            "Bad dtype, expected <dtype: 'float32'>, but got <dtype: 'string'>.",
        ),
    ],
)
def test_what_is_refused(build, error, match):
    with pytest.raises(error, match=match):
        build()


def test_names():
    number, identity = N("a"), IDENTITY("a", 3)
    columns = [
        number,
        fc.bucketized_column(number, [1]),
        identity,
        fc.indicator_column(identity),
        fc.embedding_column(identity, 2),
        fc.crossed_column(["b", "a"], 3),
        fc.crossed_column([fc.bucketized_column(N("z"), [1]), "a"], 3),
        fc.weighted_categorical_column(identity, "w"),
        fc.shared_embedding_columns([identity], 2)[0],
    ]
    assert [column.name for column in columns] == [
        "a",
        "a_bucketized",
        "a",
        "a_indicator",
        "a_embedding",
        "a_X_b",
        "a_X_z_bucketized",
        "a_weighted_by_w",
        "a_shared_embedding",
    ]


def test_columns_are_values():
    assert N("a") == N("a") and hash(N("a")) == hash(N("a"))
    assert fc.indicator_column(WORDS("a", ["x"])) != fc.indicator_column(WORDS("a", ["y"]))
    assert str(N("a", (2, 3))) == (
        "NumericColumn(key='a', shape=(2, 3), default_value=None, dtype=tf.float32, "
        "normalizer_fn=None)"
    )
