"""What every dataset is: a tensor of dtype variant, and the type of its elements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from flowgraph import dtypes
from flowgraph.data import element
from flowgraph.data.options import Options
from flowgraph.graph.graph import Graph
from flowgraph.graph.op import Op
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import nest
from flowgraph.ops.conversion import convert_to_tensor
from flowgraph.ops.core import apply
from flowgraph.shapes import TensorShape


class DatasetBase:
    """A dataset as part of a graph.

    Parameters
    ----------
    variant : Tensor
        The output of an op of a dataset.
    spec : structure of TypeSpec
        Of the elements.
    sources : sequence of DatasetBase
        Those it is made of, whose options it has.
    """

    _plain: ClassVar[Any]
    """The class of the datasets that methods return."""

    _shown = "DatasetV1Adapter"

    def __init__(
        self, variant: Tensor, spec: Any, sources: Sequence[DatasetBase] = (), options: Any = None
    ) -> None:
        self._variant_tensor = variant
        self._spec = spec
        self._options = options or Options()
        for source in sources:
            self._options = self._options.merge(source.options())

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

    @property
    def _type_spec(self) -> DatasetSpec:
        return DatasetSpec(self._spec)

    @property
    def _graph(self) -> Graph:
        return self._variant_tensor.graph

    def options(self) -> Options:
        """Return the options of this dataset and of those it is made of."""
        return self._options

    def _derived(
        self, op: Op, inputs: Sequence[Any] = (), spec: Any = None, others: Any = ()
    ) -> Any:
        """Return the dataset of an op whose first input is this one."""
        tensor = apply(op, self._variant_tensor, *inputs)
        return self._plain(tensor, self._spec if spec is None else spec, [self, *others])

    def __iter__(self) -> Any:
        raise RuntimeError(
            "__iter__() is only supported inside of tf.function or when eager execution is enabled."
        )

    def __repr__(self) -> str:
        shapes = nest.map_structure(str, self.output_shapes)
        text = f"<{self._shown} shapes: {shapes}, types: {self.output_types!r}>"
        return text.replace("'", "")


class DatasetSpec(element.TypeSpec):
    """The type of a dataset that is a component of an element.

    Parameters
    ----------
    element_spec : structure of TypeSpec
    dataset_shape : TensorShape
        Always that of a scalar.
    """

    def __init__(self, element_spec: Any, dataset_shape: Any = ()) -> None:
        self._element_spec = element_spec
        self._dataset_shape = TensorShape(dataset_shape)
        if self._dataset_shape.ndims != 0:
            raise NotImplementedError("a DatasetSpec of several datasets")

    def __repr__(self) -> str:
        return f"DatasetSpec({self._element_spec!r}, {self._dataset_shape!r})"

    @staticmethod
    def from_value(value: DatasetBase) -> DatasetSpec:
        """Return the type of a dataset."""
        return value._type_spec

    @property
    def value_type(self) -> Any:
        """The class of datasets."""
        return DatasetBase._plain

    def _holds(self, other: Any) -> bool:
        return repr(self) == repr(other)

    def _form(self) -> tuple[Any, TensorShape]:
        return dtypes.variant, TensorShape.of(())

    def _encoded(self, leaf: Any) -> Tensor:
        return leaf._variant_tensor  # type: ignore[no-any-return]

    def _decoded(self, tensor: Tensor) -> Any:
        return DatasetBase._plain(tensor, self._element_spec)


def int64(value: Any, name: str) -> Tensor:
    """Return a number as a tensor of int64, which is what ops of datasets take."""
    return convert_to_tensor(value, dtypes.int64, name)


def get_output_types(dataset_or_iterator: Any) -> Any:
    """Return the dtypes of an element's components.

    Examples
    --------
    >>> tf.data.get_output_types(tf.data.Dataset.range(3))
    tf.int64
    """
    return element.output_types(get_structure(dataset_or_iterator))


def get_output_shapes(dataset_or_iterator: Any) -> Any:
    """Return the static shapes of an element's components.

    Examples
    --------
    >>> print(tf.data.get_output_shapes(tf.data.Dataset.range(9).batch(3)))
    (?,)
    """
    return element.output_shapes(get_structure(dataset_or_iterator))


def get_output_classes(dataset_or_iterator: Any) -> Any:
    """Return the classes of an element's components.

    Examples
    --------
    >>> tf.data.get_output_classes(tf.data.Dataset.range(3)) is tf.Tensor
    True
    """
    return element.output_classes(get_structure(dataset_or_iterator))


def get_structure(dataset_or_iterator: Any) -> Any:
    """Return the type of the elements of a dataset or an iterator.

    Raises
    ------
    TypeError
        If it is neither.

    Examples
    --------
    >>> tf.data.experimental.get_structure(tf.data.Dataset.range(3))
    TensorSpec(shape=(), dtype=tf.int64, name=None)
    """
    try:
        return dataset_or_iterator.element_spec
    except AttributeError:
        raise TypeError(
            "`dataset_or_iterator` must be a Dataset or Iterator object, but got "
            f"{type(dataset_or_iterator)}."
        ) from None
