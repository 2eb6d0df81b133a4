"""Cells, wrappers and networks give what TensorFlow 1.15.5 gave: values, gradients and nodes.

``recorded.json`` holds for each case of ``cases.py`` the names and static shapes of the
results, how many nodes were made, the variables, the values and the gradients. The weights
come of the graph's seed alone, and so of how many nodes were made before each of them.
"""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf

FOLDER = Path(__file__).parent
RECORDED = json.loads((FOLDER / "recorded.json").read_text())
_spec = importlib.util.spec_from_file_location("rnn_cases", FOLDER / "cases.py")
cases = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(cases)


def assert_close(actual, expected, tolerance):
    assert len(actual) == len(expected)
    for mine, theirs in zip(actual, expected, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=tolerance, atol=tolerance)


def test_every_case_is_recorded():
    assert RECORDED.keys() == cases.CASES.keys()


@pytest.mark.parametrize("case", cases.CASES)
def test_results_are_those_of_tensorflow(case):
    mine, theirs = cases.outcome(tf, case), RECORDED[case]
    for what in ("names", "shapes", "variables", "nodes"):
        assert mine[what] == theirs[what]
    assert_close(mine["values"], theirs["values"], 2e-6)
    assert_close(mine["gradients"], theirs["gradients"], 3e-5)
