"""Reverse-mode differentiation of graphs: gradients are graph too."""
