"""Random streams against values that TensorFlow computed.

`random_streams.tsv` was recorded from TensorFlow 2.21 on a CPU by running each op twice in one
session with the seeds of the row.
"""

import json
import threading
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

from flowgraph.random_streams import PhiloxStream, resolve_seed
from flowgraph.random_streams.philox import philox

LOGITS = np.array(
    [[-1.0, 0.5, 0.25, 2.0], [0.0, -np.inf, 1.0, np.nan], [-np.inf, -np.inf, -np.inf, -np.inf]]
)
SHAPES = np.array([[0.1, 0.5, 1.0], [1.5, 2.5, 30.0]])
RATES = np.array([[0.1, 0.0, 5.5, 9.9], [10.0, 33.0, 1e3, 3e4]])

ARRAYS = {
    "logits": LOGITS,
    "logits_float32": LOGITS.astype(np.float32),
    # Large enough to be split over threads: recorded with one.
    "wide": np.linspace(-2, 2, 6000).reshape(300, 20),
    "shapes": SHAPES,
    "rates": RATES,
    **{f"rates_{t}": RATES.astype(t) for t in ("float16", "float32", "float64", "int32")},
}

# Rounded transcendental functions lie between the op's values and its words.
INEXACT = ("normal", "truncated_normal", "gamma")

TEXT = Path(__file__).with_name("random_streams.tsv").read_text("utf-8")
RECORDED = [line.split("\t") for line in TEXT.splitlines() if not line.startswith("#")]


def parse(text, dtype):
    return np.array([int(t) if "int" in dtype.name else float(t) for t in text.split()]).astype(
        dtype
    )


def check(actual, picks, text, exact):
    flat = actual.reshape(-1)
    expected = parse(text, actual.dtype)
    if picks is not None:
        flat = flat[picks]
    assert flat.shape == expected.shape
    if exact:
        np.testing.assert_array_equal(flat, expected)
    else:
        precision = float(ml_dtypes.finfo(actual.dtype).eps)
        np.testing.assert_allclose(
            flat.astype(np.float64), expected.astype(np.float64), rtol=4 * precision
        )


@pytest.mark.parametrize(
    ("seeds", "method", "arguments", "picks", "first", "second"),
    RECORDED,
    ids=[f"{row[1]}-{i}" for i, row in enumerate(RECORDED)],
)
def test_runs_give_recorded_values(seeds, method, arguments, picks, first, second):
    draw = getattr(PhiloxStream(*json.loads(seeds)), method)
    values = [
        ARRAYS.get(value, value) if isinstance(value, str) else value
        for value in json.loads(arguments)
    ]
    for text in (first, second):
        check(draw(*values), json.loads(picks), text, method not in INEXACT)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("shape", [(), (7,), (2, 3), (0, 3)])
@pytest.mark.parametrize("method", ["uniform", "normal", "truncated_normal"])
def test_real_draws_have_shape_and_dtype(method, shape, dtype):
    draw = getattr(PhiloxStream(1, 2), method)(shape, dtype)
    assert draw.shape == shape
    assert draw.dtype == np.dtype(dtype)


def test_philox_known_answers():
    """The test vectors of Salmon et al. (counter and key of zeros, of ones, of digits of pi)."""

    def block(counter, key):
        low = np.array([counter[1] << 32 | counter[0]], np.uint64)
        words = philox(key[1] << 32 | key[0], counter[3] << 32 | counter[2], low)
        return [int(word[0]) for word in words]

    ones = 0xFFFFFFFF
    assert block([0] * 4, [0] * 2) == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
    assert block([ones] * 4, [ones] * 2) == [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]
    assert block([0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344], [0xA4093822, 0x299F31D0]) == [
        0xD16CFE09,
        0x94FDCCEB,
        0x5001E420,
        0x24126EA1,
    ]


def test_random_normal_of_seed_one():
    expected = [[-0.8113182, 1.4845988, 0.06532937], [-2.4427042, 0.0992484, 0.5912243]]
    draw = PhiloxStream(*resolve_seed(None, 1, 0)).normal((2, 3), np.float32)
    np.testing.assert_allclose(draw, np.float32(expected), rtol=5e-7)


def test_losses_of_the_course_script():
    """The two-layer linear regression of many TF1 courses, whose printed losses are well known."""
    x = np.random.RandomState(23455).rand(32, 2).astype(np.float32)
    target = (x.astype(np.float64).sum(axis=1, keepdims=True) < 1).astype(np.float32)
    w1 = PhiloxStream(*resolve_seed(None, 1, 0)).normal((2, 3), np.float32)
    w2 = PhiloxStream(*resolve_seed(None, 1, 0)).normal((3, 1), np.float32)
    losses = []
    for step in range(2501):
        batch = slice(step * 8 % 32, step * 8 % 32 + 8)
        hidden = x[batch] @ w1
        dy = 2 * (hidden @ w2 - target[batch]) / 8
        d1, d2 = x[batch].T @ (dy @ w2.T), hidden.T @ dy
        w1, w2 = w1 - np.float32(0.001) * d1, w2 - np.float32(0.001) * d2
        if step % 500 == 0:
            losses.append(float(np.mean((x @ w1 @ w2 - target) ** 2)))
    assert losses == pytest.approx(
        [5.13118, 0.429111, 0.409789, 0.399923, 0.394146, 0.390597], rel=3e-6
    )


def test_new_stream_starts_again():
    first, again = PhiloxStream(3, 4), PhiloxStream(3, 4)
    a = first.uniform((5,), np.float32)
    assert (a != first.uniform((5,), np.float32)).any()
    np.testing.assert_array_equal(a, again.uniform((5,), np.float32))


def test_zero_seeds_differ_between_streams():
    draws = [tuple(PhiloxStream(0, 0).uniform((4,), np.float64)) for _ in range(3)]
    assert len(set(draws)) == 3


def test_draws_of_nothing_leave_the_stream():
    stream = PhiloxStream(3, 4)
    stream.uniform((0, 2), np.float32)
    stream.normal((0,), np.float64)
    stream.truncated_normal((3, 0), np.float32)
    assert stream.uniform_int((0,), 5, 5, np.int32).shape == (0,)
    assert stream.shuffle_indices(0).tolist() == []
    assert stream.shuffle_indices(1).tolist() == [0]
    assert stream.multinomial(LOGITS, 0, np.int64).shape == (3, 0)
    assert stream.gamma((0,), SHAPES, np.float32).shape == (0, 2, 3)
    assert stream.poisson((0,), RATES, np.int32).shape == (0, 2, 4)
    np.testing.assert_array_equal(
        stream.uniform((5,), np.float32), PhiloxStream(3, 4).uniform((5,), np.float32)
    )


def test_shape_may_be_an_array():
    draw = PhiloxStream(3, 4).uniform(np.array([2, 3], np.int32), np.float32)
    np.testing.assert_array_equal(draw, PhiloxStream(3, 4).uniform((2, 3), np.float32))


def test_threads_share_a_stream_without_overlap():
    stream, alone = PhiloxStream(3, 4), PhiloxStream(3, 4)
    draws = []

    def work():
        draws.extend(tuple(stream.uniform((3,), np.float64).tolist()) for _ in range(50))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = [tuple(alone.uniform((3,), np.float64).tolist()) for _ in range(200)]
    assert sorted(draws) == sorted(expected)


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("uniform", ((2,), np.int32)),
        ("uniform_int", ((2,), 0, 5, np.uint8)),
        ("normal", ((2,), np.complex64)),
        ("truncated_normal", ((2,), np.int64)),
        ("gamma", ((2,), SHAPES, np.int32)),
        ("poisson", ((2,), RATES, np.uint8)),
    ],
)
def test_other_dtypes_are_refused(method, arguments):
    with pytest.raises(NotImplementedError, match=np.dtype(arguments[-1]).name):
        getattr(PhiloxStream(3, 4), method)(*arguments)


@pytest.mark.parametrize(
    ("method", "arguments", "message"),
    [
        ("uniform_int", ((2,), 5, 5, np.int32), "Need minval < maxval, got 5 >= 5"),
        ("gamma", ((2,), np.array([1.0, 0.0]), np.float32), "alpha"),
        ("poisson", ((2,), np.array([np.nan]), np.float32), "rate"),
        ("poisson", ((2,), np.array([1e5]), np.float16), "rate"),
    ],
)
def test_bad_parameters_are_refused(method, arguments, message):
    with pytest.raises(ValueError, match=message):
        getattr(PhiloxStream(3, 4), method)(*arguments)


@pytest.mark.parametrize(
    ("graph_seed", "op_seed", "expected"),
    [
        (None, None, (0, 0)),
        (None, 1, (87654321, 1)),
        (None, 0, (87654321, 0)),
        (3, None, (3, 12)),
        (0, 0, (0, 2**31 - 1)),
        (2**31 - 1, 0, (0, 2**31 - 1)),
        (-1, -2, (2**31 - 2, 2**31 - 3)),
        (5, 2**40, (5, 512)),
    ],
)
def test_resolve_seed(graph_seed, op_seed, expected):
    assert resolve_seed(graph_seed, op_seed, 12) == expected


def test_resolve_seed_of_an_empty_graph():
    assert resolve_seed(0, None, 0) == (0, 2**31 - 1)
