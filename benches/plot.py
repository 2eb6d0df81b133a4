"""Results as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benches.libraries import LIBRARIES, TENSORFLOW
from benches.results import Result

MARKS = {"native": "D", "planned": "d", "torch": "o", "jax": "^", "numpy": "x"}
COLOURS = {"native": "C0", "planned": "C9", "torch": "C1", "jax": "C2", "numpy": "C7"}


def plot(results: Sequence[Result], path: Path) -> None:
    """Draw each case's medians as ratios to TensorFlow's, one row a case.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    shown = [each for each in results if each.median(TENSORFLOW.name)]
    figure = Figure(figsize=(9, 1.5 + 0.24 * len(shown)), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for library in LIBRARIES:
        ratios = [each.ratio(library, TENSORFLOW.name) for each in shown]
        points = [(value, row) for row, value in enumerate(ratios) if value is not None]
        if library != TENSORFLOW.name and points:
            axes.scatter(
                [value for value, _ in points],
                [row for _, row in points],
                label=library,
                marker=MARKS[library],
                s=28,
                color=COLOURS[library],
            )
    axes.axvline(1.0, color="grey", linewidth=1)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("time (or megabytes) beside TensorFlow's: left of the line is less")
    axes.set_yticks(range(len(shown)), [each.case for each in shown])
    axes.set_ylim(max(len(shown), 1) - 0.5, -0.5)
    axes.grid(axis="both", linewidth=0.3)
    if shown:
        figure.legend(loc="outside upper center", ncols=len(MARKS))
    figure.savefig(path, dpi=110)
