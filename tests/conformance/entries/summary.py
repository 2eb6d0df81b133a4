"""What the suite checks of the ops that write summaries."""

import io
import math
import wave

import numpy as np

from flowgraph import protos
from flowgraph.errors import InvalidArgumentError
from flowgraph.formats.png import encode_png
from flowgraph.ops.core import apply, constant
from flowgraph.ops.summary import (
    AudioSummaryV2,
    HistogramSummary,
    ImageSummary,
    MergeSummary,
    ScalarSummary,
    TensorSummaryV2,
)
from tests.conformance.entry import Bad, Entry, Sample

Value = protos.Summary.Value


def text(value):
    return np.array(value, dtype=object)


def summary(*values):
    return text(protos.Summary(value=values).SerializeToString())


def png(tag, pixels):
    height, width, channels = pixels.shape
    image = protos.Summary.Image(
        height=height,
        width=width,
        colorspace=channels,
        encoded_image_string=encode_png(pixels),
    )
    return Value(tag=tag, image=image)


def wav(tag, rate, samples, channels):
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((channels, 2, rate, 0, "NONE", ""))
        sound.writeframes(np.array(samples, "<i2").tobytes())
    audio = protos.Summary.Audio(
        sample_rate=rate,
        num_channels=channels,
        length_frames=len(samples) // channels,
        encoded_audio_string=file.getvalue(),
        content_type="audio/wav",
    )
    return Value(tag=tag, audio=audio)


def histo(tag, values):
    flat = [float(v) for v in np.asarray(values).flat]
    bounds = sorted(sign * 1e-12 * 1.1**power for sign in (-1, 1) for power in range(774))
    bounds = [-LARGEST, *bounds[:774], 0.0, *bounds[774:], LARGEST]
    counts = [0] * len(bounds)
    for value in flat:
        counts[next(i for i, bound in enumerate(bounds) if value < bound)] += 1
    kept = [i for i, n in enumerate(counts) if n or not counts[i + 1 :] or counts[i + 1]]
    found = protos.HistogramProto(
        min=min(flat, default=LARGEST),
        max=max(flat, default=-LARGEST),
        num=len(flat),
        sum=sum(flat),
        sum_squares=sum(v * v for v in flat),
        bucket_limit=[exact_limit(bounds[i]) for i in kept],
        bucket=[counts[i] for i in kept],
    )
    return Value(tag=tag, histo=found)


def exact_limit(bound):
    """The limit as repeated multiplication rounds it."""
    if bound == 0 or abs(bound) == LARGEST:
        return bound
    limit = 1e-12
    while not math.isclose(limit, abs(bound), rel_tol=1e-6):
        limit *= 1.1
    return math.copysign(limit, bound)


LARGEST = float(np.finfo(np.float64).max)
TAG = text(b"t")
GRAY = np.array([[[[0], [7]], [[100], [255]]]], np.uint8)
SIGNED = np.array([[[[-2.0], [1.0]]]])
SOUND = np.array([[0.0, 0.5, -1.0, 2.0]], np.float32)
ONE = Value(tag="a", simple_value=1.0)
TWO = Value(tag="b", simple_value=2.0)

ENTRIES = [
    Entry(
        ScalarSummary,
        [
            Sample(
                ScalarSummary(),
                (TAG, np.array(1.5, dtype)),
                summary(Value(tag="t", simple_value=1.5)),
            )
            for dtype in (np.float32, np.float64, np.float16)
        ]
        + [
            Sample(ScalarSummary(), (TAG, np.int64(-3)), summary(Value(tag="t", simple_value=-3))),
            Sample(ScalarSummary(), (text([b"a", b"b"]), np.array([1, 2])), summary(ONE, TWO)),
            Sample(ScalarSummary(), (np.zeros(0, object), np.zeros(0)), text(b"")),
        ],
        [
            Bad(
                ScalarSummary(),
                (TAG, np.zeros([2])),
                InvalidArgumentError,
                r"tags and values not the same shape: \[\] != \[2\] \(tag 't'\)",
                run=True,
            ),
            Bad(
                ScalarSummary(),
                (text([b"a", b"b"]), np.zeros([1, 2])),
                InvalidArgumentError,
                r"tags and values not the same shape: \[2\] != \[1,2\]",
                run=True,
            ),
            Bad(ScalarSummary(), (TAG, np.array(True)), TypeError, "has DataType bool not in"),
        ],
    ),
    Entry(
        HistogramSummary,
        [
            Sample(HistogramSummary(), (TAG, values), summary(histo("t", values)))
            for values in (
                np.array([0, 0, 1, -7], np.int32),
                np.array([[-0.5, 0.25], [1e30, 1e-30]]),
                np.array([2.0, 2.25, 3.0], np.float16),
                np.float32(4),
                np.zeros([0, 2], np.float32),
            )
        ],
        [
            Bad(
                HistogramSummary(),
                (TAG, np.array([1, np.nan, np.inf])),
                InvalidArgumentError,
                "Nan in summary histogram for: HistogramSummary",
                run=True,
            ),
            Bad(
                HistogramSummary(),
                (TAG, np.array([-np.inf, np.nan])),
                InvalidArgumentError,
                "Infinity in summary histogram for: HistogramSummary",
                run=True,
            ),
            Bad(
                HistogramSummary(),
                (text([b"t"]), np.zeros([2])),
                InvalidArgumentError,
                "tags must be scalar",
                run=True,
            ),
        ],
    ),
    Entry(
        ImageSummary,
        [
            Sample(ImageSummary(), (TAG, GRAY), summary(png("t/image/0", GRAY[0]))),
            Sample(ImageSummary(max_images=1), (TAG, GRAY), summary(png("t/image", GRAY[0]))),
            Sample(
                ImageSummary(),
                (TAG, SIGNED),
                summary(png("t/image/0", np.array([[[1], [191]]], np.uint8))),
            ),
            Sample(
                ImageSummary(bad_color=np.array([9], np.uint8)),
                (TAG, np.array([[[[np.nan], [4.0]]]], np.float16)),
                summary(png("t/image/0", np.array([[[9], [255]]], np.uint8))),
            ),
            Sample(ImageSummary(), (TAG, GRAY[:0]), text(b"")),
        ],
        [
            Bad(
                ImageSummary(),
                (TAG, GRAY[0]),
                InvalidArgumentError,
                r"Tensor must be 4-D with last dim 1, 3, or 4, not \[2,2,1\]",
                run=True,
            ),
            Bad(
                ImageSummary(),
                (TAG, GRAY[:, :0]),
                InvalidArgumentError,
                r"input tensor must have non-zero dims\. Found: \[1,0,2,1\]\.",
                run=True,
            ),
            Bad(
                ImageSummary(),
                (text([b"t"]), GRAY),
                InvalidArgumentError,
                "Tags must be a scalar",
                run=True,
            ),
            Bad(
                ImageSummary(bad_color=np.array([1.0])),
                (TAG, SIGNED),
                InvalidArgumentError,
                "bad_color must be uint8, got double",
                run=True,
            ),
            Bad(
                ImageSummary(bad_color=np.array([[1]], np.uint8)),
                (TAG, SIGNED),
                InvalidArgumentError,
                r"bad_color must be a vector, got shape \[1,1\]",
                run=True,
            ),
            Bad(
                ImageSummary(bad_color=np.array([1], np.uint8)),
                (TAG, np.zeros([1, 1, 1, 3])),
                InvalidArgumentError,
                r"expected depth <= bad_color\.size, got depth = 3, bad_color\.size = 1",
                run=True,
            ),
            Bad(
                None,
                (np.zeros([1, 1, 1, 1], np.int32),),
                TypeError,
                "'tensor' has DataType int32 not in list of allowed values: uint8, float32",
                build=lambda array: apply(ImageSummary(), TAG, constant(array)),
            ),
        ],
    ),
    Entry(
        AudioSummaryV2,
        [
            Sample(
                AudioSummaryV2(),
                (TAG, SOUND, np.float32(8000)),
                summary(wav("t/audio/0", 8000, [0, 16384, -32768, 32767], 1)),
            ),
            Sample(
                AudioSummaryV2(max_outputs=1),
                (TAG, SOUND.reshape(1, 2, 2), np.float32(10)),
                summary(wav("t/audio", 10, [0, 16384, -32768, 32767], 2)),
            ),
            Sample(AudioSummaryV2(), (TAG, SOUND[:0], np.float32(10)), text(b"")),
        ],
        [
            Bad(
                AudioSummaryV2(),
                (TAG, SOUND[0], np.float32(1)),
                InvalidArgumentError,
                r"Tensor must be 3-D or 2-D, got: \[4\]",
                run=True,
            ),
            Bad(
                AudioSummaryV2(),
                (TAG, SOUND, np.float32(0)),
                InvalidArgumentError,
                "sample_rate must be > 0",
                run=True,
            ),
            Bad(
                AudioSummaryV2(),
                (TAG, SOUND, np.float32(2**32)),
                InvalidArgumentError,
                r"sample_rate must be in \(0, 2\^32\), got: 4294967296",
                run=True,
            ),
            Bad(
                AudioSummaryV2(),
                (TAG, SOUND, np.ones(2, np.float32)),
                InvalidArgumentError,
                "sample_rate must be a scalar",
                run=True,
            ),
            Bad(
                AudioSummaryV2(),
                (TAG, SOUND[:, :0], np.float32(1)),
                InvalidArgumentError,
                "audio is null",
                run=True,
            ),
            Bad(
                AudioSummaryV2(),
                (TAG, np.zeros([1, 1, 1 << 16], np.float32), np.float32(1)),
                InvalidArgumentError,
                r"num_channels must be in \(0, 2\^16\), got: 65536",
                run=True,
            ),
            Bad(
                AudioSummaryV2(),
                (text([b"t"]), SOUND, np.float32(1)),
                InvalidArgumentError,
                "Tag must be a scalar",
                run=True,
            ),
        ],
    ),
    Entry(
        TensorSummaryV2,
        [
            Sample(
                TensorSummaryV2(),
                (TAG, np.array([[1, 2]], np.int32), text(b"\x12\x01d")),
                summary(
                    Value(
                        tag="t",
                        tensor=protos.TensorProto(
                            dtype=3,
                            tensor_shape=protos.TensorShapeProto(dim=[{"size": 1}, {"size": 2}]),
                            tensor_content=b"\1\0\0\0\2\0\0\0",
                        ),
                        metadata=protos.SummaryMetadata(display_name="d"),
                    )
                ),
            ),
            Sample(
                TensorSummaryV2(),
                (TAG, text(b"word"), text(b"")),
                summary(
                    Value(
                        tag="t",
                        tensor=protos.TensorProto(
                            dtype=7,
                            tensor_shape=protos.TensorShapeProto(),
                            string_val=[b"word"],
                        ),
                        metadata=protos.SummaryMetadata(),
                    )
                ),
            ),
        ],
        [
            Bad(
                TensorSummaryV2(),
                (text([b"t"]), np.zeros(1), text(b"")),
                InvalidArgumentError,
                "tag must be scalar",
                run=True,
            ),
            Bad(
                TensorSummaryV2(),
                (TAG, np.zeros(1), text([b""])),
                InvalidArgumentError,
                "serialized_summary_metadata must be scalar",
                run=True,
            ),
            Bad(
                TensorSummaryV2(),
                (TAG, np.zeros(1), text(b"\x0a\xff")),
                InvalidArgumentError,
                "Could not parse the summary metadata",
                run=True,
            ),
        ],
    ),
    Entry(
        MergeSummary,
        [
            Sample(MergeSummary(), ([summary(ONE), summary(TWO)],), summary(ONE, TWO)),
            Sample(
                MergeSummary(),
                ([text([summary(ONE).item(), summary(TWO).item()])],),
                summary(ONE, TWO),
            ),
            Sample(MergeSummary(), ([text(b"")],), text(b"")),
        ],
        [
            Bad(
                MergeSummary(),
                ([summary(ONE), summary(ONE)],),
                InvalidArgumentError,
                "Duplicate tag a found in summary inputs",
                run=True,
            ),
            Bad(
                MergeSummary(),
                ([text(b"\x0a\xff")],),
                InvalidArgumentError,
                "Could not parse one of the summary inputs",
                run=True,
            ),
            Bad(
                None,
                (np.zeros(1),),
                TypeError,
                r"types \[float64\] that do not match expected type string",
                build=lambda array: apply(MergeSummary(), [constant(array)]),
            ),
        ],
    ),
]
