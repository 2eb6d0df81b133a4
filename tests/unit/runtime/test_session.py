"""`Session.run`: what may be fetched and fed, and whose the values are."""

import collections
import types

import numpy as np
import pytest

import flowgraph as tf


@pytest.fixture
def session():
    with tf.Session() as session:
        yield session


Pair = collections.namedtuple("Pair", "first second")


class Attributes:
    """A class as the `attrs` package makes them."""

    __attrs_attrs__ = (types.SimpleNamespace(name="x"), types.SimpleNamespace(name="y"))

    def __init__(self, x, y):
        self.x, self.y = x, y


class TestFetches:
    def test_one_of_each_kind(self, session):
        v = tf.Variable(3.0, name="v")
        a = tf.add(v, 1.0, name="a")
        session.run(v.initializer)
        assert session.run(a) == 4.0
        assert session.run("a:0") == 4.0
        assert session.run(v) == 3.0
        assert session.run("v:0") == 3.0
        assert session.run(a.op) is None
        assert session.run("a") is None

    def test_nested(self, session):
        a, b = tf.constant(1), tf.constant(2)
        fetches = [a, (b, [a]), {"k": b, "l": (a, a.op)}, Pair(b, [a]), [], ()]
        found = session.run(fetches)
        assert found == [1, (2, [1]), {"k": 2, "l": (1, None)}, Pair(2, [1]), [], ()]
        assert type(found[3]) is Pair

    @pytest.mark.parametrize("kind", [list, tuple])
    def test_sequences_keep_their_type(self, session, kind):
        found = session.run(kind([tf.constant(1), tf.constant(2)]))
        assert type(found) is kind
        assert found == kind([1, 2])

    def test_a_named_tuple_is_not_taken_for_the_equal_tuple(self, session):
        a, b = tf.constant(1), tf.constant(2)
        for _ in range(2):
            for fetches in [(a, b), Pair(a, b), [a, (a, b)], [a, Pair(a, b)], ((a, b),)]:
                found = session.run(fetches)
                assert type(found) is type(fetches)
                assert type(found[-1]) is type(session.run(fetches[-1]))
        assert type(session.run([Pair(a, b)])[0]) is Pair
        assert type(session.run([(a, b)])[0]) is tuple

    def test_dicts_keep_type_and_order(self, session):
        a, b = tf.constant(1), tf.constant(2)
        found = session.run(collections.OrderedDict([("b", b), ("a", a)]))
        assert type(found) is collections.OrderedDict
        assert list(found.items()) == [("b", 2), ("a", 1)]
        found = session.run(collections.defaultdict(list, a=a))
        assert type(found) is collections.defaultdict
        assert found == {"a": 1}

    def test_attrs_classes(self, session):
        found = session.run(Attributes(tf.constant(1), {"in": tf.constant(2)}))
        assert type(found) is Attributes
        assert (found.x, found.y) == (1, {"in": 2})

    def test_sparse_values(self, session):
        sparse = tf.SparseTensor([[0, 1]], [5.0], [2, 2])
        found = session.run([sparse, {"s": sparse}])
        assert type(found[0]) is tf.SparseTensorValue
        assert found[0].indices.tolist() == [[0, 1]]
        assert found[0].values.tolist() == [5.0]
        assert found[1]["s"].dense_shape.tolist() == [2, 2]

    def test_sliced_values(self, session):
        v = tf.Variable([[1.0], [2.0]])
        slices = tf.gradients(tf.gather(v, [1, 1]), v)[0]
        session.run(v.initializer)
        found = session.run(slices)
        assert found.values.tolist() == [[1.0], [1.0]]
        assert found.indices.tolist() == [1, 1]
        assert found.dense_shape.tolist() == [2, 1]
        found = session.run(tf.IndexedSlices(tf.constant([1.0]), tf.constant([0])))
        assert found.dense_shape is None

    def test_none_in_a_list_is_not_taken_for_the_one_fetch(self, session):
        a = tf.constant(1)
        session.run(a)
        with pytest.raises(TypeError, match="NoneType"):
            session.run([None, a])

    @pytest.mark.parametrize("fetch", [None, 3, 2.5, {1}, np.float32(1)])
    def test_what_cannot_be_fetched(self, session, fetch):
        tf.constant(1)
        with pytest.raises(TypeError, match="has invalid type"):
            session.run(fetch)

    def test_names_that_do_not_exist(self, session):
        tf.constant(1, name="a")
        for name in ["b:0", "b", "a:1"]:
            with pytest.raises(ValueError, match="cannot be interpreted as a Tensor"):
                session.run(name)

    def test_an_empty_graph(self):
        with (
            tf.Session(graph=tf.Graph()) as session,
            pytest.raises(RuntimeError, match="The Session graph is empty"),
        ):
            session.run([])

    def test_nothing(self, session):
        tf.constant(1)
        assert session.run([]) == []
        assert session.run({}) == {}

    def test_an_operation_that_is_a_fetch_as_well(self, session):
        v = tf.Variable(0)
        more = v.assign_add(1)
        session.run(v.initializer)
        assert session.run([more, more.op, more]) == [1, None, 1]
        assert session.run(v) == 1


class TestFeeds:
    def test_a_tensor_in_the_middle(self, session):
        a = tf.constant(1.0)
        b = a + 1
        c = b * 2
        assert session.run([a, b, c], {b: 10.0}) == [1.0, 10.0, 20.0]

    def test_a_constant(self, session):
        a = tf.constant([1.0, 2.0])
        b = a * 2
        assert session.run(b).tolist() == [2.0, 4.0]
        assert session.run(b, {a: [5, 6]}).tolist() == [10.0, 12.0]
        assert session.run(b).tolist() == [2.0, 4.0]

    def test_by_name(self, session):
        x = tf.placeholder(tf.float32, name="x")
        y = x + 1
        assert session.run(y, {"x:0": 1}) == 2.0
        assert session.run(y, {"x:0": 3}) == 4.0
        assert session.run(y, {x: 5}) == 6.0

    def test_a_variable(self, session):
        v = tf.Variable(1.0)
        y = v * 2
        session.run(v.initializer)
        for _ in range(2):
            assert session.run([y, v], {v: 10.0}) == [20.0, 10.0]
            assert session.run([y, v]) == [2.0, 1.0]

    def test_a_variable_without_a_value(self, session):
        v = tf.Variable(1.0)
        assert session.run(v * 2, {v: 4.0}) == 8.0

    def test_a_variable_that_the_run_writes(self, session):
        v = tf.Variable(1.0)
        write = v.assign(2.0)
        session.run(v.initializer)
        with pytest.raises(tf.errors.InvalidArgumentError, match="incompatible with expected"):
            session.run(write, {v: 3.0})
        assert session.run(v) == 1.0

    def test_the_result_of_a_write(self, session):
        v = tf.Variable(1.0)
        write = v.assign(2.0)
        session.run(v.initializer)
        assert session.run([write, v], {write: 7.0}) == [7.0, 1.0]
        assert session.run(v) == 1.0

    def test_one_output_of_several(self, session):
        x = tf.constant([1.0, 2.0, 3.0])
        first, second, third = tf.unstack(x)
        total = first + 10 * second + 100 * third
        assert session.run([total, second], {second: 7.0}) == [371.0, 7.0]
        assert session.run([first, third], {first: 0, second: 0}) == [0.0, 3.0]
        assert session.run(total, {first: 0, second: 0, third: 1}) == 100.0

    def test_tuple_keys(self, session):
        x, y, z = (tf.placeholder(tf.float32, []) for _ in range(3))
        total = x + 10 * y + 100 * z
        assert session.run(total, {(x, y): (1, 2), z: 3}) == 321.0
        assert session.run(total, {(x, (y, z)): [4, [5, 6]]}) == 654.0
        with pytest.raises(ValueError, match="2 "):
            session.run(total, {(x, y): (1,), z: 3})

    def test_sparse_values(self, session):
        x = tf.sparse_placeholder(tf.float32)
        dense = tf.sparse_tensor_to_dense(x)
        value = tf.SparseTensorValue(
            np.array([[0, 1]], np.int64), np.array([5.0], np.float32), np.array([1, 2], np.int64)
        )
        assert session.run(dense, {x: value}).tolist() == [[0, 5]]
        assert session.run(x, {x: tuple(value)}).values.tolist() == [5]

    def test_sliced_values(self, session):
        x = tf.IndexedSlices(tf.placeholder(tf.float32, [None]), tf.placeholder(tf.int32, [None]))
        found = session.run(x, {x: ([1, 2], [3, 4])})
        assert (found.values.tolist(), found.indices.tolist()) == ([1, 2], [3, 4])

    def test_strings(self, session):
        x = tf.placeholder(tf.string)
        assert session.run(x, {x: "ä"}) == "ä".encode()
        assert session.run(x, {x: ["a", b"b"]}).tolist() == [b"a", b"b"]

    def test_a_control_input_that_is_fed_has_happened(self, session):
        x = tf.placeholder(tf.float32, [])
        with tf.control_dependencies([x]):
            y = tf.constant(3.0) * 2
        assert session.run(y, {x: 1.0}) == 6.0
        with pytest.raises(tf.errors.InvalidArgumentError, match="You must feed a value"):
            session.run(x.op, {x: 1.0})

    def test_a_fed_tensor_whose_operation_is_waited_for_still_runs(self, session):
        v = tf.Variable(0.0)
        write = v.assign_add(1.0)
        value = tf.identity(write)
        with tf.control_dependencies([value]):
            after = tf.constant(2.0) + 1
        session.run(v.initializer)
        assert session.run([after, value], {value: 9.0}) == [3.0, 9.0]
        assert session.run(v) == 1.0

    def test_default_values(self, session):
        x = tf.placeholder_with_default([1.0, 2.0], [None])
        y = x * 2
        assert session.run([x, y], {x: [3]})[1].tolist() == [6]
        assert session.run([x, y])[1].tolist() == [2, 4]

    def test_twice(self, session):
        x = tf.placeholder(tf.float32, [], name="x")
        with pytest.raises(ValueError, match="fed twice"):
            session.run(x + 1, {x: 1, "x:0": 2})

    def test_what_is_no_dict(self, session):
        x = tf.placeholder(tf.float32, [])
        session.run(x, {x: 1})
        with pytest.raises(TypeError, match="dictionary"):
            session.run(x, [x])

    def test_what_may_not_be_fed(self, session):
        x = tf.placeholder(tf.float32, [])
        x.graph.prevent_feeding(x)
        with pytest.raises(ValueError, match="may not be fed"):
            session.run(x, {x: 1.0})
        with pytest.raises(ValueError, match="may not be fed"):
            session.make_callable(x, [x])

    def test_large_and_small_values_alike(self, session):
        x = tf.placeholder(tf.float32, [None])
        fetches = [x, x[1:], tf.reshape(x, [-1, 1]), x + 1]
        for size in (2, 100_000, 3, 100_000):
            value = np.arange(size, dtype=np.float32)
            value.flags.writeable = False
            same, rest, column, more = session.run(fetches, {x: value})
            np.testing.assert_array_equal(same, value)
            np.testing.assert_array_equal(rest, value[1:])
            np.testing.assert_array_equal(column[:, 0], value)
            np.testing.assert_array_equal(more, value + 1)

    @pytest.mark.parametrize("layout", ["reversed", "transposed", "swapped", "strided"])
    def test_any_layout(self, session, layout):
        value = np.arange(12, dtype=np.float32).reshape(3, 4)
        value = {
            "reversed": value[::-1],
            "transposed": value.T,
            "swapped": value.astype(">f4"),
            "strided": value[:, ::2],
        }[layout]
        x = tf.placeholder(tf.float32)
        found = session.run([x, x * 2], {x: value})
        np.testing.assert_array_equal(found[0], value)
        np.testing.assert_array_equal(found[1], value * 2)
        assert found[0].dtype == np.float32


class TestValues:
    def test_scalars_are_numpy_scalars(self, session):
        found = session.run([tf.constant(1), tf.constant(1.0), tf.constant(True), tf.constant("a")])
        assert [type(v) for v in found] == [np.int32, np.float32, np.bool_, bytes]
        x = tf.placeholder(tf.float64, [])
        assert type(session.run(x + 1, {x: 1})) is np.float64
        assert type(session.run(x, {x: 1})) is np.float64

    def test_strings_are_bytes(self, session):
        found = session.run(tf.constant(["a", "ä"]))
        assert found.dtype == object
        assert found.tolist() == [b"a", "ä".encode()]

    def test_one_tensor_fetched_twice_is_one_array(self, session):
        a = tf.constant([1.0])
        found = session.run([a, {"a": a}])
        assert found[0] is found[1]["a"]

    @pytest.mark.parametrize("optimised", [True, False])
    def test_changing_a_fetched_value_changes_nothing_else(self, optimised):
        config = tf.ConfigProto()
        if not optimised:
            config.graph_options.optimizer_options.opt_level = tf.OptimizerOptions.L0
        v = tf.Variable([[1.0, 2.0]])
        c = tf.constant([[1.0, 2.0]])
        x = tf.placeholder(tf.float32, [None, 2])
        default = tf.placeholder_with_default(c, [None, 2])
        y = x + 1
        fetches = [
            *[v, v.read_value(), tf.transpose(v), tf.reshape(v, [-1]), v[0], tf.identity(v)],
            *[c, tf.transpose(c), tf.stop_gradient(c), c[:, 1:], default, default[0]],
            *[x, tf.identity(x), tf.reshape(x, [-1]), x[0], tf.transpose(x)],
            *[y, x + 1, tf.identity(y), tf.transpose(y), y[:, 0], tf.unstack(y, axis=1)],
            *[tf.zeros([2]), tf.shape(x), tf.zeros([2]), tf.gradients(y, x), tf.add_n([x])],
        ]
        fed = np.array([[3.0, 4.0]], np.float32)
        with tf.Session(config=config) as session:
            session.run(v.initializer)
            first = session.run(fetches, {x: fed})
            expected = [np.array(value) for value in first]
            flat = [a for value in first for a in (value if isinstance(value, list) else [value])]
            for index, array in enumerate(flat):
                assert array.flags.writeable
                for other in flat[:index]:
                    assert not np.may_share_memory(array, other) or array.base is other.base
                array[...] = 99
            for value, wanted in zip(session.run(fetches, {x: fed}), expected, strict=True):
                np.testing.assert_array_equal(np.array(value), wanted)
        assert fed.tolist() == [[3, 4]]

    def test_values_of_one_run_outlive_the_next(self, session):
        x = tf.placeholder(tf.float32, [3])
        y = tf.exp(x + 1)
        fetches = [y, y * 2, tf.reshape(y, [3, 1])]
        first = session.run(fetches, {x: np.zeros(3)})
        copies = [value.copy() for value in first]
        session.run(fetches, {x: np.ones(3)})
        for value, copy in zip(first, copies, strict=True):
            np.testing.assert_array_equal(value, copy)

    def test_changing_what_was_fed_changes_no_value_or_variable(self, session):
        x = tf.placeholder(tf.float32, [None])
        v = tf.Variable([0.0], validate_shape=False)
        write = tf.assign(v, x, validate_shape=False)
        for size in (3, 100_000):
            fed = np.ones(size, np.float32)
            values = session.run([x, write, tf.identity(x)], {x: fed})
            fed[...] = 7
            for value in (*values, session.run(v)):
                assert value.sum() == size


class TestExplain:
    STAGES = ("prune", "fold", "simplify", "cse", "schedule", "memory")

    def test_each_stage(self, session):
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        y = tf.reshape(tf.identity(x) * 2.0, [-1, tf.size([1])], name="y")
        fetches = [y, y + 1]
        texts = [session.explain(fetches, {x: [[1, 2]]}, stage) for stage in self.STAGES]
        assert all("fetch" in text for text in texts)
        assert "Identity" in texts[1]
        assert "Identity" not in texts[2]
        assert session.explain(fetches, {x: [[1, 2]]}) == texts[-1]
        assert "float32[?,2]" in texts[0]
        assert "float32[1,2]" in texts[1]

    def test_what_is_needed_must_be_fed(self, session):
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        with pytest.raises(tf.errors.InvalidArgumentError, match="You must feed"):
            session.explain(x + 1)

    def test_an_unknown_stage(self, session):
        with pytest.raises(ValueError, match="stage must be one of"):
            session.explain(tf.constant(1), stage="fusion")

    def test_of_a_plain_session(self):
        config = tf.ConfigProto()
        config.graph_options.optimizer_options.opt_level = tf.OptimizerOptions.L0
        with tf.Session(config=config) as session:
            text = session.explain(tf.identity(tf.constant(1.0)))
            assert "Identity" in text
            with pytest.raises(ValueError, match="stage must be one of"):
                session.explain(tf.constant(1), stage="fold")
