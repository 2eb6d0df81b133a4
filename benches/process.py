"""The measuring process's side of a worker."""

from __future__ import annotations

import json
import select
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from benches.libraries import Library

ROOT = Path(__file__).parents[1]
ANSWER_SECONDS = 300.0


class WorkerError(Exception):
    """A library failed at a case; the text says how."""


class Process:
    """A worker, alive from one turn to the next; stopped meanwhile, if asked.

    Threads of many libraries go on spinning after their work, in wait for more; a stopped
    process takes nothing from the others' turns.
    """

    def __init__(
        self,
        command: Sequence[str],
        log: TextIO | int,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=ROOT,
            env=environment,
        )

    @classmethod
    def of(cls, library: Library, python: str, log: TextIO) -> Process:
        """Return the worker of a library of the CPU."""
        return cls([python, "-m", "benches.worker", library.name], log, library.environment())

    def ask(self, do: str, within: float = ANSWER_SECONDS, **arguments: Any) -> dict[str, Any]:
        """Return the answer to a request, if it comes within so many seconds.

        Raises
        ------
        WorkerError
            If the library raises, the process dies, or it does not answer in time.
        """
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
            process.stdin.flush()
        except BrokenPipeError as error:
            raise WorkerError(f"ended with {process.wait()}") from error
        if not select.select([process.stdout], [], [], within)[0]:
            raise WorkerError(f"no answer in {within:.0f} s")
        line = process.stdout.readline()
        if not line:
            raise WorkerError(f"ended with {process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise WorkerError(answer["error"])
        return answer

    def pause(self) -> None:
        """Stop the process and all its threads."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._process.send_signal(signal.SIGCONT)

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
