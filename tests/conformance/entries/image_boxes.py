"""Boxes drawn, suppressed and drawn at random; image files.

Suppression is compared with a loop over pairs, and random crops with values that TensorFlow 1.15.5
gave.
"""

import io
import struct

import numpy as np
from PIL import Image

from flowgraph import dtypes
from flowgraph.errors import InvalidArgumentError
from flowgraph.ops.image_boxes import DrawBoundingBoxes, DrawBoundingBoxesV2
from flowgraph.ops.image_decoding import (
    DecodeAndCropJpeg,
    DecodeBmp,
    DecodeGif,
    DecodeJpeg,
    DecodePng,
    ExtractJpegShape,
)
from flowgraph.ops.image_distortion import (
    SampleDistortedBoundingBox,
    SampleDistortedBoundingBoxV2,
)
from flowgraph.ops.image_encoding import EncodeJpeg, EncodeJpegVariableQuality, EncodePng
from flowgraph.ops.image_suppression import (
    CombinedNonMaxSuppression,
    NonMaxSuppression,
    NonMaxSuppressionV2,
    NonMaxSuppressionV3,
    NonMaxSuppressionV4,
    NonMaxSuppressionV5,
    NonMaxSuppressionWithOverlaps,
)
from tests.conformance.entry import Bad, Entry, Sample

RANDOM = np.random.default_rng(22)

# -- drawing -----------------------------------------------------------------------------------

OUTLINES = np.array([[[0, 0, 1, 1], [0.3, 0.3, 0.7, 0.8], [0.9, 0.1, 0.2, 0.5]]], np.float32)
TWO_COLORS = np.array([[0.1, 0.2, 0.3], [0.7, 0.8, 0.9]], np.float32)
YELLOW_BLUE = np.array([[1, 1, 0, 1], [0, 0, 1, 1]], np.float32)


def drawn(x, boxes, colors=YELLOW_BLUE):
    y = x.copy()
    height, width, depth = x.shape[1:]
    if depth == 1 and colors is YELLOW_BLUE:
        colors = np.ones((1, 1))
    for n, k in np.ndindex(*boxes.shape[:2]):
        box = boxes[n, k] * np.array([height - 1, width - 1] * 2, np.float32)
        top, left, bottom, right = (int(p) for p in box)
        for i, j in np.ndindex(height, width):
            rows, columns = top <= i <= bottom, left <= j <= right
            if rows and columns and (i in (top, bottom) or j in (left, right)):
                y[n, i, j] = colors[k % len(colors), :depth]
    return y


# -- suppression -------------------------------------------------------------------------------

CORNERS = RANDOM.uniform(0, 1, (12, 2))
BOXES = np.concatenate([CORNERS, CORNERS + RANDOM.uniform(0.1, 0.6, (12, 2))], 1).astype(np.float32)
SCORES = (RANDOM.permutation(12) / 12).astype(np.float32)
COUNT, HALF, LOW = np.int32(5), np.float32(0.5), np.float32(0.2)


def overlap(a, b):
    height = min(a[2], b[2]) - max(a[0], b[0])
    width = min(a[3], b[3]) - max(a[1], b[1])
    shared = max(height, 0) * max(width, 0)
    areas = [(c[2] - c[0]) * (c[3] - c[1]) for c in (a, b)]
    return shared / (sum(areas) - shared)


def chosen(measure, scores, count, limit, threshold=-np.inf, sigma=0.0):
    """The indices and scores that are selected, one after the other."""
    left = {i: float(s) for i, s in enumerate(scores) if s > threshold}
    found = []
    while left and len(found) < count:
        best = max(left, key=left.get)
        found.append((best, left.pop(best)))
        for i in list(left):
            shared = measure(i, best)
            if shared >= limit:
                del left[i]
            elif sigma:
                left[i] *= np.exp(-(shared**2) / 2 / sigma)
                if left[i] <= threshold:
                    del left[i]
    return [i for i, _ in found], [s for _, s in found]


def suppressed(outputs):
    """The reference of an op of boxes; `outputs` says what it gives."""

    def reference(boxes, scores, count, *limits):
        limits = limits or (0.5,)
        indices, kept = chosen(lambda i, j: overlap(boxes[i], boxes[j]), scores, count, *limits)
        return outputs(np.array(indices, np.int32), np.array(kept), int(count))

    return reference


def padded(array, count):
    return np.concatenate([array, np.zeros(count - len(array), array.dtype)])


def by_overlaps(overlaps, scores, count, limit, threshold):
    return np.array(
        chosen(lambda i, j: overlaps[i, j], scores, count, limit, threshold)[0], np.int32
    )


MEASURE = RANDOM.uniform(0, 1, (12, 12)).astype(np.float32)
MEASURE = np.maximum(MEASURE, MEASURE.T)


def combined(boxes, scores, each, total, limit, threshold):
    results = [np.zeros((len(boxes), total, 4)), *np.zeros((2, len(boxes), total)), []]
    for n in range(len(boxes)):
        rows = []
        for label in range(scores.shape[2]):
            own = boxes[n, :, label % boxes.shape[2]]
            indices, kept = chosen(
                lambda i, j, own=own: overlap(own[i], own[j]),
                scores[n, :, label], each, limit, threshold,
            )  # fmt: skip
            rows += [(s, own[i], label) for i, s in zip(indices, kept, strict=True)]
        rows = sorted(rows, key=lambda row: -row[0])[:total]
        for k, (score, box, label) in enumerate(rows):
            results[0][n, k], results[1][n, k], results[2][n, k] = np.clip(box, 0, 1), score, label
        results[3].append(len(rows))
    return (*results[:3], np.array(results[3]))


ALL = (BOXES, SCORES, COUNT)
REFUSED = [
    ((BOXES[0], *ALL[1:]), ValueError, "^Shape must be rank 2 but is rank 1", False),
    ((BOXES[:, :3], *ALL[1:]), ValueError, "^Dimension must be 4 but is 3", False),
    ((BOXES, SCORES[:3], COUNT), ValueError, "^Dimensions must be equal, but are 12 and 3", False),
    ((BOXES, SCORES[:3], COUNT), InvalidArgumentError, "^scores has incompatible shape", True),
    ((BOXES[:, :3], *ALL[1:]), InvalidArgumentError, "^boxes must have 4 columns", True),
    ((BOXES, SCORES, np.int32(-1)), InvalidArgumentError, "^max_output_size must be non-neg", True),
]


def suppression(op, outputs, *thresholds):
    wrong = [
        Bad(op, (*inputs, *thresholds), error, match, run) for inputs, error, match, run in REFUSED
    ]
    none = (np.zeros((0, 4), np.float32), np.zeros(0, np.float32), COUNT)
    return Entry(
        type(op),
        [
            Sample(op, (*inputs, *thresholds), suppressed(outputs))
            for inputs in (ALL, (BOXES, SCORES, np.int32(20)), none)
        ],
        wrong,
    )


# -- random crops: recorded --------------------------------------------------------------------

OBJECTS = np.array([[[0.1, 0.2, 0.9, 0.8], [0.5, 0.5, 0.7, 0.6]]], np.float32)
SIZE = np.array([20, 30, 3], np.int32)
DRAWN = (
    np.array([2, 4, 0]),
    np.array([17, 21, -1]),
    np.array([[[0.1, 0.13333334, 0.95, 0.8333333]]]),
)
TENTH = np.float32(0.1)

# -- files -------------------------------------------------------------------------------------

PIXELS = np.clip(
    np.add.outer(np.arange(9) * 9, np.arange(14) * 7)[..., None] + np.array([0, 50, 90]), 0, 255
).astype(np.uint8)


def file_of(pixels, kind, **options):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return np.array(file.getvalue(), object)


PNG = file_of(PIXELS, "PNG")
GREY_PNG = file_of(PIXELS[..., 0], "PNG")
DEEP_PNG = file_of(PIXELS[..., 0].astype(np.uint16) * 256 + 7, "PNG")
JPEG = file_of(PIXELS, "JPEG", quality=90)
BMP = file_of(PIXELS, "BMP")
GIF = file_of(PIXELS, "GIF")
TOP_DOWN = np.array(BMP.item()[:22] + struct.pack("<i", -len(PIXELS)) + BMP.item()[26:], object)
DECODED = np.asarray(Image.open(io.BytesIO(JPEG.item())))
FRAME = np.asarray(Image.open(io.BytesIO(GIF.item())).convert("RGB"))
JUNK = np.array(b"no picture at all, only text", object)
UNKNOWN = r"^Expected image \(JPEG, PNG, or GIF\), got unknown format starting with "


def refused(op, *more):
    return [
        Bad(op, (JUNK, *more), InvalidArgumentError, UNKNOWN, True),
        Bad(op, (np.array([b"a"], object), *more), ValueError, "^Shape must be rank 0"),
    ]


ENTRIES = [
    Entry(
        DrawBoundingBoxes,
        [
            Sample(
                DrawBoundingBoxes(),
                (RANDOM.uniform(0, 1, (1, 6, 7, c)).astype(d), OUTLINES[:, :2]),
                drawn,
            )
            for c in (1, 3, 4)
            for d in (np.float32, np.float16)
        ],
        [
            Bad(
                DrawBoundingBoxes(),
                (np.zeros((1, 4, 4, 2), np.float32), OUTLINES),
                ValueError,
                "^Channel depth should be",
            ),
            Bad(
                DrawBoundingBoxes(),
                (np.zeros((2, 4, 4, 3), np.float32), OUTLINES),
                InvalidArgumentError,
                "^The batch sizes should be the same",
                True,
            ),
        ],
    ),
    Entry(
        DrawBoundingBoxesV2,
        [
            Sample(
                DrawBoundingBoxesV2(),
                (np.zeros((1, 6, 7, 3), np.float32), OUTLINES, TWO_COLORS),
                drawn,
                (),
            )
        ],
        [
            Bad(
                DrawBoundingBoxesV2(),
                (np.zeros((1, 4, 4, 4), np.float32), OUTLINES, TWO_COLORS),
                InvalidArgumentError,
                "^colors must have equal or more channels",
                True,
            )
        ],
    ),
    suppression(NonMaxSuppression(), lambda i, s, n: i),
    suppression(NonMaxSuppressionV2(), lambda i, s, n: i, HALF),
    suppression(NonMaxSuppressionV3(), lambda i, s, n: i, HALF, LOW),
    suppression(
        NonMaxSuppressionV4(pad_to_max_output_size=True),
        lambda i, s, n: (padded(i, n), len(i)),
        HALF,
        LOW,
    ),
    suppression(NonMaxSuppressionV5(), lambda i, s, n: (i, s, len(i)), HALF, LOW, np.float32(0.3)),
    Entry(
        NonMaxSuppressionWithOverlaps,
        [Sample(NonMaxSuppressionWithOverlaps(), (MEASURE, SCORES, COUNT, HALF, LOW), by_overlaps)],
        [
            Bad(
                NonMaxSuppressionWithOverlaps(),
                (MEASURE[:3], SCORES, COUNT, HALF, LOW),
                InvalidArgumentError,
                "^overlaps must be square",
                True,
            )
        ],
    ),
    Entry(
        CombinedNonMaxSuppression,
        [
            Sample(
                CombinedNonMaxSuppression(),
                (
                    BOXES.reshape(2, 6, 1, 4),
                    RANDOM.permutation(36).reshape(2, 6, 3).astype(np.float32) / 36,
                    np.int32(2),
                    np.int32(t),
                    HALF,
                    LOW,
                ),
                combined,
            )
            for t in (3, 8)
        ],
        [
            Bad(
                CombinedNonMaxSuppression(),
                (
                    BOXES.reshape(2, 6, 1, 4),
                    np.ones((2, 6, 3), np.float32),
                    np.int32(2),
                    np.int32(0),
                    HALF,
                    LOW,
                ),
                ValueError,
                "^max_total_size should be > 0",
            )
        ],
    ),
    Entry(
        SampleDistortedBoundingBoxV2,
        [Sample(SampleDistortedBoundingBoxV2(seed=1), (SIZE, OBJECTS, TENTH), DRAWN)],
        [
            Bad(
                SampleDistortedBoundingBoxV2(seed=1),
                (SIZE[:2], OBJECTS, TENTH),
                ValueError,
                "^Dimension must be 3 but is 2",
            ),
            Bad(
                SampleDistortedBoundingBoxV2(seed=1),
                (SIZE, OBJECTS + 0.5, TENTH),
                InvalidArgumentError,
                r"^All bounding box coordinates must be in \[0.0, 1.0\]: 1.4",
                True,
            ),
            Bad(
                SampleDistortedBoundingBoxV2(seed=1),
                (SIZE, OBJECTS[:, :0], TENTH),
                InvalidArgumentError,
                "^No bounding boxes provided as input",
                True,
            ),
        ],
    ),
    Entry(
        SampleDistortedBoundingBox,
        [Sample(SampleDistortedBoundingBox(seed=1), (SIZE, OBJECTS), DRAWN)],
    ),
    Entry(
        DecodePng,
        [
            Sample(DecodePng(), (PNG,), PIXELS),
            Sample(DecodePng(channels=3), (GREY_PNG,), np.repeat(PIXELS[..., :1], 3, -1)),
            Sample(DecodePng(channels=4), (PNG,), np.dstack([PIXELS, np.full((9, 14), 255)])),
            Sample(DecodePng(), (DEEP_PNG,), PIXELS[..., :1]),
            Sample(
                DecodePng(dtype=dtypes.uint16), (DEEP_PNG,), PIXELS[..., :1].astype(int) * 256 + 7
            ),
            Sample(DecodePng(dtype=dtypes.uint16), (PNG,), PIXELS.astype(int) * 257),
        ],
        refused(DecodePng()),
    ),
    Entry(
        DecodeJpeg,
        [
            Sample(DecodeJpeg(), (JPEG,), DECODED),
            Sample(DecodeJpeg(channels=3), (JPEG,), DECODED),
            Sample(DecodeJpeg(), (PNG,), PIXELS),
        ],
        [
            *refused(DecodeJpeg()),
            Bad(
                DecodeJpeg(ratio=3),
                (JPEG,),
                InvalidArgumentError,
                "^ratio must be 1, 2, 4, or 8, got 3",
                True,
            ),
        ],
    ),
    Entry(
        DecodeAndCropJpeg,
        [Sample(DecodeAndCropJpeg(), (JPEG, np.array([1, 2, 5, 7], np.int32)), DECODED[1:6, 2:9])],
        [
            Bad(
                DecodeAndCropJpeg(),
                (JPEG, np.array([1, 2, 50, 7], np.int32)),
                InvalidArgumentError,
                "^Invalid JPEG data or crop window",
                True,
            ),
            Bad(
                DecodeAndCropJpeg(),
                (JPEG, np.array([1, 2, 5], np.int32)),
                ValueError,
                "^Dimension must be 4 but is 3",
            ),
        ],
    ),
    Entry(
        DecodeBmp,
        [
            Sample(DecodeBmp(), (BMP,), PIXELS),
            Sample(DecodeBmp(channels=3), (TOP_DOWN,), PIXELS[::-1]),
        ],
        [
            Bad(
                DecodeBmp(channels=4),
                (BMP,),
                InvalidArgumentError,
                "^channels attribute 4 does not match bits per pixel from file 3",
                True,
            )
        ],
    ),
    Entry(
        DecodeGif,
        [Sample(DecodeGif(), (GIF,), FRAME[None]), Sample(DecodeGif(), (PNG,), PIXELS[None])],
        refused(DecodeGif()),
    ),
    Entry(
        ExtractJpegShape,
        [
            Sample(ExtractJpegShape(), (JPEG,), np.array(PIXELS.shape)),
            Sample(ExtractJpegShape(output_type=dtypes.int64), (JPEG,), np.array(PIXELS.shape)),
        ],
        [Bad(ExtractJpegShape(), (JUNK,), InvalidArgumentError, "^Invalid JPEG data", True)],
    ),
]

ELSEWHERE = dict.fromkeys(
    (EncodeJpeg, EncodeJpegVariableQuality, EncodePng), "tests/unit/image/test_files.py"
)
