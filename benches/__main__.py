"""Measure flowgraph and its peers: ``python -m benches [case ...]``."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from benches import machine, table
from benches.case import Case, choose, find_cases
from benches.libraries import LIBRARIES, Library, interpreters
from benches.measuring import Effort, measure
from benches.plot import plot
from benches.process import Process, WorkerError
from benches.results import Result

EPILOG = """\
Peers are measured where they are installed. Give each an environment of its own:
  python -m benches --python tensorflow=/path/to/python --python torch=/path/to/python
or BENCHES_PYTHON_TENSORFLOW=/path/to/python in the environment. Needs Linux.
"""


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(
        prog="python -m benches", description="Measure flowgraph beside its peers.", epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("cases", nargs="*", help="names of cases, or how they begin; all if none")
    parser.add_argument("--python", action="append", default=[], metavar="LIBRARY=PATH",
                        help="the interpreter of a library")  # fmt: skip
    parser.add_argument("--only", help="libraries to measure, with commas between")
    parser.add_argument("--out", type=Path, default=Path("benches-out"), help="where results go")
    parser.add_argument(
        "--rounds",
        type=int,
        default=Effort.rounds,
        help="undisturbed rounds; 0 only compares results",
    )
    parser.add_argument("--list", action="store_true", help="print the names of the cases")
    return parser.parse_args(arguments)


def find(options: argparse.Namespace, log: TextIO) -> tuple[list[tuple[Library, str]], list[str]]:
    """Return the libraries that are there, with their interpreters, and notes on all of them."""
    wanted = options.only.split(",") if options.only else list(LIBRARIES)
    unknown = set(wanted) - set(LIBRARIES)
    if unknown:
        raise ValueError(f"no such library: {', '.join(sorted(unknown))}")
    pythons = interpreters(options.python, os.environ)
    found, notes = [], []
    for name in wanted:
        process = None
        try:
            process = Process.of(LIBRARIES[name], pythons[name], log)
            answer = process.ask("describe")
        except (OSError, WorkerError) as error:
            answer = {"missing": str(error)}
        finally:
            if process is not None:
                process.end()
        if "missing" in answer:
            notes.append(f"{name}: left out: {answer['missing']}")
        else:
            notes.append(f"{name}: {answer['version']}")
            found.append((LIBRARIES[name], pythons[name]))
    return found, notes


def run(
    cases: Sequence[Case], libraries: Sequence[tuple[Library, str]], effort: Effort, log: TextIO
) -> list[Result]:
    """Measure all cases, and print a line for each as it is done."""
    results = []
    for number, case in enumerate(cases, 1):
        start = time.perf_counter()
        result = measure(case, libraries, effort, log)
        results.append(result)
        took = f"[{number}/{len(cases)}, {time.perf_counter() - start:.0f} s]"
        print(f"{took} {case.name}: {summary(result)}", flush=True)
        for name, why in result.failed.items():
            print(f"    {name} left out: {why}", flush=True)
    return results


def summary(result: Result) -> str:
    """Return a case's medians, or which libraries agree where nothing was timed."""
    agreed = [name for name in result.prepared if name not in result.failed]
    if not result.rounds:
        return f"{', '.join(agreed)} agree"
    medians = {name: result.median(name) for name in agreed}
    text = ", ".join(f"{k} {table.quantity(v, result.unit)}" for k, v in medians.items())
    return f"{text}; kept {len(result.kept)}/{len(result.rounds)}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for; return 1 if a library failed or disagreed with the others."""
    options = parse(arguments)
    try:
        cases = choose(find_cases(), options.cases)
    except KeyError as error:
        print(error.args[0], file=sys.stderr)
        return 2
    if options.list:
        print("\n".join(case.name for case in cases))
        return 0
    options.out.mkdir(parents=True, exist_ok=True)
    effort = Effort(rounds=options.rounds, attempts=2 * options.rounds)
    with open(options.out / "libraries.log", "w") as log:
        try:
            libraries, notes = find(options, log)
        except ValueError as error:
            print(error, file=sys.stderr)
            return 2
        print("\n".join(notes), flush=True)
        results = run(cases, libraries, effort, log)
    where = machine.describe()
    text = table.report(results, where, notes)
    print(f"\n{text}")
    (options.out / "table.txt").write_text(f"{text}\n")
    document = {
        "machine": where,
        "libraries": notes,
        "results": [each.as_json() for each in results],
    }
    (options.out / "results.json").write_text(json.dumps(document, indent=1) + "\n")
    try:
        plot(results, options.out / "ratios.png")
    except ImportError:
        print("no plot: matplotlib is not installed")
    return int(any(result.failed for result in results))


if __name__ == "__main__":
    sys.exit(main())
