"""When to do something again: after so many steps, or so many seconds."""

from __future__ import annotations

import time
from typing import Any


class SecondOrStepTimer:
    """Says whether it is time again, by steps or by seconds since the last time.

    Parameters
    ----------
    every_secs : float, optional
    every_steps : int, optional
        One of the two.

    Raises
    ------
    ValueError
        If both are given, or neither.

    Examples
    --------
    >>> timer = tf.train.SecondOrStepTimer(every_steps=10)
    >>> timer.should_trigger_for_step(3)  # the first time
    True
    >>> timer.update_last_triggered_step(3)
    (None, None)
    >>> timer.should_trigger_for_step(12), timer.should_trigger_for_step(13)
    (False, True)
    """

    def __init__(self, every_secs: float | None = None, every_steps: int | None = None) -> None:
        if every_secs is None and every_steps is None:
            raise ValueError("Either every_secs or every_steps should be provided.")
        if every_secs is not None and every_steps is not None:
            raise ValueError("Can not provide both every_secs and every_steps.")
        self._every_secs = every_secs
        self._every_steps = every_steps
        self.reset()

    def reset(self) -> None:
        """Forget the last time: the next step triggers."""
        self._last_step: Any = None
        self._last_time = 0.0

    def should_trigger_for_step(self, step: Any) -> bool:
        """Return whether it is time at a step. The same step triggers once."""
        if self._last_step is None:
            return True
        if self._last_step == step:
            return False
        if self._every_secs is not None:
            return time.time() >= self._last_time + self._every_secs
        return bool(step >= self._last_step + self._every_steps)

    def update_last_triggered_step(self, step: Any) -> tuple[float | None, Any]:
        """Note that it was done at a step.

        Returns
        -------
        tuple
            Seconds and steps since the time before; ``None`` for both at first.
        """
        now = time.time()
        passed: tuple[float | None, Any] = None, None
        if self._last_step is not None:
            passed = now - self._last_time, step - self._last_step
        self._last_time, self._last_step = now, step
        return passed

    def last_triggered_step(self) -> Any:
        """Return the step of the last time, or ``None``."""
        return self._last_step


class NeverTriggerTimer(SecondOrStepTimer):
    """A timer by which it is never time."""

    def __init__(self) -> None:
        self.reset()

    def should_trigger_for_step(self, step: Any) -> bool:
        """Return False."""
        return False
