"""Prefix beam search over the outputs of connectionist temporal classification.

A. Graves and N. Jaitly, Towards end-to-end speech recognition with recurrent neural networks, ICML
2014. Ties and the order of pruning are TensorFlow's.
"""

from __future__ import annotations

import heapq
import math

import numpy as np

from flowgraph.dtypes import Array

_NEVER = -math.inf


def _log_sum(a: float, b: float) -> float:
    """Return ``log(exp(a) + exp(b))``."""
    if a < b:
        a, b = b, a
    return a if b == _NEVER else a + math.log1p(math.exp(b - a))


class _Prefix:
    """A sequence of labels; the logarithms of its probability now and one step ago.

    The probability has two parts: of paths that end in a blank, and in the last label.
    """

    __slots__ = (
        "blank",
        "children",
        "label",
        "labelled",
        "old_blank",
        "old_total",
        "parent",
        "total",
    )

    def __init__(self, parent: _Prefix | None, label: int) -> None:
        self.parent = parent
        self.label = label
        self.children: dict[int, _Prefix] = {}
        self.total = self.blank = self.labelled = _NEVER
        self.old_total = self.old_blank = _NEVER

    def forget(self) -> None:
        """Note that the prefix has left the beam."""
        self.total = self.blank = self.labelled = _NEVER

    def labels(self, merge_repeated: bool) -> list[int]:
        """Return the labels from the first on."""
        found: list[int] = []
        prefix, previous = self, -1
        while prefix.parent is not None:
            if not merge_repeated or prefix.label != previous:
                found.append(prefix.label)
            previous = prefix.label
            prefix = prefix.parent
        return found[::-1]


class BeamSearch:
    """The likeliest prefixes of one sequence, step by step.

    Parameters
    ----------
    width : int
        How many prefixes are kept.
    classes : int
        The last class is the blank.
    """

    def __init__(self, width: int, classes: int) -> None:
        self._width = width
        self._blank = classes - 1
        root = _Prefix(None, -1)
        root.total = root.blank = 0.0
        self._count = 0
        self._beam: list[tuple[float, int, _Prefix]] = []
        self._push(root)

    def _push(self, prefix: _Prefix) -> None:
        """Add a prefix to the beam; the least likely one leaves a full beam."""
        self._count -= 1
        entry = (prefix.total, self._count, prefix)
        if len(self._beam) < self._width:
            heapq.heappush(self._beam, entry)
        else:
            heapq.heapreplace(self._beam, entry)

    def _may_join(self, total: float) -> bool:
        return total > _NEVER and (len(self._beam) < self._width or total > self._beam[0][0])

    def step(self, log_y: Array) -> None:
        """Take one step, given the logarithms of the classes' probabilities."""
        probability = log_y.tolist()
        branches = [entry[2] for entry in sorted(self._beam, reverse=True, key=lambda e: e[:2])]
        self._beam = []
        for prefix in branches:
            prefix.old_total, prefix.old_blank = prefix.total, prefix.blank
        for prefix in branches:
            self._stay(prefix, probability)
            self._push(prefix)
        branches.sort(key=lambda prefix: -prefix.old_total)
        labels = log_y[: self._blank]
        for prefix in branches:
            if not self._may_join(prefix.old_total):
                continue
            # The beam's least likely prefix only grows: what cannot join now never will. But the
            # children that are there already are visited, since to refuse one has an effect.
            least = self._beam[0][0] if len(self._beam) == self._width else _NEVER
            likely = np.flatnonzero(labels + prefix.old_total > least).tolist()
            for label in sorted({*likely, *prefix.children}):
                self._extend(prefix, label, probability[label])

    def _stay(self, prefix: _Prefix, probability: list[float]) -> None:
        """Find the probability of a prefix that gets no new label in this step."""
        parent = prefix.parent
        if parent is not None:
            if parent.total > _NEVER:
                same = prefix.label == parent.label
                previous = parent.old_blank if same else parent.old_total
                prefix.labelled = _log_sum(prefix.labelled, previous)
            prefix.labelled += probability[prefix.label]
        prefix.blank = prefix.old_total + probability[self._blank]
        prefix.total = _log_sum(prefix.blank, prefix.labelled)

    def _extend(self, prefix: _Prefix, label: int, probability: float) -> None:
        """Add a label to a prefix, if the result is likely enough."""
        child = prefix.children.get(label)
        if child is None:
            child = prefix.children[label] = _Prefix(prefix, label)
        if child.total > _NEVER:
            return
        previous = prefix.old_blank if label == prefix.label else prefix.old_total
        total = probability + previous
        if not self._may_join(total):
            # A branch that was pushed out in this step is not extended any more.
            child.old_total = child.old_blank = _NEVER
            return
        child.blank, child.labelled, child.total = _NEVER, total, total
        if len(self._beam) == self._width:
            self._beam[0][2].forget()
        self._push(child)

    def best(self, count: int, merge_repeated: bool) -> list[tuple[list[int], float]]:
        """Return the likeliest sequences and the logarithms of their probabilities."""
        entries = sorted(self._beam, reverse=True, key=lambda entry: entry[:2])[:count]
        return [(entry[2].labels(merge_repeated), entry[0]) for entry in entries]
