"""Each op is written to a GraphDef, read back as it was, and gives the same values."""

import numpy as np
import pytest

from flowgraph import protos
from flowgraph.graph.graph import Graph
from flowgraph.graphdef.importer import import_graph_def
from flowgraph.runtime.session import Session
from tests.conformance.suite import Built, expected_of, parametrize_samples


@pytest.mark.parametrize(**parametrize_samples())
def test_it_survives(sample):
    built = Built(sample)
    message = built.graph.as_graph_def(add_shapes=True)
    copy = Graph()
    with copy.as_default():
        import_graph_def(protos.GraphDef.FromString(message.SerializeToString()), name="")
    assert copy.as_graph_def(add_shapes=True) == message
    names = [tensor.name for tensor in built.operation.outputs]
    if expected_of(sample) is None or not names:
        return
    with Session(graph=copy) as session:
        feeds = {tensor.name: array for tensor, array in built.feeds.items()}
        found = session.run(names, feeds)
    for value, again in zip(built.run(), found, strict=True):
        first, second = np.asarray(value), np.asarray(again)
        if first.dtype.kind in "fc":  # a file keeps a number that is an attribute in 32 bits
            np.testing.assert_allclose(second, first, rtol=1e-6)
        else:
            np.testing.assert_array_equal(second, first)
