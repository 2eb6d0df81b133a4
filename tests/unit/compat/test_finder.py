"""The modules that go by TensorFlow's names."""

import importlib
import sys
from types import ModuleType

import pytest

import flowgraph
from flowgraph.compat import finder
from flowgraph.compat.aliases import MODULES, NAMESPACES
from flowgraph.compat.unsupported import NOT_YET, OLD_NAMES, REASONS, explain


@pytest.fixture
def tensorflow():
    with finder.installed():
        yield importlib.import_module("tensorflow")


def test_nothing_is_there_before_and_after():
    with finder.installed():
        assert importlib.import_module("tensorflow.nn").relu is flowgraph.nn.relu
    assert not any(name.split(".")[0] == "tensorflow" for name in sys.modules)
    assert not any(isinstance(entry, finder.Finder) for entry in sys.meta_path)


def test_tensorflow_itself_is_not_replaced(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", ModuleType("tensorflow"))
    with pytest.raises(RuntimeError, match="TensorFlow itself has been imported"):
        flowgraph.install()


def test_installing_twice_is_installing_once(tensorflow):
    before = list(sys.meta_path)
    flowgraph.install()
    assert sys.meta_path == before and importlib.import_module("tensorflow") is tensorflow


def test_the_root_has_the_public_names(tensorflow):
    names = set(dir(tensorflow))
    assert {"Session", "matmul", "nn", "train", "float32"} <= names
    assert names & {"ops", "graph", "runtime", "install_", "shapes"} == set()
    assert all(hasattr(tensorflow, name) for name in flowgraph.__all__ if name in names)


def test_internal_modules_are_not_to_be_seen(tensorflow):
    for name in ("ops", "graph", "runtime", "autodiff", "_core"):
        assert not hasattr(tensorflow, name)
    assert not hasattr(tensorflow.compat, "finder")


def test_version_1_is_the_same_module(tensorflow):
    assert importlib.import_module("tensorflow.compat.v1") is tensorflow
    assert tensorflow.compat.v1.nn is tensorflow.nn
    assert importlib.import_module("tensorflow.compat.v1.nn") is tensorflow.nn
    assert not hasattr(tensorflow.compat, "v2")


def test_everything_can_be_imported(tensorflow):
    scope = {}
    exec("from tensorflow import *\nfrom tensorflow.python.ops.math_ops import *", scope)
    assert scope["Session"] is flowgraph.Session and scope["matmul"] is flowgraph.matmul


def test_other_modules_are_left_alone(tensorflow):
    assert finder.Finder().find_spec("tensorflows") is None
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("tensorflows")


@pytest.mark.parametrize("name", sorted(MODULES))
def test_a_target_exists_or_the_module_is_missing(tensorflow, name):
    full = f"tensorflow.{name}"
    if any(map(finder._exists, MODULES[name])):
        assert importlib.import_module(full).__name__ == full
    else:
        with pytest.raises(ImportError, match="is not supported by flowgraph"):
            importlib.import_module(full)


def test_the_words_for_what_is_missing():
    assert explain("tensorflow.compat.v1.neg").endswith("write tf.negative")
    assert explain("tensorflow.contrib.tpu.x").endswith("there are no TPUs")
    assert explain("tensorflow.contrib.factorization.x").endswith("yet: only KMeans is")
    assert explain("tensorflow.foo.bar") == "tf.foo.bar is not supported by flowgraph"


@pytest.mark.parametrize("name", sorted(OLD_NAMES))
def test_old_names_are_not_there(tensorflow, name):
    *namespaces, last = name.split(".")
    module = tensorflow
    for part in namespaces:
        if not hasattr(module, part):
            return
        module = getattr(module, part)
    assert not hasattr(module, last)


def test_what_is_missing_is_no_namespace():
    assert (NOT_YET.keys() | REASONS.keys()) & NAMESPACES == set()
    assert NOT_YET.keys() & REASONS.keys() == set()


def test_the_timeline_is_where_programs_look_for_it(tensorflow):
    scope = {}
    exec("from flowgraph.python.client import timeline", scope)
    theirs = importlib.import_module("tensorflow.python.client.timeline")
    assert scope["timeline"].Timeline is theirs.Timeline
    assert "python" not in dir(flowgraph)
    with pytest.raises(ModuleNotFoundError, match=r"flowgraph\.python\.ops"):
        importlib.import_module("flowgraph.python.ops")
