"""Decoders, attention and beam searches give what TensorFlow 1.15.5 gave.

``recorded.json`` holds for each case of ``cases.py`` the names and static shapes of the
results, how many nodes were made, the variables, the values and the gradients. The weights
come of the graph's seed alone, and so of how many nodes were made before each of them.
"""

import json
from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf
from tests.unit.rnn.outcome import outcome
from tests.unit.seq2seq import cases

RECORDED = json.loads((Path(__file__).parent / "recorded.json").read_text())


def test_every_case_is_recorded():
    assert RECORDED.keys() == cases.CASES.keys()


@pytest.mark.parametrize("case", cases.CASES)
def test_results_are_those_of_tensorflow(case):
    mine = outcome(tf, cases.CASES[case], case not in cases.NOT_DIFFERENTIATED)
    theirs = RECORDED[case]
    for what in ("names", "shapes", "variables", "nodes"):
        assert mine[what] == theirs[what]
    for what, tolerance in (("values", 2e-6), ("gradients", 5e-5)):
        assert len(mine[what]) == len(theirs[what])
        for actual, expected in zip(mine[what], theirs[what], strict=True):
            np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)
