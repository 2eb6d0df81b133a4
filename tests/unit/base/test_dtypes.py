import copy
import pickle

import ml_dtypes
import numpy as np
import pytest

from flowgraph import dtypes
from flowgraph.dtypes import DType, as_dtype

ENUM = {
    "float32": 1,
    "float64": 2,
    "int32": 3,
    "uint8": 4,
    "int16": 5,
    "int8": 6,
    "string": 7,
    "complex64": 8,
    "int64": 9,
    "bool": 10,
    "qint8": 11,
    "quint8": 12,
    "qint32": 13,
    "bfloat16": 14,
    "qint16": 15,
    "quint16": 16,
    "uint16": 17,
    "complex128": 18,
    "float16": 19,
    "resource": 20,
    "variant": 21,
    "uint32": 22,
    "uint64": 23,
}
ALL = [getattr(dtypes, name + suffix) for name in ENUM for suffix in ("", "_ref")]


@pytest.mark.parametrize(("name", "enum"), ENUM.items())
def test_each_type_has_tensorflows_name_and_number(name, enum):
    dtype, ref = getattr(dtypes, name), getattr(dtypes, name + "_ref")
    assert (dtype.name, dtype.as_datatype_enum, int(dtype)) == (name, enum, enum)
    assert (ref.name, ref.as_datatype_enum) == (f"{name}_ref", enum + 100)
    assert (repr(dtype), str(dtype)) == (f"tf.{name}", f"<dtype: '{name}'>")
    assert (repr(ref), str(ref)) == (f"tf.{name}_ref", f"<dtype: '{name}_ref'>")


@pytest.mark.parametrize("dtype", ALL, ids=lambda dtype: dtype.name)
def test_there_is_one_object_per_type(dtype):
    assert DType(dtype.as_datatype_enum) is dtype
    assert as_dtype(dtype) is dtype
    assert as_dtype(dtype.name) is dtype
    assert as_dtype(dtype.as_datatype_enum) is dtype
    assert pickle.loads(pickle.dumps(dtype)) is dtype
    assert copy.deepcopy([dtype])[0] is dtype


@pytest.mark.parametrize("number", [0, 24, 100, 124, -1])
def test_a_number_of_no_type_is_refused(number):
    with pytest.raises(TypeError, match=f"^{number} is not a valid"):
        DType(number)
    with pytest.raises(TypeError):
        as_dtype(number)


def test_aliases():
    assert dtypes.half is dtypes.float16
    assert dtypes.double is dtypes.float64
    assert as_dtype("half") is as_dtype("float16")
    assert as_dtype("float") is dtypes.float32
    assert as_dtype("double") is dtypes.float64
    assert as_dtype("float_ref") is dtypes.float32_ref
    assert as_dtype("half_ref") is dtypes.half_ref
    assert as_dtype("double_ref") is dtypes.double_ref


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (float, "float32"),
        (bool, "bool"),
        (object, "string"),
        (np.float16, "float16"),
        (np.float32, "float32"),
        (np.dtype(">f4"), "float32"),
        (np.dtype("i8"), "int64"),
        (np.longlong, "int64"),
        (np.ulonglong, "uint64"),
        (np.intc, "int32"),
        (np.bool_, "bool"),
        (np.complex128, "complex128"),
        (ml_dtypes.bfloat16, "bfloat16"),
        (np.dtype(ml_dtypes.bfloat16), "bfloat16"),
        (np.dtype("S3"), "string"),
        (np.dtype("U3"), "string"),
        (np.str_, "string"),
        (np.bytes_, "string"),
        (np.dtype(object), "string"),
        (np.array([1, 2], np.int16), "int16"),
        (np.int64(1), "int64"),
    ],
)
def test_numpy_and_python_types_convert(value, name):
    assert as_dtype(value) is getattr(dtypes, name)


@pytest.mark.parametrize(
    "value",
    [
        *(int, str, bytes, complex, dict, None, [1], "nope", "f4", "int"),
        *(np.longdouble, np.number, np.dtype("M8[s]"), np.dtype([("a", "i1")])),
    ],
)
def test_what_is_no_type_is_refused(value):
    with pytest.raises(TypeError) as error:
        as_dtype(value)
    assert str(error.value) == f"Cannot convert value {value!r} to a TensorFlow DType."


@pytest.mark.parametrize(
    ("predicate", "names"),
    [
        ("is_floating", "float16 float32 float64 bfloat16"),
        ("is_complex", "complex64 complex128"),
        ("is_integer", "int8 int16 int32 int64 uint8 uint16 uint32 uint64"),
        ("is_unsigned", "uint8 uint16 uint32 uint64"),
        ("is_bool", "bool"),
        ("is_quantized", "qint8 quint8 qint16 quint16 qint32"),
    ],
)
def test_predicates(predicate, names):
    expected = set(names.split())
    assert {dtype.base_dtype.name for dtype in ALL if getattr(dtype, predicate)} == expected
    for dtype in ALL:
        assert getattr(dtype, predicate) is (dtype.base_dtype.name in expected)


def test_handles_have_no_numpy_type():
    handles = {dtype.base_dtype.name for dtype in ALL if not dtype.is_numpy_compatible}
    assert handles == {"resource", "variant"}
    with pytest.raises(KeyError):
        _ = dtypes.resource.as_numpy_dtype


def test_quantized_dtypes_are_listed_with_their_references():
    assert {dtype for dtype in ALL if dtype.is_quantized} == dtypes.QUANTIZED_DTYPES
    assert dtypes.qint8_ref in dtypes.QUANTIZED_DTYPES


@pytest.mark.parametrize(
    ("name", "storage", "size"),
    [
        ("float16", np.float16, 2),
        ("float32", np.float32, 4),
        ("float64", np.float64, 8),
        ("bfloat16", ml_dtypes.bfloat16, 2),
        ("complex64", np.complex64, 8),
        ("int64", np.int64, 8),
        ("bool", np.bool_, 1),
        ("string", np.object_, 8),
        ("qint32", np.int32, 4),
        ("quint8", np.uint8, 1),
    ],
)
def test_storage(name, storage, size):
    dtype = getattr(dtypes, name)
    for each in (dtype, dtype._as_ref):
        assert each.numpy == np.dtype(storage)
        assert isinstance(each.numpy, np.dtype)
        assert each.as_numpy_dtype is storage
        assert each.size == size


def test_handles_count_as_one_byte():
    assert dtypes.resource.size == dtypes.variant_ref.size == 1


def test_references():
    ref = dtypes.float32_ref
    assert ref is dtypes.float32._as_ref is ref._as_ref
    assert ref.base_dtype is dtypes.float32 is dtypes.float32.base_dtype
    assert ref.is_ref_dtype and ref._is_ref_dtype
    assert not dtypes.float32.is_ref_dtype
    assert ref.real_dtype is ref


def test_the_real_part_of_a_complex_type():
    assert dtypes.complex64.real_dtype is dtypes.float32
    assert dtypes.complex128_ref.real_dtype is dtypes.float64
    assert dtypes.int32.real_dtype is dtypes.int32


@pytest.mark.parametrize(
    ("name", "least", "greatest"),
    [
        ("int8", -128, 127),
        ("uint64", 0, 2**64 - 1),
        ("int64", -(2**63), 2**63 - 1),
        ("float16", -65504, 65504),
        ("float32", np.finfo(np.float32).min, np.finfo(np.float32).max),
        ("bfloat16", -float.fromhex("0x1.FEp127"), float.fromhex("0x1.FEp127")),
    ],
)
def test_extremes(name, least, greatest):
    for dtype in (getattr(dtypes, name), getattr(dtypes, name + "_ref")):
        assert (dtype.min, dtype.max) == (least, greatest)


@pytest.mark.parametrize("name", ["bool", "string", "complex64", "qint8", "resource"])
def test_types_without_extremes(name):
    dtype = getattr(dtypes, name)
    with pytest.raises(TypeError, match=f"^Cannot find minimum value of <dtype: '{name}'>"):
        _ = dtype.min
    with pytest.raises(TypeError, match=f"^Cannot find maximum value of <dtype: '{name}'>"):
        _ = dtype.max


def test_limits():
    assert dtypes.uint8.limits == (0, 255)
    assert dtypes.int8.limits == (0, 127)
    assert dtypes.float32.limits == dtypes.float64_ref.limits == (0, 1)
    assert dtypes.bool.limits == (0, True)
    for dtype in (dtypes.string, dtypes.float16, dtypes.qint8, dtypes.variant):
        with pytest.raises(ValueError, match="does not have defined limits"):
            _ = dtype.limits


def test_compatibility_goes_from_reference_to_value():
    assert dtypes.float32.is_compatible_with(dtypes.float32_ref)
    assert not dtypes.float32_ref.is_compatible_with(dtypes.float32)
    assert dtypes.float32.is_compatible_with("float")
    assert not dtypes.float32.is_compatible_with(np.float64)
    with pytest.raises(TypeError):
        dtypes.float32.is_compatible_with(None)


def test_equality_accepts_whatever_converts():
    for same in (dtypes.float32, np.float32, np.dtype("f4"), "float32", "float", 1, float):
        assert (dtypes.float32 == same) is True
        assert (dtypes.float32 != same) is False
    for other in (dtypes.float32_ref, dtypes.int32, np.float64, "float64", 2, None, "x", [], int):
        assert (dtypes.float32 == other) is False
        assert (dtypes.float32 != other) is True


def test_hash_is_the_number():
    assert [hash(dtype) for dtype in ALL] == [dtype.as_datatype_enum for dtype in ALL]


def test_types_do_not_change():
    with pytest.raises(AttributeError, match="immutable"):
        dtypes.float32.name = "float"
    with pytest.raises(AttributeError, match="immutable"):
        del dtypes.float32.name
    with pytest.raises(AttributeError):
        dtypes.float32.other = 1
