"""Non-maximum suppression: of boxes that overlap, the one of the highest score."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.signature import Signature, Types
from flowgraph.ops.checks import bracketed, invalid, with_rank
from flowgraph.ops.image_selection import intersections_over_unions, select
from flowgraph.ops.merging import merge_sizes
from flowgraph.shapes import TensorShape

_HALF_OR_FLOAT = Types((dtypes.float16, dtypes.float32), default=dtypes.float32)


def _padded(values: Array, count: int) -> Array:
    return np.concatenate([values, np.zeros(count - len(values), values.dtype)])


def _scalar(name: str, value: Array) -> float:
    if value.ndim:
        raise invalid(f"{name} must be 0-D, got shape {bracketed(value.shape)}")
    return float(value)


def _count(value: Array, name: str = "max_output_size") -> int:
    count = int(_scalar(name, value))
    if count < 0:
        raise invalid(f"{name} must be non-negative, got {count}")
    return count


def _overlap_limit(value: Array) -> float:
    limit = _scalar("iou_threshold", value)
    if not 0 <= limit <= 1:
        raise invalid("iou_threshold must be in [0, 1]")
    return limit


def _check_scores(count: int, scores: Array) -> None:
    if scores.ndim != 1:
        raise invalid(f"scores must be 1-D{bracketed(scores.shape)}")
    if len(scores) != count:
        raise invalid("scores has incompatible shape")


# -- of one list of boxes ----------------------------------------------------------------------


class _OfBoxes(Op, abstract=True):
    """Boxes, their scores, how many to select, and thresholds, all on the host."""

    host_memory = True
    host_inputs = (0, 1, 2, 3, 4, 5)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        count, corners = with_rank(inputs[0].shape, 2).sizes or (None, None)
        scores = (with_rank(inputs[1].shape, 1).sizes or (None,))[0]
        for spec in inputs[2:]:
            with_rank(spec.shape, 0)
        merge_sizes(count, scores)
        if corners not in (None, 4):
            raise ValueError(f"Dimension must be 4 but is {corners}")
        vector = self._length(inputs[2])
        vectors = len(self.signature.outputs) - (self.signature.outputs[-1].name == "valid_outputs")
        scalars = len(self.signature.outputs) - vectors
        return (vector,) * vectors + (TensorShape.of(()),) * scalars

    def _length(self, count: Spec) -> TensorShape:
        known = count.static_value() if getattr(self, "pad_to_max_output_size", False) else None
        return TensorShape.of((None if known is None else int(known),))

    def selected(self, *inputs: Array) -> tuple[Array, Array, int]:
        """The indices and scores of the selected boxes, and how many were asked for."""
        boxes, scores, count, overlap, *rest = inputs
        names = ("score_threshold", "soft_nms_sigma")
        limits = [_overlap_limit(overlap)]
        limits += [_scalar(name, value) for name, value in zip(names, rest, strict=False)]
        limit = _count(count)
        if boxes.ndim != 2:
            raise invalid(f"boxes must be 2-D{bracketed(boxes.shape)}")
        if boxes.shape[1] != 4:
            raise invalid("boxes must have 4 columns")
        _check_scores(len(boxes), scores)
        indices, kept = select(intersections_over_unions(boxes), scores, limit, *limits)
        return indices, kept, limit


class NonMaxSuppression(_OfBoxes):
    """The indices of boxes that do not overlap, by falling score."""

    signature = Signature(
        "boxes: float32, scores: float32, max_output_size: int32 -> selected_indices: int32"
    )

    iou_threshold: float = 0.5

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return xp.asarray(self.selected(*inputs, np.array(self.iou_threshold))[0])

    gradient = Op.not_differentiable


class NonMaxSuppressionV2(_OfBoxes):
    """`NonMaxSuppression` with the threshold as an input."""

    signature = Signature(
        "boxes: T, scores: T, max_output_size: int32, iou_threshold: T_threshold -> "
        "selected_indices: int32",
        T=_HALF_OR_FLOAT,
        T_threshold=_HALF_OR_FLOAT,
    )

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return xp.asarray(self.selected(*inputs)[0])

    gradient = Op.not_differentiable


class NonMaxSuppressionV3(_OfBoxes):
    """`NonMaxSuppressionV2` of the boxes with a score above a threshold."""

    signature = Signature(
        "boxes: T, scores: T, max_output_size: int32, iou_threshold: T_threshold, "
        "score_threshold: T_threshold -> selected_indices: int32",
        T=_HALF_OR_FLOAT,
        T_threshold=_HALF_OR_FLOAT,
    )

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return xp.asarray(self.selected(*inputs)[0])


class NonMaxSuppressionV4(_OfBoxes):
    """`NonMaxSuppressionV3`, padded with zeros, and the number of boxes."""

    signature = Signature(
        "boxes: T, scores: T, max_output_size: int32, iou_threshold: T_threshold, "
        "score_threshold: T_threshold -> selected_indices: int32, valid_outputs: int32",
        T=_HALF_OR_FLOAT,
        T_threshold=_HALF_OR_FLOAT,
    )

    pad_to_max_output_size: bool = False

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, Array]:
        indices, _, limit = self.selected(*inputs)
        count = np.array(len(indices), np.int32)
        if self.pad_to_max_output_size:
            indices = _padded(indices, limit)
        return xp.asarray(indices), xp.asarray(count)


class NonMaxSuppressionV5(_OfBoxes):
    """`NonMaxSuppressionV4` in which overlaps lower the score, and the scores."""

    signature = Signature(
        "boxes: T, scores: T, max_output_size: int32, iou_threshold: T, score_threshold: T, "
        "soft_nms_sigma: T -> selected_indices: int32, selected_scores: T, valid_outputs: int32",
        T=_HALF_OR_FLOAT,
    )

    pad_to_max_output_size: bool = False

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        if inputs[5] < 0:
            raise invalid("soft_nms_sigma_val must be >= 0")
        indices, scores, limit = self.selected(*inputs)
        count = np.array(len(indices), np.int32)
        if self.pad_to_max_output_size:
            indices, scores = _padded(indices, limit), _padded(scores, limit)
        scores = scores.astype(inputs[1].dtype, copy=False)
        return xp.asarray(indices), xp.asarray(scores), xp.asarray(count)


class NonMaxSuppressionWithOverlaps(Op):
    """`NonMaxSuppressionV3` of what has any measure of overlap."""

    signature = Signature(
        "overlaps: float32, scores: float32, max_output_size: int32, overlap_threshold: float32, "
        "score_threshold: float32 -> selected_indices: int32"
    )
    host_only = True
    host_inputs = (0, 1, 2, 3, 4)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        rows, columns = with_rank(inputs[0].shape, 2).sizes or (None, None)
        scores = (with_rank(inputs[1].shape, 1).sizes or (None,))[0]
        for spec in inputs[2:]:
            with_rank(spec.shape, 0)
        merge_sizes(merge_sizes(rows, scores), columns)
        return (TensorShape.of((None,)),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        overlaps, scores, count, limit, threshold = inputs
        if overlaps.ndim != 2:
            raise invalid(f"overlaps must be 2-D{bracketed(overlaps.shape)}")
        if overlaps.shape[0] != overlaps.shape[1]:
            raise invalid(f"overlaps must be square{bracketed(overlaps.shape)}")
        _check_scores(len(overlaps), scores)
        limits = (_scalar("overlap_threshold", limit), _scalar("score_threshold", threshold))
        return xp.asarray(select(lambda box: overlaps[:, box], scores, _count(count), *limits)[0])

    gradient = Op.not_differentiable


# -- of batches and classes --------------------------------------------------------------------


class CombinedNonMaxSuppression(Op):
    """Boxes selected for each class, the best of all classes together."""

    signature = Signature(
        "boxes: float32, scores: float32, max_output_size_per_class: int32, max_total_size: int32, "
        "iou_threshold: float32, score_threshold: float32 -> nmsed_boxes: float32, "
        "nmsed_scores: float32, nmsed_classes: float32, valid_detections: int32"
    )
    host_only = True
    host_inputs = (0, 1, 2, 3, 4, 5)

    pad_per_class: bool = False
    clip_boxes: bool = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        batch, anchors, groups, corners = with_rank(inputs[0].shape, 4).sizes or (None,) * 4
        scores = with_rank(inputs[1].shape, 3).sizes or (None,) * 3
        classes = scores[2]
        for spec in inputs[2:]:
            with_rank(spec.shape, 0)
        merge_sizes(batch, scores[0])
        merge_sizes(anchors, scores[1])
        if corners not in (None, 4):
            raise ValueError(f"Dimension must be 4 but is {corners}")
        if groups not in (None, 1) and classes not in (None, groups):
            raise ValueError(
                "third dimension of boxes must be either 1 or equal to the third dimension of "
                "scores"
            )
        per_class, total = (spec.static_value() for spec in inputs[2:4])
        size = None if total is None else int(total)
        if size == 0:
            raise ValueError("max_total_size should be > 0 ")
        if size is not None and size < 0:
            raise ValueError(
                f"Dimension size, given by scalar input 3, must be non-negative but is {size}"
            )
        if self.pad_per_class and size is not None:
            if per_class is None or classes is None:
                size = None
            else:
                size = min(size, int(per_class) * classes)
        shapes = ((batch, size, 4), (batch, size), (batch, size), (batch,))
        return tuple(TensorShape.of(shape) for shape in shapes)

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        boxes, scores, per_class, total = inputs[:4]
        overlap = _overlap_limit(inputs[4])
        threshold = _scalar("score_threshold", inputs[5])
        if boxes.shape[:1] != scores.shape[:1]:
            raise invalid("boxes and scores must have same batch size")
        if boxes.ndim != 4:
            raise invalid(f"boxes must be 4-D{bracketed(boxes.shape)}")
        if scores.ndim != 3:
            raise invalid(f"scores must be 3-D{bracketed(scores.shape)}")
        if boxes.shape[1] != scores.shape[1]:
            raise invalid("scores has incompatible shape")
        if boxes.shape[3] != 4:
            raise invalid("boxes must have 4 columns")
        classes = scores.shape[2]
        if boxes.shape[2] not in (1, classes):
            raise invalid("third dimension of boxes must be either 1 or num classes")
        each, size = _count(per_class, "max_size_per_class"), _count(total, "max_total_size")
        if size == 0:
            raise invalid("max_total_size must be > 0")
        if self.pad_per_class:
            size = min(size, each * classes)
        batch = len(boxes)
        results = (
            np.zeros((batch, size, 4), np.float32),
            np.zeros((batch, size), np.float32),
            np.zeros((batch, size), np.float32),
            np.zeros(batch, np.int32),
        )
        for image in range(batch):
            found = self._best(boxes[image], scores[image], each, size, overlap, threshold)
            count = len(found[0])
            for result, values in zip(results, found, strict=False):
                result[image, :count] = values
            results[3][image] = count
        return tuple(xp.asarray(result) for result in results)

    def _best(
        self, boxes: Array, scores: Array, each: int, size: int, overlap: float, threshold: float
    ) -> tuple[Array, Array, Array]:
        """The boxes, scores and classes selected in one image."""
        corners, kept, labels = [], [], []
        for label in range(scores.shape[1]):
            own = boxes[:, label if boxes.shape[1] > 1 else 0]
            found, values = select(
                intersections_over_unions(own), scores[:, label], each, overlap, threshold
            )
            corners.append(own[found])
            kept.append(values)
            labels.append(np.full(len(found), label, np.float32))
        all_scores = np.concatenate(kept)
        best = np.argsort(-all_scores, kind="stable")[:size]
        chosen = np.concatenate(corners)[best]
        if self.clip_boxes:
            chosen = np.clip(chosen, 0, 1)
        return chosen, all_scores[best], np.concatenate(labels)[best]
