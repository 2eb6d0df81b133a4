"""`tf.keras.datasets`: data sets that are fetched once and kept in ``~/.keras/datasets``."""

from __future__ import annotations

import os

import numpy as np

from flowgraph.compat.input_data import SOURCE_VARIABLE, sample_arrays
from flowgraph.datasets.download import download
from flowgraph.datasets.idx import read_idx
from flowgraph.dtypes import Array

ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"

Parts = tuple[tuple[Array, Array], tuple[Array, Array]]


def mnist(path: str = "mnist.npz") -> Parts:
    """Load MNIST: 60000 handwritten digits to train with and 10000 to test with.

    Parameters
    ----------
    path : str
        The file, below ``~/.keras/datasets``. It is downloaded if it is missing.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        uint8: images of shape (n, 28, 28) with grey levels from 0 to 255, and their digits.

    Raises
    ------
    OSError
        If the file is missing and cannot be downloaded.

    Notes
    -----
    Where the environment variable ``FLOWGRAPH_MNIST`` is ``sample``, which the option
    ``--mnist=sample`` of ``python -m flowgraph`` sets, the 5000 digits that come with flowgraph
    take its place: 4000 to train with and 1000 to test with.

    Examples
    --------
    >>> import os
    >>> os.environ["FLOWGRAPH_MNIST"] = "sample"
    >>> (x_train, y_train), (x_test, y_test) = tf.keras.datasets.mnist.load_data()
    Using 4000 + 1000 sample digits in place of MNIST
    >>> x_train.shape, y_train.shape, x_test.shape
    ((4000, 28, 28), (4000,), (1000, 28, 28))
    >>> del os.environ["FLOWGRAPH_MNIST"]
    """
    if os.environ.get(SOURCE_VARIABLE) == "sample":
        x_train, y_train, x_test, y_test = sample_arrays()
        return (x_train, y_train), (x_test, y_test)
    sha256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
    with np.load(_cached(path, "mnist.npz", sha256)) as arrays:
        return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])


def fashion_mnist() -> Parts:
    """Load Fashion-MNIST: 60000 pictures of clothes to train with and 10000 to test with.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        uint8: images of shape (n, 28, 28) with grey levels from 0 to 255, and ten kinds.

    Raises
    ------
    OSError
        If a file is missing in ``~/.keras/datasets/fashion-mnist`` and cannot be downloaded.
    """

    def read(name: str) -> Array:
        return read_idx(_cached(os.path.join("fashion-mnist", name), name))

    return (
        (read("train-images-idx3-ubyte.gz"), read("train-labels-idx1-ubyte.gz")),
        (read("t10k-images-idx3-ubyte.gz"), read("t10k-labels-idx1-ubyte.gz")),
    )


def boston_housing(
    path: str = "boston_housing.npz", test_split: float = 0.2, seed: int = 113
) -> Parts:
    """Load what houses of 506 districts of Boston cost, and 13 facts about each district.

    Parameters
    ----------
    path : str
        The file, below ``~/.keras/datasets``. It is downloaded if it is missing.
    test_split : float
        Which share, from 0 to less than 1, is to test with.
    seed : int
        Seeds NumPy's global generator, which shuffles the districts before they are split.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        float64: facts of shape (n, 13), and prices in thousands of dollars.

    Raises
    ------
    AssertionError
        If `test_split` is out of range.
    OSError
        If the file is missing and cannot be downloaded.
    """
    if not 0 <= test_split < 1:
        raise AssertionError
    sha256 = "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5"
    with np.load(_cached(path, "boston_housing.npz", sha256)) as arrays:
        x, y = arrays["x"], arrays["y"]
    np.random.seed(seed)  # noqa: NPY002
    order = np.arange(len(x))
    np.random.shuffle(order)  # noqa: NPY002
    train, test = np.split(order, [int(len(x) * (1 - test_split))])
    return (x[train], y[train]), (x[test], y[test])


def _cached(path: str, name: str, sha256: str | None = None) -> str:
    """Return the full path of a file that is downloaded if it is not there."""
    full = os.path.join(os.path.expanduser("~"), ".keras", "datasets", path)
    if not os.path.exists(full):
        os.makedirs(os.path.dirname(full), exist_ok=True)
        print("Downloading data from", ORIGIN + name)
        download(ORIGIN + name, full, sha256)
    return full
