"""Cells, wrappers and networks give what TensorFlow 1.15.5 gave: values, gradients and nodes.

``recorded.json`` holds for each case of ``cases.py`` the names and static shapes of the
results, how many nodes were made, the variables, the values and the gradients; so do
``recorded_contrib.json`` for ``contrib_cases.py`` and ``recorded_crf.json`` for
``crf_cases.py``. The weights come of the graph's seed alone, and so of how many nodes were
made before each of them.
"""

import json
from pathlib import Path

import pytest

import flowgraph as tf
from tests.unit.rnn import cases, contrib_cases, crf_cases
from tests.unit.rnn.outcome import assert_as_recorded, outcome

FOLDER = Path(__file__).parent
RECORDED, CONTRIB, CRF = (
    json.loads((FOLDER / f"recorded{family}.json").read_text())
    for family in ("", "_contrib", "_crf")
)


def test_every_case_is_recorded():
    assert RECORDED.keys() == cases.CASES.keys()
    assert CONTRIB.keys() == contrib_cases.CASES.keys()
    assert CRF.keys() == crf_cases.CASES.keys()


@pytest.mark.parametrize("case", cases.CASES)
def test_results_are_those_of_tensorflow(case):
    assert_as_recorded(outcome(tf, cases.CASES[case]), RECORDED[case])


@pytest.mark.parametrize("case", contrib_cases.CASES)
def test_cells_are_those_of_tensorflow(case):
    assert_as_recorded(outcome(tf, contrib_cases.CASES[case]), CONTRIB[case])


@pytest.mark.parametrize("case", crf_cases.CASES)
def test_random_fields_are_those_of_tensorflow(case):
    mine = outcome(tf, crf_cases.CASES[case], case not in crf_cases.NOT_DIFFERENTIATED)
    assert_as_recorded(mine, CRF[case])
