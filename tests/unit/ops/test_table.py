"""The ops of lookup tables, apart from the classes that programs use them through."""

import numpy as np
import pytest

from flowgraph import dtypes
from flowgraph.errors import AbortedError, FailedPreconditionError, InvalidArgumentError, OpError
from flowgraph.graph.graph import Graph
from flowgraph.ops.core import apply, apply_all, build, constant, placeholder
from flowgraph.ops.table import (
    HashTableV2,
    InitializeTableFromTextFileV2,
    InitializeTableV2,
    LookupTableExportV2,
    LookupTableFindV2,
    LookupTableImportV2,
    LookupTableInsertV2,
    LookupTableRemoveV2,
    LookupTableSizeV2,
    MutableDenseHashTableV2,
    MutableHashTableOfTensorsV2,
    MutableHashTableV2,
)
from flowgraph.runtime.session import Session
from flowgraph.shapes import TensorShape

STRING_TO_INT = {"key_dtype": dtypes.string, "value_dtype": dtypes.int64}


@pytest.fixture(autouse=True)
def graph():
    graph = Graph()
    with graph.as_default():
        yield graph


def int64(value):
    return constant(value, dtypes.int64)


def found(table, *keys):
    return apply(LookupTableFindV2(), table, constant(list(keys)), int64(-1))


@pytest.mark.parametrize("op", [InitializeTableV2(), LookupTableImportV2()])
def test_a_hash_table_is_filled_once(op):
    table = apply(HashTableV2(**STRING_TO_INT))
    values = found(table, "b", "c")
    assert values.shape == (2,)
    size = apply(LookupTableSizeV2(), table)
    exported = apply_all(LookupTableExportV2(Tkeys=dtypes.string, Tvalues=dtypes.int64), table)
    filled = build(op, (table, constant(["a", "b"]), int64([1, 2])))
    other = build(op, (table, constant(["c", "d"]), int64([3, 4])))
    more = build(op, (table, constant(["c"]), int64([3])))
    with Session() as session:
        assert session.run(size) == 0
        with pytest.raises(FailedPreconditionError, match=r"^Table not initialized\."):
            session.run(values)
        with pytest.raises(AbortedError, match=r"^HashTable is not initialized\."):
            session.run(exported)
        session.run(filled)
        assert session.run(values).tolist() == [2, -1]
        assert session.run(size) == 2
        keys, numbers = session.run(exported)
        assert dict(zip(keys, numbers, strict=True)) == {b"a": 1, b"b": 2}
        session.run(other)  # as many entries: TensorFlow looks no closer
        assert session.run(values).tolist() == [2, -1]
        with pytest.raises(FailedPreconditionError, match="already initialized with different"):
            session.run(more)
    with Session() as another, pytest.raises(FailedPreconditionError):
        another.run(values)


@pytest.mark.parametrize(
    ("keys", "values", "error", "match"),
    [
        (["a", "a"], [1, 2], FailedPreconditionError, "Key a has 1 and trying to add value 2"),
        (["a", "b"], [1], InvalidArgumentError, r"Expected shape \[2\] for value, got \[1\]"),
        ([], [], InvalidArgumentError, "keys and values cannot be empty tensors."),
    ],
)
def test_what_a_hash_table_refuses(keys, values, error, match):
    table = apply(HashTableV2(**STRING_TO_INT))
    fed = placeholder(dtypes.string), placeholder(dtypes.int64)
    filled = build(InitializeTableV2(), (table, *fed))
    arrays = np.array(keys, object), np.array(values, np.int64)
    with Session() as session, pytest.raises(error, match=match):
        session.run(filled, dict(zip(fed, arrays, strict=True)))


def test_the_shapes_of_keys_and_values_are_checked():
    table = apply(HashTableV2(**STRING_TO_INT))
    with pytest.raises(ValueError, match="Shape must be rank 1 but is rank 2"):
        build(LookupTableImportV2(), (table, constant([["a"]]), int64([[1]])))
    with pytest.raises(ValueError, match="Dimension 0 in both shapes must be equal"):
        build(LookupTableImportV2(), (table, constant(["a", "b"]), int64([1])))


@pytest.mark.parametrize(
    ("text", "attributes", "expected"),
    [
        ("one\ntwo\n", {}, {b"one": 0, b"two": 1}),
        ("one\r\ntwo", {}, {b"one": 0, b"two": 1}),
        ("one\ntwo\n", {"vocab_size": 1}, {b"one": 0}),
        ("a\t5\nb\t6\n", {"key_index": 0, "value_index": 1}, {b"a": 5, b"b": 6}),
        ("5,a\n", {"key_index": 1, "value_index": 0, "delimiter": ","}, {b"a": 5}),
    ],
)
def test_a_table_is_filled_from_a_file(tmp_path, text, attributes, expected):
    path = tmp_path / "words.txt"
    path.write_bytes(text.encode())
    table = apply(HashTableV2(**STRING_TO_INT))
    op = InitializeTableFromTextFileV2(**{"key_index": -2, "value_index": -1, **attributes})
    exported = apply_all(LookupTableExportV2(Tkeys=dtypes.string, Tvalues=dtypes.int64), table)
    filled = build(op, (table, constant(str(path))))
    with Session() as session:
        session.run(filled)
        assert dict(zip(*session.run(exported), strict=True)) == expected


@pytest.mark.parametrize(
    ("text", "attributes", "match"),
    [
        ("", {}, "Read less bytes than requested"),
        ("one\n\ntwo\n", {}, "Invalid content in .*words.txt: empty line found at position 5."),
        ("one\none\n", {}, "Key one has 0 and trying to add value 1"),
        ("one\n", {"vocab_size": 2}, "Invalid vocab_size in .*: expected 2 but got 1"),
        (
            "a\nb\tx\n",
            {"key_index": 0, "value_index": 1},
            r"Invalid number of columns in .* line 0 \(a\) : expected 1 got 1",
        ),
        ("a\tx\n", {"key_index": 0, "value_index": 1}, "Field x in line 0 is not a valid int64."),
        ("a\t1\n", {"delimiter": ",,"}, "delimiter should be only 1 char"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path, text, attributes, match):
    path = tmp_path / "words.txt"
    path.write_text(text)
    table = apply(HashTableV2(**STRING_TO_INT))
    op = InitializeTableFromTextFileV2(**{"key_index": -2, "value_index": -1, **attributes})
    filled = build(op, (table, constant(str(path))))
    with Session() as session, pytest.raises(OpError, match=match):
        session.run(filled)


def test_tables_of_one_name_are_one():
    first, second = (apply(HashTableV2(shared_name="t", **STRING_TO_INT)) for _ in range(2))
    filled = build(InitializeTableV2(), (first, constant(["a"]), int64([1])))
    values = found(second, "a")
    floats = apply(
        HashTableV2(key_dtype=dtypes.string, value_dtype=dtypes.float32, shared_name="t")
    )
    size = apply(LookupTableSizeV2(), floats)
    with Session() as session:
        session.run(filled)
        assert session.run(values).tolist() == [1]
        with pytest.raises(
            InvalidArgumentError,
            match=r"^Conflicting key/value dtypes string->float with string-int64 for table t",
        ):
            session.run(size)


def test_a_mutable_table_changes():
    table = apply(MutableHashTableV2(**STRING_TO_INT))
    inserted = build(
        LookupTableInsertV2(), (table, constant([["a"], ["b"], ["a"]]), int64([[1], [2], [3]]))
    )
    removed = build(LookupTableRemoveV2(), (table, constant(["b", "z"])))
    replaced = build(LookupTableImportV2(), (table, constant(["c"]), int64([9])))
    values = found(table, "a", "b", "c")
    with Session() as session:
        assert session.run(values).tolist() == [-1, -1, -1]
        session.run(inserted)
        assert session.run(values).tolist() == [3, 2, -1]
        session.run(removed)
        assert session.run(values).tolist() == [3, -1, -1]
        session.run(replaced)
        assert session.run(values).tolist() == [-1, -1, 9]


def test_values_may_be_tensors():
    op = MutableHashTableOfTensorsV2(
        key_dtype=dtypes.int64, value_dtype=dtypes.float32, value_shape=TensorShape.of((2,))
    )
    table = apply(op)
    inserted = build(LookupTableInsertV2(), (table, int64([5]), constant([[1.0, 2.0]])))
    values = apply(LookupTableFindV2(), table, int64([[5], [6]]), constant([0.5, 0.5]))
    bad = build(LookupTableInsertV2(), (table, int64([5, 6]), constant([1.0, 2.0])))
    assert values.shape == (2, 1, 2)
    with Session() as session:
        session.run(inserted)
        assert session.run(values).tolist() == [[[1, 2]], [[0.5, 0.5]]]
        with pytest.raises(
            InvalidArgumentError, match=r"Expected shape \[2,2\] for value, got \[2\]"
        ):
            session.run(bad)


def test_a_dense_table_has_two_keys_that_are_none():
    def table(buckets=8, deleted=-1):
        op = MutableDenseHashTableV2(value_dtype=dtypes.int64, initial_num_buckets=buckets)
        return apply(op, int64(0), int64(deleted))

    good = table()
    inserted = build(LookupTableInsertV2(), (good, int64([5, 6]), int64([1, 2])))
    removed = build(LookupTableRemoveV2(), (good, int64([5])))
    values = apply(LookupTableFindV2(), good, int64([5, 6]), int64(-7))
    with Session() as session:
        session.run(inserted)
        session.run(removed)
        assert session.run(values).tolist() == [-7, 2]
        for key, name in ((0, "empty_key"), (-1, "deleted_key")):
            lookup = apply(LookupTableFindV2(), good, int64([key]), int64(-7))
            with pytest.raises(InvalidArgumentError, match=f"Using the {name} as a table key"):
                session.run(lookup)
        for handle, match in (
            (table(buckets=3), "Number of buckets must be at least 4 and a power of 2, got: 3"),
            (table(deleted=0), "Empty and deleted keys cannot be equal"),
        ):
            size = apply(LookupTableSizeV2(), handle)
            with pytest.raises(InvalidArgumentError, match=match):
                session.run(size)
    with pytest.raises(NotImplementedError, match="keys of shape"):
        apply(MutableDenseHashTableV2(value_dtype=dtypes.int64), int64([0]), int64([1]))
