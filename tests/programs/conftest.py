"""Each program's graphs are written to a file and read again: they do what they did."""

import threading

import numpy as np
import pytest

from flowgraph import protos
from flowgraph.graph.graph import Graph
from flowgraph.graphdef.importer import import_graph_def
from flowgraph.runtime.config import ConfigProto
from flowgraph.runtime.executor import Executor
from flowgraph.runtime.session import Session

REFUSED = {
    "PyFunc": "its function is Python's, which no file holds",
    "PyGeneratorDataset": "so is its generator",
}
"""The kinds of operations that have no form in a file, and why."""

OF_A_SESSION = {"IteratorFromStringHandleV2", "IteratorFromStringHandle"}
"""The kinds of operations that take what is of no use in another session: handles."""

REPEATED = 5
"""How many of a session's runs are made again."""


@pytest.fixture(autouse=True)
def graphs_survive_files(monkeypatch):
    runs = {}  # by graph and store, which is held so that no other has its id
    run = Executor.run

    def recorded(self, values):
        results = run(self, values)
        made = runs.setdefault((self.request.graph, id(self.store)), [self.store])
        if len(made) <= REPEATED and threading.current_thread() is threading.main_thread():
            made.append((self.request, list(values), [np.array(r) for r in results]))
        return results

    with monkeypatch.context() as patch:
        patch.setattr(Executor, "run", recorded)
        yield
    copies = {}
    for (graph, _), (_, *made) in runs.items():
        if graph not in copies:
            copies[graph] = read_again(graph)
        if copies[graph] is not None:
            repeat(graph, copies[graph], made)


def read_again(graph):
    try:
        message = graph.as_graph_def()
    except NotImplementedError as error:
        assert any(kind in str(error) for kind in REFUSED), error
        return None
    copy = Graph()
    with copy.as_default():
        import_graph_def(protos.GraphDef.FromString(message.SerializeToString()), name="")
    again = copy.as_graph_def()
    if message.library.function:  # what a loop keeps for its gradient is written as variables
        assert [(n.name, n.op) for n in again.node] == [(n.name, n.op) for n in message.node]
    else:
        assert again == message
    return copy


def repeat(graph, copy, made):
    operations = graph.get_operations()
    if any(o.op.drains is not None or o.type in OF_A_SESSION for o in operations):
        return  # threads fill the queues
    is_seeded = all(map(seeded, operations))
    softly = ConfigProto(allow_soft_placement=True)
    with Session(graph=copy, config=softly) as session:
        for request, values, results in made:
            names = [tensor.name for tensor in request.fetches]
            targets = [operation.name for operation in request.targets]
            feeds = {t.name: v for t, v in zip(request.feeds, values, strict=True)}
            found = session.run([names, targets], feeds)[0]
            for name, again, first in zip(names, found, results, strict=True):
                assert np.shape(again) == first.shape, name
                if not is_seeded:
                    continue
                if first.dtype.kind in "fc":
                    np.testing.assert_allclose(again, first, rtol=1e-5, atol=1e-6, err_msg=name)
                else:
                    np.testing.assert_array_equal(again, first, err_msg=name)


def seeded(operation):
    return not operation.op.is_random or operation.op.seed or operation.op.seed2
