"""Iterators over datasets."""

from __future__ import annotations

import warnings
from typing import Any

from flowgraph import dtypes
from flowgraph.data import element
from flowgraph.data.base import DatasetBase
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import add_to_collection, colocate_with, get_default_graph
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import nest
from flowgraph.ops.body import Body
from flowgraph.ops.conversion import convert_to_tensor
from flowgraph.ops.core import Placeholder, apply, apply_all, build
from flowgraph.ops.dataset import DatasetOp
from flowgraph.ops.dataset_groups import ModelDataset, OptimizeDataset
from flowgraph.ops.dataset_sparse import SerializeSparse
from flowgraph.ops.file import MatchingFiles
from flowgraph.ops.iterator import (
    IteratorFromStringHandleV2,
    IteratorGetNext,
    IteratorToStringHandle,
    IteratorV2,
    MakeIterator,
    OneShotIterator,
)

_MANY_CALLS = 32

GLOBAL_ITERATORS = "iterators"
"""The collection of all iterators' handles."""


class Iterator:
    """Draws the elements of a dataset, one in each run.

    Made by `Dataset.make_one_shot_iterator`, `Dataset.make_initializable_iterator`,
    `Iterator.from_structure` and `Iterator.from_string_handle`.

    Parameters
    ----------
    iterator_resource : Tensor
        The iterator.
    initializer : Operation or None
        Gives it a dataset.
    output_types, output_shapes, output_classes : nested structures
        Of the elements.
    """

    def __init__(
        self,
        iterator_resource: Tensor,
        initializer: Operation | None,
        output_types: Any,
        output_shapes: Any,
        output_classes: Any,
    ) -> None:
        self._iterator_resource = iterator_resource
        self._initializer = initializer
        self._spec = element.from_legacy(output_types, output_shapes, output_classes)
        self._string_handle = apply(IteratorToStringHandle(), iterator_resource)
        self._calls = 0
        add_to_collection(GLOBAL_ITERATORS, iterator_resource)

    @staticmethod
    def _of(resource: Tensor, initializer: Operation | None, spec: Any) -> Iterator:
        kinds = (
            f(spec) for f in (element.output_types, element.output_shapes, element.output_classes)
        )
        return Iterator(resource, initializer, *kinds)

    @staticmethod
    def from_structure(
        output_types: Any,
        output_shapes: Any = None,
        shared_name: str | None = None,
        output_classes: Any = None,
    ) -> Iterator:
        """Return an iterator that can be given any dataset of a structure.

        Parameters
        ----------
        output_types : DType or nested structure
        output_shapes : TensorShape or nested structure, optional
            Unknown if left out.
        shared_name : str, optional
            Iterators of one name are one.
        output_classes : nested structure, optional
            `Tensor` or `SparseTensor`; tensors if left out.

        Examples
        --------
        >>> iterator = tf.data.Iterator.from_structure(tf.int64, [])
        >>> start = iterator.make_initializer(tf.data.Dataset.range(3, 9))
        >>> number = iterator.get_next()
        >>> session = tf.Session()
        >>> session.run(start)
        >>> print(session.run(number))
        3
        """
        spec = element.from_legacy(output_types, output_shapes, output_classes)
        op = IteratorV2(shared_name=shared_name or "", **element.forms(spec))
        return Iterator._of(apply(op), None, spec)

    @staticmethod
    def from_string_handle(
        string_handle: Any, output_types: Any, output_shapes: Any = None, output_classes: Any = None
    ) -> Iterator:
        """Return the iterator that a string stands for, which may be fed.

        Parameters
        ----------
        string_handle : Tensor
            What the `string_handle` of an iterator gave in the same session.
        output_types, output_shapes, output_classes : nested structures
            As for `from_structure`.

        Raises
        ------
        InvalidArgumentError
            When run: if there is no such iterator, or its elements are different.

        Examples
        --------
        >>> iterator = tf.data.Dataset.range(5, 9).make_one_shot_iterator()
        >>> handle = tf.placeholder(tf.string, [])
        >>> fed = tf.data.Iterator.from_string_handle(handle, tf.int64, [])
        >>> number = fed.get_next()
        >>> session = tf.Session()
        >>> print(session.run(number, {handle: session.run(iterator.string_handle())}))
        5
        """
        spec = element.from_legacy(output_types, output_shapes, output_classes)
        handle = convert_to_tensor(string_handle, dtypes.string, name="string_handle")
        op = IteratorFromStringHandleV2(**element.forms(spec))
        return Iterator._of(apply(op, handle), None, spec)

    @property
    def initializer(self) -> Operation:
        """The operation that begins with the dataset's first element.

        Raises
        ------
        ValueError
            If there is none.
        """
        if self._initializer is None:
            raise ValueError("Iterator does not have an initializer.")
        return self._initializer

    def make_initializer(self, dataset: Any, name: str | None = None) -> Operation:
        """Return an operation that gives the iterator a dataset.

        Parameters
        ----------
        dataset : Dataset
        name : str, optional

        Raises
        ------
        TypeError
            If the elements of the dataset are different.
        """
        for what, mine, theirs in (
            ("types", self.output_types, dataset.output_types),
            ("classes", self.output_classes, dataset.output_classes),
        ):
            for a, b in zip(nest.flatten(mine), nest.flatten(theirs), strict=False):
                if a != b:
                    raise TypeError(
                        f"Expected output {what} {a!r} but got dataset with output {what} {b!r}."
                    )
        nest.assert_same_structure(self.output_types, dataset.output_types)
        pairs = zip(
            nest.flatten(self.output_shapes), nest.flatten(dataset.output_shapes), strict=True
        )
        for mine, theirs in pairs:
            if not mine.is_compatible_with(theirs):
                raise TypeError(
                    f"Expected output shapes compatible with {mine!r} but got dataset with output "
                    f"shapes {theirs!r}."
                )
        with colocate_with(self._iterator_resource):
            inputs = [dataset._variant_tensor, self._iterator_resource]
            return build(MakeIterator(), inputs, "make_initializer" if name is None else name)

    def get_next(self, name: str | None = None) -> Any:
        """Return the next element, a new one in each run.

        Parameters
        ----------
        name : str, optional

        Returns
        -------
        nested structure of Tensor

        Raises
        ------
        FailedPreconditionError
            When run: if the initializer was not run.
        OutOfRangeError
            When run: if there are no more elements.

        Notes
        -----
        Call it once and use the result in every run: each call makes operations of its own.
        """
        self._calls += 1
        if self._calls == _MANY_CALLS + 1:
            warnings.warn(
                f"Iterator.get_next() was called more than {_MANY_CALLS} times. Each call adds "
                "operations to the graph: call it once, outside of the training loop, and run "
                "what it returned.",
                stacklevel=2,
            )
        op = IteratorGetNext(**element.forms(self._spec))
        return element.decoded(self._spec, apply_all(op, self._iterator_resource, name=name))

    def string_handle(self, name: str | None = None) -> Tensor:
        """Return a string tensor that stands for the iterator."""
        if name is None:
            return self._string_handle
        return apply(IteratorToStringHandle(), self._iterator_resource, name=name)

    @property
    def element_spec(self) -> Any:
        """The type of the elements, as a structure of `TypeSpec`."""
        return self._spec

    @property
    def output_types(self) -> Any:
        """The dtypes of an element's components, in the structure of the element."""
        return element.output_types(self._spec)

    @property
    def output_shapes(self) -> Any:
        """The static shapes of an element's components, in the structure of the element."""
        return element.output_shapes(self._spec)

    @property
    def output_classes(self) -> Any:
        """The classes of an element's components, in the structure of the element."""
        return element.output_classes(self._spec)


def _with_options(dataset: Any) -> Any:
    """Return a dataset as its options have it."""
    options = dataset.options().experimental_optimization
    forms = element.forms(dataset.element_spec)
    names = options.names()
    if names:
        given = convert_to_tensor(names, dtypes.string, name="optimizations")
        configs = ("map_vectorization:use_choose_fastest:false",)
        op = OptimizeDataset(optimization_configs=configs, **forms)
        dataset = dataset._derived(op, [given])
    if options.autotune is not False:
        model = ModelDataset(
            algorithm=options.autotune_algorithm or 0,
            cpu_budget=options.autotune_cpu_budget or 0,
            **forms,
        )
        dataset = dataset._derived(model)
    return dataset


class Iterated(DatasetBase):
    """The methods that make iterators."""

    def make_one_shot_iterator(self) -> Iterator:
        """Return an iterator that needs no initializer, and cannot start again.

        Raises
        ------
        ValueError
            If the dataset depends on a placeholder, a variable or the like.

        Examples
        --------
        >>> number = tf.data.Dataset.range(5).make_one_shot_iterator().get_next()
        >>> session = tf.Session()
        >>> print(session.run(number), session.run(number))
        0 1
        """
        factory = Body(get_default_graph(), "")
        try:
            factory.outputs = _copied(factory, self._variant_tensor)
        except _StatefulError as error:
            raise ValueError(
                "Failed to create a one-shot iterator for a dataset. "
                "`Dataset.make_one_shot_iterator()` does not support datasets that capture "
                "stateful objects, such as a `Variable` or `LookupTable`. In these cases, use "
                f"`Dataset.make_initializable_iterator()`. (Original error: {error})"
            ) from None
        with factory.as_default():
            dataset = self._plain(factory.outputs[0], self._spec, options=self.options())
            factory.outputs = [_with_options(dataset)._variant_tensor]
        op = OneShotIterator(dataset_factory=factory, **element.forms(self._spec))
        return Iterator._of(apply(op), None, self._spec)

    def make_initializable_iterator(self, shared_name: str | None = None) -> Iterator:
        """Return an iterator that starts whenever its initializer is run.

        Parameters
        ----------
        shared_name : str, optional
            Iterators of one name are one.

        Examples
        --------
        >>> count = tf.placeholder(tf.int64, [])
        >>> iterator = tf.data.Dataset.range(count).make_initializable_iterator()
        >>> number = iterator.get_next()
        >>> session = tf.Session()
        >>> session.run(iterator.initializer, {count: 2})
        >>> print(session.run(number), session.run(number))
        0 1
        """
        dataset = _with_options(self)
        op = IteratorV2(shared_name=shared_name or "", **element.forms(self._spec))
        resource = apply(op)
        with colocate_with(resource):
            initializer = build(MakeIterator(), [dataset._variant_tensor, resource])
        return Iterator._of(resource, initializer, self._spec)

    def with_options(self, options: Any) -> Any:
        """Return the dataset with options.

        Parameters
        ----------
        options : Options

        Raises
        ------
        ValueError
            If it has other values for some of them.

        Examples
        --------
        >>> dataset = tf.data.Dataset.range(3).with_options(tf.data.Options())
        """
        merged = self.options().merge(options)
        return self._plain(self._variant_tensor, self._spec, options=merged)


class _StatefulError(ValueError):
    """A value that cannot be copied depends on a session."""


def _copied(body: Body, tensor: Tensor) -> list[Tensor]:
    """Copy what a tensor is computed from into a body, which needs nothing from outside then."""
    pending, needed = [tensor.op], set[Operation]()
    while pending:
        operation = pending.pop()
        if operation not in needed:
            needed.add(operation)
            pending += [source.op for source in operation.inputs]
    copies: dict[Tensor, Tensor] = {}
    for operation in sorted(needed, key=lambda operation: operation._id):
        _check_constant(operation)
        kinds = [output.dtype for output in operation.outputs]
        inputs = tuple([copies[source] for source in operation.inputs])
        copy = body.add_operation(operation.op, inputs, kinds, operation.name + "/")
        copies.update(zip(operation.outputs, copy.outputs, strict=True))
    return [copies[tensor]]


def _check_constant(operation: Operation) -> None:
    """Raise unless what an operation gives depends on its inputs alone."""
    op, named = operation.op, f"(name:{operation.name}, type:{operation.type})"
    if isinstance(op, Placeholder):
        raise ValueError(f"Cannot capture a placeholder {named} by value.")
    if op.is_stateful and not isinstance(op, DatasetOp | SerializeSparse | MatchingFiles):
        raise _StatefulError(f"Cannot capture a stateful node {named} by value.")
