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
from benches import gpu, gpu_cases, gpu_report, gpu_worker
from benches.case import Case, Work, find_cases
from benches.process import WorkerError
from flowgraph.backends.cupy import machine
from tests.conformance import suite
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
        ("flowgraph", "mlp_step"): [80e-6, 90e-6, 70e-6], ("torch", "mlp_step"): [200e-6],
        ("compiled", "mlp_step"): [100e-6], ("eager", "mlp_step"): [400e-6],
        ("flowgraph", "matmul_4096"): [4e-3], ("flowgraph", "elementwise_4m"): [20e-6],
        ("flowgraph", "launches_100"): [1e-4], ("eager", "launches_100"): [4e-4],
        ("torch", "cnn_step"): [1e-3],
    }  # fmt: skip
    limits = {"copy": 2e12, "float32": 5e13, "float16": 5e14}
    return gpu.Findings(
        90, 100, {"Tanh-3": "AssertionError: far"}, limits, times, {"mlp_step": 3}, {},
        ["cnn: gone"],
    )  # fmt: skip


def test_the_table():
    text = gpu.report(found(), {"GPU": "a card"}, gpu.COLUMNS)
    lines = {line.split()[0]: line.split() for line in text.splitlines() if line.strip()}
    assert "conformance: 90 of 100 samples run, 1 wrong" in text
    assert "copying 2000 GB/s, GEMM float32 50.0 TFLOP/s" in text
    assert "Tanh-3: AssertionError: far" in text
    rows = {line.split()[0]: line.split() for line in text.splitlines() if " us" in line}
    assert rows["mlp_step"][1:9] == ["80.0", "us", "200", "us", "100", "us", "400", "us"]
    assert rows["mlp_step"][9:] == ["0.40", "0.80", "0.20", "3", "agree"]
    assert lines["matmul_4096"][-4:] == ["69%", "of", "GEMM", "-"]
    assert lines["elementwise_4m"][-4:] == ["80%", "of", "copying", "-"]
    assert "mlp_step at most 0.8 of PyTorch: 0.40, met" in text
    assert "launches_100 at most 0.2 of not captured: 0.25, MISSED" in text
    assert "cnn_step at most 0.8 of PyTorch: not measured" in text
    assert text.endswith("cnn: gone")


def test_what_is_wrong_decides_the_status():
    assert not found().is_right
    assert not gpu.Findings().is_right  # nothing has been checked
    assert gpu.Findings(checked=1).is_right
    assert not gpu.Findings(checked=1, differs={"cnn_step": "shapes"}).is_right


def test_what_fails_is_one_line():
    result = gpu.Findings()
    assert result.attempt("this", lambda: 3) == 3
    assert result.attempt("that", lambda: int("x\n")) is None
    assert result.notes == ["that: ValueError: invalid literal for int() with base 10: 'x\\n'"]


def scripted(monkeypatch, *programs):
    """Let processes run these programs, one after another."""
    real, left = subprocess.Popen, list(programs)

    def start(command, **options):
        return real([sys.executable, "-c", left.pop(0)], **options)

    monkeypatch.setattr(subprocess, "Popen", start)


def test_a_process_is_ended_in_time_and_its_last_words_are_kept(monkeypatch):
    words = "print('{\"sample\": 1}', flush=True); print('{\"samp', end='', flush=True)"
    scripted(monkeypatch, f"{words}; import time; time.sleep(60)")
    assert list(gpu.share_told(0, 1, 0, end=time.time() + 2)) == [{"sample": 1}, {"ended": -9}]


def test_after_a_crash_another_process_goes_on_with_the_next_sample(monkeypatch):
    def telling(answer, status):
        return f"import json, sys; print(json.dumps({answer!r})); sys.exit({status})"

    scripted(
        monkeypatch, telling({"sample": "a"}, 11),
        telling({"sample": "d", "error": "lost"}, gpu_worker.BROKEN), telling({"sample": "e"}, 0),
    )  # fmt: skip
    result = gpu.Findings()
    gpu.check_share(result, list("abde"), 0, 1, time.time() + 60)
    assert result.checked == 4
    assert result.wrong == {"b": "the process ended with 11", "d": "lost"}


def test_samples_are_checked_in_a_process_of_their_own():
    command = [sys.executable, "-m", "benches.gpu_worker", "samples", "0", "1500", "1"]
    command.append(str(time.time() + 60))
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert told
    assert all("error" not in answer for answer in told)


class Answering:
    """A column whose requests fail, or take no time."""

    def __init__(self, command, log):
        self.name, self.asked = command[-1], []

    def ask(self, do, within, **arguments):
        if self.name == "torch":
            raise WorkerError("no answer in 1 s")
        if do == "prepare":
            np.savez(arguments["results"], np.ones(3))
        return {"limits": {"copy": 1.0}, "turn": {"seconds": 0.5}}.get(do, {})

    def end(self):
        pass


def test_a_column_that_fails_again_and_again_is_given_up(monkeypatch):
    monkeypatch.setattr(gpu, "Process", Answering)
    result = gpu.Findings()
    gpu.measure(result, gpu.COLUMNS, time.time() + 60)
    assert [note for note in result.notes if "given up" in note] == ["PyTorch: given up"]
    assert len(result.notes) == gpu.MOST_FAILURES + 1
    assert result.limits == {"copy": 1.0}
    assert len(result.times) == 3 * len(gpu_cases.NAMES)
    assert set(map(tuple, result.times.values())) == {(0.5,) * gpu.ROUNDS}
    assert set(result.agree.values()) == {2}
    late = gpu.Findings()
    gpu.measure(late, gpu.COLUMNS, time.time())
    assert not late.times


class Small(Case):
    """A product of two small matrices."""

    name = "small"

    def tf1(self, tf):
        session, x = tf.Session(), tf.constant(np.eye(3, dtype=np.float32))
        y = tf.matmul(x, x)
        return Work(lambda: session.run(y))


class Local:
    """A column in this process."""

    def __init__(self, command, log):
        self.column = gpu_worker.Column(command[-1])

    def ask(self, do, within, **arguments):
        return getattr(self.column, do)(**arguments)

    def end(self):
        pass


def test_all_of_it_on_a_stand_in(monkeypatch, capsys):
    """The way of the whole program, with few samples and small cases."""

    def told(share, shares, begin, end):
        answers = []
        status = gpu_worker.run_samples(answers.append, share, shares, begin, end)
        return [*answers, {"ended": status}]

    def fails():
        raise ValueError("on purpose")

    chain = find_cases()["chain_100"]
    for module in (gpu, gpu_worker):
        monkeypatch.setattr(module, "chosen", lambda: {"small": Small(), "chain_100": chain})
    for module in (gpu, gpu_report):
        monkeypatch.setattr(module, "NAMES", ("gone", "small", "chain_100"))
    for name, value in (
        ("WARM_UP_SECONDS", 0.01), ("COPY_BYTES", 1 << 12), ("GEMM_SIDE", 8),
        ("column_of", lambda name: ("tf1", flowgraph, lambda: None)),
    ):  # fmt: skip
        monkeypatch.setattr(gpu_worker, name, value)
    watch = SimpleNamespace(
        dump_traceback_later=lambda seconds, exit: None, cancel_dump_traceback_later=lambda: None
    )
    monkeypatch.setattr(gpu_worker, "faulthandler", watch)  # it needs a real standard error
    monkeypatch.setattr(gpu, "ROUND_SECONDS", 0.01)
    monkeypatch.setattr(gpu, "Process", Local)
    monkeypatch.setattr(gpu, "share_told", told)
    monkeypatch.setattr(gpu, "find_spec", lambda name: name == "flowgraph")
    samples = suite.SAMPLES[:3]
    monkeypatch.setattr(suite, "SAMPLES", [*samples, ("Wrong-0", None)])
    with fake_gpus(1) as fake:
        fake.cuda.runtime.driverGetVersion = fails
        monkeypatch.setitem(sys.modules, "cupy", fake)
        assert gpu.main() == 1
    text = capsys.readouterr().out
    assert "conformance: 4 of 4 samples run, 1 wrong" in text
    assert "Wrong-0: AttributeError" in text
    assert "cuDNN: NOT FOUND: slower ways are taken" in text
    assert "the card: copying" in text
    rows = {line.split()[0]: line.split() for line in text.splitlines() if line}
    for name in ("small", "chain_100"):
        assert rows[name][-2:] == ["2", "agree"]
    assert "gone: KeyError: 'gone'" in text
    assert "driver, CUDA: ValueError: on purpose" in text


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
