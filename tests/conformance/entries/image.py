"""Images resized, cropped, projected and recoloured. The references are loops over pixels."""

import colorsys
import math

import numpy as np

from flowgraph import dtypes
from flowgraph.errors import FailedPreconditionError, InvalidArgumentError, OutOfRangeError
from flowgraph.ops.image_colors import (
    AdjustContrastv2,
    AdjustHue,
    AdjustSaturation,
    HSVToRGB,
    RGBToHSV,
)
from flowgraph.ops.image_cropping import (
    CropAndResize,
    CropAndResizeGradBoxes,
    CropAndResizeGradImage,
)
from flowgraph.ops.image_glimpse import ExtractGlimpse
from flowgraph.ops.image_patches import ExtractImagePatches
from flowgraph.ops.image_projection import ImageProjectiveTransformV2
from flowgraph.ops.image_resizing import (
    ResizeArea,
    ResizeBicubic,
    ResizeBicubicGrad,
    ResizeBilinear,
    ResizeBilinearGrad,
    ResizeNearestNeighbor,
    ResizeNearestNeighborGrad,
)
from tests.conformance.entry import Bad, Entry, Sample

RANDOM = np.random.default_rng(21)


def values(*shape, dtype=np.float32):
    return RANDOM.uniform(0.1, 0.9, shape).astype(dtype)


def size(*numbers):
    return np.array(numbers, np.int32)


# -- resizing ----------------------------------------------------------------------------------


def place(op, index, length, output):
    """Where an output pixel lies along an axis, and how many input pixels it covers."""
    if op.align_corners and output > 1:
        return index * (length - 1) / (output - 1), (length - 1) / (output - 1)
    scale = length / output
    if getattr(op, "half_pixel_centers", False):
        return (index + 0.5) * scale - 0.5, scale
    return index * scale, scale


def keys(x, a):
    """Keys' cubic kernel."""
    x = abs(x)
    if x <= 1:
        return (a + 2) * x**3 - (a + 3) * x**2 + 1
    return a * (x**3 - 5 * x**2 + 8 * x - 4) if x < 2 else 0.0


def taps(op, index, length, output):
    """The input pixels that an output pixel is made of, with their weights."""
    at, scale = place(op, index, length, output)
    kind, last = type(op).__name__, length - 1
    half = getattr(op, "half_pixel_centers", False)
    if kind.startswith("ResizeNearest"):
        at = at + 0.5 if half or op.align_corners else at
        return [(min(max(math.floor(at), 0), last), 1.0)]
    if kind.startswith("ResizeBilinear"):
        low = math.floor(at)
        part = at - low
        return [(max(low, 0), 1 - part), (min(math.ceil(at), last), part)]
    if kind.startswith("ResizeBicubic"):
        low = math.floor(at)
        a = -0.5 if half else -0.75
        part = round((at - low) * 1024) / 1024
        found = [(low + i, keys(part - i, a)) for i in range(-1, 3)]
        if half:
            found = [(i, w) for i, w in found if 0 <= i <= last]
            total = sum(w for _, w in found)
            found = [(i, w / total) for i, w in found]
        return [(min(max(i, 0), last), w) for i, w in found]
    cover = [(i, min(i + 1, at + scale) - max(i, at)) for i in range(length + 2)]
    return [(min(i, last), w / scale) for i, w in cover if w > 0]


def resized(op):
    def reference(x, target):
        batch, height, width, channels = x.shape
        y = np.zeros((batch, *target, channels))
        for i in range(target[0]):
            for j in range(target[1]):
                for row, down in taps(op, i, height, target[0]):
                    for column, across in taps(op, j, width, target[1]):
                        y[:, i, j] += down * across * x[:, row, column]
        return y

    return reference


def spread(op, image_of):
    """The adjoint of `resized`; `image_of` gives the sizes of the originals."""

    def reference(dy, given):
        dx = np.zeros((len(dy), *image_of(given), dy.shape[3]))
        for i in range(dy.shape[1]):
            for j in range(dy.shape[2]):
                for row, down in taps(op, i, dx.shape[1], dy.shape[1]):
                    for column, across in taps(op, j, dx.shape[2], dy.shape[2]):
                        dx[:, row, column] += down * across * dy[:, i, j]
        return dx

    return reference


FLAGS = [{}, {"align_corners": True}, {"half_pixel_centers": True}]
SIZES = [(3, 4), (8, 5), (1, 1), (2, 11)]


def resizing(cls, dtypes_, flags=FLAGS):
    # The check of gradients needs float64 all through; where results are always float32, the
    # adjoint's own reference stands in for it.
    differentiate = None if cls is ResizeNearestNeighbor else ()
    samples = [
        Sample(cls(**f), (values(2, 4, 5, 2), size(*s)), resized(cls(**f)), differentiate, 1, 1e-4)
        for f in flags
        for s in SIZES
    ]
    for dtype in dtypes_:
        x = (RANDOM.uniform(0, 90, (1, 3, 4, 1))).astype(dtype)
        samples.append(Sample(cls(), (x, size(5, 3)), resized(cls()), differentiate=(), rtol=1e-3))
    samples.append(
        Sample(cls(), (values(0, 3, 4, 2), size(2, 2)), resized(cls()), differentiate=())
    )
    images = values(1, 3, 4, 1)
    bad = [
        Bad(cls(), (images[0], size(2, 2)), ValueError, "^Shape must be rank 4 but is rank 3"),
        Bad(cls(), (images, size(2, 2, 2)), ValueError, "^Dimension must be 2 but is 3"),
        Bad(cls(), (images, size(0, 2)), InvalidArgumentError, "^output dimensions must", True),
        Bad(
            cls(),
            (images[0], size(2, 2)),
            InvalidArgumentError,
            r"^input must be 4-.*\[3,4,1\]",
            True,
        ),
        Bad(
            cls(),
            (images[:, :0], size(2, 2)),
            InvalidArgumentError,
            "^input image must be of non",
            True,
        ),
    ]
    if cls is not ResizeArea:
        both = cls(align_corners=True, half_pixel_centers=True)
        words = "^If half_pixel_centers is True, align_corners must be False"
        bad.append(Bad(both, (images, size(2, 2)), InvalidArgumentError, words, True))
    return Entry(cls, samples, bad)


def adjoint(cls, image_of, given, dtype=np.float32):
    return Entry(
        cls,
        [
            Sample(
                cls(**f),
                (values(2, *s, 2), given(4, 5, dtype)),
                spread(cls(**f), image_of),
                differentiate=(),
                rtol=1e-4,
            )
            for f in FLAGS
            for s in SIZES
        ],
        [
            Bad(
                cls(align_corners=True, half_pixel_centers=True),
                (values(1, 2, 2, 1), given(4, 5, dtype)),
                InvalidArgumentError,
                "^If half_pixel_centers is True",
                True,
            )
        ],
    )


def image(height, width, dtype):
    return values(2, height, width, 2, dtype=dtype)


# -- patches, glimpses, projections ------------------------------------------------------------

ONES = (1, 1, 1, 1)


def patches(op):
    def reference(x):
        (_, kh, kw, _), (_, sh, sw, _), (_, rh, rw, _) = op.ksizes, op.strides, op.rates
        spans = [(k - 1) * r + 1 for k, r in ((kh, rh), (kw, rw))]
        counts, befores = [], []
        for length, span, stride in zip(x.shape[1:3], spans, (sh, sw), strict=True):
            if op.padding == "SAME":
                counts.append(-(-length // stride))
                befores.append(max((counts[-1] - 1) * stride + span - length, 0) // 2)
            else:
                counts.append((length - span) // stride + 1)
                befores.append(0)
        y = np.zeros((len(x), *counts, kh * kw * x.shape[3]), x.dtype)
        for i, j in np.ndindex(*counts):
            parts = []
            for a, b in np.ndindex(kh, kw):
                row, column = i * sh - befores[0] + a * rh, j * sw - befores[1] + b * rw
                inside = 0 <= row < x.shape[1] and 0 <= column < x.shape[2]
                parts.append(x[:, row, column] if inside else np.zeros_like(x[:, 0, 0]))
            y[:, i, j] = np.concatenate(parts, axis=-1)
        return y

    return reference


PATCHES = [
    ExtractImagePatches(ksizes=k, strides=s, rates=r, padding=p)
    for k, s, r, p in [
        ((1, 2, 3, 1), ONES, ONES, "VALID"),
        ((1, 3, 3, 1), (1, 2, 1, 1), ONES, "SAME"),
        ((1, 2, 2, 1), (1, 2, 3, 1), (1, 2, 1, 1), "SAME"),
        ((1, 2, 2, 1), ONES, (1, 2, 2, 1), "VALID"),
        (ONES, ONES, ONES, "SAME"),
    ]
]


def glimpse(op):
    def reference(x, window, offsets):
        y = np.zeros((len(x), *window, x.shape[3]), np.float32)
        for n, i, j in np.ndindex(len(x), *window):
            start = []
            for axis in (0, 1):
                at = float(offsets[n, axis])
                length = x.shape[1 + axis]
                at = at * length if op.normalized else at
                at = at / 2 + length / 2 if op.centered else at
                start.append(int(at - window[axis] / 2))
            row, column = start[0] + i, start[1] + j
            if 0 <= row < x.shape[1] and 0 <= column < x.shape[2]:
                y[n, i, j] = x[n, row, column]
        return y

    return reference


GLIMPSES = [
    ExtractGlimpse(centered=c, normalized=n, uniform_noise=False, noise="zero")
    for c in (True, False)
    for n in (True, False)
]
OFFSETS = np.array([[0.3, -0.2], [-0.8, 0.9]], np.float32)
INSIDE = ExtractGlimpse()


def projected(op):
    def reference(x, maps, target):
        y = np.zeros((len(x), *target, x.shape[3]))

        def seen(n, row, column):
            inside = 0 <= row < x.shape[1] and 0 <= column < x.shape[2]
            return x[n, row, column].astype(np.float64) if inside else 0.0

        for n, i, j in np.ndindex(len(x), *target):
            a0, a1, a2, b0, b1, b2, c0, c1 = (float(v) for v in maps[n % len(maps)])
            depth = c0 * j + c1 * i + 1
            column, row = (a0 * j + a1 * i + a2) / depth, (b0 * j + b1 * i + b2) / depth
            if op.interpolation == "NEAREST":
                y[n, i, j] = seen(n, *(math.floor(p + 0.5) for p in (row, column)))
            else:
                top, left = math.floor(row), math.floor(column)
                for k, m in np.ndindex(2, 2):
                    weight = (row - top if k else top + 1 - row) * (
                        column - left if m else left + 1 - column
                    )
                    y[n, i, j] += weight * seen(n, top + k, left + m)
        return y

    return reference


MAPS = np.array(
    [[1.1, 0.13, -0.7, 0.21, 0.9, 0.45, 0.01, 0.02], [0.9, -0.2, 1, 0.1, 1.2, -1, 0, -0.03]],
    np.float32,
)

# -- colours -----------------------------------------------------------------------------------


def each_pixel(function):
    def reference(x, *given):
        flat = x.reshape(-1, 3).astype(np.float64)
        pixels = [function(pixel, *[float(g) for g in given]) for pixel in flat]
        return np.array(pixels).reshape(x.shape) if pixels else np.zeros(x.shape)

    return reference


def turned(pixel, delta):
    h, s, v = colorsys.rgb_to_hsv(*pixel)
    return colorsys.hsv_to_rgb((h + delta) % 1.0, s, v)


def saturated(pixel, scale):
    h, s, v = colorsys.rgb_to_hsv(*pixel)
    return colorsys.hsv_to_rgb(h, min(max(s * scale, 0), 1), v)


def contrasted(x, factor):
    wide = x.astype(np.float64)
    mean = wide.mean(axis=(-3, -2), keepdims=True)
    return (wide - mean) * factor + mean


def colors(*shape, dtype=np.float32):
    """Pixels whose channels are well apart, so that no step of a gradient check reorders them."""
    levels = np.array([0.2, 0.5, 0.8]) + RANDOM.uniform(-0.05, 0.05, (*shape, 3))
    return RANDOM.permuted(levels, axis=-1).astype(dtype)


def conversion(cls, function, differentiate):
    return Entry(
        cls,
        [
            Sample(cls(), (colors(2, 3),), each_pixel(function), differentiate),
            Sample(
                cls(), (colors(2, 2, 2, dtype=np.float64),), each_pixel(function), differentiate
            ),
            Sample(cls(), (colors(4, dtype=np.float16),), each_pixel(function), ()),
            Sample(cls(), (colors(),), each_pixel(function), differentiate),
            Sample(cls(), (colors(0),), each_pixel(function), ()),
            Sample(cls(), (np.full((2, 3), 0.5, np.float32),), each_pixel(function), ()),
        ],
        [
            Bad(cls(), (values(2, 4),), ValueError, "^Dimension must be 3 but is 4"),
            Bad(cls(), (values(2, 4),), FailedPreconditionError, "^input must have 3 chann", True),
        ],
    )


def adjustment(cls, reference, amounts, name):
    three = cls is not AdjustContrastv2
    return Entry(
        cls,
        [Sample(cls(), (colors(3, 4), np.float32(a)), reference, rtol=1e-4) for a in amounts]
        + [
            Sample(cls(), (colors(2, 2, 3, dtype=np.float16), np.float32(amounts[0])), reference),
            Sample(cls(), (colors(2, 2, 3), np.float32(amounts[1])), reference, rtol=1e-4),
        ],
        [
            Bad(cls(), (values(3, 3), np.float32(1)), ValueError, "^Shape must be at least rank 3"),
            Bad(
                cls(),
                (values(3, 3), np.float32(1)),
                InvalidArgumentError,
                "^input must be at least 3-D",
                True,
            ),
            Bad(
                cls(),
                (values(3, 3, 3), values(2)),
                InvalidArgumentError,
                f"^{name} must be scalar",
                True,
            ),
            *(
                [
                    Bad(
                        cls(),
                        (values(3, 3, 4), np.float32(1)),
                        InvalidArgumentError,
                        "^input must have 3 channels but instead has 4",
                        True,
                    )
                ]
                if three
                else []
            ),
        ],
    )


# -- boxes cut out -----------------------------------------------------------------------------

BOXES = np.array(
    [[0.1, 0.15, 0.83, 0.9], [0.9, 0.2, 0.13, 0.77], [-0.3, 0.07, 0.57, 1.24]], np.float32
)
OWNERS = np.array([0, 1, 0], np.int32)


def box_taps(op, box, lengths, target):
    """For each pixel of a crop: None beyond the image, or pixels with weights."""
    for i, j in np.ndindex(*target):
        at = []
        for axis, k in ((0, i), (1, j)):
            first, last = float(box[axis]), float(box[axis + 2])
            part = k / (target[axis] - 1) if target[axis] > 1 else 0.5
            at.append((first + (last - first) * part) * (lengths[axis] - 1))
        if any(not 0 <= p <= n - 1 for p, n in zip(at, lengths, strict=True)):
            yield i, j, None
        elif op.method == "nearest":
            yield i, j, [(math.floor(at[0] + 0.5), math.floor(at[1] + 0.5), 1.0)]
        else:
            low = [math.floor(p) for p in at]
            pixels = []
            for a, b in np.ndindex(2, 2):
                down = at[0] - low[0] if a else low[0] + 1 - at[0]
                across = at[1] - low[1] if b else low[1] + 1 - at[1]
                row, column = (
                    min(p + q, n - 1) for p, q, n in zip(low, (a, b), lengths, strict=True)
                )
                pixels.append((row, column, down * across))
            yield i, j, pixels


def cropped(op):
    def reference(x, boxes, owners, target):
        y = np.full((len(boxes), *target, x.shape[3]), float(op.extrapolation_value))
        for n, (box, owner) in enumerate(zip(boxes, owners, strict=True)):
            for i, j, pixels in box_taps(op, box, x.shape[1:3], target):
                if pixels is not None:
                    y[n, i, j] = sum(w * x[owner, r, c].astype(np.float64) for r, c, w in pixels)
        return y

    return reference


def crop_image_gradient(op):
    def reference(dy, boxes, owners, shape):
        dx = np.zeros(shape)
        for n, (box, owner) in enumerate(zip(boxes, owners, strict=True)):
            for i, j, pixels in box_taps(op, box, shape[1:3], dy.shape[1:3]):
                for row, column, weight in pixels or ():
                    dx[owner, row, column] += weight * dy[n, i, j]
        return dx

    return reference


def crop_box_gradient(dy, x, boxes, owners):
    """Central differences of the crops."""
    op, step = CropAndResize(), 1e-4
    target, wide = dy.shape[1:3], boxes.astype(np.float64)
    result = np.zeros(boxes.shape)
    for n, k in np.ndindex(*boxes.shape):
        crops = []
        for sign in (1, -1):
            moved = wide.copy()
            moved[n, k] += sign * step
            crops.append(cropped(op)(x, moved, owners, target))
        result[n, k] = ((crops[0] - crops[1]) / (2 * step) * dy).sum()
    return result


CROPS = [CropAndResize(), CropAndResize(method="nearest", extrapolation_value=2.5)]
TARGETS = [(3, 4), (1, 1), (5, 2)]
NO_BOXES = (np.zeros((0, 4), np.float32), np.zeros(0, np.int32))

ENTRIES = [
    resizing(ResizeNearestNeighbor, [np.uint8, np.float64, np.float16]),
    resizing(ResizeBilinear, [np.uint8, np.float64, np.float16]),
    resizing(ResizeBicubic, [np.uint8, np.float64, np.float16]),
    resizing(ResizeArea, [np.uint8, np.float64, np.float16], FLAGS[:2]),
    adjoint(ResizeNearestNeighborGrad, tuple, lambda h, w, _: size(h, w)),
    adjoint(ResizeBilinearGrad, lambda x: x.shape[1:3], image),
    adjoint(ResizeBicubicGrad, lambda x: x.shape[1:3], image, np.float64),
    Entry(
        ExtractImagePatches,
        [Sample(op, (values(2, 5, 6, 2),), patches(op)) for op in PATCHES]
        + [
            Sample(PATCHES[1], (values(1, 4, 5, 1).astype(np.float64),), patches(PATCHES[1])),
            Sample(
                PATCHES[0],
                (np.arange(24, dtype=np.uint8).reshape(1, 4, 3, 2),),
                patches(PATCHES[0]),
            ),
        ],
        [
            Bad(PATCHES[0], (values(4, 3, 1),), ValueError, "^Shape must be rank 4 but is rank 3"),
            Bad(
                PATCHES[0], (values(1, 1, 0, 1),), ValueError, "^Computed output size would be neg"
            ),
            Bad(PATCHES[0], (values(4, 3, 1),), InvalidArgumentError, "^input must be 4-dim", True),
        ],
    ),
    Entry(
        ExtractGlimpse,
        [Sample(op, (values(2, 4, 6, 1), size(2, 3), OFFSETS), glimpse(op)) for op in GLIMPSES]
        + [Sample(INSIDE, (values(2, 4, 6, 2), size(2, 2), OFFSETS * 0), glimpse(INSIDE))],
        [
            Bad(
                INSIDE,
                (values(2, 4, 6, 1), size(2, 3, 4), OFFSETS),
                ValueError,
                "^Dimension must be 2",
            ),
            Bad(
                INSIDE,
                (values(3, 4, 6, 1), size(2, 3), OFFSETS),
                ValueError,
                "^Dimensions must be equal",
            ),
            Bad(
                INSIDE,
                (values(3, 4, 6, 1), size(2, 3), OFFSETS),
                InvalidArgumentError,
                "^first dimension",
                True,
            ),
        ],
    ),
    Entry(
        ImageProjectiveTransformV2,
        [
            Sample(op, (x, maps, size(4, 6)), projected(op), differentiate=(), rtol=1e-3, atol=1e-5)
            for op in map(ImageProjectiveTransformV2, ("NEAREST", "BILINEAR"))
            for x in (values(2, 5, 4, 2), values(2, 5, 4, 1).astype(np.float64))
            for maps in (MAPS, MAPS[:1])
        ],
        [
            Bad(
                ImageProjectiveTransformV2("NEAREST"),
                (values(5, 4, 2), MAPS, size(4, 6)),
                ValueError,
                "^Shape must be rank 4",
            ),
            Bad(
                ImageProjectiveTransformV2("NEAREST"),
                (values(3, 5, 4, 2), MAPS, size(4, 6)),
                InvalidArgumentError,
                "^Input transform should be num_images x 8",
                True,
            ),
        ],
    ),
    conversion(RGBToHSV, lambda p: colorsys.rgb_to_hsv(*p), None),
    conversion(HSVToRGB, lambda p: colorsys.hsv_to_rgb(*p), ()),
    adjustment(AdjustContrastv2, contrasted, [0.4, 1.7], "contrast_factor"),
    adjustment(AdjustHue, each_pixel(turned), [0.3, -0.4, 1.2], "delta"),
    adjustment(AdjustSaturation, each_pixel(saturated), [0.5, 1.3, 4.0], "scale"),
    Entry(
        CropAndResize,
        [
            Sample(op, (x, BOXES, OWNERS, size(*t)), cropped(op), (), 1, 1e-4)
            for op in CROPS
            for t in TARGETS
            for d in (np.float32, np.uint8)
            for x in [(RANDOM.uniform(0, 5, (2, 4, 5, 2))).astype(d)]
        ]
        + [
            Sample(
                CROPS[0], (values(2, 4, 5, 2), *NO_BOXES, size(2, 2)), np.zeros((0, 2, 2, 2)), ()
            )
        ],
        [
            Bad(
                CROPS[0],
                (values(2, 4, 5, 2), BOXES, OWNERS[:2], size(2, 2)),
                ValueError,
                "^Dimensions must be equal, but are 3 and 2",
            ),
            Bad(
                CROPS[0],
                (values(2, 4, 5, 2), BOXES, OWNERS + 1, size(2, 2)),
                OutOfRangeError,
                "^box_index has values outside",
                True,
            ),
            Bad(
                CROPS[0],
                (values(2, 4, 5, 2), BOXES, OWNERS, size(0, 2)),
                InvalidArgumentError,
                "^crop dimensions must be positive",
                True,
            ),
        ],
    ),
    Entry(
        CropAndResizeGradImage,
        [
            Sample(
                op,
                (values(3, *t, 2), BOXES, OWNERS, size(2, 4, 5, 2)),
                crop_image_gradient(op),
                (),
                1,
                1e-4,
            )
            for op in (
                CropAndResizeGradImage(T=dtypes.float32),
                CropAndResizeGradImage(T=dtypes.float64, method="nearest"),
            )
            for t in TARGETS
        ],
        [
            Bad(
                CropAndResizeGradImage(T=dtypes.float32),
                (values(3, 2, 2, 2), BOXES, OWNERS, size(2, 4)),
                InvalidArgumentError,
                "^image_size must have 4 elements",
                True,
            )
        ],
    ),
    Entry(
        CropAndResizeGradBoxes,
        [
            Sample(
                CropAndResizeGradBoxes(),
                (values(2, *t, 2), values(2, 4, 5, 2), BOXES[:2], OWNERS[:2]),
                crop_box_gradient,
                (),
                1,
                1e-2,
                1e-3,
            )
            for t in TARGETS
        ],
        [
            Bad(
                CropAndResizeGradBoxes(),
                (values(2, 2, 2, 2), values(2, 4, 5, 2), BOXES[:2, 0], OWNERS[:2]),
                ValueError,
                "^Shape must be rank 2 but is rank 1",
            )
        ],
    ),
]
