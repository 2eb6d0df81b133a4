"""``StagingArea``: elements prepared by one step of a pipeline for the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.dtypes import DType, as_dtype
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import colocate_with, get_default_graph, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.control import no_op
from flowgraph.ops.core import apply, apply_all, build, convert_to_tensor, identity
from flowgraph.ops.staging import Stage, StageClear, StagePeek, StageSize, Unstage
from flowgraph.shapes import TensorShape, as_shape, unknown_shape


class StagingArea:
    """Holds elements, which are lists of tensors, between one step and a later one.

    Parameters
    ----------
    dtypes : list of DType
        Of an element's tensors.
    shapes : list of TensorShape, optional
        What their shapes must be.
    names : list of str, optional
        With these, elements are dictionaries.
    shared_name : str, optional
        Areas of one name in a session are one.
    capacity : int
        How many elements it holds; any number if 0.
    memory_limit : int
        How many bytes it holds; any number if 0.

    Raises
    ------
    ValueError
        If the lists differ in length, or `shared_name` is no string.

    Notes
    -----
    A run that puts an element in and takes one out does so in the order in which the
    program made the two operations.

    Examples
    --------
    >>> area = tf.contrib.staging.StagingArea([tf.float32])
    >>> put, (got,) = area.put(tf.constant(2.0)), area.get()
    >>> with tf.Session() as sess:
    ...     sess.run(put)
    ...     print(sess.run(got))
    2.0
    """

    def __init__(
        self,
        dtypes: Sequence[Any],
        shapes: Sequence[Any] | None = None,
        names: Sequence[str] | None = None,
        shared_name: str | None = None,
        capacity: int = 0,
        memory_limit: int = 0,
    ) -> None:
        if shared_name is None:
            shared_name = get_default_graph().unique_name(type(self).__name__)
        elif not isinstance(shared_name, str):
            raise ValueError("shared_name must be a string")
        self._name = shared_name
        self._dtypes = [as_dtype(dtype) for dtype in dtypes]
        for what, given in (("shapes", shapes), ("names", names)):
            if given is not None and len(given) != len(dtypes):
                raise ValueError(f"StagingArea {what} must be the same length as dtypes")
        self._shapes = [as_shape(s) for s in shapes] if shapes is not None else None
        self._names = names
        self._capacity = capacity
        self._memory_limit = memory_limit
        with name_scope(f"{self._name}_root"):
            self._root = no_op()

    @property
    def name(self) -> str:
        """The name under which it is shared."""
        return self._name

    @property
    def dtypes(self) -> list[DType]:
        """The dtypes of an element's tensors."""
        return self._dtypes

    @property
    def shapes(self) -> list[TensorShape]:
        """The shapes of an element's tensors, as far as they are given."""
        return self._shapes or [unknown_shape() for _ in self._dtypes]

    @property
    def names(self) -> Sequence[str] | None:
        """The keys of an element that is a dictionary, or ``None``."""
        return self._names

    @property
    def capacity(self) -> int:
        """How many elements it holds; any number if 0."""
        return self._capacity

    @property
    def memory_limit(self) -> int:
        """How many bytes it holds; any number if 0."""
        return self._memory_limit

    def put(self, values: Any, name: str | None = None) -> Operation:
        """Return an operation that puts an element in, and waits while there is no room.

        Parameters
        ----------
        values : Tensor, list of Tensor, or dict of str to Tensor
        name : str, optional

        Raises
        ------
        ValueError
            If it is no element of this area.
        tf.errors.ResourceExhaustedError
            If it is larger than the memory limit.
        """
        tensors = list(values.values()) if isinstance(values, dict) else values
        if not isinstance(tensors, list | tuple):
            tensors = [tensors]
        with name_scope(name, f"{self._name}_put", tensors) as scope:
            components = self._components(values if isinstance(values, dict) else tensors)
            with colocate_with(self._root):
                return build(Stage(**self._settings(components)), (components,), scope)

    def get(self, name: str | None = None) -> Any:
        """Return the first element, taken out. The run waits for one.

        Returns
        -------
        list of Tensor, or dict of str to Tensor
        """
        with colocate_with(self._root):
            op = Unstage(**self._settings())
            tensors = apply_all(op, name=name or f"{self._name}_get")
        return self._element(tensors)

    def peek(self, index: Any, name: str | None = None) -> Any:
        """Return the element of that number, which stays. The run waits for it."""
        with colocate_with(self._root):
            op = StagePeek(**self._settings())
            tensors = apply_all(op, index, name=name or f"{self._name}_peek")
        return self._element(tensors)

    def size(self, name: str | None = None) -> Tensor:
        """Return how many elements there are: an int32."""
        return apply(StageSize(**self._settings()), name=name or f"{self._name}_size")

    def clear(self, name: str | None = None) -> Operation:
        """Return an operation that drops all elements."""
        return build(StageClear(**self._settings()), (), name or f"{self._name}_clear")

    def _settings(self, components: Sequence[Tensor] | None = None) -> dict[str, Any]:
        settings: dict[str, Any] = {
            "capacity": self._capacity,
            "memory_limit": self._memory_limit,
            "shared_name": self._name,
        }
        if components is None:  # a Stage has them from its inputs
            settings["dtypes"] = tuple(self._dtypes)
        return settings

    def _components(self, values: Any) -> list[Tensor]:
        """Return an element's tensors in their order; ValueError if they do not fit."""
        if isinstance(values, dict):
            if not self._names:
                raise ValueError("Staging areas must have names to enqueue a dictionary")
            if not set(values) <= set(self._names):
                raise ValueError(
                    "Keys in dictionary to put do not match names of staging area. Dictionary: "
                    f"({sorted(values)}), Queue: ({sorted(self._names)})"
                )
            places = [i for i, key in enumerate(self._names) if key in values]
            values = [values[self._names[i]] for i in places]
        elif self._names:
            raise ValueError("You must enqueue a dictionary in a staging area with names")
        else:
            places = list(range(len(values)))
        if len(values) > len(self._dtypes):
            raise ValueError(
                f"Unexpected number of inputs '{len(values)}' vs '{len(self._dtypes)}'"
            )
        components = []
        for i, value in zip(places, values, strict=True):
            kind, shape = self._dtypes[i], self.shapes[i]
            tensor = convert_to_tensor(value, name=f"component_{i}")
            if tensor.dtype.base_dtype is not kind:
                raise ValueError(f"Datatypes do not match. '{tensor.dtype.base_dtype}' != '{kind}'")
            tensor.shape.assert_is_compatible_with(shape)
            components.append(tensor)
        return components

    def _element(self, tensors: Sequence[Tensor]) -> Any:
        if no_op().device != self._root.device:
            tensors = [identity(tensor) for tensor in tensors]
        for tensor, shape in zip(tensors, self.shapes, strict=True):
            tensor.set_shape(shape)
        if self._names:
            return dict(zip(self._names, tensors, strict=True))
        return list(tensors)
