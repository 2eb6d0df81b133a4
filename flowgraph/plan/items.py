"""The items of histories and of `TensorArray` objects: their shapes are known once a body runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from flowgraph.graph.tensor import Tensor
from flowgraph.ops.element_ops import TensorArrayGradV3, TensorArrayReadV3
from flowgraph.ops.history import HistoryItem
from flowgraph.plan.plan import Plan
from flowgraph.shapes import TensorShape

Key = Tensor | None
"""Which items of a feed: what a history has of a tensor, or the elements of an array."""


class Items(tuple[tuple[Key, tuple[int, ...] | None], ...]):
    """The shapes of some items of a feed; ``None`` where they have several."""

    __slots__ = ()


def unknown_items(plan: Plan) -> dict[int, list[Key]]:
    """Return the items whose shapes the plan does not know, by the position of the feed."""
    found: dict[int, dict[Key, None]] = {}
    positions = {slot: position for position, slot in enumerate(plan.feeds)}
    for feed, key, slot in _reads(plan):
        if not plan.slots[slot].shape.is_fully_defined():
            found.setdefault(positions[feed], {})[key] = None
    return {position: list(keys) for position, keys in found.items()}


def with_items(plan: Plan, items: Mapping[int, Items]) -> Plan:
    """Return the plan for items of given shapes, by the slot of the feed."""
    slots = list(plan.slots)
    for feed, key, slot in _reads(plan):
        sizes = dict(items.get(feed, ())).get(key)
        if sizes is not None:
            shape = slots[slot].shape.merge_with(TensorShape.of(sizes))
            slots[slot] = slots[slot].with_shape(shape)
    return replace(plan, slots=tuple(slots))


def _reads(plan: Plan) -> Iterator[tuple[int, Key, int]]:
    """Yield each read of an item: the slot of the feed, which item, and the slot of the value."""
    owners = {slot: slot for slot in plan.feeds}
    for step in plan.steps:
        owner = owners.get(step.inputs[0]) if step.inputs else None
        if owner is None:
            continue
        if isinstance(step.op, TensorArrayGradV3):  # gradients have the elements' shapes
            owners[step.outputs[0]] = owner
        elif isinstance(step.op, TensorArrayReadV3):
            yield owner, None, step.outputs[0]
        elif isinstance(step.op, HistoryItem) and step.op.in_loop:
            yield owner, step.op.tensor, step.outputs[0]
