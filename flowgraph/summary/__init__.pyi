from flowgraph.protos import Event, SessionLog, Summary, SummaryDescription, TaggedRunMetadata
from flowgraph.summary.merging import merge, merge_all
from flowgraph.summary.recording import (
    audio, get_summary_description, histogram, image, scalar, tensor_summary, text,
)
from flowgraph.summary.writer import FileWriter, FileWriterCache

__all__ = [
    "Event", "FileWriter", "FileWriterCache", "SessionLog", "Summary", "SummaryDescription",
    "TaggedRunMetadata", "audio", "get_summary_description", "histogram", "image", "merge",
    "merge_all", "scalar", "tensor_summary", "text",
]
