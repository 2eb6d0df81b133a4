import numpy as np
import pytest

from flowgraph import dtypes, errors
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import host
from flowgraph.ops.core import constant
from flowgraph.ops.host import PyFunc, PyFuncStateless, py_func
from flowgraph.runtime.session import Session


def call(function, *values, kinds=(dtypes.float32,)):
    return PyFunc(token="pyfunc_7", Tout=kinds, function=function).compute(np, *values)


def test_nodes_and_results():
    x = constant([1.0, 2.0])
    single = py_func(lambda v: v, [x], dtypes.float32)
    assert isinstance(single, Tensor)
    assert [single.name, single.shape.rank] == ["PyFunc:0", None]
    (listed,) = py_func(lambda v: v, [x], [dtypes.float32], stateful=False)
    assert [listed.name, listed.op.op.is_stateful] == ["PyFuncStateless:0", False]
    assert single.op.op.is_stateful
    pair = py_func(lambda v, w: (v, w), [x, 1], [dtypes.float32, dtypes.int32], name="pf")
    assert [t.dtype.name for t in pair] == ["float32", "int32"]
    assert pair[0].op.inputs[1].name == "pf/input_1:0"
    assert py_func(lambda v: None, [x], []).type == "PyFunc"
    tokens = {t.op.get_attr("token") for t in (single, listed, pair[0])}
    assert len(tokens) == 3
    assert set(single.op.op.attributes()) == {"token", "Tout"}


def test_runs_in_a_session():
    x = constant([1.0, 2.0])
    calls = []
    one = py_func(lambda v: v + 1, [x], dtypes.float32)
    two = py_func(lambda v: (v, v.sum()), [x], [dtypes.float32, dtypes.float32])
    none = py_func(calls.append, [x], [])
    with Session() as session:
        np.testing.assert_array_equal(session.run(one), [2, 3])
        assert [np.shape(v) for v in session.run(two)] == [(2,), ()]
        assert session.run(none) is None
    assert len(calls) == 1


def test_stateful_functions_are_told_apart_from_equal_ones():
    first = PyFuncStateless(token="a", Tout=(dtypes.float32,), function=len)
    second = PyFuncStateless(token="b", Tout=(dtypes.float32,), function=len)
    assert first.equivalence() != second.equivalence()


def test_scalars_arrive_as_numpy_scalars_and_strings_as_bytes():
    seen = []
    call(lambda *values: seen.extend(values), np.array(1.5, np.float32), kinds=())
    call(lambda *values: seen.extend(values), np.array(b"hi", object), np.ones(2), kinds=())
    assert [type(v) for v in seen] == [np.float32, bytes, np.ndarray]


def test_arguments_are_copies():
    memory = np.ones(3, np.float32)
    kept = []
    (result,) = call(lambda v: (kept.append(v), v)[1], memory)
    memory[:] = 7
    np.testing.assert_array_equal(kept[0], [1, 1, 1])
    kept[0][:] = 5
    np.testing.assert_array_equal(result, [1, 1, 1])


def test_text_comes_back_as_bytes():
    (result,) = call(lambda: np.array(["é", "b"]), kinds=(dtypes.string,))
    assert result.dtype == object
    assert result.tolist() == ["é".encode(), b"b"]
    (scalar,) = call(lambda: "ab", kinds=(dtypes.string,))
    assert scalar.item() == b"ab"


@pytest.mark.parametrize(
    ("raised", "error"),
    [
        (ValueError("bad"), errors.InvalidArgumentError),
        (UnicodeError("bad"), errors.InvalidArgumentError),
        (TypeError("bad"), errors.InvalidArgumentError),
        (StopIteration("bad"), errors.OutOfRangeError),
        (MemoryError("bad"), errors.ResourceExhaustedError),
        (NotImplementedError("bad"), errors.UnimplementedError),
        (ZeroDivisionError("bad"), errors.UnknownError),
        (errors.NotFoundError(None, None, "bad"), errors.UnknownError),
    ],
)
def test_exceptions_become_errors_of_the_run(raised, error):
    def function():
        raise raised

    with pytest.raises(error) as info:
        call(function)
    assert type(info.value) is error
    lines = str(info.value).splitlines()
    assert lines[:2] == [f"{type(raised).__name__}: bad", "Traceback (most recent call last):"]
    assert info.value.__cause__ is raised


@pytest.mark.parametrize(
    ("result", "message"),
    [
        ("text", "0-th value returned by pyfunc_7 is string, but expects float"),
        (3.5, "0-th value returned by pyfunc_7 is double, but expects float"),
        (np.int32(3), "0-th value returned by pyfunc_7 is int32, but expects float"),
        ((1.0, 2.0), "pyfunc_7 returns 2 values, but expects to see 1 values."),
        (None, "pyfunc_7 returns 0 values, but expects to see 1 values."),
    ],
)
def test_results_must_be_of_the_declared_number_and_dtypes(result, message):
    with pytest.raises(errors.InvalidArgumentError, match=message):
        call(lambda: result)


def test_a_loaded_function_runs_only_if_registered(monkeypatch):
    loaded = PyFunc(token="pyfunc_loaded", Tout=(dtypes.float32,))
    with pytest.raises(errors.InvalidArgumentError, match="callback pyfunc_loaded is not found"):
        loaded.compute(np)
    monkeypatch.setitem(host.registered, "pyfunc_loaded", lambda: np.float32(2))
    assert loaded.compute(np) == (2.0,)


def test_what_cannot_be_called_is_refused():
    with pytest.raises(ValueError, match="Expected func to be callable, got func of type"):
        py_func(3, [], dtypes.float32)
