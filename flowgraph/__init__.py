"""flowgraph."""
from flowgraph.ops.core import *
from flowgraph.graph.graph import Graph
from flowgraph.graph.scope import *
from flowgraph.dtypes import *
