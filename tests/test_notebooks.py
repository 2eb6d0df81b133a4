"""notebooks/: without outputs, in order, named by README.md. `.ci/run` executes them."""

import ast
import json
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
KNOWN = {"flowgraph", "matplotlib", "numpy", "tensorflow"}


def cells(path, kind):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind]


def imported(source):
    """The packages that a cell imports; one that writes a file imports none."""
    if source.startswith("%%"):
        return set()
    lines = [line for line in source.splitlines() if not line.startswith("%")]
    found = set()
    for node in ast.walk(ast.parse("\n".join(lines))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module.split(".")[0])
    return found


def test_numbers_count_up():
    numbers = [int(path.name.split("_")[0]) for path in NOTEBOOKS]
    assert numbers == list(range(1, len(NOTEBOOKS) + 1)) and numbers


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
class TestNotebook:
    def test_outputs_are_cleared(self, path):
        code = cells(path, "code")
        assert code
        assert all(not cell["outputs"] and cell["execution_count"] is None for cell in code)

    def test_begins_with_its_title(self, path):
        title = "".join(cells(path, "markdown")[0]["source"])
        assert re.match(rf"# {path.name.split('_')[0]}\. \w+", title)

    def test_imports_what_the_extra_installs(self, path):
        used = set().union(*(imported("".join(cell["source"])) for cell in cells(path, "code")))
        assert "flowgraph" in used or "tensorflow" in used
        assert used <= KNOWN | sys.stdlib_module_names

    def test_is_named_by_the_readme(self, path):
        assert f"(notebooks/{path.name})" in (ROOT / "README.md").read_text(encoding="utf-8")
