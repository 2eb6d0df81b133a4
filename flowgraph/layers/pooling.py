"""Pooling layers over one, two and three axes."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.tensor import Tensor
from flowgraph.layers.input_spec import InputSpec
from flowgraph.layers.layer import Layer
from flowgraph.layers.windows import data_format_of, layout, padding_of, per_axis, windows_along
from flowgraph.ops.array import expand_dims, squeeze, transpose
from flowgraph.ops.pooling import avg_pool, max_pool
from flowgraph.ops.pooling_3d import avg_pool3d, max_pool3d
from flowgraph.shapes import TensorShape, as_shape


class _Pooling(Layer):
    """Parameters and errors as for `max_pooling2d`."""

    rank: int
    function: Any

    def __init__(
        self,
        pool_size: Any,
        strides: Any,
        padding: str = "valid",
        data_format: str = "channels_last",
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.pool_size = per_axis(pool_size, self.rank, "pool_size")
        self.strides = per_axis(pool_size if strides is None else strides, self.rank, "strides")
        self.padding = padding_of(padding)
        self.data_format = data_format_of(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def _pool(self, image: Tensor, sizes: Any, strides: Any, form: str) -> Tensor:
        """Pool over the axes that are not those of batch and channels."""

        def per_input_axis(each: tuple[int, ...]) -> tuple[int, ...]:
            return (1, *each, 1) if form.endswith("C") else (1, 1, *each)

        result: Tensor = type(self).function(
            image, per_input_axis(sizes), per_input_axis(strides), self.padding.upper(), form
        )
        return result

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        sizes = as_shape(input_shape).with_rank(self.rank + 2).as_list()
        first = 1 if self.data_format == "channels_last" else 2
        for axis, (window, stride) in enumerate(zip(self.pool_size, self.strides, strict=True)):
            sizes[first + axis] = windows_along(sizes[first + axis], window, self.padding, stride)
        return TensorShape.of(tuple(sizes))


class _Pooling1D(_Pooling):
    rank = 1

    def call(self, inputs: Any) -> Tensor:  # type: ignore[override]
        axis = 2 if self.data_format == "channels_last" else 3
        image, sizes, strides = expand_dims(inputs, axis), (*self.pool_size, 1), (*self.strides, 1)
        if axis == 2:
            return squeeze(self._pool(image, sizes, strides, "NHWC"), [axis])
        last = self._pool(transpose(image, (0, 2, 3, 1)), sizes, strides, "NHWC")
        return squeeze(transpose(last, (0, 3, 1, 2)), [axis])


class _Pooling2D(_Pooling):
    rank = 2

    def call(self, inputs: Any) -> Tensor:  # type: ignore[override]
        return self._pool(inputs, self.pool_size, self.strides, layout(self.data_format, 2))


class _Pooling3D(_Pooling):
    rank = 3

    def call(self, inputs: Any) -> Tensor:  # type: ignore[override]
        if self.data_format == "channels_last":
            return self._pool(inputs, self.pool_size, self.strides, "NDHWC")
        last = transpose(inputs, (0, 2, 3, 4, 1))
        return transpose(self._pool(last, self.pool_size, self.strides, "NDHWC"), (0, 4, 1, 2, 3))


class AveragePooling1D(_Pooling1D):
    """The means of windows. Parameters as for `average_pooling1d`."""

    function = staticmethod(avg_pool)


class AveragePooling2D(_Pooling2D):
    """The means of windows. Parameters as for `average_pooling2d`."""

    function = staticmethod(avg_pool)


class AveragePooling3D(_Pooling3D):
    """The means of windows. Parameters as for `average_pooling3d`."""

    function = staticmethod(avg_pool3d)


class MaxPooling1D(_Pooling1D):
    """The largest elements of windows. Parameters as for `max_pooling1d`."""

    function = staticmethod(max_pool)


class MaxPooling2D(_Pooling2D):
    """The largest elements of windows. Parameters as for `max_pooling2d`."""

    function = staticmethod(max_pool)


class MaxPooling3D(_Pooling3D):
    """The largest elements of windows. Parameters as for `max_pooling3d`."""

    function = staticmethod(max_pool3d)


def average_pooling1d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Tensor:
    """Take the mean of each window of sequences ``(batch, width, channels)``.

    Parameters as for `max_pooling2d`.
    """
    layer = AveragePooling1D(pool_size, strides, padding, data_format, name)
    return layer(inputs)  # type: ignore[no-any-return]


def average_pooling2d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Tensor:
    """Take the mean of each window of images.

    Parameters as for `max_pooling2d`.
    """
    layer = AveragePooling2D(pool_size, strides, padding, data_format, name)
    return layer(inputs)  # type: ignore[no-any-return]


def average_pooling3d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Tensor:
    """Take the mean of each window of volumes.

    Parameters as for `max_pooling2d`.
    """
    layer = AveragePooling3D(pool_size, strides, padding, data_format, name)
    return layer(inputs)  # type: ignore[no-any-return]


def max_pooling1d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Tensor:
    """Take the largest element of each window of sequences ``(batch, width, channels)``.

    Parameters as for `max_pooling2d`.
    """
    layer = MaxPooling1D(pool_size, strides, padding, data_format, name)
    return layer(inputs)  # type: ignore[no-any-return]


def max_pooling2d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Tensor:
    """Take the largest element of each window of an image.

    Parameters
    ----------
    inputs : Tensor
        ``(batch, height, width, channels)``.
    pool_size : int or pair of int
        The size of a window: one number, or one for each of height and width.
    strides : int or pair of int
        Steps between windows; ``None`` for those of `pool_size`.
    padding : {"valid", "same"}
        Only whole windows, or as many as it takes to cover the image.
    data_format : {"channels_last", "channels_first"}
        With the latter images are ``(batch, channels, height, width)``.
    name : str, optional

    Returns
    -------
    Tensor
        ``(batch, height', width', channels)``, of the dtype of `inputs`.

    Raises
    ------
    ValueError
        If the rank is not 4, or an argument is not as stated.

    Examples
    --------
    >>> tf.layers.max_pooling2d(tf.ones([2, 8, 8, 3]), pool_size=2, strides=2)
    <tf.Tensor 'max_pooling2d/MaxPool:0' shape=(2, 4, 4, 3) dtype=float32>
    """
    layer = MaxPooling2D(pool_size, strides, padding, data_format, name)
    return layer(inputs)  # type: ignore[no-any-return]


def max_pooling3d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Tensor:
    """Take the largest element of each window of volumes.

    Parameters as for `max_pooling2d`.
    """
    layer = MaxPooling3D(pool_size, strides, padding, data_format, name)
    return layer(inputs)  # type: ignore[no-any-return]
