"""``python -m flowgraph inspect``: what is in a file, on the command line."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from flowgraph.errors import OpError
from flowgraph.graph.graph import Graph
from flowgraph.inspect import tables
from flowgraph.inspect.checkpoint_report import CheckpointReport
from flowgraph.inspect.file import GraphFile, inspect_file

PROGRAM = "python -m flowgraph inspect"


def main(arguments: Sequence[str]) -> int:
    """Print what a file holds.

    Parameters
    ----------
    arguments : sequence of str
        The words behind ``inspect``.

    Returns
    -------
    int
        The exit status: 0, or 1 if a graph cannot be loaded or a checkpoint lacks a data file,
        or 2 if the file cannot be read.
    """
    parser = argparse.ArgumentParser(
        prog=PROGRAM, description="Show what a graph's or checkpoint's file holds."
    )
    parser.add_argument(
        "path",
        help="a GraphDef (.pb, .pbtxt), a .meta file, a SavedModel's directory, "
        "or a checkpoint's prefix",
    )
    parser.add_argument("--batch", type=_positive, help="what unknown dimensions are taken for")
    parser.add_argument("--depth", type=_positive, help="how many levels of scopes to list")
    parser.add_argument("--svg", metavar="FILE", help="also draw the graph, and write it there")
    options = parser.parse_args(arguments)
    try:
        found = inspect_file(options.path)
    except (OSError, OpError) as error:
        return _failed(error.message if isinstance(error, OpError) else str(error))
    if isinstance(found, CheckpointReport):
        print(found)
        if options.svg:
            return _failed("a checkpoint has no graph to draw")
        return 0 if found.is_whole else 1
    print(found.text(options.batch, options.depth))
    if options.svg:
        try:
            _draw(found, options.svg)
        except OSError as error:
            return _failed(str(error))
    return 0 if found.is_whole else 1


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _failed(why: str) -> int:
    print(f"{PROGRAM}: error: {tables.plain(why.partition(chr(10))[0])}", file=sys.stderr)
    return 2


def _draw(file: GraphFile, path: str) -> None:
    """Write a drawing of each graph that could be loaded, the second as ``name-2.svg``."""
    from flowgraph.inspect.show import show

    graphs: list[Graph] = [report.graph for report in file.graphs if report.graph is not None]
    stem, ending = os.path.splitext(path)
    for number, graph in enumerate(graphs, 1):
        target = path if number == 1 else f"{stem}-{number}{ending}"
        with open(target, "w", encoding="utf-8") as output:
            output.write(show(graph).to_svg())
        print(f"drawn: {tables.plain(target)}")
