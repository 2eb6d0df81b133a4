"""`QueueBase`: what can be done with a queue of any kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.dtypes import DType
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import queue_ops as nodes
from flowgraph.ops.building import apply, apply_all, build
from flowgraph.ops.conversion import convert_to_tensor
from flowgraph.ops.gathering import gather
from flowgraph.ops.packing import stack
from flowgraph.shapes import TensorShape, as_shape


class QueueBase:
    """What all queues share: a queue of elements, each a tuple of tensors.

    A queue belongs to the session that runs its operations. A run that puts into a full
    queue, or takes from an empty one, waits; runs of other threads go on meanwhile.

    Parameters
    ----------
    dtypes : list of DType
        Of an element's components.
    shapes : list of TensorShape
        Of the components.
    names : list of str or None
        Of the components: then elements are dictionaries.
    queue_ref : Tensor
        The handle.

    Raises
    ------
    ValueError
        If `shapes` or `names` do not fit `dtypes`.
    """

    def __init__(self, dtypes: Any, shapes: Any, names: Any, queue_ref: Any) -> None:
        self._dtypes: list[DType] = dtypes
        if shapes is None:
            self._shapes = [TensorShape.of(None) for _ in dtypes]
        else:
            if len(shapes) != len(dtypes):
                raise ValueError("Queue shapes must have the same length as dtypes")
            self._shapes = [as_shape(shape) for shape in shapes]
        self._names: list[str] | None = names_for(dtypes, names)
        self._queue_ref = queue_ref
        self._name: str = queue_ref.op.name.rpartition("/")[2]

    @staticmethod
    def from_list(index: Any, queues: Sequence[QueueBase]) -> QueueBase:
        """Return the queue that a tensor chooses from a list.

        Parameters
        ----------
        index : int or Tensor
            An integer scalar.
        queues : list of QueueBase
            Of the same dtypes and names.

        Raises
        ------
        TypeError
            If `queues` are no queues, or differ in dtypes or names.
        """
        is_list = isinstance(queues, list | tuple) and queues
        if not is_list or not all(isinstance(queue, QueueBase) for queue in queues):
            raise TypeError("A list of queues expected")
        first = queues[0]
        if any(queue.dtypes != first.dtypes for queue in queues):
            raise TypeError("Queues do not have matching component dtypes.")
        if any(queue.names != first.names for queue in queues):
            raise TypeError("Queues do not have matching component names.")
        shapes = [_of_all([queue.shapes[i] for queue in queues]) for i in range(len(first.dtypes))]
        handle = gather(stack([queue.queue_ref for queue in queues]), index)
        return QueueBase(first.dtypes, shapes, first.names, handle)

    @property
    def queue_ref(self) -> Tensor:
        """The handle."""
        return self._queue_ref  # type: ignore[no-any-return]

    @property
    def name(self) -> str:
        """The name of the operation that makes it."""
        return self.queue_ref.op.name

    @property
    def dtypes(self) -> list[DType]:
        """The dtypes of an element's components."""
        return self._dtypes

    @property
    def shapes(self) -> list[TensorShape]:
        """The shapes of an element's components."""
        return self._shapes

    @property
    def names(self) -> list[str] | None:
        """The names of an element's components, if it is a dictionary."""
        return self._names

    # -- putting -------------------------------------------------------------------------------

    def enqueue(self, vals: Any, name: str | None = None) -> Operation:
        """Return an operation that puts an element in, waiting while the queue is full.

        Parameters
        ----------
        vals : Tensor, list of Tensor, or dict
            The components.
        name : str, optional

        Raises
        ------
        ValueError
            If names or shapes do not fit the queue.
        CancelledError
            When run: if the queue is closed, or is closed meanwhile.
        """
        with name_scope(name, f"{self._name}_enqueue", _listed(vals)) as scope:
            tensors = self._converted(vals)
            for tensor, shape in zip(tensors, self._shapes, strict=False):
                tensor.shape.assert_is_compatible_with(shape)
            return self._put(nodes.QueueEnqueueV2(), tensors, scope)

    def enqueue_many(self, vals: Any, name: str | None = None) -> Operation:
        """Return an operation that puts the rows of tensors in, each as an element.

        Parameters
        ----------
        vals : Tensor, list of Tensor, or dict
            The components, each with a first dimension more, of the same size.
        name : str, optional

        Raises
        ------
        ValueError
            If names or shapes do not fit the queue.
        CancelledError
            When run: if the queue is closed, or is closed meanwhile.
        """
        with name_scope(name, f"{self._name}_EnqueueMany", _listed(vals)) as scope:
            tensors = self._converted(vals)
            rows = tensors[0].shape.with_rank_at_least(1)[0]
            for tensor, shape in zip(tensors, self._shapes, strict=False):
                given = tensor.shape.with_rank_at_least(1)
                rows = rows.merge_with(given[0])
                given[1:].assert_is_compatible_with(shape)
            return self._put(nodes.QueueEnqueueManyV2(), tensors, scope)

    def _converted(self, vals: Any) -> list[Tensor]:
        """Return the components as tensors, in the order of the queue."""
        values: Any = vals if isinstance(vals, list | tuple | dict) else [vals]
        if isinstance(values, dict):
            if not self._names:
                raise ValueError("Queue must have names to enqueue a dictionary")
            if sorted(self._names, key=str) != sorted(values, key=str):
                raise ValueError(
                    "Keys in dictionary to enqueue do not match names of Queue.  Dictionary: "
                    f"({sorted(values)}), Queue: ({sorted(self._names)})"
                )
            values = [values[name] for name in self._names]
        elif self._names:
            raise ValueError("You must enqueue a dictionary in a Queue with names")
        return [
            convert_to_tensor(value, dtype, f"component_{index}")
            for index, (value, dtype) in enumerate(zip(values, self._dtypes, strict=False))
        ]

    def _put(self, op: Any, tensors: list[Tensor], scope: str) -> Operation:
        operation: Operation = build(op, [self._queue_ref, tensors], scope)
        return operation

    # -- taking --------------------------------------------------------------------------------

    def dequeue(self, name: str | None = None) -> Any:
        """Take an element out, waiting while there is none.

        Parameters
        ----------
        name : str, optional

        Returns
        -------
        Tensor, list of Tensor, or dict
            One tensor if an element has one component without a name.

        Raises
        ------
        OutOfRangeError
            When run: if the queue is empty and closed.
        CancelledError
            When run: if the session is closed meanwhile.
        """
        op = nodes.QueueDequeueV2(component_types=tuple(self._dtypes))
        found = apply_all(op, self._queue_ref, name=name or f"{self._name}_Dequeue")
        return self._given(found, self._shapes)

    def dequeue_many(self, n: Any, name: str | None = None) -> Any:
        """Take `n` elements out and stack them, waiting until there are as many.

        Parameters
        ----------
        n : int or Tensor
        name : str, optional

        Returns
        -------
        Tensor, list of Tensor, or dict
            The components, each with a first dimension of size `n` more.

        Raises
        ------
        OutOfRangeError
            When run: if the queue is closed and holds fewer.
        InvalidArgumentError
            When run: if the queue does not know the shapes of its components.
        """
        op = nodes.QueueDequeueManyV2(component_types=tuple(self._dtypes))
        name = name or f"{self._name}_DequeueMany"
        found = apply_all(op, self._queue_ref, n, name=name)
        count: Any = found[0].op.inputs[1].static_value()
        return self._stacked(found, None if count is None else int(count))

    def dequeue_up_to(self, n: Any, name: str | None = None) -> Any:
        """Take `n` elements out and stack them, or what is left once the queue is closed.

        Parameters
        ----------
        n : int or Tensor
        name : str, optional

        Returns
        -------
        Tensor, list of Tensor, or dict
            As of `dequeue_many`, with a first dimension that may be smaller than `n`.

        Raises
        ------
        OutOfRangeError
            When run: if the queue is closed and empty.
        """
        op = nodes.QueueDequeueUpToV2(component_types=tuple(self._dtypes))
        name = name or f"{self._name}_DequeueUpTo"
        return self._stacked(apply_all(op, self._queue_ref, n, name=name), None)

    def _stacked(self, tensors: list[Tensor], count: int | None) -> Any:
        rows = TensorShape.of((count,))
        return self._given(tensors, [rows.concatenate(shape) for shape in self._shapes])

    def _given(self, tensors: list[Tensor], shapes: list[TensorShape]) -> Any:
        for tensor, shape in zip(tensors, shapes, strict=True):
            tensor.set_shape(shape)
        if self._names:
            return dict(zip(self._names, tensors, strict=True))
        return tensors[0] if len(tensors) == 1 else tensors

    # -- the queue itself ----------------------------------------------------------------------

    def close(self, cancel_pending_enqueues: bool = False, name: str | None = None) -> Operation:
        """Return an operation that lets no further element in.

        What is in the queue can still be taken.

        Parameters
        ----------
        cancel_pending_enqueues : bool
            Runs that wait to put something in raise `CancelledError`; otherwise they are
            waited for.
        name : str, optional
        """
        if not isinstance(cancel_pending_enqueues, bool):
            raise TypeError(
                "Expected bool for argument 'cancel_pending_enqueues' not "
                f"{cancel_pending_enqueues}."
            )
        op = nodes.QueueCloseV2(cancel_pending_enqueues=cancel_pending_enqueues)
        operation: Operation = build(op, [self._queue_ref], name or f"{self._name}_Close")
        return operation

    def is_closed(self, name: str | None = None) -> Tensor:
        """Return whether the queue is closed, a bool scalar."""
        name = name or f"{self._name}_Is_Closed"
        return apply(nodes.QueueIsClosedV2(), self._queue_ref, name=name)

    def size(self, name: str | None = None) -> Tensor:
        """Return how many elements the queue holds, an int32 scalar."""
        return apply(nodes.QueueSizeV2(), self._queue_ref, name=name or f"{self._name}_Size")


def _listed(vals: Any) -> list[Any]:
    if isinstance(vals, dict):
        return list(vals.values())
    return list(vals) if isinstance(vals, list | tuple) else [vals]


def _of_all(shapes: list[TensorShape]) -> TensorShape:
    found = shapes[0]
    for shape in shapes[1:]:
        found = found.most_specific_compatible_shape(shape)
    return found


def names_for(kinds: Any, names: Any) -> list[str] | None:
    """Return the names of the components; ValueError if there are more or fewer of them."""
    if names is None:
        return None
    if len(names) != len(kinds):
        raise ValueError("List of names must have the same length as the list of dtypes")
    return list(names)
