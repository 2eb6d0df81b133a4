"""Patches of images: each window's pixels as one row of channels."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.errors import InvalidArgumentError, OutOfRangeError, UnimplementedError
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import add, multiply
from flowgraph.ops.array import reshape, transpose
from flowgraph.ops.checks import bracketed, invalid, renamed_argument, with_rank
from flowgraph.ops.core import apply, shape
from flowgraph.ops.gathering import unsorted_segment_sum
from flowgraph.ops.indexing import strided_slice
from flowgraph.ops.packing import stack, unstack
from flowgraph.ops.sequences import range as range_
from flowgraph.ops.windows import Window, place
from flowgraph.shapes import TensorShape

_PIXELS = Types(
    (
        dtypes.float32, dtypes.float64, dtypes.int32, dtypes.uint8, dtypes.int16, dtypes.int8,
        dtypes.int64, dtypes.bfloat16, dtypes.uint16, dtypes.float16, dtypes.uint32, dtypes.uint64,
    )
)  # fmt: skip


class ExtractImagePatches(Op):
    """The pixels of each window of an image, behind each other."""

    signature = Signature("images: T -> patches: T", T=_PIXELS)

    ksizes: tuple[int, ...]
    strides: tuple[int, ...]
    rates: tuple[int, ...]
    padding: str

    def __post_init__(self) -> None:
        for name in ("ksizes", "strides", "rates"):
            count = len(getattr(self, name))
            if count < 4:
                raise ValueError(
                    f"Attr '{name}' of '{self.type}' Op passed list of length {count} "
                    "less than minimum 4."
                )
        if not isinstance(self.padding, str):
            raise TypeError(f"Expected string for argument 'padding' not {self.padding!r}.")
        if self.padding not in ("SAME", "VALID"):
            raise ValueError(
                f"Attr 'padding' of '{self.type}' Op passed string '{self.padding}' not in: "
                '"SAME", "VALID".'
            )

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        for name in ("ksizes", "strides", "rates"):
            count = len(getattr(self, name))
            if count != 4:
                raise ValueError(
                    f"{self.type} requires the {name} attribute to contain 4 values, "
                    f"but got: {count}"
                )
        sizes = with_rank(inputs[0].shape, 4).sizes or (None,) * 4
        try:
            places = [
                None if size is None else self._window(size, axis).output
                for axis, size in enumerate(sizes[1:3], 1)
            ]
        except InvalidArgumentError as error:
            raise ValueError(error.message) from error
        if None in places:
            places = [None, None]
        taken = self.ksizes[1] * self.ksizes[2]
        channels = None if sizes[3] is None else sizes[3] * taken
        return (TensorShape.of((sizes[0], *places, channels)),)

    def _window(self, size: int, axis: int) -> Window:
        kernel, stride, rate = self.ksizes[axis], self.strides[axis], self.rates[axis]
        if rate < 1:
            raise invalid(f"Dilation rate must be >= 1, but got {rate}")
        if stride <= 0:
            raise invalid(f"Stride must be > 0, but got {stride}")
        return place(size, kernel, stride, rate, self.padding)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        images = inputs[0]
        if images.ndim != 4:
            raise invalid(f"input must be 4-dimensional{bracketed(images.shape)}")
        for name in ("ksizes", "strides", "rates"):
            values = getattr(self, name)
            if values[0] != 1 or values[3] != 1:
                raise UnimplementedError(None, None, f"Only support {name} across space.")
        if min(self.ksizes) < 1:
            raise OutOfRangeError(None, None, "ksizes is out of range.")
        rows, columns = (self._window(images.shape[axis], axis) for axis in (1, 2))
        batch, channels = images.shape[0], images.shape[3]
        patches = xp.zeros(
            (batch, rows.output, columns.output, rows.kernel, columns.kernel, channels),
            images.dtype,
        )
        for i in range(rows.kernel):
            to_row, from_row = rows.overlap(i)
            for j in range(columns.kernel):
                to_column, from_column = columns.overlap(j)
                patches[:, to_row, to_column, i, j] = images[:, from_row, from_column]
        taken = rows.kernel * columns.kernel * channels
        return patches.reshape(*patches.shape[:3], taken)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        batch, height, width, channels = unstack(shape(operation.inputs[0]), 4)
        _, rows, columns, _ = unstack(shape(dys[0]), 4)
        # Each element of a patch is numbered by the pixel it came from; borders are number 0.
        pixels = multiply(height, width)
        numbers = reshape(range_(1, add(pixels, 1)), stack([1, height, width, 1]))
        origins = reshape(apply(self, numbers), [-1])
        taken = self.ksizes[1] * self.ksizes[2]
        parts = reshape(dys[0], stack([batch, rows, columns, taken, channels]))
        parts = transpose(parts, [1, 2, 3, 0, 4])
        parts = reshape(parts, stack([-1, batch, channels]))
        sums = strided_slice(
            unsorted_segment_sum(parts, origins, add(pixels, 1)), [1], [0], end_mask=1
        )
        image = reshape(sums, stack([height, width, batch, channels]))
        return (transpose(image, [2, 0, 1, 3]),)


def extract_image_patches(
    images: Any,
    ksizes: Any = None,
    strides: Any = None,
    rates: Any = None,
    padding: Any = None,
    name: str | None = None,
    sizes: Any = None,
) -> Tensor:
    """Return each window of images as one pixel of many channels.

    Parameters
    ----------
    images : Tensor
        ``(batch, height, width, channels)`` of a number type.
    ksizes, sizes : list of int
        ``[1, height, width, 1]`` of the windows. One of the two.
    strides : list of int
        ``[1, rows, columns, 1]``: steps between windows.
    rates : list of int
        ``[1, rows, columns, 1]``: steps between the pixels of a window.
    padding : str
        ``"VALID"``: only whole windows. ``"SAME"``: as many as it takes to cover the image, with
        zeros beyond its border.
    name : str, optional

    Returns
    -------
    Tensor
        ``(batch, rows, columns, height * width * channels)``.

    Raises
    ------
    ValueError
        If a list has not four elements, or a window is larger than the image.

    Examples
    --------
    >>> x = tf.reshape(tf.range(9), [1, 3, 3, 1])
    >>> ones = [1, 1, 1, 1]
    >>> patches = tf.image.extract_image_patches(x, [1, 2, 2, 1], ones, ones, "VALID")
    >>> tf.Session().run(patches)[0, 0]
    array([[0, 1, 3, 4],
           [1, 2, 4, 5]], dtype=int32)
    """
    return _patches(
        images, renamed_argument("ksizes", ksizes, "sizes", sizes), strides, rates, padding, name
    )


def extract_patches(
    images: Any, sizes: Any, strides: Any, rates: Any, padding: str, name: str | None = None
) -> Tensor:
    """Return each window of images as one pixel of many channels.

    Parameters
    ----------
    images, sizes, strides, rates, padding, name
        As for `extract_image_patches`.

    Examples
    --------
    >>> x = tf.reshape(tf.range(9), [1, 3, 3, 1])
    >>> ones = [1, 1, 1, 1]
    >>> tf.image.extract_patches(x, [1, 3, 3, 1], ones, ones, "VALID")
    <tf.Tensor 'ExtractImagePatches:0' shape=(1, 1, 1, 9) dtype=int32>
    """
    return _patches(images, sizes, strides, rates, padding, name)


def _patches(
    images: Any, sizes: Any, strides: Any, rates: Any, padding: Any, name: str | None
) -> Tensor:
    lists = {"ksizes": sizes, "strides": strides, "rates": rates}
    for argument, value in lists.items():
        if not isinstance(value, list | tuple):
            raise TypeError(
                f"Expected list for '{argument}' argument to 'extract_image_patches' Op, "
                f"not {value!r}."
            )
    integers = {argument: tuple(int(n) for n in value) for argument, value in lists.items()}
    return apply(ExtractImagePatches(**integers, padding=padding), images, name=name)
