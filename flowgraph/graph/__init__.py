"""Graphs, operations and tensors: the data structure everything else works on."""
