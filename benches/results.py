"""What was measured, and what follows from it."""

from __future__ import annotations

import statistics
from dataclasses import asdict, dataclass, field
from typing import Any

from benches import load
from benches.libraries import PEERS, TENSORFLOW, TIERS

FEW = 3
"""With fewer undisturbed rounds, all rounds count, and the row says so."""


@dataclass(frozen=True)
class Round:
    """One turn of each library."""

    values: dict[str, float]
    """Seconds of a run (or megabytes), by library."""
    wall: float
    others: float
    """Processor seconds that other processes took meanwhile."""

    @property
    def disturbed(self) -> bool:
        """Whether others took more than a trace."""
        return load.disturbed(self.others, self.wall)


@dataclass(frozen=True)
class Preparation:
    """What there was before the rounds."""

    build: float
    """Seconds to make the graph, the model or the arrays."""
    first: float
    """Seconds of the first run, in which things are compiled."""
    peak: float | None
    """Most memory of the process by then, three runs included, in 10^6 bytes; nothing where the
    process does not hold the library itself."""


@dataclass
class Result:
    """A line of the table."""

    case: str
    unit: str = "s"
    prepared: dict[str, Preparation] = field(default_factory=dict)
    rounds: list[Round] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    """Why a library is left out, by its name."""

    @property
    def kept(self) -> list[Round]:
        """The rounds that nothing disturbed."""
        return [each for each in self.rounds if not each.disturbed]

    @property
    def doubtful(self) -> bool:
        """Whether so few rounds were undisturbed that the medians are over all of them."""
        return self.unit == "s" and len(self.kept) < min(FEW, len(self.rounds))

    def median(self, library: str) -> float | None:
        """Return the median of a library's rounds, if it has any."""
        rounds = self.rounds if self.doubtful or self.unit != "s" else self.kept
        values = [each.values[library] for each in rounds if library in each.values]
        return statistics.median(values) if library not in self.failed and values else None

    def best_peer(self) -> str | None:
        """Return the peer with the least median, TensorFlow apart."""
        medians = {name: self.median(name) for name in PEERS if name != TENSORFLOW.name}
        there = {name: value for name, value in medians.items() if value is not None}
        return min(there, key=there.__getitem__) if there else None

    def ratio(self, library: str, to: str | None) -> float | None:
        """Return the quotient of two libraries' medians, if both have one."""
        mine, theirs = self.median(library), None if to is None else self.median(to)
        return None if mine is None or not theirs else mine / theirs

    def memory_ratio(self, library: str, to: str = TENSORFLOW.name) -> float | None:
        """Return the quotient of two libraries' peak memory, if both have one."""
        if library not in self.prepared or to not in self.prepared:
            return None
        mine, theirs = self.prepared[library].peak, self.prepared[to].peak
        return None if mine is None or not theirs else mine / theirs

    def as_json(self) -> dict[str, Any]:
        """Return everything, what follows from it included."""
        best = self.best_peer()
        return {
            "case": self.case,
            "unit": self.unit,
            "medians": {name: self.median(name) for name in (*TIERS, *PEERS)},
            "best_peer": best,
            "to_tensorflow": {name: self.ratio(name, TENSORFLOW.name) for name in TIERS},
            "to_best_peer": {name: self.ratio(name, best) for name in TIERS},
            "rounds_kept": len(self.kept),
            "doubtful": self.doubtful,
            "prepared": {name: asdict(value) for name, value in self.prepared.items()},
            "rounds": [asdict(each) | {"disturbed": each.disturbed} for each in self.rounds],
            "failed": self.failed,
        }
