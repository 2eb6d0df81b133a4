"""Linear operators: matrices known by what they do, not by their elements."""
