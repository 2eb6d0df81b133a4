"""What image functions compute is what TensorFlow 1.15.5 computed: ``recorded.json`` has it."""

import json
from pathlib import Path

import numpy as np
import pytest

import flowgraph

RECORDED = json.loads((Path(__file__).parent / "recorded.json").read_text())

PHOTO = (np.arange(3 * 4 * 3).reshape(3, 4, 3) * 37 % 101 / 101).astype(np.float32)
BYTES = (np.arange(3 * 4 * 3).reshape(3, 4, 3) * 67 % 256).astype(np.uint8)
LARGE = (np.arange(24 * 22).reshape(1, 24, 22, 1) * 61 % 97 / 97).astype(np.float32)
BOXES = np.array([[[0.1, 0.2, 0.9, 0.8], [0.5, 0.5, 0.7, 0.6]]], np.float32)


def gradient(tf, function):
    x = tf.constant(PHOTO[None])
    y = function(x)
    return tf.gradients(y * y, x)[0]


def resized(method, **options):
    return lambda tf: tf.image.resize_images(PHOTO, [5, 3], method, **options)


CASES = {
    "bilinear": resized(0),
    "nearest": resized(1),
    "bicubic": resized(2),
    "area": resized(3),
    "bilinear_corners": resized(0, align_corners=True),
    "bicubic_corners": resized(2, align_corners=True),
    "aspect_ratio": resized(0, preserve_aspect_ratio=True),
    "half_pixels": lambda tf: tf.image.resize_bicubic(PHOTO[None], [5, 3], half_pixel_centers=True),
    "bilinear_gradient": lambda tf: gradient(tf, lambda x: tf.image.resize_bilinear(x, [2, 5])),
    "nearest_gradient": lambda tf: gradient(
        tf, lambda x: tf.image.resize_nearest_neighbor(x, [2, 5])
    ),
    "bicubic_gradient": lambda tf: gradient(tf, lambda x: tf.image.resize_bicubic(x, [2, 5])),
    "crop_gradient": lambda tf: gradient(
        tf, lambda x: tf.image.crop_and_resize(x, BOXES[0], [0, 0], [2, 3])
    ),
    "patches_gradient": lambda tf: gradient(
        tf,
        lambda x: tf.image.extract_image_patches(
            x, [1, 2, 2, 1], [1, 1, 2, 1], [1, 1, 1, 1], "SAME"
        ),
    ),
    "hsv_gradient": lambda tf: gradient(tf, tf.image.rgb_to_hsv),
    "rotate_gradient": lambda tf: gradient(tf, lambda x: tf.contrib.image.rotate(x, 0.4)),
    "with_pad": lambda tf: tf.image.resize_image_with_pad(PHOTO, 3, 6),
    "crop_or_pad": lambda tf: tf.image.resize_image_with_crop_or_pad(BYTES, 4, 3),
    "central_crop": lambda tf: tf.image.central_crop(BYTES, 0.6),
    "flips": lambda tf: tf.stack(
        [tf.image.random_flip_left_right(BYTES, seed=s) for s in range(4)]
        + [tf.image.random_flip_up_down(BYTES, seed=s) for s in range(4)]
    ),
    "flips_of_a_batch": lambda tf: tf.image.random_flip_left_right(
        np.stack([PHOTO, PHOTO, PHOTO]), seed=3
    ),
    "random_brightness": lambda tf: tf.image.random_brightness(PHOTO, 0.3, seed=2),
    "random_contrast": lambda tf: tf.image.random_contrast(BYTES, 0.3, 1.4, seed=3),
    "random_hue": lambda tf: tf.image.random_hue(PHOTO, 0.2, seed=4),
    "random_saturation": lambda tf: tf.image.random_saturation(PHOTO, 0.2, 1.3, seed=5),
    "standardized": lambda tf: tf.image.per_image_standardization(PHOTO),
    "standardized_bytes": lambda tf: tf.image.per_image_standardization(BYTES),
    "gamma": lambda tf: tf.image.adjust_gamma(BYTES, 0.6, 1.1),
    "grey": lambda tf: tf.image.rgb_to_grayscale(BYTES),
    "yiq": lambda tf: tf.image.rgb_to_yiq(tf.constant(PHOTO)),
    "rgb_of_yuv": lambda tf: tf.image.yuv_to_rgb(tf.constant(PHOTO)),
    "sobel": lambda tf: tf.image.sobel_edges(tf.constant(PHOTO[None])),
    "total_variation": lambda tf: tf.image.total_variation(tf.constant(PHOTO)),
    "psnr": lambda tf: tf.image.psnr(PHOTO, PHOTO**2, 1.0),
    "ssim": lambda tf: tf.image.ssim(tf.constant(LARGE), tf.constant(LARGE**2), 1.0),
    "ssim_multiscale": lambda tf: tf.image.ssim_multiscale(
        tf.constant(LARGE), tf.constant(LARGE * 0.7 + 0.2), 1.0, [0.6, 0.4]
    ),
    "distorted": lambda tf: tf.concat(
        tf.image.sample_distorted_bounding_box(
            [224, 200, 3], BOXES, seed=7, seed2=3, min_object_covered=0.3, area_range=[0.1, 0.6]
        )[:2],
        0,
    ),
    "rotated": lambda tf: tf.contrib.image.rotate(PHOTO, 0.4, interpolation="BILINEAR"),
    "composed": lambda tf: tf.contrib.image.compose_transforms(
        tf.contrib.image.angles_to_projective_transforms(0.3, 4.0, 5.0),
        tf.contrib.image.translations_to_projective_transforms([1.0, 2.0]),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_value_is_tensorflows(name):
    value = flowgraph.Session().run(CASES[name](flowgraph))
    np.testing.assert_allclose(value, RECORDED[name], rtol=2e-5, atol=3e-6)


def test_every_recorded_value_is_compared():
    assert CASES.keys() == RECORDED.keys()


@pytest.mark.parametrize("function", ["resize_bilinear", "resize_bicubic"])
def test_a_second_gradient_is_refused_as_in_tensorflow(function):
    tf = flowgraph
    x = tf.ones([1, 2, 2, 1])
    first = tf.gradients(getattr(tf.image, function)(x * x, [3, 3]), x)[0]
    with pytest.raises(LookupError, match="No gradient defined for operation"):
        tf.gradients(first, x)


def test_noise_of_a_glimpse_is_new_at_each_run_and_within_the_image():
    tf = flowgraph
    image = np.linspace(2, 3, 12, dtype=np.float32).reshape(1, 3, 4, 1)
    glimpse = tf.image.extract_glimpse(image, [6, 7], [[9.0, 9.0]])
    session = tf.Session()
    first, second = session.run(glimpse), session.run(glimpse)
    assert (first != second).any()
    assert first.min() >= 2
    assert first.max() <= 3


def test_distortion_goes_on_from_run_to_run():
    tf = flowgraph
    begin = tf.image.sample_distorted_bounding_box([640, 480, 3], BOXES, seed=1)[0]
    session = tf.Session()
    assert [session.run(begin).tolist() for _ in range(3)] == [
        [236, 109, 0],
        [341, 248, 0],
        [168, 254, 0],
    ]


def test_results_of_several_parts_have_tensorflows_names():
    tf = flowgraph
    box = tf.image.sample_distorted_bounding_box([4, 5, 3], BOXES, seed=1)
    kept = tf.image.non_max_suppression_padded(BOXES[0], [0.5, 0.6], 2)
    found = tf.Session().run([box, kept])
    assert [type(part).__name__ for part in found] == [
        "SampleDistortedBoundingBoxV2",
        "NonMaxSuppressionV4",
    ]
    assert found[0]._fields == ("begin", "size", "bboxes")
    assert found[1]._fields == ("selected_indices", "valid_outputs")
