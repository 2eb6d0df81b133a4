"""Ops that write what TensorBoard shows: Summary messages, as strings."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator
from dataclasses import field
from typing import Any

import numpy as np

from flowgraph import protos
from flowgraph.dtypes import Array, as_dtype, float16, float32, float64, uint8
from flowgraph.errors import InvalidArgumentError
from flowgraph.formats.png import encode_png
from flowgraph.graph.op import Kernel, Op, Resources, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature, Types
from flowgraph.ops.histogram import histogram
from flowgraph.ops.types import REALS
from flowgraph.shapes import TensorShape

_PIXELS = Types((uint8, float32, float16, float64), default=float32)


class Summary(Op, abstract=True):
    """An op whose result is one serialised Summary message."""

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (TensorShape.of(()),)

    gradient = Op.not_differentiable

    def _check_at_least_one(self, name: str) -> None:
        count = getattr(self, name)
        if count < 1:
            raise ValueError(
                f"Attr '{name}' of '{self.type}' Op passed {count} less than minimum 1."
            )


class ScalarSummary(Summary):
    """Numbers, each with its tag."""

    signature = Signature("tags: string, values: T -> summary: string", T=REALS)
    host_inputs = (0, 1)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        tags = np.asarray(inputs[0], dtype=object)
        values = np.asarray(inputs[1])
        if tags.shape != values.shape:
            one = f" (tag '{_text(tags.item())}')" if tags.size == 1 else ""
            raise _invalid(
                f"tags and values not the same shape: {_shape(tags)} != {_shape(values)}{one}"
            )
        message = protos.Summary()
        numbers = values.astype(np.float32).reshape(-1).tolist()
        for tag, number in zip(tags.reshape(-1).tolist(), numbers, strict=True):
            message.value.add(tag=_text(tag), simple_value=number)
        return _serialised(message)


class HistogramSummary(Summary):
    """How often values lie in each of a fixed row of buckets."""

    signature = Signature(
        "tag: string, values: T -> summary: string", T=Types(REALS.allowed, default=float32)
    )
    host_inputs = (0, 1)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return self._computed(self.type, *inputs)

    def bind(self, operation: Operation, xp: Any, resources: Resources) -> Kernel:
        return lambda *inputs: self._computed(operation.name, *inputs)

    def _computed(self, name: str, *inputs: Array) -> Array:
        tag = _tag(inputs[0], "tags must be scalar")
        values = np.asarray(inputs[1]).astype(np.float64)
        if not np.isfinite(values).all():
            what = "Nan" if np.isnan(values[~np.isfinite(values)][0]) else "Infinity"
            raise _invalid(f"{what} in summary histogram for: {name}")
        message = protos.Summary()
        message.value.add(tag=tag, histo=histogram(values))
        return _serialised(message)


class ImageSummary(Summary):
    """Images, as PNG files."""

    signature = Signature("tag: string, tensor: T -> summary: string", T=_PIXELS)
    host_inputs = (0, 1)

    max_images: int = 3
    bad_color: Array = field(default_factory=lambda: np.array([255, 0, 0, 255], np.uint8))

    def __post_init__(self) -> None:
        self._check_at_least_one("max_images")

    def compute(self, xp: Any, *inputs: Array) -> Array:
        tag = _tag(inputs[0], "Tags must be a scalar")
        images = np.asarray(inputs[1])
        if images.ndim != 4 or images.shape[-1] not in (1, 3, 4):
            raise _invalid(f"Tensor must be 4-D with last dim 1, 3, or 4, not {_shape(images)}")
        if len(images) and not images.size:
            raise _invalid(f"input tensor must have non-zero dims. Found: {_shape(images)}.")
        if images.dtype != np.uint8:
            color = self._color(images.shape[-1])
        message = protos.Summary()
        for name, pixels in _numbered(f"{tag}/image", images, self.max_images):
            if pixels.dtype != np.uint8:
                pixels = _pixels(pixels, color)
            height, width, channels = pixels.shape
            image = message.value.add(tag=name).image
            image.height, image.width, image.colorspace = height, width, channels
            image.encoded_image_string = encode_png(pixels)
        return _serialised(message)

    def _color(self, channels: int) -> Array:
        color = self.bad_color
        if color.dtype != np.uint8:
            kind = {"float32": "float", "float64": "double"}.get(color.dtype.name, color.dtype.name)
            raise _invalid(f"bad_color must be uint8, got {kind}")
        if color.ndim != 1:
            raise _invalid(f"bad_color must be a vector, got shape {_shape(color)}")
        if color.size < channels:
            raise _invalid(
                f"expected depth <= bad_color.size, got depth = {channels}, "
                f"bad_color.size = {color.size}"
            )
        return color[:channels]


class AudioSummaryV2(Summary):
    """Sounds, as WAV files of 16 bits."""

    signature = Signature("tag: string, tensor: float32, sample_rate: float32 -> summary: string")
    host_inputs = (0, 1, 2)

    max_outputs: int = 3

    def __post_init__(self) -> None:
        self._check_at_least_one("max_outputs")

    def compute(self, xp: Any, *inputs: Array) -> Array:
        tag = _tag(inputs[0], "Tag must be a scalar")
        sounds, rates = np.asarray(inputs[1]), np.asarray(inputs[2])
        if sounds.ndim not in (2, 3):
            raise _invalid(f"Tensor must be 3-D or 2-D, got: {_shape(sounds)}")
        if rates.size != 1:
            raise _invalid(f"sample_rate must be a scalar, not of shape {_shape(rates)}")
        rate = float(rates.item())
        if not rate > 0:
            raise _invalid("sample_rate must be > 0")
        if rate >= 1 << 32:
            raise _invalid(f"sample_rate must be in (0, 2^32), got: {rate:.0f}")
        message = protos.Summary()
        for name, sound in _numbered(f"{tag}/audio", sounds, self.max_outputs):
            if not sound.size:
                raise _invalid("audio is null")
            frames = sound.reshape(sound.shape[0], -1)
            if frames.shape[1] >= 1 << 16:
                raise _invalid(f"num_channels must be in (0, 2^16), got: {frames.shape[1]}")
            audio = message.value.add(tag=name).audio
            audio.sample_rate = rate
            audio.length_frames, audio.num_channels = frames.shape
            audio.encoded_audio_string = _wav(frames, rate)
            audio.content_type = "audio/wav"
        return _serialised(message)


class TensorSummaryV2(Summary):
    """A whole tensor, with a message that says which plugin of TensorBoard shows it."""

    signature = Signature(
        "tag: string, tensor: T, serialized_summary_metadata: string -> summary: string"
    )
    host_inputs = (0, 1, 2)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        message = protos.Summary()
        value = message.value.add(tag=_tag(inputs[0], "tag must be scalar"))
        metadata = np.asarray(inputs[2], dtype=object)
        if metadata.ndim:
            raise _invalid("serialized_summary_metadata must be scalar")
        value.metadata.SetInParent()
        _parse(value.metadata, metadata.item(), "Could not parse the summary metadata")
        _set_tensor(value.tensor, inputs[1])
        return _serialised(message)


class MergeSummary(Summary):
    """The values of several summaries in one."""

    signature = Signature("inputs: N*string -> summary: string")
    host_inputs = (0,)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        if not inputs:
            raise ValueError(
                "List argument 'inputs' to 'MergeSummary' Op with length 0 shorter than minimum "
                "length 1."
            )
        return super().infer(*inputs)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        merged = protos.Summary()
        tags = set()
        for entries in inputs:
            for entry in np.asarray(entries, dtype=object).reshape(-1):
                part = protos.Summary()
                _parse(part, entry, "Could not parse one of the summary inputs")
                for value in part.value:
                    if value.tag and value.tag in tags:
                        raise _invalid(f"Duplicate tag {value.tag} found in summary inputs")
                    tags.add(value.tag)
                merged.MergeFrom(part)
        return _serialised(merged)


def _invalid(message: str) -> InvalidArgumentError:
    return InvalidArgumentError(None, None, message)


def _text(value: bytes | str) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "replace")


def _shape(array: Array) -> str:
    return str(list(array.shape)).replace(" ", "")


def _tag(value: Any, message: str) -> str:
    array = np.asarray(value, dtype=object)
    if array.ndim:
        raise _invalid(message)
    return _text(array.item())


def _serialised(message: Any) -> Array:
    return np.array(message.SerializeToString(), dtype=object)


def _parse(message: Any, data: bytes, failure: str) -> None:
    from google.protobuf.message import DecodeError

    try:
        message.ParseFromString(data)
    except DecodeError as error:
        raise _invalid(failure) from error


def _numbered(tag: str, batch: Array, most: int) -> Iterator[tuple[str, Array]]:
    """Yield the first of a batch, numbered if there could be more than one."""
    for index, item in enumerate(batch[:most]):
        yield (f"{tag}/{index}" if most > 1 else tag), item


def _pixels(image: Array, color: Array) -> Array:
    """Return a floating-point image as bytes.

    0 stays 0 and the largest value becomes 255; if there are negative ones, 0 becomes 128 and
    the value farthest from it 1 or 255. A pixel that is not finite gets `color`.
    """
    finite = np.isfinite(image).all(axis=-1)
    good = image[finite]
    narrow = good.astype(np.float32)
    low, high = narrow.min(initial=0), narrow.max(initial=0)
    farthest = max(-low, high)
    span, offset = (127, 128) if low < 0 else (255, 0)
    scale = image.dtype.type(0 if farthest < np.float32(1e-6) else np.float32(span) / farthest)
    result = np.empty(image.shape, np.uint8)
    result[finite] = (good * scale + image.dtype.type(offset)).astype(np.uint8)
    result[~finite] = color
    return result


def _wav(frames: Array, rate: float) -> bytes:
    """Return samples between -1 and 1, of shape (length, channels), as a WAV file."""
    scaled = np.nan_to_num(frames * np.float32(1 << 15), nan=0, posinf=np.inf, neginf=-np.inf)
    away = np.copysign(np.floor(np.abs(scaled) + np.float32(0.5)), scaled)  # ties leave zero
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((frames.shape[1], 2, max(round(rate), 1), len(frames), "NONE", ""))
        sound.writeframes(np.clip(away, -(1 << 15), (1 << 15) - 1).astype("<i2").tobytes())
    return file.getvalue()


def _set_tensor(message: Any, value: Any) -> None:
    """Write an array to a TensorProto, as its bytes unless they are strings."""
    array = np.asarray(value) if not isinstance(value, bytes) else np.array(value, dtype=object)
    message.dtype = as_dtype(array.dtype).as_datatype_enum
    message.tensor_shape.SetInParent()
    for size in array.shape:
        message.tensor_shape.dim.add(size=size)
    if array.dtype == object:
        message.string_val.extend(array.reshape(-1).tolist())
    else:
        message.tensor_content = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
