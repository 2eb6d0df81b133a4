"""Metrics give what TensorFlow 1.15.5 gave: values over two batches, names and nodes."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf

FOLDER = Path(__file__).parent
RECORDED = json.loads((FOLDER / "recorded.json").read_text())
_spec = importlib.util.spec_from_file_location("metrics_cases", FOLDER / "cases.py")
cases = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(cases)


def test_every_case_is_recorded():
    assert RECORDED.keys() == cases.CASES.keys()


@pytest.mark.parametrize("case", cases.CASES)
def test_results_are_those_of_tensorflow(case):
    mine, theirs = cases.outcome(tf, case), RECORDED[case]
    for what in ("results", "variables", "collections", "nodes"):
        assert mine[what] == theirs[what]
    for value, expected in zip(mine["values"], theirs["values"], strict=True):
        np.testing.assert_allclose(value, expected, rtol=1e-6, atol=1e-7)
