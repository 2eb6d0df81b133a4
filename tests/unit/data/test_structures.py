"""What elements consist of, statically, and what is refused while the graph is built."""

from collections import OrderedDict, namedtuple

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.graphdef.export import picture

Dataset = tf.data.Dataset
Pair = namedtuple("Pair", "first second")


def sparse():
    return tf.SparseTensor([[0, 1], [2, 0]], [1.0, 2.0], [3, 2])


def first_line(error):
    return str(error.value).splitlines()[0]


@pytest.mark.parametrize(
    ("make", "types", "shapes"),
    [
        (
            lambda: Dataset.from_tensor_slices({"a": [1, 2], "b": (np.ones((2, 3)), ["x", "y"])}),
            {"a": tf.int32, "b": (tf.float64, tf.string)},
            "{'a': TensorShape([]), 'b': (TensorShape([Dimension(3)]), TensorShape([]))}",
        ),
        (
            lambda: Dataset.range(3).map(lambda x: (x, [x, x + 1], {"q": x})),
            (tf.int64, tf.int64, {"q": tf.int64}),
            "(TensorShape([]), TensorShape([Dimension(2)]), {'q': TensorShape([])})",
        ),
        (
            lambda: Dataset.range(3).map(lambda x: (x, 1.5, "s", np.ones(3))),
            (tf.int64, tf.float32, tf.string, tf.float64),
            "(TensorShape([]), TensorShape([]), TensorShape([]), TensorShape([Dimension(3)]))",
        ),
        (
            lambda: Dataset.range(3).map(lambda x: tf.one_hot(x, 4)).batch(3, True).repeat(),
            tf.float32,
            "(3, 4)",
        ),
        (lambda: Dataset.range(3).batch(tf.placeholder(tf.int64), True), tf.int64, "(?,)"),
        (
            lambda: Dataset.from_tensor_slices(np.ones((5, 3))).padded_batch(2, [None]),
            tf.float64,
            "(?, ?)",
        ),
        (
            lambda: Dataset.from_tensor_slices(np.ones((5, 3))).padded_batch(
                2, [7], drop_remainder=True
            ),
            tf.float64,
            "(2, 7)",
        ),
        (
            lambda: Dataset.from_tensor_slices(np.ones((5, 3))).padded_batch(
                2, tf.constant([-1], tf.int64)
            ),
            tf.float64,
            "(?, ?)",
        ),
        (lambda: Dataset.range(5).concatenate(Dataset.range(3).batch(2)), tf.int64, "<unknown>"),
        (
            lambda: Dataset.from_generator(
                lambda: iter([1]), (tf.int32, {"a": tf.string}), ([None], {"a": []})
            ),
            (tf.int32, {"a": tf.string}),
            "(TensorShape([Dimension(None)]), {'a': TensorShape([])})",
        ),
        (lambda: Dataset.from_generator(lambda: iter([1]), tf.int32), tf.int32, "<unknown>"),
        (lambda: Dataset.from_tensor_slices(sparse()).batch(2), tf.float32, "(?, 2)"),
        (
            lambda: Dataset.from_sparse_tensor_slices(sparse()),
            (tf.int64, tf.float32, tf.int64),
            "(TensorShape([Dimension(None), Dimension(1)]), TensorShape([Dimension(None)]), "
            "TensorShape([Dimension(1)]))",
        ),
        (lambda: Dataset.from_tensor_slices([]), tf.float32, "()"),
        (
            lambda: Dataset.zip(Pair(Dataset.range(2), Dataset.range(3).batch(2))),
            Pair(tf.int64, tf.int64),
            "Pair(first=TensorShape([]), second=TensorShape([Dimension(None)]))",
        ),
    ],
)
def test_types_and_shapes(make, types, shapes):
    dataset = make()
    assert dataset.output_types == types
    assert str(dataset.output_shapes) == shapes
    assert tf.data.get_output_types(dataset) == types
    iterator = dataset.make_initializable_iterator()
    assert iterator.output_types == types
    assert str(iterator.output_shapes) == shapes
    assert repr(iterator.element_spec) == repr(dataset.element_spec)


def test_element_specs():
    spec = Dataset.from_tensor_slices(np.ones((5, 3))).batch(2).element_spec
    assert repr(spec) == "TensorSpec(shape=(?, 3), dtype=tf.float64, name=None)"
    assert spec == tf.TensorSpec([None, 3], tf.float64)
    assert spec.is_compatible_with(tf.placeholder(tf.float64, [7, 3]))
    assert not spec.is_compatible_with(tf.placeholder(tf.float64, [7, 4]))
    rows = Dataset.from_tensor_slices(sparse())
    assert repr(rows.element_spec) == ("SparseTensorSpec(TensorShape([Dimension(2)]), tf.float32)")
    assert rows.output_classes is tf.SparseTensor
    assert tf.data.get_output_classes(Dataset.range(3)) is tf.Tensor
    window = Dataset.range(9).window(3)
    assert repr(window.output_types) == (
        "DatasetSpec(TensorSpec(shape=(), dtype=tf.int64, name=None), TensorShape([]))"
    )
    with pytest.raises(TypeError, match="must be a Dataset or Iterator object"):
        tf.data.get_output_shapes(3)


def test_a_dict_keeps_its_class_and_order():
    data = OrderedDict([("b", [1, 2]), ("a", [3.0, 4.0])])
    element = Dataset.from_tensor_slices(data).make_one_shot_iterator().get_next()
    assert list(element) == ["b", "a"]
    value = tf.Session().run(element)
    assert list(value.items()) == [("b", 1), ("a", 3.0)]


def test_datasets_say_what_they_are():
    assert repr(Dataset.range(3).map(lambda x: x).batch(3)) == (
        "<DatasetV1Adapter shapes: (?,), types: tf.int64>"
    )
    assert repr(tf.data.TextLineDataset("a")) == "<TextLineDatasetV1 shapes: (), types: tf.string>"
    assert repr(Dataset.from_tensors({"a": 1})) == (
        "<DatasetV1Adapter shapes: {a: ()}, types: {a: tf.int32}>"
    )


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (
            lambda: Dataset.range(3).map(lambda x: None),
            TypeError,
            "Unsupported return value from function passed to Dataset.map(): None.",
        ),
        (lambda: Dataset.range(3).map(3), ValueError, "Argument must be callable"),
        (
            lambda: Dataset.from_tensor_slices(np.ones((5, 3))).padded_batch(2, [2]),
            ValueError,
            "The padded shape (2,) is not compatible with the corresponding input component shape "
            "(3,).",
        ),
        (
            lambda: Dataset.from_tensor_slices(np.ones((5, 3))).padded_batch(2, [None, None]),
            ValueError,
            "The padded shape (?, ?) is not compatible with the corresponding input component "
            "shape (3,).",
        ),
        (
            lambda: Dataset.range(3).padded_batch(2, [], padding_values=0),
            TypeError,
            'Padding value tensor (Tensor("padding_value:0", shape=(), dtype=int32)) does not '
            "match output type: <dtype: 'int64'>",
        ),
        (
            lambda: Dataset.range(3).padded_batch(2, ([], [])),
            ValueError,
            "Padded shape ([], []) must be a 1-D tensor of tf.int64 values, but its shape was "
            "(2, 0).",
        ),
        (
            lambda: Dataset.from_tensor_slices(sparse()).padded_batch(2, [2]),
            TypeError,
            "Batching of padded sparse tensors is not currently supported",
        ),
        (
            lambda: Dataset.range(5).concatenate(Dataset.from_tensors(1.0)),
            TypeError,
            "Two datasets to concatenate have different types <dtype: 'int64'> and "
            "<dtype: 'float32'>",
        ),
        (
            lambda: Dataset.range(5).filter(lambda x: x),
            ValueError,
            "`predicate` return type must be convertible to a scalar boolean tensor. Was "
            "TensorSpec(shape=(), dtype=tf.int64, name=None).",
        ),
        (
            lambda: Dataset.range(5).flat_map(lambda x: [x]),
            TypeError,
            "`map_func` must return a `Dataset` object. Got <class 'tuple'>",
        ),
        (
            lambda: Dataset.zip([Dataset.range(5)]),
            TypeError,
            "The argument to `Dataset.zip()` must be a nested structure of `Dataset` objects. "
            "Nested structures do not support Python lists; please use a tuple instead.",
        ),
        (
            lambda: Dataset.zip(3),
            TypeError,
            "The argument to `Dataset.zip()` must be a nested structure of `Dataset` objects.",
        ),
        (lambda: Dataset.from_generator(3, tf.int32), TypeError, "`generator` must be callable."),
        (lambda: Dataset.range(), ValueError, "Invalid arguments to RangeDataset: ()"),
        (
            lambda: Dataset.range(5).apply(lambda d: 3),
            TypeError,
            "`transformation_func` must return a Dataset. Got 3.",
        ),
        (
            lambda: Dataset.from_tensor_slices(([1, 2], [3])),
            ValueError,
            "Dimensions 2 and 1 are not compatible",
        ),
        (
            lambda: Dataset.from_tensor_slices(3),
            ValueError,
            'Value Tensor("normalize_element/component_0:0", shape=(), dtype=int32) has '
            "insufficient rank for batching.",
        ),
        (
            lambda: Dataset.from_tensors(()),
            ValueError,
            "Attr 'Toutput_types' of 'TensorDataset' Op passed list of length 0 less than minimum "
            "1.",
        ),
        (
            lambda: list(Dataset.range(3)),
            RuntimeError,
            "__iter__() is only supported inside of tf.function or when eager execution is "
            "enabled.",
        ),
        (
            lambda: Dataset.range(3).apply(tf.data.experimental.scan(np.int64(0), lambda s, x: x)),
            TypeError,
            "The scan function must return a pair comprising the new state and the output value.",
        ),
        (
            lambda: Dataset.range(3).apply(tf.data.experimental.scan(0, lambda s, x: (x, x))),
            TypeError,
            "The element types for the new state must match the initial state. Expected "
            "<dtype: 'int32'>; got <dtype: 'int64'>.",
        ),
        (
            lambda: Dataset.from_tensor_slices([1.0]).apply(tf.data.experimental.unique()),
            TypeError,
            "`tf.data.experimental.unique()` only supports inputs with a single `tf.int32`, "
            "`tf.int64`, or `tf.string` component.",
        ),
        (
            lambda: tf.data.experimental.choose_from_datasets(
                [Dataset.range(3)], Dataset.from_tensors(1)
            ),
            TypeError,
            "`choice_dataset` must be a dataset of scalar `tf.int64` tensors.",
        ),
        (
            lambda: tf.data.experimental.sample_from_datasets(
                [Dataset.range(3), Dataset.range(3)], weights=[0.3]
            ),
            ValueError,
            "`weights` must be a vector of length `len(datasets)`.",
        ),
        (
            lambda: tf.data.experimental.bucket_by_sequence_length(lambda x: x, [3], [2]),
            ValueError,
            "len(bucket_batch_sizes) must equal len(bucket_boundaries) + 1",
        ),
        (
            lambda: tf.data.experimental.group_by_window(lambda x: x, lambda k, w: w),
            ValueError,
            "Must pass either window_size or window_size_func.",
        ),
        (
            lambda: tf.data.experimental.get_single_element(3),
            TypeError,
            "`dataset` must be a `tf.data.Dataset` object.",
        ),
        (
            lambda: tf.data.Iterator.from_structure((tf.int32, tf.int32), ([],)),
            ValueError,
            "The two structures don't have the same sequence length. Input structure has length 1, "
            "while shallow structure has length 2.",
        ),
    ],
)
def test_refusals(make, kind, message):
    with pytest.raises(kind) as error:
        make()
    assert first_line(error) == message


def test_options_are_checked_and_merged():
    options = tf.data.Options()
    with pytest.raises(AttributeError, match=r"Cannot set the property foo on Options\."):
        options.foo = 1
    with pytest.raises(TypeError) as error:
        options.experimental_deterministic = 1
    assert first_line(error) == (
        "Property \"experimental_deterministic\" must be of type <class 'bool'>, got: 1 (type: "
        "<class 'int'>)"
    )
    with pytest.raises(NotImplementedError, match="experimental_stats"):
        options.experimental_stats = 1
    options.experimental_deterministic = True
    other = tf.data.Options()
    other.experimental_optimization.map_fusion = True
    dataset = Dataset.range(3).with_options(options).map(lambda x: x).with_options(other)
    assert dataset.options().experimental_deterministic is True
    assert dataset.options().experimental_optimization.map_fusion is True
    assert Dataset.range(3).options().experimental_deterministic is None
    other.experimental_deterministic = False
    with pytest.raises(ValueError) as error:
        dataset.with_options(other)
    assert first_line(error) == (
        "Cannot merge incompatible values (True and False) of option: experimental_deterministic"
    )


def test_options_decide_which_nodes_an_iterator_makes():
    options = tf.data.Options()
    options.experimental_optimization.apply_default_optimizations = False
    Dataset.range(3).with_options(options).make_initializable_iterator()
    names = [op.name for op in tf.get_default_graph().get_operations()]
    assert names[4:] == ["ModelDataset", "IteratorV2", "MakeIterator", "IteratorToStringHandle"]


def run(tensors):
    return tf.Session().run(tensors)


def test_reduce():
    total = Dataset.range(5).reduce(np.int64(0), lambda s, x: s + x)
    count = Dataset.range(5).reduce((np.int64(0), 0.0), lambda s, x: (s[0] + x, s[1] + 1))
    assert total.op.type == "ReduceDataset"
    assert run([total, count]) == [10, (10, 5.0)]
    grown = Dataset.range(3).reduce(np.zeros([1]), lambda s, x: tf.concat([s, s], 0))
    assert grown.shape.as_list() == [None]
    assert run(grown).shape == (8,)


def test_a_single_element():
    element = tf.data.experimental.get_single_element(Dataset.range(3).batch(3))
    assert element.op.type == "DatasetToSingleElement"
    assert run(element).tolist() == [0, 1, 2]
    for count, message in ((0, "Dataset was empty."), (2, "Dataset had more than one element.")):
        element = tf.data.experimental.get_single_element(Dataset.range(count))
        with pytest.raises(tf.errors.InvalidArgumentError) as error:
            run(element)
        assert first_line(error) == message


@pytest.mark.parametrize(
    ("make", "count"),
    [
        (lambda: Dataset.range(10), 10),
        (lambda: Dataset.range(10, 0, -3), 4),
        (lambda: Dataset.from_tensors(1).repeat(3), 3),
        (lambda: Dataset.range(10).repeat(), -1),
        (lambda: Dataset.range(0).repeat(), 0),
        (lambda: Dataset.range(10).filter(lambda x: x > 3), -2),
        (lambda: Dataset.range(10).batch(3), 4),
        (lambda: Dataset.range(10).batch(3, True), 3),
        (lambda: Dataset.range(10).skip(3).take(20).shard(3, 0), 3),
        (lambda: Dataset.range(10).take(-1).skip(-1), 0),
        (lambda: Dataset.range(10).repeat().take(7), 7),
        (lambda: Dataset.zip((Dataset.range(4), Dataset.range(9).repeat())), 4),
        (lambda: Dataset.range(4).concatenate(Dataset.range(5)), 9),
        (lambda: Dataset.range(4).map(lambda x: x).shuffle(3).prefetch(1).cache(), 4),
        (lambda: Dataset.range(4).apply(tf.data.experimental.shuffle_and_repeat(3, 2)), 8),
        (lambda: Dataset.range(5).padded_batch(2, []), 3),
        (lambda: Dataset.range(5).apply(tf.data.experimental.map_and_batch(lambda x: x, 2)), 3),
    ],
)
def test_cardinality(make, count):
    number = tf.data.experimental.cardinality(make())
    assert number.op.type == "DatasetCardinality"
    assert run(number) == count


def test_names_of_contrib():
    dataset = tf.contrib.data.Dataset.range(5).apply(tf.contrib.data.batch_and_drop_remainder(2))
    assert dataset.output_shapes.as_list() == [2]
    padded = tf.contrib.data.padded_batch_and_drop_remainder(2, [])
    assert tf.contrib.data.Dataset.range(5).apply(padded).output_shapes.as_list() == [2]
    assert tf.contrib.data.TextLineDataset is tf.data.TextLineDataset


def test_a_graph_with_what_no_file_can_hold_is_shown_without_it():
    Dataset.from_generator(lambda: [1, 2], tf.int32).map(lambda x: x).make_one_shot_iterator()
    nodes = {node.name: node for node in picture(tf.get_default_graph()).node}
    assert list(nodes["MapDataset"].input) == ["FlatMapDataset"]
    assert nodes["FlatMapDataset"].op == "FlatMapDataset"
    with pytest.raises(NotImplementedError, match="PyGeneratorDataset: its attribute generator"):
        tf.get_default_graph().as_graph_def()


def test_a_plan_is_printed_with_its_functions():
    iterator = (
        Dataset.range(3).map(lambda x: -x, num_parallel_calls=2).make_initializable_iterator()
    )
    lines = tf.Session().explain(iterator.initializer).splitlines()
    place = next(i for i, line in enumerate(lines) if "ParallelMapDataset(" in line)
    assert lines[place + 1] == "  f"
    assert "Neg(%0)" in lines[place + 3]
