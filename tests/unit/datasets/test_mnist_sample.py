"""The digits that ship with the package."""

import numpy as np
import pytest

from flowgraph.datasets import Digits, mnist_sample


def test_shapes_dtypes_and_classes():
    images, labels = mnist_sample()
    assert images.shape == (5000, 28, 28)
    assert images.dtype == np.uint8
    assert labels.dtype == np.int64
    assert np.bincount(labels).tolist() == [500] * 10


def test_images_are_digits_and_not_noise():
    images, labels = mnist_sample()
    assert images.max() == 255
    assert (images[:, 0, :] == 0).mean() > 0.99
    # A nearest-mean classifier is right far above chance only if the labels belong to the images.
    pixels = images.reshape(5000, -1) / 255.0
    means = np.stack([pixels[labels == digit].mean(axis=0) for digit in range(10)])
    distance = (means**2).sum(axis=1) - 2 * pixels @ means.T
    assert (distance.argmin(axis=1) == labels).mean() > 0.75


def test_every_call_returns_arrays_of_the_callers_own():
    first = mnist_sample()
    first.images[:] = 0
    first.labels[:] = 0
    assert mnist_sample().images.any()
    assert mnist_sample().labels.any()


def test_split_is_stratified_complete_and_deterministic():
    digits = mnist_sample()
    train, test = digits.split(train=4000)
    assert np.bincount(train.labels).tolist() == [400] * 10
    assert np.bincount(test.labels).tolist() == [100] * 10
    again, _ = mnist_sample().split(train=4000)
    assert np.array_equal(train.images, again.images)
    whole = {image.tobytes() for image in digits.images}
    parts = {image.tobytes() for part in (train, test) for image in part.images}
    assert whole == parts


def test_split_keeps_the_order_and_copies():
    digits = Digits(
        np.arange(6, dtype=np.uint8).reshape(6, 1, 1), np.array([1, 0, 0, 1, 1, 0], np.int64)
    )
    train, test = digits.split(train=4)
    assert train.images.ravel().tolist() == [0, 1, 2, 3]
    assert test.images.ravel().tolist() == [4, 5]
    train.images[:] = 9
    assert digits.images.ravel().tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("train", [0, -10, 4005])
def test_split_refuses_sizes_that_do_not_divide(train):
    with pytest.raises(ValueError, match="positive multiple of the 10 classes"):
        mnist_sample().split(train=train)


def test_split_refuses_to_leave_nothing_for_the_second_part():
    with pytest.raises(ValueError, match="only 500"):
        mnist_sample().split(train=5000)


def test_split_of_no_images_says_so():
    empty = Digits(np.zeros((0, 28, 28), np.uint8), np.zeros(0, np.int64))
    with pytest.raises(ValueError, match="0 classes"):
        empty.split(train=10)
