"""`TensorArray`: a list of tensors that loops read and write, an element at a time."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from flowgraph import dtypes
from flowgraph.dtypes import DType, as_dtype
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import colocate_with, device, get_default_graph, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import element_ops as nodes
from flowgraph.ops.building import apply, apply_all, build
from flowgraph.ops.conversion import convert_to_tensor
from flowgraph.ops.core import cast, identity
from flowgraph.ops.core import shape as shape_of
from flowgraph.ops.indexing import strided_slice_from_key
from flowgraph.ops.sequences import range as range_
from flowgraph.shapes import TensorShape, as_shape


class TensorArray:
    """A list of tensors that loops read and write, an element at a time.

    Each element is written once. A write returns a new `TensorArray`, which stands for the
    list after it: use that one from there on, also as a variable of `tf.while_loop`.

    Parameters
    ----------
    dtype : DType
        Of the elements.
    size : int or Tensor, optional
        How many elements there are; needed unless `handle` is given.
    dynamic_size : bool, optional
        Writing beyond the end makes it longer.
    clear_after_read : bool, optional
        Each element may be read once, and is let go then. The default.
    tensor_array_name : str, optional
        For messages.
    handle : Tensor, optional
        An array made before; then `flow` is needed.
    flow : Tensor, optional
    infer_shape : bool
        All elements have one shape.
    element_shape : TensorShape, optional
        What is known of it.
    colocate_with_first_write_call : bool
        Place it with the first value written.
    name : str, optional

    Raises
    ------
    ValueError
        If `handle` is given beside what describes a new array, or neither.
    TypeError
        If `handle` is no tensor.

    Examples
    --------
    >>> squares = tf.TensorArray(tf.int32, 4)
    >>> _, squares = tf.while_loop(
    ...     lambda i, a: i < 4, lambda i, a: (i + 1, a.write(i, i * i)), (0, squares))
    >>> tf.Session().run(squares.stack())
    array([0, 1, 4, 9], dtype=int32)
    """

    def __init__(
        self,
        dtype: Any,
        size: Any = None,
        dynamic_size: bool | None = None,
        clear_after_read: bool | None = None,
        tensor_array_name: str | None = None,
        handle: Tensor | None = None,
        flow: Tensor | None = None,
        infer_shape: bool = True,
        element_shape: Any = None,
        colocate_with_first_write_call: bool = True,
        name: str | None = None,
    ) -> None:
        self._dtype = as_dtype(dtype).base_dtype
        self._infer_shape = infer_shape
        # What is learnt of the elements holds for the array, whichever flow it is reached by.
        self._shape = [as_shape(element_shape)]
        self._place: list[Operation] | None = [] if colocate_with_first_write_call else None
        if handle is None:
            if size is None:
                raise ValueError("Size must be provided if handle is not provided")
            op = nodes.TensorArrayV3(
                dtype=self._dtype,
                element_shape=self._shape[0],
                dynamic_size=bool(dynamic_size),
                clear_after_read=clear_after_read is not False,
                identical_element_shapes=bool(infer_shape),
                tensor_array_name=tensor_array_name or "",
            )
            with name_scope(name, "TensorArray", [size, flow]) as scope:
                self._handle, self._flow = self._made(op, size, scope)
            return
        if tensor_array_name:
            raise ValueError("Cannot construct with both handle and tensor_array_name")
        if not isinstance(handle, Tensor):
            raise TypeError("Handle must be a Tensor")
        described = {
            "size": size,
            "element_shape": element_shape,
            "dynamic_size": dynamic_size,
            "clear_after_read": clear_after_read,
        }
        for what, value in described.items():
            if value is not None:
                raise ValueError(f"Cannot provide both a handle and {what} at the same time")
        if flow is None:
            raise ValueError("flow must not be None if handle is not None.")
        self._handle, self._flow = handle, flow

    def _made(self, op: nodes.TensorArrayV3, size: Any, scope: str) -> list[Tensor]:
        if self._place is None:
            return apply_all(op, size, name=scope)
        with device(None), colocate_with(None, ignore_existing=True):
            return apply_all(op, size, name=scope)

    @property
    def flow(self) -> Tensor:
        """A number that means nothing: what takes it comes after all writes so far."""
        return self._flow

    @property
    def dtype(self) -> DType:
        """The dtype of the elements."""
        return self._dtype

    @property
    def handle(self) -> Tensor:
        """The reference to the elements."""
        return self._handle

    @property
    def element_shape(self) -> TensorShape:
        """What is known of the elements' shape."""
        return self._shape[0]

    def flow_parts(self) -> tuple[Tensor, ...]:
        """Return the tensors that change from one write to the next."""
        return (self._flow,)

    def with_flow(self, flow: Tensor) -> TensorArray:
        """Return the array as it is behind another flow."""
        other = TensorArray.__new__(TensorArray)
        other.__dict__.update(self.__dict__)
        other._flow = flow
        return other

    def _expect(self, shape: TensorShape) -> None:
        """Note the shape of an element that is written."""
        if not shape.is_compatible_with(self.element_shape):
            raise ValueError(f"Inconsistent shapes: saw {shape} but expected {self.element_shape} ")
        if self._infer_shape:
            self._shape[0] = self.element_shape.merge_with(shape)

    def _beside(self, value: Tensor) -> AbstractContextManager[None]:
        """Place the accesses with the first value written."""
        if self._place is None:
            return nullcontext()
        if not self._place:
            self._place.append(value.op)
        if not get_default_graph().accepts(self._place[0].graph):
            return nullcontext()  # the first write was in another branch
        return colocate_with(self._place[0])

    def identity(self) -> TensorArray:
        """Return the same array; what takes it waits for the control dependencies of here."""
        return self.with_flow(identity(self._flow))

    def grad(self, source: str, flow: Tensor | None = None, name: str | None = None) -> TensorArray:
        """Return the array of the gradients of the elements.

        Parameters
        ----------
        source : str
            Gradients of the same source are summed.
        flow : Tensor, optional
        name : str, optional
        """
        behind = self._flow if flow is None else flow
        with colocate_with(self._handle.op):
            handle, behind = nodes.gradient_array(self._handle, behind, source, name)
        other = TensorArray(
            self._dtype,
            handle=handle,
            flow=behind,
            infer_shape=self._infer_shape,
            colocate_with_first_write_call=False,
        )
        other._shape = self._shape
        return other

    def read(self, index: Any, name: str | None = None) -> Tensor:
        """Return an element.

        Parameters
        ----------
        index : int or Tensor
            An int32 scalar.
        name : str, optional

        Raises
        ------
        InvalidArgumentError
            When run: if there is no such element, or it was read and let go.
        """
        value = nodes.read(self._handle, index, self._flow, self._dtype, name)
        value.set_shape(self.element_shape)
        return value

    def write(self, index: Any, value: Any, name: str | None = None) -> TensorArray:
        """Write an element.

        Parameters
        ----------
        index : int or Tensor
            An int32 scalar.
        value : Tensor
        name : str, optional

        Returns
        -------
        TensorArray
            The list after the write.

        Raises
        ------
        ValueError
            If the value has another shape than the elements before.
        InvalidArgumentError
            When run: if there is no such element, or it was written before.
        """
        with name_scope(name, "TensorArrayWrite", [self._handle, index, value]):
            given = convert_to_tensor(value, preferred_dtype=self._dtype, name="value")
            self._expect(given.shape)
            op = nodes.TensorArrayWriteV3()
            with self._beside(given):
                flow = apply(op, self._handle, index, given, self._flow, name=name)
        return self.with_flow(flow)

    def stack(self, name: str | None = None) -> Tensor:
        """Return all elements as the rows of one tensor. They must be of one shape."""
        with (
            colocate_with(self._handle.op),
            name_scope(name, "TensorArrayStack", [self._handle]),
        ):
            return self.gather(range_(0, self.size()), name=name)

    def gather(self, indices: Any, name: str | None = None) -> Tensor:
        """Return elements as the rows of one tensor.

        Parameters
        ----------
        indices : list of int or Tensor
            An int32 vector.
        name : str, optional
        """
        op = nodes.TensorArrayGatherV3(dtype=self._dtype, element_shape=self.element_shape)
        value = apply(op, self._handle, indices, self._flow, name=name)
        if self.element_shape.sizes is not None:
            value.set_shape(TensorShape.of((None,)).concatenate(self.element_shape))
        return value

    def concat(self, name: str | None = None) -> Tensor:
        """Return all elements, one after another along axis 0."""
        shape = self.element_shape
        rest = TensorShape.of(None if shape.sizes is None else shape.sizes[1:])
        op = nodes.TensorArrayConcatV3(dtype=self._dtype, element_shape_except0=rest)
        value = apply_all(op, self._handle, self._flow, name=name)[0]
        if shape.sizes is not None:
            value.set_shape(TensorShape.of((None,)).concatenate(rest))
        return value

    def unstack(self, value: Any, name: str | None = None) -> TensorArray:
        """Write the rows of a tensor as the elements, from the first on.

        Parameters
        ----------
        value : Tensor
            Of rank 1 at least.
        name : str, optional
        """
        with name_scope(name, "TensorArrayUnstack", [self._handle, value]):
            rows = strided_slice_from_key(shape_of(value), 0)
            return self.scatter(range_(0, rows), value, name=name)

    def scatter(self, indices: Any, value: Any, name: str | None = None) -> TensorArray:
        """Write the rows of a tensor as elements.

        Parameters
        ----------
        indices : list of int or Tensor
            An int32 vector: the element for each row.
        value : Tensor
            Of rank 1 at least.
        name : str, optional
        """
        with name_scope(name, "TensorArrayScatter", [self._handle, value, indices]):
            given = convert_to_tensor(value, preferred_dtype=self._dtype, name="value")
            if given.shape.rank != 0:
                self._expect(given.shape[1:])
            op = nodes.TensorArrayScatterV3()
            with self._beside(given):
                flow = apply(op, self._handle, indices, given, self._flow, name=name)
        return self.with_flow(flow)

    def split(self, value: Any, lengths: Any, name: str | None = None) -> TensorArray:
        """Write pieces of a tensor, cut along axis 0, as the elements.

        Parameters
        ----------
        value : Tensor
            Of rank 1 at least.
        lengths : list of int or Tensor
            An integer vector: the length of each piece.
        name : str, optional
        """
        with name_scope(name, "TensorArraySplit", [self._handle, value, lengths]):
            given = convert_to_tensor(value, dtype=self._dtype, name="value")
            with self._beside(given):
                sizes = cast(lengths, dtypes.int64)
                known: Any = sizes.static_value()
                is_known = given.shape.rank and known is not None and known.ndim and known.size
                if is_known and known.max() == known.min():
                    piece = TensorShape.of((int(known[0]),))
                    self._expect(piece.concatenate(given.shape[1:]))
                op = nodes.TensorArraySplitV3()
                flow = apply(op, self._handle, given, sizes, self._flow, name=name)
        return self.with_flow(flow)

    def size(self, name: str | None = None) -> Tensor:
        """Return how many elements there are, an int32 scalar."""
        return apply(nodes.TensorArraySizeV3(), self._handle, self._flow, name=name)

    def close(self, name: str | None = None) -> Operation:
        """Return an operation that lets go of the elements."""
        return build(nodes.TensorArrayCloseV3(), [self._handle], name)
