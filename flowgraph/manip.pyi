from flowgraph.ops.array import reshape
from flowgraph.ops.rearranging import reverse, roll, tile
from flowgraph.ops.scattering import gather_nd, scatter_nd
from flowgraph.ops.spacing import batch_to_space_nd, space_to_batch_nd

__all__ = [
    "batch_to_space_nd", "gather_nd", "reshape", "reverse", "roll", "scatter_nd",
    "space_to_batch_nd", "tile",
]
