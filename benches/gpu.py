"""Check and measure flowgraph on this machine's GPU: ``python -m benches.gpu``.

First the whole conformance suite runs on the GPU, in several processes; then the cases of
`benches.gpu_cases` are timed beside PyTorch, one library after another. All of it ends within
`MINUTES`, however much is done by then; the table says what is missing. Needs the extra ``cuda12x``
or ``cuda13x``; PyTorch is left out where it is not installed. Without a GPU the exit status is 2,
and 1 if anything came out wrong.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from benches.agreement import disagreements
from benches.gpu_cases import LIMITS, NAMES, chosen
from benches.table import quantity, ratio, render

MINUTES = 8.0
CHECKING = 0.4
"""The part of the time that the conformance suite may take."""

SPARE_SECONDS = 15.0
"""What is kept for ending processes and for the table."""

MOST_PROCESSES = 8
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Column:
    """A column of the table.

    Attributes
    ----------
    name, title : str
    module : str
        What must be installed.
    share : float
        The part of the measuring time that it may take.
    """

    name: str
    title: str
    module: str
    share: float


COLUMNS = (
    Column("flowgraph", "flowgraph", "flowgraph", 0.25),
    Column("torch", "PyTorch", "torch", 0.2),
    Column("compiled", "torch.compile", "torch", 0.35),
    Column("eager", "not captured", "flowgraph", 0.2),
)
"""In the order in which they are measured."""


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
    times : dict of (str, str) to float
        Seconds by column and case.
    notes : list of str
    """

    checked: int = 0
    samples: int = 0
    wrong: dict[str, str] = field(default_factory=dict)
    limits: dict[str, float] = field(default_factory=dict)
    times: dict[tuple[str, str], float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    differs: dict[str, str] = field(default_factory=dict)

    @property
    def is_right(self) -> bool:
        """Whether all that has been run agrees."""
        return not self.wrong and not self.differs


def missing() -> str | None:
    """Return why there is no GPU to measure; ``None`` if there is one."""
    from flowgraph.backends.cupy.machine import machine

    found = machine()
    if found is None:
        return "CuPy is not installed: pip install flowgraph[cuda13x], or [cuda12x]"
    return None if found.count else "CuPy finds no GPU on this machine"


class Process:
    """A process of `benches.gpu_worker`; what it tells goes to a file, so that it never waits."""

    def __init__(self, *arguments: Any) -> None:
        self._told = tempfile.TemporaryFile("w+")  # noqa: SIM115 - it is closed with the object
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benches.gpu_worker", *map(str, arguments)],
            stdout=self._told, stderr=subprocess.DEVNULL, cwd=ROOT
        )  # fmt: skip

    def answers(self, end: float) -> Iterator[dict[str, Any]]:
        """Yield what it tells; at the time `end` it is ended if it has not ended itself."""
        try:
            self._process.wait(max(end - time.time(), 0.1))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._told.seek(0)
        for line in self._told:
            if line.endswith("\n"):  # the last line of a process that was ended may be half one
                yield json.loads(line)
        self._told.close()
        if self._process.returncode:
            yield {"ended": self._process.returncode}


def check(found: Findings, end: float) -> None:
    """Run the conformance suite until `end`."""
    from tests.conformance.suite import SAMPLES

    found.samples = len(SAMPLES)
    shares = max(1, min(MOST_PROCESSES, (os.cpu_count() or 2) // 2))
    processes = [Process("samples", i, shares, end - 5) for i in range(shares)]
    for i, process in enumerate(processes):
        for answer in process.answers(end):
            if "sample" in answer:
                found.checked += 1
            if "error" in answer:
                found.wrong[answer["sample"]] = answer["error"]
            if "ended" in answer:
                found.notes.append(f"conformance, process {i}: ended with {answer['ended']}")


def measure(found: Findings, columns: Sequence[Column], end: float) -> None:
    """Time the cases, one column after another, until `end`; compare their results."""
    with tempfile.TemporaryDirectory(prefix="flowgraph-gpu-") as folder:
        left = sum(column.share for column in columns)
        for column in columns:
            now = time.time()
            until = now + (end - now) * column.share / left
            left -= column.share
            process = Process("column", column.name, folder, until - 5)
            for answer in process.answers(until):
                note(found, column, answer)
        for name, case in chosen().items():
            samples = {}
            for label, file in (("torch", "torch"), ("native", "flowgraph"), ("planned", "eager")):
                path = Path(folder) / f"{file}-{name}.npz"
                if path.exists():
                    with np.load(path) as arrays:
                        samples[label] = list(arrays.values())
            for why in disagreements(samples, case.tolerance).values():
                found.differs[name] = why


def note(found: Findings, column: Column, answer: Mapping[str, Any]) -> None:
    """Take up what a column's process tells."""
    if "limits" in answer:
        found.limits = dict(answer["limits"])
    elif "seconds" in answer:
        found.times[column.name, answer["case"]] = answer["seconds"]
    elif "error" in answer:
        found.notes.append(f"{answer['case']}, {column.title}: {answer['error']}")
    elif "ended" in answer:
        found.notes.append(f"{column.title}: the process ended with {answer['ended']}")


def of_limit(found: Findings, name: str) -> str:
    """Return what part of the card's own rate a case reaches."""
    seconds, limit = found.times.get(("flowgraph", name)), LIMITS.get(name)
    if seconds is None or limit is None or not found.limits:
        return ""
    if limit.bytes:
        return f"{limit.bytes / seconds / found.limits['copy']:.0%} of copying"
    return f"{limit.operations / seconds / found.limits['float32']:.0%} of GEMM"


def report(found: Findings, machine: Mapping[str, str], columns: Sequence[Column]) -> str:
    """Return the whole text."""
    rows = []
    for name in NAMES:
        times = [found.times.get((column.name, name)) for column in columns]
        if not any(times):
            continue
        own = found.times.get(("flowgraph", name))
        peers = [found.times.get((peer, name)) for peer in ("torch", "compiled")]
        ratios = [ratio(own / peer) if own and peer else "" for peer in peers]
        cells = ["-" if each is None else quantity(each, "s") for each in times]
        rows.append([name, *cells, *ratios, of_limit(found, name)])
    head = ["case", *[column.title for column in columns], "to PyTorch", "to compiled", "limit"]
    rates = ["not measured"]
    if found.limits:
        rates = [f"copying {found.limits['copy'] / 1e9:.0f} GB/s"]
        for dtype in ("float32", "float16"):
            rates.append(f"GEMM {dtype} {found.limits[dtype] / 1e12:.1f} TFLOP/s")
    parts = [
        "\n".join(f"{name}: {value}" for name, value in machine.items()),
        f"conformance: {found.checked} of {found.samples} samples run, {len(found.wrong)} wrong",
        "\n".join(f"  {name}: {why}" for name, why in list(found.wrong.items())[:40]),
        f"the card: {', '.join(rates)}",
        render(head, rows) if rows else "",
        "float32 without TF32. flowgraph's steps are fed from the host; PyTorch's data is on the\n"
        "card, but for resnet50_step, where each copies its images.",
        "\n".join(f"{name}: {why}" for name, why in found.differs.items()),
        "\n".join(found.notes),
    ]
    return "\n\n".join(part for part in parts if part)


def describe() -> dict[str, str]:
    """Return what was measured."""
    import cupy

    found = {"GPU": cupy.cuda.runtime.getDeviceProperties(0)["name"].decode()}
    found["CUDA"] = str(cupy.cuda.runtime.runtimeGetVersion())
    found["CuPy"], found["NumPy"] = cupy.__version__, np.__version__
    if find_spec("torch"):
        from importlib.metadata import version

        found["PyTorch"] = version("torch")
    return found


def main() -> int:
    """Check, measure, print one table; return the exit status."""
    began = time.time()
    why = missing()
    if why is not None:
        print(f"There is no GPU to measure: {why}.")
        return 2
    end = began + 60 * MINUTES - SPARE_SECONDS
    columns = [column for column in COLUMNS if find_spec(column.module)]
    found = Findings()
    check(found, began + 60 * MINUTES * CHECKING)
    measure(found, columns, end)
    print(report(found, describe(), columns))
    print(f"\n{time.time() - began:.0f} s in all")
    return 0 if found.is_right else 1


if __name__ == "__main__":
    sys.exit(main())
