"""Run a program in a process of its own, as a user does."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def flowgraph(*words, directory, **environment):
    """The process of ``python -m flowgraph WORDS`` in a directory."""
    variables = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(
        [sys.executable, "-m", "flowgraph", *words],
        cwd=directory,
        env=variables,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
