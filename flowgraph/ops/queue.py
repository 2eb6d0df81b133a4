"""The kinds of queues, between the threads that fill them and the steps that empty them."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.dtypes import DType, as_dtype
from flowgraph.ops import queue_ops as nodes
from flowgraph.ops.building import apply
from flowgraph.ops.queue_base import QueueBase, names_for
from flowgraph.ops.random import op_seeds
from flowgraph.shapes import TensorShape, as_shape


def _dtypes_of(given: Any) -> list[DType]:
    kinds = given if isinstance(given, list | tuple) else [given]
    return [as_dtype(kind).base_dtype for kind in kinds]  # what is stored is no reference


def _shapes_for(given: Any, kinds: list[DType]) -> list[TensorShape] | None:
    """Return the shapes of components, from one or a list of them."""
    if given is None:
        return None
    is_several = isinstance(given, list | tuple) and all(
        s is None or isinstance(s, list | tuple | TensorShape) for s in given
    )
    try:
        shapes = [as_shape(s) for s in (given if is_several else [given])]
    except (TypeError, ValueError):
        shapes = [as_shape(s) for s in given]
    if any(not shape.is_fully_defined() for shape in shapes):
        raise ValueError(f"All shapes must be fully defined: {shapes}")
    if len(shapes) != len(kinds):
        raise ValueError("Queue shapes must have the same length as dtypes")
    return shapes


class FIFOQueue(QueueBase):
    """A queue that hands out first what came in first.

    Parameters
    ----------
    capacity : int
        How many elements it holds; any number if negative.
    dtypes : DType or list of DType
        Of an element's components.
    shapes : list of TensorShape, optional
        Of the components, fully defined. Without them, several elements cannot be taken at
        once.
    names : list of str, optional
        Of the components: then elements are dictionaries.
    shared_name : str, optional
        Queues of the same shared name are one in a session.
    name : str, optional

    Raises
    ------
    ValueError
        If `shapes` or `names` do not fit `dtypes`, or a shape is not fully defined.

    Examples
    --------
    >>> queue = tf.FIFOQueue(3, tf.float32, shapes=[[]])
    >>> fill, take = queue.enqueue_many([[1.0, 2.0, 3.0]]), queue.dequeue_many(2)
    >>> with tf.Session() as sess:
    ...     sess.run(fill)
    ...     sess.run(take)
    array([1., 2.], dtype=float32)
    """

    def __init__(
        self,
        capacity: int,
        dtypes: Any,
        shapes: Any = None,
        names: Any = None,
        shared_name: str | None = None,
        name: str | None = "fifo_queue",
    ) -> None:
        kinds = _dtypes_of(dtypes)
        known = _shapes_for(shapes, kinds)
        checked = names_for(kinds, names)
        op = nodes.FIFOQueueV2(
            component_types=tuple(kinds),
            shapes=tuple(known or ()),
            capacity=capacity,
            shared_name=shared_name or "",
        )
        super().__init__(kinds, known, checked, apply(op, name=name))


class PaddingFIFOQueue(QueueBase):
    """A FIFO queue of elements of varying shape: taken together they are padded with zeros.

    Parameters
    ----------
    capacity : int
        How many elements it holds; any number if negative.
    dtypes : DType or list of DType
        Of an element's components.
    shapes : list of TensorShape
        Of the components; ``None`` for a dimension that varies.
    names : list of str, optional
        Of the components: then elements are dictionaries.
    shared_name : str, optional
        Queues of the same shared name are one in a session.
    name : str, optional

    Raises
    ------
    ValueError
        If `shapes` or `names` do not fit `dtypes`, or a rank is unknown.

    Examples
    --------
    >>> queue = tf.PaddingFIFOQueue(3, tf.int32, shapes=[[None]])
    >>> with tf.Session() as sess:
    ...     sess.run([queue.enqueue([[1]]), queue.enqueue([[2, 3]])])
    ...     sess.run(queue.dequeue_many(2))
    [None, None]
    array([[1, 0],
           [2, 3]], dtype=int32)
    """

    def __init__(
        self,
        capacity: int,
        dtypes: Any,
        shapes: Any,
        names: Any = None,
        shared_name: str | None = None,
        name: str | None = "padding_fifo_queue",
    ) -> None:
        kinds = _dtypes_of(dtypes)
        if not isinstance(shapes, list | tuple) or any(as_shape(s).ndims is None for s in shapes):
            raise ValueError("When providing partial shapes, a list of shapes must be provided.")
        if len(shapes) != len(kinds):
            raise ValueError(
                f"Shapes must be provided for all components, but received {len(kinds)} dtypes "
                f"and {len(shapes)} shapes."
            )
        known = [as_shape(shape) for shape in shapes]
        checked = names_for(kinds, names)
        op = nodes.PaddingFIFOQueueV2(
            component_types=tuple(kinds),
            shapes=tuple(known),
            capacity=capacity,
            shared_name=shared_name or "",
        )
        super().__init__(kinds, known, checked, apply(op, name=name))


class RandomShuffleQueue(QueueBase):
    """A queue that hands out an element drawn at random.

    Parameters
    ----------
    capacity : int
        How many elements it holds; any number if negative.
    min_after_dequeue : int
        How many elements stay inside while it is open: the more, the better they are mixed.
    dtypes : DType or list of DType
        Of an element's components.
    shapes : list of TensorShape, optional
        Of the components, fully defined. Without them, several elements cannot be taken at
        once.
    names : list of str, optional
        Of the components: then elements are dictionaries.
    seed : int, optional
        Draws in the same order in every session. See `set_random_seed`.
    shared_name : str, optional
        Queues of the same shared name are one in a session.
    name : str, optional

    Raises
    ------
    ValueError
        If `shapes` or `names` do not fit `dtypes`, or a shape is not fully defined.

    Examples
    --------
    >>> queue = tf.RandomShuffleQueue(9, 0, tf.int32, shapes=[[]], seed=1)
    >>> with tf.Session() as sess:
    ...     sess.run(queue.enqueue_many([[0, 1, 2, 3, 4]]))
    ...     print(sorted(sess.run(queue.dequeue_many(5)).tolist()))
    [0, 1, 2, 3, 4]
    """

    def __init__(
        self,
        capacity: int,
        min_after_dequeue: int,
        dtypes: Any,
        shapes: Any = None,
        names: Any = None,
        seed: int | None = None,
        shared_name: str | None = None,
        name: str | None = "random_shuffle_queue",
    ) -> None:
        kinds = _dtypes_of(dtypes)
        known = _shapes_for(shapes, kinds)
        checked = names_for(kinds, names)
        seed1, seed2 = op_seeds(seed)
        op = nodes.RandomShuffleQueueV2(
            component_types=tuple(kinds),
            shapes=tuple(known or ()),
            capacity=capacity,
            min_after_dequeue=min_after_dequeue,
            seed=seed1,
            seed2=seed2,
            shared_name=shared_name or "",
        )
        super().__init__(kinds, known, checked, apply(op, name=name))


class PriorityQueue(QueueBase):
    """A queue that hands out the element of the least priority.

    The priority, an int64 scalar, is the first component of an element.

    Parameters
    ----------
    capacity : int
        How many elements it holds; any number if negative.
    types : DType or list of DType
        Of an element's other components.
    shapes : list of TensorShape, optional
        Of the other components, fully defined.
    names : list of str, optional
        Of all components, the priority first: then elements are dictionaries.
    shared_name : str, optional
        Queues of the same shared name are one in a session.
    name : str, optional

    Raises
    ------
    ValueError
        If `shapes` or `names` do not fit `types`, or a shape is not fully defined.

    Examples
    --------
    >>> queue = tf.PriorityQueue(3, tf.string, shapes=[[]])
    >>> with tf.Session() as sess:
    ...     sess.run(queue.enqueue_many([[2, 1], ["later", "soon"]]))
    ...     print(*sess.run(queue.dequeue()))
    1 b'soon'
    """

    def __init__(
        self,
        capacity: int,
        types: Any,
        shapes: Any = None,
        names: Any = None,
        shared_name: str | None = None,
        name: str | None = "priority_queue",
    ) -> None:
        kinds = _dtypes_of(types)
        known = _shapes_for(shapes, kinds)
        op = nodes.PriorityQueueV2(
            component_types=tuple(kinds),
            shapes=tuple(known or ()),
            capacity=capacity,
            shared_name=shared_name or "",
        )
        all_kinds = [dtypes.int64, *kinds]
        all_shapes = None if known is None else [TensorShape.of(()), *known]
        super().__init__(all_kinds, all_shapes, names, apply(op, name=name))
