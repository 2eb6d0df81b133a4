"""Hyperparameters: texts and values as TensorFlow 1.15.5 prints and refuses them."""

import pytest

import flowgraph as tf


@pytest.fixture
def hparams():
    return tf.contrib.training.HParams(a=1, b=2.5, c="x", d=True, e=[1, 2, 3])


def test_texts_of_values(hparams):
    assert str(hparams) == "a=1,b=2.5,c=x,d=True,e=[1, 2, 3]"
    assert repr(hparams).startswith("HParams([('a', 1), ('b', 2.5)")
    assert hparams.to_json(sort_keys=True).startswith('{"a": 1, "b": 2.5, "c": "x", "d": true')
    assert "a" in hparams
    assert "z" not in hparams


def test_other_values(hparams):
    assert hparams.parse("a=3,b=4,c=hello world,d=0,e=[4,5]") is hparams
    assert hparams.values() == {"a": 3, "b": 4.0, "c": "hello world", "d": False, "e": [4, 5]}
    assert isinstance(hparams.b, float)
    hparams.parse_json('{"a": 7}').override_from_dict({"c": "y"})
    assert (hparams.a, hparams.c) == (7, "y")
    hparams.del_hparam("a")
    assert hparams.get("a", 5) == 5
    assert hparams.get("e") == [4, 5]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("a=x", "Could not parse hparam 'a' of type 'int' with value 'x' in a=x"),
        ("a=2.5", "Could not parse hparam 'a' of type 'int' with value '2.5' in a=2.5"),
        ("d=maybe", "Could not parse hparam 'd' of type 'bool' with value 'maybe' in d=maybe"),
        ("z=1", "Unknown hyperparameter type for z"),
        ("a=1,a=2", "Multiple assignments to variable 'a' in a=1,a=2"),
        ("a=[1]", "Must not pass a list for single-valued parameter: a"),
        ("e=1", "Must pass a list for multi-valued parameter: e."),
        ("a", "Malformed hyperparameter value: a"),
    ],
)
def test_wrong_texts(hparams, text, error):
    with pytest.raises(ValueError) as caught:
        hparams.parse(text)
    assert str(caught.value) == error


@pytest.mark.parametrize(
    ("name", "value"), [("a", "x"), ("a", 2.0), ("d", 1), ("b", True), ("c", 1)]
)
def test_a_value_keeps_its_type(hparams, name, value):
    with pytest.raises(ValueError, match=f"Could not cast hparam '{name}' of type"):
        hparams.set_hparam(name, value)


def test_names_that_are_taken(hparams):
    for name in "a", "parse":
        with pytest.raises(ValueError, match=f"Hyperparameter name is reserved: {name}"):
            hparams.add_hparam(name, 1)
    with pytest.raises(ValueError, match="Multi-valued hyperparameters cannot be empty: g"):
        hparams.add_hparam("g", [])
    with pytest.raises(ValueError, match="Hparam 'e' of type"):
        hparams.get("e", 3)


def test_indexed_assignments():
    parse = tf.contrib.training.parse_values
    assert parse("a[0]=1,a[3]=2", {"a": int}) == {"a": {0: 1, 3: 2}}
    assert parse("a=1,z=2", {"a": int}, ignore_unknown=True) == {"a": 1}
    with pytest.raises(ValueError, match=r"Multiple assignments to variable 'a\[0\]'"):
        parse("a[0]=1,a[0]=2", {"a": int})
