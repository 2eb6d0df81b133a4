"""SavedModels written and loaded; texts were recorded from TensorFlow 1.15.

``data/words`` was made by TensorFlow 1.15: it looks words up in a vocabulary, an asset, and gives
a softmax of a row of a matrix for each. So was ``data/resource``, which trains resource variables.
"""

import re
from pathlib import Path

import numpy as np
import pytest
from google.protobuf import text_format

import flowgraph as tf
from flowgraph import protos

DATA = Path(__file__).parent / "data"
WORDS = str(DATA / "words")
FED = {"words:0": [b"bad", b"fine", b"?"]}
ROWS = [
    [0.2689414322376251, 0.7310585975646973],
    [0.004070138093084097, 0.9959298968315125],
    [0.2689414322376251, 0.7310585975646973],
]


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "model")


def written(path, **options):
    """Write a model that multiplies by a variable and looks up in a vocabulary."""
    vocabulary = Path(path).with_name("vocabulary.txt")
    vocabulary.write_text("zero\none\n")
    builder = tf.saved_model.Builder(path)
    with tf.Graph().as_default(), tf.Session() as sess:
        with tf.device("/cpu:0"):
            x = tf.placeholder(tf.float32, [None], name="x")
        w = tf.Variable(3.0, name="w")
        y = tf.multiply(x, w, name="y")
        file = tf.constant(str(vocabulary), name="file")
        table = tf.contrib.lookup.index_table_from_file(file)
        tf.identity(table.lookup(tf.constant(["one", "two"])), name="found")
        sess.run(w.initializer)
        builder.add_meta_graph_and_variables(
            sess,
            [tf.saved_model.SERVING, "b"],
            {"multiply": tf.saved_model.predict_signature_def({"x": x}, {"y": y})},
            assets_collection=[file],
            main_op=tf.tables_initializer(),
            **options,
        )
    vocabulary.unlink()
    return builder


def loaded(path, fetches, feeds=None, tags=("b", "serve"), **options):
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.saved_model.load(sess, tags, path, **options)
        return sess.run(fetches, feeds)


@pytest.mark.parametrize("as_text", [False, True])
@pytest.mark.parametrize("strip", [False, True])
def test_round_trip(path, as_text, strip):
    assert not tf.saved_model.contains_saved_model(path)
    file = written(path, strip_default_attrs=strip).save(as_text)
    assert file == f"{path}/saved_model.pb{'txt' * as_text}".encode()
    assert tf.saved_model.contains_saved_model(path)
    found = loaded(path, ["y:0", "found:0"], {"x:0": [1.0, 2.0]})
    np.testing.assert_array_equal(found[0], [3.0, 6.0])
    np.testing.assert_array_equal(found[1], [1, -1])


def test_a_scope_around_all(path):
    written(path).save()
    with tf.Graph().as_default(), tf.Session() as sess:
        model = tf.saved_model.load(sess, ["serve", "b"], path, import_scope="old")
        signature = model.signature_def["multiply"]
        assert signature.outputs["y"].name == "y:0"
        x, y = (
            tf.saved_model.get_tensor_from_tensor_info(information, import_scope="old")
            for information in (signature.inputs["x"], signature.outputs["y"])
        )
        assert y.name == "old/y:0"
        assert sess.run(y, {x: [2.0]}) == [6.0]
        np.testing.assert_array_equal(sess.run("old/found:0"), [1, -1])


def test_a_model_of_tensorflow():
    with tf.Graph().as_default(), tf.Session() as sess:
        model = tf.saved_model.loader.load(sess, {"serve"}, WORDS)
        np.testing.assert_allclose(sess.run("y:0", FED), ROWS, rtol=1e-6)
    (key,) = model.signature_def
    assert key == tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY
    assert tf.saved_model.is_valid_signature(model.signature_def[key])


def test_a_model_of_tensorflow_saved_again(path, monkeypatch):
    monkeypatch.chdir(f"{WORDS}/assets")  # the constant names the file without a directory
    with tf.Graph().as_default(), tf.Session() as sess:
        model = tf.saved_model.load(sess, ["serve"], WORDS)
        words, y = (sess.graph.get_tensor_by_name(name) for name in ("words:0", "y:0"))
        again = tf.saved_model.predict_signature_def({"words": words}, {"y": y})
        assert again == model.signature_def["serving_default"]
        tf.saved_model.simple_save(sess, path, {"words": words}, {"y": y})
    np.testing.assert_allclose(loaded(path, "y:0", FED, ["serve"]), ROWS, rtol=1e-6)


def test_resource_variables_of_tensorflow_train_on(path):
    feeds = {"net/ids:0": [3, 0]}
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.saved_model.load(sess, ["serve"], str(DATA / "resource"))
        found = sess.run("net/y:0", feeds)
        np.testing.assert_allclose(found, [[1.5499992370605469], [0.6249998211860657]], rtol=1e-6)
        losses = [sess.run(["net/loss:0", "net/train"], feeds)[0] for _ in range(4)]
        assert losses == pytest.approx(
            [0.22156214714050293, 0.012192729860544205, 0.0453299917280674, 0.13518187403678894],
            rel=1e-5,
        )
        assert sess.run("net/step:0") == 5
        assert [v.name for v in tf.trainable_variables()] == ["net/table:0", "net/w:0"]
        assert {v.dtype for v in tf.trainable_variables()} == {tf.float32}
        again = [sess.graph.get_tensor_by_name(f"net/{name}:0") for name in ("ids", "y")]
        tf.saved_model.simple_save(sess, path, {"ids": again[0]}, {"y": again[1]})
        expected = sess.run("net/y:0", feeds)
    np.testing.assert_array_equal(loaded(path, "net/y:0", feeds, ["serve"]), expected)


def test_simple_save_takes_the_assets_of_the_collection(path, tmp_path):
    file = tmp_path / "vocabulary.txt"
    file.write_text("zero\none\n")
    with tf.Session() as sess:
        table = tf.contrib.lookup.index_table_from_file(str(file))
        x = tf.placeholder(tf.string, name="x")
        y = tf.identity(table.lookup(x), name="y")
        init = tf.tables_initializer()
        tf.saved_model.simple_save(sess, path, {"x": x}, {"y": y}, legacy_init_op=init)
    file.unlink()
    assert loaded(path, "y:0", {"x:0": "one"}, ["serve"]) == 1


def test_several_graphs_share_variables(path):
    builder = written(path)
    with tf.Graph().as_default():
        tf.negative(tf.get_variable("w", []), name="minus")
        builder.add_meta_graph(["other"])
    builder.save()
    assert loaded(path, "minus:0", tags=["other"]) == -3.0


def test_assets_of_one_name(path, tmp_path):
    files = [tmp_path / folder / "words" for folder in "abc"]
    for file, text in zip(files, ["one", "two", "one"], strict=True):
        file.parent.mkdir()
        file.write_text(text)
    with tf.Graph().as_default(), tf.Session() as sess:
        paths = [tf.constant(str(file), name=f"path{i}") for i, file in enumerate(files)]
        [tf.read_file(name, name=f"read{i}") for i, name in enumerate(paths)]
        builder = tf.saved_model.Builder(path)
        builder.add_meta_graph_and_variables(
            sess, [], assets_collection=paths, main_op=tf.no_op("main")
        )
        builder.save()
    assert sorted(file.name for file in (Path(path) / "assets").iterdir()) == ["words", "words_1"]


def test_devices_and_defaults_are_left_out(path):
    builder = written(path, clear_devices=True, strip_default_attrs=True)
    builder.save()
    model = protos.SavedModel.FromString((Path(path) / "saved_model.pb").read_bytes())
    (graph,) = model.meta_graphs
    nodes = {node.name: node for node in graph.graph_def.node}
    assert graph.meta_info_def.stripped_default_attrs
    assert nodes["x"].device == ""
    assert set(nodes["w"].attr) == {"shape", "dtype", "_output_shapes"}
    assert set(nodes["y"].attr) == {"T", "_output_shapes"}


# -- mistakes --------------------------------------------------------------------------------


def test_a_directory_that_holds_something():
    text = "Export directory already exists, and isn't empty. Please choose a different export "
    with pytest.raises(AssertionError, match=f"^{re.escape(text)}"):
        tf.saved_model.Builder(WORDS)


def test_the_order_of_calls(path):
    text = "Graph state including variables and assets has not been saved yet."
    with pytest.raises(AssertionError, match=text):
        tf.saved_model.Builder(path).add_meta_graph(["a"])
    text = "Graph state including variables and assets has already been saved."
    with pytest.raises(AssertionError, match=text):
        written(path).add_meta_graph_and_variables(None, ["a"])


def assets(*values):
    return lambda: {"assets_collection": [tf.constant(value) for value in values]}


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        (lambda: {"main_op": 3}, TypeError, "main_op needs to be an Operation: 3"),
        (lambda: {"assets_collection": ["x"]}, TypeError, "Asset path tensor must be a Tensor."),
        (
            lambda: {"assets_collection": [tf.identity("x")]},
            TypeError,
            "Asset path tensor must be of type constant.",
        ),
        (assets(2), TypeError, "Asset path tensor must be of dtype string."),
        (assets(["a", "b"]), TypeError, "Asset path tensor must be a scalar."),
        (assets(""), ValueError, 'Invalid asset filepath tensor Tensor("Const:0", shape=(), '),
        (
            lambda: {"signature_def_map": {"__saved_model_init_op": protos.SignatureDef()}},
            KeyError,
            "is reserved for initialization. Please use a different key.",
        ),
        (
            lambda: {"signature_def_map": {"a": signature(protos.TensorInfo())}},
            AssertionError,
            "must have one of the 'encoding' fields (e.g., name or coo_sparse) set: ",
        ),
        (
            lambda: {"signature_def_map": {"a": signature(protos.TensorInfo(name="x:0"))}},
            AssertionError,
            "must have the dtype field set: name: ",
        ),
    ],
)
def test_what_cannot_be_added(path, options, error, text):
    with pytest.raises(error, match=re.escape(text)):
        tf.saved_model.Builder(path).add_meta_graph_and_variables(None, ["a"], **options())


def signature(information):
    return tf.saved_model.build_signature_def({"x": information})


def test_two_main_operations(path):
    text = "Graph already contains one or more main ops under the collection legacy_init_op."
    tf.add_to_collection("legacy_init_op", tf.no_op())
    with pytest.raises(ValueError, match=text):
        tf.saved_model.Builder(path).add_meta_graph_and_variables(None, [], main_op=tf.no_op())


def test_tags_that_are_not_there():
    text = "MetaGraphDef associated with tags 'x' could not be found in SavedModel. "
    with pytest.raises(RuntimeError, match=f"^{text}") as caught:
        loaded(WORDS, [], tags=["x"])
    assert str(caught.value).endswith("\navailable_tags: [{'serve'}]")


def test_no_model(path):
    text = f"SavedModel file does not exist at: {path}/{{saved_model.pbtxt|saved_model.pb}}"
    with pytest.raises(OSError, match=re.escape(text)):
        loaded(path, [])


@pytest.mark.parametrize("name", ["saved_model.pb", "saved_model.pbtxt"])
def test_a_damaged_model(tmp_path, name):
    (tmp_path / name).write_bytes(b"\xff nothing")
    with pytest.raises(OSError, match=f"Cannot parse file {tmp_path}/{name}: "):
        loaded(str(tmp_path), [])


def test_two_operations_to_run_after_loading(path):
    builder = written(path)
    builder._message.meta_graphs[0].collection_def["saved_model_main_op"].node_list.value.append(
        "y"
    )
    builder.save()
    with pytest.raises(RuntimeError, match="Expected exactly one SavedModel init op"):
        loaded(path, [])


def test_an_operation_to_run_that_is_missing(path):
    builder = written(path)
    signatures = builder._message.meta_graphs[0].signature_def
    key = "__saved_model_init_op"
    signatures[key].outputs[key].name = "y"
    builder.save()
    with pytest.raises(tf.errors.InvalidArgumentError, match="You must feed a value"):
        loaded(path, [])
    signatures[key].outputs[key].name = "gone"
    builder.save()
    with pytest.raises(tf.errors.NotFoundError, match=f"The {key} could not be found in the graph"):
        loaded(path, [])


# -- signatures ------------------------------------------------------------------------------


@pytest.fixture
def tensors():
    return {
        "text": tf.placeholder(tf.string, [None], name="text"),
        "number": tf.placeholder(tf.float32, [None, 2], name="number"),
    }


def test_tensor_information(tensors):
    found = tf.saved_model.build_tensor_info(tensors["number"])
    assert text_format.MessageToString(found, as_one_line=True) == (
        'name: "number:0" dtype: DT_FLOAT tensor_shape { dim { size: -1 } dim { size: 2 } }'
    )


def test_information_of_a_sparse_tensor():
    sparse = tf.sparse_placeholder(tf.int64, [2, 3], name="s")
    found = tf.saved_model.build_tensor_info(sparse)
    assert found.coo_sparse.values_tensor_name == "s/values:0"
    again = tf.saved_model.get_tensor_from_tensor_info(found)
    assert (again.indices, again.values) == (sparse.indices, sparse.values)
    assert again.dense_shape.name == found.coo_sparse.dense_shape_tensor_name


def test_information_that_names_no_tensor():
    with pytest.raises(ValueError, match=r"Invalid TensorInfo\.encoding: None"):
        tf.saved_model.get_tensor_from_tensor_info(protos.TensorInfo())
    with pytest.raises(KeyError, match="x:0"):
        tf.saved_model.get_tensor_from_tensor_info(protos.TensorInfo(name="x:0"))
    with pytest.raises(NotImplementedError, match="a TensorInfo with composite_tensor"):
        message = protos.TensorInfo()
        message.composite_tensor.SetInParent()
        tf.saved_model.get_tensor_from_tensor_info(message)


def test_signatures_that_can_be_served(tensors):
    text, number = tensors["text"], tensors["number"]
    for good in (
        tf.saved_model.predict_signature_def({"a": text}, {"b": number}),
        tf.saved_model.regression_signature_def(text, number),
        tf.saved_model.classification_signature_def(text, text, number),
        tf.saved_model.classification_signature_def(text, text, None),
        tf.saved_model.classification_signature_def(text, None, number),
    ):
        assert tf.saved_model.is_valid_signature(good)
        worse = protos.SignatureDef.FromString(good.SerializeToString())
        worse.method_name = "none"
        assert not tf.saved_model.is_valid_signature(worse)
        worse = protos.SignatureDef.FromString(good.SerializeToString())
        worse.inputs.clear()
        assert not tf.saved_model.is_valid_signature(worse)
        worse = protos.SignatureDef.FromString(good.SerializeToString())
        worse.outputs.clear()
        assert not tf.saved_model.is_valid_signature(worse)
    good.outputs["more"].CopyFrom(good.outputs["scores"])
    assert not tf.saved_model.is_valid_signature(good)
    assert not tf.saved_model.is_valid_signature(None)


@pytest.mark.parametrize(
    ("kind", "given", "text"),
    [
        ("predict", ({}, {"a": None}), "Prediction inputs cannot be None or empty."),
        ("predict", ({"a": None}, None), "Prediction outputs cannot be None or empty."),
        ("regression", (None, "number"), "Regression examples cannot be None."),
        ("regression", (3, "number"), "Regression examples must be a string Tensor."),
        ("regression", ("number", "number"), "Regression examples must be a string Tensor."),
        ("regression", ("text", None), "Regression predictions cannot be None."),
        ("regression", ("text", "text"), "Regression output must be a float Tensor."),
        ("classification", (None, None, None), "Classification examples cannot be None."),
        (
            "classification",
            ("text", None, None),
            "Classification classes and scores cannot both be None.",
        ),
        (
            "classification",
            ("text", "number", None),
            "Classification classes must be a string Tensor.",
        ),
        ("classification", ("text", None, "text"), "Classification scores must be a float Tensor."),
    ],
)
def test_tensors_that_make_no_signature(tensors, kind, given, text):
    arguments = [tensors.get(item, item) if isinstance(item, str) else item for item in given]
    with pytest.raises(ValueError, match=f"^{text}$"):
        getattr(tf.saved_model, f"{kind}_signature_def")(*arguments)


def test_the_main_operation_initializes_all(path):
    w = tf.Variable(2.0)
    restored = tf.saved_model.main_op_with_restore(tf.assign(w, w.initialized_value() + 1.0).op)
    with tf.Session() as sess:
        sess.run(restored)
        assert sess.run(w) == 3.0
