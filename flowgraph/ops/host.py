"""The user's own Python functions as ops."""

from __future__ import annotations

import itertools
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph import errors
from flowgraph.dtypes import Array, DType, as_dtype
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.core import build
from flowgraph.shapes import TensorShape

registered: dict[str, Callable[..., Any]] = {}
"""Functions that the operations of a loaded graph may call, by token."""

_tokens = itertools.count()

_ERRORS: tuple[tuple[type[Exception], type[errors.OpError]], ...] = (
    (ValueError, errors.InvalidArgumentError),
    (TypeError, errors.InvalidArgumentError),
    (StopIteration, errors.OutOfRangeError),
    (MemoryError, errors.ResourceExhaustedError),
    (NotImplementedError, errors.UnimplementedError),
    (Exception, errors.UnknownError),
)


class PyFunc(Op):
    """A Python function of NumPy arrays."""

    signature = Signature("input: list(Tin) -> output: list(Tout)")
    host_only = True
    is_stateful = True

    token: str
    Tout: tuple[DType, ...]
    function: Callable[..., Any] | None = None

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (TensorShape.of(None),) * len(self.Tout)

    def attributes(self) -> dict[str, Any]:
        return {"token": self.token, "Tout": self.Tout}

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        function = self.function or registered.get(self.token)
        if function is None:
            raise errors.InvalidArgumentError(
                None, None, f"ValueError: callback {self.token} is not found"
            )
        try:
            result = function(*[_argument(value) for value in inputs])
            outputs = _as_arrays(result)
        except Exception as error:  # whatever the user's function raises has to name its operation
            raise wrapped(error) from error
        if len(outputs) != len(self.Tout):
            raise errors.InvalidArgumentError(
                None,
                None,
                f"{self.token} returns {len(outputs)} values, but expects to see "
                f"{len(self.Tout)} values.",
            )
        for index, (value, dtype) in enumerate(zip(outputs, self.Tout, strict=True)):
            if as_dtype(value.dtype) is not dtype:
                raise errors.InvalidArgumentError(
                    None,
                    None,
                    f"{index}-th value returned by {self.token} is "
                    f"{_c_name(as_dtype(value.dtype))}, but expects {_c_name(dtype)}",
                )
        return tuple(xp.asarray(value) if value.dtype != object else value for value in outputs)

    gradient = Op.not_differentiable


class PyFuncStateless(PyFunc):
    """A Python function of NumPy arrays that depends on nothing else."""

    is_stateful = False


def _argument(value: Any) -> Any:
    # A copy: the function may keep or change what it is given, and the memory is reused.
    array = np.array(value.get() if hasattr(value, "get") else value)
    return array[()] if array.ndim == 0 else array


def _as_arrays(result: Any) -> list[Array]:
    if result is None:
        return []
    values = result if isinstance(result, list | tuple) else [result]
    return [_as_array(value) for value in values]


def _as_array(value: Any) -> Array:
    array = np.array(value, order="C")
    if array.dtype.kind == "U":
        array = np.char.encode(array, "utf-8")
    return array.astype(object) if array.dtype.kind == "S" else array


def _c_name(dtype: DType) -> str:
    return {"float32": "float", "float64": "double"}.get(dtype.name, dtype.name)


def wrapped(error: Exception) -> errors.OpError:
    """Return what the user's own code raised as an error of the operation that called it."""
    kind = next(to for kind, to in _ERRORS if isinstance(error, kind))
    trace = "".join(traceback.format_tb(error.__traceback__))
    text = f"{type(error).__name__}: {error}\nTraceback (most recent call last):\n{trace}"
    return kind(None, None, text)  # type: ignore[call-arg]


def py_func(
    func: Callable[..., Any], inp: Any, Tout: Any, stateful: bool = True, name: str | None = None
) -> Any:
    """Call a Python function of NumPy arrays whenever the result is computed.

    Parameters
    ----------
    func : callable
        Takes one array (a NumPy scalar or bytes, for a scalar tensor) for each
        input, and returns an array or a list of arrays.
    inp : list of Tensor
    Tout : DType or list of DType
        The exact dtypes of the results.
    stateful : bool
        ``False`` promises that equal inputs give equal results, so that calls
        may be saved.
    name : str, optional

    Returns
    -------
    Tensor, list of Tensor, or Operation
        Of unknown shape; an operation if `Tout` is empty. No gradient flows
        through them.

    Raises
    ------
    ValueError
        If `func` is not callable.
    InvalidArgumentError
        When run: if the results do not fit `Tout`, or `func` raises ValueError
        or TypeError. Other exceptions come back as UnknownError,
        OutOfRangeError (StopIteration), ResourceExhaustedError (MemoryError) or
        UnimplementedError (NotImplementedError).

    Examples
    --------
    >>> y = tf.py_func(lambda x: x + 1, [tf.constant([1.0, 2.0])], tf.float32)
    >>> tf.Session().run(y)
    array([2., 3.], dtype=float32)
    """
    if not callable(func):
        raise ValueError(f"Expected func to be callable, got func of type {type(func)}")
    is_list = isinstance(Tout, list | tuple)
    kinds = tuple(as_dtype(dtype).base_dtype for dtype in (Tout if is_list else [Tout]))
    cls = PyFunc if stateful else PyFuncStateless
    op = cls(token=f"pyfunc_{next(_tokens)}", Tout=kinds, function=func)
    operation: Operation = build(op, (list(inp),), name)
    if not kinds:
        return operation
    outputs: list[Tensor] = list(operation.outputs)
    return outputs if is_list else outputs[0]


def numpy_function(func: Callable[..., Any], inp: Any, Tout: Any, name: str | None = None) -> Any:
    """Call a Python function of NumPy arrays, as `py_func` does.

    Parameters
    ----------
    func, inp, Tout, name
        As for `py_func`.

    Examples
    --------
    >>> tf.Session().run(tf.numpy_function(lambda x: x + 1.0, [[1.0, 2.0]], tf.float32))
    array([2., 3.], dtype=float32)
    """
    return py_func(func, inp, Tout, stateful=True, name=name)
