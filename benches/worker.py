"""The process of one library and one case: prepares it, and runs it when its turn comes.

Reads a JSON object a line from its input, and writes one a line in answer. What a library prints
goes to standard error.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.metadata
import importlib.util
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np

from benches import load
from benches.case import Case, Work, find_cases
from benches.libraries import LIBRARIES, Library

RUNS_BEFORE = 3
"""After so many runs, the results are compared: two steps of training must have worked."""
ESTIMATE_SECONDS = 0.02
LONG_RUN = 0.1
"""A run that takes longer needs none before it to warm up."""
SAMPLE = 20_000
PR_SET_PDEATHSIG = 1


def sample(results: Any) -> list[Any]:
    """Return numbers of every array in `results`, at places that depend on its size alone."""
    if isinstance(results, list | tuple):
        return [array for each in results for array in sample(each)]
    array = np.asarray(results)
    if array.size > SAMPLE:
        places = np.random.default_rng(array.size).integers(0, array.size, SAMPLE)
        return [array.flat[places]]
    return [array.ravel()]


class Worker:
    """One case, made ready for one library."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.case: Case | None = None
        self.run: Callable[[], Any] = lambda: None
        self.seconds = 0.0

    def describe(self) -> dict[str, Any]:
        """Answer whether the library is there, and its version."""
        if importlib.util.find_spec(self.library.module.partition(".")[0]) is None:
            return {"missing": f"{sys.executable} has no {self.library.module}"}
        names = [self.library.distribution, f"{self.library.distribution}-cpu"]
        for name in names:
            with contextlib.suppress(importlib.metadata.PackageNotFoundError):
                return {"version": importlib.metadata.version(name)}
        return {"version": str(getattr(self.library.load(), "__version__", "unknown"))}

    def prepare(self, case: str, results: str) -> dict[str, Any]:
        """Build the case and run it; leave a sample of its results in the file named."""
        self.case = find_cases()[case]
        make = self.case.works(self.library.kind)
        if make is None:
            return {"absent": True}
        library = self.library.load() if self.case.imports else self.library
        start = time.perf_counter()
        work: Work = make(library)
        built = time.perf_counter()
        returned = work.run()
        first = time.perf_counter()
        samples = []
        for _ in range(1, RUNS_BEFORE if self.case.unit == "s" else 1):
            if self.case.stateful:
                samples += sample(returned)
            returned = None
            last = time.perf_counter()
            returned = work.run()
            self.seconds = time.perf_counter() - last
        peak = load.peak_megabytes() if self.case.imports else None
        if self.case.unit == "s":
            np.savez(results, *samples, *sample(work.result() if work.result else returned))
            del returned
            if self.seconds < ESTIMATE_SECONDS:
                self._estimate(work.run)
        self.run = work.run
        return {"build": built - start, "first": first - built, "peak": peak}

    def _estimate(self, run: Callable[[], Any]) -> None:
        """Estimate how long a run takes."""
        start, runs = time.perf_counter(), 0
        while (elapsed := time.perf_counter() - start) < ESTIMATE_SECONDS or not runs:
            run()
            runs += 1
        self.seconds = elapsed / runs

    def turn(self, seconds: float) -> dict[str, Any]:
        """Answer the mean time of a run over about so many seconds, or what one run measures."""
        run = self.run
        if self.case is None or self.case.unit != "s":
            return {"value": float(run()), "own": load.own()}
        if self.seconds < LONG_RUN:
            run()
        count = max(1, round(seconds / self.seconds))
        start = time.perf_counter()
        for _ in range(count):
            run()
        value = (time.perf_counter() - start) / count
        return {"value": value, "own": load.own()}


def end_with_parent() -> None:
    """Have Linux end this process with its parent: stopped, it would not see its input end."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def main() -> None:
    """Answer until the input ends."""
    end_with_parent()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    worker = Worker(LIBRARIES[sys.argv[1]])
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = getattr(worker, request.pop("do"))(**request)
        except Exception as error:  # noqa: BLE001 (whatever a library raises is the answer)
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
