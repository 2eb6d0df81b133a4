"""`optimize_loss`, summaries, embeddings, variables by name: nodes and texts of TF 1.15.5."""

import logging

import numpy as np
import pytest

import flowgraph as tf

layers, framework = tf.contrib.layers, tf.contrib.framework


def model():
    w = tf.get_variable("w", initializer=[[1.0, 2.0], [3.0, 4.0]])
    step = tf.train.get_or_create_global_step()
    return tf.reduce_sum(w * w, name="L"), step, w


def names_after(count):
    operations = tf.get_default_graph().get_operations()[count:]
    skipped = ("gradients/", "clip_by_global_norm/", "global_norm/", "global_norm_")
    return [o.name for o in operations if not o.name.partition("/")[2].startswith(skipped)]


def test_nodes_of_the_plain_form():
    loss, step, _ = model()
    before = len(tf.get_default_graph().get_operations())
    train = layers.optimize_loss(loss, step, learning_rate=0.1, optimizer="SGD")
    assert names_after(before) == [
        *("OptimizeLoss/learning_rate/Initializer/Const", "OptimizeLoss/learning_rate"),
        *("OptimizeLoss/learning_rate/Assign", "OptimizeLoss/learning_rate/read"),
        *("OptimizeLoss/loss/tags", "OptimizeLoss/loss"),
        "OptimizeLoss/train/update_w/ApplyGradientDescent",
        *("OptimizeLoss/train/update", "OptimizeLoss/train/value", "OptimizeLoss/train"),
        "OptimizeLoss/control_dependency",
    ]
    assert train.name == "OptimizeLoss/control_dependency:0"
    assert [s.op.name for s in tf.get_collection(tf.GraphKeys.SUMMARIES)] == [
        *("OptimizeLoss/global_norm/gradient_norm", "OptimizeLoss/loss"),
    ]


def test_everything_at_once():
    loss, step, w = model()
    train = layers.optimize_loss(
        loss,
        step,
        learning_rate=0.5,
        optimizer="SGD",
        gradient_multipliers={"w:0": 2.0},
        clip_gradients=1.0,
        learning_rate_decay_fn=lambda rate, at: tf.train.exponential_decay(rate, at, 1, 0.5),
        summaries=layers.OPTIMIZER_SUMMARIES,
        name="opt",
    )
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        first = sess.run(w)
        for rate in 0.5, 0.25:
            gradient = 4 * first
            sess.run(train)
            expected = first - rate * gradient / np.linalg.norm(gradient)
            first = sess.run(w)
            np.testing.assert_allclose(first, expected, rtol=1e-5)
        assert sess.run(step) == 2
    assert {s.op.name for s in tf.get_collection(tf.GraphKeys.SUMMARIES)} == {
        *("opt/learning_rate_1", "opt/global_norm/gradient_norm", "opt/loss", "opt/gradients/w_0"),
        *("opt/gradient_norm/w_0", "opt/global_norm/clipped_gradient_norm"),
    }


def test_noise_has_the_nodes_of_tensorflow():
    loss, step, _ = model()
    before = len(tf.get_default_graph().get_operations())
    layers.optimize_loss(loss, step, 0.1, "SGD", gradient_noise_scale=0.1, summaries=[])
    names = names_after(before)
    first = names.index("OptimizeLoss/truncated_normal/shape")
    assert names[first + 5 : first + 9] == [
        f"OptimizeLoss/{name}" for name in ("truncated_normal", "mul/y", "mul", "add")
    ]


@pytest.mark.parametrize("name", layers.OPTIMIZER_CLS_NAMES)
def test_optimizers_by_name(name):
    loss, step, _ = model()
    train = layers.optimize_loss(loss, step, 0.01, name)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        losses = [sess.run(train) for _ in range(3)]
    assert losses[0] == 30.0
    assert losses[2] < losses[1] <= losses[0]


def test_optimizers_in_other_forms():
    loss, step, _ = model()
    rate = tf.constant(0.1)
    for optimizer in (
        tf.train.GradientDescentOptimizer,
        tf.train.GradientDescentOptimizer(0.1),
        lambda rate: tf.train.GradientDescentOptimizer(rate),
    ):
        layers.optimize_loss(loss, step, rate, optimizer, increment_global_step=False)
    layers.optimize_loss(loss, step, None, lambda: tf.train.GradientDescentOptimizer(0.1))
    assert tf.get_default_graph().get_operation_by_name("OptimizeLoss/train").type == "NoOp"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            (0.1, "X"),
            "Optimizer name should be one of [Adagrad, Adam, Ftrl, Momentum, RMSProp, SGD]",
        ),
        (("a", "SGD"), "Learning rate should be 0d Tensor or float. Got a of type <class 'str'>"),
        ((-0.1, "SGD"), "Invalid learning_rate -0.1."),
        ((None, "SGD"), "Learning rate is None, but should be specified if optimizer is string"),
        ((None, tf.train.AdamOptimizer), "Learning rate is None, but should be specified if opt"),
        ((0.1, 3), "Unrecognized optimizer: should be string, subclass of Optimizer, instance of"),
        ((0.1, lambda rate: 3), "Unrecognized optimizer: function should return subclass of Opt"),
    ],
)
def test_wrong_optimizers_and_rates(arguments, text):
    loss, step, _ = model()
    with pytest.raises(ValueError) as caught:
        layers.optimize_loss(loss, step, *arguments)
    assert str(caught.value).startswith(text)


def test_other_wrong_arguments():
    loss, step, _ = model()
    with pytest.raises(ValueError, match=r"Summaries should be one of \[learning_rate, loss"):
        layers.optimize_loss(loss, step, 0.1, "SGD", summaries=["x"])
    with pytest.raises(ValueError, match="Unknown type <class 'str'> for clip_gradients"):
        layers.optimize_loss(loss, step, 0.1, "SGD", clip_gradients="x")
    with pytest.raises(ValueError, match="No variables to optimize"):
        layers.optimize_loss(loss, step, 0.1, "SGD", variables=[])


def test_embeddings():
    ids = tf.constant([[1, 2], [0, 1]])
    plain = layers.embed_sequence(ids, vocab_size=5, embed_dim=3)
    assert plain.name == "EmbedSequence/embedding_lookup/Identity:0"
    again = layers.embed_sequence(ids, scope="EmbedSequence", reuse=True, unique=True)
    assert again.shape.as_list() == [2, 2, 3]
    (variable,) = framework.get_model_variables()
    assert variable.name == "EmbedSequence/embeddings:0"
    with tf.Session() as sess:
        sess.run(variable.initializer)
        table, first, second = sess.run([variable, plain, again])
    np.testing.assert_array_equal(first, table[[[1, 2], [0, 1]]])
    np.testing.assert_array_equal(second, first)
    with pytest.raises(ValueError, match="Must specify vocab size and embedding dimension when"):
        layers.embed_sequence(ids, 5)


def test_one_hot_encoding_casts_small_numbers():
    encoded = tf.contrib.slim.one_hot_encoding(tf.constant([1, 2]), 4, on_value=5.0)
    assert encoded.name == "OneHotEncoding/one_hot:0"
    assert encoded.op.inputs[0].name == "OneHotEncoding/ToInt64:0"
    assert tf.Session().run(encoded).tolist() == [[0, 5, 0, 0], [0, 0, 5, 0]]


def test_summaries_are_named_after_their_tensors():
    x = tf.nn.relu6(tf.constant([[-1.0, 7.0], [2.0, -3.0]]), name="a/b")
    assert layers.summarize_tensor(x, "tag").op.name == "tag"
    assert layers.summarize_tensor(tf.constant(1.0, name="s")).op.type == "ScalarSummary"
    tf.add_to_collection(tf.GraphKeys.ACTIVATIONS, x)
    assert [s.op.name for s in layers.summarize_activations()] == ["a/b/activation"]
    assert layers.summarize_activations("b") == []
    names = [s.op.name for s in tf.get_collection(tf.GraphKeys.SUMMARIES)]
    assert names == ["tag", "s_summary", "a/b/zeros", "a/b/sixes", "a/b/activation"]


def test_variables_by_scope_and_name():
    with tf.variable_scope("one") as scope:
        a, b = tf.get_variable("a", [1]), tf.get_variable("b", [1])
    with tf.variable_scope("one_more"):
        c = tf.get_variable("a", [1])
    assert framework.get_variables(scope, "a") == [a, c]
    assert framework.get_variables("one/") == [a, b]
    assert framework.get_variables_by_name("a") == [a, c]
    assert framework.get_variables_to_restore(include=["one/"], exclude=["one/b"]) == [a]
    assert framework.filter_variables([a, b, c], ["a"], ["more"]) == [a]
    assert framework.filter_variables([a, b], ["a"], reg_search=False) == []
    with pytest.raises(ValueError, match="Couldn't find variable x"):
        framework.get_unique_variable("x")
    with pytest.raises(ValueError, match="Variable one does not uniquely identify a variable"):
        framework.get_unique_variable("one")
    with pytest.raises(TypeError, match=r"exclude must be a list or a tuple."):
        framework.get_variables_to_restore(exclude="x")


@pytest.fixture
def checkpoint(tmp_path):
    w = tf.get_variable("w", initializer=[1.0, 2.0])
    with tf.Session() as sess:
        sess.run(w.initializer)
        path = tf.train.Saver().save(sess, str(tmp_path / "model"))
    tf.reset_default_graph()
    return path


def test_variables_from_a_checkpoint(checkpoint, caplog):
    w, v = tf.get_variable("w", [2]), tf.get_variable("v", [2])
    with caplog.at_level(logging.WARNING, "tensorflow"):
        restore = framework.assign_from_checkpoint_fn(checkpoint, [w, v], ignore_missing_vars=True)
        nothing = framework.assign_from_checkpoint_fn(checkpoint, [v], ignore_missing_vars=True)
        assign, feeds = framework.assign_from_checkpoint(checkpoint, {"w": v, "x": w}, True)
    assert nothing is None
    assert f"Variable v missing in checkpoint {checkpoint}" in caplog.messages
    assert "Checkpoint is missing variable [x]" in caplog.messages
    with tf.Session() as sess:
        restore(sess)
        sess.run(assign, feeds)
        assert sess.run([w, v]) == pytest.approx(np.array([[1.0, 2.0]] * 2))
    with pytest.raises(ValueError, match=r"Checkpoint is missing variable \[v\]"):
        framework.assign_from_checkpoint(checkpoint, [v])
    with pytest.raises(ValueError, match="var_list cannot be empty"):
        framework.assign_from_checkpoint_fn(checkpoint, [])


def test_a_checkpoint_of_another_shape(checkpoint):
    w = tf.get_variable("w", [3])
    with pytest.raises(ValueError, match="Total size of new array must be unchanged for w lh_shap"):
        framework.assign_from_checkpoint(checkpoint, [w])
