"""Public functions, constructors and methods are called as TensorFlow 1.15's are.

``signatures.tsv`` lists the names that flowgraph shares with TensorFlow 1.15.5, each with its
signature there, read with ``tf_inspect.getfullargspec`` from an installed copy. Constants,
properties and enumerations have none. A default written ``...`` is an object that has no literal
form, so only its being there is compared.
"""

import inspect
from pathlib import Path
from typing import Any

import pytest

import flowgraph as tf

POSITIONAL = inspect.Parameter.POSITIONAL_OR_KEYWORD
LINES = (Path(__file__).parent / "signatures.tsv").read_text().splitlines()[1:]
SIGNATURES = dict(line.split("\t") for line in LINES)
CALLED = {name: text for name, text in SIGNATURES.items() if text}

UNLIKE = {
    "tf.Tensor": "only operations make tensors; TensorFlow's takes its shape from C++",
    "tf.Operation": "only graphs make operations; TensorFlow's is made of a NodeDef",
    "tf.data.Dataset": "only its methods make datasets; TensorFlow's is abstract",
    "tf.convert_to_tensor": "as_ref, which ops use to keep a variable's reference",
}


def look_up(name: str) -> Any:
    found: Any = tf
    for part in name.split(".")[1:]:
        found = getattr(found, part)
    return found


def theirs(text: str) -> inspect.Signature:
    return inspect.signature(eval(f"lambda {text[1:-1]}: None", {"tf": tf}))


def ours(name: str) -> inspect.Signature:
    """The signature without ``self``, which Python binds and no caller passes."""
    signature = inspect.signature(look_up(name))
    owner, _, member = name.rpartition(".")
    holder = look_up(owner)
    if inspect.isclass(holder) and inspect.isfunction(inspect.getattr_static(holder, member)):
        signature = signature.replace(parameters=list(signature.parameters.values())[1:])
    return signature


def spelled_out(parameter: inspect.Parameter, mine: inspect.Signature) -> bool:
    """Whether ours names one by one the keywords that TensorFlow takes as ``**kwargs``."""
    kinds = [p.kind for p in mine.parameters.values()]
    return parameter.kind is parameter.VAR_KEYWORD and parameter.KEYWORD_ONLY in kinds


def comparable(default: Any) -> tuple[type, Any]:
    """TensorFlow writes lists where a tuple is the safer default; 1, 1.0 and True differ."""
    value = tuple(default) if isinstance(default, list) else default
    return type(value), value


def disagreements(expected: inspect.Signature, actual: inspect.Signature) -> list[str]:
    positional = [p for p in actual.parameters.values() if p.kind is POSITIONAL]
    wanted = [p for p in expected.parameters.values() if p.kind is POSITIONAL]
    found = []
    if [p.name for p in positional] != [p.name for p in wanted]:
        found.append(f"order: {[p.name for p in positional]} for {[p.name for p in wanted]}")
    for parameter in expected.parameters.values():
        mine = actual.parameters.get(parameter.name)
        if mine is None and spelled_out(parameter, actual):
            continue
        if mine is None:
            found.append(f"no parameter {parameter.name}")
            continue
        if mine.kind is not parameter.kind:
            found.append(f"{parameter.name} is {mine.kind.description}")
        if parameter.default is ... and mine.default is not mine.empty:
            continue
        if comparable(mine.default) != comparable(parameter.default):
            found.append(f"{parameter.name} defaults to {mine.default!r}")
    extra = [p for p in actual.parameters.values() if p.name not in expected.parameters]
    return found + [f"{p.name} of ours must be given" for p in extra if p.default is p.empty]


@pytest.mark.parametrize("name", SIGNATURES)
def test_listed_name_exists(name: str) -> None:
    look_up(name)


@pytest.mark.parametrize(("name", "text"), CALLED.items(), ids=list(CALLED))
def test_called_as_in_tensorflow(name: str, text: str) -> None:
    found = disagreements(theirs(text), ours(name))
    assert bool(found) == (name in UNLIKE), found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("(x, y=1)", []),
        ("(y, x=1)", ["order: ['x', 'y'] for ['y', 'x']", "y defaults to 1", "x defaults to"]),
        ("(x, y=2)", ["y defaults to 1"]),
        ("(x, y=True)", ["y defaults to 1"]),
        ("(x, y=...)", []),
        ("(x, y=1, z=None)", ["order: ['x', 'y'] for ['x', 'y', 'z']", "no parameter z"]),
        ("(x)", ["order: ['x', 'y'] for ['x']"]),
        ("(x, y=1, **kwargs)", []),
        ("(x, y=1, *, extra=None)", []),
        ("(x, y=1, *, extra=True)", ["extra defaults to None"]),
    ],
)
def test_comparison_sees_differences(text: str, said: list[str]) -> None:
    def example(x: Any, y: int = 1, *, extra: Any = None) -> None:
        raise NotImplementedError

    found = disagreements(theirs(text), inspect.signature(example))
    assert len(found) == len(said)
    assert all(line.startswith(start) for line, start in zip(found, said, strict=True))
