"""`tf.app.run`: call the program's main function with its command line."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from absl import flags

from flowgraph.compat.command_flags import FLAGS, in_notebook

_HELP = ("--help", "-help", "--helpshort", "-helpshort", "--helpfull", "-helpfull")


def run(
    main: Callable[[list[str]], Any] | None = None, argv: Sequence[str] | None = None
) -> NoReturn:
    """Parse the flags, call the program's main function, and exit with what it returns.

    Parameters
    ----------
    main : callable, optional
        Is given the arguments that are no flags, the program's name first. By default the
        function ``main`` of the program.
    argv : sequence of str, optional
        The command line. By default the program's; in a notebook, its name alone.

    Raises
    ------
    SystemExit
        Always, unless `main` raises something else. ``--help`` and a flag of the wrong kind are
        answered with what the flags are, and exit status 1.

    Notes
    -----
    Flags that nobody has defined are left among the arguments. absl's own application is not
    used: it would claim the flag ``log_dir``, which many programs define, and its log handler
    would show every message of `tf.logging` a second time.

    Examples
    --------
    >>> def main(arguments):
    ...     print("training", arguments)
    >>> try:
    ...     tf.app.run(main, argv=["train.py", "fast"])
    ... except SystemExit as end:
    ...     print("exit status", end.code)
    training ['train.py', 'fast']
    exit status None
    """
    if argv is None:
        argv = sys.argv[:1] if in_notebook() else sys.argv
    main = main or sys.modules["__main__"].main
    if any(word in _HELP and word.lstrip("-") not in FLAGS for word in argv[1:]):
        document = sys.modules["__main__"].__doc__ or f"USAGE: {argv[0]} [flags]"
        print(f"{document.strip()}\n\nflags:\n{FLAGS.main_module_help()}")
        sys.exit(1)
    try:
        arguments = FLAGS(list(argv), known_only=True)
    except flags.Error as error:
        print(f"FATAL Flags parsing error:\n  {error}", file=sys.stderr)
        print("Pass --help to see what they are.", file=sys.stderr)
        sys.exit(1)
    sys.exit(main(arguments))
