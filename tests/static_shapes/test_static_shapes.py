"""Static shapes and dtypes are TensorFlow 1.15's, for every family and all degrees of knowledge.

``record.py`` wrote ``recorded/*.tsv`` with TensorFlow 1.15.5. Where another result is meant,
``exceptions.tsv`` has it with the reason. Only in one thing they count as the same: over many a
rank that it does not know TensorFlow stumbles with a TypeError of Python's own, where flowgraph
raises a ValueError that says what is not known.
"""

import pytest

import flowgraph as tf
from tests.static_shapes.cases import FAMILIES, HERE, evaluate, expand, lines

EXCEPTIONS = {tuple(row[:2]): row[2] for row in lines(HERE / "exceptions.tsv")}
RECORDED = {family: lines(HERE / "recorded" / f"{family}.tsv") for family in FAMILIES}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_expression_is_recorded(family):
    assert expand(family) == [tuple(row[:2]) for row in RECORDED[family]]


@pytest.mark.parametrize("family", FAMILIES)
def test_static_shapes(family):
    differences = []
    for placeholders, expression, recorded in RECORDED[family]:
        expected = EXCEPTIONS.get((placeholders, expression), recorded)
        found = evaluate(tf, placeholders, expression)
        stumbled = "<unknown>" in placeholders and expected == "TypeError"
        if found != expected and not (stumbled and found == "ValueError"):
            differences.append(f"{placeholders}\t{expression}\n  {found}, not {expected}")
    assert not differences, "\n".join(differences)


def test_exceptions_differ_from_the_record():
    """An exception that has been overcome, or whose case is gone, is to be struck out."""
    recorded = {tuple(row[:2]): row[2] for rows in RECORDED.values() for row in rows}
    for case, ours in EXCEPTIONS.items():
        assert recorded[case] != ours, case
