"""The threads of a `Supervisor`: they write summaries, the speed, and checkpoints."""

from __future__ import annotations

import logging
import math
import time
from typing import TYPE_CHECKING, Any

from flowgraph import protos
from flowgraph.train.coordinator import LooperThread
from flowgraph.train.global_steps import global_step

if TYPE_CHECKING:
    from flowgraph.train.supervisor import Supervisor

_log = logging.getLogger("tensorflow")
_LINES = 10
"""How often the speed is logged; later it is only written."""


class _Service(LooperThread):
    """A thread that does something with a supervisor's session every so many seconds."""

    def __init__(self, supervisor: Supervisor, session: Any, seconds: float) -> None:
        super().__init__(supervisor.coord, seconds)
        self._supervisor = supervisor
        self._session = session

    def _step(self) -> Any:
        step = self._supervisor.global_step
        return None if step is None else global_step(self._session, step)


class SummaryThread(_Service):
    """Writes the summaries."""

    def __init__(self, supervisor: Supervisor, session: Any) -> None:
        super().__init__(supervisor, session, supervisor.save_summaries_secs)

    def run_loop(self) -> None:
        """Write them once."""
        supervisor = self._supervisor
        wanted = [supervisor.summary_op]
        if supervisor.global_step is not None:
            wanted.append(supervisor.global_step)
        summary, *steps = self._session.run(wanted)
        step = steps[0] if steps else None
        _log.info("Recording summary at step %s.", step)
        supervisor.summary_writer.add_summary(summary, step)


class StepCounterThread(_Service):
    """Writes how many steps are made per second."""

    def __init__(self, supervisor: Supervisor, session: Any) -> None:
        super().__init__(supervisor, session, supervisor.save_summaries_secs)
        self._tag = f"{supervisor.global_step.op.name}/sec"
        self._lines = 0

    def start_loop(self) -> None:
        """Begin to count."""
        self._last_time = time.time()
        self._last_step = self._step()

    def run_loop(self) -> None:
        """Write the speed since the last time."""
        step, now = self._step(), time.time()
        steps, seconds = step - self._last_step, now - self._last_time
        self._last_time, self._last_step = now, step
        speed = steps / seconds if seconds > 0 else math.inf
        value = protos.Summary.Value(tag=self._tag, simple_value=speed)
        self._supervisor.summary_writer.add_summary(protos.Summary(value=[value]), step)
        if self._lines < _LINES:
            self._lines += 1
            _log.info("%s: %g", self._tag, speed)


class CheckpointThread(_Service):
    """Saves the model."""

    def __init__(self, supervisor: Supervisor, session: Any) -> None:
        super().__init__(supervisor, session, supervisor.save_model_secs)

    def run_loop(self) -> None:
        """Save it once."""
        supervisor, path = self._supervisor, self._supervisor.save_path
        _log.info("Saving checkpoint to path %s", path)
        supervisor.saver.save(self._session, path, global_step=supervisor.global_step)
        step = self._step()
        if supervisor.summary_writer is not None and step is not None:
            entry = protos.SessionLog(status=protos.SessionLog.CHECKPOINT, checkpoint_path=path)
            supervisor.summary_writer.add_session_log(entry, step)
