"""`tf.keras.utils`: functions of NumPy's arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.dtypes import Array


def to_categorical(y: Any, num_classes: int | None = None, dtype: Any = "float32") -> Array:
    """Return numbers of classes as rows with a single 1.

    Parameters
    ----------
    y : array_like of int
        Classes from 0. A last axis of size 1 is dropped.
    num_classes : int, optional
        The length of a row: one more than the largest class if left out.
    dtype : dtype

    Returns
    -------
    ndarray
        The shape of `y`, and a last axis for the classes.

    Raises
    ------
    IndexError
        If a class is out of range.

    Examples
    --------
    >>> tf.keras.utils.to_categorical([1, 0, 2])
    array([[0., 1., 0.],
           [1., 0., 0.],
           [0., 0., 1.]], dtype=float32)
    """
    classes = np.array(y, dtype="int")
    sizes = classes.shape
    if len(sizes) > 1 and sizes[-1] == 1:
        sizes = sizes[:-1]
    flat = classes.ravel()
    length = num_classes or int(np.max(flat)) + 1
    rows = np.zeros((len(flat), length), dtype)
    rows[np.arange(len(flat)), flat] = 1
    return rows.reshape(*sizes, length)


def normalize(x: Any, axis: int = -1, order: Any = 2) -> Array:
    """Divide by the norm along an axis; what has the norm 0 stays as it is.

    Parameters
    ----------
    x : array_like
    axis : int
    order : int or float
        Of the norm, as in ``numpy.linalg.norm``.

    Examples
    --------
    >>> tf.keras.utils.normalize([[3.0, 4.0], [0.0, 0.0]])
    array([[0.6, 0.8],
           [0. , 0. ]])
    """
    norms = np.atleast_1d(np.linalg.norm(x, order, axis))
    norms[norms == 0] = 1
    return x / np.expand_dims(norms, axis)
