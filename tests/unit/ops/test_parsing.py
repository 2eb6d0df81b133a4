"""Parsing as programs ask for it: nodes, shapes and refusals of TensorFlow 1.15.5.

`parsing_nodes.txt` holds the nodes that TensorFlow makes for each of PROGRAMS, with their shapes.
"""

from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf

INT, FLOAT, STRING = tf.int64, tf.float32, tf.string
Fixed, Var, Steps = tf.FixedLenFeature, tf.VarLenFeature, tf.FixedLenSequenceFeature
FEATURES = {
    "a": Fixed([2], INT),
    "z": Fixed([], STRING, default_value="q"),
    "b": Var(FLOAT),
    "c": Steps([3], FLOAT, allow_missing=True),
    "s": tf.SparseFeature("ix", "val", FLOAT, 10),
}
TWO = {"img": Fixed([], STRING), "label": Fixed([], INT)}


def examples():
    batch, one = tf.placeholder(STRING, [None]), tf.placeholder(STRING, [])
    tf.parse_example(batch, FEATURES)
    tf.parse_single_example(one, FEATURES)
    tf.parse_single_example(one, TWO, name="pe")
    tf.parse_example(batch, TWO, name="pe", example_names=["x"])


def sequences():
    one, batch = tf.placeholder(STRING, []), tf.placeholder(STRING, [None])
    lists = {"t": Steps([2], FLOAT), "vv": Var(INT)}
    tf.parse_single_sequence_example(one, {"a": Fixed([], INT), "v": Var(STRING)}, lists)
    tf.io.parse_sequence_example(batch, {"a": Fixed([], INT)}, lists)


def named():
    one = tf.placeholder(STRING, [])
    tf.parse_single_example(one, {"a": Fixed([2], INT), "b": Var(FLOAT)}, example_names="n")
    tf.parse_single_example(tf.placeholder(STRING), {"a": Fixed([2], INT)})


def defaults():
    batch = tf.placeholder(STRING, [None])
    features = {
        "a b": Fixed([], INT, default_value=3),
        "c": Steps([], STRING, allow_missing=True, default_value="x"),
        "s": tf.SparseFeature(["i", "j"], "v", FLOAT, [3, 4]),
    }
    tf.parse_example(batch, features)
    context = {"q": Fixed([2], INT, default_value=[1, 2])}
    lists = {"m": Steps([], FLOAT, allow_missing=True)}
    one = tf.placeholder(STRING, [])
    tf.parse_single_sequence_example(one, context, lists, example_name="nm")
    several = {**context, "v": Var(FLOAT)}
    tf.io.parse_sequence_example(batch, several, lists, example_names=["a", "b"])
    tf.parse_single_sequence_example(tf.placeholder(STRING), context)


PROGRAMS = {f.__name__: f for f in (examples, sequences, named, defaults)}


def recorded():
    nodes, current = {}, []
    for line in Path(__file__).with_name("parsing_nodes.txt").read_text().splitlines():
        if line.startswith("= "):
            current = nodes.setdefault(line[2:], [])
        else:
            current.append(line.rstrip())
    return nodes


@pytest.mark.parametrize("name", PROGRAMS)
def test_nodes_are_those_of_tensorflow(name):
    PROGRAMS[name]()
    lines = []
    for operation in tf.get_default_graph().get_operations():
        after = sorted(f"^{other.name}" for other in operation.control_inputs)
        words = [operation.name, operation.type, *(t.name for t in operation.inputs), *after]
        shapes = [str(tensor.shape).replace(" ", "") for tensor in operation.outputs]
        lines.append(" ".join([*words, "->", *shapes]).rstrip())
    assert lines == recorded()[name]


@pytest.mark.parametrize("name", PROGRAMS)
def test_graphs_survive_a_file(name):
    PROGRAMS[name]()
    message = tf.get_default_graph().as_graph_def()
    counts = {node.name: node.attr["Nsparse"].i for node in message.node if "Nsparse" in node.attr}
    assert counts == {
        "examples": {"ParseExample/ParseExample": 3, "pe_1/pe": 0},
        "named": {"ParseSingleExample/ParseExample/ParseExample": 1},
        "defaults": {"ParseExample/ParseExample": 3},
    }.get(name, {})
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(tf.GraphDef.FromString(message.SerializeToString()), name="")
        again = graph.as_graph_def()
    assert sorted(map(str, again.node)) == sorted(map(str, message.node))


def serialized(**features):
    example = tf.train.Example()
    for name, values in features.items():
        kind = "int64_list" if isinstance(values[0], int) else "float_list"
        getattr(example.features.feature[name], kind).value.extend(values)
    return example.SerializeToString()


def test_sparse_features_are_put_together_in_order():
    example = serialized(ix=[4, 1], val=[0.5, 1.5], other=[3])
    features = {"k": tf.SparseFeature("ix", "val", FLOAT, 10)}
    batch = tf.parse_example([example, example], features)
    one = tf.parse_single_example(example, features)
    assert sorted(batch) == ["k"]
    with tf.Session() as sess:
        value = sess.run(batch["k"])
        assert value.indices.tolist() == [[0, 1], [0, 4], [1, 1], [1, 4]]
        assert value.values.tolist() == [1.5, 0.5, 1.5, 0.5]
        assert value.dense_shape.tolist() == [2, 10]
        value = sess.run(one["k"])
        assert value.indices.tolist() == [[1], [4]]


def test_sparse_features_of_two_dimensions_and_unsorted_ones():
    example = serialized(i=[1], j=[2], val=[0.5])
    features = {"k": tf.SparseFeature(["i", "j"], "val", FLOAT, [10, 20])}
    unsorted = {"k": tf.SparseFeature("ix", "val", FLOAT, 10, already_sorted=True)}
    with tf.Session() as sess:
        value = sess.run(tf.parse_example([example], features)["k"])
        assert value.indices.tolist() == [[0, 1, 2]]
        assert value.dense_shape.tolist() == [1, 10, 20]
        parsed = tf.parse_example([serialized(ix=[4, 1], val=[0.5, 1.5])], unsorted)
        assert sess.run(parsed["k"]).indices.tolist() == [[0, 4], [0, 1]]


def test_one_message_with_a_name():
    example = serialized(a=[1, 2], b=[0.5])
    features = {"a": Fixed([2], INT), "b": Var(FLOAT)}
    with tf.Session() as sess:
        found = sess.run(tf.parse_single_example(example, features, example_names="n1"))
        assert found["a"].tolist() == [1, 2]
        assert found["b"].indices.tolist() == [[0]]
        text = r"Name: n1, Feature: x \(data type: int64\) is required but could not be found\."
        with pytest.raises(tf.errors.InvalidArgumentError, match=text):
            sess.run(tf.parse_single_example(example, {"x": Fixed([], INT)}, example_names="n1"))


def test_images_may_end_in_zeros():
    example = tf.train.Example()
    example.features.feature["image"].bytes_list.value.append(bytes([1, 0, 0]))
    parsed = tf.parse_single_example(example.SerializeToString(), {"image": Fixed([], STRING)})
    with tf.Session() as sess:
        assert sess.run(tf.decode_raw(parsed["image"], tf.uint8)).tolist() == [1, 0, 0]


def test_a_batch_of_images_is_parsed_in_one_step():
    images = np.arange(60, dtype=np.float32).reshape(3, 20)
    batch = [serialized(image=[float(x) for x in row]) for row in images]
    with tf.Session() as sess:
        parsed = tf.parse_example(batch, {"image": Fixed([4, 5], FLOAT)})
        assert sess.run(parsed["image"]).tolist() == images.reshape(3, 4, 5).tolist()


ONE = b""


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (lambda: tf.parse_example([ONE], {}), ValueError, r"Missing: features was {}\."),
        (lambda: tf.parse_single_example(ONE, {}), ValueError, r"Missing features\."),
        (lambda: tf.parse_example([ONE], {"a": 5}), ValueError, r"Invalid feature a:5\."),
        (
            lambda: tf.parse_example([ONE], {"a": Steps([], FLOAT)}),
            ValueError,
            r"Unsupported: FixedLenSequenceFeature requires allow_missing to be True\.",
        ),
        (
            lambda: tf.parse_example([ONE], {"a": Fixed([2], tf.int32)}),
            TypeError,
            "'dense_defaults' has DataType int32 not in list of allowed values: float32, int64, s",
        ),
        (
            lambda: tf.parse_example([ONE], {"a": Var(tf.int32)}),
            TypeError,
            "'sparse_types' has DataType int32 not in list of allowed values: float32, int64, st",
        ),
        (
            lambda: tf.parse_example([ONE], {"a": Fixed([None, 2], INT)}),
            ValueError,
            "First dimension of shape for feature a unknown. Consider using FixedLenSequenceFeat",
        ),
        (
            lambda: tf.parse_example([ONE], {"a": Fixed([2, None], INT)}),
            ValueError,
            r"All dimensions of shape for feature a need to be known but received \[2, None\]",
        ),
        (
            lambda: tf.parse_example([ONE], {"a": Fixed([2], INT, default_value=[1, 2, 3])}),
            ValueError,
            "Cannot reshape a tensor with 3 elements to shape",
        ),
        (
            lambda: tf.parse_example([ONE], {"a": Fixed([2], INT, default_value=[1.5, 2])}),
            TypeError,
            r"Expected int64, got 1\.5 of type 'float' instead",
        ),
        (
            lambda: tf.parse_example(
                [ONE], {"k": tf.SparseFeature("ix", "v", FLOAT, 3), "ix": Var(FLOAT)}
            ),
            ValueError,
            "Conflicting type .* for feature ix",
        ),
        (
            lambda: tf.parse_single_example([ONE], {"a": Fixed([2], INT)}),
            ValueError,
            "Shape must be rank 0 but is rank 1",
        ),
        (lambda: tf.parse_single_sequence_example(ONE), ValueError, r"Missing features\."),
        (
            lambda: tf.parse_single_sequence_example(ONE, {"a": Steps([], INT)}),
            ValueError,
            "Unsupported FixedLenSequenceFeature",
        ),
        (
            lambda: tf.parse_single_sequence_example(ONE, None, {"a": Fixed([], INT)}),
            ValueError,
            "Unsupported FixedLenFeature",
        ),
        (
            lambda: tf.decode_csv("1", [[0], [0]], select_cols=[3, 1]),
            ValueError,
            "select_cols is not strictly increasing",
        ),
        (
            lambda: tf.decode_csv("1", [[0], [0]], select_cols=[1]),
            ValueError,
            "Length of select_cols and record_defaults do not match",
        ),
        (
            lambda: tf.decode_csv("1", [[True]]),
            TypeError,
            "'record_defaults' has DataType bool not in list of allowed values: float32, float64",
        ),
    ],
)
def test_what_cannot_be_parsed_is_refused(call, kind, text):
    with pytest.raises(kind, match=text):
        call()
