"""Summaries of tensors, which a `FileWriter` writes for TensorBoard."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph import protos
from flowgraph.dtypes import float32, string
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.core import apply, convert_to_tensor
from flowgraph.ops.summary import (
    AudioSummaryV2,
    HistogramSummary,
    ImageSummary,
    ScalarSummary,
    TensorSummaryV2,
)
from flowgraph.summary.scope import collected, summary_scope


def scalar(name: str, tensor: Any, collections: Any = None, family: str | None = None) -> Tensor:
    """Return a summary of one number.

    Parameters
    ----------
    name : str
        The name of the operation, and with the name scope around it the tag that
        TensorBoard shows. Characters that a name must not have become ``_``.
    tensor : Tensor
        A real number, of shape ``[]``. It is written as float32.
    collections : list of str, optional
        Graph collections to add the summary to; ``tf.GraphKeys.SUMMARIES`` if left out.
    family : str, optional
        Put in front of the tag: TensorBoard groups by it.

    Returns
    -------
    Tensor
        A serialised `Summary` message, of dtype string and shape ``[]``.

    Raises
    ------
    TypeError
        If `tensor` is not real.
    InvalidArgumentError
        When run: if the tensor is not a single number.

    Examples
    --------
    >>> with tf.name_scope("train"):
    ...     summary = tf.summary.scalar("loss", 0.5)
    >>> tf.Summary.FromString(tf.Session().run(summary))
    value {
      tag: "train/loss"
      simple_value: 0.5
    }
    """
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        return collected(apply(ScalarSummary(), tag, tensor, name=scope), collections)


def histogram(name: str, values: Any, collections: Any = None, family: str | None = None) -> Tensor:
    """Return a summary of how values are distributed.

    Parameters
    ----------
    name, collections, family
        As for `scalar`.
    values : Tensor
        Real numbers, of any shape.

    Returns
    -------
    Tensor
        A serialised `Summary` message, of dtype string and shape ``[]``. The limits of the
        buckets are fixed: they grow by a tenth from 1e-12 up to 1e20, on both sides of 0.

    Raises
    ------
    TypeError
        If `values` is not real.
    InvalidArgumentError
        When run: if a value is not finite.

    Examples
    --------
    >>> summary = tf.summary.histogram("weights", [1.0, 1.0, 3.0])
    >>> found = tf.Summary.FromString(tf.Session().run(summary)).value[0].histo
    >>> found.num, found.sum, found.sum_squares, found.max
    (3.0, 5.0, 11.0, 3.0)
    """
    with summary_scope(name, family, "HistogramSummary", [values]) as (tag, scope):
        return collected(apply(HistogramSummary(), tag, values, name=scope), collections)


def image(
    name: str,
    tensor: Any,
    max_outputs: int = 3,
    collections: Any = None,
    family: str | None = None,
) -> Tensor:
    """Return a summary of images.

    Parameters
    ----------
    name, collections, family
        As for `scalar`. The tags go on with ``/image/0``, ``/image/1``..., or
        ``/image`` if `max_outputs` is 1.
    tensor : Tensor
        Of shape ``[batch, height, width, channels]`` with 1 (gray), 3 (RGB) or 4 (RGBA)
        channels. uint8 is written as it is. Images of float16, float32 or float64 are
        scaled one by one so that the largest value becomes 255; where there are negative
        values, 0 becomes 128 and the value farthest from it 1 or 255. Pixels that are
        not finite become red.
    max_outputs : int
        How many images of the batch to write.

    Returns
    -------
    Tensor
        A serialised `Summary` message, of dtype string and shape ``[]``.

    Raises
    ------
    TypeError
        If `tensor` has another dtype.
    ValueError
        If `max_outputs` is less than 1.
    InvalidArgumentError
        When run: if the shape is another.

    Examples
    --------
    >>> summary = tf.summary.image("digits", tf.zeros([5, 28, 28, 1]), max_outputs=2)
    >>> [v.tag for v in tf.Summary.FromString(tf.Session().run(summary)).value]
    ['digits/image/0', 'digits/image/1']
    """
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        op = ImageSummary(max_images=max_outputs)
        return collected(apply(op, tag, tensor, name=scope), collections)


def audio(
    name: str,
    tensor: Any,
    sample_rate: Any,
    max_outputs: int = 3,
    collections: Any = None,
    family: str | None = None,
) -> Tensor:
    """Return a summary of sounds.

    Parameters
    ----------
    name, collections, family
        As for `scalar`. The tags go on with ``/audio/0``, ``/audio/1``..., or
        ``/audio`` if `max_outputs` is 1.
    tensor : Tensor
        float32 samples between -1 and 1, of shape ``[batch, frames]`` or
        ``[batch, frames, channels]``. Samples beyond are clipped.
    sample_rate : Tensor
        Frames per second, a float32 number.
    max_outputs : int
        How many sounds of the batch to write.

    Returns
    -------
    Tensor
        A serialised `Summary` message, of dtype string and shape ``[]``.

    Raises
    ------
    TypeError
        If `tensor` is not float32.
    ValueError
        If `max_outputs` is less than 1.
    InvalidArgumentError
        When run: if the shape is another, a sound is empty or the rate not positive.

    Examples
    --------
    >>> summary = tf.summary.audio("hum", tf.zeros([1, 800]), 8000.0)
    >>> found = tf.Summary.FromString(tf.Session().run(summary)).value[0]
    >>> found.tag, found.audio.length_frames, found.audio.content_type
    ('hum/audio/0', 800, 'audio/wav')
    """
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        rate = convert_to_tensor(sample_rate, float32, "sample_rate")
        op = AudioSummaryV2(max_outputs=max_outputs)
        return collected(apply(op, tag, tensor, rate, name=scope), collections)


def text(name: str, tensor: Tensor, collections: Any = None) -> Tensor:
    """Return a summary of texts, which TensorBoard shows as Markdown.

    Parameters
    ----------
    name, collections
        As for `scalar`.
    tensor : Tensor
        Strings in UTF-8, of any shape; those of rank 1 and 2 are shown as tables.

    Returns
    -------
    Tensor
        A serialised `Summary` message, of dtype string and shape ``[]``.

    Raises
    ------
    ValueError
        If `tensor` is not of strings.

    Examples
    --------
    >>> summary = tf.summary.text("notes", tf.constant("rate *halved*"))
    >>> tf.Summary.FromString(tf.Session().run(summary)).value[0].tensor.string_val
    [b'rate *halved*']
    """
    if tensor.dtype.base_dtype is not string:
        raise ValueError(f"Expected tensor {tensor.name} to have dtype string, got {tensor.dtype}")
    plugin = protos.SummaryMetadata.PluginData(plugin_name="text")
    metadata = protos.SummaryMetadata(plugin_data=plugin)
    return tensor_summary(name, tensor, collections=collections, summary_metadata=metadata)


def tensor_summary(
    name: str,
    tensor: Any,
    summary_description: str | None = None,
    collections: Any = None,
    summary_metadata: Any = None,
    family: str | None = None,
    display_name: str | None = None,
) -> Tensor:
    """Return a summary of a whole tensor, for a plugin of TensorBoard.

    Parameters
    ----------
    name, collections, family
        As for `scalar`.
    tensor : Tensor
        Of any dtype and shape.
    summary_description : str, optional
        A longer description, in Markdown.
    summary_metadata : SummaryMetadata, optional
        Says which plugin the tensor is for.
    display_name : str, optional
        Shown instead of the tag.

    Returns
    -------
    Tensor
        A serialised `Summary` message, of dtype string and shape ``[]``.

    Examples
    --------
    >>> summary = tf.summary.tensor_summary("t", [1, 2], display_name="two numbers")
    >>> tf.Summary.FromString(tf.Session().run(summary)).value[0].metadata.display_name
    'two numbers'
    """
    metadata = protos.SummaryMetadata()
    if summary_metadata is not None:
        metadata.ParseFromString(summary_metadata.SerializeToString())
    if summary_description is not None:
        metadata.summary_description = summary_description
    if display_name is not None:
        metadata.display_name = display_name
    serialised = np.array(metadata.SerializeToString(), dtype=object)
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        merged = apply(TensorSummaryV2(), tag, tensor, serialised, name=scope)
        return collected(merged, collections)


def get_summary_description(node_def: Any) -> Any:
    """Return the SummaryDescription that a node of type ``TensorSummary`` holds as JSON.

    Parameters
    ----------
    node_def : NodeDef

    Raises
    ------
    ValueError
        If the node is of another type.

    Examples
    --------
    >>> node = tf.NodeDef(op="TensorSummary")
    >>> node.attr["description"].s = b'{"typeHint": "images"}'
    >>> tf.summary.get_summary_description(node)
    type_hint: "images"
    """
    from google.protobuf import json_format

    if node_def.op != "TensorSummary":
        raise ValueError(f"Can't get_summary_description on {node_def.op}")
    description = protos.SummaryDescription()
    json_format.Parse(node_def.attr["description"].s.decode(), description)
    return description
