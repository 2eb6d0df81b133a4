"""Boxes drawn on images."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import bracketed, invalid, with_rank
from flowgraph.ops.core import apply
from flowgraph.shapes import TensorShape

_DEPTH = "Channel depth should be either 1 (GRY), 3 (RGB), or 4 (RGBA)"
_PIXELS = Types((dtypes.float32, dtypes.float16), default=dtypes.float32)

# Yellow, blue, red, lime, purple, olive, maroon, navy, aqua, fuchsia: in turn.
_COLORS = np.array(
    [
        [1, 1, 0, 1], [0, 0, 1, 1], [1, 0, 0, 1], [0, 1, 0, 1], [0.5, 0, 0.5, 1],
        [0.5, 0.5, 0, 1], [0.5, 0, 0, 1], [0, 0, 0.5, 1], [0, 1, 1, 1], [1, 0, 1, 1],
    ],
    np.float32,
)  # fmt: skip


class DrawBoundingBoxesV2(Op):
    """The outlines of boxes, in given colours."""

    signature = Signature("images: T, boxes: float32, colors: float32 -> output: T", T=_PIXELS)
    host_inputs: ClassVar[tuple[int, ...]] = (1, 2)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        images = with_rank(inputs[0].shape, 4)
        if (images.sizes or (None,))[-1] not in (None, 1, 3, 4):
            raise ValueError(_DEPTH)
        corners = (with_rank(inputs[1].shape, 3).sizes or (None,))[-1]
        if corners not in (None, 4):
            raise ValueError(f"Dimension must be 4 but is {corners}")
        return (inputs[0].shape,)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        images, boxes, *given = inputs
        if images.ndim != 4:
            raise invalid("The rank of the images should be 4")
        if boxes.ndim != 3:
            raise invalid("The rank of the boxes tensor should be 3")
        if len(images) != len(boxes):
            raise invalid("The batch sizes should be the same")
        depth = images.shape[3]
        if depth not in (1, 3, 4):
            raise invalid(_DEPTH)
        if boxes.shape[2] != 4:
            raise invalid(f"boxes must have 4 columns{bracketed(boxes.shape)}")
        colors = self._colors(depth, *given)
        result = images.copy()
        for image, outlines in zip(result, _corners(boxes, images.shape), strict=True):
            for number, outline in enumerate(outlines.tolist()):
                _draw(image, xp.asarray(colors[number % len(colors), :depth]), *outline)
        return result

    def _colors(self, depth: int, *given: Array) -> Array:
        colors = np.where(depth == 1, np.float32(1.0), _COLORS)
        if not given or not given[0].size:
            return colors
        if given[0].ndim != 2:
            raise invalid(f"colors must be a 2-D matrix{bracketed(given[0].shape)}")
        if given[0].shape[1] < depth:
            raise invalid(
                "colors must have equal or more channels than the image provided: "
                f"{bracketed(given[0].shape)}"
            )
        return given[0]


class DrawBoundingBoxes(DrawBoundingBoxesV2):
    """The outlines of boxes, in ten colours."""

    signature = Signature("images: T, boxes: float32 -> output: T", T=_PIXELS)
    host_inputs = (1,)

    gradient = Op.not_differentiable


def _corners(boxes: Array, images: tuple[int, ...]) -> Array:
    """The first and last row and column of each box: row, column, row, column."""
    scale = np.array([images[1] - 1, images[2] - 1] * 2, np.float32)
    return np.trunc(boxes * scale).astype(np.int64)


def _draw(image: Array, color: Array, top: int, left: int, bottom: int, right: int) -> None:
    height, width, _ = image.shape
    is_outside = top >= height or bottom < 0 or left >= width or right < 0
    if top > bottom or left > right or is_outside:
        return
    rows = slice(max(top, 0), min(bottom, height - 1) + 1)
    columns = slice(max(left, 0), min(right, width - 1) + 1)
    if top >= 0:
        image[top, columns] = color
    if bottom < height:
        image[bottom, columns] = color
    if left >= 0:
        image[rows, left] = color
    if right < width:
        image[rows, right] = color


def draw_bounding_boxes(
    images: Any, boxes: Any, name: str | None = None, colors: Any = None
) -> Tensor:
    """Draw the outlines of boxes on images.

    Parameters
    ----------
    images : Tensor
        ``(batch, height, width, channels)``: float32 or float16, of 1, 3 or 4 channels.
    boxes : float32 Tensor
        ``(batch, boxes, 4)``: first row, first column, last row and last column, from 0 to 1.
        A box that is turned over or outside is left out.
    name : str, optional
    colors : float32 Tensor, optional
        ``(colors, channels)``: for the boxes in turn. By default ten colours, or white on one
        channel.

    Returns
    -------
    Tensor
        Of the dtype and shape of `images`.

    Raises
    ------
    ValueError
        If `images` has not four dimensions.
    InvalidArgumentError
        When run, if the boxes do not fit the images.

    Examples
    --------
    >>> x = tf.zeros([1, 3, 3, 1])
    >>> drawn = tf.image.draw_bounding_boxes(x, [[[0.0, 0.0, 1.0, 1.0]]])
    >>> tf.Session().run(drawn)[0, :, :, 0]
    array([[1., 1., 1.],
           [1., 0., 1.],
           [1., 1., 1.]], dtype=float32)
    """
    if colors is None:
        return apply(DrawBoundingBoxes(), images, boxes, name=name)
    return apply(DrawBoundingBoxesV2(), images, boxes, colors, name=name)
