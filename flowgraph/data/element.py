"""What the elements of a dataset are: nested structures, and the type of each leaf.

In the structures of `tf.data` a list is not nesting but a tensor; tuples, named tuples and
dicts nest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flowgraph import dtypes
from flowgraph.dtypes import DType, as_dtype
from flowgraph.graph.composite import IndexedSlices, SparseTensorValue
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import nest
from flowgraph.ops.conversion import convert_to_tensor
from flowgraph.ops.core import apply, apply_all
from flowgraph.ops.dataset_sparse import DeserializeSparse, SerializeManySparse, SerializeSparse
from flowgraph.ops.functional import either
from flowgraph.ops.sparse import SparseTensor
from flowgraph.shapes import TensorShape, as_shape


class TypeSpec:
    """The type of one leaf of an element: what a program may know before it runs."""

    def is_compatible_with(self, spec_or_value: Any) -> bool:
        """Whether another type, or a value's, is one of this type."""
        other = spec_or_value if isinstance(spec_or_value, TypeSpec) else spec_of(spec_or_value)
        return type(other) is type(self) and self._holds(other)

    def _holds(self, other: Any) -> bool:
        raise NotImplementedError(f"{type(self).__name__}.is_compatible_with")

    def _form(self) -> tuple[DType, TensorShape]:
        """Return the dtype and shape of the component that stands for the leaf."""
        raise NotImplementedError(f"components of {type(self).__name__}")

    def _encoded(self, leaf: Any) -> Tensor:
        """Return the component for a leaf."""
        raise NotImplementedError(f"components of {type(self).__name__}")

    def _decoded(self, tensor: Tensor) -> Any:
        """Return the leaf that a component stands for."""
        raise NotImplementedError(f"components of {type(self).__name__}")

    def _legacy(self) -> tuple[Any, Any, Any]:
        """Return what ``output_types``, ``output_shapes`` and ``output_classes`` say."""
        return self, self, self

    def _in_shape(self, change: Callable[[TensorShape], TensorShape]) -> TypeSpec:
        """Return the type with another shape."""
        raise TypeError(f"batching of elements of type {type(self).__name__} is not supported")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and repr(other) == repr(self)

    def __hash__(self) -> int:
        return hash(repr(self))


class TensorSpec(TypeSpec):
    """The type of a tensor.

    Parameters
    ----------
    shape : TensorShape
    dtype : DType
    name : str, optional

    Examples
    --------
    >>> tf.TensorSpec([None, 3], tf.float32)
    TensorSpec(shape=(?, 3), dtype=tf.float32, name=None)
    """

    def __init__(self, shape: Any, dtype: Any = dtypes.float32, name: str | None = None) -> None:
        self.shape = as_shape(shape)
        self.dtype = as_dtype(dtype)
        self.name = name

    @classmethod
    def from_tensor(cls, tensor: Tensor, name: str | None = None) -> TensorSpec:
        """Return the type of a tensor."""
        return cls(tensor.shape, tensor.dtype, name or tensor.op.name)

    def is_compatible_with(self, spec_or_tensor: Any) -> bool:
        """Whether another type, or a tensor's, is one of this type."""
        return super().is_compatible_with(spec_or_tensor)

    def __repr__(self) -> str:
        return f"TensorSpec(shape={self.shape}, dtype={self.dtype!r}, name={self.name!r})"

    def _holds(self, other: Any) -> bool:
        return self.dtype is other.dtype and self.shape.is_compatible_with(other.shape)

    def _form(self) -> tuple[DType, TensorShape]:
        return self.dtype, self.shape

    def _encoded(self, leaf: Any) -> Tensor:
        return convert_to_tensor(leaf, self.dtype)

    def _decoded(self, tensor: Tensor) -> Any:
        return tensor

    def _legacy(self) -> tuple[Any, Any, Any]:
        return self.dtype, self.shape, Tensor

    def _in_shape(self, change: Callable[[TensorShape], TensorShape]) -> TypeSpec:
        return TensorSpec(change(self.shape), self.dtype)


class SparseTensorSpec(TypeSpec):
    """The type of a sparse tensor.

    Parameters
    ----------
    shape : TensorShape, optional
        The dense shape.
    dtype : DType
    """

    def __init__(self, shape: Any = None, dtype: Any = dtypes.float32) -> None:
        self.shape = as_shape(shape)
        self.dtype = as_dtype(dtype)

    def __repr__(self) -> str:
        return f"SparseTensorSpec({self.shape!r}, {self.dtype!r})"

    def _holds(self, other: Any) -> bool:
        return self.dtype is other.dtype and self.shape.is_compatible_with(other.shape)

    def _form(self) -> tuple[DType, TensorShape]:
        return dtypes.variant, TensorShape.of(None)

    def _encoded(self, leaf: Any) -> Tensor:
        return apply(SerializeSparse(), leaf.indices, leaf.values, leaf.dense_shape)

    def _decoded(self, tensor: Tensor) -> Any:
        indices, values, dense_shape = apply_all(DeserializeSparse(dtype=self.dtype), tensor)
        rank = self.shape.ndims
        indices.set_shape([None, rank])
        dense_shape.set_shape([rank])
        return SparseTensor(indices, values, dense_shape)

    def _legacy(self) -> tuple[Any, Any, Any]:
        return self.dtype, self.shape, SparseTensor

    def _in_shape(self, change: Callable[[TensorShape], TensorShape]) -> TypeSpec:
        return SparseTensorSpec(change(self.shape), self.dtype)


def spec_of(value: Any) -> TypeSpec:
    """Return the type of a leaf.

    Raises
    ------
    TypeError
        If it can be none.
    """
    if isinstance(value, Tensor):
        return TensorSpec(value.shape, value.dtype.base_dtype)
    if isinstance(value, SparseTensor):
        return SparseTensorSpec(value.shape, value.dtype)
    if hasattr(value, "_type_spec"):
        return value._type_spec  # type: ignore[no-any-return]
    raise TypeError(f"Could not build a TypeSpec for {value!r} with type {type(value).__name__}")


def normalized(structure: Any, scope: str | None = "normalize_element") -> Any:
    """Return a structure with tensors, sparse tensors and datasets for leaves.

    Parameters
    ----------
    structure : any nesting of tuples and dicts
        Lists and arrays become tensors.
    scope : str, optional
        Name scope of constants made for them.
    """
    leaves: list[Any] = []
    outline = _outline(structure, leaves)
    with name_scope(scope) if scope else name_scope(None, ""):
        found = [_leaf(leaf, f"component_{i}") for i, leaf in enumerate(leaves)]
    return nest.pack_as(outline, found)


def _leaf(value: Any, name: str) -> Any:
    if isinstance(value, SparseTensorValue):
        return SparseTensor.from_value(value)
    if isinstance(value, SparseTensor) or hasattr(value, "_type_spec"):
        return value
    if isinstance(value, IndexedSlices):
        raise NotImplementedError("IndexedSlices in the elements of a dataset")
    return convert_to_tensor(value, name=name)


def _outline(structure: Any, leaves: list[Any]) -> Any:
    """Return the nesting with placeholders for leaves, which are appended in order."""
    if isinstance(structure, SparseTensorValue) or not isinstance(structure, tuple | Mapping):
        leaves.append(structure)
        return None
    if isinstance(structure, Mapping):
        parts = {key: _outline(structure[key], leaves) for key in sorted(structure)}
        kind: Any = type(structure)
        return kind((key, parts[key]) for key in structure)
    items = [_outline(item, leaves) for item in structure]
    kind = type(structure)
    return kind(*items) if hasattr(structure, "_fields") else kind(items)


def leaves_like(outline: Any, structure: Any) -> list[Any]:
    """Return the leaves of a structure that is nested as another one: there may be lists in it.

    Raises
    ------
    TypeError, ValueError
        If it is nested otherwise.
    """
    if not nest.is_sequence(outline):
        return [structure]
    if isinstance(outline, Mapping) != isinstance(structure, Mapping) or not isinstance(
        structure, tuple | Mapping
    ):
        raise TypeError(
            "If shallow structure is a sequence, input must also be a sequence. Input has type: "
            f"{type(structure)}."
        )
    if len(outline) != len(structure):
        raise ValueError(
            "The two structures don't have the same sequence length. Input structure has length "
            f"{len(structure)}, while shallow structure has length {len(outline)}."
        )
    if isinstance(outline, Mapping):
        if set(outline) != set(structure):
            raise ValueError(
                "The two structures don't have the same keys. Input structure has keys "
                f"{list(structure)}, while shallow structure has keys {list(outline)}."
            )
        pairs = [(outline[key], structure[key]) for key in sorted(outline)]
    else:
        pairs = list(zip(outline, structure, strict=True))
    return [leaf for a, b in pairs for leaf in leaves_like(a, b)]


def specs_of(structure: Any) -> Any:
    """Return the types of the leaves of a structure."""
    return nest.map_structure(spec_of, structure)


def encoded(spec: Any, structure: Any) -> list[Tensor]:
    """Return the components for the leaves of a structure."""
    pairs = zip(nest.flatten(spec), nest.flatten(structure), strict=True)
    return [kind._encoded(leaf) for kind, leaf in pairs]


def encoded_slices(spec: Any, structure: Any) -> list[Tensor]:
    """Return the components whose rows stand for the rows of the leaves of a structure."""
    tensors = []
    for kind, leaf in zip(nest.flatten(spec), nest.flatten(structure), strict=True):
        if isinstance(leaf, SparseTensor):
            parts = (leaf.indices, leaf.values, leaf.dense_shape)
            tensors.append(apply(SerializeManySparse(), *parts))
        elif not isinstance(leaf, Tensor):
            raise TypeError(f"a {type(leaf).__name__} has no rows to make elements of")
        elif leaf.shape.ndims == 0:
            raise ValueError(f"Value {leaf} has insufficient rank for batching.")
        else:
            tensors.append(kind._encoded(leaf))
    return tensors


def decoded(spec: Any, tensors: list[Tensor]) -> Any:
    """Return the structure whose components are given."""
    pairs = zip(nest.flatten(spec), tensors, strict=True)
    return nest.pack_as(spec, [kind._decoded(tensor) for kind, tensor in pairs])


def forms(spec: Any) -> dict[str, Any]:
    """Return the attributes of an op that say what the components are."""
    found = [kind._form() for kind in nest.flatten(spec)]
    return {
        "output_types": tuple([dtype for dtype, _ in found]),
        "output_shapes": tuple([shape for _, shape in found]),
    }


def reshaped(spec: Any, change: Callable[[TensorShape], TensorShape]) -> Any:
    """Return a structure of types with other shapes."""
    return nest.map_structure(lambda kind: kind._in_shape(change), spec)


def batched(spec: Any, size: int | None) -> Any:
    """Return the types of stacked elements."""
    return reshaped(spec, TensorShape.of((size,)).concatenate)


def unbatched(spec: Any) -> Any:
    """Return the types of the rows of elements."""
    return reshaped(spec, lambda shape: shape[1:])


def in_common(a: Any, b: Any) -> Any:
    """Return the type of a leaf that has one of two types, which differ in shape only."""
    return a._in_shape(lambda shape: either(shape, b.shape)) if hasattr(a, "shape") else a


def output_types(spec: Any) -> Any:
    """Return the dtypes of a structure of types."""
    return nest.map_structure(lambda kind: kind._legacy()[0], spec)


def output_shapes(spec: Any) -> Any:
    """Return the shapes of a structure of types."""
    return nest.map_structure(lambda kind: kind._legacy()[1], spec)


def output_classes(spec: Any) -> Any:
    """Return the classes of the leaves of a structure of types."""
    return nest.map_structure(lambda kind: kind._legacy()[2], spec)


def from_legacy(types: Any, shapes: Any = None, classes: Any = None) -> Any:
    """Return the structure of types that dtypes, shapes and classes say.

    Raises
    ------
    TypeError, ValueError
        If they are not nested alike.
    """
    leaves: list[Any] = []
    outline = _outline(types, leaves)
    kinds = [kind if isinstance(kind, TypeSpec) else as_dtype(kind) for kind in leaves]
    nested = nest.pack_as(outline, kinds)
    sizes = [None] * len(kinds) if shapes is None else leaves_like(nested, shapes)
    of = [Tensor] * len(kinds) if classes is None else leaves_like(nested, classes)
    specs = [_spec(*parts) for parts in zip(kinds, sizes, of, strict=True)]
    return nest.pack_as(outline, specs)


def _spec(kind: Any, shape: Any, cls: Any) -> TypeSpec:
    if isinstance(kind, TypeSpec):
        return kind
    return SparseTensorSpec(shape, kind) if cls is SparseTensor else TensorSpec(shape, kind)
