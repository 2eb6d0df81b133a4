"""``variable_scope`` and ``get_variable``: names, reuse, defaults, and what is refused."""

import numpy as np
import pytest

from flowgraph import dtypes
from flowgraph.graph.graph import Graph
from flowgraph.graph.scope import GraphKeys, get_collection, get_default_graph, name_scope
from flowgraph.ops.core import constant, identity
from flowgraph.ops.filling import zeros
from flowgraph.variables.get_variable import get_variable
from flowgraph.variables.initializers import Constant, Ones, Zeros
from flowgraph.variables.scope import AUTO_REUSE, VariableScope
from flowgraph.variables.variable import Variable
from flowgraph.variables.variable_scope import (
    get_variable_scope,
    no_regularizer,
    variable_op_scope,
    variable_scope,
)


def reused(*arguments, **options):
    with variable_scope(get_variable_scope(), reuse=True):
        return get_variable(*arguments, **options)


def test_names():
    with name_scope("operations"):
        assert get_variable("w", [1]).name == "w:0"
        with variable_scope("a"), variable_scope("b/c") as scope:
            assert scope.name == "a/b/c"
            assert get_variable("w", [1]).name == "a/b/c/w:0"
    assert Variable(1.0, name="w").name == "w_1:0"
    assert get_variable(None, [1]).name == "Variable:0"


def test_the_root_scope():
    root = get_variable_scope()
    assert (root.name, root.original_name_scope, root.reuse) == ("", "", False)
    assert root.dtype is dtypes.float32
    with variable_scope("") as scope:
        assert (scope.name, scope.original_name_scope) == ("", "")
    with variable_scope(root, reuse=AUTO_REUSE) as scope:
        assert (scope.name, scope.original_name_scope, scope.reuse) == ("", "", AUTO_REUSE)


def test_reuse_is_inherited():
    with variable_scope("a", reuse=False) as a:
        assert a.reuse is False
    with variable_scope("a", reuse=True):
        with variable_scope("b", reuse=False) as b:
            assert (b.reuse, b.original_name_scope) == (True, "a_1/b/")
        with variable_scope(b) as again:
            assert (again.reuse, again.original_name_scope, again is b) == (True, "a_1/b/", False)
    with variable_scope("q") as q:
        q.reuse_variables()
        with variable_scope("r") as r:
            assert r.reuse is True
    assert get_variable_scope().reuse is False


def test_variables_are_shared():
    with variable_scope("a"):
        w = get_variable("w", [2])
    with variable_scope("a", reuse=True):
        assert get_variable("w") is w
        assert get_variable("w", [None]) is w
        assert get_variable("w", [2], dtypes.float32) is w
    for _ in range(2):
        with variable_scope("a", reuse=AUTO_REUSE):
            assert get_variable("w", [2]) is w
            get_variable("v", [2])
    assert [v.name for v in get_collection(GraphKeys.GLOBAL_VARIABLES)] == ["a/w:0", "a/v:0"]


def test_graphs_do_not_share():
    w = get_variable("w", [1])
    with Graph().as_default():
        assert get_variable("w", [1]) is not w
        with variable_scope("a"):
            pass
    with variable_scope(None, "a") as scope:
        assert scope.name == "a"


def test_a_variable_that_exists_names_the_place():
    get_variable("w", [2])
    message = (
        r"^Variable w already exists, disallowed. Did you mean to set reuse=True or "
        r"reuse=tf.AUTO_REUSE in VarScope\? Originally defined at:\n\n  File \".*test_scope.py\", "
        r"line \d+, in test_a_variable_that_exists_names_the_place\n    get_variable"
    )
    with pytest.raises(ValueError, match=message) as caught:
        get_variable("w", [2])
    assert "reset_default_graph" not in str(caught.value)


def test_in_a_notebook_the_hint_is_to_reset(monkeypatch):
    get_variable("w", [2])
    monkeypatch.setitem(__import__("sys").modules, "ipykernel", object())
    with pytest.raises(ValueError, match=r"call tf.reset_default_graph\(\) first"):
        get_variable("w", [2])


def test_a_variable_that_does_not_exist():
    message = (
        r"^Variable l/w does not exist, or was not created with tf.get_variable\(\). "
        r"Did you mean to set reuse=tf.AUTO_REUSE in VarScope\?"
    )
    with variable_scope("l", reuse=True), pytest.raises(ValueError, match=message):
        get_variable("w", [2])


def test_a_variable_of_another_shape_or_dtype():
    get_variable("w", [2])
    message = r"^Trying to share variable w, but specified shape \(3,\) and found shape \(2,\)\."
    with pytest.raises(ValueError, match=message):
        reused("w", [3])
    message = "^Trying to share variable w, but specified dtype int32 and found dtype float32_ref."
    with pytest.raises(ValueError, match=message):
        reused("w", [2], dtypes.int32)


NOT_VALID = "^The initializer passed is not valid. It should be a callable with no arguments and"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, ValueError, r"^The initializer passed is not valid. It should be a callable"),
        ({"shape": [None, 2]}, ValueError, NOT_VALID),
        ({"initializer": Zeros()}, ValueError, NOT_VALID),
        (
            {"shape": [1], "initializer": np.ones(1)},
            ValueError,
            r"^If initializer is a constant, do not specify shape\.$",
        ),
        (
            {"dtype": dtypes.int32, "initializer": 1.0},
            ValueError,
            "^Initializer type '<dtype: 'float32'>' and explicit dtype '<dtype: 'int32'>' don't",
        ),
        (
            {"shape": [1], "dtype": dtypes.complex64},
            ValueError,
            "^An initializer for variable w of <dtype: 'complex64'> is required$",
        ),
        ({"shape": [2], "initializer": lambda: zeros([2])}, TypeError, "argument 'dtype'"),
        ({"shape": [2], "partitioner": 3}, ValueError, "Partitioner must be callable"),
        ({"custom_getter": 3}, ValueError, "^Passed a custom_getter which is not callable: 3$"),
    ],
)
def test_arguments_that_get_variable_refuses(arguments, error, message):
    with pytest.raises(error, match=message):
        get_variable("w", **arguments)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((3,), TypeError, "^VariableScope: name_or_scope must be a string or VariableScope.$"),
        ((None,), TypeError, "^If default_name is None then name_or_scope is required$"),
        (("a", {"reuse": 3}), ValueError, "^The reuse parameter must be True or False or None.$"),
        ((None, {"default_name": "a", "reuse": True}), ValueError, "^reuse=True cannot be used"),
        (("a", {"auxiliary_name_scope": 3}), TypeError, "must be `True` or `False`, while get 3$"),
    ],
)
def test_arguments_that_variable_scope_refuses(arguments, error, message):
    name, options = (*arguments, {})[:2]
    with pytest.raises(error, match=message), variable_scope(name, **options):
        get_variable("unreached", [1])


@pytest.mark.parametrize(
    "initializer",
    [
        Constant(3.0),
        lambda s, dtype: constant(3.0, dtype, s),
        lambda s, **_: constant(3.0, shape=s),
    ],
)
def test_forms_of_initializers(initializer):
    assert get_variable("w", [2], initializer=initializer).shape.as_list() == [2]
    assert get_variable("v", initializer=lambda: zeros([3])).shape.as_list() == [3]


def test_a_single_size_is_a_vector_s_shape():
    assert get_variable("w", 3).shape.as_list() == [3]
    assert get_variable("v", []).shape.as_list() == []


def test_trainable_and_collections():
    fixed = get_variable("w", [1], trainable=False)
    own = get_variable("v", [1], collections=["own"])
    assert get_collection(GraphKeys.GLOBAL_VARIABLES) == [fixed]
    assert get_collection(GraphKeys.TRAINABLE_VARIABLES) == get_collection("own") == [own]


def test_defaults_of_a_scope():
    def clip(value):
        return value

    outer = variable_scope("a", dtype=dtypes.float64, initializer=Ones(), constraint=clip)
    with outer, variable_scope("b", caching_device="/cpu:0") as scope:
        w = get_variable("w", [1])
        own = get_variable("own", [1], dtypes.int32, initializer=Zeros())
    assert w.dtype.base_dtype is dtypes.float64
    assert w.initial_value.name == "a/b/w/Initializer/ones:0"
    assert own.initial_value.name == "a/b/own/Initializer/zeros:0"
    assert w.constraint is clip
    assert w.value().device == "/device:CPU:0"
    assert (scope.dtype, scope.caching_device) == (dtypes.float64, "/cpu:0")


def test_defaults_can_be_set():
    with variable_scope("a") as scope:
        scope.set_initializer(Ones())
        scope.set_dtype(dtypes.float16)
        scope.set_regularizer(lambda w: identity(w, name="loss"))
        scope.set_caching_device("/cpu:0")
        w = get_variable("w", [1])
        scope.set_regularizer(no_regularizer)
        get_variable("v", [1])
        scope.set_custom_getter(lambda getter, name, **options: name)
        assert get_variable("u", [1]) == "a/u"
        scope.set_partitioner(None)
        scope.set_use_resource(False)
    assert w.dtype.base_dtype is dtypes.float16
    losses = get_collection(GraphKeys.REGULARIZATION_LOSSES)
    assert [t.name for t in losses] == ["a/w/Regularizer/loss:0"]


def test_a_regularizer_is_not_applied_again_on_reuse():
    with variable_scope("a", reuse=AUTO_REUSE, regularizer=identity):
        get_variable("w", [1])
        get_variable("w", [1])
    assert len(get_collection(GraphKeys.REGULARIZATION_LOSSES)) == 1


def test_variables_of_a_scope():
    with variable_scope("a") as scope:
        w = get_variable("w", [1])
        v = Variable(1.0, trainable=False)
        local = Variable(1.0, collections=[GraphKeys.LOCAL_VARIABLES], trainable=False)
    get_variable("ab", [1])
    assert scope.global_variables() == [w, v]
    assert scope.trainable_variables() == [w]
    assert scope.local_variables() == [local]
    assert len(get_variable_scope().global_variables()) == 3


def test_custom_getters_nest():
    calls = []

    def outer(getter, name, *arguments, **options):
        calls.append(("outer", name))
        return identity(getter(name, *arguments, **options))

    def inner(getter, name, *arguments, **options):
        calls.append(("inner", name))
        return getter(f"{name}_inner", *arguments, **options)

    with variable_scope("a", custom_getter=outer), variable_scope("b", custom_getter=inner):
        w = get_variable("w", [1])
    assert calls == [("inner", "a/b/w"), ("outer", "a/b/w_inner")]
    assert w.op.inputs[0].name == "a/b/w_inner/read:0"


def test_what_a_custom_getter_is_given():
    given = {}

    def getter(getter, **options):
        given.update(options)
        return getter(**options)

    get_variable("w", [1], custom_getter=getter)
    assert sorted(given) == [
        "aggregation", "caching_device", "collections", "constraint", "dtype", "initializer",
        "name", "partitioner", "regularizer", "reuse", "shape", "synchronization", "trainable",
        "use_resource", "validate_shape",
    ]  # fmt: skip
    assert given["trainable"] is True


def test_an_old_getter_is_not_given_the_constraint():
    def getter(
        getter, name, shape, dtype, initializer, regularizer, reuse, trainable, collections,
        caching_device, partitioner, validate_shape, use_resource, synchronization, aggregation,
    ):  # fmt: skip
        return getter(name, shape)

    assert get_variable("w", [1], custom_getter=getter).name == "w:0"


def test_default_names_are_made_unique_in_their_scope():
    def default_scope(name):
        with variable_scope(None, name) as scope:
            return scope.name

    with variable_scope("s"):
        with variable_scope("t"):
            pass
        assert [default_scope("t"), default_scope("t")] == ["s/t_1", "s/t_2"]
    with variable_scope("s"):
        assert default_scope("t") == "s/t"
    with variable_scope("s/t"):
        pass
    with variable_scope("s"), variable_scope(None, "t") as scope:
        assert (scope.name, scope.original_name_scope) == ("s/t_1", "s_2/t/")
    with variable_op_scope([], None, "z") as scope:
        assert scope.name == "z"


def test_going_back_to_a_scope_does_not_change_default_names():
    with variable_scope("s") as scope:
        pass
    for _ in range(2):
        with variable_scope(scope), variable_scope(None, "t") as inner:
            assert inner.name == "s/t"


def test_a_block_may_be_entered_again():
    block = variable_scope("a")
    entered = []
    for _ in range(2):
        with block as scope:
            entered.append((scope.name, scope.original_name_scope, constant(1.0).name))
    assert entered == [("a", "a/", "a/Const:0"), ("a", "a/", "a_1/Const:0")]


def test_values_choose_the_graph():
    with Graph().as_default() as graph:
        value = constant(1.0)
    with variable_scope(None, "a", [value]):
        assert get_default_graph() is graph
        assert get_variable("w", [1]).graph is graph


def test_an_error_inside_leaves_the_scope():
    with pytest.raises(KeyError), variable_scope("a"):
        raise KeyError
    assert get_variable_scope().name == ""
    assert constant(1.0, name="c").name == "c:0"


def test_blocks_must_be_left_in_order():
    first, second = variable_scope("a"), variable_scope("b")
    first.__enter__()
    second.__enter__()
    with pytest.raises(RuntimeError, match="Improper nesting of variable_scope"):
        first.__exit__(None, None, None)


def test_a_scope_object_states_its_defaults():
    scope = VariableScope(True, name="n", dtype=dtypes.int32)
    assert (scope.reuse, scope.name, scope.dtype, scope.use_resource) == (
        True, "n", dtypes.int32, None,
    )  # fmt: skip
