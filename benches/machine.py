"""Where a measurement was made."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]


def git(*arguments: str) -> str:
    """Return what git says about the source, or nothing where there is no repository."""
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def describe() -> dict[str, str]:
    """Return the processor, memory, system, commit and time."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = {line.partition(":")[2].strip() for line in lines if line.startswith("model name")}
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    commit = git("rev-parse", "HEAD") or "unknown"
    changed = " with changes" if git("status", "--porcelain", "--", "flowgraph", "benches") else ""
    return {
        "processor": f"{', '.join(sorted(models)) or platform.machine()}, {os.cpu_count()} cores",
        "memory": f"{memory / 1e9:.1f} GB",
        "system": f"{platform.system()} {platform.release()}",
        "commit": f"{commit}{changed}",
        "time": time.strftime("%Y-%m-%d %H:%M:%S %Z"),
    }
