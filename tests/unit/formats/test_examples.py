"""Examples off the wire, against what protobuf reads of the same bytes."""

import numpy as np
import pytest

from flowgraph import dtypes, protos
from flowgraph.formats.examples import feature_lists_in, features_in, values_of

KINDS = {
    "bytes_list": dtypes.string,
    "float_list": dtypes.float32,
    "int64_list": dtypes.int64,
}


def random_feature(rng, feature):
    kind = rng.choice(["bytes_list", "float_list", "int64_list", "none"])
    count = int(rng.integers(0, 5))
    if kind == "bytes_list":
        feature.bytes_list.value.extend(rng.bytes(int(rng.integers(0, 300))) for _ in range(count))
    elif kind == "float_list":
        feature.float_list.value.extend(rng.normal(size=count * 50).astype(np.float32).tolist())
    elif kind == "int64_list":
        signs = rng.choice([-1, 1], size=count)
        values = signs * (rng.integers(0, 1 << 62, size=count) >> rng.integers(0, 62, size=count))
        feature.int64_list.value.extend(values.tolist())
    if kind != "none":
        getattr(feature, kind).SetInParent()


def assert_read(data, span, feature):
    kind = feature.WhichOneof("kind")
    found, values = values_of(data, span)
    assert found is KINDS.get(kind)
    assert values.tolist() == (list(getattr(feature, kind).value) if kind else [])


@pytest.mark.parametrize("seed", range(20))
def test_examples(seed):
    rng = np.random.default_rng(seed)
    message = protos.Example()
    for i in range(6):
        random_feature(rng, message.features.feature[f"name {i} é"])
    data = message.SerializeToString()
    found = features_in(data)
    assert {name.decode() for name in found} == set(message.features.feature)
    for name, span in found.items():
        assert_read(data, span, message.features.feature[name.decode()])


@pytest.mark.parametrize("seed", range(5))
def test_sequences(seed):
    rng = np.random.default_rng(seed)
    message = protos.SequenceExample()
    random_feature(rng, message.context.feature["c"])
    for i in range(3):
        for _ in range(i):
            random_feature(rng, message.feature_lists.feature_list[f"l{i}"].feature.add())
    message.feature_lists.feature_list["l0"].SetInParent()
    data = message.SerializeToString()
    assert_read(data, features_in(data)[b"c"], message.context.feature["c"])
    lists = feature_lists_in(data)
    assert {name: len(spans) for name, spans in lists.items()} == {b"l0": 0, b"l1": 1, b"l2": 2}
    for name, spans in lists.items():
        features = message.feature_lists.feature_list[name.decode()].feature
        for span, feature in zip(spans, features, strict=True):
            assert_read(data, span, feature)


def test_numbers_need_not_be_packed():
    # int64_list of two fields of a number each, and float_list of a field of one float.
    number = bytes.fromhex("0a0c 0a016e 1207 1a05 0805 08ac02")
    one_float = bytes.fromhex("0a0c 0a0166 1207 1205 0d0000c03f")
    data = bytes([0x0A, len(number + one_float)]) + number + one_float
    message = protos.Example.FromString(data)
    found = features_in(data)
    for name in ("n", "f"):
        assert_read(data, found[name.encode()], message.features.feature[name])


def test_the_last_of_two_equal_names_counts():
    first, second = protos.Example(), protos.Example()
    first.features.feature["x"].int64_list.value.append(1)
    second.features.feature["x"].int64_list.value.append(2)
    data = first.SerializeToString() + second.SerializeToString()
    assert values_of(data, features_in(data)[b"x"])[1].tolist() == [2]


def test_bytes_that_are_cut_off_are_refused_or_hold_less():
    message = protos.Example()
    message.features.feature["x"].float_list.value.extend([1.0, 2.0])
    data = message.SerializeToString()
    for length in range(1, len(data)):
        with pytest.raises(ValueError, match=r"cut off|does not end"):
            features_in(data[:length])


@pytest.mark.parametrize(
    "data", [b"\x0a\x05hello", b"\x0b", b"\x00\x01", b"\x0a" + b"\xff" * 11, b"\xff"]
)
def test_bytes_that_are_no_message_are_refused(data):
    with pytest.raises(ValueError, match=r"a field|a number"):
        features_in(data)


def test_lists_that_are_cut_off_are_refused():
    with pytest.raises(ValueError, match="floats that are cut off"):
        values_of(b"\x12\x05\x0a\x03abc", (0, 7))
    with pytest.raises(ValueError, match="a number that does not end"):
        values_of(b"\x1a\x04\x0a\x02\x05\x80", (0, 6))


def integers(payload):
    inside = b"\x0a" + bytes([len(payload)]) + payload
    return values_of(b"\x1a" + bytes([len(inside)]) + inside, (0, len(inside) + 2))[1]


@pytest.mark.parametrize("count", [1, 40], ids=["few", "many"])
def test_integers_of_any_length(count):
    several = [-1, 300, 0, -(1 << 63), (1 << 63) - 1, 127, 128][: 2 + count // 6] * (count // 8 + 1)
    feature = protos.Feature(int64_list=protos.Int64List(value=several))
    data = feature.SerializeToString()
    found = values_of(data, (0, len(data)))[1]
    assert found.dtype == np.int64
    assert found.tolist() == several
    padding = b"\x01" * (count - 1)
    assert integers(padding + b"\xff" * 9 + b"\x7f")[-1] == -1  # more than 64 bits
    for wrong in b"\x80", b"\x80" * 10 + b"\x01":
        with pytest.raises(ValueError, match="a number that does not end"):
            integers(padding + wrong)
