"""Datasets that look at all elements: groups, distinct ones, errors left out, reductions."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.dtypes import Array, DType
from flowgraph.errors import OpError
from flowgraph.graph.op import Kernel, Op, Resources, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.ops.body import Body
from flowgraph.ops.checks import invalid
from flowgraph.ops.dataset import (
    UNKNOWN,
    Context,
    DatasetValue,
    Element,
    Elements,
    SameElements,
    TypedDatasetOp,
    listed,
)
from flowgraph.ops.dataset_map import Function
from flowgraph.ops.dataset_order import RepeatDataset
from flowgraph.ops.dataset_shuffle import ShuffleAndRepeatDataset, ShuffleDataset
from flowgraph.shapes import TensorShape


class GroupByWindowDataset(TypedDatasetOp):
    """Elements grouped by a key; each group that is full becomes a dataset."""

    signature = Signature(
        "input_dataset: variant, key_func_other_arguments: list(Tkey_func_other_arguments), "
        "reduce_func_other_arguments: list(Treduce_func_other_arguments), "
        "window_size_func_other_arguments: list(Twindow_size_func_other_arguments)"
        " -> handle: variant"
    )

    key_func: Body
    reduce_func: Body
    window_size_func: Body

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        source, *captured = dataset.inputs
        functions = []
        for body in (self.key_func, self.reduce_func, self.window_size_func):
            functions.append(context.function(body, captured[: len(body.captures)]))
            del captured[: len(body.captures)]
        return _Grouped(source.elements(context), context, *functions)


class _Grouped(Elements):
    def __init__(
        self, source: Elements, context: Context, key: Function, reduce: Function, size: Function
    ) -> None:
        self._source = source
        self._context = context
        self._key = key
        self._reduce = reduce
        self._size = size
        self._sizes: dict[int, int] = {}
        self._groups: dict[int, list[Element]] = {}
        self._current: Elements | None = None
        self._is_over = False

    def __next__(self) -> Element:
        while True:
            if self._current is not None:
                try:
                    return next(self._current)
                except StopIteration:
                    self._current = None
            key = self._full_group()
            group = listed(self._groups.pop(key))
            self._current = self._reduce(np.array(key), group)[0].elements(self._context)

    def _full_group(self) -> int:
        """Return the key of a group that is full, or that will get no more."""
        while not self._is_over:
            try:
                element = next(self._source)
            except StopIteration:
                self._is_over = True
                break
            key = int(self._key(*element)[0])
            if key not in self._sizes:
                self._sizes[key] = int(self._size(np.array(key))[0])
                if self._sizes[key] <= 0:
                    size = self._sizes.pop(key)
                    raise invalid(f"Window size must be greater than zero, but got {size}.")
            group = self._groups.setdefault(key, [])
            group.append(element)
            if len(group) == self._sizes[key]:
                return key
        if not self._groups:
            raise StopIteration
        return min(self._groups)


class UniqueDataset(SameElements):
    """Each element once."""

    signature = Signature("input_dataset: variant -> handle: variant")

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        return _Unique(dataset.inputs[0].elements(context))

    def count(self, dataset: DatasetValue) -> int:
        return UNKNOWN


class _Unique(Elements):
    def __init__(self, source: Elements) -> None:
        self._source = source
        self._seen: set[Any] = set()

    def __next__(self) -> Element:
        while True:
            element = next(self._source)
            (value,) = element
            key = (value.shape, value.tobytes() if value.dtype != object else tuple(value.flat))
            if key not in self._seen:
                self._seen.add(key)
                return element


class IgnoreErrorsDataset(SameElements):
    """The elements that could be made."""

    signature = Signature("input_dataset: variant -> handle: variant")

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        return _Errorless(dataset.inputs[0].elements(context))

    def count(self, dataset: DatasetValue) -> int:
        return UNKNOWN


class _Errorless(Elements):
    def __init__(self, source: Elements) -> None:
        self._source = source

    def __next__(self) -> Element:
        while True:
            try:
                return next(self._source)
            except OpError:
                continue


class OptimizeDataset(SameElements):
    """The same dataset, rewritten as is asked for.

    The rewriting that changes an order is ``shuffle_and_repeat_fusion``; the others of
    TensorFlow's are a matter of speed, where this engine has its own ways.
    """

    signature = Signature("input_dataset: variant, optimizations: string -> handle: variant")

    optimization_configs: tuple[str, ...] = ()

    def compute(self, xp: Any, *inputs: Any) -> DatasetValue:
        source, optimizations = inputs
        fuses = b"shuffle_and_repeat_fusion" in optimizations.tolist()
        return super().compute(xp, source.rewritten(_fused) if fuses else source, optimizations)

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        return dataset.inputs[0].elements(context)  # type: ignore[no-any-return]


def _fused(dataset: DatasetValue) -> DatasetValue:
    """Return a shuffled dataset that is repeated as one op's."""
    if not isinstance(dataset.op, RepeatDataset):
        return dataset
    source, count = dataset.inputs
    if not (isinstance(source.op, ShuffleDataset) and source.op.reshuffle_each_iteration):
        return dataset
    op = ShuffleAndRepeatDataset(
        output_types=dataset.op.output_types, output_shapes=dataset.op.output_shapes
    )
    return DatasetValue(op, (*source.inputs, count))


class ModelDataset(SameElements):
    """The same dataset; TensorFlow tunes it here."""

    signature = Signature("input_dataset: variant -> handle: variant")

    algorithm: int = 0
    cpu_budget: int = 0

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        return dataset.inputs[0].elements(context)  # type: ignore[no-any-return]


# -- from a dataset to tensors -----------------------------------------------------------------


class _Drawing(Op, abstract=True):
    """An op that draws all of a dataset's elements when it runs."""

    is_stateful = True

    output_types: tuple[DType, ...]
    output_shapes: tuple[TensorShape, ...]

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return self.output_shapes

    def result(self, context: Context, *inputs: Any) -> Element:
        """Return the outputs."""
        raise NotImplementedError(f"kernel of {self.type}")

    def bind(self, operation: Operation, xp: Any, resources: Resources) -> Kernel:
        def draw(*inputs: Any) -> tuple[Array, ...]:
            context = Context(resources)
            try:
                return tuple([xp.array(value) for value in self.result(context, *inputs)])
            finally:
                context.end()

        return draw

    gradient = Op.not_differentiable


class ReduceDataset(_Drawing):
    """A state that a function makes of the state before and each element in turn."""

    signature = Signature(
        "input_dataset: variant, initial_state: list(Tstate), other_arguments: list(Targuments)"
        " -> components: list(output_types)"
    )

    f: Body
    use_inter_op_parallelism: bool = True

    def result(self, context: Context, *inputs: Any) -> Element:
        source, *values = inputs
        count = len(self.output_types)
        function = context.function(self.f, values[count:])
        state = values[:count]
        for element in source.elements(context):
            state = function(*state, *element)
        return tuple(state)


class DatasetToSingleElement(_Drawing):
    """The only element of a dataset."""

    signature = Signature("dataset: variant -> components: list(output_types)")

    def result(self, context: Context, *inputs: Any) -> Element:
        elements = inputs[0].elements(context)
        try:
            element = next(elements)
        except StopIteration:
            raise invalid("Dataset was empty.") from None
        try:
            next(elements)
        except StopIteration:
            return element  # type: ignore[no-any-return]
        raise invalid("Dataset had more than one element.")


class DatasetCardinality(Op):
    """The number of elements, -1 for no end and -2 if it is not known."""

    signature = Signature("input_dataset: variant -> cardinality: int64")
    is_stateful = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (TensorShape.of(()),)

    def compute(self, xp: Any, *inputs: Any) -> Array:
        return xp.asarray(inputs[0].count())

    gradient = Op.not_differentiable
