"""The base of all bijectors: names, what was computed before, and the sums over an event's axes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.core import convert_to_tensor, shape
from flowgraph.ops.filling import ones
from flowgraph.ops.reduction import reduce_sum
from flowgraph.shapes import TensorShape, as_shape


class Bijector:
    """A function with an inverse, and the logarithms of its Jacobian's determinants.

    A subclass defines what it can of ``_forward(x)``, ``_inverse(y)``,
    ``_forward_log_det_jacobian(x)``, ``_inverse_log_det_jacobian(y)``, and for a function that
    changes shapes ``_forward_event_shape(shape)`` and ``_inverse_event_shape(shape)``.

    Parameters
    ----------
    graph_parents : list of Tensor, optional
        The parameters as tensors.
    is_constant_jacobian : bool
        Whether the Jacobian is the same everywhere.
    validate_args : bool
        Whether runs check arguments.
    dtype : DType, optional
        Of the arguments; any if left out.
    forward_min_event_ndims, inverse_min_event_ndims : int
        How many axes the smallest block has that is mapped as a whole: of arguments, and of
        results. One is the other if it is left out.
    name : str, optional

    Raises
    ------
    ValueError
        If neither number of axes is given, or one is negative.
    TypeError
        If one is no integer.
    """

    def __init__(
        self,
        graph_parents: Sequence[Tensor] | None = None,
        is_constant_jacobian: bool = False,
        validate_args: bool = False,
        dtype: Any = None,
        forward_min_event_ndims: int | None = None,
        inverse_min_event_ndims: int | None = None,
        name: str | None = None,
    ) -> None:
        if forward_min_event_ndims is None and inverse_min_event_ndims is None:
            raise ValueError(
                "Must specify at least one of `forward_min_event_ndims` and "
                "`inverse_min_event_ndims`."
            )
        taken = (
            inverse_min_event_ndims if forward_min_event_ndims is None else forward_min_event_ndims
        )
        made = (
            forward_min_event_ndims if inverse_min_event_ndims is None else inverse_min_event_ndims
        )
        for word, value in (("forward", taken), ("inverse", made)):
            if not isinstance(value, int):
                raise TypeError(
                    f"Expected {word}_min_event_ndims to be of type int, got {type(value).__name__}"
                )
            if value < 0:
                raise ValueError(f"{word}_min_event_ndims must be a non-negative integer.")
        self._graph_parents = list(graph_parents or ())
        self._is_constant_jacobian = is_constant_jacobian
        self._validate_args = validate_args
        self._dtype = dtype
        self._axes: dict[str, int] = {"forward": int(taken or 0), "inverse": int(made or 0)}
        self._name = name or _snake(type(self).__name__)
        # Inverses of what was mapped before are known exactly, and without new nodes.
        self._images: dict[Tensor, Tensor] = {}
        self._origins: dict[Tensor, Tensor] = {}
        self._jacobians: dict[tuple[Tensor, int], Tensor] = {}

    @property
    def graph_parents(self) -> list[Tensor]:
        """The parameters as tensors."""
        return self._graph_parents

    @property
    def forward_min_event_ndims(self) -> int:
        """How many axes the smallest block of arguments has that is mapped as a whole."""
        return self._axes["forward"]

    @property
    def inverse_min_event_ndims(self) -> int:
        """How many axes the smallest block of results has."""
        return self._axes["inverse"]

    @property
    def is_constant_jacobian(self) -> bool:
        """Whether the Jacobian is the same everywhere."""
        return self._is_constant_jacobian

    @property
    def validate_args(self) -> bool:
        """Whether runs check arguments."""
        return self._validate_args

    @property
    def dtype(self) -> Any:
        """The dtype of arguments; ``None`` for any."""
        return self._dtype

    @property
    def name(self) -> str:
        """The name scope of its operations."""
        return self._name

    @contextmanager
    def _scope(self, name: str, values: Sequence[Any]) -> Iterator[None]:
        with name_scope(self._name), name_scope(name, values=[*values, *self._graph_parents]):
            yield

    # -- what a subclass says --------------------------------------------------------------------

    def _forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError("forward not implemented.")

    def _inverse(self, y: Tensor) -> Tensor:
        raise NotImplementedError("inverse not implemented")

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        raise NotImplementedError("forward_log_det_jacobian not implemented.")

    def _inverse_log_det_jacobian(self, y: Tensor) -> Tensor:
        raise NotImplementedError("inverse_log_det_jacobian not implemented.")

    def _forward_event_shape(self, input_shape: TensorShape) -> TensorShape:
        return input_shape

    def _inverse_event_shape(self, output_shape: TensorShape) -> TensorShape:
        return output_shape

    def _forward_event_shape_tensor(self, input_shape: Tensor) -> Tensor:
        return input_shape

    def _inverse_event_shape_tensor(self, output_shape: Tensor) -> Tensor:
        return output_shape

    # -- shapes ----------------------------------------------------------------------------------

    def forward_event_shape(self, input_shape: Any) -> TensorShape:
        """Return the static shape of one result, from that of one argument."""
        return as_shape(self._forward_event_shape(as_shape(input_shape)))

    def inverse_event_shape(self, output_shape: Any) -> TensorShape:
        """Return the static shape of one argument, from that of one result."""
        return as_shape(self._inverse_event_shape(as_shape(output_shape)))

    def forward_event_shape_tensor(
        self, input_shape: Any, name: str = "forward_event_shape_tensor"
    ) -> Tensor:
        """Return the shape of one result, from that of one argument."""
        with self._scope(name, [input_shape]):
            sizes = convert_to_tensor(input_shape, name="input_shape")
            return self._forward_event_shape_tensor(sizes)

    def inverse_event_shape_tensor(
        self, output_shape: Any, name: str = "inverse_event_shape_tensor"
    ) -> Tensor:
        """Return the shape of one argument, from that of one result."""
        with self._scope(name, [output_shape]):
            sizes = convert_to_tensor(output_shape, name="output_shape")
            return self._inverse_event_shape_tensor(sizes)

    # -- values ----------------------------------------------------------------------------------

    def forward(self, x: Any, name: str = "forward") -> Tensor:
        """Return the function of an argument."""
        with self._scope(name, [x]):
            x = self._argument(x, "x")
            if x not in self._images:
                y = self._forward(x)
                self._images[x], self._origins[y] = y, x
            return self._images[x]

    def inverse(self, y: Any, name: str = "inverse") -> Tensor:
        """Return the argument of which the function is `y`."""
        with self._scope(name, [y]):
            y = self._argument(y, "y")
            if y not in self._origins:
                x = self._inverse(y)
                self._origins[y], self._images[x] = x, y
            return self._origins[y]

    def forward_log_det_jacobian(
        self, x: Any, event_ndims: int, name: str = "forward_log_det_jacobian"
    ) -> Tensor:
        """Return how much volumes around an argument are stretched, as a logarithm.

        Parameters
        ----------
        x : Tensor
        event_ndims : int
            How many of the last axes are parts of one argument.
        name : str

        Raises
        ------
        ValueError
            If there are fewer than the function maps as a whole.
        """
        with self._scope(name, [x]):
            x = self._argument(x, "x")
            return self._stretch("forward", x, event_ndims)

    def inverse_log_det_jacobian(
        self, y: Any, event_ndims: int, name: str = "inverse_log_det_jacobian"
    ) -> Tensor:
        """Return how much the inverse stretches volumes around `y`. As the other way."""
        with self._scope(name, [y]):
            y = self._argument(y, "y")
            return self._stretch("inverse", y, event_ndims)

    def _argument(self, value: Any, name: str) -> Tensor:
        tensor = convert_to_tensor(value, name=name)
        if self._dtype is not None and tensor.dtype.base_dtype != self._dtype:
            raise TypeError(f"Input had dtype {tensor.dtype} but expected {self._dtype}.")
        return tensor

    def _stretch(self, way: str, at: Tensor, event_ndims: int) -> Tensor:
        least = self._axes[way]
        if event_ndims < least:
            raise ValueError(
                f"event_ndims ({event_ndims}) must be larger than min_event_ndims ({least})"
            )
        key = (at, event_ndims) if way == "forward" else (at, -1 - event_ndims)
        if key not in self._jacobians:
            own, other, there, back = (
                (self._forward_log_det_jacobian, self._inverse_log_det_jacobian,
                 self._images, self._forward)
                if way == "forward"
                else (self._inverse_log_det_jacobian, self._forward_log_det_jacobian,
                      self._origins, self._inverse)
            )  # fmt: skip
            try:
                each = own(at)
            except NotImplementedError as error:
                each = self._negated(other, there, back, at, error)
            self._jacobians[key] = self._summed(each, at, event_ndims, least)
        return self._jacobians[key]

    def _negated(
        self,
        other: Callable[[Tensor], Tensor],
        there: dict[Tensor, Tensor],
        back: Callable[[Tensor], Tensor],
        at: Tensor,
        error: NotImplementedError,
    ) -> Tensor:
        """Return what the other way says, seen from here."""
        try:
            if at not in there:
                there[at] = back(at)
            return -other(there[at])
        except NotImplementedError:
            raise error from None

    def _summed(self, each: Tensor, at: Tensor, event_ndims: int, least: int) -> Tensor:
        """Return the sum over the blocks of one argument."""
        count = event_ndims - least
        if not count:
            return each
        if self._is_constant_jacobian:
            sizes = shape(at)
            end = -least if least else None
            each = each * ones(sizes[-event_ndims:end], each.dtype)
        return reduce_sum(each, list(range(-count, 0)))


def _snake(name: str) -> str:
    """Return a class's name as TensorFlow writes it: ``power_transform``."""
    parts = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    return parts.lstrip("_")
