"""Beams in memory: batches tiled to them, and arrays sorted by the sequences found."""

from __future__ import annotations

import logging
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import control_dependencies, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import nest
from flowgraph.ops.array import expand_dims, reshape, transpose
from flowgraph.ops.assertions import assert_that
from flowgraph.ops.beam_search import gather_tree
from flowgraph.ops.comparison import equal, logical_and, logical_or
from flowgraph.ops.core import cast, convert_to_tensor
from flowgraph.ops.core import shape as shape_of
from flowgraph.ops.joining import concat
from flowgraph.ops.masking import sequence_mask
from flowgraph.ops.packing import stack
from flowgraph.ops.rearranging import tile
from flowgraph.ops.reduction import reduce_max
from flowgraph.ops.scattering import gather_nd
from flowgraph.ops.selection import where
from flowgraph.ops.sequences import range as range_of
from flowgraph.ops.tensor_array import TensorArray
from flowgraph.shapes import TensorShape

_log = logging.getLogger("flowgraph")


def tile_batch(t: Any, multiplier: int, name: str | None = None) -> Any:
    """Repeat each row of a batch, so that there is one for each beam of a search.

    Parameters
    ----------
    t : Tensor or nested structure of Tensor
        ``(batch, ...)``.
    multiplier : int
        How many of each there are to be.
    name : str, optional

    Returns
    -------
    Tensor or nested structure of Tensor
        ``(batch * multiplier, ...)``, the same rows beside each other.

    Raises
    ------
    ValueError
        If a rank is not known, or 0.

    Examples
    --------
    >>> tf.Session().run(tf.contrib.seq2seq.tile_batch(tf.constant([1, 2]), 3))
    array([1, 1, 1, 2, 2, 2], dtype=int32)
    """
    with name_scope(name, "tile_batch", [*nest.flatten(t), multiplier]):
        return nest.map_structure(lambda part: _tiled(part, multiplier), t)


def _tiled(given: Any, multiplier: int) -> Tensor:
    t = convert_to_tensor(given, name="t")
    sizes = shape_of(t)
    if not t.shape.rank:
        raise ValueError("t must have statically known rank")
    repeated = tile(expand_dims(t, 1), [1, multiplier, *[1] * (t.shape.rank - 1)])
    result = reshape(repeated, concat(([sizes[0] * multiplier], sizes[1:]), 0))
    rows = t.shape[0].value
    known = TensorShape.of((None if rows is None else rows * multiplier,))
    result.set_shape(known.concatenate(t.shape[1:]))
    return result


def sorted_by_beam(
    part: Any, parent_ids: Tensor, lengths: Tensor, batch_size: Tensor, beam_width: int
) -> Any:
    """Return an array as a tensor in which each beam is the sequence found, step by step.

    Parameters
    ----------
    part : TensorArray or Tensor
        Tensors, and arrays whose elements are not of all beams, are returned as they are.
    parent_ids : Tensor
        ``(time, batch, beams)``.
    lengths : Tensor
        ``(batch, beams)``.
    batch_size : Tensor
    beam_width : int
    """
    if not isinstance(part, TensorArray):
        return part
    shape = part.element_shape
    if not shape.rank:
        _log.warning(
            "The TensorArray %s in the state is not sorted by beam: its elements' shape is %s.",
            part.handle.name,
            shape,
        )
        return part
    known = batch_size.static_value()
    if not _may_be_of_beams(shape, None if known is None else int(known), beam_width):
        _log.warning(
            "The TensorArray %s in the state is not sorted by beam: elements of shape %s are not "
            "of %d beams. reorder_tensor_arrays=False silences this.",
            part.handle.name,
            shape,
            beam_width,
        )
        return part
    stacked = part.stack()
    with control_dependencies([_check_beams(stacked, batch_size, beam_width)]):
        return _gathered(stacked, parent_ids, lengths)


def _may_be_of_beams(shape: TensorShape, batch_size: int | None, beam_width: int) -> bool:
    first, *rest = shape.as_list()
    if batch_size is None or first is None:
        return True
    second = rest[0] if rest else None
    is_merged = first == batch_size * beam_width
    is_split = first == batch_size and second == beam_width
    return is_merged and (second is None or is_split)


def _check_beams(t: Tensor, batch_size: Tensor, beam_width: int) -> Operation:
    sizes = shape_of(t)
    is_merged = equal(sizes[1], batch_size * beam_width)
    if t.shape.rank != 2:
        is_split = logical_and(equal(sizes[1], batch_size), equal(sizes[2], beam_width))
        is_merged = logical_or(is_merged, is_split)
    return assert_that(
        is_merged,
        [
            "TensorArray reordering expects elements to be reshapable to [batch_size, beam_size, "
            f"-1] which is incompatible with the dynamic shape of {t.name} elements. Consider "
            "setting reorder_tensor_arrays to False to disable TensorArray reordering during the "
            "beam search."
        ],
    )


def _gathered(t: Tensor, parent_ids: Tensor, lengths: Tensor) -> Tensor:
    """Return ``(time, batch * beams, ...)`` with each sequence's steps in one beam."""
    time, batch, width = (
        known.value or shape_of(parent_ids)[axis] for axis, known in enumerate(parent_ids.shape)
    )
    own = tile(expand_dims(expand_dims(range_of(width), 0), 0), [time, batch, 1])
    longest = cast(reduce_max(lengths, axis=1), dtypes.int32)
    beams = gather_tree(own, parent_ids, longest, end_token=width + 1)
    within = transpose(sequence_mask(lengths, maxlen=time), perm=[2, 0, 1])
    beams = where(within, beams, own)
    times = tile(reshape(range_of(time), [-1, 1, 1]), [1, batch, width])
    rows = tile(reshape(range_of(batch), [-1, 1, 1]), [1, time, width])
    indices = stack([times, transpose(rows, perm=[1, 0, 2]), beams], -1)
    sizes = shape_of(t)
    return reshape(gather_nd(reshape(t, [time, batch, width, -1]), indices), sizes)
