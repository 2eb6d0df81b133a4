"""Non-maximum suppression: of boxes that overlap, the one of the highest score."""

from __future__ import annotations

from typing import Any, NamedTuple

from flowgraph.dtypes import float32
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.core import apply, apply_all, convert_to_tensor
from flowgraph.ops.image_suppression import (
    CombinedNonMaxSuppression as CombinedNonMaxSuppressionOp,
)
from flowgraph.ops.image_suppression import (
    NonMaxSuppressionV3,
    NonMaxSuppressionV4,
    NonMaxSuppressionV5,
    NonMaxSuppressionWithOverlaps,
)


class CombinedNonMaxSuppression(NamedTuple):
    """What `combined_non_max_suppression` returns."""

    nmsed_boxes: Tensor
    nmsed_scores: Tensor
    nmsed_classes: Tensor
    valid_detections: Tensor


def non_max_suppression(
    boxes: Any,
    scores: Any,
    max_output_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = float("-inf"),
    name: str | None = None,
) -> Tensor:
    """Select boxes by falling score that do not overlap much.

    Parameters
    ----------
    boxes : float Tensor
        ``(boxes, 4)``: two opposite corners, row and column each.
    scores : float Tensor
        ``(boxes,)``.
    max_output_size : int32 Tensor or int
        Boxes to select at most.
    iou_threshold : float
        Boxes that share this part of their union with a selected one are left out.
    score_threshold : float
        Boxes of this score or less are left out.
    name : str, optional

    Returns
    -------
    int32 Tensor
        The indices of the selected boxes. No gradient is defined for it.

    Raises
    ------
    ValueError
        If the shapes do not fit.

    Examples
    --------
    >>> boxes = [[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 0.9], [2.0, 2.0, 3.0, 3.0]]
    >>> tf.Session().run(tf.image.non_max_suppression(boxes, [0.8, 0.9, 0.7], 3))
    array([1, 2], dtype=int32)
    """
    with name_scope(name, "non_max_suppression"):
        thresholds = _thresholds(iou_threshold=iou_threshold, score_threshold=score_threshold)
        return apply(NonMaxSuppressionV3(), boxes, scores, max_output_size, *thresholds)


def _thresholds(**given: Any) -> list[Tensor]:
    return [convert_to_tensor(value, float32, name=name) for name, value in given.items()]


def non_max_suppression_with_scores(
    boxes: Any,
    scores: Any,
    max_output_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = float("-inf"),
    soft_nms_sigma: Any = 0.0,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Select boxes by falling score, where overlaps may lower a score instead of excluding.

    Parameters
    ----------
    boxes, scores, max_output_size, iou_threshold, score_threshold, name
        As for `non_max_suppression`.
    soft_nms_sigma : float
        Above 0: a smaller overlap multiplies a score by ``exp(-overlap**2 / 2 / sigma)``
        (Bodla et al., 2017).

    Returns
    -------
    indices : int32 Tensor
    scores : float Tensor
        As they were when the boxes were selected.

    Examples
    --------
    >>> boxes = [[0.0, 0.0, 1.0, 1.0], [2.0, 2.0, 3.0, 3.0]]
    >>> found = tf.image.non_max_suppression_with_scores(boxes, [0.5, 0.75], 2)
    >>> tf.Session().run(found[1])
    array([0.75, 0.5 ], dtype=float32)
    """
    with name_scope(name, "non_max_suppression_with_scores"):
        thresholds = _thresholds(
            iou_threshold=iou_threshold,
            score_threshold=score_threshold,
            soft_nms_sigma=soft_nms_sigma,
        )
        indices, kept, _ = apply_all(
            NonMaxSuppressionV5(), boxes, scores, max_output_size, *thresholds
        )
        return indices, kept


class PaddedSelection(NamedTuple):
    """The result of `non_max_suppression_padded`."""

    selected_indices: Tensor
    valid_outputs: Tensor


# Results print under the op's name, which the op's own class has.
PaddedSelection.__name__ = "NonMaxSuppressionV4"


def non_max_suppression_padded(
    boxes: Any,
    scores: Any,
    max_output_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = float("-inf"),
    pad_to_max_output_size: bool = False,
    name: str | None = None,
) -> PaddedSelection:
    """Select boxes by falling score, in a vector of known length.

    Parameters
    ----------
    boxes, scores, max_output_size, iou_threshold, score_threshold, name
        As for `non_max_suppression`.
    pad_to_max_output_size : bool
        Whether zeros follow the indices up to `max_output_size`.

    Returns
    -------
    indices : int32 Tensor
    count : scalar int32 Tensor
        How many of them are valid.

    Examples
    --------
    >>> found = tf.image.non_max_suppression_padded(
    ...     [[0.0, 0.0, 1.0, 1.0]], [0.5], 3, pad_to_max_output_size=True
    ... )
    >>> tf.Session().run(found)[0]
    array([0, 0, 0], dtype=int32)
    """
    with name_scope(name, "non_max_suppression_padded"):
        thresholds = _thresholds(iou_threshold=iou_threshold, score_threshold=score_threshold)
        op = NonMaxSuppressionV4(pad_to_max_output_size=pad_to_max_output_size)
        return PaddedSelection(*apply_all(op, boxes, scores, max_output_size, *thresholds))


def non_max_suppression_overlaps(
    overlaps: Any,
    scores: Any,
    max_output_size: Any,
    overlap_threshold: Any = 0.5,
    score_threshold: Any = float("-inf"),
    name: str | None = None,
) -> Tensor:
    """Select by falling score what does not overlap much, by any measure.

    Parameters
    ----------
    overlaps : float32 Tensor
        ``(boxes, boxes)``.
    scores, max_output_size, score_threshold, name
        As for `non_max_suppression`.
    overlap_threshold : float
        What overlaps a selected one by as much is left out.

    Examples
    --------
    >>> overlaps = [[1.0, 0.8], [0.8, 1.0]]
    >>> tf.Session().run(tf.image.non_max_suppression_overlaps(overlaps, [0.5, 0.6], 2))
    array([1], dtype=int32)
    """
    with name_scope(name, "non_max_suppression_overlaps"):
        (threshold,) = _thresholds(overlap_threshold=overlap_threshold)
        op = NonMaxSuppressionWithOverlaps()
        return apply(op, overlaps, scores, max_output_size, threshold, score_threshold)


def combined_non_max_suppression(
    boxes: Any,
    scores: Any,
    max_output_size_per_class: Any,
    max_total_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = float("-inf"),
    pad_per_class: bool = False,
    clip_boxes: bool = True,
    name: str | None = None,
) -> CombinedNonMaxSuppression:
    """Select boxes for each class, and of them the best of each image.

    Parameters
    ----------
    boxes : float32 Tensor
        ``(batch, boxes, 1 or classes, 4)``.
    scores : float32 Tensor
        ``(batch, boxes, classes)``.
    max_output_size_per_class, max_total_size : int32 Tensor or int
        Boxes of each class and of each image at most.
    iou_threshold, score_threshold
        As for `non_max_suppression`.
    pad_per_class : bool
        Whether the results are only as long as all classes together can be.
    clip_boxes : bool
        Whether the boxes are clipped to [0, 1].
    name : str, optional

    Returns
    -------
    nmsed_boxes, nmsed_scores, nmsed_classes : float32 Tensor
        ``(batch, size, 4)`` and ``(batch, size)`` twice, zeros behind what is valid.
    valid_detections : int32 Tensor
        ``(batch,)``.

    Examples
    --------
    >>> boxes = [[[[0.0, 0.0, 1.0, 1.0]], [[0.0, 0.0, 1.0, 0.9]]]]
    >>> found = tf.image.combined_non_max_suppression(boxes, [[[0.8], [0.9]]], 2, 2)
    >>> tf.Session().run(found.nmsed_scores)
    array([[0.9, 0. ]], dtype=float32)
    """
    with name_scope(name, "combined_non_max_suppression"):
        thresholds = _thresholds(iou_threshold=iou_threshold, score_threshold=score_threshold)
        op = CombinedNonMaxSuppressionOp(pad_per_class=pad_per_class, clip_boxes=clip_boxes)
        sizes = (max_output_size_per_class, max_total_size)
        return CombinedNonMaxSuppression(*apply_all(op, boxes, scores, *sizes, *thresholds))
