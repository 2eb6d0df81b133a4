"""TensorFlow's random streams: seeds, the Philox generator, and the distributions on it.

NumPy only. An op with the same seeds gives the values of TensorFlow's CPU kernels: bit for bit
where the arithmetic is exact (uniform, integers, shuffles), else to the last bit or two.
"""

from flowgraph.random_streams.seeds import resolve_seed
from flowgraph.random_streams.stream import PhiloxStream

__all__ = ["PhiloxStream", "resolve_seed"]
