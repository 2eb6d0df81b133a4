"""Check and measure flowgraph on this machine's GPU: ``python -m benches.gpu``.

First the whole conformance suite runs on the GPU, in several processes; then the cases of
`benches.gpu_cases` are timed beside PyTorch: case by case, the libraries by turns. All of it ends
within `MINUTES`, however much is done by then; the table says what is missing. What fails is a line
of the table, and the rest goes on: a process whose GPU context is lost is replaced. Needs the extra
``cuda12x`` or ``cuda13x``; PyTorch is left out where it is not installed. Without a GPU the exit
status is 2, and 1 if anything came out wrong.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from benches.agreement import disagreements
from benches.gpu_cases import NAMES, chosen
from benches.gpu_report import COLUMNS, Column, Findings, report
from benches.process import ROOT, Process, WorkerError
from flowgraph.backends.cuda import Operand
from flowgraph.backends.cuda.convolution import Convolution
from flowgraph.backends.cuda.products import Product
from flowgraph.ops.windows import place

MINUTES = 8.0
CHECKING = 0.4
"""The part of the time that the conformance suite may take."""

SPARE_SECONDS = 10.0
"""What is kept for ending processes and for the table."""

MOST_PROCESSES = 8
ROUNDS, ROUND_SECONDS = 5, 0.15
MOST_FAILURES = 2
"""A column that fails so often one after another is given up."""

_NOTHING = 'extern "C" __global__ void nothing() {}'

_WORKER = (sys.executable, "-m", "benches.gpu_worker")


def missing() -> str | None:
    """Return why there is no GPU to measure; ``None`` if there is one."""
    from flowgraph.backends.cupy.machine import machine

    found = machine()
    if found is None:
        return "CuPy is not installed: pip install flowgraph[cuda13x], or [cuda12x]"
    if not found.count:
        return "CuPy finds no GPU on this machine"
    module = found.module(0)
    with module.active():  # without the toolkit's headers and NVRTC nothing can be compiled
        module.RawModule(code=_NOTHING).get_function("nothing")
    return None


def share_told(*arguments: Any, end: float) -> Iterator[dict[str, Any]]:
    """Yield what a process of `benches.gpu_worker` tells of its share of the samples.

    At the time `end` it is ended if it has not ended itself; its exit status comes last.
    """
    with tempfile.TemporaryFile("w+") as told:  # so that it never waits for us to read
        process = subprocess.Popen(
            [*_WORKER, "samples", *map(str, arguments), str(end - 5)],
            stdout=told, stderr=subprocess.DEVNULL, cwd=ROOT,
        )  # fmt: skip
        try:
            process.wait(max(end - time.time(), 0.1))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        told.seek(0)
        for line in told:
            if line.endswith("\n"):  # the last line of a process that was ended may be half one
                yield json.loads(line)
        yield {"ended": process.returncode}


def check(found: Findings, end: float) -> None:
    """Run the conformance suite until `end`."""
    from tests.conformance.suite import SAMPLES

    found.samples = len(SAMPLES)
    shares = max(1, min(MOST_PROCESSES, (os.cpu_count() or 2) // 2))
    names = [name for name, _ in SAMPLES]
    with ThreadPoolExecutor(shares) as pool:
        for i in range(shares):
            pool.submit(
                found.attempt, f"conformance, process {i}",
                lambda i=i: check_share(found, names[i::shares], i, shares, end),
            )  # fmt: skip


def check_share(found: Findings, names: Sequence[str], share: int, shares: int, end: float) -> None:
    """Run a share of the samples, in a new process after one that a sample has ended."""
    done = 0
    while done < len(names) and time.time() < end - 5:
        *told, last = share_told(share, shares, done, end=end)
        for answer in told:
            found.checked += 1
            if "error" in answer:
                found.wrong[answer["sample"]] = answer["error"]
        done += len(told)
        if not last["ended"] or time.time() >= end:
            return
        if not (told and "error" in told[-1]):  # the next one has ended it before it could tell
            if done < len(names):
                found.checked += 1
                found.wrong[names[done]] = f"the process ended with {last['ended']}"
            done += 1


class Workers:
    """The processes of the columns, each replaced after a failure."""

    def __init__(self, found: Findings, columns: Sequence[Column]) -> None:
        self._found = found
        self._left = {column.name: column for column in columns}
        self._processes: dict[str, Process] = {}
        self._failures = dict.fromkeys(self._left, 0)

    @property
    def columns(self) -> list[Column]:
        """Those that have not been given up."""
        return list(self._left.values())

    def ask(self, column: Column, about: str, do: str, within: float, **arguments: Any) -> Any:
        """Return a column's answer; ``None`` after a failure, which is noted."""
        if column.name not in self._processes:
            command = [*_WORKER, "column", column.name]
            self._processes[column.name] = Process(command, subprocess.DEVNULL)
        try:
            answer = self._processes[column.name].ask(do, max(within, 1.0), **arguments)
        except WorkerError as error:
            self._found.notes.append(f"{about}, {column.title}: {error}")
            self._processes.pop(column.name).end()
            self._failures[column.name] += 1
            if self._failures[column.name] == MOST_FAILURES:
                self._found.notes.append(f"{column.title}: given up")
                del self._left[column.name]
            return None
        if do == "turn":
            self._failures[column.name] = 0
        return answer

    def end(self) -> None:
        """End all processes."""
        for process in self._processes.values():
            process.end()


def measure(found: Findings, columns: Sequence[Column], end: float) -> None:
    """Time the cases one after another until `end`, and compare their results."""
    workers = Workers(found, columns)
    try:
        with tempfile.TemporaryDirectory(prefix="flowgraph-gpu-") as folder:
            for column in columns[:1]:
                found.limits = workers.ask(column, "the card", "limits", 60) or {}
                workers.ask(column, "the card", "drop", 30)
            for name in NAMES:
                if end - time.time() < len(columns) * ROUNDS * ROUND_SECONDS:
                    return
                found.attempt(name, lambda name=name: one_case(workers, found, name, folder, end))
    finally:
        workers.end()


def one_case(workers: Workers, found: Findings, name: str, folder: str, end: float) -> None:
    """Time one case: each column is made ready, then they take turns."""
    ready = []
    for column in workers.columns:
        seconds = min(column.seconds, end - time.time() - ROUNDS * ROUND_SECONDS)
        if seconds < 1:
            break
        file = str(Path(folder) / f"{column.name}-{name}.npz")
        answer = workers.ask(column, name, "prepare", seconds, case=name, results=file)
        if answer is not None and "absent" not in answer:
            ready.append(column)
    for _ in range(ROUNDS):
        for column in list(ready):
            if time.time() > end:
                break
            answer = workers.ask(column, name, "turn", 30, seconds=ROUND_SECONDS)
            if answer is None:
                ready.remove(column)
            else:
                found.times.setdefault((column.name, name), []).append(answer["seconds"])
    for column in ready:
        workers.ask(column, name, "drop", 30)
    compare(found, name, folder)


def compare(found: Findings, name: str, folder: str) -> None:
    """Compare the results that the columns have left of a case."""
    samples = {}
    for label, file in (("torch", "torch"), ("native", "flowgraph"), ("planned", "eager")):
        path = Path(folder) / f"{file}-{name}.npz"
        if path.exists():
            with np.load(path) as arrays:
                samples[label] = list(arrays.values())
    wrong = disagreements(samples, chosen()[name].tolerance)
    found.agree[name] = len(samples) - len(wrong)
    if wrong:
        found.differs[name] = "; ".join(f"{label}: {why}" for label, why in wrong.items())


def _product() -> Product:
    a, b, c = (Operand((64, 64), np.float32, None, 16) for _ in range(3))
    return Product("float32", 64, 64, 64, a, b, c)


def _convolution() -> Convolution:
    window = place(16, 3, 1, 1, "SAME")
    shapes = ((2, 16, 16, 8), (8, 3, 3, 8), (2, 16, 16, 8))
    operands = [Operand(shape, np.float32, None, 16) for shape in shapes]
    return Convolution("forward", (window, window), False, *operands)


def describe(found: Findings) -> dict[str, str]:
    """Return what is measured: the card, and the libraries that are found."""
    import cupy

    from flowgraph.backends.cupy.machine import machine

    def library(name: str, plan: Callable[[Any], Any]) -> str:
        module = machine().module(0)  # type: ignore[union-attr]
        found = getattr(module, name)
        if found is None:
            return "NOT FOUND: slower ways are taken"
        with module.active():
            return "found" if plan(found) is not None else "FOUND, BUT HAS NO PLAN"

    questions = {
        "GPU": lambda: machine().properties(0).name,  # type: ignore[union-attr]
        "driver, CUDA": lambda: (
            f"{cupy.cuda.runtime.driverGetVersion()}, {cupy.cuda.runtime.runtimeGetVersion()}"
        ),
        "CuPy, NumPy": lambda: f"{cupy.__version__}, {np.__version__}",
        "cuBLASLt": lambda: library("products", lambda found: found.product(_product())),
        "cuDNN": lambda: library("convolutions", lambda found: found.convolution(_convolution())),
    }
    if find_spec("torch"):
        questions["PyTorch"] = lambda: version("torch")
    answers = {what: found.attempt(what, ask) for what, ask in questions.items()}
    return {what: str(answer) for what, answer in answers.items()}


def main() -> int:
    """Check, measure, print one table; return the exit status."""
    began = time.time()
    found = Findings()
    why = found.attempt("looking for a GPU", missing)
    if why is not None or found.notes:
        print(f"There is no GPU to measure: {why or found.notes[0]}.")
        return 2
    end = began + 60 * MINUTES - SPARE_SECONDS
    columns = [column for column in COLUMNS if find_spec(column.module)]
    try:
        print("checking", file=sys.stderr)
        found.attempt("conformance", lambda: check(found, began + 60 * MINUTES * CHECKING))
        print("measuring", file=sys.stderr)
        found.attempt("measuring", lambda: measure(found, columns, end))
    except KeyboardInterrupt:
        found.notes.append("interrupted")
    machine = found.attempt("the machine", lambda: describe(found)) or {}
    print(report(found, machine, columns))
    print(f"\n{time.time() - began:.0f} s in all")
    return 0 if found.is_right else 1


if __name__ == "__main__":
    sys.exit(main())
