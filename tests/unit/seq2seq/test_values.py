"""Decoders, attention, beam searches and whole models give what TensorFlow 1.15.5 gave.

``recorded.json`` holds for each case of ``cases.py`` the names and static shapes of the
results, how many nodes were made, the variables, the values and the gradients; so does
``recorded_legacy.json`` for ``legacy_cases.py``. The weights come of the graph's seed alone,
and so of how many nodes were made before each of them.
"""

import json
from pathlib import Path

import pytest

import flowgraph as tf
from tests.unit.rnn.outcome import assert_as_recorded, outcome
from tests.unit.seq2seq import cases, legacy_cases

FOLDER = Path(__file__).parent
RECORDED = json.loads((FOLDER / "recorded.json").read_text())
LEGACY = json.loads((FOLDER / "recorded_legacy.json").read_text())


def test_every_case_is_recorded():
    assert RECORDED.keys() == cases.CASES.keys()
    assert LEGACY.keys() == legacy_cases.CASES.keys()


@pytest.mark.parametrize("case", cases.CASES)
def test_results_are_those_of_tensorflow(case):
    mine = outcome(tf, cases.CASES[case], case not in cases.NOT_DIFFERENTIATED)
    assert_as_recorded(mine, RECORDED[case])


@pytest.mark.parametrize("case", legacy_cases.CASES)
def test_models_are_those_of_tensorflow(case):
    assert_as_recorded(outcome(tf, legacy_cases.CASES[case]), LEGACY[case])
