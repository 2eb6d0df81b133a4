"""Distributions answer what TensorFlow 1.15.5 did: values, seeded samples, gradients, names."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf

FOLDER = Path(__file__).parent
RECORDED = json.loads((FOLDER / "recorded.json").read_text())
_spec = importlib.util.spec_from_file_location("distribution_cases", FOLDER / "cases.py")
cases = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(cases)


def test_every_case_is_recorded():
    assert RECORDED.keys() == cases.DISTRIBUTIONS.keys()


@pytest.mark.parametrize("case", cases.DISTRIBUTIONS)
def test_answers_are_those_of_tensorflow(case):
    mine, theirs = cases.outcome(tf, case), RECORDED[case]
    for what in ("texts", "refused", "names"):
        assert mine[what] == theirs[what]
    for question, expected in theirs["values"].items():
        # TensorFlow's incomplete beta function is a little off in float32.
        tolerance = 1e-5 if case.startswith("beta") else 3e-6
        found = np.asarray(mine["values"][question], float)
        np.testing.assert_allclose(found, expected, tolerance, 1e-7, err_msg=question)
    for what in ("slopes", "through_samples"):
        for found, expected in zip(mine[what], theirs[what], strict=True):
            np.testing.assert_allclose(found, expected, rtol=2e-5, atol=1e-6)
