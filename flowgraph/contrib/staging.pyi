from flowgraph.contrib.staging_area import StagingArea

__all__ = [
    "StagingArea",
]
