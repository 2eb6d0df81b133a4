"""Max pooling that also gives the places of the maxima, and its gradient."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array, DType, as_dtype
from flowgraph.graph.op import Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import pooling_kernels as kernels
from flowgraph.ops.checks import invalid, with_rank
from flowgraph.ops.core import INDEX, REALS, apply, apply_all
from flowgraph.ops.pooling_rules import Pool, lowest
from flowgraph.ops.types import INDICES
from flowgraph.shapes import TensorShape


class _Argmax(Pool, abstract=True):
    include_batch_in_index: bool = False

    def pools_channels(self) -> bool:
        return True


class MaxPoolWithArgmax(_Argmax):
    """The largest element of each window and its flattened index."""

    signature = Signature("input: T -> output: T, argmax: Targmax", T=REALS, Targmax=INDEX)
    takes_missing_gradients = True

    Targmax: DType = dtypes.int64

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        shape = self.output_shape(inputs[0].shape)
        return (shape, shape)

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        (x,) = inputs
        windows = self.windows(x.shape)
        largest = xp.empty(self.pooled_sizes(x.shape, windows), dtype=x.dtype)
        kernels.max_pool(xp, x, windows, lowest(x), largest)
        counted = x.shape if self.include_batch_in_index else (1, *x.shape[1:])
        index = xp.arange(int(np.prod(counted)), dtype=self.Targmax.numpy).reshape(counted)
        places = xp.broadcast_to(index, x.shape)
        argmax = kernels.max_pool_gradient_adjoint(xp, x, places, windows, lowest(x))
        return largest, argmax

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        if dys[0] is None:
            return (None,)
        attributes = self.attributes()
        del attributes["Targmax"]
        op = MaxPoolGradWithArgmax(**attributes)
        return (apply(op, operation.inputs[0], dys[0], operation.outputs[1]),)


class MaxPoolGradWithArgmax(_Argmax):
    """The gradient of `MaxPoolWithArgmax`: each window's goes where its index says."""

    signature = Signature(
        "input: T, grad: T, argmax: Targmax -> output: T", T=REALS, Targmax=INDICES
    )

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (with_rank(inputs[0].shape, 4),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, dy, argmax = inputs
        sizes = self.pooled_sizes(x.shape, self.windows(x.shape))
        self.check_sizes("grad", dy, sizes)
        self.check_sizes("argmax", argmax, sizes)
        index = argmax.astype(np.int64)
        if not self.include_batch_in_index:
            image = int(np.prod(x.shape[1:]))
            index = index + image * xp.arange(len(x)).reshape(-1, 1, 1, 1)
        if index.size and (int(index.min()) < 0 or int(index.max()) >= x.size):
            raise invalid(f"argmax holds an index that is not in [0, {x.size})")
        total = xp.bincount(index.ravel(), weights=dy.ravel(), minlength=x.size)
        return total.reshape(x.shape).astype(x.dtype)


class PooledWithArgmax(NamedTuple):
    """The result of `max_pool_with_argmax`."""

    output: Tensor
    argmax: Tensor


# Results print under the op's name, which the op's own class has here.
PooledWithArgmax.__name__ = "MaxPoolWithArgmax"


def max_pool_with_argmax(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str | None = "NHWC",
    Targmax: Any = None,
    name: str | None = None,
    output_dtype: Any = None,
    include_batch_in_index: bool = False,
) -> PooledWithArgmax:
    """Take the largest element of each window of an image, and where it is.

    Parameters
    ----------
    input : Tensor
        ``(batch, height, width, channels)``, any real dtype.
    ksize, strides : list of int
        Size of the windows and steps between them, one for each axis.
    padding : str
        ``"VALID"`` or ``"SAME"``.
    data_format : str
        ``"NHWC"``.
    Targmax, output_dtype : DType, optional
        Dtype of the indices, int64 by default. One of the two.
    name : str, optional
    include_batch_in_index : bool
        Count the elements of all images, not of each image alone.

    Returns
    -------
    output, argmax : Tensor
        The maxima and the indices ``(y * width + x) * channels + c``.

    Raises
    ------
    ValueError
        If a window is larger than the image, or the shape does not fit.

    Examples
    --------
    >>> import flowgraph as tf
    >>> x = tf.reshape(tf.constant([1.0, 4.0, 3.0, 2.0]), [1, 2, 2, 1])
    >>> _, argmax = tf.nn.max_pool_with_argmax(x, [1, 2, 2, 1], [1, 2, 2, 1], "VALID")
    >>> tf.Session().run(argmax).ravel()
    array([1])
    """
    if data_format != "NHWC":
        raise ValueError("Data formats other than 'NHWC' are not yet supported")
    if Targmax is not None and output_dtype is not None:
        raise ValueError("Cannot specify both 'Targmax' and 'output_dtype'")
    chosen = Targmax if output_dtype is None else output_dtype
    op = MaxPoolWithArgmax(
        ksize=tuple(ksize),
        strides=tuple(strides),
        padding=padding,
        Targmax=dtypes.int64 if chosen is None else as_dtype(chosen),
        include_batch_in_index=include_batch_in_index,
    )
    return PooledWithArgmax(*apply_all(op, input, name=name))
