"""Texts as numbers; rows and vocabularies were recorded from TensorFlow 1.15."""

import pickle
from types import SimpleNamespace

import numpy as np
import pytest
from google.protobuf import text_format

import flowgraph as tf
from flowgraph.contrib.learn.preprocessing import (
    ByteProcessor,
    CategoricalVocabulary,
    VocabularyProcessor,
    tokenizer,
)

TEXTS = ["I'd like some tea, PLEASE 12.5 a_b naïve", "tea some more and more and more"]
WORDS = ["I'd", "like", "some", "tea", "PLEASE", "12", "5", "a_b", "naïve", "more", "and"]


def rows(found):
    return [row.tolist() for row in found]


def test_words_are_numbered_as_they_are_met():
    processor = VocabularyProcessor(5)
    found = list(processor.fit_transform(TEXTS))
    assert rows(found) == [[1, 2, 3, 4, 5], [4, 3, 10, 11, 10]]
    assert {row.dtype for row in found} == {np.dtype(np.int64)}
    assert [processor.vocabulary_.get(word) for word in WORDS] == list(range(1, 12))
    assert len(processor.vocabulary_) == 12
    assert rows(processor.transform(["more tea, vicar"])) == [[10, 4, 0, 0, 0]]


def test_rare_words_are_unknown():
    processor = VocabularyProcessor(6, min_frequency=1)
    texts = ["a b a c c a", "b d"]
    found = rows(processor.fit_transform(texts))
    assert found == [[1, 2, 1, 3, 3, 1], [2, 0, 0, 0, 0, 0]]
    assert list(processor.reverse(found)) == ["a b a c c a", "b <UNK> <UNK> <UNK> <UNK> <UNK>"]


def test_capitals_and_camel_case():
    assert list(tokenizer(["aTEST ofCamelCase", ""])) == [["aTEST", "ofCamelCase"], []]
    found = ["HTTP", "Server", "Camel", "Case", "IT"]
    assert list(tokenizer(["HTTPServer CamelCase IT"])) == [found]


def test_a_tokenizer_of_the_program():
    processor = VocabularyProcessor(2, tokenizer_fn=lambda texts: [list(text) for text in texts])
    assert rows(processor.fit_transform(["aab", "b"])) == [[1, 1], [2, 0]]


def test_frequent_words_can_be_unknown_too():
    vocabulary = CategoricalVocabulary("?")
    for word, count in [("a", 5), ("b", 2), ("c", 3), ("d", 1)]:
        vocabulary.add(word, count)
    vocabulary.add("b")
    vocabulary.trim(1, max_frequency=5)
    vocabulary.freeze()
    assert [vocabulary.get(word) for word in "abcd"] == [0, 1, 2, 0]
    vocabulary.freeze(False)
    assert [vocabulary.get(word) for word in "ab?"] == [3, 1, 0]


def test_a_vocabulary_that_does_not_go_back():
    with pytest.raises(ValueError, match="wasn't initialized with support_reverse"):
        CategoricalVocabulary(support_reverse=False).reverse(0)


def test_a_vocabulary_that_is_given():
    vocabulary = CategoricalVocabulary()
    vocabulary.get("x")
    assert rows(VocabularyProcessor(2, vocabulary=vocabulary).fit_transform(["y x"])) == [[2, 1]]


def test_a_processor_is_saved(tmp_path):
    processor = VocabularyProcessor(7, min_frequency=1).fit(TEXTS)
    processor.save(tmp_path / "vocabulary")
    restored = VocabularyProcessor.restore(str(tmp_path / "vocabulary"))
    assert rows(restored.transform(TEXTS)) == rows(processor.transform(TEXTS))
    assert (restored.max_document_length, restored.min_frequency) == (7, 1)
    assert len(restored.vocabulary_) == len(processor.vocabulary_)
    assert rows(restored.fit_transform(TEXTS)) == rows(processor.fit_transform(TEXTS))


def test_no_code_is_saved(tmp_path):
    with pytest.raises(NotImplementedError, match=r"VocabularyProcessor\.save with a tokenizer_fn"):
        VocabularyProcessor(2, tokenizer_fn=list).save(tmp_path / "vocabulary")


def test_pickles_are_not_read(tmp_path):
    path = tmp_path / "vocabulary"
    path.write_bytes(pickle.dumps({}))
    with pytest.raises(ValueError, match="the pickles that TensorFlow writes are not read"):
        VocabularyProcessor.restore(path)


def test_bytes():
    processor = ByteProcessor(6)
    assert processor.fit(["x"]) is None
    found = list(processor.fit_transform(["héllo", "abcdefgh", b"\xff"]))
    assert rows(found)[:2] == [[104, 195, 169, 108, 108, 111], [97, 98, 99, 100, 101, 102]]
    assert list(processor.reverse(found)) == ["héllo", "abcdef", ""]


# -- the projector of embeddings -------------------------------------------------------------


def test_the_projector_finds_its_settings(tmp_path):
    projector = tf.contrib.tensorboard.plugins.projector
    config = projector.ProjectorConfig()
    embedding = config.embeddings.add()
    embedding.tensor_name = "words"
    embedding.metadata_path = "words.tsv"
    embedding.sprite.image_path = "words.png"
    embedding.sprite.single_image_dim.extend([28, 28])
    writer = tf.summary.FileWriter(str(tmp_path))
    projector.visualize_embeddings(writer, config)
    writer.close()
    text = (tmp_path / "projector_config.pbtxt").read_text()
    assert text == (
        'embeddings {\n  tensor_name: "words"\n  metadata_path: "words.tsv"\n  sprite {\n'
        '    image_path: "words.png"\n    single_image_dim: 28\n    single_image_dim: 28\n  }\n}\n'
    )
    assert text_format.Parse(text, projector.ProjectorConfig()) == config


def test_a_writer_without_a_directory():
    projector = tf.contrib.tensorboard.plugins.projector
    with pytest.raises(ValueError, match="Summary writer must have a logdir"):
        projector.visualize_embeddings(
            SimpleNamespace(get_logdir=lambda: None), projector.ProjectorConfig()
        )
