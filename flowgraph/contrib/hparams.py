"""``HParams``: hyperparameters by name, each of the type of its first value."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from numbers import Integral, Number
from typing import Any, NoReturn

_ASSIGNMENT = re.compile(
    r"""
    (?P<name>[a-zA-Z][\w.]*)
    (\[\s*(?P<index>\d+)\s*\])?
    \s*=\s*
    ((?P<value>[^,\[]*) | \[(?P<list>[^\]]*)\])
    ($|,\s*)""",
    re.VERBOSE,
)
_WORDS = {"true": True, "True": True, "false": False, "False": False}


def _fail(name: str, kind: type, text: str, given: str) -> NoReturn:
    raise ValueError(
        f"Could not parse hparam '{name}' of type '{kind.__name__}' with value '{text}' in {given}"
    )


def _reader(name: str, kind: type, given: str) -> Callable[[str], Any]:
    """Return what makes a value of a type from a text."""

    def read(text: str) -> Any:
        try:
            if kind is bool:
                return _WORDS[text] if text in _WORDS else bool(int(text))
            return kind(text)
        except ValueError:
            _fail(name, kind, text, given)

    return read


def parse_values(
    values: str, type_map: dict[str, type], ignore_unknown: bool = False
) -> dict[str, Any]:
    """Read assignments from a text.

    Parameters
    ----------
    values : str
        As in ``"rate=0.1,sizes=[3, 4],names[1]=x"``.
    type_map : dict of str to type
        The type of each name's values.
    ignore_unknown : bool
        Pass over names without type.

    Returns
    -------
    dict
        A value, a list, or a dict of values by index, for each name.

    Raises
    ------
    ValueError
        If the text is something else, assigns twice, or a name or value does not fit.

    Examples
    --------
    >>> tf.contrib.training.parse_values("a=1,b=[2.5, 3]", {"a": int, "b": float})
    {'a': 1, 'b': [2.5, 3.0]}
    """
    result: dict[str, Any] = {}
    position = 0
    while position < len(values):
        found = _ASSIGNMENT.match(values, position)
        if found is None:
            raise ValueError(f"Malformed hyperparameter value: {values[position:]}")
        position = found.end()
        name, index = found["name"], found["index"]
        if name not in type_map:
            if ignore_unknown:
                continue
            raise ValueError(f"Unknown hyperparameter type for {name}")
        read = _reader(name, type_map[name], values)
        again = name in result and (index is None or not isinstance(result[name], dict))
        if again or (index is not None and int(index) in result.get(name, {})):
            target = name if again else f"{name}[{index}]"
            raise ValueError(f"Multiple assignments to variable '{target}' in {values}")
        if found["list"] is not None:
            if index is not None:
                _fail(name, type_map[name], found["list"], values)
            parts = [part for part in re.split(r"[ ,]", found["list"]) if part]
            result[name] = [read(part) for part in parts]
        elif index is not None:
            result.setdefault(name, {})[int(index)] = read(found["value"].strip())
        else:
            result[name] = read(found["value"].strip())
    return result


def _cast(name: str, kind: type, value: Any) -> Any:
    """Return a value as one of a type, if that loses nothing."""
    if kind is type(None):
        return value
    refused = (
        (issubclass(kind, str | bytes) and not isinstance(value, str | bytes))
        or issubclass(kind, bool) != isinstance(value, bool)
        or (issubclass(kind, Integral) and not isinstance(value, Integral))
        or (issubclass(kind, Number) and not isinstance(value, Number))
    )
    if refused:
        raise ValueError(f"Could not cast hparam '{name}' of type '{kind}' from value {value!r}")
    return kind(value)


class HParams:
    """Hyperparameters, each an attribute; texts and dicts change their values, not their types.

    Parameters
    ----------
    hparam_def : None
    model_structure : object, optional
        Kept for the program; see `get_model_structure`.
    **kwargs
        Names and values: numbers, texts, or lists of them.

    Raises
    ------
    ValueError
        If a name is reserved, a list empty, or a new value of another type.
    NotImplementedError
        For an `hparam_def`.

    Examples
    --------
    >>> hparams = tf.contrib.training.HParams(rate=0.1, layers=[64, 32])
    >>> hparams.parse("rate=0.5,layers=[64, 16]")
    HParams([('layers', [64, 16]), ('rate', 0.5)])
    >>> hparams.rate
    0.5
    """

    def __init__(self, hparam_def: Any = None, model_structure: Any = None, **kwargs: Any) -> None:
        if hparam_def is not None:
            raise NotImplementedError("HParams with hparam_def")
        self._hparam_types: dict[str, tuple[type, bool]] = {}
        self._model_structure = model_structure
        for name, value in kwargs.items():
            self.add_hparam(name, value)

    def add_hparam(self, name: str, value: Any) -> None:
        """Add a hyperparameter; its type is that of the value, or of the list's first."""
        if getattr(self, name, None) is not None:
            raise ValueError(f"Hyperparameter name is reserved: {name}")
        if isinstance(value, list | tuple):
            if not value:
                raise ValueError(f"Multi-valued hyperparameters cannot be empty: {name}")
            self._hparam_types[name] = type(value[0]), True
        else:
            self._hparam_types[name] = type(value), False
        setattr(self, name, value)

    def set_hparam(self, name: str, value: Any) -> None:
        """Give a hyperparameter another value of its type."""
        kind, is_list = self._hparam_types[name]
        if isinstance(value, list):
            if not is_list:
                raise ValueError(f"Must not pass a list for single-valued parameter: {name}")
            setattr(self, name, [_cast(name, kind, each) for each in value])
            return
        if is_list:
            raise ValueError(f"Must pass a list for multi-valued parameter: {name}.")
        setattr(self, name, _cast(name, kind, value))

    def del_hparam(self, name: str) -> None:
        """Remove a hyperparameter, if there is one of that name."""
        if name in self._hparam_types:
            delattr(self, name)
            del self._hparam_types[name]

    def parse(self, values: str) -> HParams:
        """Change values by assignments in a text; see `parse_values`."""
        kinds = {name: kind for name, (kind, _) in self._hparam_types.items()}
        return self.override_from_dict(parse_values(values, kinds))

    def override_from_dict(self, values_dict: dict[str, Any]) -> HParams:
        """Change values by a dict."""
        for name, value in values_dict.items():
            self.set_hparam(name, value)
        return self

    def set_model_structure(self, model_structure: Any) -> None:
        """Keep something for the program."""
        self._model_structure = model_structure

    def get_model_structure(self) -> Any:
        """Return what was kept."""
        return self._model_structure

    def to_json(self, indent: Any = None, separators: Any = None, sort_keys: bool = False) -> str:
        """Return the values as JSON; the arguments are those of `json.dumps`."""
        values = {k: v for k, v in self.values().items() if not callable(v)}
        return json.dumps(values, indent=indent, separators=separators, sort_keys=sort_keys)

    def parse_json(self, values_json: str) -> HParams:
        """Change values by JSON."""
        return self.override_from_dict(json.loads(values_json))

    def values(self) -> dict[str, Any]:
        """Return the values by name."""
        return {name: getattr(self, name) for name in self._hparam_types}

    def get(self, key: str, default: Any = None) -> Any:
        """Return a value, or a default that its type could be.

        Raises
        ------
        ValueError
            If the default is of another type.
        """
        if key not in self._hparam_types:
            return default
        kind, is_list = self._hparam_types[key]
        if default is not None:
            if is_list != isinstance(default, list):
                typed = f"list<{kind}>" if is_list else kind
                raise ValueError(
                    f"Hparam {key!r} of type '{typed}' is incompatible with default={default}"
                )
            for each in default if is_list else [default]:
                _cast(key, kind, each)
        return getattr(self, key)

    def __contains__(self, key: str) -> bool:
        return key in self._hparam_types

    def __str__(self) -> str:
        return ",".join(f"{name}={value}" for name, value in sorted(self.values().items()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({sorted(self.values().items())})"
