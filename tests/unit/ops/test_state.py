"""The ops that read and write variables, on the cells that a session would give them."""

import ml_dtypes
import numpy as np
import pytest

from flowgraph import dtypes
from flowgraph.dtypes import as_dtype
from flowgraph.errors import FailedPreconditionError, InvalidArgumentError, OutOfRangeError
from flowgraph.ops.core import apply, placeholder
from flowgraph.ops.scatter import (
    ScatterAdd,
    ScatterDiv,
    ScatterMax,
    ScatterMin,
    ScatterMul,
    ScatterNdAdd,
    ScatterNdSub,
    ScatterNdUpdate,
    ScatterSub,
    ScatterUpdate,
)
from flowgraph.ops.state import (
    Assign,
    AssignAdd,
    AssignSub,
    Cell,
    CountUpTo,
    DeepCopy,
    InitializedValue,
    IsVariableInitialized,
    VariableV2,
)
from flowgraph.shapes import TensorShape, as_shape


class Resources:
    def __init__(self):
        self.held = {}
        self.replacements = 0

    def get(self, operation, make):
        if operation not in self.held:
            self.held[operation] = make()
        return self.held[operation]

    def replaced(self):
        self.replacements += 1


def empty_cell(shape=None, dtype=dtypes.float32):
    return Cell("w", dtype, as_shape(shape), np, lambda: None)


def cell_of(value):
    value = np.asarray(value)
    cell = empty_cell(value.shape, as_dtype(value.dtype))
    cell.write(value)
    return cell


def f32(value):
    return np.asarray(value, np.float32)


def i32(value):
    return np.asarray(value, np.int32)


def reference(shape=None, dtype=dtypes.float32, name="w"):
    return apply(VariableV2(shape=as_shape(shape), dtype=dtype), name=name)


# -- the cell ---------------------------------------------------------------------------------


def test_a_cell_has_no_value_before_the_first_write():
    cell = empty_cell([2])
    assert not cell.initialized
    with pytest.raises(FailedPreconditionError, match=r"^Attempting to use uninitialized value w$"):
        cell.read()


def test_writes_go_into_one_buffer_while_the_shape_stays():
    replaced = []
    cell = Cell("w", dtypes.float32, TensorShape(None), np, lambda: replaced.append(1))
    value = f32([1, 2])
    cell.write(value)
    buffer = cell.read()
    value[0] = 9
    cell.write(f32([3, 4]))
    assert cell.read() is buffer
    assert buffer.tolist() == [3, 4]
    cell.write(f32([[5]]))
    assert cell.read() is not buffer
    assert len(replaced) == 2


def test_a_cell_copies_in_c_order():
    cell = cell_of(np.asfortranarray(f32([[1, 2], [3, 4]])))
    assert cell.read().flags.c_contiguous


def test_variablev2_keeps_one_cell_per_session():
    variable = reference([2])
    assert variable.dtype is dtypes.float32._as_ref
    first, second = Resources(), Resources()
    cell = variable.op.op.bind(variable.op, np, first)()
    assert variable.op.op.bind(variable.op, np, first)() is cell
    assert variable.op.op.bind(variable.op, np, second)() is not cell
    assert (cell.name, cell.dtype, cell.shape) == ("w", dtypes.float32, TensorShape([2]))
    cell.write(f32([1, 2]))
    assert first.replacements == 1


def test_isvariableinitialized():
    result = IsVariableInitialized().compute(np, empty_cell())
    assert result.dtype == bool
    assert not result
    assert IsVariableInitialized().compute(np, cell_of(f32(1)))
    assert apply(IsVariableInitialized(), reference([3])).shape == TensorShape([])


def test_initializedvalue_falls_back_on_the_other_value():
    assert InitializedValue().compute(np, empty_cell(), f32([7])).tolist() == [7]
    cell = cell_of(f32([1]))
    value = InitializedValue().compute(np, cell, f32([7]))
    assert value.tolist() == [1]
    assert not np.shares_memory(value, cell.read())


# -- whole writes -------------------------------------------------------------------------------


def test_deepcopy_is_no_view():
    array = f32([1, 2])
    copy = DeepCopy().compute(np, array)
    array[0] = 5
    assert copy.tolist() == [1, 2] and copy.dtype == np.float32


def test_assign_returns_the_reference():
    cell = empty_cell([2])
    assert Assign().compute(np, cell, f32([1, 2])) is cell
    assert cell.read().tolist() == [1, 2]


@pytest.mark.parametrize("cell", [empty_cell([2]), cell_of(f32([0, 0]))])
def test_assign_checks_the_shape(cell):
    message = r"requires shapes of both tensors to match. lhs shape= \[2\] rhs shape= \[1\]$"
    with pytest.raises(InvalidArgumentError, match=message):
        Assign().compute(np, cell, f32([1]))
    Assign(validate_shape=False).compute(np, cell, f32([1]))
    assert cell.read().tolist() == [1]


def test_assign_accepts_any_first_shape_where_none_is_declared():
    cell = empty_cell()
    Assign().compute(np, cell, f32([1, 2]))
    with pytest.raises(InvalidArgumentError, match="requires shapes of both tensors"):
        Assign().compute(np, cell, f32([1]))


def test_assign_holds_strings():
    cell = empty_cell([1], dtypes.string)
    Assign().compute(np, cell, np.array([b"a"], object))
    assert cell.read().tolist() == [b"a"]


def test_shapes_of_assign():
    ref = reference([3, None])
    value = placeholder(dtypes.float32, [None, 2])
    assert apply(Assign(), ref, value).shape.as_list() == [3, 2]
    assert apply(Assign(validate_shape=False), ref, value).shape.as_list() == [None, 2]
    assert apply(AssignAdd(), ref, placeholder(dtypes.float32)).shape.as_list() == [3, None]
    assert apply(Assign(), ref, value).dtype.is_ref_dtype


@pytest.mark.parametrize("op", [Assign(), AssignAdd(), AssignSub()])
@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([1.0], "Dimension 0 in both shapes must be equal, but are 2 and 1. Shapes are "),
        ([[1.0, 2.0]], "Shapes must be equal rank, but are 1 and 2 for "),
    ],
)
def test_writes_of_another_shape_are_refused_when_built(op, value, message):
    with pytest.raises(ValueError, match=message):
        apply(op, reference([2]), value)


@pytest.mark.parametrize(
    "dtype", [np.float16, ml_dtypes.bfloat16, np.float64, np.int8, np.complex64]
)
@pytest.mark.parametrize(("op", "expected"), [(AssignAdd(), [5, 7]), (AssignSub(), [3, 3])])
def test_assignadd_and_assignsub_work_in_place(op, expected, dtype):
    cell = cell_of(np.array([4, 5], dtype))
    buffer = cell.read()
    assert op.compute(np, cell, np.array([1, 2], dtype)) is cell
    assert cell.read() is buffer
    assert buffer.dtype == dtype
    assert [complex(n) for n in buffer] == expected


@pytest.mark.parametrize("op", [AssignAdd(), AssignSub()])
def test_updates_need_a_value_of_the_same_shape(op):
    with pytest.raises(
        InvalidArgumentError, match=r"^Parameters and update must be the same size$"
    ):
        op.compute(np, cell_of(f32([1, 2])), f32([1]))
    with pytest.raises(FailedPreconditionError, match="uninitialized value w"):
        op.compute(np, empty_cell([1]), f32([1]))


def test_updates_are_of_numbers():
    with pytest.raises(TypeError, match="'ref' has DataType bool not in list of allowed values"):
        apply(AssignAdd(), reference([1], dtypes.bool), [True])


def test_a_write_takes_a_reference():
    with pytest.raises(
        TypeError, match="'Assign' Op requires that input 'ref' be a mutable tensor"
    ):
        apply(Assign(), placeholder(dtypes.float32), 1.0)


def test_a_write_stands_beside_its_variable():
    assert apply(Assign(), reference([]), 1.0).op.colocation_groups() == [b"loc:@w"]


def test_countupto():
    cell = cell_of(i32(3))
    op = CountUpTo(limit=5)
    assert [int(op.compute(np, cell)), int(op.compute(np, cell))] == [3, 4]
    with pytest.raises(OutOfRangeError, match=r"^Reached limit of 5$"):
        op.compute(np, cell)
    assert cell.read() == 5
    with pytest.raises(ValueError, match="Shape must be rank 0 but is rank 1"):
        apply(op, reference([1], dtypes.int32))
    with pytest.raises(TypeError, match="DataType float32 not in list"):
        apply(op, reference([]))


# -- updates of rows ----------------------------------------------------------------------------

BY_ROW = {
    ScatterUpdate: lambda old, new: new,
    ScatterAdd: lambda old, new: old + new,
    ScatterSub: lambda old, new: old - new,
    ScatterMul: lambda old, new: old * new,
    ScatterDiv: lambda old, new: old / new,
    ScatterMin: min,
    ScatterMax: max,
}
BY_SLICE = {
    ScatterNdUpdate: BY_ROW[ScatterUpdate],
    ScatterNdAdd: BY_ROW[ScatterAdd],
    ScatterNdSub: BY_ROW[ScatterSub],
}


def one_by_one(combine, array, indices, updates):
    """The definition: element by element, in order."""
    result = np.array(array, np.float64)
    depth = indices.shape[-1]
    for place in np.ndindex(indices.shape[:-1]):
        row = tuple(indices[place])
        for inner in np.ndindex(array.shape[depth:]):
            result[row + inner] = combine(result[row + inner], updates[place + inner])
    return result


@pytest.mark.parametrize("op", BY_ROW)
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16, ml_dtypes.bfloat16])
@pytest.mark.parametrize(
    ("rows", "indices"),
    [((3,), [0, 2, 0, 0]), ((4, 2), [[3, 1], [1, 3]]), ((3,), 1), ((2, 0), [0, 1]), ((3, 2), [])],
)
def test_scatter_equals_the_definition(op, dtype, rows, indices):
    generator = np.random.default_rng(7)
    array = generator.uniform(1, 2, rows).astype(dtype)
    indices = i32(indices)
    updates = generator.uniform(1, 2, indices.shape + rows[1:]).astype(dtype)
    expected = one_by_one(BY_ROW[op], array, indices[..., None], updates)
    cell = cell_of(array)
    buffer = cell.read()
    assert op().compute(np, cell, indices, updates) is cell
    assert cell.read() is buffer
    tolerance = {np.float16: 1e-2, ml_dtypes.bfloat16: 1e-1}.get(dtype, 1e-6)
    np.testing.assert_allclose(buffer.astype(np.float64), expected, rtol=tolerance)


@pytest.mark.parametrize("op", BY_ROW)
def test_a_row_may_be_updated_very_often(op):
    generator = np.random.default_rng(3)
    array = generator.uniform(1, 2, (3, 2))
    indices = generator.integers(0, 3, 150)
    updates = generator.uniform(0.9, 1.1, (150, 2))
    expected = one_by_one(BY_ROW[op], array, indices[:, None], updates)
    cell = op().compute(np, cell_of(array), indices, updates)
    np.testing.assert_allclose(cell.read(), expected, rtol=1e-12)


@pytest.mark.parametrize("count", [1, 40])
def test_scatterdiv_of_integers_rounds_towards_zero(count):
    indices = i32([0] + [1] * count)
    updates = i32([2] + [-1] * (count - 1) + [2])
    cell = ScatterDiv().compute(np, cell_of(i32([-7, 7])), indices, updates)
    assert cell.read().tolist() == [-3, -3 if count % 2 == 0 else 3]
    with pytest.raises(InvalidArgumentError, match="division by zero"):
        ScatterDiv().compute(np, cell_of(i32([1])), i32([0]), i32([0]))


@pytest.mark.parametrize(("op", "expected"), [(ScatterUpdate, [7, 2]), (ScatterAdd, [15, 2])])
def test_one_update_may_serve_all_rows(op, expected):
    cell = op().compute(np, cell_of(f32([1, 2])), i32([0, 0]), f32(7))
    assert cell.read().tolist() == expected


@pytest.mark.parametrize("op", BY_SLICE)
@pytest.mark.parametrize(
    ("shape", "indices"),
    [
        ((2, 3), [[0, 1], [1, 2], [0, 1]]),
        ((2, 3), [[1], [1]]),
        ((4,), [[[0], [3]], [[3], [2]]]),
        ((2, 3), [1, 2]),
        ((2, 3), np.zeros((0, 2))),
    ],
)
def test_scatter_nd_equals_the_definition(op, shape, indices):
    generator = np.random.default_rng(5)
    array = generator.uniform(1, 2, shape)
    indices = i32(indices)
    updates = generator.uniform(1, 2, indices.shape[:-1] + shape[indices.shape[-1] :])
    expected = one_by_one(BY_SLICE[op], array, indices, updates)
    cell = cell_of(array)
    assert op().compute(np, cell, indices, updates) is cell
    np.testing.assert_allclose(cell.read(), expected)


@pytest.mark.parametrize(
    ("op", "indices", "updates", "message"),
    [
        (ScatterAdd, [5], [1], r"^indices\[0\] = 5 is not in \[0, 3\)$"),
        (ScatterUpdate, [[0, -1]], [[1, 2]], r"^indices\[0,1\] = -1 is not in \[0, 3\)$"),
        (ScatterMax, 5, 1, r"^indices = 5 is not in \[0, 3\)$"),
        (
            ScatterSub,
            [0, 1],
            [1],
            r"^Must have updates.shape = indices.shape \+ params.shape\[1:\] or updates.shape = "
            r"\[\], got updates.shape \[1\], indices.shape \[2\], params.shape \[3\]$",
        ),
        (
            ScatterNdAdd,
            [[0], [3]],
            [1, 1],
            r"^indices\[1\] = \[3\] does not index into shape \[3\]$",
        ),
        (ScatterNdUpdate, [[[0], [-1]]], [[1, 1]], r"^indices\[0,1\] = \[-1\] does not index into"),
        (ScatterNdSub, [[0, 1]], [1], r"^Must have updates.shape = indices.shape\[:batch_dim\]"),
        (ScatterNdSub, [[0], [1]], [1], r"^Must have updates.shape = indices.shape\[:batch_dim\]"),
        (ScatterNdSub, 0, 1, "rank at least one"),
    ],
)
def test_what_a_run_shows_to_be_wrong(op, indices, updates, message):
    cell = cell_of(f32([1, 2, 3]))
    with pytest.raises(InvalidArgumentError, match=message):
        op().compute(np, cell, i32(indices), f32(updates))
    assert cell.read().tolist() == [1, 2, 3]


@pytest.mark.parametrize("op", [*BY_ROW, *BY_SLICE])
def test_updates_need_a_value_to_start_from(op):
    with pytest.raises(FailedPreconditionError, match="uninitialized value w"):
        op().compute(np, empty_cell([1]), i32([[0]]), f32([1]))


@pytest.mark.parametrize(
    ("op", "indices", "updates", "message"),
    [
        (ScatterAdd, [0, 1], [7.0], "Dimension 0 in both shapes must be equal, but are 1 and 2"),
        (ScatterAdd, [0, 1], [[7.0]], "Shapes must be equal rank, but are 2 and 1 for"),
        (
            ScatterNdAdd,
            [[0], [1]],
            [1.0, 2.0, 3.0],
            r"^The outer 1 dimensions of indices.shape=\[2,1\] must match the outer 1 dimensions "
            r"of updates.shape=\[3\]: Dimension 0 in both shapes must be equal",
        ),
        (
            ScatterNdAdd,
            [[0], [1]],
            [[1.0], [2.0]],
            r"^The inner 0 dimensions of input.shape=\[3\] must match the inner 1 dimensions of "
            r"updates.shape=\[2,1\]: Shapes must be equal rank",
        ),
        (ScatterNdAdd, 0, 1.0, "Shape must be at least rank 1 but is rank 0"),
    ],
)
def test_what_shapes_show_to_be_wrong(op, indices, updates, message):
    with pytest.raises(ValueError, match=message):
        apply(op(), reference([3]), indices, updates)


@pytest.mark.parametrize("op", [*BY_ROW, *BY_SLICE])
def test_the_shape_is_the_variable_s(op):
    unknown = placeholder(dtypes.int32), placeholder(dtypes.float32)
    assert apply(op(), reference([3, 2]), *unknown).shape.as_list() == [3, 2]
    assert apply(op(), reference(), *unknown).shape.ndims is None


def test_scatter_nd_refuses_updates_of_nothing():
    with pytest.raises(ValueError, match=r"^Indices and updates specified for empty input"):
        apply(ScatterNdUpdate(), reference([0, 2]), [[0]], [[1.0, 2.0]])


def test_which_dtypes_are_scattered():
    bools = reference([1], dtypes.bool)
    assert apply(ScatterUpdate(), bools, [0], [True]).dtype.base_dtype is dtypes.bool
    for op in (ScatterAdd, ScatterMin, ScatterNdSub):
        with pytest.raises(TypeError, match="DataType bool not in list of allowed values"):
            apply(op(), bools, [0], [True])
    with pytest.raises(TypeError, match="'ref' has DataType uint8 not in list of allowed"):
        apply(ScatterMax(), reference([1], dtypes.uint8), [0], [1])
    with pytest.raises(TypeError, match="'indices' has DataType float32 not in list"):
        apply(ScatterAdd(), reference([1]), [0.0], [1.0])


def test_defaults_of_use_locking():
    locking = {op.__name__ for op in [*BY_ROW, *BY_SLICE, Assign, AssignAdd] if op().use_locking}
    assert locking == {"Assign", "ScatterUpdate", "ScatterNdUpdate"}


@pytest.mark.parametrize("op", [Assign, AssignAdd, ScatterAdd, ScatterDiv, ScatterNdUpdate])
def test_nothing_flows_back_through_a_write(op):
    indices = {Assign: [], AssignAdd: [], ScatterNdUpdate: [[[0]]]}.get(op, [[0]])
    operation = apply(op(), reference([1]), *indices, [1.0]).op
    assert operation.op.gradient(operation, None) == (None,) * len(operation.inputs)
