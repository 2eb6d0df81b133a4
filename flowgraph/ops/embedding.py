"""Looking up rows of tables: embeddings."""

from __future__ import annotations

from builtins import range as integers
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.scope import colocate_with, device, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import reshape
from flowgraph.ops.clip import clip_by_norm
from flowgraph.ops.core import cast, constant, convert_to_tensor, identity, rank, shape, size
from flowgraph.ops.gathering import gather
from flowgraph.ops.joining import concat
from flowgraph.ops.magnitude import maximum
from flowgraph.ops.packing import stack
from flowgraph.ops.partitioning import dynamic_partition, parallel_dynamic_stitch
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.selection import where
from flowgraph.ops.sequences import range


def embedding_lookup(
    params: Any,
    ids: Any,
    partition_strategy: str = "mod",
    name: str | None = None,
    validate_indices: bool = True,
    max_norm: Any = None,
) -> Tensor:
    """Look up rows of a table by number.

    The gradient is an `IndexedSlices`: only the rows that were looked up are updated.

    Parameters
    ----------
    params : Tensor, list of Tensor, or PartitionedVariable
        The table; or its parts, which together are one table of rows.
    ids : Tensor
        int32 or int64, any shape.
    partition_strategy : {"mod", "div"}
        Which row of which of `n` parts has the number ``id``: row ``id // n`` of part
        ``id % n``; or the numbers are dealt out in runs, the first parts one longer where
        they do not divide evenly.
    name : str, optional
    validate_indices : bool
        Has no effect: indices are always checked.
    max_norm : float, optional
        Scale down rows whose Euclidean norm is greater.

    Returns
    -------
    Tensor
        Shape ``ids.shape + params.shape[1:]``.

    Raises
    ------
    ValueError
        If there is no table, or no such strategy.
    InvalidArgumentError
        If an id is out of range.

    Examples
    --------
    >>> table = tf.constant([[0.0, 0.0], [1.0, 10.0], [2.0, 20.0]])
    >>> tf.Session().run(tf.nn.embedding_lookup(table, [2, 0]))
    array([[ 2., 20.],
           [ 0.,  0.]], dtype=float32)
    """
    if params is None or (isinstance(params, list | tuple) and not params):
        raise ValueError("Need at least one param")
    tables = tables_of(params)
    with name_scope(name, "embedding_lookup", [*tables, ids]) as scope:
        tables = [convert_to_tensor(t, name=f"params_{i}") for i, t in enumerate(tables)]
        ids = convert_to_tensor(ids, name="ids")
        if len(tables) == 1:
            with colocate_with(tables[0]):
                result = _bounded(gather(tables[0], ids, name=scope), ids, max_norm)
            return identity(result)
        flat = reshape(ids, [-1])
        positions = range(size(flat))
        if partition_strategy == "mod":
            parts, rows = flat % len(tables), flat // len(tables)
        elif partition_strategy == "div":
            parts, rows = _runs(flat, tables)
        else:
            raise ValueError(f"Unrecognized partition strategy: {partition_strategy}")
        parts = cast(parts, dtypes.int32)
        rows_of = dynamic_partition(rows, parts, len(tables))
        positions_of = dynamic_partition(positions, parts, len(tables))
        found = [_beside(table, wanted) for table, wanted in zip(tables, rows_of, strict=True)]
        stitched = parallel_dynamic_stitch(positions_of, found, name=scope)
        return _bounded(_shaped(stitched, ids, tables), ids, max_norm)


def tables_of(params: Any) -> list[Any]:
    """Return the parts of a table: of a list, of a partitioned variable, or the only one."""
    # A partitioned variable belongs to a layer above, and is known by what it has.
    if isinstance(params, list) or hasattr(params, "_get_variable_list"):
        return list(params)
    return [params]


def _runs(ids: Tensor, tables: list[Tensor]) -> tuple[Tensor, Tensor]:
    """Return the part and the row in it of each id, where ids are dealt out in runs."""
    total = _row_count(tables, ids)
    short = total // len(tables)
    extras = total % len(tables)
    # Only the first `extras` parts have one row more; beyond them this quotient is the greater.
    parts = maximum(ids // (short + 1), (ids - extras) // short)
    rows = where(parts < extras, ids % (short + 1), (ids - extras) % short)
    return parts, rows


def _row_count(tables: list[Tensor], ids: Tensor) -> Tensor:
    """Return the number of rows of all parts, of the dtype of the ids."""
    known = [table.shape.with_rank_at_least(1)[:1].sizes for table in tables]
    counts: list[Any] = [None if sizes is None else sizes[0] for sizes in known]
    if None not in counts and sum(counts) > 0:
        return constant(sum(counts), ids.dtype.base_dtype)
    for i, table in enumerate(tables):
        if counts[i] is None:
            with colocate_with(table):
                counts[i] = shape(table)[0]
    return reduce_sum(cast(stack(counts), ids.dtype))


def _beside(table: Tensor, rows: Tensor) -> Tensor:
    """Gather rows where their table is."""
    with device(None), colocate_with(table):
        return gather(table, rows)


def _shaped(rows: Tensor, ids: Tensor, tables: list[Tensor]) -> Tensor:
    """Give the rows found for flattened ids the shape of the ids."""
    row = tables[0].shape[1:]
    for table in tables[1:]:
        row = row.merge_with(table.shape[1:])
    inner: Any = row
    if not row.is_fully_defined():
        with colocate_with(tables[0]):
            sizes = shape(tables[0])
        inner = sizes[1:]
    result = reshape(rows, concat([shape(ids), inner], 0))
    result.set_shape(ids.shape.concatenate(row))
    return result


def _bounded(rows: Tensor, ids: Tensor, max_norm: Any) -> Tensor:
    """Scale down the rows whose norm is greater than `max_norm`, if there is one."""
    if max_norm is None:
        return rows
    first, last = ids.shape.ndims, rows.shape.ndims
    axes: Any
    if first and last:
        axes = list(integers(first, last))
    else:
        axes = range(first or rank(ids), last or rank(rows))
    result: Tensor = clip_by_norm(rows, max_norm, axes=axes)
    return result
