"""README.md: its programs print what it says, and it names what is there and what is not."""

import contextlib
import io
import re
from pathlib import Path

import pytest

import flowgraph as tf
from tests.conformance.suite import Built, assert_same, expected_of

TEXT = (Path(__file__).parents[1] / "README.md").read_text()
PROGRAM = re.compile(r"^```python\n(.*?)^```\n(?:[^`#]*?^```text\n(.*?)^```)?", re.M | re.S)
PROGRAMS = [match.groups() for match in PROGRAM.finditer(TEXT)]
MISSING = TEXT.split("## What is not here\n")[1].split("\n## ")[0]


def names(text):
    """The names of the interface between backquotes."""
    return sorted(set(re.findall(r"`tf\.([\w.]+)", text)))


def exists(name):
    found = tf
    for part in name.split("."):
        found = getattr(found, part, None)
    return found is not None


def test_programs_print_what_is_said():
    assert len(PROGRAMS) == 5
    known = {"tf": tf}
    for program, printed in PROGRAMS:
        with contextlib.redirect_stdout(io.StringIO()) as output:
            exec(program, known)
        assert output.getvalue() == (printed or "")
    (entry,) = known["ENTRIES"]
    for sample in entry.samples:
        assert_same(Built(sample).run()[0], expected_of(sample)[0], sample, "the added op")


@pytest.mark.parametrize("name", names(MISSING))
def test_missing_name_is_missing(name):
    assert not exists(name), f"README.md says that tf.{name} is not here"


@pytest.mark.parametrize("name", names(TEXT.replace(MISSING, "")))
def test_present_name_is_present(name):
    assert exists(name)


def test_paths_exist():
    root = Path(__file__).parents[1]
    paths = re.findall(r"[`(]((?:tests|benches|notebooks|flowgraph|\.ci)/[\w./-]*)[`)]", TEXT)
    assert len(paths) > 8
    assert [path for path in paths if not (root / path).exists()] == []
