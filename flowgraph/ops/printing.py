"""Ops that print, and the texts that TensorFlow makes of values."""

from __future__ import annotations

import logging
import pprint
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from flowgraph.dtypes import Array, string
from flowgraph.graph.op import Kernel, Op, Resources, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.core import apply, build
from flowgraph.shapes import TensorShape

# -- texts of values --------------------------------------------------------------------------

_ESCAPES = {
    ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t",
    ord('"'): '\\"', ord("'"): "\\'", ord("\\"): "\\\\",
}  # fmt: skip


def _float_text(value: Any, digits: int, exact: int) -> str:
    """Return the shortest of two precisions that reads back as `value`."""
    text = f"{value:.{digits}g}"
    return text if value != value or type(value)(text) == value else f"{value:.{exact}g}"


def _element_text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace").translate(_ESCAPES)
    if isinstance(value, np.bool_ | np.integer):
        return str(int(value))
    if isinstance(value, np.float64):
        return _float_text(value, 15, 17)
    if np.ndim(value) == 0 and getattr(value, "dtype", np.dtype("c8")).kind in "fV":
        return _float_text(np.float32(value), 6, 9)
    return "?"


def summary(value: Array, limit: int) -> str:
    """Return the first `limit` elements of a value in TensorFlow's compact form.

    Parameters
    ----------
    value : array
    limit : int
        How many elements to show; negative for all.
    """
    value = _to_host(value)
    shown = value.size if limit < 0 else min(limit, value.size)
    flat = iter([_element_text(v) for v in value.reshape(-1)[:shown]])
    left = shown

    def nested(depth: int) -> str:
        nonlocal left
        parts = []
        if depth == value.ndim - 1:
            count = min(value.shape[depth], left)
            left -= count
            cut = "..." if count < value.shape[depth] and depth else ""
            return " ".join(next(flat) for _ in range(count)) + cut
        for _ in range(value.shape[depth]):
            if left <= 0:
                break
            parts.append(f"[{nested(depth + 1)}]")
        return "".join(parts)

    text = nested(0) if value.ndim else " ".join(flat)
    return text + ("..." if shown < value.size else "")


def layout(value: Array, limit: int) -> str:
    """Return a value as nested rows, of each axis the first and last `limit` entries.

    Parameters
    ----------
    value : array
    limit : int
        How many entries to show at either end of an axis; negative for all.
    """
    value = _to_host(value)
    ends = value.size if limit < 0 else min(limit, value.size)

    def nested(part: Array, depth: int) -> str:
        if depth == value.ndim:
            text = _element_text(part)
            return f'"{text}"' if value.dtype == object else text
        count = len(part)
        entries = [nested(part[i], depth + 1) for i in range(min(ends, count))]
        if count > 2 * ends:
            entries.append("...")
        entries += [nested(part[i], depth + 1) for i in range(max(ends, count - ends), count)]
        below = value.ndim - depth - 1
        gap = "\n" * below + " " * (depth + 1) if below else " "
        # An ellipsis is never the first entry of a row: it follows a gap even when alone.
        head = gap if entries[:1] == ["..."] else ""
        return f"[{head}{gap.join(entries)}]"

    return nested(value if value.ndim else value[()], 0)


def _to_host(value: Any) -> Array:
    return np.asarray(value.get() if hasattr(value, "get") else value)


# -- ops --------------------------------------------------------------------------------------


class Print(Op):
    """The input, printing other tensors to the standard error on the way."""

    signature = Signature("input: T, data: list(U) -> output: T")
    host_only = True
    is_stateful = True
    may_alias = True

    message: str = ""
    first_n: int = -1
    summarize: int = 3

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (inputs[0].shape,)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        parts = "".join(f"[{summary(value, self.summarize)}]" for value in inputs[1:])
        sys.stderr.write(f"{self.message}{parts}\n")
        return inputs[0]

    def bind(self, operation: Operation, xp: Any, resources: Resources) -> Kernel:
        if self.first_n < 0:
            return super().bind(operation, xp, resources)
        counter = resources.get(operation, lambda: _Counter(self.first_n))

        def kernel(*inputs: Array) -> Array:
            return self.compute(xp, *inputs) if counter.take() else inputs[0]

        return kernel

    def gradient(self, operation: Operation, *dys: Any) -> Sequence[Tensor | None]:
        return (dys[0], *[None] * (len(operation.inputs) - 1))


class _Counter:
    """Grants a number of turns, over all runs of a session."""

    def __init__(self, turns: int) -> None:
        self._turns = turns
        self._lock = threading.Lock()

    def take(self) -> bool:
        with self._lock:
            self._turns -= 1
            return self._turns >= 0


def print_and_pass(
    input_: Any,
    data: Any,
    message: str | None = None,
    first_n: int | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Return `input_`, and print `data` to the standard error whenever it is computed.

    Parameters
    ----------
    input_ : Tensor
    data : list of Tensor
        What to print.
    message : str, optional
        Printed first.
    first_n : int, optional
        Print only so many times.
    summarize : int, optional
        Print so many elements of each tensor; 3 if left out.
    name : str, optional

    Examples
    --------
    >>> x = tf.constant([1.0, 2.0])
    >>> tf.Session().run(tf.Print(x, [x], "x is "))
    array([1., 2.], dtype=float32)
    """
    op = Print(
        message=message or "",
        first_n=-1 if first_n is None else first_n,
        summarize=3 if summarize is None else summarize,
    )
    return apply(op, input_, list(data), name=name)


class StringFormat(Op):
    """A template with its placeholders replaced by the texts of tensors."""

    signature = Signature("inputs: list(T) -> output: string")

    template: str = "%s"
    placeholder: str = "%s"
    summarize: int = 3

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        expected = self.template.count(self.placeholder)
        if expected != len(inputs):
            raise ValueError(
                f"num placeholders in template and num inputs must match: {expected} vs. "
                f"{len(inputs)}"
            )
        return (TensorShape.of(()),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        first, *rest = self.template.split(self.placeholder)
        texts = [layout(value, self.summarize) for value in inputs]
        text = first + "".join(a + b for a, b in zip(texts, rest, strict=True))
        return np.array(text.encode(), dtype=object)

    gradient = Op.not_differentiable


def string_format(
    template: str,
    inputs: Any,
    placeholder: str = "{}",
    summarize: int = 3,
    name: str | None = None,
) -> Tensor:
    """Return `template` with its placeholders replaced by the values of tensors.

    Parameters
    ----------
    template : str
    inputs : Tensor or list of Tensor
        One for each placeholder.
    placeholder : str
    summarize : int
        Of each axis show so many entries at either end; -1 shows all.
    name : str, optional

    Raises
    ------
    ValueError
        If there are not as many placeholders as inputs.

    Examples
    --------
    >>> tf.Session().run(tf.strings.format("loss {} of {}", [0.5, [1, 2]]))
    b'loss 0.5 of [1 2]'
    """
    values = list(inputs) if isinstance(inputs, list | tuple) else [inputs]
    count = template.count(placeholder)
    if count != len(values):
        raise ValueError(
            f"The template expects {count} tensors, but the inputs only has {len(values)}. "
            "Please ensure the number of placeholders in template matches inputs length."
        )
    op = StringFormat(template=template, placeholder=placeholder, summarize=summarize)
    return apply(op, values, name=name)


_LEVELS = {"log(info)": logging.INFO, "log(warning)": logging.WARNING, "log(error)": logging.ERROR}


class PrintV2(Op):
    """Prints a string to a stream, a log or a file."""

    signature = Signature("input: string ->")
    host_only = True
    is_stateful = True

    output_stream: str = "stderr"
    end: str = "\n"

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        rank = inputs[0].shape.rank
        if rank not in (None, 0):
            raise ValueError(f"Shape must be rank 0 but is rank {rank}")
        return ()

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        content: bytes = np.asarray(inputs[0], dtype=object).item()
        text = content.decode("utf-8", "backslashreplace")
        target = self.output_stream
        if target in _LEVELS:
            logging.getLogger("tensorflow").log(_LEVELS[target], "%s", text)
        elif target.startswith("file://"):
            with open(target.removeprefix("file://"), "a", encoding="utf-8") as file:
                file.write(text + self.end)
        else:
            getattr(sys, target).write(text + self.end)
        return ()


def print_(*inputs: Any, **kwargs: Any) -> Operation:
    """Return an operation that prints its inputs.

    Parameters
    ----------
    *inputs : Tensor, Python object, or nested lists and dicts of them
    output_stream : file, str or int
        ``sys.stderr`` (the default), ``sys.stdout``, ``"file://<path>"``, or a
        level of `tf.logging`.
    summarize : int
        Of each axis show so many entries at either end, 3 by default; -1 shows all.
    sep : str
        Between the inputs.
    end : str
        After the last.
    name : str, optional

    Raises
    ------
    ValueError
        For another keyword argument or another kind of stream.

    Notes
    -----
    Nothing is printed unless the operation is run, or is a control dependency
    of one that is.

    Examples
    --------
    >>> show = tf.print("loss:", tf.constant([0.5, 0.25]), output_stream=sys.stdout)
    >>> tf.Session().run(show)
    loss: [0.5 0.25]
    """
    stream = kwargs.pop("output_stream", sys.stderr)
    name = kwargs.pop("name", None)
    summarize = kwargs.pop("summarize", 3)
    sep = kwargs.pop("sep", " ")
    end = kwargs.pop("end", "\n")
    if kwargs:
        raise ValueError(f"Unrecognized keyword arguments for tf.print: {kwargs}")
    op = PrintV2(output_stream=_stream_name(stream), end=end)
    if len(inputs) == 1 and _is_text(inputs[0]):
        return build(op, (inputs[0],), name)
    text = _formatted(inputs, sep, summarize, f"{name}_format" if name else None)
    return build(op, (text,), name)


def _is_text(value: Any) -> bool:
    return isinstance(value, Tensor) and value.dtype == string and value.shape.rank == 0


def _formatted(inputs: Sequence[Any], sep: str, summarize: int, name: str | None) -> Tensor:
    tensors: list[Any] = []
    plain = " ".join(pprint.pformat(_mapped(value, lambda _: "")) for value in inputs)
    placeholder = "{}"
    while placeholder in plain:
        placeholder = f"{{{placeholder}}}"

    def hole(tensor: Any) -> str:
        tensors.append(tensor)
        return placeholder

    templates = []
    for value in inputs:
        filled = _mapped(value, hole)
        whole = isinstance(value, str) or filled is placeholder
        templates.append(filled if whole else pprint.pformat(filled))
    template = sep.join(templates).replace(f"'{placeholder}'", placeholder)
    return string_format(template, tensors, placeholder, summarize, name)


def _mapped(value: Any, function: Callable[[Any], str]) -> Any:
    """Replace the tensors and variables of a nested structure."""
    if isinstance(value, dict):
        return {key: _mapped(value[key], function) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return type(value)([_mapped(v, function) for v in value])
    return function(value) if hasattr(value, "graph") and hasattr(value, "dtype") else value


def _stream_name(stream: Any) -> str:
    if stream in (sys.stderr, sys.__stderr__):
        return "stderr"
    if stream in (sys.stdout, sys.__stdout__):
        return "stdout"
    for name, level in _LEVELS.items():
        if type(stream) is int and stream == level:
            return name
    if isinstance(stream, str) and stream.startswith("file://"):
        return stream
    raise ValueError(
        f"Unsupported output stream, logging level, or file.{stream}. Supported streams are "
        "sys.stdout, sys.stderr, tf.logging.INFO, tf.logging.WARN, tf.logging.ERROR. File needs "
        "to be in the form of 'file://<filepath>'."
    )
