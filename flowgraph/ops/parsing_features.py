"""How a program says what to parse: kinds of features, and the parameters of an op from them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from flowgraph import dtypes
from flowgraph.dtypes import DType, as_dtype
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import reshape
from flowgraph.ops.core import constant, convert_to_tensor
from flowgraph.ops.parsing_columns import TYPES
from flowgraph.shapes import TensorShape, as_shape


class FixedLenFeature(NamedTuple):
    """A feature with a fixed number of values, parsed to a dense tensor.

    Attributes
    ----------
    shape : list of int
        Of the values of one message.
    dtype : DType
        float32, int64 or string.
    default_value : array, optional
        For messages without the feature; without a default it is required.

    Examples
    --------
    >>> tf.FixedLenFeature([2], tf.int64)
    FixedLenFeature(shape=[2], dtype=tf.int64, default_value=None)
    """

    shape: Any
    dtype: Any
    default_value: Any = None


class VarLenFeature(NamedTuple):
    """A feature with any number of values, parsed to a sparse tensor.

    Attributes
    ----------
    dtype : DType
        float32, int64 or string.

    Examples
    --------
    >>> tf.VarLenFeature(tf.string)
    VarLenFeature(dtype=tf.string)
    """

    dtype: Any


class FixedLenSequenceFeature(NamedTuple):
    """A feature with a varying number of equal parts, parsed to a dense tensor.

    Attributes
    ----------
    shape : list of int
        Of one part.
    dtype : DType
        float32, int64 or string.
    allow_missing : bool
        Messages without the feature have no part of it.
    default_value : scalar, optional
        Shorter messages are padded with it; zeros or empty strings if left out.

    Examples
    --------
    >>> tf.FixedLenSequenceFeature([], tf.float32, allow_missing=True).allow_missing
    True
    """

    shape: Any
    dtype: Any
    allow_missing: bool = False
    default_value: Any = None


class SparseFeature(NamedTuple):
    """Two features or more, of indices and of values, parsed to one sparse tensor.

    Attributes
    ----------
    index_key : str or list of str
        The features of the indices, one for each dimension.
    value_key : str
        The feature of the values.
    dtype : DType
        Of the values.
    size : int or list of int
        Of the dimensions.
    already_sorted : bool
        The indices need not be put in order.

    Examples
    --------
    >>> tf.SparseFeature("ix", "value", tf.float32, 100).size
    100
    """

    index_key: Any
    value_key: str
    dtype: Any
    size: Any
    already_sorted: bool = False


Kinds = tuple[type, ...]


@dataclass
class Parameters:
    """What features ask for, in the terms of the ops: keys in order, with dtypes and shapes."""

    sparse_keys: list[str] = field(default_factory=list)
    sparse_types: list[DType] = field(default_factory=list)
    dense_keys: list[str] = field(default_factory=list)
    dense_types: list[DType] = field(default_factory=list)
    dense_shapes: list[TensorShape] = field(default_factory=list)
    dense_defaults: dict[str, Any] = field(default_factory=dict)
    optional: list[str] = field(default_factory=list)
    """Lists of a sequence that may be missing."""

    @classmethod
    def of(
        cls, features: Mapping[str, Any] | None, kinds: Kinds, is_list: bool = False
    ) -> Parameters:
        """Return the parameters of features, of which only some kinds are allowed.

        Raises
        ------
        ValueError
            If a feature is of no allowed kind, or does not say enough.
        """
        found = cls()
        for key in sorted(features or {}):
            found._add(key, (features or {})[key], kinds, is_list)
        found._check()
        return found

    def _add(self, key: str, feature: Any, kinds: Kinds, is_list: bool) -> None:
        known = (FixedLenFeature, VarLenFeature, FixedLenSequenceFeature, SparseFeature)
        if not isinstance(feature, known):
            raise ValueError(f"Invalid feature {key}:{feature}.")
        if not isinstance(feature, kinds):
            raise ValueError(f"Unsupported {type(feature).__name__} {feature}.")
        if not feature.dtype:
            raise ValueError(f"Missing type for feature {key}.")
        if isinstance(feature, VarLenFeature):
            self._add_sparse(key, feature.dtype)
        elif isinstance(feature, SparseFeature):
            for index_key in sorted(_listed(feature.index_key)):
                self._add_sparse(index_key, dtypes.int64)
            self._add_sparse(feature.value_key, feature.dtype)
        else:
            self._add_dense(key, feature, is_list)

    def _add_sparse(self, key: str, dtype: Any) -> None:
        kind = as_dtype(dtype)
        if key not in self.sparse_keys:
            self.sparse_keys.append(key)
            self.sparse_types.append(kind)
            return
        known = self.sparse_types[self.sparse_keys.index(key)]
        if known is not kind:
            raise ValueError(f"Conflicting type {known} vs {kind} for feature {key}.")

    def _add_dense(self, key: str, feature: Any, is_list: bool) -> None:
        if feature.shape is None:
            raise ValueError(f"Missing shape for feature {key}.")
        shape = as_shape(feature.shape)
        if isinstance(feature, FixedLenSequenceFeature):
            if is_list:
                if feature.allow_missing:
                    self.optional.append(key)
                if feature.default_value is not None:
                    raise ValueError(
                        f"Unsupported: default_value of FixedLenSequenceFeature {key} in a "
                        "sequence."
                    )
            elif not feature.allow_missing:
                raise ValueError(
                    "Unsupported: FixedLenSequenceFeature requires allow_missing to be True."
                )
            else:
                shape = TensorShape.of((None,)).concatenate(shape)
        else:
            sizes = shape.as_list()
            if sizes and sizes[0] is None:
                raise ValueError(
                    f"First dimension of shape for feature {key} unknown. Consider using "
                    "FixedLenSequenceFeature."
                )
            if None in sizes:
                raise ValueError(
                    f"All dimensions of shape for feature {key} need to be known but received "
                    f"{sizes}."
                )
        self.dense_keys.append(key)
        self.dense_types.append(as_dtype(feature.dtype))
        self.dense_shapes.append(shape)
        if feature.default_value is not None:
            self.dense_defaults[key] = feature.default_value

    def _check(self) -> None:
        for kinds, what in (
            (self.sparse_types, "sparse_types"),
            (self.dense_types, "dense_defaults"),
        ):
            for kind in kinds:
                if kind not in TYPES:
                    raise TypeError(
                        f"Value passed to parameter '{what}' has DataType {kind.name} not in list "
                        f"of allowed values: {TYPES}"
                    )
        both = set(self.sparse_keys) & set(self.dense_keys)
        if both:
            raise ValueError(f"Dense and sparse keys must not intersect; intersection: {both}")

    def defaults(self, reshapes: bool = True) -> list[Tensor]:
        """Return the defaults as tensors: an empty one for what is required."""
        found = []
        for key, kind, shape in zip(
            self.dense_keys, self.dense_types, self.dense_shapes, strict=True
        ):
            given = self.dense_defaults.get(key)
            is_varying = bool(shape.ndims) and shape.as_list()[0] is None
            clean = re.sub(r"[^A-Za-z0-9_.\-/]", "_", key)
            if given is None:
                filler = "" if kind is dtypes.string else 0
                found.append(constant(filler if is_varying else [], kind))
            elif is_varying:
                padding = convert_to_tensor(given, kind, f"padding_{clean}")
                found.append(reshape(padding, []))
            elif isinstance(given, Tensor):
                found.append(given)
            else:
                value = convert_to_tensor(given, kind, f"key_{clean}")
                found.append(reshape(value, shape.as_list()) if reshapes else value)
        return found


def _listed(keys: Any) -> Iterable[str]:
    return [keys] if isinstance(keys, str) else list(keys)
