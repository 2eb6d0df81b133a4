"""Iterators: IteratorV2, OneShotIterator, handles, MakeIterator; what they say when misused."""

import gc
import threading
import time
import weakref

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.ops.dataset import DatasetValue
from tests.unit.data.test_pipelines import drawn

NOT_INITIALIZED = (
    "GetNext() failed because the iterator has not been initialized. Ensure that you have run the "
    "initializer operation for this iterator before getting the next element."
)


def first_line(error):
    return str(error.value).splitlines()[0]


def test_a_one_shot_iterator_needs_no_initializer():
    iterator = tf.data.Dataset.range(3).map(lambda x: x + 1).make_one_shot_iterator()
    number = iterator.get_next()
    assert [op.type for op in tf.get_default_graph().get_operations()][-3:] == [
        "OneShotIterator",
        "IteratorToStringHandle",
        "IteratorGetNext",
    ]
    session = tf.Session()
    assert drawn(session, number)[0] == [1, 2, 3]
    with pytest.raises(tf.errors.OutOfRangeError) as error:
        session.run(number)
    assert first_line(error) == "End of sequence"
    assert error.value.op is number.op
    assert drawn(tf.Session(), number)[0] == [1, 2, 3]
    with pytest.raises(ValueError, match=r"Iterator does not have an initializer\."):
        _ = iterator.initializer


def test_a_one_shot_iterator_over_shuffled_elements_has_the_same_order():
    dataset = tf.data.Dataset.range(5).shuffle(3, seed=3).repeat(3)
    number = dataset.make_one_shot_iterator().get_next()
    expected = [2, 0, 3, 1, 4, 2, 3, 1, 4, 0, 0, 3, 1, 4, 2]
    assert drawn(tf.Session(), number)[0] == expected


def test_a_one_shot_iterator_refuses_what_a_session_decides():
    variable = tf.Variable(3, dtype=tf.int64)
    dataset = tf.data.Dataset.range(3).map(lambda x: x + variable)
    with pytest.raises(ValueError) as error:
        dataset.make_one_shot_iterator()
    assert first_line(error) == (
        "Failed to create a one-shot iterator for a dataset. `Dataset.make_one_shot_iterator()` "
        "does not support datasets that capture stateful objects, such as a `Variable` or "
        "`LookupTable`. In these cases, use `Dataset.make_initializable_iterator()`. (Original "
        "error: Cannot capture a stateful node (name:Variable, type:VariableV2) by value.)"
    )
    fed = tf.data.Dataset.from_tensor_slices(tf.placeholder(tf.int64, [None]))
    with pytest.raises(ValueError) as error:
        fed.make_one_shot_iterator()
    expected = "Cannot capture a placeholder (name:Placeholder, type:Placeholder) by value."
    assert first_line(error) == expected


def test_an_initializable_iterator_takes_what_is_fed_and_starts_again():
    rows = tf.placeholder(tf.float32, [None, 2])
    iterator = tf.data.Dataset.from_tensor_slices(rows).make_initializable_iterator()
    row = iterator.get_next()
    session = tf.Session()
    with pytest.raises(tf.errors.FailedPreconditionError) as error:
        session.run(row)
    assert first_line(error) == NOT_INITIALIZED
    for values in ([[1, 2], [3, 4]], [[5, 6]]):
        session.run(iterator.initializer, {rows: values})
        assert drawn(session, row)[0] == values


def test_what_was_fed_may_change_afterwards():
    values = np.arange(200_000.0).reshape(-1, 2)
    rows = tf.placeholder(tf.float64, [None, 2])
    iterator = tf.data.Dataset.from_tensor_slices(rows).make_initializable_iterator()
    row = iterator.get_next()
    session = tf.Session()
    session.run(iterator.initializer, {rows: values})
    values[:] = -1
    assert session.run(row).tolist() == [0, 1]


def test_an_element_is_the_callers_own():
    data = np.arange(6.0).reshape(3, 2)
    for dataset in (
        tf.data.Dataset.from_tensor_slices(data),
        tf.data.Dataset.from_tensor_slices(data).cache(),
        tf.data.Dataset.from_tensors(data),
        tf.data.Dataset.from_tensor_slices(data).batch(2),
        tf.data.Dataset.from_tensor_slices(data).map(lambda x: x).cache(),
    ):
        iterator = dataset.repeat(2).make_initializable_iterator()
        element = iterator.get_next()
        session = tf.Session()
        session.run(iterator.initializer)
        untouched, _ = drawn(session, element)
        session.run(iterator.initializer)
        for expected in untouched:
            value = session.run(element)
            assert value.tolist() == expected
            value += 100


def test_an_iterator_of_a_structure_takes_several_datasets():
    iterator = tf.data.Iterator.from_structure((tf.int64, tf.string), ([], [None]))
    number, words = iterator.get_next()
    assert words.shape.as_list() == [None]
    a = tf.data.Dataset.from_tensor_slices((np.arange(2), [["a"], ["b"]]))
    b = tf.data.Dataset.from_tensors((np.int64(7), ["x", "y"]))
    start_a, start_b = iterator.make_initializer(a), iterator.make_initializer(b, name="b")
    assert (start_a.name, start_b.name, start_a.type) == ("make_initializer", "b", "MakeIterator")
    session = tf.Session()
    for start, expected in ((start_a, [0, 1]), (start_b, [7]), (start_a, [0, 1])):
        session.run(start)
        assert drawn(session, number)[0] == expected


def test_an_iterator_of_a_structure_refuses_others():
    iterator = tf.data.Iterator.from_structure(tf.int64, [])
    with pytest.raises(TypeError) as error:
        iterator.make_initializer(tf.data.Dataset.from_tensors(1.0))
    assert first_line(error) == (
        "Expected output types tf.int64 but got dataset with output types tf.float32."
    )
    with pytest.raises(TypeError) as error:
        iterator.make_initializer(tf.data.Dataset.range(3).batch(2))
    assert first_line(error) == (
        "Expected output shapes compatible with TensorShape([]) but got dataset with output shapes "
        "TensorShape([Dimension(None)])."
    )


def test_iterators_are_chosen_by_feeding_a_handle():
    train = tf.data.Dataset.range(3).repeat().make_one_shot_iterator()
    check = tf.data.Dataset.range(10, 12).make_initializable_iterator()
    handle = tf.placeholder(tf.string, [])
    iterator = tf.data.Iterator.from_string_handle(handle, train.output_types, train.output_shapes)
    number = iterator.get_next()
    assert iterator.string_handle(name="own").op.name == "own"
    types = {op.type for op in tf.get_default_graph().get_operations()}
    assert {"IteratorFromStringHandleV2", "IteratorToStringHandle"} <= types
    session = tf.Session()
    handles = session.run([train.string_handle(), check.string_handle()])
    found = []
    for _ in range(2):
        session.run(check.initializer)
        found += [int(session.run(number, {handle: handles[0]})) for _ in range(2)]
        found += [int(session.run(number, {handle: handles[1]})) for _ in range(2)]
    assert found == [0, 1, 10, 11, 2, 0, 10, 11]


@pytest.mark.parametrize(
    ("types", "shapes", "message"),
    [
        (tf.float32, [], "Data type mismatch at component 0: expected float but got int64."),
        (tf.int64, [3], "Incompatible shapes at component 0: expected [3] but got []."),
    ],
)
def test_a_handle_of_other_elements_is_refused(types, shapes, message):
    iterator = tf.data.Dataset.range(3).make_one_shot_iterator()
    handle = tf.placeholder(tf.string, [])
    number = tf.data.Iterator.from_string_handle(handle, types, shapes).get_next()
    session = tf.Session()
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        session.run(number, {handle: session.run(iterator.string_handle())})
    assert first_line(error) == message


def test_a_handle_of_nothing_is_refused():
    handle = tf.placeholder(tf.string, [])
    number = tf.data.Iterator.from_string_handle(handle, tf.int64, []).get_next()
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        tf.Session().run(number, {handle: "nothing"})
    assert first_line(error) == "Could not parse string_handle as a valid ResourceHandle"


def test_shared_names_are_one_iterator():
    first = tf.data.Iterator.from_structure(tf.int64, [], shared_name="numbers")
    second = tf.data.Iterator.from_structure(tf.int64, [], shared_name="numbers")
    start = first.make_initializer(tf.data.Dataset.range(5))
    a, b = first.get_next(), second.get_next()
    session = tf.Session()
    session.run(start)
    assert [int(session.run(t)) for t in (a, b, a)] == [0, 1, 2]


def test_sessions_have_positions_of_their_own():
    iterator = tf.data.Dataset.range(5).make_initializable_iterator()
    number = iterator.get_next()
    one, two = tf.Session(), tf.Session()
    one.run(iterator.initializer)
    two.run(iterator.initializer)
    assert [int(s.run(number)) for s in (one, one, two, one)] == [0, 1, 0, 2]


def test_two_get_next_of_one_run_give_two_elements():
    iterator = tf.data.Dataset.range(5).make_one_shot_iterator()
    pair = iterator.get_next(), iterator.get_next(name="second")
    assert pair[1].op.name == "second"
    assert sorted(int(x) for x in tf.Session().run(pair)) == [0, 1]


def test_many_calls_of_get_next_warn():
    iterator = tf.data.Dataset.range(5).make_one_shot_iterator()
    for _ in range(32):
        iterator.get_next()
    with pytest.warns(UserWarning, match="called more than 32 times"):
        iterator.get_next()


def test_threads_that_draw_from_one_iterator_share_its_elements():
    dataset = tf.data.Dataset.range(400).map(lambda x: tf.as_string(x)).prefetch(4)
    word = dataset.make_one_shot_iterator().get_next()
    session = tf.Session()
    found = []

    def draw():
        found.extend(drawn(session, word, 1000)[0])

    threads = [threading.Thread(target=draw) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found, key=int) == [b"%d" % i for i in range(400)]


def test_an_element_feeds_a_step_and_gradients_do_not_flow_back():
    features, labels = (
        tf.data.Dataset.from_tensor_slices((np.eye(4, dtype=np.float32), np.arange(4)))
        .repeat()
        .batch(4)
        .make_one_shot_iterator()
        .get_next()
    )
    features.set_shape([4, 4])
    weights = tf.Variable(tf.zeros([4, 4]))
    loss = tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=labels, logits=tf.matmul(features, weights)
        )
    )
    assert tf.gradients(loss, features) != [None]
    step = tf.train.GradientDescentOptimizer(4.0).minimize(loss)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        losses = [session.run([loss, step])[0] for _ in range(50)]
    assert losses[0] == pytest.approx(np.log(4))
    assert losses[-1] < 0.1


def test_a_variable_has_the_value_of_the_start():
    offset = tf.Variable(10, dtype=tf.int64)
    iterator = tf.data.Dataset.range(2).map(lambda x: x + offset).make_initializable_iterator()
    number = iterator.get_next()
    with tf.Session() as session:
        session.run(offset.initializer)
        session.run(iterator.initializer)
        session.run(offset.assign(20))
        assert drawn(session, number)[0] == [10, 11]
        session.run(iterator.initializer)
        assert drawn(session, number)[0] == [20, 21]


def test_an_error_goes_on_behind_what_failed():
    inverse = tf.data.Dataset.from_tensor_slices([1.0, 0.0, 4.0]).map(
        lambda x: tf.check_numerics(1 / x, "bad")
    )
    number = inverse.make_one_shot_iterator().get_next()
    session = tf.Session()
    assert session.run(number) == 1
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        session.run(number)
    assert first_line(error) == "bad : Tensor had Inf values"
    assert error.value.op.type == "CheckNumerics"
    assert session.run(number) == 0.25


def test_a_dataset_made_by_a_run_is_let_go():
    def alive():
        gc.collect()
        return sum(isinstance(x, DatasetValue) for x in gc.get_objects())

    before = alive()
    iterator = tf.data.Dataset.range(5).cache().make_initializable_iterator()
    number = iterator.get_next()
    session = tf.Session()
    for _ in range(6):
        session.run(iterator.initializer)
        drawn(session, number)
    assert alive() - before < 6


def used_graph():
    with tf.Graph().as_default() as graph:
        dataset = tf.data.Dataset.range(9).map(lambda x: x * 2).shuffle(3).batch(2).prefetch(1)
        element = dataset.make_one_shot_iterator().get_next()
        with tf.Session() as session:
            session.run(element)
    return weakref.ref(graph)


def test_a_graph_with_datasets_is_let_go():
    reference = used_graph()
    end = time.monotonic() + 5
    while reference() is not None and time.monotonic() < end:  # its thread is about to end
        time.sleep(0.01)
        gc.collect()
    assert reference() is None
