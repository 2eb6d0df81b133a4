"""Linear operators: matrices known by what they do, not by their elements.

Any operator may give one of these, which their modules tell the base class.
"""

from flowgraph.linear_operators import composition, dense, derived

__all__ = ["composition", "dense", "derived"]
