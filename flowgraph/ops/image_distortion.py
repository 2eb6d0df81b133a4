"""Random crops that keep some object in sight."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import KW_ONLY
from typing import Any, ClassVar, NamedTuple

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Kernel, Op, Resources, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import bracketed, invalid, with_rank
from flowgraph.ops.core import apply_all
from flowgraph.random_streams import PhiloxStream
from flowgraph.shapes import TensorShape

_SIZES = Types((dtypes.uint8, dtypes.int8, dtypes.int16, dtypes.int32, dtypes.int64))

_RATIOS = (0.75, 1.33)
_AREAS = (0.05, 1.0)


class _Box(NamedTuple):
    """Rows and columns, the last ones excluded."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def area(self) -> int:
        return max(self.bottom - self.top, 0) * max(self.right - self.left, 0)

    def shared(self, other: _Box) -> _Box:
        """What lies in both."""
        starts = map(max, self[:2], other[:2])
        return _Box(*starts, *map(min, self[2:], other[2:]))


class _Distortion(Op, abstract=True):
    """A random crop of an image: its corner, its size, and both as a box."""

    host_only = True
    is_stateful = True
    is_random = True
    host_inputs: ClassVar[tuple[int, ...]] = (0, 1, 2)

    _: KW_ONLY
    seed: int = 0
    seed2: int = 0
    aspect_ratio_range: tuple[float, ...] = _RATIOS
    area_range: tuple[float, ...] = _AREAS
    max_attempts: int = 100
    use_image_if_no_bounding_boxes: bool = False

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        parts = (with_rank(inputs[0].shape, 1).sizes or (None,))[0]
        if parts not in (None, 3):
            raise ValueError(f"Dimension must be 3 but is {parts}")
        corners = (with_rank(inputs[1].shape, 3).sizes or (None,))[-1]
        if corners not in (None, 4):
            raise ValueError(f"Dimension must be 4 but is {corners}")
        return tuple(TensorShape.of(sizes) for sizes in ((3,), (3,), (1, 1, 4)))

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        return self._crop(xp, PhiloxStream(self.seed, self.seed2), *inputs)

    def bind(self, operation: Operation, xp: Any, resources: Resources) -> Kernel:
        stream = resources.get(operation, lambda: PhiloxStream(self.seed, self.seed2))
        return lambda *inputs: self._crop(xp, stream, *inputs)

    def _crop(self, xp: Any, stream: PhiloxStream, *inputs: Array) -> tuple[Array, ...]:
        size, boxes, least = inputs
        self._check(size, boxes, least)
        height, width = int(size[0]), int(size[1])
        image = _Box(0, 0, height, width)
        objects = list(_objects(boxes, height, width))
        if not objects:
            if not self.use_image_if_no_bounding_boxes:
                raise invalid(
                    "No bounding boxes provided as input. One must enable "
                    "use_image_if_no_bounding_boxes if you wish to not provide any bounding boxes."
                )
            objects = [image]
        words = _Words(stream.words(self.max_attempts))
        crop = self._drawn(words, image, objects, float(least))
        extent = np.array([height, width] * 2, np.float32)
        results = (
            np.array([crop.top, crop.left, 0], size.dtype),
            np.array([crop.bottom - crop.top, crop.right - crop.left, -1]).astype(size.dtype),
            (np.array(crop, np.float32) / extent).reshape(1, 1, 4),
        )
        return tuple(xp.asarray(result) for result in results)

    def _check(self, size: Array, boxes: Array, least: Array) -> None:
        if size.ndim != 1:
            raise invalid(f"image_size must be 1-dimensional{bracketed(size.shape)}")
        if size.size != 3:
            raise invalid(f"image_size must contain 3 elements{bracketed(size.shape)}")
        if boxes.ndim != 3:
            raise invalid(
                "input boxes must be 3-dimensional [batch, num_boxes, coords]: "
                f"{bracketed(boxes.shape)}"
            )
        if boxes.shape[2] != 4:
            raise invalid(
                f"bounding boxes must have shape [4] or [*, 4], got {bracketed(boxes.shape)}"
            )
        if least.ndim:
            raise invalid(f"min_object_covered must be 0-D, got shape {bracketed(least.shape)}")
        if self.max_attempts <= 0:
            raise invalid(f"Max attempts must be non-negative: {self.max_attempts}")
        for name, bounds in (("Aspect ratio", self.aspect_ratio_range), ("Area", self.area_range)):
            if len(bounds) != 2:
                raise invalid(f"{name} range field must specify 2 dimensions")
            text = f"[{bounds[0]:g}, {bounds[1]:g}]"
            if min(bounds) <= 0:
                raise invalid(f"{name} range must be non-negative: {text}")
            if name == "Area" and max(bounds) > 1:
                raise invalid(f"Area range must be less then or equal to 1.0: {text}")
        if min(size[0], size[1]) <= 0:
            raise invalid(f"image_size must be positive{bracketed(size.tolist())}")

    def _drawn(self, words: _Words, image: _Box, objects: list[_Box], least: float) -> _Box:
        low, high = (np.float32(ratio) for ratio in self.aspect_ratio_range)
        for _ in range(self.max_attempts):
            ratio = words.fraction() * (high - low) + low
            crop = _random_box(words, image, ratio, self.area_range)
            if crop is not None and _covers(crop, objects, least):
                return crop
        return image

    gradient = Op.not_differentiable


class SampleDistortedBoundingBoxV2(_Distortion):
    """A random crop that covers a part of some box."""

    signature = Signature(
        "image_size: T, bounding_boxes: float32, min_object_covered: float32 -> "
        "begin: T, size: T, bboxes: float32",
        T=_SIZES,
    )


class SampleDistortedBoundingBox(_Distortion):
    """`SampleDistortedBoundingBoxV2`, the part given as an attribute."""

    signature = Signature(
        "image_size: T, bounding_boxes: float32 -> begin: T, size: T, bboxes: float32", T=_SIZES
    )
    host_inputs = (0, 1)

    min_object_covered: float = 0.1

    def _crop(self, xp: Any, stream: PhiloxStream, *inputs: Array) -> tuple[Array, ...]:
        return super()._crop(xp, stream, *inputs, np.array(self.min_object_covered, np.float32))


class _Words:
    """Random numbers from 32-bit words, as TensorFlow's SimplePhilox makes them."""

    def __init__(self, words: Callable[[int, int], Array]) -> None:
        blocks: Iterator[list[int]] = (
            words(first, 64).tolist() for first in itertools.count(step=64)
        )
        self._words: Iterator[int] = itertools.chain.from_iterable(blocks)

    def fraction(self) -> np.float32:
        """A number in [0, 1)."""
        return np.float32(next(self._words) & 0x7FFFFF) * np.float32(2.0**-23)

    def below(self, limit: int) -> int:
        """An integer in [0, limit), without bias: words that would favour some are passed over."""
        if limit & (limit - 1) == 0:
            return next(self._words) & (limit - 1)
        rest = 0xFFFFFFFF % limit + 1
        return next(word for word in self._words if word >= rest) % limit


def _objects(boxes: Array, height: int, width: int) -> Iterator[_Box]:
    extent = np.array([height, width] * 2, np.float32)
    for box in boxes.reshape(-1, 4):
        for place in box:
            if not 0 <= place <= 1:
                raise invalid(f"All bounding box coordinates must be in [0.0, 1.0]: {place:g}")
        yield _Box(*(box * extent).astype(int).tolist())


def _rounded(number: Any) -> int:
    """To the nearest integer, halves to even, as C's lrintf."""
    return int(np.rint(np.float32(number)))


def _random_box(
    words: _Words, image: _Box, ratio: np.float32, areas: tuple[float, ...]
) -> _Box | None:
    """A box of an aspect ratio and an area within bounds, or None if there is none."""
    rows, columns = image.bottom, image.right
    if areas[1] <= 0 or ratio <= 0 or rows <= 0 or columns <= 0 or areas[0] > areas[1]:
        return None
    least, most = (np.float32(area) * np.float32(columns) * np.float32(rows) for area in areas)
    height, highest = (_rounded(np.sqrt(area / ratio)) for area in (least, most))
    if _rounded(highest * ratio) > columns:
        highest = int((columns + 0.5 - 1e-7) / float(ratio))
        if _rounded(highest * ratio) > columns:
            highest -= 1
    highest = min(highest, rows)
    height = min(height, highest)
    if height < highest:
        height += words.below(highest - height + 1)
    width = _rounded(height * ratio)
    for change in (1, -1):  # an area just out of bounds by rounding is mended
        area = height * width
        if (area < least) if change > 0 else (area > most):
            height += change
            width = _rounded(height * ratio)
    is_allowed = least <= height * width <= most
    if not is_allowed or width > columns or height > rows or width <= 0 or height <= 0:
        return None
    top = words.below(rows - height) if height < rows else 0
    left = words.below(columns - width) if width < columns else 0
    return _Box(top, left, top + height, left + width)


def _covers(crop: _Box, objects: list[_Box], least: float) -> bool:
    return crop.area >= 1 and any(
        np.float32(crop.shared(box).area) / np.float32(box.area) >= least
        for box in objects
        if box.area >= 1
    )


class DistortedBox(NamedTuple):
    """The result of `sample_distorted_bounding_box`."""

    begin: Tensor
    size: Tensor
    bboxes: Tensor


# Results print under the op's name, which the op's own class has here.
DistortedBox.__name__ = "SampleDistortedBoundingBoxV2"


def sample_distorted_bounding_box(
    image_size: Any,
    bounding_boxes: Any,
    seed: int | None = None,
    seed2: int | None = None,
    min_object_covered: Any = 0.1,
    aspect_ratio_range: Any = None,
    area_range: Any = None,
    max_attempts: int | None = None,
    use_image_if_no_bounding_boxes: bool | None = None,
    name: str | None = None,
) -> DistortedBox:
    """Draw a crop of an image that still shows some object.

    Parameters
    ----------
    image_size : integer Tensor or list of int
        Height, width and channels.
    bounding_boxes : float32 Tensor
        ``(batch, boxes, 4)``: first row, first column, last row, last column of each object, from
        0 to 1.
    seed, seed2 : int, optional
        The op's attributes, as they are: the graph's seed has no part in it.
    min_object_covered : Tensor or float
        The part of some object that the crop has to show.
    aspect_ratio_range : list of float, optional
        Bounds of width by height. By default 0.75 and 1.33.
    area_range : list of float, optional
        Bounds of the crop's part of the image. By default 0.05 and 1.
    max_attempts : int, optional
        After so many, 100 by default, the crop is the whole image.
    use_image_if_no_bounding_boxes : bool, optional
        Whether the image is the object where there are no boxes. By default that is an error.
    name : str, optional

    Returns
    -------
    begin, size : Tensor
        For `tf.slice`, shape ``(3,)``.
    bboxes : float32 Tensor
        The crop as a box, ``(1, 1, 4)``, for `tf.image.draw_bounding_boxes`.

    Raises
    ------
    InvalidArgumentError
        When run, if there are no boxes, or one is not within the image.

    Examples
    --------
    >>> boxes = [[[0.1, 0.2, 0.9, 0.8]]]
    >>> begin, size, _ = tf.image.sample_distorted_bounding_box([20, 30, 3], boxes, seed=1)
    >>> tf.Session().run([begin, size])
    [array([2, 4, 0], dtype=int32), array([17, 21, -1], dtype=int32)]
    """
    op = SampleDistortedBoundingBoxV2(
        seed=seed or 0,
        seed2=seed2 or 0,
        aspect_ratio_range=_pair(aspect_ratio_range, _RATIOS),
        area_range=_pair(area_range, _AREAS),
        max_attempts=100 if max_attempts is None else int(max_attempts),
        use_image_if_no_bounding_boxes=bool(use_image_if_no_bounding_boxes),
    )
    with name_scope(name, "sample_distorted_bounding_box"):
        inputs = image_size, bounding_boxes, min_object_covered
        return DistortedBox(*apply_all(op, *inputs, name=name))


def _pair(given: Any, default: tuple[float, float]) -> tuple[float, ...]:
    return default if given is None else tuple(float(bound) for bound in given)
