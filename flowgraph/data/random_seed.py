"""Seeds of datasets, as the tensors that their ops take."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.graph.scope import get_default_graph, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.comparison import equal, logical_and
from flowgraph.ops.constant import constant
from flowgraph.ops.conversion import convert_to_tensor
from flowgraph.ops.division import floormod
from flowgraph.ops.selection import where
from flowgraph.random_streams import resolve_seed
from flowgraph.random_streams.seeds import MODULUS


def get_seed(seed: Any) -> tuple[Tensor, Tensor]:
    """Return the seeds of an op, from one that is given or ``None``, and the graph's.

    Parameters
    ----------
    seed : int, Tensor or None
    """
    graph = get_default_graph()
    second: Any
    if isinstance(seed, Tensor):
        (first, _), second = resolve_seed(graph.seed, 0, 0), floormod(seed, MODULUS)
    else:
        first, second = resolve_seed(graph.seed, seed, graph.node_count)
    is_given = seed is not None or graph.seed is not None
    seed_tensor = constant(first, dtypes.int64, name="seed")
    if not is_given:
        return seed_tensor, constant(0, dtypes.int64, name="seed2")
    with name_scope("seed2") as scope:
        seed2 = convert_to_tensor(second, dtypes.int64)
        are_zero = logical_and(equal(seed_tensor, 0), equal(seed2, 0))
        other = constant(MODULUS, dtypes.int64)
        return seed_tensor, where(are_zero, other, seed2, name=scope)
