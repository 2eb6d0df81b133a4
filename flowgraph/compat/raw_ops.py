"""`tf.raw_ops`: a function for each op, made from its declaration.

Its arguments are the op's inputs, then its attributes: those without a default come first.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import typing  # its Any by this name: there is an op Any
from collections import namedtuple
from collections.abc import Callable

from flowgraph import ops
from flowgraph.dtypes import as_dtype
from flowgraph.graph.op import Op
from flowgraph.graphdef.attributes import Kind, kinds, needs_value
from flowgraph.graphdef.writer import CONSTANT_ATTRIBUTES
from flowgraph.ops.building import build
from flowgraph.shapes import TensorShape

_FIRST = {
    "FixedLengthRecordReaderV2": ("record_bytes", "header_bytes", "footer_bytes", "hop_bytes"),
    "HashTableV2": ("key_dtype",),
    "MatrixTriangularSolve": ("lower",),
    "MaxPoolWithArgmax": ("ksize", "strides", "padding", "Targmax"),
    "MutableHashTableOfTensorsV2": ("key_dtype",),
    "MutableHashTableV2": ("key_dtype",),
    "RandomShuffleQueueV2": (
        *("component_types", "shapes", "capacity", "min_after_dequeue", "seed", "seed2"),
    ),
    "SampleDistortedBoundingBox": ("seed", "seed2", "min_object_covered"),
    "StageClear": ("dtypes",),
    "StagePeek": ("dtypes",),
    "StageSize": ("dtypes",),
    "TextLineReaderV2": ("skip_header_lines",),
    "Unstage": ("dtypes",),
}
"""Where TensorFlow has an op's attributes in another order than the op: those it has first."""

_RENAMED = {
    "EuclideanNorm": {"reduction_indices": "axis"},
    "ExpandDims": {"dim": "axis"},
    "Mean": {"reduction_indices": "axis"},
    "Prod": {"reduction_indices": "axis"},
    "Select": {"t": "x", "e": "y"},
    "Split": {"split_dim": "axis"},
    "SplitV": {"split_dim": "axis"},
    "Squeeze": {"squeeze_dims": "axis"},
    "Sum": {"reduction_indices": "axis"},
    "Max": {"reduction_indices": "axis"},
    "Min": {"reduction_indices": "axis"},
    "All": {"reduction_indices": "axis"},
    "Any": {"reduction_indices": "axis"},
    "Where": {"input": "condition"},
}
"""What the functions call an op's inputs and attributes."""

_OTHERS = frozenset(
    (
        *("CSVDataset", "FixedUnigramCandidateSampler", "IteratorV2", "PaddedBatchDatasetV2"),
        *("ParseExample", "ParseSingleSequenceExample", "SerializeManySparse", "SerializeSparse"),
        "SparseCross",
        *("AddHistoryCotangents", "HistoryCotangent", "HistoryCotangentItem"),
        *("InitializedValue", "IteratorPosition", "NoHistoryCotangents", "ResumeIterator"),
    )
)
"""Ops without functions: their attributes are not quite TensorFlow's, or they are ours alone."""

_SIMPLE: dict[str, Callable[[typing.Any], typing.Any]] = {
    "b": bool,
    "f": float,
    "i": int,
    "shape": TensorShape,
    "type": as_dtype,
}


def __getattr__(name: str) -> typing.Any:
    cls = None if name.startswith("_") else ops.declared(name)
    if cls is None or not _has_function(cls):
        raise AttributeError(f"module 'raw_ops' has no attribute {name!r}")
    return _by_keyword(name)


def __dir__() -> list[str]:
    return sorted(by_function_name().values())


def function_name(op_type: str) -> str:
    """Return the name of an op's function: words in lower case, joined by underscores.

    A word begins where a capital follows a small letter or stands before one.

    Examples
    --------
    >>> function_name("MaxPoolGrad"), function_name("ApplyRMSProp"), function_name("LRNGrad")
    ('max_pool_grad', 'apply_rms_prop', 'lrn_grad')
    """
    letters = []
    for i, letter in enumerate(op_type):
        near = op_type[i - 1 : i] + op_type[i + 1 : i + 2]
        begins = i > 0 and letter.isupper() and any(other.islower() for other in near)
        letters.append(f"_{letter}" if begins else letter)
    return "".join(letters).lower()


@functools.cache
def by_function_name() -> dict[str, str]:
    """Return the types that have functions, by `function_name`."""
    ops.declare_all()
    return {function_name(t): t for t, cls in Op.declared.items() if _has_function(cls)}


def _place(cls: type[Op], field: typing.Any) -> tuple[bool, bool, int]:
    """Return where an attribute is among an op's: sizes of windows first, dilations last."""
    first = _FIRST.get(cls.type, ("ksize",))
    rank = first.index(field.name) if field.name in first else len(first)
    return not needs_value(cls, field), field.name == "dilations", rank


def _has_function(cls: type[Op]) -> bool:
    """Whether an op is one of TensorFlow's, of which no attribute is a Python function or graph."""
    found = [kind.field if kind is not None else "func" for kind in kinds(cls).values()]
    return cls.type not in _OTHERS and not {"func", "tensor"}.intersection(found)


@functools.cache
def _by_keyword(op_type: str) -> Callable[..., typing.Any]:
    function = function_of(op_type, op_type)
    keys = list(inspect.signature(function).parameters)

    @functools.wraps(function)
    def raw(*args: typing.Any, **kwargs: typing.Any) -> typing.Any:
        if args:
            raise TypeError(
                f"{op_type} only takes keyword args (possible keys: {keys}). Please pass these "
                "args as kwargs instead."
            )
        return function(**kwargs)

    return raw


@functools.cache
def function_of(op_type: str, name: str) -> Callable[..., typing.Any]:
    """Return the function that makes operations of a type, for a module where it goes by `name`."""
    cls = Op.declared[op_type]
    found = kinds(cls)
    fields = sorted(
        dataclasses.fields(cls),  # type: ignore[arg-type]
        key=functools.partial(_place, cls),
    )
    public = _RENAMED.get(cls.type, {})
    constant = CONSTANT_ATTRIBUTES.get(cls.type, {})
    inputs = [public.get(a.name, a.name) for a in cls.signature.inputs]
    empty = inspect.Parameter.empty
    defaults = {
        public.get(f.name, f.name): empty if needs_value(cls, f) else f.default for f in fields
    }
    signature = inspect.Signature(
        [
            inspect.Parameter(key, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default)
            for key, default in {
                **dict.fromkeys(inputs, empty),
                **defaults,
                **constant,
                "name": None,
            }.items()
        ]
    )
    outputs = [argument.name for argument in cls.signature.outputs]
    result: typing.Any = namedtuple(cls.type, outputs) if len(outputs) > 1 else None

    def function(*args: typing.Any, **kwargs: typing.Any) -> typing.Any:
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{name}() {error}") from None
        bound.apply_defaults()
        given = bound.arguments
        for key, value in constant.items():
            if given[key] != value:
                raise NotImplementedError(f"{cls.type} with {key}={given[key]!r}")
        attributes = {}
        for field in fields:
            key = public.get(field.name, field.name)
            attributes[field.name] = _attribute(given[key], found[field.name], key, name)
        operation = build(cls(**attributes), [given[key] for key in inputs], given["name"])
        if not outputs:
            return operation
        values = operation.outputs
        if result is None:
            is_list = cls.signature.outputs[0].is_sequence
            return list(values) if is_list else values[0]
        return result(*_arranged(operation, values))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = cls.__doc__
    function.__signature__ = signature  # type: ignore[attr-defined]
    return function


def _arranged(operation: typing.Any, values: typing.Any) -> list[typing.Any]:
    """Return an operation's outputs, those of a list argument together."""
    counts = operation.implied_attributes() | operation.op.attributes()
    found: list[typing.Any] = []
    start = 0
    for argument in operation.op.signature.outputs:
        if not argument.is_sequence:
            found.append(values[start])
            start += 1
            continue
        count = counts[argument.count or argument.variable]
        stop = start + (count if isinstance(count, int) else len(count))
        found.append(list(values[start:stop]))
        start = stop
    return found


def _attribute(value: typing.Any, kind: Kind | None, key: str, function: str) -> typing.Any:
    """Return an attribute as the op has it."""
    if value is None or kind is None:
        return value
    convert = _SIMPLE.get(kind.field, lambda item: item)
    if not kind.is_list:
        return convert(value)
    if not isinstance(value, list | tuple):
        raise TypeError(f"Expected list for '{key}' argument to '{function}' Op, not {value!r}.")
    return tuple(convert(item) for item in value)
