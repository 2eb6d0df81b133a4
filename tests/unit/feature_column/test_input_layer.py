"""tf.feature_column.input_layer: values, variables and names of TensorFlow 1.15.5."""

import numpy as np
import pytest

import flowgraph as tf

fc = tf.feature_column


def run(tensor):
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.tables_initializer()])
        return session.run(tensor)


def layer(features, *columns, **options):
    return fc.input_layer(features, columns, **options)


def indicated(features, column):
    return run(layer(features, fc.indicator_column(column))).tolist()


def names():
    return [operation.name for operation in tf.get_default_graph().get_operations()]


def words(key="a", **options):
    return fc.categorical_column_with_vocabulary_list(key, ["x", "y"], **options)


def hashed(key="a", count=5, **options):
    return fc.categorical_column_with_hash_bucket(key, count, **options)


def test_numbers_stand_in_the_order_of_their_names():
    features = {"a": tf.constant([[1.0, 2.0], [2.0, 3.0]]), "b": tf.constant([[5], [6]])}
    doubled = fc.numeric_column("b", normalizer_fn=lambda x: x * 2)
    result = layer(features, doubled, fc.numeric_column("a", shape=(2,)))
    assert result.name == "input_layer/concat:0" and result.shape == (2, 3)
    assert {"input_layer/a/Reshape", "input_layer/b/mul", "input_layer/b/Cast"} <= set(names())
    assert run(result).tolist() == [[1, 2, 10], [2, 3, 12]]


def test_vectors_are_columns():
    assert run(layer({"a": [1.0, 2.0]}, fc.numeric_column("a"))).tolist() == [[1], [2]]
    unknown = tf.placeholder_with_default([1.0, 2.0], None)
    assert run(layer({"a": unknown}, fc.numeric_column("a"))).tolist() == [[1], [2]]


def test_buckets():
    source = fc.numeric_column("a", shape=2)
    column = fc.bucketized_column(source, [0.0, 2.0])
    result = layer({"a": tf.constant([[1.0, 2.0], [5.0, -1.0]])}, column)
    assert result.shape == (2, 6)
    assert run(result).tolist() == [[0, 1, 0, 0, 0, 1], [0, 0, 1, 1, 0, 0]]


def test_identities():
    column = fc.categorical_column_with_identity("a", 4)
    assert indicated({"a": [[1], [3]]}, column) == [[0, 1, 0, 0], [0, 0, 0, 1]]
    defaulted = fc.categorical_column_with_identity("a", 4, default_value=0)
    assert indicated({"a": [[1], [9]]}, defaulted) == [[0, 1, 0, 0], [1, 0, 0, 0]]


def test_an_identity_outside_is_an_error():
    given = tf.placeholder_with_default(tf.constant([[1], [9]]), [None, 1])
    result = layer({"a": given}, fc.indicator_column(fc.categorical_column_with_identity("a", 4)))
    match = r"Bucket index for .* exceeds number of buckets\] \[1 9\] \[4\]"
    with pytest.raises(tf.errors.InvalidArgumentError, match=match):
        run(result)


def test_vocabularies(tmp_path):
    features = {"a": [["x", "q"], ["", "y"]]}
    assert indicated(features, words()) == [[1, 0], [0, 1]]
    assert indicated(features, words(default_value=1)) == [[1, 1], [0, 1]]
    assert indicated(features, words(num_oov_buckets=2)) == [[1, 0, 0, 1], [0, 1, 0, 0]]
    integers = fc.categorical_column_with_vocabulary_list("a", [7, 8, 9])
    assert indicated({"a": [[7], [8]]}, integers) == [[1, 0, 0], [0, 1, 0]]
    path = tmp_path / "words.txt"
    path.write_text("one\ntwo\nthree\n")
    lines = fc.categorical_column_with_vocabulary_file("a", str(path), num_oov_buckets=2)
    assert indicated({"a": [["one"], ["three"]]}, lines) == [[1, 0, 0, 0, 0], [0, 0, 1, 0, 0]]


def test_hashes():
    assert indicated({"a": [["one"], ["q"]]}, hashed()) == [[1, 0, 0, 0, 0], [0, 0, 0, 1, 0]]
    numbers = hashed(dtype=tf.int64)
    assert indicated({"a": [[11], [12]]}, numbers) == [[0, 0, 0, 0, 1], [0, 0, 0, 1, 0]]


def test_crosses():
    features = {"a": [["x", "z"], ["y", ""]], "b": [[1], [2]]}
    numbers = fc.categorical_column_with_identity("b", 5)
    crossed = fc.crossed_column(["a", numbers], 10)
    assert np.argwhere(indicated(features, crossed)).tolist() == [[0, 3], [0, 9], [1, 4], [1, 9]]
    buckets = fc.bucketized_column(fc.numeric_column("c"), [0, 5])
    keyed = fc.crossed_column([buckets, "a"], 10, hash_key=7)
    features = {"a": [["x"], ["y"]], "c": [[1.0], [7.0]]}
    assert np.argwhere(indicated(features, keyed)).tolist() == [[0, 9], [1, 4]]
    inner = fc.crossed_column(["b", "a"], 10)
    assert fc.crossed_column([inner, "c"], 20).name == "a_X_b_X_c"


def test_weights():
    column = fc.weighted_categorical_column(words(), "w")
    features = {"a": [["x", "y"], ["y", ""]], "w": [[0.5, 1.0], [2.0, 0.0]]}
    assert indicated(features, column) == [[0.5, 1], [0, 2]]


def test_an_embedding():
    tf.set_random_seed(1)
    result = layer(
        {"a": tf.constant([["one", "two"], ["", "q"]])}, fc.embedding_column(hashed(), 3)
    )
    assert result.shape == (2, 3)
    (table,) = tf.global_variables()
    assert table.name == "input_layer/a_embedding/embedding_weights:0"
    assert tf.trainable_variables() == tf.get_collection("model_variables") == [table]
    np.testing.assert_allclose(
        run(result),
        [[0.11855288, 0.0606482, 0.31085694], [0.20955653, -0.7663288, -0.8891525]],
        rtol=1e-6,
    )


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"combiner": "sum"}, [[2, 2, 2], [0, 0, 0]]),
        ({"combiner": "mean"}, [[1, 1, 1], [0, 0, 0]]),
        ({"combiner": "sqrtn", "max_norm": 1.0}, [[0.8164966] * 3, [0] * 3]),
    ],
)
def test_how_rows_are_combined(options, expected):
    column = fc.embedding_column(
        hashed(), 3, initializer=tf.ones_initializer(), trainable=False, **options
    )
    np.testing.assert_allclose(
        run(layer({"a": [["one", "two"], ["", ""]]}, column)), expected, rtol=1e-6
    )
    assert tf.trainable_variables() == []


def test_a_shared_embedding():
    tf.set_random_seed(1)
    columns = fc.shared_embedding_columns([words("a"), words("b")], 2)
    features = {"a": tf.constant([["x"], ["y"]]), "b": tf.constant([["y"], ["y"]])}
    result = layer(features, *columns)
    (table,) = tf.global_variables()
    assert table.name == "input_layer/a_b_shared_embedding/embedding_weights:0"
    assert tf.get_collection("a_b_shared_embedding") == [table]
    x, y = [0.50737613, -0.58554596], [0.06417581, 1.0599581]
    np.testing.assert_allclose(run(result), [x + y, y + y], rtol=1e-6)


def test_variables_are_shared_by_scope():
    column = fc.embedding_column(hashed("b", 4), 2)
    features = {"b": [["x"], ["y"]]}
    with tf.variable_scope("s"):
        first = layer(features, column)
    with tf.variable_scope("s", reuse=True):
        second = layer(features, column)
    layer(features, column)
    assert [v.name for v in tf.global_variables()] == [
        "s/input_layer/b_embedding/embedding_weights:0",
        "input_layer/b_embedding/embedding_weights:0",
    ]
    assert [t.name for t in (first, second)] == [
        "s/input_layer/concat/concat:0",
        "s_1/input_layer/concat/concat:0",
    ]


def test_what_a_program_may_ask_for():
    number, table = fc.numeric_column("a"), fc.embedding_column(hashed("b"), 2)
    variables, outputs = {}, {}
    layer(
        {"a": [[1.0]], "b": [["x"]]},
        number,
        table,
        weight_collections=["mine"],
        trainable=False,
        cols_to_vars=variables,
        cols_to_output_tensors=outputs,
    )
    assert variables == {number: [], table: tf.global_variables()}
    assert outputs[table].name == "input_layer/b_embedding/Reshape:0"
    assert tf.get_collection("mine") == tf.global_variables()
    assert tf.trainable_variables() == []


def test_an_embedding_from_a_checkpoint(tmp_path):
    with tf.Graph().as_default(), tf.Session() as session:
        variable = tf.get_variable("t", initializer=np.float32([[1, 2], [3, 4]]))
        session.run(variable.initializer)
        path = tf.train.Saver().save(session, str(tmp_path / "model"))
    column = fc.embedding_column(words(), 2, ckpt_to_load_from=path, tensor_name_in_ckpt="t")
    assert run(layer({"a": [["y"], ["x"]]}, column)).tolist() == [[3, 4], [1, 2]]


def test_how_features_are_parsed():
    columns = [
        fc.numeric_column("n", shape=(2,), default_value=[1.0, 2.0]),
        hashed("h"),
        fc.indicator_column(words("v")),
        fc.embedding_column(fc.categorical_column_with_identity("i", 3), 2),
        fc.crossed_column(["p", fc.categorical_column_with_identity("q", 3)], 5),
        fc.bucketized_column(fc.numeric_column("z"), [1]),
        fc.weighted_categorical_column(hashed("ww"), "wt"),
    ]
    spec = fc.make_parse_example_spec(columns)
    fixed = {key: tuple(spec.pop(key)) for key in ("n", "z")}
    assert fixed == {"n": ((2,), tf.float32, (1.0, 2.0)), "z": ((1,), tf.float32, None)}
    assert {key: feature.dtype for key, feature in spec.items()} == {
        **dict.fromkeys(("h", "v", "p", "ww"), tf.string),
        **dict.fromkeys(("i", "q"), tf.int64),
        "wt": tf.float32,
    }
    with pytest.raises(ValueError, match="contain different parse_spec for key n"):
        fc.make_parse_example_spec([fc.numeric_column("n"), hashed("n")])
    with pytest.raises(ValueError, match=r"must be _FeatureColumn instances\. Given: n"):
        fc.make_parse_example_spec(["n"])
