"""Results as text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benches.libraries import LIBRARIES, TENSORFLOW, TIERS
from benches.results import Result

UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"))


def quantity(value: float | None, unit: str) -> str:
    """Return a number of seconds or megabytes with three digits, or a dash."""
    if value is None:
        return "-"
    if unit == "s":
        scale, unit = next((each for each in UNITS if value >= each[0]), UNITS[-1])
        value /= scale
    digits = 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:.{digits}f} {unit}"


def ratio(value: float | None) -> str:
    """Return a ratio with two digits, three if it is small, or a dash."""
    return "-" if value is None else f"{value:.{3 if value < 0.1 else 2}f}"


def render(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return columns under their headings: the first to the left, the others to the right."""
    lines = [header, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    return "\n".join(
        "  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]).rstrip()
        for line in lines
    )


def times(results: Sequence[Result], libraries: Sequence[str]) -> str:
    """Return the table of medians, ratios and rounds kept."""
    tiers = [name for name in TIERS if name in libraries]
    with_best = any(result.best_peer() for result in results)
    header = ["case", *libraries]
    header += [f"{tier}/TF" for tier in tiers if TENSORFLOW.name in libraries]
    header += [f"{tier}/best" for tier in tiers if with_best]
    header += ["best", "kept"]
    rows = []
    for result in results:
        best = result.best_peer()
        row = [result.case, *(quantity(result.median(name), result.unit) for name in libraries)]
        if TENSORFLOW.name in libraries:
            row += [ratio(result.ratio(tier, TENSORFLOW.name)) for tier in tiers]
        if with_best:
            row += [ratio(result.ratio(tier, best)) for tier in tiers]
        kept = f"{len(result.kept)}/{len(result.rounds)}{'!' if result.doubtful else ''}"
        rows.append([*row, best or "-", kept if result.unit == "s" else "-"])
    return render(header, rows)


def preparations(
    results: Sequence[Result],
    libraries: Sequence[str],
    text: Callable[[Result, str], str],
) -> str:
    """Return a table with one text for each case and library."""
    timed = [result for result in results if result.unit == "s"]
    return render(
        ["case", *libraries],
        [[result.case, *(text(result, name) for name in libraries)] for result in timed],
    )


def peak(result: Result, library: str) -> str:
    """Return a library's peak memory, and its ratio to TensorFlow's."""
    there = result.prepared.get(library)
    if there is None:
        return "-"
    to_tensorflow = result.memory_ratio(library)
    apart = "" if to_tensorflow is None or library not in TIERS else f" ({ratio(to_tensorflow)})"
    return f"{quantity(there.peak, 'MB')}{apart}"


def first(result: Result, library: str) -> str:
    """Return how long building and the first run took."""
    there = result.prepared.get(library)
    return "-" if there is None else quantity(there.build + there.first, "s")


def report(results: Sequence[Result], machine: dict[str, str], notes: Sequence[str]) -> str:
    """Return the whole text."""
    libraries = [name for name in LIBRARIES if any(name in each.prepared for each in results)]
    parts = [
        "\n".join(f"{name}: {value}" for name, value in machine.items()),
        times(results, libraries),
        "kept: rounds that no other process disturbed, of all; with ! there were too few, and the\n"
        "medians are over all rounds. best: the fastest peer apart from TensorFlow.",
        "Peak memory of the process, three runs included (beside TensorFlow's)",
        preparations(results, libraries, peak),
        "Building and the first run",
        preparations(results, libraries, first),
    ]
    failures = [
        f"{result.case}: {name} left out: {why}"
        for result in results
        for name, why in result.failed.items()
    ]
    return "\n\n".join([*parts, *(["\n".join([*notes, *failures])] if notes or failures else [])])
