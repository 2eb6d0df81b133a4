"""The command line: ``python -m flowgraph train.py``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

USAGE = """
  python -m flowgraph [--mnist=sample] SCRIPT.py [ARGUMENTS...]
  python -m flowgraph [--mnist=sample] -m MODULE [ARGUMENTS...]
  python -m flowgraph --check SCRIPT.py...
  python -m flowgraph inspect [--batch=N] [--depth=N] [--svg=FILE] PATH
  python -m flowgraph demo [--epochs=N] [--seed=N]"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    own, module, rest = _split(words)
    parser = argparse.ArgumentParser(
        prog="python -m flowgraph",
        usage=USAGE,
        description="Run a TensorFlow 1 program on flowgraph, unchanged.",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="list what the scripts use that is not supported, without running them",
    )
    parser.add_argument(
        "--mnist",
        choices=["sample"],
        help="give read_data_sets the 5000 digits that come with flowgraph",
    )
    options = parser.parse_args(own)
    if options.mnist:
        os.environ["FLOWGRAPH_MNIST"] = options.mnist
    if module is None and not rest:
        parser.error("name a script, -m and a module, inspect or demo")
    if options.check:
        return _check(rest)
    if rest[:1] == ["demo"] and module is None:
        return _demo(rest[1:])
    if rest[:1] == ["inspect"] and module is None:
        from flowgraph.inspect import command

        return command.main(rest[1:])
    from flowgraph.compat import runner

    if module is None:
        if not os.path.isfile(rest[0]):
            parser.error(f"there is no file {rest[0]!r}")
        runner.run_script(rest[0], rest[1:])
    else:
        runner.run_module(module, rest)
    return 0


def _split(words: list[str]) -> tuple[list[str], str | None, list[str]]:
    """Split into our options, the module that follows ``-m``, and what is the program's."""
    for i, word in enumerate(words):
        if word == "-m":
            return words[:i], *((words[i + 1], words[i + 2 :]) if words[i + 1 :] else (None, []))
        if word == "--mnist":
            own, module, rest = _split(words[i + 2 :])
            return words[: i + 2] + own, module, rest
        if not word.startswith("-"):
            return words[:i], None, words[i:]
    return words, None, []


def _check(paths: Sequence[str]) -> int:
    from flowgraph.compat.check import check

    for path in paths:
        if not os.path.isfile(path):
            print(f"python -m flowgraph: error: there is no file {path!r}", file=sys.stderr)
            return 2
    findings = [(path, *finding) for path in paths for finding in check(path)]
    for path, line, text in findings:
        print(f"{path}:{line}: {text}")
    return 1 if findings else 0


def _demo(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m flowgraph demo")
    parser.add_argument("--epochs", type=int, default=10, help="passes over the training digits")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(words)
    from flowgraph import demo

    demo.run(epochs=options.epochs, seed=options.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
