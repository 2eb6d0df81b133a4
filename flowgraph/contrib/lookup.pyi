from flowgraph.contrib.index_lookup import (
    index_to_string, string_to_index, string_to_index_table_from_file,
    string_to_index_table_from_tensor,
)
from flowgraph.lookup.index_tables import (
    index_table_from_file, index_table_from_tensor, index_to_string_table_from_file,
    index_to_string_table_from_tensor,
)
from flowgraph.lookup.initializers import (
    KeyValueTensorInitializer, TableInitializerBase, TextFileIdTableInitializer, TextFileIndex,
    TextFileInitializer, TextFileStringTableInitializer,
)
from flowgraph.lookup.mutable import DenseHashTable as MutableDenseHashTable, MutableHashTable
from flowgraph.lookup.tables import HashTable, InitializableLookupTableBase, LookupInterface
from flowgraph.lookup.vocabulary import (
    FastHashSpec, HasherSpec, IdTableWithHashBuckets, StrongHashSpec,
)

__all__ = [
    "FastHashSpec", "HashTable", "HasherSpec", "IdTableWithHashBuckets",
    "InitializableLookupTableBase", "KeyValueTensorInitializer", "LookupInterface",
    "MutableDenseHashTable", "MutableHashTable", "StrongHashSpec", "TableInitializerBase",
    "TextFileIdTableInitializer", "TextFileIndex", "TextFileInitializer",
    "TextFileStringTableInitializer", "index_table_from_file", "index_table_from_tensor",
    "index_to_string", "index_to_string_table_from_file", "index_to_string_table_from_tensor",
    "string_to_index", "string_to_index_table_from_file", "string_to_index_table_from_tensor",
]
