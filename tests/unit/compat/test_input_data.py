"""Batches of MNIST: their order is TensorFlow's, seed by seed."""

import gzip
import os
import struct

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.compat import input_data
from flowgraph.compat.input_data import DataSet, read_data_sets


def idx(array):
    header = struct.pack(f">i{array.ndim}i", 0x0800 + array.ndim, *array.shape)
    return header + array.astype(np.uint8).tobytes()


@pytest.fixture(params=["plain", "packed"])
def directory(request, tmp_path):
    """50 + 20 images, image i of grey level i at each pixel, whose label is i % 10."""
    for prefix, count in (("train", 50), ("t10k", 20)):
        levels = np.arange(count)
        images = np.broadcast_to(levels[:, None, None], (count, 28, 28))
        for kind, array in (("images-idx3", images), ("labels-idx1", levels % 10)):
            path = tmp_path / f"{prefix}-{kind}-ubyte"
            if request.param == "packed":
                path.with_suffix(".gz").write_bytes(gzip.compress(idx(array)))
            else:
                path.write_bytes(idx(array))
    return str(tmp_path)


def test_parts_and_their_arrays(directory, capsys):
    mnist = read_data_sets(directory, validation_size=10)
    assert [part.num_examples for part in mnist] == [40, 10, 20]
    assert mnist._fields == ("train", "validation", "test")
    assert mnist.train.images.dtype == np.float32 and mnist.train.images.shape == (40, 784)
    assert mnist.train.labels.dtype == np.uint8 and mnist.train.labels.shape == (40,)
    np.testing.assert_array_equal(mnist.validation.labels, np.arange(10))
    np.testing.assert_array_equal(
        mnist.train.images[:, 0], np.arange(10, 50).astype(np.float32) * np.float32(1 / 255)
    )
    assert capsys.readouterr().out.count("Extracting ") == 4


def test_options(directory):
    mnist = read_data_sets(
        directory, one_hot=True, dtype=tf.uint8, reshape=False, validation_size=0
    )
    assert mnist.train.images.shape == (50, 28, 28, 1) and mnist.train.images.dtype == np.uint8
    assert mnist.test.labels.dtype == np.float64
    np.testing.assert_array_equal(mnist.test.labels, np.eye(10)[np.arange(20) % 10])
    assert mnist.validation.num_examples == 0


RECORDED = [
    [30, 32, 34, 13, 33, 16, 14, 49, 38, 15, 10, 36, 12, 44, 48],
    [35, 29, 20, 46, 28, 39, 11, 21, 23, 43, 42, 41, 31, 27, 25],
    [22, 17, 47, 40, 37, 18, 19, 26, 24, 45, 33, 42, 10, 17, 39],
    [19, 25, 43, 20, 30, 12, 26, 38, 40, 44, 34, 16, 21, 35, 14],
    [15, 41, 29, 18, 11, 37, 48, 31, 47, 23, 32, 27, 13, 36, 22],
    [49, 46, 45, 28, 24, 49, 12, 24, 14, 44, 43, 23, 30, 27, 41],
]


def test_batches_come_in_tensorflows_order(directory):
    # Recorded from TensorFlow 1.15: 50 images, the first 10 set apart, seed 5, batches of 15.
    train = read_data_sets(directory, validation_size=10, seed=5).train
    batches = [train.next_batch(15) for _ in range(6)]
    levels = [np.round(images[:, 0] * 255).astype(int).tolist() for images, _ in batches]
    assert levels == RECORDED
    for (_, labels), found in zip(batches, levels, strict=True):
        assert labels.tolist() == [level % 10 for level in found]
    assert train.epochs_completed == 2


def test_an_unshuffled_epoch_is_in_order(directory):
    test = read_data_sets(directory, validation_size=0).test
    labels = np.concatenate([test.next_batch(8, shuffle=False)[1] for _ in range(3)])
    assert labels.tolist() == [*(i % 10 for i in range(20)), 0, 1, 2, 3]
    assert test.epochs_completed == 1


def test_every_image_comes_once_an_epoch(directory):
    train = read_data_sets(directory, validation_size=0, seed=1).train
    labels = np.concatenate([train.next_batch(7)[0][:, 0] for _ in range(50)])
    for epoch in labels.reshape(7, 50):
        assert (np.sort(epoch) * 255).round().tolist() == list(range(50))


def test_the_graphs_seed_decides_where_no_other_does(directory):
    def first_labels():
        return read_data_sets(directory, validation_size=0).train.next_batch(20)[1].tolist()

    tf.set_random_seed(9)
    assert first_labels() == first_labels()
    tf.reset_default_graph()
    assert first_labels() != first_labels()


def test_fake_data():
    mnist = read_data_sets("/no/such/directory", fake_data=True, one_hot=True)
    images, labels = mnist.train.next_batch(2, fake_data=True)
    assert images == [[1] * 784] * 2 and labels == [[1] + [0] * 9] * 2
    assert mnist.train.num_examples == 10000
    plain = read_data_sets("/no/such/directory", fake_data=True)
    assert plain.test.next_batch(3, fake_data=True)[1] == [0, 0, 0]


def test_mistakes(directory):
    with pytest.raises(ValueError, match="Validation size should be between 0 and 50"):
        read_data_sets(directory)
    with pytest.raises(TypeError, match=r"Invalid image dtype tf\.float64"):
        read_data_sets(directory, dtype=tf.float64, validation_size=0)
    with pytest.raises(ValueError, match="2 images but 3 labels"):
        DataSet(np.zeros((2, 28, 28, 1), np.uint8), np.zeros(3))
    for name in os.listdir(directory):
        if name.startswith("t10k-labels"):
            labels = idx(np.full(20, 10))
            with open(os.path.join(directory, name), "wb") as file:
                file.write(labels)
    with pytest.raises(ValueError, match="label 10 is none of the ten"):
        read_data_sets(directory, one_hot=True, validation_size=0)


def test_missing_files_are_downloaded(tmp_path, monkeypatch, capsys):
    calls = []

    def fetch(url, path, sha256):
        calls.append((url, sha256))
        array = np.zeros((3, 28, 28)) if "images" in url else np.zeros(3)
        with open(path, "wb") as file:
            file.write(gzip.compress(idx(array)))

    monkeypatch.setattr(input_data, "download", fetch)
    read_data_sets(str(tmp_path / "new"), validation_size=1)
    assert [url.rpartition("/")[0] + "/" for url, _ in calls] == [input_data.DEFAULT_SOURCE_URL] * 4
    assert [sha256 for _, sha256 in calls] == list(input_data.SHA256.values())
    assert "Successfully downloaded train-images-idx3-ubyte.gz" in capsys.readouterr().out
    read_data_sets(str(tmp_path / "new"), validation_size=1)
    assert len(calls) == 4
    read_data_sets(str(tmp_path / "other"), validation_size=1, source_url="http://here/")
    assert calls[4] == ("http://here/train-images-idx3-ubyte.gz", None)


def test_offline_the_way_out_is_named(tmp_path, monkeypatch):
    def fail(url, path, sha256):
        raise OSError("no network")

    monkeypatch.setattr(input_data, "download", fail)
    with pytest.raises(OSError, match=r"missing and could not be .*--mnist=sample"):
        read_data_sets(str(tmp_path))


def test_the_sample_takes_the_place_of_mnist(monkeypatch):
    monkeypatch.setenv("FLOWGRAPH_MNIST", "sample")
    mnist = read_data_sets("/no/such/directory")
    assert [part.num_examples for part in mnist] == [3500, 500, 1000]
    assert np.bincount(mnist.test.labels).tolist() == [100] * 10
    few = read_data_sets("/no/such/directory", validation_size=100)
    assert [part.num_examples for part in few] == [3900, 100, 1000]
    monkeypatch.setenv("FLOWGRAPH_MNIST", "all")
    with pytest.raises(ValueError, match="FLOWGRAPH_MNIST must be 'sample'"):
        read_data_sets("/no/such/directory")
