"""Every public name is TensorFlow 1.15's, or is named here with the reason for having it."""

from types import ModuleType
from typing import Any

import pytest

import flowgraph as tf
from tests.api.test_signatures import SIGNATURES, look_up

OURS = {
    "tf.debugprint": "what a tensor is computed from, as a tree",
    "tf.show": "draws a graph, or what some fetches need",
    "tf.Drawing": "what tf.show returns: a picture that a notebook shows",
    "tf.datasets": "sample data that comes with the package",
    "tf.session": "lower-case alias of Session",
    "tf.install": "gives flowgraph's modules under TensorFlow's names",
    "tf.load_ipython_extension": "called by %load_ext flowgraph",
    "tf.unload_ipython_extension": "called by %unload_ext flowgraph",
    "tf.flags.FLAGS": "reading its attributes parses the command line, so it is not looked into",
    "tf.app.flags.FLAGS": "as tf.flags.FLAGS",
    "tf.IndexedSlicesValue": "what a run returns for IndexedSlices; 1.15 has it in its internals",
    "tf.nn.prelu": "1.15 has it in Keras only",
    "tf.nn.randomized_relu": "of Xu et al. (2015), which 1.15 lacks",
    "tf.approximate_equal": "1.15 gives the op as tf.raw_ops.ApproximateEqual",
    "tf.math.approximate_equal": "as tf.approximate_equal",
    "tf.errors.OperatorNotAllowedInGraphError": "1.15 raises it without exporting it",
    **{
        f"tf.debugging.{kind}Warning": "a warning of flowgraph's own about a program"
        for kind in (
            *("Broadcast", "Caution", "GrowingGraph", "LostFraction", "NonFinite", "SoftmaxTwice"),
        )
    },
    **{
        f"tf.dtypes.{name}": "reference dtypes, which 1.15 keeps in tensorflow.python"
        for name in vars(tf.dtypes)
        if name.endswith("_ref")
    },
}


def shared_namespaces() -> list[str]:
    """The modules of flowgraph that are namespaces of TensorFlow's too."""
    prefixes = {name.rpartition(".")[0] for name in SIGNATURES}
    return sorted(name for name in prefixes if isinstance(look_up(name), ModuleType))


def public_names(namespace: str) -> dict[str, Any]:
    """What a namespace holds, without submodules and what it imports from other packages.

    Submodules become attributes whether or not they are meant to be seen.
    """
    module = look_up(namespace)
    return {
        name: value
        for name, value in ((name, getattr(module, name)) for name in dir(module))
        if not (name.startswith("_") or isinstance(value, ModuleType) or is_imported(value))
    }


def is_imported(value: Any) -> bool:
    """Whether another package defines `value`, which dtypes.py and errors.py use in annotations."""
    module = getattr(value, "__module__", None)
    return module is not None and not module.startswith("flowgraph")


def test_namespaces_are_found() -> None:
    assert {"tf", "tf.nn", "tf.math", "tf.train", "tf.dtypes"} <= set(shared_namespaces())


@pytest.mark.parametrize("namespace", shared_namespaces())
def test_public_names_are_accounted_for(namespace: str) -> None:
    names = {f"{namespace}.{name}" for name in public_names(namespace)}
    assert names - set(SIGNATURES) - set(OURS) == set()


@pytest.mark.parametrize("name", OURS)
def test_name_of_ours_exists(name: str) -> None:
    look_up(name)
    assert name not in SIGNATURES
