"""A SavedModel as a function."""

import re

import pytest

import flowgraph as tf
from flowgraph.contrib import predictor


@pytest.fixture
def path(tmp_path):
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, name="x")
        by = tf.placeholder_with_default(2.0, [], name="by")
        y = tf.multiply(x, by * tf.Variable(3.0), name="y")
        sess.run(tf.global_variables_initializer())
        signatures = {
            "serving_default": tf.saved_model.predict_signature_def({"x": x, "by": by}, {"y": y}),
            "other": tf.saved_model.predict_signature_def({"a": x}, {"b": y, "c": x}),
        }
        builder = tf.saved_model.Builder(str(tmp_path / "model"))
        builder.add_meta_graph_and_variables(sess, ["serve", "more"], signatures)
        builder.save()
    return str(tmp_path / "model")


def test_outputs_by_name(path):
    predict = predictor.from_saved_model(path, tags="serve, more")
    assert predict({"x": 1.0}) == {"y": 6.0}
    assert predict({"x": 1.0, "by": 1.0}) == {"y": 3.0}
    assert predict({"x": 1.0, "by": None}) == {"y": 6.0}
    text = "Got unexpected keys in input_dict: {'z'}\nexpected: {"
    with pytest.raises(ValueError, match=f"^{re.escape(text)}"):
        predict({"z": 1.0})
    assert repr(predict).startswith("SavedModelPredictor with feed tensors {'")
    assert predict.graph is predict.session.graph


@pytest.mark.parametrize(
    "options",
    [
        {"signature_def_key": "other"},
        {"input_names": {"a": "x:0"}, "output_names": {"b": "y:0", "c": "x:0"}},
    ],
)
def test_other_signatures(path, options):
    graph = tf.Graph()
    predict = predictor.from_saved_model(path, tags="more,serve", graph=graph, **options)
    assert predict({"a": 1.0}) == {"b": 6.0, "c": 1.0}
    assert predict.graph is graph


def test_a_signature_of_the_caller(path):
    x, y = (tf.placeholder(tf.float32, name=name) for name in "xy")
    signature = tf.saved_model.predict_signature_def({"in": x}, {"out": y})
    predict = predictor.from_saved_model(path, signature_def=signature, tags="serve,more")
    assert predict({"in": 2.0}) == {"out": 12.0}


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"input_names": {}}, ValueError, "input_names and output_names must both be specified"),
        (
            {"signature_def_key": "a", "signature_def": tf.saved_model.build_signature_def()},
            ValueError,
            "You must specify at most one of signature_def_key OR signature_def OR(input_names",
        ),
        ({"signature_def_key": "a"}, ValueError, 'Got signature_def_key "a". Available signatu'),
        ({"tags": "none"}, RuntimeError, "MetaGraphDef associated with tags 'none' could not be"),
    ],
)
def test_what_makes_no_function(path, options, error, text):
    with pytest.raises(error, match=f"^{re.escape(text)}"):
        predictor.from_saved_model(path, **{"tags": "serve,more"} | options)
