"""Texts to rows of numbers: of their words, or of their bytes."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from flowgraph.contrib.vocabularies import CategoricalVocabulary
from flowgraph.dtypes import Array
from flowgraph.formats.replace import write

_ACRONYM = r"[A-Z]{2,}(?![a-z])"
_PART_OF_CAMEL_CASE = r"[A-Z][a-z]+(?=[A-Z])"
_WORD = r"[\'\w\-]+"
_TOKEN = re.compile(f"{_ACRONYM}|{_PART_OF_CAMEL_CASE}|{_WORD}")

_FORMAT = "flowgraph vocabulary processor 1"


def tokenizer(iterator: Iterable[str]) -> Iterator[list[str]]:
    """Yield the words of each text; runs of capitals and parts of CamelCase are words too.

    Examples
    --------
    >>> from flowgraph.contrib.learn.preprocessing import tokenizer
    >>> list(tokenizer(["I'd like some tea."]))
    [["I'd", 'like', 'some', 'tea']]
    """
    for text in iterator:
        yield _TOKEN.findall(text)


class VocabularyProcessor:
    """Maps each text to a row of its words' numbers.

    Parameters
    ----------
    max_document_length : int
        The length of a row. Longer texts are cut, shorter ones filled up with 0.
    min_frequency : int
        Words that `fit` meets this often or less are unknown, which is 0.
    vocabulary : CategoricalVocabulary, optional
        What numbers the words; a new one if left out.
    tokenizer_fn : callable, optional
        Takes texts and yields the words of each; `tokenizer` if left out.

    Attributes
    ----------
    vocabulary_ : CategoricalVocabulary

    Examples
    --------
    >>> from flowgraph.contrib.learn.preprocessing import VocabularyProcessor
    >>> processor = VocabularyProcessor(max_document_length=4)
    >>> np.array(list(processor.fit_transform(["to be or not to be", "be"])))
    array([[1, 2, 3, 4],
           [2, 0, 0, 0]])
    >>> list(processor.reverse([[2, 0]]))
    ['be <UNK>']
    """

    def __init__(
        self,
        max_document_length: int,
        min_frequency: int = 0,
        vocabulary: CategoricalVocabulary | None = None,
        tokenizer_fn: Callable[[Iterable[str]], Iterable[Any]] | None = None,
    ) -> None:
        self.max_document_length = max_document_length
        self.min_frequency = min_frequency
        self.vocabulary_ = vocabulary or CategoricalVocabulary()
        self._tokenizer = tokenizer_fn or tokenizer

    def fit(self, raw_documents: Iterable[str], unused_y: object = None) -> VocabularyProcessor:
        """Number the words of texts, and freeze the vocabulary.

        Parameters
        ----------
        raw_documents : iterable of str
        unused_y : object
            Not looked at: estimators pass labels.
        """
        for tokens in self._tokenizer(raw_documents):
            for token in tokens:
                self.vocabulary_.add(token)
        if self.min_frequency > 0:
            self.vocabulary_.trim(self.min_frequency)
        self.vocabulary_.freeze()
        return self

    def fit_transform(
        self, raw_documents: Iterable[str], unused_y: object = None
    ) -> Iterator[Array]:
        """`fit`, and then `transform`, the same texts."""
        return self.fit(raw_documents, unused_y).transform(raw_documents)

    def transform(self, raw_documents: Iterable[str]) -> Iterator[Array]:
        """Yield a row of int64 for each text."""
        for tokens in self._tokenizer(raw_documents):
            row = np.zeros(self.max_document_length, np.int64)
            numbers = [self.vocabulary_.get(token) for token in tokens[: len(row)]]
            row[: len(numbers)] = numbers
            yield row

    def reverse(self, documents: Iterable[Iterable[int]]) -> Iterator[str]:
        """Yield the words of each row, with blanks between them."""
        for row in documents:
            yield " ".join(self.vocabulary_.reverse(number) for number in row)

    def save(self, filename: str | os.PathLike[str]) -> None:
        """Write the processor to a file, which `restore` reads.

        Raises
        ------
        NotImplementedError
            If it has a tokenizer of its own: no code is written.

        Notes
        -----
        The file is JSON; TensorFlow's is a pickle.
        """
        if self._tokenizer is not tokenizer:
            raise NotImplementedError("VocabularyProcessor.save with a tokenizer_fn")
        content = {
            "format": _FORMAT,
            "max_document_length": self.max_document_length,
            "min_frequency": self.min_frequency,
            "vocabulary": self.vocabulary_.as_json(),
        }
        write(os.fspath(filename), json.dumps(content).encode())

    @classmethod
    def restore(cls, filename: str | os.PathLike[str]) -> VocabularyProcessor:
        """Return the processor that `save` wrote to a file.

        Raises
        ------
        OSError
            If there is no such file.
        ValueError
            If it holds something else. Pickles, which TensorFlow writes, are not read, since
            they can run any code.
        """
        with open(filename, "rb") as file:
            data = file.read()
        if not data.startswith(json.dumps({"format": _FORMAT}).encode()[:-1]):
            raise ValueError(
                f"{os.fspath(filename)} was not written by VocabularyProcessor.save of flowgraph; "
                "the pickles that TensorFlow writes are not read"
            )
        content = json.loads(data)
        vocabulary = CategoricalVocabulary.from_json(content["vocabulary"])
        return cls(content["max_document_length"], content["min_frequency"], vocabulary)


class ByteProcessor:
    """Maps each text to a row of its bytes in UTF-8.

    Parameters
    ----------
    max_document_length : int
        The length of a row. Longer texts are cut, shorter ones filled up with 0.

    Examples
    --------
    >>> from flowgraph.contrib.learn.preprocessing import ByteProcessor
    >>> list(ByteProcessor(4).transform(["né"]))
    [array([110, 195, 169,   0], dtype=uint8)]
    """

    def __init__(self, max_document_length: int) -> None:
        self.max_document_length = max_document_length

    def fit(self, x: Iterable[str | bytes]) -> None:
        """Do nothing: bytes are numbers."""

    def fit_transform(self, x: Iterable[str | bytes]) -> Iterator[Array]:
        """As `transform`."""
        return self.transform(x)

    def transform(self, x: Iterable[str | bytes]) -> Iterator[Array]:
        """Yield a row of uint8 for each text."""
        for text in x:
            data = text.encode() if isinstance(text, str) else text
            row = np.zeros(self.max_document_length, np.uint8)
            kept = np.frombuffer(data[: len(row)], np.uint8)
            row[: len(kept)] = kept
            yield row

    def reverse(self, x: Iterable[Array]) -> Iterator[str]:
        """Yield the text of each row; an empty one where the bytes are no UTF-8."""
        for row in x:
            data = np.trim_zeros(row.astype(np.uint8), trim="b").tobytes()
            try:
                yield data.decode()
            except UnicodeDecodeError:
                yield ""
