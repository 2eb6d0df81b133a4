import numpy as np
import pytest

from flowgraph.graph.graph import Graph
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.core import constant
from flowgraph.ops.printing import (
    Print,
    layout,
    print_,
    print_and_pass,
    string_format,
    summary,
)
from flowgraph.runtime.session import Session

FLOATS = np.array([0.1, 1 / 3, 1e10, 1e-5, 123456789, np.nan, np.inf, -0.0, 1e38], np.float32)
DOUBLES = np.array([0.1, 1 / 3, 1e10, 1e300])


def strings(value):
    return np.array(value, dtype=object)


# Recorded from TensorFlow's Assert.
SUMMARIES = [
    (np.zeros(0), 3, ""),
    (np.float32(0), 3, "0"),
    (np.arange(5.0), 3, "0 1 2..."),
    (np.arange(5.0), -1, "0 1 2 3 4"),
    (np.arange(6.0).reshape(2, 3), 1, "[0...]..."),
    (np.arange(6.0).reshape(2, 3), 3, "[0 1 2]..."),
    (np.arange(6.0).reshape(2, 3), 4, "[0 1 2][3...]..."),
    (np.arange(12.0).reshape(2, 2, 3), 5, "[[0 1 2][3 4...]]..."),
    (np.arange(12.0).reshape(2, 2, 3), 100, "[[0 1 2][3 4 5]][[6 7 8][9 10 11]]"),
    (np.arange(4.0).reshape(4, 1), 3, "[0][1][2]..."),
    (np.zeros((2, 0)), 3, ""),
    (FLOATS, 100, "0.1 0.333333343 1e+10 1e-05 123456792 nan inf -0 1e+38"),
    (DOUBLES, 100, "0.1 0.33333333333333331 10000000000 1e+300"),
    (np.array([0.1, 1000], np.float16), 3, "0.0999755859 1000"),
    (np.array([1 + 2j]), 3, "?"),
    (np.array([True, False]), 3, "1 0"),
    (np.array([1, -2], np.int8), 3, "1 -2"),
    (strings([[b"ab", b"c"], [b"d\n", b"e"]]), 3, "[ab c][d\\n...]..."),
    (strings(b"x"), 3, "x"),
]

# Recorded from tf.strings.format.
LAYOUTS = [
    (np.zeros(0), 3, "[]"),
    (np.float32(0), 3, "0"),
    (np.arange(5.0), 1, "[0 ... 4]"),
    (np.arange(5.0), 2, "[0 1 ... 3 4]"),
    (np.arange(5.0), 3, "[0 1 2 3 4]"),
    (np.arange(6.0).reshape(3, 2), 1, "[[0 1]\n ...\n [4 5]]"),
    (
        np.arange(12.0).reshape(2, 2, 3),
        1,
        "[[[0 ... 2]\n  [3 ... 5]]\n\n [[6 ... 8]\n  [9 ... 11]]]",
    ),
    (np.zeros((2, 0)), 3, "[\n ...]"),
    (strings([[b"ab", b"c"], [b"d", b"e"]]), 1, '[["ab" "c"]\n ["d" "e"]]'),
    (strings(b"x"), 1, '"x"'),
]


@pytest.mark.parametrize(("value", "limit", "expected"), SUMMARIES)
def test_summary(value, limit, expected):
    assert summary(value, limit) == expected


@pytest.mark.parametrize(("value", "limit", "expected"), LAYOUTS)
def test_layout(value, limit, expected):
    assert layout(value, limit) == expected


def run(operation):
    """The operation's outputs, computed from constant inputs."""
    values = [
        t.static_value() if t.static_value() is not None else run(t.op) for t in operation.inputs
    ]
    return operation.op.compute(np, *values)


def test_print_writes_to_the_standard_error_and_passes_its_input_on(capsys):
    x = constant([[1.5, 2.0], [3.0, 4.0]])
    y = print_and_pass(x, [x, "x"], message="msg: ", summarize=5)
    assert y.op.inputs[0] is x
    np.testing.assert_array_equal(run(y.op), [[1.5, 2], [3, 4]])
    assert capsys.readouterr().err == "msg: [[1.5 2][3 4]][x]\n"
    assert run(print_and_pass(x, [x]).op) is not None
    assert capsys.readouterr().err == "[[1.5 2][3...]...]\n"


class KeptByNobody:
    def get(self, operation, make):
        return make()


def test_print_stops_after_first_n(capsys):
    kernel = Print(first_n=2).bind(None, np, KeptByNobody())
    for _ in range(3):
        kernel(np.float32(1), np.float32(7))
    assert capsys.readouterr().err == "[7]\n[7]\n"


@pytest.mark.parametrize(
    ("arguments", "options", "expected"),
    [
        (("hello", [1.5, 2.0]), {}, "hello [1.5, 2.0]\n"),
        (("hello", "T"), {}, "hello [1.5 2]\n"),
        ((["T", {"k": "T"}],), {}, "[[1.5 2], {'k': [1.5 2]}]\n"),
        (("T", "T"), {"sep": "|", "end": ""}, "[1.5 2]|[1.5 2]"),
        (("{}", "T"), {}, "{} [1.5 2]\n"),
    ],
)
def test_print_v2_fills_the_structure_of_its_arguments(arguments, options, expected, capsys):
    tensor = constant([1.5, 2.0])

    def filled(value):
        if isinstance(value, list | tuple):
            return type(value)(filled(v) for v in value)
        if isinstance(value, dict):
            return {k: filled(v) for k, v in value.items()}
        return tensor if value == "T" else value

    run(print_(*filled(arguments), **options))
    assert capsys.readouterr().err == expected


def test_print_v2_takes_names_streams_and_lone_strings(capsys, tmp_path):
    import sys

    operation = print_(constant(1.0), name="nm")
    assert [operation.name, operation.inputs[0].op.name] == ["nm", "nm_format"]
    text = constant("solo")
    assert print_(text).inputs[0] is text
    run(print_(text, output_stream=sys.stdout))
    assert capsys.readouterr().out == "solo\n"
    path = tmp_path / "log"
    for _ in range(2):
        run(print_(text, output_stream=f"file://{path}"))
    assert path.read_text() == "solo\nsolo\n"


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"foo": 1}, "Unrecognized keyword arguments for tf.print: {'foo': 1}"),
        ({"output_stream": 3}, "Unsupported output stream, logging level, or file.3"),
    ],
)
def test_print_v2_refuses(options, match):
    with pytest.raises(ValueError, match=match):
        print_("a", **options)


def test_printing_in_a_session(capsys):
    x = constant([1.5, 2.0])
    y = print_and_pass(x, [x], "x: ", first_n=2)
    with Session() as session:
        for _ in range(3):
            np.testing.assert_array_equal(session.run(y), [1.5, 2])
        session.run(print_("now", x))
    assert capsys.readouterr().err == "x: [1.5 2]\nx: [1.5 2]\nnow [1.5 2]\n"


def test_format_counts_placeholders():
    assert isinstance(string_format("a{}", constant(1)), Tensor)
    assert run(string_format("a{}b{}c", [1, [2.5]]).op).item() == b"a1b[2.5]c"
    with pytest.raises(ValueError, match="The template expects 0 tensors, but the inputs only has"):
        string_format("a", [1])


def test_a_graph_other_than_the_default_is_kept():
    graph = Graph()
    with graph.as_default():
        x = constant(1.0)
    assert print_(x).graph is graph
