"""What else the machine did meanwhile, from Linux's /proc."""

from __future__ import annotations

import os
import resource
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")
ALLOWED_TICKS = 3
ALLOWED_PART = 0.05


def parse_busy(stat: str) -> float:
    """Return the seconds for which all processors worked, by the text of /proc/stat.

    Time stolen by the machine's host counts: the processor was not there.
    """
    user, nice, system, _, _, irq, softirq, steal = map(int, stat.split("\n", 1)[0].split()[1:9])
    return (user + nice + system + irq + softirq + steal) * TICK


def busy() -> float:
    """Return the seconds for which all processors have worked since the machine started."""
    return parse_busy(Path("/proc/stat").read_text())


def own() -> float:
    """Return the processor time of this process and of those that it waited for, in seconds."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in spent)


def disturbed(others: float, wall: float) -> bool:
    """Whether others' processor time during `wall` seconds is more than the clock's grain shows."""
    return others > ALLOWED_TICKS * TICK + ALLOWED_PART * wall


def peak_megabytes() -> float:
    """Return the most memory that this process has had, in 10^6 bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise OSError("/proc/self/status has no VmHWM")
