"""Namespaces load what their stubs import, when it is asked for."""

import ast
import importlib
import pickle
import sys
from pathlib import Path

import pytest

import flowgraph as tf
from flowgraph.compat.unsupported import UnsupportedNameError
from flowgraph.namespaces import lazy

PACKAGE = Path(tf.__file__).parent


def module_name(stub):
    return ".".join(stub.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(
        ".__init__"
    )


STUBS = {module_name(path): path for path in sorted(PACKAGE.rglob("*.pyi"))}


@pytest.mark.parametrize("namespace", STUBS)
def test_a_namespace_has_what_its_stub_lists(namespace):
    *_, listing = ast.parse(STUBS[namespace].read_text()).body
    module = importlib.import_module(namespace)
    assert sorted(module.__all__) == sorted(ast.literal_eval(listing.value)) == sorted(dir(module))
    for name in module.__all__:
        assert getattr(module, name) is vars(module)[name]


@pytest.mark.parametrize("namespace", [n for n, p in STUBS.items() if p.stem == "__init__"])
def test_no_name_is_hidden_by_a_module_of_its_package(namespace):
    """Importing a module makes it an attribute of its package, instead of what has that name."""
    module = importlib.import_module(namespace)
    for name in module.__all__:
        if importlib.util.find_spec(f"{namespace}.{name}") is not None:
            assert getattr(module, name) is sys.modules[f"{namespace}.{name}"]


@pytest.fixture
def namespace(tmp_path, monkeypatch):
    """A package ``shop``, whose ``sell`` is `price` in its module ``till``."""
    package = tmp_path / "shop"
    package.mkdir()
    (package / "__init__.py").write_text(
        "from flowgraph.namespaces import lazy\n"
        "__getattr__, __dir__, __all__ = lazy(__name__, __file__)\n"
    )
    (package / "__init__.pyi").write_text(
        "from shop import till\nfrom shop.till import price as sell, tax\n"
    )
    (package / "till.py").write_text("def price(): return 3\n\ntax = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("shop")
    for name in ("shop", "shop.till"):
        sys.modules.pop(name, None)


def test_a_name_is_loaded_when_it_is_asked_for(namespace):
    assert "shop.till" not in sys.modules
    assert namespace.__all__ == ["till", "sell", "tax"]
    assert dir(namespace) == ["sell", "tax", "till"]
    assert "shop.till" not in sys.modules
    assert namespace.sell() == 3
    assert namespace.till is sys.modules["shop.till"]


def test_a_name_may_be_replaced(namespace, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(namespace, "tax", 2)
        assert namespace.tax == 2
    assert namespace.tax == 1


def test_every_name_is_imported_by_a_star(namespace):
    names = {}
    exec("from shop import *", names)
    assert {"till", "sell", "tax"} <= set(names)


def test_a_name_that_is_not_there(namespace):
    assert not hasattr(namespace, "buy")
    with pytest.raises(AttributeError, match=r"^module 'shop' has no attribute 'buy'$") as caught:
        namespace.buy  # noqa: B018
    assert (caught.value.name, caught.value.obj) == ("buy", namespace)
    with pytest.raises(ImportError, match="cannot import name 'buy' from 'shop'"):
        exec("from shop import buy", {})


def test_what_is_missing_is_said_in_the_namespace_s_own_words(namespace):
    find, _, _ = lazy("shop", namespace.__file__, missing=lambda name: f"no {name} today")
    assert find("buy") == "no buy today"
    with pytest.raises(UnsupportedNameError, match=r"write tf\.multiply"):
        tf.mul  # noqa: B018


@pytest.mark.parametrize("name", ["matmul", "Graph", "AUTO_REUSE"])
def test_what_is_loaded_is_pickled_by_its_own_module(name):
    assert pickle.loads(pickle.dumps(getattr(tf, name))) is getattr(tf, name)
