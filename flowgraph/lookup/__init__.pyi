from flowgraph.lookup import experimental
from flowgraph.lookup.initializers import (
    KeyValueTensorInitializer, TextFileIndex, TextFileInitializer,
)
from flowgraph.lookup.tables import StaticHashTable
from flowgraph.lookup.vocabulary import StaticVocabularyTable

__all__ = [
    "KeyValueTensorInitializer", "StaticHashTable", "StaticVocabularyTable", "TextFileIndex",
    "TextFileInitializer", "experimental",
]
