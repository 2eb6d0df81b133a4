from flowgraph.contrib.text_processors import ByteProcessor, tokenizer, VocabularyProcessor
from flowgraph.contrib.vocabularies import CategoricalVocabulary

__all__ = [
    "ByteProcessor", "CategoricalVocabulary", "VocabularyProcessor", "tokenizer",
]
