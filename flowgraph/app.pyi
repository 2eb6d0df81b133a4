from flowgraph import flags
from flowgraph.compat.application import run

__all__ = [
    "flags", "run",
]
