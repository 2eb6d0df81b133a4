"""Our calls of cuDNN against cuDNN, which makes plans for an H100 without one."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.unit.backends.cuda.device import COMPILER

if find_spec("cudnn") is None:
    pytest.skip("nvidia-cudnn-frontend is not installed", allow_module_level=True)
if COMPILER is None:
    pytest.skip("there is no C++ compiler", allow_module_level=True)

ROOT = Path(__file__).parents[4]


def test_there_is_a_plan_for_every_convolution(tmp_path):
    driver = tmp_path / "libcuda.so.1"
    source = Path(__file__).with_name("driver.c")
    command = [COMPILER, "-x", "c", "-shared", "-fPIC", "-w", "-Wl,-soname,libcuda.so.1"]
    subprocess.run([*command, "-o", str(driver), str(source)], check=True)
    done = subprocess.run(
        [sys.executable, "-m", "tests.unit.backends.cuda.cudnn_itself", str(driver)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert not done.returncode, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    if found is None:
        pytest.skip("this cuDNN makes plans for a card that is there only")
    assert len(found) == 72
    assert [name for name, (_, is_found) in found.items() if not is_found] == []
    assert sum(tried > 1 for tried, _ in found.values()) > 40
