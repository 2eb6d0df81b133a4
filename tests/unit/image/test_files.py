"""Image files are written and read as TensorFlow does."""

import io
import sys

import numpy as np
import pytest
from PIL import Image

import flowgraph as tf
from flowgraph.errors import InvalidArgumentError

PIXELS = np.clip(
    np.add.outer(np.arange(16) * 9, np.arange(24) * 5)[..., None] + np.array([0, 40, 80]), 0, 255
).astype(np.uint8)


def value_of(tensor):
    return tf.Session().run(tensor)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("compression", [-1, 0, 9])
def test_png_holds_the_pixels(channels, compression):
    """EncodePng: Pillow reads back what was written."""
    pixels = np.dstack([PIXELS, PIXELS[..., :1]])[..., :channels]
    contents = value_of(tf.image.encode_png(pixels, compression=compression))
    read = np.asarray(Image.open(io.BytesIO(contents))).reshape(pixels.shape)
    np.testing.assert_array_equal(read, pixels)


def test_png_of_16_bits_holds_the_pixels():
    grey = PIXELS[..., :1].astype(np.uint16) * 200 + 3
    decoded = tf.image.decode_png(tf.image.encode_png(tf.constant(grey)), dtype=tf.uint16)
    np.testing.assert_array_equal(value_of(decoded), grey)


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"compression": 10}, InvalidArgumentError, r"^compression should be in \[-1,9\], got 10"),
        ({"image": PIXELS[:0]}, InvalidArgumentError, "^image cannot be empty"),
        ({"image": PIXELS[0]}, ValueError, "^Shape must be rank 3 but is rank 2"),
        ({"image": PIXELS.astype(np.float32)}, TypeError, "'image' has DataType float32"),
    ],
)
def test_png_refuses(options, error, match):
    with pytest.raises(error, match=match):
        value_of(
            tf.image.encode_png(**{"image": tf.constant(options.pop("image", PIXELS)), **options})
        )


@pytest.mark.parametrize(
    "options",
    [{}, {"progressive": True}, {"optimize_size": True}, {"chroma_downsampling": False}],
)
def test_jpeg_shows_the_image(options):
    """EncodeJpeg: what is decoded is near what was encoded, and the file is of that kind."""
    contents = value_of(tf.image.encode_jpeg(PIXELS, quality=95, **options))
    image = Image.open(io.BytesIO(contents))
    assert bool(image.info.get("progressive")) is bool(options.get("progressive"))
    assert image.info["dpi"] == (300, 300)
    difference = value_of(tf.image.decode_jpeg(contents)).astype(int) - PIXELS
    assert np.abs(difference).max() < 12


def test_jpeg_states_density_and_metadata():
    contents = value_of(
        tf.image.encode_jpeg(
            PIXELS[..., :1], density_unit="cm", x_density=50, y_density=70, xmp_metadata="<x/>"
        )
    )
    assert contents[13:18] == b"\x02\x00\x32\x00\x46"
    assert contents[20:57] == b"\xff\xe1\x00#http://ns.adobe.com/xap/1.0/\x00<x/>"


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"quality": 101}, InvalidArgumentError, r"^quality must be in \[0,100\], got 101"),
        ({"format": "grayscale"}, InvalidArgumentError, "^format grayscale expects 1 channels"),
        ({"format": "cmyk"}, ValueError, 'passed string \'cmyk\' not in: "", "grayscale"'),
        ({"density_unit": "mm"}, ValueError, 'passed string \'mm\' not in: "in", "cm"'),
    ],
)
def test_jpeg_refuses(options, error, match):
    with pytest.raises(error, match=match):
        value_of(tf.image.encode_jpeg(PIXELS, **options))


def test_quality_may_be_a_tensor():
    """EncodeJpegVariableQuality, through what is made of it."""
    quality = tf.placeholder(tf.int32, [])
    worse = tf.image.adjust_jpeg_quality(PIXELS, quality)
    session = tf.Session()
    errors = [
        np.abs(session.run(worse, {quality: q}).astype(int) - PIXELS).mean() for q in (95, 40, 1)
    ]
    assert errors == sorted(errors)
    with pytest.raises(InvalidArgumentError, match=r"^quality must be in \[0,100\], got 101"):
        session.run(worse, {quality: 101})


@pytest.mark.parametrize("ratio", [1, 2, 4, 8])
def test_jpeg_is_made_smaller(ratio):
    contents = value_of(tf.image.encode_jpeg(PIXELS))
    assert value_of(tf.image.decode_jpeg(contents, ratio=ratio)).shape == (
        16 // ratio, 24 // ratio, 3,
    )  # fmt: skip


def saved(kind, **options):
    file = io.BytesIO()
    Image.fromarray(PIXELS).save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "BMP", "GIF", "JPEG"])
def test_decode_image_tells_formats_apart(kind):
    image = tf.image.decode_image(saved(kind))
    value = value_of(image)
    assert image.shape.ndims is None
    assert value.shape == ((1, 16, 24, 3) if kind == "GIF" else (16, 24, 3))
    if kind in ("PNG", "BMP"):
        np.testing.assert_array_equal(value, PIXELS)
    scaled = tf.image.decode_image(saved(kind), dtype=tf.float32, expand_animations=False)
    assert scaled.shape.as_list() == [None, None, None]
    np.testing.assert_allclose(value_of(scaled), value.reshape(16, 24, 3) / 255, atol=1e-6)


def test_decode_image_refuses():
    with pytest.raises(InvalidArgumentError, match="Unable to decode bytes as JPEG, PNG, GIF, or"):
        value_of(tf.image.decode_image(b"no image"))
    with pytest.raises(InvalidArgumentError, match="Channels must be in"):
        value_of(tf.image.decode_image(saved("JPEG"), channels=4))
    with pytest.raises(ValueError, match=r"^channels must be in"):
        tf.image.decode_image(saved("PNG"), channels=2)


@pytest.mark.parametrize(
    "options",
    [{"fancy_upscaling": False}, {"try_recover_truncated": True}, {"acceptable_fraction": 0.5}],
)
def test_what_decoding_cannot_do_is_named(options):
    with pytest.raises(NotImplementedError, match=next(iter(options))):
        value_of(tf.image.decode_jpeg(saved("JPEG"), **options))


def test_without_pillow_the_extra_is_named(monkeypatch):
    contents = saved("PNG")
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImportError, match=r"pip install 'flowgraph\[image\]'"):
        value_of(tf.image.decode_png(contents))
