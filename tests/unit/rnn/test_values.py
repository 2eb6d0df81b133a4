"""Cells, wrappers and networks give what TensorFlow 1.15.5 gave: values, gradients and nodes.

``recorded.json`` holds for each case of ``cases.py`` the names and static shapes of the
results, how many nodes were made, the variables, the values and the gradients. The weights
come of the graph's seed alone, and so of how many nodes were made before each of them.
"""

import json
from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf
from tests.unit.rnn import cases
from tests.unit.rnn.outcome import outcome

RECORDED = json.loads((Path(__file__).parent / "recorded.json").read_text())


def assert_close(actual, expected, tolerance):
    assert len(actual) == len(expected)
    for mine, theirs in zip(actual, expected, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=tolerance, atol=tolerance)


def test_every_case_is_recorded():
    assert RECORDED.keys() == cases.CASES.keys()


@pytest.mark.parametrize("case", cases.CASES)
def test_results_are_those_of_tensorflow(case):
    mine, theirs = outcome(tf, cases.CASES[case]), RECORDED[case]
    for what in ("names", "shapes", "variables", "nodes"):
        assert mine[what] == theirs[what]
    assert_close(mine["values"], theirs["values"], 2e-6)
    assert_close(mine["gradients"], theirs["gradients"], 3e-5)
