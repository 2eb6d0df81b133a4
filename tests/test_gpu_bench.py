"""`benches.gpu` where there is no GPU: its refusal, its processes, its table of made-up times."""

import json
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import flowgraph
from benches import gpu, gpu_cases, gpu_worker
from benches.case import Case, Work
from flowgraph.backends.cupy import machine
from tests.gpus import fake_gpus

ROOT = Path(__file__).parents[1]


def test_without_cupy_it_says_so_and_ends_with_2(monkeypatch, capsys):
    monkeypatch.setattr(machine, "_found", [None])
    assert gpu.main() == 2
    assert capsys.readouterr().out.startswith("There is no GPU to measure: CuPy is not installed")


def test_a_machine_without_gpus_is_not_measured():
    with fake_gpus(0):
        assert gpu.missing() == "CuPy finds no GPU on this machine"
    with fake_gpus(1):
        assert gpu.missing() is None


def found():
    times = {
        ("flowgraph", "mlp_step"): 80e-6, ("torch", "mlp_step"): 200e-6,
        ("compiled", "mlp_step"): 100e-6, ("eager", "mlp_step"): 400e-6,
        ("flowgraph", "matmul_4096"): 4e-3, ("flowgraph", "elementwise_4m"): 20e-6,
        ("torch", "cnn_step"): 1e-3,
    }  # fmt: skip
    limits = {"copy": 2e12, "float32": 5e13, "float16": 5e14}
    return gpu.Findings(90, 100, {"Tanh-3": "AssertionError: far"}, limits, times, ["cnn: gone"])


def test_the_table():
    text = gpu.report(found(), {"GPU": "a card"}, gpu.COLUMNS)
    lines = {line.split()[0]: line.split() for line in text.splitlines() if line.strip()}
    assert "conformance: 90 of 100 samples run, 1 wrong" in text
    assert "copying 2000 GB/s, GEMM float32 50.0 TFLOP/s" in text
    assert lines["mlp_step"][1:9] == ["80.0", "us", "200", "us", "100", "us", "400", "us"]
    assert lines["mlp_step"][9:] == ["0.40", "0.80"]
    assert lines["matmul_4096"][-3:] == ["69%", "of", "GEMM"]
    assert lines["elementwise_4m"][-3:] == ["80%", "of", "copying"]
    assert lines["cnn_step"][1:5] == ["-", "1.00", "ms", "-"]
    assert "Tanh-3: AssertionError: far" in text
    assert text.endswith("cnn: gone")


def test_what_is_wrong_decides_the_status():
    assert not found().is_right
    assert gpu.Findings().is_right
    assert not gpu.Findings(differs={"cnn_step": "shapes"}).is_right


def test_a_column_s_answers_are_taken_up():
    result, column = gpu.Findings(), gpu.COLUMNS[0]
    for answer in (
        {"limits": {"copy": 1.0}}, {"case": "mlp_step", "seconds": 0.5, "first": 1.0},
        {"case": "cnn_step", "error": "ValueError: no"}, {"case": "x", "absent": True},
        {"ended": -9},
    ):  # fmt: skip
        gpu.note(result, column, answer)
    assert result.times == {("flowgraph", "mlp_step"): 0.5}
    assert result.limits == {"copy": 1.0}
    assert result.notes == [
        "cnn_step, flowgraph: ValueError: no", "flowgraph: the process ended with -9"
    ]  # fmt: skip


def test_a_process_is_ended_in_time_and_its_last_words_are_kept(monkeypatch):
    words = "print('{\"sample\": 1}', flush=True); print('{\"samp', end='', flush=True)"
    program = f"{words}; import time; time.sleep(60)"
    real = subprocess.Popen
    monkeypatch.setattr(
        gpu.subprocess, "Popen",
        lambda command, **options: real([sys.executable, "-c", program], **options),
    )  # fmt: skip
    process = gpu.Process("samples")
    assert list(process.answers(time.time() + 2)) == [{"sample": 1}, {"ended": -9}]


def test_samples_are_checked_in_a_process_of_their_own():
    command = [sys.executable, "-m", "benches.gpu_worker", "samples", "0", "1500"]
    command.append(str(time.time() + 60))
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(told) > 1
    assert all("error" not in answer for answer in told)


class Small(Case):
    """A product of two small matrices."""

    name = "small"

    def tf1(self, tf):
        session, x = tf.Session(), tf.constant(np.eye(3, dtype=np.float32))
        y = tf.matmul(x, x)
        return Work(lambda: session.run(y))


def test_a_case_is_timed_and_its_results_are_kept(monkeypatch, tmp_path):
    monkeypatch.setattr(gpu_worker, "column_of", lambda name: ("tf1", flowgraph, lambda: None))
    for name in ("ROUND_SECONDS", "WARM_UP_SECONDS"):
        monkeypatch.setattr(gpu_worker, name, 0.01)
    answer = gpu_worker.measured("flowgraph", Small(), tmp_path)
    assert 0 < answer["seconds"] < 0.1
    with np.load(tmp_path / "flowgraph-small.npz") as arrays:
        np.testing.assert_array_equal(*arrays.values(), np.eye(3).ravel())
    told = []
    monkeypatch.setattr(gpu_worker, "chosen", lambda: {"small": Small(), "bad": Case()})
    gpu_worker.run_column(told.append, "eager", tmp_path, time.time() + 60)
    assert [answer["case"] for answer in told] == ["small", "bad"]
    assert told[1] == {"case": "bad", "absent": True}
    gpu_worker.run_column(told.append, "eager", tmp_path, time.time() - 1)
    assert len(told) == 2


def test_arrays_go_to_the_gpu_for_torch():
    tensor = SimpleNamespace(to=lambda device: device)
    torch = SimpleNamespace(from_numpy=lambda array: tensor, ones=7)
    on_gpu = gpu_worker.OnGpu(torch)
    assert (on_gpu.from_numpy(np.ones(2)), on_gpu.ones) == ("cuda", 7)


def test_the_cases_are_there_once():
    cases = gpu_cases.chosen()
    assert list(cases) == list(gpu_cases.NAMES)
    assert set(gpu_cases.LIMITS) >= {"matmul_4096", "elementwise_4m", "conv3x3_64_forward"}
    assert gpu_cases.LIMITS["conv3x3_64_input"].operations == 2 * 32 * 56 * 56 * 64 * 9 * 64


@pytest.mark.parametrize("kernel", [1, 3, 7])
def test_padding_is_tensorflow_s(kernel):
    x = flowgraph.placeholder(flowgraph.float32, [1, 9, 9, 1])
    filter = flowgraph.zeros([kernel, kernel, 1, 1])
    before, after = gpu_cases._padding(9, kernel, 2)
    padded = flowgraph.pad(x, [[0, 0], [before, after], [before, after], [0, 0]])
    same, valid = (
        flowgraph.nn.conv2d(each, filter, 2, padding)
        for each, padding in ((x, "SAME"), (padded, "VALID"))
    )
    assert same.shape == valid.shape


def test_fifty_layers_learn(monkeypatch):
    for name, value in (
        ("BATCH", 2), ("IMAGE", 32), ("BLOCKS", (1, 1)), ("WIDTHS", (4, 8)), ("CLASSES", 5),
    ):  # fmt: skip
        monkeypatch.setattr(gpu_cases, name, value)
    run = gpu_cases.Bottlenecks().tf1(flowgraph).run
    first, *_, last = [run() for _ in range(8)]
    assert np.isfinite(last)
    assert last < first
