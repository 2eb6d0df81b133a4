"""The command line: ``python -m flowgraph demo``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m flowgraph")
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="train a convolutional net on real digits")
    demo.add_argument("--epochs", type=int, default=10, help="passes over the training digits")
    demo.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    from flowgraph import demo as digits

    digits.run(epochs=options.epochs, seed=options.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
