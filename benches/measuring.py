"""Runs a case: every library in its own process, in turns."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np

from benches import load
from benches.agreement import disagreements
from benches.case import Case
from benches.libraries import Library
from benches.process import Process, WorkerError
from benches.results import Preparation, Result, Round


@dataclass(frozen=True)
class Effort:
    """How much time measuring may take."""

    rounds: int = 15
    """How many undisturbed rounds are wanted; without any, results are compared only."""
    attempts: int = 30
    """How many rounds there are at most."""
    turn: float = 0.025
    """Seconds for which a library runs in a round, once at least."""
    seconds: float = 8.0
    """After so long, there are no more rounds than `least`."""
    least: int = 5


def measure(
    case: Case, libraries: Sequence[tuple[Library, str]], effort: Effort, log: TextIO
) -> Result:
    """Return what a case takes in each of the libraries, given with their interpreters.

    A library that fails, or whose results differ from the others', is left out of the rounds, and
    the result says why.
    """
    result = Result(case.name, case.unit)
    processes: dict[str, Process] = {}
    try:
        with tempfile.TemporaryDirectory() as folder:
            samples = {}
            for library, python in libraries:
                if case.works(library.kind) is None:
                    continue
                process = processes[library.name] = Process.of(library, python, log)
                path = Path(folder) / f"{library.name}.npz"
                try:
                    answer = process.ask("prepare", case=case.name, results=str(path))
                except WorkerError as error:
                    result.failed[library.name] = str(error)
                    continue
                process.pause()
                result.prepared[library.name] = Preparation(**answer)
                if path.exists():
                    with np.load(path) as arrays:
                        samples[library.name] = list(arrays.values())
        result.failed.update(disagreements(samples, case.tolerance))
        for name in result.failed:
            if name in processes:
                processes.pop(name).end()
        rounds(result, processes, effort)
    finally:
        for process in processes.values():
            process.end()
    return result


def rounds(result: Result, processes: dict[str, Process], effort: Effort) -> None:
    """Add rounds to a result until enough are undisturbed, or the effort is spent."""
    spent: dict[str, float] = {}
    if effort.rounds and result.unit == "s":
        _round(result, processes, effort.turn, spent)  # fills caches, starts threads
    elif effort.rounds:
        effort = Effort(rounds=1, attempts=1, least=1)
    start = time.perf_counter()
    while processes and len(result.rounds) < effort.attempts:
        if len(result.kept) >= effort.rounds:
            break
        if time.perf_counter() - start > effort.seconds and len(result.rounds) >= effort.least:
            break
        done = _round(result, processes, effort.turn, spent)
        if done is not None:
            result.rounds.append(done)


def _round(
    result: Result, processes: dict[str, Process], turn: float, spent: dict[str, float]
) -> Round | None:
    """Give each process a turn; what fails is left out from then on."""
    before, start, mine = load.busy(), time.perf_counter(), load.own()
    values, own = {}, 0.0
    for name, process in list(processes.items()):
        process.resume()
        try:
            answer = process.ask("turn", seconds=turn)
        except WorkerError as error:
            result.failed[name] = str(error)
            processes.pop(name).end()
            continue
        process.pause()
        values[name] = answer["value"]
        own += answer["own"] - spent.get(name, answer["own"])
        spent[name] = answer["own"]
    wall = time.perf_counter() - start
    others = max(load.busy() - before - own - (load.own() - mine), 0.0)
    return Round(values, wall, others) if values else None
