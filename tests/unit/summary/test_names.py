"""Names, tags, inputs and collections of summaries, as TensorFlow 1.15.5 makes them."""

import pytest

import flowgraph as tf


def nodes():
    return [
        f"{op.name} {op.type} {' '.join(t.op.name for t in op.inputs)}".rstrip()
        for op in tf.get_default_graph().get_operations()
        if op.type != "Const"
    ]


def tag_of(summary):
    return tf.Session().run(summary.op.inputs[0]).decode()


def collected(key=tf.GraphKeys.SUMMARIES):
    return [t.name for t in tf.get_collection(key)]


def test_a_name_is_made_unique_and_so_is_the_tag():
    first, second = tf.summary.scalar("loss", 1.0), tf.summary.scalar("loss", 2.0)
    assert (tag_of(first), tag_of(second)) == ("loss", "loss_1")
    assert nodes() == [
        "loss ScalarSummary loss/tags loss/values",
        "loss_1 ScalarSummary loss_1/tags loss_1/values",
    ]
    assert collected() == ["loss:0", "loss_1:0"]


def test_a_name_scope_is_part_of_the_tag_and_illegal_characters_are_replaced():
    with tf.name_scope("a"):
        summary = tf.summary.scalar("b c:0", tf.constant(1.0))
    assert summary.name == "a/b_c_0:0"
    assert tag_of(summary) == "a/b_c_0"


def test_a_family_stands_before_the_name_and_again_before_the_tag():
    with tf.name_scope("a"):
        summary = tf.summary.scalar("/x", tf.constant(1.0), family="f m")
    assert summary.name == "a/f_m/x:0"
    assert tag_of(summary) == "f_m/a/f_m/x"


def test_the_inputs_of_each_kind():
    zeros = tf.zeros([1, 2, 2, 1])
    tf.summary.histogram("h", [1, 2], family="q")
    tf.summary.image("im", zeros)
    tf.summary.audio("au", zeros[0, 0], 8000)
    tf.summary.text("te", tf.constant("a", name="words"))
    tf.summary.tensor_summary("t", [1, 2])
    assert [line for line in nodes() if "Summary" in line] == [
        "q/h HistogramSummary q/h/tag q/h/values",
        "im ImageSummary im/tag zeros",
        "au AudioSummaryV2 au/tag strided_slice au/sample_rate",
        "te TensorSummaryV2 te/tag words te/serialized_summary_metadata",
        "t TensorSummaryV2 t/tag t/tensor t/serialized_summary_metadata",
    ]
    assert tf.get_default_graph().get_tensor_by_name("q/h/values:0").dtype is tf.float32


def test_merges():
    one, two = tf.summary.scalar("a", 1.0), tf.summary.scalar("b", 2.0)
    tf.summary.merge([one, two])
    tf.summary.merge([one], name="mm", collections=["k"])
    tf.summary.merge_all()
    tf.summary.merge_all(scope="a")
    tf.summary.merge_all(name="all")
    assert [line for line in nodes() if "Merge" in line] == [
        "Merge/MergeSummary MergeSummary a b",
        "mm/mm MergeSummary a",
        "Merge_1/MergeSummary MergeSummary a b",
        "Merge_2/MergeSummary MergeSummary a",
        "all/all MergeSummary a b",
    ]
    assert (collected(), collected("k")) == (["a:0", "b:0"], ["mm/mm:0"])
    assert tf.summary.merge_all("none of these") is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [(["c1", "c2"], {"c1", "c2"}), ([], set()), (("ab",), {"ab"}), ("ab", {"a", "b"})],
)
def test_collections(given, expected):
    tf.summary.scalar("x", 1.0, collections=given)
    assert set(tf.get_default_graph().get_all_collection_keys()) == expected


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (
            lambda: tf.summary.scalar("h", True),
            TypeError,
            "Value passed to parameter 'values' has DataType bool not in list of allowed values",
        ),
        (
            lambda: tf.summary.scalar(None, 1.0),
            ValueError,
            r"At least one of name \(None\) and default_name \(None\) must be provided\.",
        ),
        (lambda: tf.summary.scalar("损失", 1.0), ValueError, "'损失' is not a valid scope name"),
        (lambda: tf.summary.scalar("_x", 1.0), ValueError, "'_x' is not a valid scope name"),
        (
            lambda: tf.summary.image("i", tf.zeros([1, 1, 1, 3]), max_outputs=0),
            ValueError,
            "Attr 'max_images' of 'ImageSummary' Op passed 0 less than minimum 1",
        ),
        (
            lambda: tf.summary.audio("i", tf.zeros([1, 1]), 8000, max_outputs=0),
            ValueError,
            "Attr 'max_outputs' of 'AudioSummaryV2' Op passed 0 less than minimum 1",
        ),
        (
            lambda: tf.summary.audio("a", tf.zeros([1, 1], tf.float64), 8000),
            TypeError,
            "Input 'tensor' of 'AudioSummaryV2' Op has type float64 that does not match expected "
            r"type of float32\.",
        ),
        (
            lambda: tf.summary.text("t", tf.constant(1)),
            ValueError,
            "Expected tensor Const:0 to have dtype string, got <dtype: 'int32'>",
        ),
        (
            lambda: tf.summary.merge([]),
            ValueError,
            "List argument 'inputs' to 'MergeSummary' Op with length 0 shorter than minimum",
        ),
        (
            lambda: tf.summary.merge([tf.constant(1.0)]),
            TypeError,
            r"Tensors in list passed to 'inputs' of 'MergeSummary' Op have types \[float32\] that "
            "do not match expected type string",
        ),
        (
            lambda: tf.summary.get_summary_description(tf.NodeDef(op="X")),
            ValueError,
            "Can't get_summary_description on X",
        ),
    ],
)
def test_what_is_refused(build, error, message):
    with pytest.raises(error, match=message):
        build()
