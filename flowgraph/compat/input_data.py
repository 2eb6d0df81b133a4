"""MNIST as TensorFlow 1.x's tutorials read it: `read_data_sets` and the batches it deals out."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from flowgraph.datasets import mnist_sample
from flowgraph.datasets.download import download
from flowgraph.datasets.idx import read_idx
from flowgraph.dtypes import Array, as_dtype, float32, uint8
from flowgraph.ops.random import get_seed

DEFAULT_SOURCE_URL = "https://storage.googleapis.com/cvdf-datasets/mnist/"

TRAIN_IMAGES = "train-images-idx3-ubyte.gz"
TRAIN_LABELS = "train-labels-idx1-ubyte.gz"
TEST_IMAGES = "t10k-images-idx3-ubyte.gz"
TEST_LABELS = "t10k-labels-idx1-ubyte.gz"

SHA256 = {
    TRAIN_IMAGES: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    TRAIN_LABELS: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    TEST_IMAGES: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    TEST_LABELS: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}

SOURCE_VARIABLE = "FLOWGRAPH_MNIST"
"""The environment variable that chooses the packaged digits: its only value is ``sample``."""

SAMPLE_TRAIN = 4000
SAMPLE_VALIDATION = 500


class DataSet:
    """Images with their labels, dealt out in batches.

    Parameters
    ----------
    images : uint8 array, [n, rows, columns, 1]
        Grey levels from 0 to 255.
    labels : array, [n] or [n, classes]
        What each image shows.
    fake_data : bool
        Whether `next_batch` is going to be asked for made-up batches only.
    one_hot : bool
        Whether made-up labels are rows of ten.
    dtype : tf.uint8 or tf.float32
        float32 scales the grey levels to [0, 1].
    reshape : bool
        Whether an image becomes one row.
    seed : int, optional
        Seeds NumPy's global generator, from which `next_batch` draws its order. Without it the
        graph's seed does, and without that it is seeded afresh, as in TensorFlow.

    Raises
    ------
    TypeError
        If `dtype` is another.
    ValueError
        If the images are not as many as the labels, or have several channels and are to be
        reshaped.

    Examples
    --------
    >>> from flowgraph.compat.input_data import DataSet
    >>> digits = DataSet(np.zeros((5, 28, 28, 1), np.uint8), np.arange(5), seed=1)
    >>> images, labels = digits.next_batch(3)
    >>> images.shape, labels, digits.epochs_completed
    ((3, 784), array([2, 1, 4]), 0)
    """

    def __init__(
        self,
        images: Array,
        labels: Array,
        fake_data: bool = False,
        one_hot: bool = False,
        dtype: object = float32,
        reshape: bool = True,
        seed: int | None = None,
    ) -> None:
        graph_seed, op_seed = get_seed(seed)
        np.random.seed(graph_seed if seed is None else op_seed)  # noqa: NPY002
        dtype = as_dtype(dtype).base_dtype
        if dtype not in (uint8, float32):
            raise TypeError(f"Invalid image dtype {dtype!r}, expected uint8 or float32")
        self._num_examples, self.one_hot = 10000, one_hot
        if not fake_data:
            if len(images) != len(labels):
                raise ValueError(f"there are {len(images)} images but {len(labels)} labels")
            self._num_examples = len(images)
            if reshape:
                if images.shape[3] != 1:
                    raise ValueError(f"cannot reshape images of {images.shape[3]} channels")
                images = images.reshape(len(images), math.prod(images.shape[1:]))
            if dtype == float32:
                images = np.multiply(images.astype(np.float32), np.float32(1 / 255))
        self._images, self._labels = images, labels
        self._epochs_completed = 0
        self._index_in_epoch = 0

    @property
    def images(self) -> Array:
        """The images, in the order of the epoch."""
        return self._images

    @property
    def labels(self) -> Array:
        """The labels, in the order of the epoch."""
        return self._labels

    @property
    def num_examples(self) -> int:
        """How many images there are."""
        return self._num_examples

    @property
    def epochs_completed(self) -> int:
        """How often all images have been dealt out."""
        return self._epochs_completed

    def next_batch(
        self, batch_size: int, fake_data: bool = False, shuffle: bool = True
    ) -> tuple[Array, Array]:
        """Deal out the next images and labels.

        A batch that reaches past the last image is filled from the next epoch, for which the
        images are shuffled anew.

        Parameters
        ----------
        batch_size : int
            How many.
        fake_data : bool
            Give lists of 784 ones, with the label 0, instead.
        shuffle : bool
            Whether an epoch's order is drawn at random when it begins.
        """
        if fake_data:
            label = [1] + [0] * 9 if self.one_hot else 0
            return [[1] * 784 for _ in range(batch_size)], [label for _ in range(batch_size)]
        if shuffle and self._epochs_completed == 0 and self._index_in_epoch == 0:
            self._shuffle()
        start, end = self._index_in_epoch, self._index_in_epoch + batch_size
        if end <= self._num_examples:
            self._index_in_epoch = end
            return self._images[start:end], self._labels[start:end]
        last_images, last_labels = self._images[start:], self._labels[start:]
        self._epochs_completed += 1
        if shuffle:
            self._shuffle()
        end = self._index_in_epoch = end - self._num_examples
        images, labels = self._images[:end], self._labels[:end]
        return np.concatenate([last_images, images]), np.concatenate([last_labels, labels])

    def _shuffle(self) -> None:
        order = np.arange(self._num_examples)
        np.random.shuffle(order)  # noqa: NPY002
        self._images, self._labels = self._images[order], self._labels[order]


class Datasets(NamedTuple):
    """The three parts of MNIST."""

    train: DataSet
    validation: DataSet
    test: DataSet


def read_data_sets(
    train_dir: str,
    fake_data: bool = False,
    one_hot: bool = False,
    dtype: object = float32,
    reshape: bool = True,
    validation_size: int = 5000,
    seed: int | None = None,
    source_url: str = DEFAULT_SOURCE_URL,
) -> Datasets:
    """Read MNIST, or a set in its format, from a directory.

    Parameters
    ----------
    train_dir : str
        Where the four IDX files are, compressed (``train-images-idx3-ubyte.gz``) or not. Those
        that are missing are downloaded there.
    fake_data : bool
        Read nothing: the parts deal out made-up batches.
    one_hot : bool
        Give labels as rows of ten, float64, and not as uint8 numbers.
    dtype : tf.uint8 or tf.float32
        float32 scales the grey levels to [0, 1].
    reshape : bool
        Give images as rows of 784, and not as [28, 28, 1].
    validation_size : int
        How many of the training images, from the first, are set apart for validation.
    seed : int, optional
        See `DataSet`.
    source_url : str
        The directory to download from, with its last slash.

    Returns
    -------
    Datasets
        ``train``, ``validation`` and ``test``.

    Raises
    ------
    OSError
        If a file is missing and cannot be downloaded.
    ValueError
        If `validation_size` is negative or exceeds the training images, or a file is damaged.

    Notes
    -----
    Where the environment variable ``FLOWGRAPH_MNIST`` is ``sample``, which the option
    ``--mnist=sample`` of ``python -m flowgraph`` sets, neither the directory nor the network is
    used. The 5000 digits of `tf.datasets.mnist_sample` take the place of MNIST: 4000 to train,
    of which the first `validation_size`, but at most 500, are set apart, and 1000 to test.

    Examples
    --------
    >>> import os
    >>> from flowgraph.compat.input_data import read_data_sets
    >>> os.environ["FLOWGRAPH_MNIST"] = "sample"
    >>> mnist = read_data_sets("MNIST_data", one_hot=True, seed=1)
    Using 4000 + 1000 sample digits in place of MNIST
    >>> mnist.train.num_examples, mnist.validation.num_examples, mnist.test.num_examples
    (3500, 500, 1000)
    >>> images, labels = mnist.train.next_batch(10)
    >>> images.shape, labels.shape
    ((10, 784), (10, 10))
    >>> del os.environ["FLOWGRAPH_MNIST"]
    """

    def dataset(images: Array, labels: Array) -> DataSet:
        return DataSet(images, labels, fake_data, one_hot, dtype, reshape, seed)

    if fake_data:
        return Datasets(dataset([], []), dataset([], []), dataset([], []))
    source = os.environ.get(SOURCE_VARIABLE, "")
    if source not in ("", "sample"):
        raise ValueError(f"{SOURCE_VARIABLE} must be 'sample' or unset, not {source!r}")
    if source:
        validation_size = min(validation_size, SAMPLE_VALIDATION)
    parts = sample_arrays if source else lambda: _files(train_dir, source_url or DEFAULT_SOURCE_URL)
    train_images, train_labels, test_images, test_labels = _arrays(parts, one_hot)
    if not 0 <= validation_size <= len(train_images):
        raise ValueError(
            f"Validation size should be between 0 and {len(train_images)}. "
            f"Received: {validation_size}."
        )
    return Datasets(
        dataset(train_images[validation_size:], train_labels[validation_size:]),
        dataset(train_images[:validation_size], train_labels[:validation_size]),
        dataset(test_images, test_labels),
    )


def _arrays(parts: Callable[[], list[Array]], one_hot: bool) -> list[Array]:
    arrays = parts()
    for i, (array, rank) in enumerate(zip(arrays, (3, 1, 3, 1), strict=True)):
        if array.ndim != rank or array.dtype != np.uint8:
            kind = "labels" if rank == 1 else "images"
            raise ValueError(f"{array.dtype} of shape {array.shape} cannot be MNIST's {kind}")
        if rank == 3:
            arrays[i] = array[..., np.newaxis]
        elif one_hot:
            if array.max(initial=0) > 9:
                raise ValueError(f"label {array.max()} is none of the ten of one_hot")
            arrays[i] = np.eye(10)[array]
    return arrays


def sample_arrays() -> list[Array]:
    """Return the packaged digits: images and labels to train with, and those to test with."""
    train, test = mnist_sample().split(SAMPLE_TRAIN)
    print(f"Using {SAMPLE_TRAIN} + {len(test.labels)} sample digits in place of MNIST")
    labels = (part.labels.astype(np.uint8) for part in (train, test))
    return [train.images, next(labels), test.images, next(labels)]


def _files(directory: str, source_url: str) -> list[Array]:
    arrays = []
    for name in SHA256:
        path = os.path.join(directory, name)
        plain = path.removesuffix(".gz")
        if not os.path.exists(path) and os.path.exists(plain):
            path = plain
        elif not os.path.exists(path):
            _fetch(source_url, name, path)
        print("Extracting", path)
        arrays.append(read_idx(path))
    return arrays


def _fetch(source_url: str, name: str, path: str) -> None:
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    url = source_url + name
    print("Downloading", url)
    try:
        download(url, path, SHA256[name] if source_url == DEFAULT_SOURCE_URL else None)
    except OSError as error:
        raise OSError(
            f"{path} is missing and could not be downloaded from {url}: {error}. Put the file "
            f"there, or use the digits that come with flowgraph: python -m flowgraph "
            f"--mnist=sample SCRIPT, or {SOURCE_VARIABLE}=sample in the environment."
        ) from error
    print("Successfully downloaded", name, os.path.getsize(path), "bytes.")
