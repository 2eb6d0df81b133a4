"""Recurrent networks: cells, wrappers of cells, and the functions that run a cell over time."""
