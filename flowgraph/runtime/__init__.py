"""Sessions: running a graph."""
