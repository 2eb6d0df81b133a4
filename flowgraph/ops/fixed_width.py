"""Counting values in bins of one width."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.dtypes import Array, DType
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import reshape
from flowgraph.ops.checks import invalid, with_rank
from flowgraph.ops.core import INDEX, apply, cast, convert_to_tensor, shape
from flowgraph.ops.division import truediv
from flowgraph.ops.magnitude import clip_by_value, floor
from flowgraph.shapes import TensorShape

_VALUES = Types((dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64))


class HistogramFixedWidth(Op):
    """How many values are in each of some bins of one width; the outer ones have no end."""

    signature = Signature(
        "values: T, value_range: T, nbins: int32 -> out: dtype", T=_VALUES, dtype=INDEX
    )
    host_inputs = (1, 2)

    dtype: DType = dtypes.int32

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        _, limits, nbins = inputs
        sizes = with_rank(limits.shape, 1).sizes
        if sizes is not None and sizes[0] not in (None, 2):
            raise ValueError(f"Dimension must be 2 but is {sizes[0]}")
        with_rank(nbins.shape, 0)
        count = nbins.static_value()
        if count is not None and count <= 0:
            raise ValueError(f"Requires nbins > 0: {int(count)}")
        return (TensorShape.of((None if count is None else int(count),)),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        values, limits, nbins = inputs
        if limits.shape != (2,):
            raise invalid("value_range should be a vector of 2 elements.")
        if nbins.shape != ():
            raise invalid("nbins should be a scalar.")
        low, high, count = limits[0], limits[1], int(nbins)
        if not low < high:
            raise invalid(
                "value_range should satisfy value_range[0] < value_range[1], but got "
                f"'[{low:g}, {high:g}]'"
            )
        if count <= 0:
            raise invalid(f"nbins should be a positive number, but got '{count}'")
        width = (float(high) - float(low)) / count
        # fmax counts a NaN in the first bin.
        above = (xp.fmax(values.reshape(-1), low) - low).astype(xp.float64)
        bins = xp.minimum(above / width, count - 1).astype(xp.int32)
        return xp.bincount(bins, minlength=count).astype(self.dtype.numpy)

    gradient = Op.not_differentiable


def histogram_fixed_width(
    values: Any,
    value_range: Any,
    nbins: Any = 100,
    dtype: Any = dtypes.int32,
    name: str | None = None,
) -> Tensor:
    """Return how many values are in each of some bins of one width.

    Parameters
    ----------
    values : Tensor
        int32, int64, float32 or float64.
    value_range : Tensor
        The lowest and the highest limit. Values beyond count in the outer bins.
    nbins : int
    dtype : DType
        int32 or int64.
    name : str, optional

    Raises
    ------
    ValueError
        If `nbins` is not positive.
    tf.errors.InvalidArgumentError
        If the lower limit is not below the higher one.

    Examples
    --------
    >>> values = [-1.0, 0.0, 1.5, 2.0, 5.0, 15.0]
    >>> tf.Session().run(tf.histogram_fixed_width(values, [0.0, 5.0], nbins=5))
    array([2, 1, 1, 0, 2], dtype=int32)
    """
    with name_scope(name, "histogram_fixed_width", [values, value_range, nbins]) as scope:
        kind = dtypes.as_dtype(dtype)
        if kind not in INDEX:
            raise TypeError(
                f"Value passed to parameter 'dtype' has DataType {kind.name} not in list of "
                f"allowed values: {INDEX}"
            )
        op = HistogramFixedWidth(dtype=kind)
        return apply(op, values, value_range, nbins, name=scope)


def histogram_fixed_width_bins(
    values: Any,
    value_range: Any,
    nbins: Any = 100,
    dtype: Any = dtypes.int32,
    name: str | None = None,
) -> Tensor:
    """Return the bin of each value. Parameters as for `histogram_fixed_width`.

    Examples
    --------
    >>> values = [-1.0, 0.0, 1.5, 2.0, 5.0, 15.0]
    >>> tf.Session().run(tf.histogram_fixed_width_bins(values, [0.0, 5.0], nbins=5))
    array([0, 0, 1, 2, 4, 4], dtype=int32)
    """
    with name_scope(name, "histogram_fixed_width_bins", [values, value_range, nbins]):
        values = convert_to_tensor(values, name="values")
        sizes = shape(values)
        values = reshape(values, [-1])
        limits = convert_to_tensor(value_range, name="value_range")
        nbins = cast(convert_to_tensor(nbins, dtypes.int32, name="nbins"), values.dtype)
        offset = values - limits[0]
        scaled = truediv(offset, limits[1] - limits[0], name="scaled_values")
        bins = floor(nbins * scaled, name="indices")
        bins = cast(clip_by_value(bins, 0, nbins - 1), dtype)
        return reshape(bins, sizes)
