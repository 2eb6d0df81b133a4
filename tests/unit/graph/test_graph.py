"""Graphs: finding elements, default graphs, collections, names, devices."""

import threading

import pytest

import flowgraph as tf

FORM = 'Tensor names must be of the form "<op_name>:<output_index>".'


@pytest.fixture
def graph():
    graph = tf.get_default_graph()
    tf.constant(1.0, name="a")
    tf.unstack(tf.zeros([2, 2]), name="u")
    return graph


IS_OPERATION = "The name 'a' refers to an Operation, not a Tensor."
LOOKS_BAD = "The name '{}' looks like an (invalid) Operation name, not a Tensor."
NO_TENSOR = "The name '{}' refers to a Tensor which does not exist. The operation, '{}', "
IS_MALFORMED = "The name '{}' looks a like a Tensor name, but is not a valid one."


@pytest.mark.parametrize(
    ("name", "error", "line"),
    [
        ("a", ValueError, f"{IS_OPERATION} {FORM}"),
        ("q", ValueError, f"{LOOKS_BAD.format('q')} {FORM}"),
        ("a:1", KeyError, NO_TENSOR.format("a:1", "a") + "exists but only has 1 outputs."),
        ("q:0", KeyError, NO_TENSOR.format("q:0", "q") + "does not exist in the graph."),
        (":0", KeyError, NO_TENSOR.format(":0", "") + "does not exist in the graph."),
        ("a:x", ValueError, f"{IS_MALFORMED.format('a:x')} {FORM}"),
        ("a:", ValueError, f"{IS_MALFORMED.format('a:')} {FORM}"),
        ("a:0:0", ValueError, f"{IS_MALFORMED.format('a:0:0')} {FORM}"),
        (b"a:0", TypeError, "Tensor names are strings (or similar), not bytes."),
        (1, TypeError, "Tensor names are strings (or similar), not int."),
    ],
)
def test_tensor_names_that_name_no_tensor(graph, name, error, line):
    with pytest.raises(error) as caught:
        graph.get_tensor_by_name(name)
    assert caught.value.args[0].startswith(line)


@pytest.mark.parametrize(
    ("name", "error", "line"),
    [
        ("a:0", ValueError, "Name 'a:0' appears to refer to a Tensor, not a Operation."),
        ("q", KeyError, "The name 'q' refers to an Operation not in the graph."),
        (b"a", TypeError, "Operation names are strings (or similar), not bytes."),
    ],
)
def test_operation_names_that_name_no_operation(graph, name, error, line):
    with pytest.raises(error) as caught:
        graph.get_operation_by_name(name)
    assert caught.value.args[0].startswith(line)


def test_elements_are_found_by_name_and_by_what_converts_to_them(graph):
    u = graph.get_tensor_by_name("u:1")
    v = tf.Variable(1.0, name="v")
    assert u is graph.get_operation_by_name("u").outputs[1]
    assert graph.as_graph_element("u") is u.op
    assert graph.as_graph_element(b"u:1") is u
    assert graph.as_graph_element(v).name == "v:0"
    assert graph.as_graph_element(v.op) is v.op


def test_what_is_no_element(graph):
    for value in (1.0, None, [1], tf.float32):
        with pytest.raises(TypeError, match=r"Can not convert a \w+ into a Tensor or Operation\."):
            graph.as_graph_element(value)
    with pytest.raises(TypeError, match=r"Can not convert a Tensor into a Operation\."):
        graph.as_graph_element(tf.constant(1), allow_tensor=False)
    with pytest.raises(ValueError, match="allow_tensor and allow_operation can't both be False"):
        graph.as_graph_element("a", False, False)


def test_elements_of_another_graph(graph):
    a = graph.get_tensor_by_name("a:0")
    for element in (a, a.op):
        with pytest.raises(ValueError, match="is not an element of this graph"):
            tf.Graph().as_graph_element(element)


def test_default_graphs_nest():
    outer, first, second = tf.get_default_graph(), tf.Graph(), tf.Graph()
    with first.as_default() as entered:
        assert entered is first
        with second.as_default():
            assert tf.constant(1).graph is second
            with pytest.raises(AssertionError, match=r"Do not use tf.reset_default_graph"):
                tf.reset_default_graph()
        assert tf.get_default_graph() is first
    assert tf.get_default_graph() is outer


def test_a_thread_has_a_default_graph_of_its_own():
    found = []
    with tf.Graph().as_default():
        for _ in range(2):
            thread = threading.Thread(target=lambda: found.append(tf.constant(1).graph))
            thread.start()
            thread.join()
    assert found[0] is not found[1]
    assert tf.get_default_graph() not in found


def test_operations_join_the_graph_of_their_inputs():
    with tf.Graph().as_default() as graph:
        a = tf.constant(1.0, name="a")
    b = tf.constant(1.0, name="b")
    assert (a + 1.0).graph is graph
    assert tf.square(a).graph is graph
    for mix in (lambda: a + b, lambda: tf.add_n([a, b]), lambda: tf.stack([a, b])):
        with pytest.raises(
            ValueError, match=r'^Tensor\("b:0".*must be from the same graph as.*a:0'
        ):
            mix()
    assert len(tf.get_default_graph().get_operations()) == 1


def test_threads_that_build_one_graph_make_unique_names():
    graph = tf.Graph()

    def build():
        with graph.as_default():
            for _ in range(200):
                tf.constant(1.0, name="c")

    threads = [threading.Thread(target=build) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = [operation.name for operation in graph.get_operations()]
    assert len(names) == len(set(names)) == 800


def test_a_finalized_graph_takes_nothing_more(graph):
    graph.finalize()
    for change in (
        lambda: tf.constant(1.0),
        lambda: graph.add_to_collection("c", 1),
        lambda: graph.clear_collection("c"),
    ):
        with pytest.raises(RuntimeError, match=r"^Graph is finalized and cannot be modified\."):
            change()
    assert graph.finalized
    assert graph.unique_name("fresh") == "fresh"


def test_collections_filter_by_the_start_of_names():
    graph = tf.get_default_graph()
    a, b = tf.constant(1.0, name="s/a"), tf.constant(1.0, name="t/s/b")
    for item in (a, b, 5):
        tf.add_to_collection("c", item)
    tf.add_to_collections(("c", "d", "d"), "x")
    assert tf.get_collection("c") == [a, b, 5, "x"]
    assert tf.get_collection("c", "s") == [a]
    assert tf.get_collection("c", ".*s/") == [a, b]
    assert tf.get_collection("none") == []
    tf.get_collection("c").append(1)
    tf.get_collection_ref("e").append(1)
    assert graph.collections == ["c", "d", "e"]
    graph.clear_collection("c")
    assert graph.get_collection("c") == []


@pytest.mark.parametrize("name", ["_u", "a b", "é", "a:0", "$", "-x", "/x", ""])
def test_names_that_tensorflow_refuses(name):
    with pytest.raises(ValueError, match=f"^'{name.replace('$', '.')}' is not a valid node name"):
        tf.constant(1.0, name=name)
    if name:
        with (
            pytest.raises(ValueError, match=" is not a valid scope name"),
            tf.name_scope(name),
        ):
            raise AssertionError("entered")


def test_names_that_are_no_strings():
    with pytest.raises(TypeError, match="The name of an operation is a string, not 5"):
        tf.constant(1.0, name=5)
    with pytest.raises(TypeError, match="The name of a scope is a string, not 5"):
        tf.name_scope(5).__enter__()


def test_a_full_name_is_used_once():
    with tf.name_scope("s") as scope:
        tf.constant(1.0, name=scope)
        with pytest.raises(ValueError, match=r"^Duplicate node name in graph: 's'"):
            tf.constant(1.0, name=scope)


def test_unique_names_may_be_asked_without_taking_them():
    graph = tf.get_default_graph()
    with tf.name_scope("x"):
        assert graph.unique_name("q") == "x/q"
        assert [graph.unique_name("Q", mark_as_used=False) for _ in range(2)] == ["x/Q_1"] * 2
        assert graph.get_name_scope() == "x"


@pytest.mark.parametrize(
    "name",
    ["foo", "/foo:1", "/job", "/task:x", "/cpu:x", "/device:", "/device:cpu", "/xla_cpu:0"],
)
def test_device_names_of_unknown_parts(name):
    with pytest.raises(ValueError, match=r"^Unknown attribute: "), tf.device(name):
        raise AssertionError("entered")


def test_device_specs_are_parsed_merged_and_compared():
    spec = tf.DeviceSpec.from_string("/job:a/gpu:1")
    assert (spec.job, spec.device_type, spec.device_index) == ("a", "GPU", 1)
    spec.merge_from(tf.DeviceSpec(task=2, device_type="cpu"))
    assert spec.to_string() == "/job:a/task:2/device:CPU:1"
    assert spec == tf.DeviceSpec().parse_from_string(spec.to_string())
    assert len({spec, tf.DeviceSpec.from_string(spec.to_string())}) == 1
    with pytest.raises(ValueError, match="Cannot specify multiple device types"):
        tf.DeviceSpec.from_string("/gpu:0/cpu:0")


def test_colocation_cannot_be_reset_by_accident():
    with pytest.raises(ValueError, match="ignore_existing is not True"):
        tf.colocate_with(None).__enter__()


def test_feeding_and_fetching_can_be_prevented(graph):
    a = graph.get_tensor_by_name("a:0")
    assert graph.is_feedable(a)
    assert graph.is_fetchable(a)
    graph.prevent_feeding(a)
    graph.prevent_fetching(a.op)
    assert not graph.is_feedable(a)
    assert not graph.is_fetchable(a)
    with tf.Session() as session:
        with pytest.raises(ValueError, match="may not be fed"):
            session.run(tf.square(a), {a: 2.0})
        with pytest.raises(ValueError, match="Operation 'a' has been marked as not fetchable"):
            session.run(a)


def test_a_graph_is_no_function(graph):
    assert graph.building_function is False
