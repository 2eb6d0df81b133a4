"""Parsing of Example messages into tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import expand_dims, squeeze
from flowgraph.ops.core import apply_all, convert_to_tensor
from flowgraph.ops.parsing_features import (
    FixedLenFeature,
    FixedLenSequenceFeature,
    Parameters,
    SparseFeature,
    VarLenFeature,
)
from flowgraph.ops.parsing_ops import ParseExample, ParseSingleExample
from flowgraph.ops.slicing import slice as slice_
from flowgraph.ops.sparse import SparseTensor
from flowgraph.ops.sparse_making import sparse_merge

_KINDS = (VarLenFeature, SparseFeature, FixedLenFeature, FixedLenSequenceFeature)

Parsed = dict[str, Any]


def parse_example(
    serialized: Any, features: Mapping[str, Any], name: str | None = None, example_names: Any = None
) -> Parsed:
    """Parse a batch of serialized Example messages.

    Parameters
    ----------
    serialized : Tensor
        A vector of strings.
    features : dict
        From the names of features to `FixedLenFeature`, `VarLenFeature`, `SparseFeature` or
        `FixedLenSequenceFeature`.
    name : str, optional
    example_names : Tensor, optional
        A vector of strings: names of the messages, for errors.

    Returns
    -------
    dict
        By feature: a tensor with a first dimension for the batch, or a `SparseTensor`.

    Raises
    ------
    ValueError
        If `features` is empty or a feature does not say enough.
    InvalidArgumentError
        When run: if a string is no Example, a required feature is missing, or one has
        another type or number of values.

    Examples
    --------
    >>> example = tf.train.Example()
    >>> example.features.feature["x"].float_list.value.extend([1.0, 2.0])
    >>> batch = [example.SerializeToString()] * 2
    >>> parsed = tf.parse_example(batch, {"x": tf.FixedLenFeature([2], tf.float32)})
    >>> tf.Session().run(parsed["x"])
    array([[1., 2.],
           [1., 2.]], dtype=float32)
    """
    if not features:
        raise ValueError(f"Missing: features was {features}.")
    parameters = Parameters.of(features, _KINDS)
    return _with_sparse_features(features, _parse(serialized, example_names, parameters, name))


def _parse(serialized: Any, names: Any, parameters: Parameters, name: str | None) -> Parsed:
    """Parse to the tensors of the op: by key, the sparse ones first."""
    with name_scope(name, "ParseExample", [serialized, names]):
        op = ParseExample(
            Nsparse=len(parameters.sparse_keys),
            Ndense=len(parameters.dense_keys),
            sparse_types=tuple(parameters.sparse_types),
            dense_shapes=tuple(parameters.dense_shapes),
        )
        outputs = apply_all(
            op,
            serialized,
            [] if names is None else names,
            parameters.sparse_keys,
            parameters.dense_keys,
            parameters.defaults(),
            name=name or "ParseExample",
        )
    return by_key(outputs, parameters.sparse_keys, parameters.dense_keys)


def by_key(
    outputs: Sequence[Tensor], sparse_keys: Sequence[str], dense_keys: Sequence[str]
) -> Parsed:
    """Return an op's outputs by feature: indices, values and shapes of the sparse, the dense."""
    count = len(sparse_keys)
    sparse: Parsed = {
        key: SparseTensor(outputs[i], outputs[count + i], outputs[2 * count + i])
        for i, key in enumerate(sparse_keys)
    }
    return sparse | dict(zip(dense_keys, outputs[3 * count :], strict=True))


def _with_sparse_features(features: Mapping[str, Any], parsed: Parsed) -> Parsed:
    """Put each `SparseFeature` together, and take out the parts nobody asked for."""
    result = dict(parsed)
    for key in sorted(features):
        feature = features[key]
        if not isinstance(feature, SparseFeature):
            continue
        is_one = isinstance(feature.index_key, str)
        indices = [parsed[k] for k in ([feature.index_key] if is_one else feature.index_key)]
        result[key] = sparse_merge(
            indices[0] if is_one else indices,
            parsed[feature.value_key],
            feature.size,
            already_sorted=feature.already_sorted,
        )
    return {key: value for key, value in result.items() if key in features}


def parse_single_example(
    serialized: Any, features: Mapping[str, Any], name: str | None = None, example_names: Any = None
) -> Parsed:
    """Parse a serialized Example message.

    Parameters
    ----------
    serialized : Tensor
        A string scalar.
    features : dict
        From the names of features to `FixedLenFeature`, `VarLenFeature`, `SparseFeature` or
        `FixedLenSequenceFeature`.
    name : str, optional
    example_names : Tensor, optional
        A string scalar: the message's name, for errors.

    Returns
    -------
    dict
        By feature: a tensor or a `SparseTensor`.

    Raises
    ------
    ValueError
        If `features` is empty or a feature does not say enough.
    InvalidArgumentError
        When run: if the string is no Example, a required feature is missing, or one has
        another type or number of values.

    Examples
    --------
    >>> example = tf.train.Example()
    >>> example.features.feature["label"].int64_list.value.append(7)
    >>> features = {"label": tf.FixedLenFeature([], tf.int64)}
    >>> parsed = tf.parse_single_example(example.SerializeToString(), features)
    >>> print(tf.Session().run(parsed["label"]))
    7
    """
    if not features:
        raise ValueError("Missing features.")
    parameters = Parameters.of(features, _KINDS)
    if example_names is not None:
        parsed = _parse_named(serialized, example_names, parameters, name)
        return _with_sparse_features(features, parsed)
    with name_scope(name, "ParseSingleExample", [serialized]):
        serialized = convert_to_tensor(serialized, dtypes.string, "serialized")
        op = ParseSingleExample(
            num_sparse=len(parameters.sparse_keys),
            sparse_keys=tuple(parameters.sparse_keys),
            dense_keys=tuple(parameters.dense_keys),
            sparse_types=tuple(parameters.sparse_types),
            dense_shapes=tuple(parameters.dense_shapes),
        )
        leaf = name or "ParseSingleExample"
        outputs = apply_all(op, serialized, parameters.defaults(), name=leaf)
    parsed = by_key(outputs, parameters.sparse_keys, parameters.dense_keys)
    return _with_sparse_features(features, parsed)


def _parse_named(serialized: Any, names: Any, parameters: Parameters, name: str | None) -> Parsed:
    """Parse one message as a batch of one, whose errors name it."""
    with name_scope(name, "ParseSingleExample", [serialized, names]):
        batch, batch_names = (
            expand_dims(convert_to_tensor(value, dtypes.string), 0) for value in (serialized, names)
        )
        parsed = _parse(batch, batch_names, parameters, None)
        for key in parameters.dense_keys:
            parsed[key] = squeeze(parsed[key], [0], name=f"Squeeze_{key}")
        for key in parameters.sparse_keys:
            part = parsed[key]
            parsed[key] = SparseTensor(
                slice_(part.indices, [0, 1], [-1, -1], name=f"Slice_Indices_{key}"),
                part.values,
                slice_(part.dense_shape, [1], [-1], name=f"Squeeze_Shape_{key}"),
            )
    return parsed
