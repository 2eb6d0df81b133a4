from flowgraph.compat.dimension_access import dimension_at_index, dimension_value
from flowgraph.compat.text import (
    as_bytes, as_str, as_str_any, as_text, bytes_or_text_types, complex_types, integral_types,
    path_to_str, real_types,
)

__all__ = [
    "as_bytes", "as_str", "as_str_any", "as_text", "bytes_or_text_types", "complex_types",
    "dimension_at_index", "dimension_value", "integral_types", "path_to_str", "real_types",
]
