"""TensorFlow 1.x's programming model on NumPy: symbolic graphs, gradients, sessions."""

import flowgraph.graphdef.export
import flowgraph.ops.operators  # noqa: F401 - both give what lies below them its methods
from flowgraph.compat.unsupported import missing
from flowgraph.namespaces import lazy
from flowgraph.version import __version__ as __version__

__getattr__, __dir__, __all__ = lazy(__name__, __file__, missing)
