"""``from flowgraph.python.client import timeline``, as programs have it from ``tensorflow``."""

from flowgraph.runtime.timeline import Timeline as Timeline
