from flowgraph.contrib.learn import preprocessing

__all__ = [
    "preprocessing",
]
