"""Parsing of SequenceExample messages into tensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.scope import name_scope
from flowgraph.ops.core import apply_all, convert_to_tensor
from flowgraph.ops.parsing import Parsed, by_key
from flowgraph.ops.parsing_features import (
    FixedLenFeature,
    FixedLenSequenceFeature,
    Parameters,
    VarLenFeature,
)
from flowgraph.ops.parsing_sequence_ops import ParseSequenceExample, ParseSingleSequenceExample

Features = Mapping[str, Any] | None


def _parameters(context: Features, sequence: Features) -> tuple[Parameters, Parameters]:
    if not (context or sequence):
        raise ValueError("Missing features.")
    return (
        Parameters.of(context, (VarLenFeature, FixedLenFeature)),
        Parameters.of(sequence, (VarLenFeature, FixedLenSequenceFeature), is_list=True),
    )


def parse_single_sequence_example(
    serialized: Any,
    context_features: Features = None,
    sequence_features: Features = None,
    example_name: Any = None,
    name: str | None = None,
) -> tuple[Parsed, Parsed]:
    """Parse a serialized SequenceExample message.

    Parameters
    ----------
    serialized : Tensor
        A string scalar.
    context_features : dict, optional
        From the names of features of the context to `FixedLenFeature` or `VarLenFeature`.
    sequence_features : dict, optional
        From the names of lists to `FixedLenSequenceFeature` or `VarLenFeature`.
    example_name : Tensor, optional
        A string scalar: the message's name, for errors.
    name : str, optional

    Returns
    -------
    context, sequences : dict
        By feature: a tensor or a `SparseTensor`; those of lists have a first dimension for
        the steps.

    Raises
    ------
    ValueError
        If no features are given, or one does not say enough.
    InvalidArgumentError
        When run: if the string is no SequenceExample, a required feature is missing, or one
        has another type or number of values.

    Examples
    --------
    >>> example = tf.train.SequenceExample()
    >>> for word in ([1], [2, 3]):
    ...     feature = example.feature_lists.feature_list["words"].feature.add()
    ...     feature.int64_list.value.extend(word)
    >>> _, lists = tf.parse_single_sequence_example(
    ...     example.SerializeToString(), sequence_features={"words": tf.VarLenFeature(tf.int64)})
    >>> tf.Session().run(lists["words"]).values
    array([1, 2, 3])
    """
    context, sequence = _parameters(context_features, sequence_features)
    with name_scope(name, "ParseSingleSequenceExample", [serialized, example_name]):
        op = ParseSingleSequenceExample(
            Ncontext_sparse=len(context.sparse_keys),
            Ncontext_dense=len(context.dense_keys),
            Nfeature_list_sparse=len(sequence.sparse_keys),
            Nfeature_list_dense=len(sequence.dense_keys),
            context_sparse_types=tuple(context.sparse_types),
            context_dense_shapes=tuple(context.dense_shapes),
            feature_list_sparse_types=tuple(sequence.sparse_types),
            feature_list_dense_types=tuple(sequence.dense_types),
            feature_list_dense_shapes=tuple(sequence.dense_shapes),
        )
        outputs = apply_all(
            op,
            convert_to_tensor(serialized, dtypes.string, "serialized"),
            sequence.optional,
            context.sparse_keys,
            context.dense_keys,
            sequence.sparse_keys,
            sequence.dense_keys,
            context.defaults(),
            "" if example_name is None else example_name,
            name=name or "ParseSingleSequenceExample",
        )
    end = 3 * len(context.sparse_keys) + len(context.dense_keys)
    return (
        by_key(outputs[:end], context.sparse_keys, context.dense_keys),
        by_key(outputs[end:], sequence.sparse_keys, sequence.dense_keys),
    )


def parse_sequence_example(
    serialized: Any,
    context_features: Features = None,
    sequence_features: Features = None,
    example_names: Any = None,
    name: str | None = None,
) -> tuple[Parsed, Parsed, Parsed]:
    """Parse a batch of serialized SequenceExample messages.

    Parameters
    ----------
    serialized : Tensor
        A vector of strings.
    context_features, sequence_features, name
        As for `parse_single_sequence_example`.
    example_names : Tensor, optional
        A vector of strings: names of the messages, for errors.

    Returns
    -------
    context, sequences, lengths : dict
        By feature: a tensor or a `SparseTensor`, with a first dimension for the batch; those
        of lists have a second one for the steps, and shorter lists are padded. The lengths are
        those of the lists that are dense.

    Raises
    ------
    ValueError
        If no features are given, or one does not say enough.
    InvalidArgumentError
        When run: if a string is no SequenceExample, a required feature is missing, or one has
        another type or number of values.

    Examples
    --------
    >>> example = tf.train.SequenceExample()
    >>> feature = example.feature_lists.feature_list["t"].feature.add()
    >>> feature.float_list.value.append(0.5)
    >>> features = {"t": tf.FixedLenSequenceFeature([], tf.float32)}
    >>> _, lists, lengths = tf.io.parse_sequence_example(
    ...     [example.SerializeToString()], sequence_features=features)
    >>> print(*tf.Session().run([lists["t"], lengths["t"]]))
    [[0.5]] [1]
    """
    context, sequence = _parameters(context_features, sequence_features)
    with name_scope(name, "ParseSequenceExample", [serialized, example_names]):
        op = ParseSequenceExample(
            feature_list_dense_missing_assumed_empty=tuple(sequence.optional),
            context_sparse_keys=tuple(context.sparse_keys),
            context_dense_keys=tuple(context.dense_keys),
            feature_list_sparse_keys=tuple(sequence.sparse_keys),
            feature_list_dense_keys=tuple(sequence.dense_keys),
            Ncontext_sparse=len(context.sparse_keys),
            Ncontext_dense=len(context.dense_keys),
            Nfeature_list_sparse=len(sequence.sparse_keys),
            Nfeature_list_dense=len(sequence.dense_keys),
            context_sparse_types=tuple(context.sparse_types),
            feature_list_dense_types=tuple(sequence.dense_types),
            context_dense_shapes=tuple(context.dense_shapes),
            feature_list_sparse_types=tuple(sequence.sparse_types),
            feature_list_dense_shapes=tuple(sequence.dense_shapes),
        )
        outputs = apply_all(
            op,
            serialized,
            [] if example_names is None else example_names,
            context.defaults(reshapes=False),
            name=name or "ParseSequenceExample",
        )
    dense = len(sequence.dense_keys)
    start = 3 * len(context.sparse_keys) + len(context.dense_keys)
    end = len(outputs) - dense
    return (
        by_key(outputs[:start], context.sparse_keys, context.dense_keys),
        by_key(outputs[start:end], sequence.sparse_keys, sequence.dense_keys),
        dict(zip(sequence.dense_keys, outputs[end:], strict=True)),
    )
