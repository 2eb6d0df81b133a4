"""Whole pipelines beside what TensorFlow 1.15.5 made of them: elements, errors, shapes, nodes."""

import re
from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf
from tests.unit.data.pipelines import PIPELINES, write_files
from tests.unit.data.recorded import RECORDED

NODES = dict(
    line.split(": ", 1)
    for line in (Path(__file__).parent / "recorded_nodes.txt").read_text().splitlines()
)


def plain(value):
    """Return a fetched element in lists and tuples."""
    if isinstance(value, dict):
        return {key: plain(value[key]) for key in sorted(value)}
    if hasattr(value, "dense_shape"):
        return ("sparse", *[plain(part) for part in value])
    if isinstance(value, tuple):
        return tuple(plain(item) for item in value)
    return value if isinstance(value, bytes) else np.asarray(value).tolist()


def drawn(session, element, most=60):
    """Return elements up to an error, and its class and first line."""
    values = []
    try:
        while len(values) < most:
            values.append(plain(session.run(element)))
    except tf.errors.OutOfRangeError:
        return values, None
    except tf.errors.OpError as error:
        return values, (type(error).__name__, str(error).splitlines()[0])
    return values, None


@pytest.fixture
def directory(tmp_path, monkeypatch):
    write_files(tmp_path)
    monkeypatch.chdir(tmp_path)
    return str(tmp_path)


@pytest.mark.parametrize("name", PIPELINES)
def test_pipeline(name, directory, capfd):
    with tf.Graph().as_default() as graph:
        dataset = PIPELINES[name](tf, directory)
        iterator = dataset.make_initializable_iterator()
        element = iterator.get_next()
        with tf.Session() as session:
            try:
                session.run(iterator.initializer)
            except tf.errors.OpError as error:
                found = [], (type(error).__name__, str(error).splitlines()[0])
            else:
                found = drawn(session, element)
    elements, error, shapes = RECORDED[name]
    assert found[0] == elements
    assert found[1] == error
    assert str(dataset.output_shapes) == shapes
    assert names_of(graph) == NODES[name]


def names_of(graph):
    """Return names of operations, and their types where the names do not say them."""
    words = []
    for operation in graph.get_operations():
        base = re.sub(r"_\d+$", "", operation.name.rsplit("/", 1)[-1])
        is_said = base == operation.type
        words.append(operation.name if is_said else f"{operation.name}={operation.type}")
    return " ".join(words)


SEEDED = [name for name, (_, error, _) in RECORDED.items() if error is None]


@pytest.mark.parametrize("name", SEEDED)
def test_a_pipeline_that_starts_again_gives_the_same(name, directory, capfd):
    with tf.Graph().as_default():
        dataset = PIPELINES[name](tf, directory)
        iterator = dataset.make_initializable_iterator()
        element = iterator.get_next()
        with tf.Session() as session:
            for _ in range(2):
                session.run(iterator.initializer)
                assert drawn(session, element)[0] == RECORDED[name][0]


@pytest.mark.parametrize("name", SEEDED)
def test_a_pipeline_gives_the_same_through_a_thread(name, directory, capfd):
    with tf.Graph().as_default():
        iterator = PIPELINES[name](tf, directory).prefetch(2).make_initializable_iterator()
        element = iterator.get_next()
        with tf.Session() as session:
            session.run(iterator.initializer)
            assert drawn(session, element)[0] == RECORDED[name][0]
