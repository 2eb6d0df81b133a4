"""Summaries against what TensorFlow 1.15.5 makes, byte for byte.

``summaries.tsv`` has one line per case: kind, name, and the serialised message in hexadecimal, in
which the pixels of an image stand in place of its PNG file, which has many valid forms.
"""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf
from tests.unit.summary import cases

LINES = (Path(__file__).parent / "summaries.tsv").read_text().splitlines()
EXPECTED = {
    (kind, name): bytes.fromhex(text) for kind, name, text in (ln.split("\t") for ln in LINES)
}

BUILD = {
    "histogram": (cases.histograms, lambda v: tf.summary.histogram("h", tf.constant(v))),
    "image": (cases.images, lambda v: tf.summary.image("i", tf.constant(v[0]), v[1])),
    "audio": (cases.sounds, lambda v: tf.summary.audio("a", tf.constant(v[0]), v[1], v[2])),
    "scalar": (cases.scalars, lambda v: tf.summary.scalar("s", tf.constant(v))),
    "text": (cases.texts, lambda v: tf.summary.text("t", tf.constant(v, tf.string))),
    "tensor": (
        cases.tensors,
        lambda v: tf.summary.tensor_summary("t", v, summary_description="d"),
    ),
}


def decoded(png):
    """The samples of a PNG file of 8 bits whose rows are not filtered."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    place, found = 8, {}
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        kind, data = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        assert struct.unpack_from(">I", png, place + 8 + length)[0] == zlib.crc32(kind + data)
        found[kind] = data
        place += 12 + length
    width, height = struct.unpack_from(">II", found[b"IHDR"])
    rows = np.frombuffer(zlib.decompress(found[b"IDAT"]), np.uint8).reshape(height, -1)
    assert not rows[:, 0].any() and (rows.shape[1] - 1) % width == 0
    return rows[:, 1:].tobytes()


def made(tensor, feed=None):
    return tf.Summary.FromString(tf.Session().run(tensor, feed))


@pytest.mark.parametrize(("kind", "name"), EXPECTED)
def test_a_summary_is_tensorflow_s(kind, name):
    inputs, build = BUILD[kind]
    message = made(build(inputs()[name]))
    expected = tf.Summary.FromString(EXPECTED[kind, name])
    for value, wanted in zip(message.value, expected.value, strict=True):
        # TensorFlow's were all made in one graph, which numbers their names.
        wanted.tag = "/".join([wanted.tag[0], *wanted.tag.split("/")[1:]])
        if value.HasField("image"):
            value.image.encoded_image_string = decoded(value.image.encoded_image_string)
    assert message.SerializeToString() == expected.SerializeToString()


def test_every_case_is_compared():
    assert {(kind, name) for kind, (inputs, _) in BUILD.items() for name in inputs()} == set(
        EXPECTED
    )
