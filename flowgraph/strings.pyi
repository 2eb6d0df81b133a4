from flowgraph.ops.printing import string_format as format
from flowgraph.ops.string import (
    string_join as join, string_length as length, string_lower as lower, string_strip as strip,
    string_upper as upper, substr,
)
from flowgraph.ops.string_hash import (
    string_to_hash_bucket as to_hash_bucket, string_to_hash_bucket_fast as to_hash_bucket_fast,
    string_to_hash_bucket_strong as to_hash_bucket_strong,
)
from flowgraph.ops.string_number import as_string, string_to_number as to_number
from flowgraph.ops.string_reduce import reduce_join, unsorted_segment_join
from flowgraph.ops.string_regex import regex_full_match, regex_replace
from flowgraph.ops.string_split import strings_split as split
from flowgraph.ops.string_unicode import unicode_transcode

__all__ = [
    "as_string", "format", "join", "length", "lower", "reduce_join", "regex_full_match",
    "regex_replace", "split", "strip", "substr", "to_hash_bucket", "to_hash_bucket_fast",
    "to_hash_bucket_strong", "to_number", "unicode_transcode", "unsorted_segment_join", "upper",
]
