"""What must be refused is refused, by TensorFlow's class and text."""

import re

import numpy as np
import pytest

from flowgraph.dtypes import as_dtype
from flowgraph.graph.graph import Graph
from flowgraph.ops.core import build, placeholder
from flowgraph.runtime.session import Session
from tests.conformance.suite import BAD


def attempt(bad):
    if not bad.run:
        return bad.build(*bad.inputs) if bad.build else build(bad.op, list(bad.inputs))
    feeds = {}

    def fed(value):
        array = np.asarray(value)
        tensor = placeholder(as_dtype(array.dtype))
        feeds[tensor] = array
        return tensor

    inputs = [[fed(v) for v in i] if isinstance(i, list) else fed(i) for i in bad.inputs]
    result = bad.build(*inputs) if bad.build else build(bad.op, inputs)
    with Session() as session:
        return session.run(getattr(result, "outputs", None) or result, feeds)


@pytest.mark.parametrize("bad", [bad for _, bad in BAD], ids=[name for name, _ in BAD])
def test_refused(bad):
    with Graph().as_default(), pytest.raises(bad.error, match=bad.match) as caught:
        attempt(bad)
    assert re.match(r"[^\n]", str(caught.value)), "the first line says what is wrong"
