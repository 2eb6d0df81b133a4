"""Reverse-mode differentiation of graphs: gradients are graph too."""

from flowgraph.autodiff import control_flow as control_flow  # gives branches and loops theirs
