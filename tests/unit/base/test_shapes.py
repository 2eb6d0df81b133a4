import copy
import itertools
import operator
import pickle

import numpy as np
import pytest

from flowgraph import dtypes
from flowgraph.shapes import (
    Dimension,
    TensorShape,
    as_dimension,
    as_shape,
    broadcast,
    matrix,
    scalar,
    unknown_shape,
    vector,
)

UNKNOWN = TensorShape(None)


@pytest.mark.parametrize("value", [3, "3", 3.0, np.int64(3), Dimension(3)])
def test_a_dimension_holds_an_integer(value):
    dimension = Dimension(value)
    assert type(dimension.value) is int
    assert (dimension.value, int(dimension), repr(dimension), str(dimension)) == (
        *(3, 3),
        *("Dimension(3)", "3"),
    )
    assert [0, 1, 2, 3][dimension] == 3
    assert np.zeros((dimension, 2)).shape == (3, 2)
    assert list(range(dimension)) == [0, 1, 2]


def test_an_unknown_dimension_is_no_integer():
    dimension = Dimension(None)
    assert dimension.value is None
    assert (repr(dimension), str(dimension)) == ("Dimension(None)", "?")
    for use in (int, range, operator.index):
        with pytest.raises(TypeError, match="NoneType"):
            use(dimension)


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (-1, ValueError, "Dimension -1 must be >= 0"),
        (3.5, ValueError, "Ambiguous dimension: 3.5"),
        (dtypes.float32, TypeError, "Cannot convert <dtype: 'float32'> to Dimension"),
        ([1], TypeError, "int()"),
        ("x", ValueError, "invalid literal"),
    ],
)
def test_what_is_no_dimension_is_refused(value, error, text):
    for make in (Dimension, lambda value: TensorShape([value])):
        with pytest.raises(error) as caught:
            make(value)
        assert str(caught.value).startswith(text)


@pytest.mark.parametrize(
    "function", [operator.add, operator.sub, operator.mul, operator.floordiv, operator.mod]
)
def test_arithmetic_of_dimensions(function):
    expected = function(7, 2)
    for result in (
        function(Dimension(7), Dimension(2)),
        function(Dimension(7), 2),
        function(7, Dimension(2)),
    ):
        assert type(result) is Dimension
        assert result.value == expected
    for unknown in (
        function(Dimension(7), None),
        function(Dimension(None), 2),
        function(7, Dimension(None)),
    ):
        assert type(unknown) is Dimension
        assert unknown.value is None
    for other in (2.5, object()):
        with pytest.raises(TypeError, match="unsupported operand"):
            function(Dimension(7), other)
    for other in (2.5, object()):
        with pytest.raises(TypeError, match="unsupported operand"):
            function(other, Dimension(7))


def test_a_negative_difference_is_no_dimension():
    with pytest.raises(ValueError, match=r"^Dimension -2 must be >= 0"):
        Dimension(3) - 5


def test_true_division_is_refused():
    with pytest.raises(TypeError) as error:
        Dimension(7) / 2
    assert str(error.value) == (
        "unsupported operand type(s) for /: 'Dimension' and 'int', please use // instead"
    )
    with pytest.raises(TypeError, match="'float' and 'Dimension', please use //"):
        7.0 / Dimension(2)


@pytest.mark.parametrize(
    "function",
    [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge],
)
def test_comparisons_of_dimensions(function):
    for a, b in itertools.product((2, 3), repeat=2):
        assert function(Dimension(a), Dimension(b)) is function(a, b)
        assert function(Dimension(a), b) is function(a, b)
        assert function(a, Dimension(b)) is function(a, b)
    assert function(Dimension(3), None) is None
    assert function(Dimension(None), 3) is None
    assert function(Dimension(None), Dimension(None)) is None


def test_a_dimension_differs_from_what_is_no_size():
    assert (Dimension(3) == "x") is False
    assert (Dimension(3) != "x") is True
    with pytest.raises(ValueError, match="invalid literal"):
        Dimension(3) < "x"  # noqa: B015


def test_a_dimension_has_no_hash():
    with pytest.raises(TypeError, match="unhashable"):
        hash(Dimension(3))


def test_the_truth_of_a_dimension():
    assert [bool(Dimension(size)) for size in (0, 3, None)] == [True, True, True]


def test_merging_dimensions():
    assert Dimension(3).merge_with(None).value == 3
    assert Dimension(None).merge_with(4).value == 4
    assert Dimension(3).merge_with(Dimension(3)).value == 3
    assert Dimension(None).merge_with(None).value is None
    assert Dimension(3).is_compatible_with(None)
    assert not Dimension(3).is_compatible_with(4)
    Dimension(3).assert_is_compatible_with(3)
    for method in (Dimension(3).merge_with, Dimension(3).assert_is_compatible_with):
        with pytest.raises(ValueError) as error:
            method(4)
        assert str(error.value) == "Dimensions 3 and 4 are not compatible"


def test_as_dimension_keeps_a_dimension():
    dimension = Dimension(3)
    assert as_dimension(dimension) is dimension
    assert as_dimension(4).value == 4


@pytest.mark.parametrize(
    ("dims", "sizes", "text", "represented"),
    [
        (None, None, "<unknown>", "TensorShape(None)"),
        ([], (), "()", "TensorShape([])"),
        ([3], (3,), "(3,)", "TensorShape([Dimension(3)])"),
        (3, (3,), "(3,)", "TensorShape([Dimension(3)])"),
        (Dimension(3), (3,), "(3,)", "TensorShape([Dimension(3)])"),
        (
            *([None, 784], (None, 784), "(?, 784)"),
            "TensorShape([Dimension(None), Dimension(784)])",
        ),
        ((Dimension(2), "3"), (2, 3), "(2, 3)", "TensorShape([Dimension(2), Dimension(3)])"),
        (np.array([2, 3]), (2, 3), "(2, 3)", "TensorShape([Dimension(2), Dimension(3)])"),
        (TensorShape([None]), (None,), "(?,)", "TensorShape([Dimension(None)])"),
    ],
)
def test_making_and_printing_a_shape(dims, sizes, text, represented):
    shape = TensorShape(dims)
    assert shape.sizes == sizes
    assert (str(shape), repr(shape)) == (text, represented)
    for twin in (TensorShape.of(sizes), pickle.loads(pickle.dumps(shape)), copy.deepcopy(shape)):
        assert (twin.sizes, repr(twin)) == (sizes, represented)


@pytest.mark.parametrize("text", ["3", "ab", b"3"])
def test_a_string_is_no_shape(text):
    with pytest.raises(TypeError, match=r"^A string has ambiguous TensorShape"):
        TensorShape(text)


def test_sizes_are_plain_integers():
    assert [type(size) for size in TensorShape(np.array([2, 3])).sizes] == [int, int]


def test_rank_and_sizes():
    shape = TensorShape([2, None])
    assert shape.ndims == shape.rank == len(shape) == 2
    assert shape.as_list() == [2, None]
    assert [dimension.value for dimension in shape.dims] == [2, None]
    assert [dimension.value for dimension in shape] == [2, None]
    assert shape.dims is shape.dims
    assert UNKNOWN.ndims is UNKNOWN.rank is UNKNOWN.dims is None


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (TensorShape.as_list, "as_list() is not defined on an unknown TensorShape."),
        (len, "Cannot take the length of shape with unknown rank."),
        (list, "Cannot iterate over a shape with unknown rank."),
    ],
)
def test_what_an_unknown_rank_rules_out(function, text):
    with pytest.raises(ValueError) as error:
        function(UNKNOWN)
    assert str(error.value) == text


def test_truth_is_whether_the_rank_is_known():
    assert [bool(TensorShape(dims)) for dims in ([], [None], None)] == [True, True, False]


@pytest.mark.parametrize(
    ("dims", "count"), [([], 1), ([2, 3], 6), ([0, 3], 0), ([0, None], None), (None, None)]
)
def test_number_of_elements(dims, count):
    shape = TensorShape(dims)
    assert shape.num_elements() == count
    assert shape.is_fully_defined() is (count is not None)
    if count is None:
        with pytest.raises(ValueError, match=r"is not fully defined$"):
            shape.assert_is_fully_defined()
    else:
        shape.assert_is_fully_defined()


@pytest.mark.parametrize(
    ("a", "b", "merged", "common"),
    [
        ([2, None], [None, 3], (2, 3), (None, None)),
        ([2, 3], [2, 3], (2, 3), (2, 3)),
        ([2, None], [2, None], (2, None), (2, None)),
        (None, [1], (1,), None),
        (None, None, None, None),
        ([2, 3], [2, 4], ValueError, (2, None)),
        ([2], [2, 3], ValueError, None),
    ],
)
def test_merging_shapes(a, b, merged, common):
    for x, y in ((TensorShape(a), b), (TensorShape(b), a)):
        assert x.most_specific_compatible_shape(y).sizes == common
        assert x.is_compatible_with(y) is (merged is not ValueError)
        if merged is ValueError:
            with pytest.raises(ValueError) as error:
                x.merge_with(y)
            assert str(error.value) == f"Shapes {x} and {TensorShape(y)} are not compatible"
            with pytest.raises(ValueError) as error:
                x.assert_is_compatible_with(y)
            assert str(error.value) == f"Shapes {x} and {y} are incompatible"
        else:
            assert x.merge_with(y).sizes == merged
            x.assert_is_compatible_with(y)


def test_concatenation():
    shape = TensorShape([2])
    assert shape.concatenate([None, 3]).sizes == (2, None, 3)
    assert shape.concatenate(Dimension(3)).sizes == (2, 3)
    assert (shape + [3]).sizes == (2, 3)  # noqa: RUF005
    assert ([3] + shape).sizes == (3, 2)  # noqa: RUF005
    assert shape.concatenate(None).sizes is (UNKNOWN + shape).sizes is None


def test_rank_checks():
    shape = TensorShape([2, 3])
    assert shape.with_rank(2) is shape
    assert shape.with_rank_at_least(2) is shape.with_rank_at_most(2) is shape
    assert UNKNOWN.with_rank(2).sizes == (None, None)
    assert UNKNOWN.with_rank_at_least(2).sizes is UNKNOWN.with_rank_at_most(0).sizes is None
    shape.assert_has_rank(2)
    UNKNOWN.assert_has_rank(7)
    shape.assert_same_rank([None, None])
    shape.assert_same_rank(None)
    UNKNOWN.assert_same_rank([1])


@pytest.mark.parametrize(
    ("method", "argument", "text"),
    [
        ("with_rank", 1, "Shape (2, ?) must have rank 1"),
        ("assert_has_rank", 3, "Shape (2, ?) must have rank 3"),
        ("with_rank_at_least", 3, "Shape (2, ?) must have rank at least 3"),
        ("with_rank_at_most", 1, "Shape (2, ?) must have rank at most 1"),
        ("assert_same_rank", [1], "Shapes (2, ?) and (1,) must have the same rank"),
    ],
)
def test_failed_rank_checks(method, argument, text):
    with pytest.raises(ValueError) as error:
        getattr(TensorShape([2, None]), method)(argument)
    assert str(error.value) == text


def test_indexing_a_known_rank():
    shape = TensorShape([2, None, 4])
    assert repr(shape[0]) == repr(shape[Dimension(0)]) == "Dimension(2)"
    assert shape[-1].value == 4
    assert shape[1].value is None
    assert shape[1:].sizes == (None, 4)
    assert shape[::2].sizes == (2, 4)
    with pytest.raises(IndexError):
        shape[3]
    with pytest.raises(TypeError):
        shape["a"]


def test_indexing_an_unknown_rank():
    assert repr(UNKNOWN[5]) == "Dimension(None)"
    assert UNKNOWN[1:3].sizes == UNKNOWN[:2].sizes == (None, None)
    assert UNKNOWN[3:1].sizes == ()
    for key in (slice(1, None), slice(None, -1), slice(-2, -1)):
        assert UNKNOWN[key].sizes is None
    with pytest.raises(ValueError, match=r"^Steps are not yet handled"):
        UNKNOWN[::2]


def test_equality():
    shape = TensorShape([2, 3])
    for same in (shape, [2, 3], (2, 3), TensorShape([2, 3]), [Dimension(2), 3]):
        assert (shape == same) is True
        assert (shape != same) is False
    for other in ([2, 4], [2], [2, None], "x", [-1]):
        assert (shape == other) is False
        assert (shape != other) is True
    assert TensorShape([2]) == 2


def test_equality_of_unknown_shapes():
    partial = TensorShape([2, None])
    assert (partial == [2, None]) is False
    assert (partial != [2, None]) is True
    assert (partial == partial) is True
    assert (UNKNOWN == None) is True  # noqa: E711
    assert (UNKNOWN == [2]) is (partial == None) is False  # noqa: E711
    for a, b in ((UNKNOWN, partial), (partial, None), (UNKNOWN, UNKNOWN)):
        with pytest.raises(ValueError, match=r"^The inequality of unknown TensorShapes"):
            a != b  # noqa: B015


def test_equal_shapes_have_equal_hashes():
    assert len({TensorShape([2, 3]), TensorShape((2, 3)), TensorShape([2])}) == 2


def test_short_constructors():
    assert unknown_shape().sizes is None
    assert unknown_shape(2).sizes == unknown_shape(ndims=2).sizes == (None, None)
    assert scalar().sizes == ()
    assert vector(None).sizes == (None,)
    assert matrix(2, None).sizes == (2, None)
    shape = scalar()
    assert as_shape(shape) is shape
    assert as_shape([1]).sizes == (1,)


@pytest.mark.parametrize(
    ("a", "b", "result"),
    [
        ([None], [1], (None,)),
        ([None], [3], (3,)),
        ([None], [None], (None,)),
        ([None], [0], (None,)),
        ([2, None, 3], [4, 1], (2, 4, 3)),
        ([None, 2], [2], (None, 2)),
        ([], [2], (2,)),
        (None, [3], None),
        (None, [], None),
        (None, None, None),
    ],
)
def test_broadcasting_unknown_shapes(a, b, result):
    assert broadcast(TensorShape(a), TensorShape(b)).sizes == result
    assert broadcast(TensorShape(b), TensorShape(a)).sizes == result


SMALL = [sizes for rank in range(3) for sizes in itertools.product((0, 1, 2, 3), repeat=rank)]


@pytest.mark.parametrize("a", SMALL, ids=str)
def test_broadcasting_known_shapes_agrees_with_numpy(a):
    for b in SMALL:
        try:
            expected = np.broadcast_shapes(a, b)
        except ValueError:
            with pytest.raises(ValueError, match=r"^Dimensions must be equal, but are \d and \d$"):
                broadcast(TensorShape.of(a), TensorShape.of(b))
        else:
            assert broadcast(TensorShape.of(a), TensorShape.of(b)).sizes == expected


def test_a_failed_broadcast_names_the_last_axis_that_differs():
    with pytest.raises(ValueError, match=r"^Dimensions must be equal, but are 3 and 2$"):
        broadcast(TensorShape([2, 3]), TensorShape([4, 2]))
