"""The layered layout of a directed graph, after Sugiyama, Tagawa and Toda (1981).

Its four parts are functions of plain numbers: which edges to turn round so that no cycle is
left, on which layer each vertex stands, in which order, and at which place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

_SWEEPS = 12
"""How often the layers are ordered, down and up; more changes little."""
_SETTLING = 20
"""How often the places are averaged, down and up."""


def reversed_edges(count: int, edges: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return few edges that, turned round, leave no cycle.

    The greedy order of Eades, Lin and Smyth (1993): sources go first, sinks last, and from a
    cycle the vertex that gives most and takes least. Ties go to the lower number.
    """
    unique = dict.fromkeys(edge for edge in edges if edge[0] != edge[1])
    following: list[dict[int, None]] = [{} for _ in range(count)]
    preceding: list[dict[int, None]] = [{} for _ in range(count)]
    for a, b in unique:
        following[a][b] = None
        preceding[b][a] = None
    left = dict.fromkeys(range(count))
    first: list[int] = []
    last: list[int] = []

    def remove(vertex: int) -> list[int]:
        del left[vertex]
        for b in following[vertex]:
            preceding[b].pop(vertex, None)
        for a in preceding[vertex]:
            following[a].pop(vertex, None)
        return [*following[vertex], *preceding[vertex]]

    waiting = list(left)
    while left:
        while waiting:
            vertex = waiting.pop()
            if vertex not in left:
                continue
            if not preceding[vertex]:
                first.append(vertex)
            elif not following[vertex]:
                last.append(vertex)
            else:
                continue
            waiting += remove(vertex)
        if left:
            vertex = max(left, key=lambda v: (len(following[v]) - len(preceding[v]), -v))
            first.append(vertex)
            waiting = remove(vertex)
    place = {vertex: i for i, vertex in enumerate([*first, *reversed(last)])}
    return {(a, b) for a, b in unique if place[a] > place[b]}


def ranks(count: int, edges: Iterable[tuple[int, int]]) -> list[int]:
    """Return a rank for each vertex of an acyclic graph: every edge leads to a higher one.

    Ranks are lengths of longest paths; then each vertex goes where its edges are shortest.
    """
    following: list[list[int]] = [[] for _ in range(count)]
    preceding: list[list[int]] = [[] for _ in range(count)]
    for a, b in dict.fromkeys(edges):
        following[a].append(b)
        preceding[b].append(a)
    missing = [len(before) for before in preceding]
    order = [v for v in range(count) if not missing[v]]
    rank = [0] * count
    for vertex in order:  # grows on the way
        for b in following[vertex]:
            rank[b] = max(rank[b], rank[vertex] + 1)
            missing[b] -= 1
            if not missing[b]:
                order.append(b)
    for _ in range(3):
        for vertex in reversed(order):
            pull = len(following[vertex]) - len(preceding[vertex])
            if pull > 0:
                rank[vertex] = min(rank[b] for b in following[vertex]) - 1
            elif pull < 0:
                rank[vertex] = max(rank[a] for a in preceding[vertex]) + 1
    lowest = min(rank, default=0)
    return [r - lowest for r in rank]


class Segment(NamedTuple):
    """A piece of an edge, from a vertex on one layer to a vertex on the next.

    Attributes
    ----------
    upper, lower : int
        Vertices.
    upper_offset, lower_offset : float
        Where it is attached, from the vertex's centre.
    weight : float
        How much it should be straight.
    """

    upper: int
    lower: int
    upper_offset: float
    lower_offset: float
    weight: float


def ordered(layers: Sequence[Sequence[int]], segments: Sequence[Segment]) -> list[list[int]]:
    """Return the layers in an order of their vertices with few crossings.

    Vertices go to the mean place of their neighbours on the layer before, then on the layer
    after, in turns (the barycentre method); neighbours that cross less when swapped are
    swapped. The best order seen is kept.
    """
    up, down = _neighbours(segments)
    current = [list(layer) for layer in layers]
    best, fewest = current, _crossings(current, up)
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        current = [list(layer) for layer in current]
        downwards = sweep % 2 == 0
        near = up if downwards else down
        for layer in current if downwards else reversed(current):
            _sort(layer, near, _places(current))
        _swap(current, up, down)
        crossings = _crossings(current, up)
        if crossings < fewest:
            best, fewest = current, crossings
    return best


Near = dict[int, list[tuple[float, int, float]]]
"""For each vertex: where a segment is attached to it, the other vertex, and where to that."""


def _neighbours(segments: Sequence[Segment]) -> tuple[Near, Near]:
    """Return the neighbours above and below each vertex."""
    up: Near = {}
    down: Near = {}
    for s in segments:
        # A small share of the offset tells the order of ports on one vertex, no more.
        upper, lower = s.upper_offset * 1e-4, s.lower_offset * 1e-4
        up.setdefault(s.lower, []).append((lower, s.upper, upper))
        down.setdefault(s.upper, []).append((upper, s.lower, lower))
    return up, down


def _places(layers: Sequence[Sequence[int]]) -> dict[int, int]:
    return {vertex: i for layer in layers for i, vertex in enumerate(layer)}


def _sort(layer: list[int], near: Near, place: dict[int, int]) -> None:
    """Sort a layer by the mean places of neighbours; a vertex without any keeps its place."""
    means = {
        v: sum(place[n] + offset for _, n, offset in near[v]) / len(near[v])
        for v in layer
        if v in near
    }
    moved = iter(sorted(means, key=lambda v: means[v]))
    layer[:] = [next(moved) if v in means else v for v in layer]


def _swap(layers: Sequence[list[int]], up: Near, down: Near) -> None:
    place = _places(layers)
    for layer in layers:
        for i in range(len(layer) - 1):
            a, b = layer[i], layer[i + 1]
            now = then = 0
            for near in (up, down):
                left = [place[n] + offset for _, n, offset in near.get(a, ())]
                right = [place[n] + offset for _, n, offset in near.get(b, ())]
                now += sum(x > y for x in left for y in right)
                then += sum(x < y for x in left for y in right)
            if then < now:
                layer[i], layer[i + 1] = b, a
                place[a], place[b] = place[b], place[a]


def _crossings(layers: Sequence[Sequence[int]], up: Near) -> int:
    """Return how many pairs of segments cross: inversions, counted with a tree of sums."""
    place = _places(layers)
    total = 0
    for layer in layers:
        ends: list[float] = []
        for vertex in layer:
            attached = sorted((at, place[n] + offset) for at, n, offset in up.get(vertex, ()))
            ends += [end for _, end in attached]
        index = {end: i for i, end in enumerate(sorted(set(ends)), 1)}
        sums = [0] * (len(index) + 1)
        for seen, end in enumerate(ends):
            i, before = index[end], 0
            while i:
                before += sums[i]
                i &= i - 1
            total += seen - before
            i = index[end]
            while i < len(sums):
                sums[i] += 1
                i += i & -i
    return total


Pull = tuple[int, float, float]
"""A neighbour, how far from it a vertex wants to be, and how much."""

_FREE: tuple[list[Pull], float] = ([], 0.05)
"""What pulls a vertex without edges: it gives way."""


def places(
    layers: Sequence[Sequence[int]],
    widths: Sequence[float],
    segments: Sequence[Segment],
    gap: float,
    bends: Collection[int],
) -> list[float]:
    """Return the centre of each vertex: edges nearly straight, vertices at least `gap` apart.

    In turns down and up, each layer takes the places nearest (in squares) to the weighted means
    of its neighbours: see `spread`. At last the bends follow what is above them, so that a line
    turns once and not a little everywhere.
    """
    up: dict[int, list[Pull]] = {}
    down: dict[int, list[Pull]] = {}
    for s in segments:
        shift = s.upper_offset - s.lower_offset
        up.setdefault(s.lower, []).append((s.upper, shift, s.weight))
        down.setdefault(s.upper, []).append((s.lower, -shift, s.weight))
    x = [0.0] * len(widths)
    for layer in layers:
        right = 0.0
        for vertex in layer:
            x[vertex] = right + widths[vertex] / 2
            right += widths[vertex] + gap
        for vertex in layer:
            x[vertex] -= right / 2
    both = {v: up.get(v, []) + down.get(v, []) for v in range(len(widths))}
    sides = [
        {v: (pulls, sum(w for _, _, w in pulls)) for v, pulls in near.items() if pulls}
        for near in (up, down, both)
    ]
    rows = [(layer, _apart(layer, widths, gap)) for layer in layers]
    for turn in range(2 * _SETTLING):
        near = sides[2 if turn >= _SETTLING else turn % 2]
        for layer, apart in rows if turn % 2 == 0 else reversed(rows):
            wanted, weights = [], []
            for vertex in layer:
                pulls, weight = near.get(vertex, _FREE)
                mean = 0.0
                for neighbour, shift, w in pulls:
                    mean += (x[neighbour] + shift) * w
                wanted.append(mean / weight if pulls else x[vertex])
                weights.append(weight)
            for vertex, place in zip(layer, spread(wanted, apart, weights), strict=True):
                x[vertex] = place
    for layer, apart in rows:
        fixed = [vertex not in bends for vertex in layer]
        wanted = [
            x[vertex] if stays else x[up[vertex][0][0]] + up[vertex][0][1]
            for vertex, stays in zip(layer, fixed, strict=True)
        ]
        for vertex, place in zip(
            layer, spread(wanted, apart, [1e6 if stays else 1.0 for stays in fixed]), strict=True
        ):
            x[vertex] = place
        _close_up(layer, x, apart, [vertex in up or vertex in down for vertex in layer])
    return x


def _close_up(
    layer: Sequence[int], x: list[float], apart: Sequence[float], is_held: Sequence[bool]
) -> None:
    """Put vertices without edges at the ends of a layer beside those that edges hold."""
    held = [i for i, holds in enumerate(is_held) if holds]
    if not held:
        return
    for i in range(held[0] - 1, -1, -1):
        x[layer[i]] = x[layer[i + 1]] - apart[i]
    for i in range(held[-1] + 1, len(layer)):
        x[layer[i]] = x[layer[i - 1]] + apart[i - 1]


def _apart(layer: Sequence[int], widths: Sequence[float], gap: float) -> list[float]:
    return [(widths[a] + widths[b]) / 2 + gap for a, b in pairwise(layer)]


def spread(
    wanted: Sequence[float], apart: Sequence[float], weights: Sequence[float] | None = None
) -> list[float]:
    """Return places near the wanted ones, in their order, each `apart` from the next or more.

    Weighted least squares under these constraints is isotonic regression; pooling neighbours
    that violate it gives the exact answer (Ayer et al., 1955).
    """
    weights = weights or [1.0] * len(wanted)
    shift = [0.0]
    for distance in apart:
        shift.append(shift[-1] + distance)
    pools: list[tuple[float, float, int]] = []  # mean, weight, how many
    for target, weight, moved in zip(wanted, weights, shift, strict=False):
        mean, total, count = target - moved, weight, 1
        while pools and pools[-1][0] > mean:
            other, share, size = pools.pop()
            mean = (mean * total + other * share) / (total + share)
            total += share
            count += size
        pools.append((mean, total, count))
    means = [mean for mean, _, count in pools for _ in range(count)]
    return [mean + moved for mean, moved in zip(means, shift, strict=False)]
