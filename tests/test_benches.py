"""What benches/ makes of its measurements; the measurements here are made up."""

import itertools
import sys

import numpy as np
import pytest

from benches import case, libraries, load, table
from benches.agreement import disagreements
from benches.measuring import Effort, rounds
from benches.process import WorkerError
from benches.results import Preparation, Result, Round


def quiet(**values):
    return Round(values, wall=1.0, others=0.0)


def result(*rounds, **fields):
    return Result("some_case", rounds=list(rounds), **fields)


def test_busy_time_counts_all_but_idling_and_waiting():
    ticks = load.parse_busy("cpu  100 20 30 4000 500 6 7 8 9 9\ncpu0 1 1 1 1 1 1 1 1 1 1\n")
    assert ticks == pytest.approx((100 + 20 + 30 + 6 + 7 + 8) * load.TICK)


def test_a_round_is_disturbed_by_more_than_the_clock_can_blur():
    assert not load.disturbed(load.ALLOWED_TICKS * load.TICK, 0.1)
    assert load.disturbed(0.1, 0.1)
    assert not Round({}, wall=10.0, others=0.4).disturbed
    assert Round({}, wall=1.0, others=0.4).disturbed


def test_medians_are_over_undisturbed_rounds():
    noisy = Round({"native": 9.0, "tensorflow": 9.0}, wall=1.0, others=0.8)
    rounds = [quiet(native=value, tensorflow=10 * value) for value in (1.0, 2.0, 3.0)]
    found = result(noisy, *rounds, noisy, noisy, noisy)
    assert (len(found.kept), len(found.rounds), found.doubtful) == (3, 7, False)
    assert found.median("native") == 2.0
    assert found.ratio("native", "tensorflow") == pytest.approx(0.1)


def test_with_too_few_undisturbed_rounds_all_count_and_the_row_says_so():
    noisy = [Round({"native": value}, wall=1.0, others=0.8) for value in (4.0, 5.0, 6.0)]
    found = result(quiet(native=1.0), *noisy)
    assert found.doubtful
    assert found.median("native") == 4.5
    assert table.times([found], ["native"]).splitlines()[1].endswith("1/4!")


def test_the_best_peer_is_the_fastest_but_tensorflow():
    found = result(quiet(native=2.0, planned=3.0, tensorflow=0.5, torch=4.0, jax=1.0))
    assert found.best_peer() == "jax"
    assert found.ratio("planned", "jax") == 3.0
    found.failed["jax"] = "gone"
    assert found.best_peer() == "torch"
    assert found.median("jax") is None
    assert result(quiet(native=2.0)).best_peer() is None


def test_what_is_not_there_is_a_dash():
    found = result(quiet(native=2e-6, tensorflow=1e-3), quiet(native=2e-6, tensorflow=1e-3))
    header, row = table.times([found], ["native", "planned", "tensorflow"]).splitlines()
    assert (
        " ".join(header.split()) == "case native planned tensorflow native/TF planned/TF best kept"
    )
    assert " ".join(row.split()) == "some_case 2.00 us - 1.00 ms 0.002 - - 2/2"


def test_the_report_has_memory_preparation_and_failures():
    there = {
        "native": Preparation(build=0.1, first=0.2, peak=50.0),
        "tensorflow": Preparation(build=1.0, first=2.0, peak=500.0),
    }
    found = result(quiet(native=1.0), prepared=there, failed={"tensorflow": "broke"})
    text = table.report([found], {"processor": "fast"}, ["jax: left out: not there"])
    assert "processor: fast" in text
    assert "50.0 MB (0.10)" in text
    assert "300 ms" in text
    assert text.endswith("jax: left out: not there\nsome_case: tensorflow left out: broke")
    assert found.as_json()["medians"]["tensorflow"] is None


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(1.5, "s", "1.50 s"), (0.0123, "s", "12.3 ms"), (4e-7, "s", "0.40 us"), (487, "MB", "487 MB")],
)
def test_quantities_have_three_digits(value, unit, text):
    assert table.quantity(value, unit) == text


def test_libraries_that_disagree_are_named():
    right = [np.float32([1.0, -4.0])]
    samples = {"numpy": right, "torch": [right[0] * 1.001], "jax": [right[0] * 1.1]}
    assert list(disagreements(samples, 0.01)) == ["jax"]
    assert list(disagreements(samples | {"jax": right * 2}, 0.01)) == ["jax"]
    assert list(disagreements(samples | {"jax": [right[0] * np.nan]}, 0.01)) == ["jax"]


class FakeProcess:
    def __init__(self, value, fails_after=100):
        self.value, self.left, self.running, self.own = value, fails_after, False, 0.0

    def resume(self):
        self.running = True

    def pause(self):
        self.running = False

    def end(self):
        self.left = 0

    def ask(self, do, seconds):
        assert (do, self.running) == ("turn", True)
        if not self.left:
            raise WorkerError("broke")
        self.left -= 1
        self.own += 1.0
        return {"value": self.value, "own": self.own}


def test_rounds_go_on_until_enough_are_undisturbed(monkeypatch):
    seconds = itertools.accumulate(itertools.cycle([0.0, 1.0, 0.0, 1.0, 0.0, 3.0]))
    monkeypatch.setattr(load, "busy", lambda: next(seconds))  # before and after each round
    fake, found = FakeProcess(2.0), Result("some_case")
    rounds(found, {"native": fake}, Effort(rounds=4, attempts=30, seconds=60))
    assert (len(found.kept), len(found.rounds)) == (4, 6)
    assert [each.others for each in found.rounds if each.disturbed] == pytest.approx(
        [2, 2], abs=0.1
    )
    assert not fake.running


def test_a_library_that_fails_is_left_out_of_further_rounds(monkeypatch):
    monkeypatch.setattr(load, "busy", lambda: 0.0)
    found, processes = Result("some_case"), {"jax": FakeProcess(1.0, 2), "torch": FakeProcess(2.0)}
    rounds(found, processes, Effort(rounds=3))
    assert found.failed == {"jax": "broke"}
    assert (found.median("jax"), found.median("torch")) == (None, 2.0)
    assert [sorted(each.values) for each in found.rounds] == [
        ["jax", "torch"],
        ["torch"],
        ["torch"],
    ]


def test_interpreters_come_from_options_then_from_the_environment():
    found = libraries.interpreters(
        ["torch=/a", "flowgraph=/f"], {"BENCHES_PYTHON_TORCH": "/b", "BENCHES_PYTHON_JAX": "/c"}
    )
    assert (found["torch"], found["jax"], found["numpy"]) == ("/a", "/c", sys.executable)
    assert found["native"] == found["planned"] == "/f"
    for wrong in ("torch", "mxnet=/a", "torch="):
        with pytest.raises(ValueError, match="must be LIBRARY=PATH"):
            libraries.interpreters([wrong], {})


def test_cases_are_chosen_by_how_their_names_begin():
    cases = case.find_cases()
    assert [each.name for each in case.choose(cases, ["conv3x3_64", "scalar"])] == [
        "scalar_add",
        "conv3x3_64_forward",
        "conv3x3_64_input",
        "conv3x3_64_filter",
    ]
    assert case.choose(cases, []) == list(cases.values())
    with pytest.raises(KeyError, match="no case is called conv9"):
        case.choose(cases, ["conv9"])
    assert all(each.works("tf1") for each in cases.values())
