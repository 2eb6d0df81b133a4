"""The `tf.contrib.learn.preprocessing` namespace."""

# ruff: noqa: I001 - packed: the names are a table to be read at a glance
# fmt: off

from flowgraph.contrib.text_processors import ByteProcessor, tokenizer, VocabularyProcessor
from flowgraph.contrib.vocabularies import CategoricalVocabulary

__all__ = [
    "ByteProcessor", "CategoricalVocabulary", "VocabularyProcessor", "tokenizer",
]
