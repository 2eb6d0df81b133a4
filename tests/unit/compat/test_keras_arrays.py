"""What there is of `tf.keras`: data sets and arrays of classes; orders are TensorFlow 1.15.5's."""

import gzip
import struct

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.compat import finder, keras_datasets


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("FLOWGRAPH_MNIST", "")

    def refuse(*arguments):
        raise OSError("no network here")

    monkeypatch.setattr(keras_datasets, "download", refuse)
    directory = tmp_path / ".keras" / "datasets"
    (directory / "fashion-mnist").mkdir(parents=True)
    return directory


def test_mnist(cache):
    names = ("x_train", "y_train", "x_test", "y_test")
    parts = [np.arange(12).reshape(3, 2, 2), np.arange(3), np.ones((1, 2, 2)), np.ones(1)]
    np.savez(cache / "mnist.npz", **dict(zip(names, parts, strict=True)))
    (x_train, y_train), (x_test, y_test) = tf.keras.datasets.mnist.load_data()
    for found, expected in zip((x_train, y_train, x_test, y_test), parts, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_a_file_that_is_missing_is_downloaded(cache, monkeypatch, capsys):
    asked = []

    def fetch(url, path, sha256):
        asked.append((url, sha256[:8]))
        np.savez(path, x=np.arange(10.0).reshape(10, 1), y=np.arange(10.0))

    monkeypatch.setattr(keras_datasets, "download", fetch)
    for _ in range(2):
        (x, y), (x_test, y_test) = tf.keras.datasets.boston_housing.load_data("houses.npz")
    assert asked == [(keras_datasets.ORIGIN + "boston_housing.npz", "f553886a")]
    assert capsys.readouterr().out == f"Downloading data from {asked[0][0]}\n"
    assert (cache / "houses.npz").exists()
    np.testing.assert_array_equal(x[:, 0], y)
    assert [*y, *y_test] == ORDER
    assert (len(x), len(x_test)) == (8, 2)


ORDER = [9.0, 3.0, 6.0, 1.0, 0.0, 7.0, 4.0, 8.0, 2.0, 5.0]


def test_the_share_to_test_with(cache):
    with pytest.raises(AssertionError):
        tf.keras.datasets.boston_housing.load_data(test_split=1.0)
    with pytest.raises(OSError, match="no network here"):
        tf.keras.datasets.boston_housing.load_data()


def test_fashion_mnist(cache):
    for prefix, count in (("train", 4), ("t10k", 2)):
        for kind, array in (
            ("images-idx3", np.ones((count, 28, 28))),
            ("labels-idx1", [1] * count),
        ):
            array = np.asarray(array, np.uint8)
            header = struct.pack(f">i{array.ndim}i", 0x0800 + array.ndim, *array.shape)
            path = cache / "fashion-mnist" / f"{prefix}-{kind}-ubyte.gz"
            path.write_bytes(gzip.compress(header + array.tobytes()))
    (x_train, y_train), (x_test, y_test) = tf.keras.datasets.fashion_mnist.load_data()
    assert (x_train.shape, y_train.shape) == ((4, 28, 28), (4,))
    assert (x_test.shape, y_test.tolist()) == ((2, 28, 28), [1, 1])


def test_to_categorical():
    rows = tf.keras.utils.to_categorical([[1], [2]], 4, "int32")
    assert (rows.tolist(), rows.dtype) == ([[0, 1, 0, 0], [0, 0, 1, 0]], np.int32)
    assert tf.keras.utils.to_categorical(np.zeros((2, 3), int), 2).shape == (2, 3, 2)
    assert tf.keras.utils.to_categorical(3).tolist() == [0, 0, 0, 1]
    assert tf.keras.utils.to_categorical([1.7]).tolist() == [[0, 1]]
    with pytest.raises(IndexError, match="index 3 is out of bounds"):
        tf.keras.utils.to_categorical([3], 2)
    with pytest.raises(ValueError, match="zero-size array"):
        tf.keras.utils.to_categorical([])


def test_normalize():
    found = tf.keras.utils.normalize([[3.0, -4.0], [0.0, 0.0]], axis=0, order=1)
    np.testing.assert_allclose(found, [[1.0, -1.0], [0.0, 0.0]])


def test_the_modules_under_their_other_names():
    with finder.installed():
        from tensorflow import keras
        from tensorflow.contrib.keras import datasets
        from tensorflow.python.keras.datasets import fashion_mnist
        from tensorflow.python.keras.utils.np_utils import to_categorical

        assert to_categorical is keras.utils.to_categorical
        assert datasets.mnist.load_data is keras.datasets.mnist.load_data
        assert fashion_mnist.load_data is keras.datasets.fashion_mnist.load_data
        with pytest.raises(NotImplementedError, match=r"tf.keras.layers is not in flowgraph yet"):
            print(keras.layers)
