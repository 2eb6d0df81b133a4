"""A pytest plugin: every test and every docstring example starts on an empty default graph.

A plugin and not a conftest: the examples live in ``flowgraph/``, where fixtures of
``tests/conftest.py`` do not reach.
"""

import importlib
import os
import sys

import pytest

# A kernel that a background thread finishes in the middle of a test would change last digits.
os.environ.setdefault("FLOWGRAPH_NATIVE", "off")


@pytest.fixture(scope="session", autouse=True)
def examples_name_the_package_tf(doctest_namespace):
    doctest_namespace["tf"] = importlib.import_module("flowgraph")


@pytest.fixture(autouse=True)
def empty_default_graph():
    """Reset the default graph on both sides of a test; what a test leaves open fails that test."""
    scope = sys.modules.get("flowgraph.graph.scope")
    if scope is None:  # tests of the layer below import no graph
        yield
        return
    scope.reset_default_graph()
    yield
    scope.reset_default_graph()
