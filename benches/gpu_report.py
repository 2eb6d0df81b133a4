"""What `benches.gpu` has found, and the table of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benches.gpu_cases import LIMITS, NAMES
from benches.table import quantity, ratio, render

SHOWN = 40
"""So many samples that are wrong are named."""


@dataclass(frozen=True)
class Column:
    """A column of the table.

    Attributes
    ----------
    name, title : str
    module : str
        What must be installed.
    seconds : float
        How long it may take to make a case ready.
    """

    name: str
    title: str
    module: str
    seconds: float


COLUMNS = (
    Column("flowgraph", "flowgraph", "flowgraph", 40),
    Column("torch", "PyTorch", "torch", 30),
    Column("compiled", "torch.compile", "torch", 45),
    Column("eager", "not captured", "flowgraph", 40),
)


@dataclass(frozen=True)
class Target:
    """What a case is to reach: at most a part of another column's time."""

    case: str
    column: str
    most: float


TARGETS = (
    Target("mlp_step", "torch", 0.8),
    Target("mlp_step", "compiled", 1.1),
    Target("cnn_step", "torch", 0.8),
    Target("cnn_step", "compiled", 1.1),
    Target("launches_100", "eager", 0.2),
)


@dataclass
class Findings:
    """What has been found.

    Attributes
    ----------
    checked, samples : int
        Samples of the conformance suite that have been run, and all there are.
    wrong : dict of str to str
        What is wrong with a sample.
    limits : dict of str to float
        The card's rates.
    times : dict of (str, str) to list of float
        Seconds by column and case: one for each round.
    agree : dict of str to int
        How many libraries' results of a case agree.
    differs : dict of str to str
        What is wrong with the results of a case.
    notes : list of str
        What failed, a line each.
    """

    checked: int = 0
    samples: int = 0
    wrong: dict[str, str] = field(default_factory=dict)
    limits: dict[str, float] = field(default_factory=dict)
    times: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    agree: dict[str, int] = field(default_factory=dict)
    differs: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def is_right(self) -> bool:
        """Whether something has been run, and all of it agrees."""
        return bool(self.checked) and not self.wrong and not self.differs

    def seconds(self, column: str, case: str) -> float | None:
        """Return the median of the rounds of a case."""
        rounds = self.times.get((column, case))
        return float(np.median(rounds)) if rounds else None

    def attempt(self, what: str, do: Callable[[], Any]) -> Any:
        """Return what `do` does; if it fails that is one note, and the answer is ``None``."""
        try:
            return do()
        except Exception as error:  # noqa: BLE001 (one failure must not end the measurement)
            self.notes.append(f"{what}: {type(error).__name__}: {error}".replace("\n", " ")[:300])
            return None


def _to(found: Findings, case: str, column: str) -> float | None:
    """Return a case's time as a part of another column's."""
    own, other = found.seconds("flowgraph", case), found.seconds(column, case)
    return own / other if own and other else None


def _of_limit(found: Findings, name: str) -> str:
    """Return what part of the card's own rate a case reaches."""
    seconds, limit = found.seconds("flowgraph", name), LIMITS.get(name)
    if seconds is None or limit is None or not found.limits:
        return ""
    if limit.bytes:
        return f"{limit.bytes / seconds / found.limits['copy']:.0%} of copying"
    return f"{limit.operations / seconds / found.limits['float32']:.0%} of GEMM"


def _results(found: Findings, name: str) -> str:
    if name in found.differs:
        return "DIFFER"
    return f"{found.agree[name]} agree" if found.agree.get(name, 0) > 1 else "-"


def _target(found: Findings, target: Target) -> str:
    reached = _to(found, target.case, target.column)
    title = next(each.title for each in COLUMNS if each.name == target.column)
    said = "not measured"
    if reached is not None:
        said = f"{ratio(reached)}, {'met' if reached <= target.most else 'MISSED'}"
    return f"{target.case} at most {target.most} of {title}: {said}"


def report(found: Findings, machine: Mapping[str, str], columns: Sequence[Column]) -> str:
    """Return the whole text."""
    rows = []
    for name in NAMES:
        times = [found.seconds(column.name, name) for column in columns]
        if not any(times):
            continue
        cells = [quantity(each, "s") for each in times]
        ratios = [ratio(_to(found, name, peer)) for peer in ("torch", "compiled", "eager")]
        rows.append([name, *cells, *ratios, _of_limit(found, name), _results(found, name)])
    head = ["case", *[column.title for column in columns]]
    head += ["to PyTorch", "to compiled", "to not captured", "limit", "results"]
    rates = ["not measured"]
    if found.limits:
        rates = [f"copying {found.limits['copy'] / 1e9:.0f} GB/s"]
        for dtype in ("float32", "float16"):
            rates.append(f"GEMM {dtype} {found.limits[dtype] / 1e12:.1f} TFLOP/s")
    parts = [
        "\n".join(f"{name}: {value}" for name, value in machine.items()),
        f"conformance: {found.checked} of {found.samples} samples run, {len(found.wrong)} wrong",
        "\n".join(f"  {name}: {why}" for name, why in list(found.wrong.items())[:SHOWN]),
        f"the card: {', '.join(rates)}",
        render(head, rows) if rows else "",
        "\n".join(_target(found, target) for target in TARGETS) if rows else "",
        "float32 without TF32; medians of rounds, the libraries by turns. flowgraph's steps are\n"
        "fed from the host and wait for their loss; PyTorch's data is on the card, but for\n"
        "resnet50_step, where each copies its images.",
        "\n".join(f"{name}: {why}" for name, why in found.differs.items()),
        "\n".join(found.notes),
    ]
    return "\n\n".join(part for part in parts if part)
