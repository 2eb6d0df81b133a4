"""Methods that stack elements to batches, and take batches apart."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.data import element
from flowgraph.data.base import DatasetBase, int64
from flowgraph.data.function import of_elements
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import nest
from flowgraph.ops.constant import constant
from flowgraph.ops.conversion import convert_to_tensor
from flowgraph.ops.dataset_batch import BatchDatasetV2, PaddedBatchDatasetV2, UnbatchDataset
from flowgraph.ops.dataset_map import MapDataset
from flowgraph.shapes import TensorShape


class Batching(DatasetBase):
    """The methods that stack elements."""

    def batch(self, batch_size: Any, drop_remainder: Any = False) -> Any:
        """Return elements that follow each other, stacked.

        Parameters
        ----------
        batch_size : int or Tensor
        drop_remainder : bool or Tensor
            Whether there is no smaller batch at the end. The size of batches is known statically
            then.

        Examples
        --------
        >>> dataset = tf.data.Dataset.range(7).batch(3)
        >>> print(dataset.output_shapes, tf.data.Dataset.range(7).batch(3, True).output_shapes)
        (?,) (3,)
        """
        size, drop = _sizes(batch_size, drop_remainder)
        spec = element.batched(self._spec, known_size(size, drop))
        return self._derived(BatchDatasetV2(**element.forms(spec)), [size, drop], spec)

    def padded_batch(
        self,
        batch_size: Any,
        padded_shapes: Any,
        padding_values: Any = None,
        drop_remainder: Any = False,
    ) -> Any:
        """Return elements that follow each other, padded to one shape and stacked.

        Parameters
        ----------
        batch_size : int or Tensor
        padded_shapes : nested structure of TensorShape or int64 Tensor
            To which each component is padded; unknown sizes become the batch's largest.
        padding_values : nested structure of scalars, optional
            0, or empty strings, if left out.
        drop_remainder : bool or Tensor
            Whether there is no smaller batch at the end.

        Raises
        ------
        TypeError
            If elements hold sparse tensors, or a padding value is of another dtype.
        ValueError
            If a shape does not fit.
        DataLossError
            When run: if a component is larger than its padded shape.

        Examples
        --------
        >>> dataset = tf.data.Dataset.range(1, 4).map(lambda n: tf.fill([tf.to_int32(n)], n))
        >>> rows = dataset.padded_batch(3, [None]).make_one_shot_iterator().get_next()
        >>> tf.Session().run(rows)
        array([[1, 0, 0],
               [2, 2, 0],
               [3, 3, 3]])
        """
        leaves = nest.flatten(self._spec)
        if not all(isinstance(leaf, element.TensorSpec) for leaf in leaves):
            raise TypeError("Batching of padded sparse tensors is not currently supported")
        size, drop = _sizes(batch_size, None)
        pairs = zip(element.leaves_like(self._spec, padded_shapes), leaves, strict=True)
        shapes = [_padded_shape(shape, leaf.shape) for shape, leaf in pairs]
        given = (
            [None] * len(leaves)
            if padding_values is None
            else element.leaves_like(self._spec, padding_values)
        )
        values = [
            _padding_value(value, leaf.dtype) for value, leaf in zip(given, leaves, strict=True)
        ]
        drop = convert_to_tensor(drop_remainder, dtypes.bool, name="drop_remainder")
        batch = TensorShape.of((known_size(size, drop),))
        specs = [
            element.TensorSpec(batch.concatenate(shape.static_shape()), leaf.dtype)
            for shape, leaf in zip(shapes, leaves, strict=True)
        ]
        spec = nest.pack_as(self._spec, specs)
        op = PaddedBatchDatasetV2(output_shapes=element.forms(spec)["output_shapes"], N=len(shapes))
        return self._derived(op, [size, shapes, values, drop], spec)

    def unbatch(self) -> Any:
        """Return the rows of each element.

        Examples
        --------
        >>> dataset = tf.data.Dataset.range(6).batch(2).unbatch()
        >>> print(dataset.output_shapes)
        ()
        """
        spec = self._spec
        single = type(spec) is not tuple
        function = of_elements(
            lambda *parts: tuple(element.encoded_slices(spec, parts[0] if single else parts)),
            "unbatch()",
            spec,
        )
        rows = self._derived(
            MapDataset(f=function.body, **element.forms(function.spec)), [function.captured]
        )
        spec = element.unbatched(spec)
        return rows._derived(UnbatchDataset(**element.forms(spec)), [], spec)


def _sizes(batch_size: Any, drop_remainder: Any) -> tuple[Tensor, Any]:
    size = int64(batch_size, "batch_size")
    if drop_remainder is None:
        return size, None
    return size, convert_to_tensor(drop_remainder, dtypes.bool, name="drop_remainder")


def known_size(size: Tensor, drop: Tensor) -> int | None:
    """Return the number of elements in each batch, where it is known."""
    drops, value = drop.static_value(), size.static_value()
    return int(value) if drops is not None and drops and value is not None else None


def _padded_shape(shape: Any, known: TensorShape) -> Tensor:
    """Return a padded shape as a tensor, -1 for sizes that are not known."""
    if isinstance(shape, Tensor):
        tensor = convert_to_tensor(shape, preferred_dtype=dtypes.int64)
        if tensor.shape.ndims not in (None, 1) or tensor.dtype.base_dtype is not dtypes.int64:
            raise TypeError(
                f"Padded shape {shape} must be a 1-D tensor of tf.int64 values, but its element "
                f"type was {tensor.dtype.name}."
            )
    else:
        try:
            sizes = [-1 if n is None else n for n in TensorShape(shape).as_list()]
        except (TypeError, ValueError) as error:
            dims = str(np.array(shape, dtype=object).shape)
            raise ValueError(
                f"Padded shape {shape} must be a 1-D tensor of tf.int64 values, but its shape was "
                f"{dims}."
            ) from error
        tensor = constant(np.array(sizes, np.int64))
    padded = tensor.static_shape()
    fits = padded.ndims is None or known.ndims is None or padded.ndims == known.ndims
    if fits and padded.ndims is not None and known.ndims is not None:
        pairs = zip(padded.as_list(), known.as_list(), strict=True)
        fits = all(n is None or m is None or m <= n for n, m in pairs)
    if not fits:
        raise ValueError(
            f"The padded shape {padded} is not compatible with the corresponding input component "
            f"shape {known}."
        )
    return tensor


def _padding_value(value: Any, dtype: Any) -> Tensor:
    if value is None:
        value = "" if dtype is dtypes.string else np.zeros((), dtype.numpy)
    tensor = convert_to_tensor(value, name="padding_value")
    if tensor.shape.ndims not in (None, 0):
        raise ValueError(f"Padding value should be a scalar, but is {value!r}.")
    if tensor.dtype.base_dtype is not dtype:
        raise TypeError(f"Padding value tensor ({tensor}) does not match output type: {dtype}")
    return tensor
