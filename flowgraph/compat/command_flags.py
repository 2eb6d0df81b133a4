"""`tf.flags`: absl's flags, parsed when the first one is read, and defined again in notebooks."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from typing import Any

from absl import flags

flags.disclaim_key_flags()  # a flag belongs to the module that calls a DEFINE of this one

_OLD_NAMES = {"flag_name": "name", "default_value": "default", "docstring": "help"}


class ParsedOnUse:
    """The program's flags: attributes, read from the command line when the first is needed.

    In a notebook, whose command line is the kernel's, flags have their defaults.

    Examples
    --------
    >>> tf.flags.DEFINE_integer("batch_size", 64, "Examples per step.")  # doctest: +SKIP
    >>> tf.flags.FLAGS.batch_size  # doctest: +SKIP
    64
    """

    _values: flags.FlagValues

    def __init__(self, values: flags.FlagValues) -> None:
        object.__setattr__(self, "_values", values)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        found = getattr(type(self._values), name, None)
        if found is None and not self._values.is_parsed():
            self._values(sys.argv[:1] if in_notebook() else sys.argv)
        return getattr(self._values, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._values, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._values, name)

    def __getitem__(self, name: str) -> flags.Flag[Any]:
        return self._values[name]

    def __setitem__(self, name: str, flag: flags.Flag[Any]) -> None:
        self._values[name] = flag

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __dir__(self) -> list[str]:
        return dir(self._values)

    def __call__(self, *args: Any, **kwargs: Any) -> list[str]:
        return self._values(*args, **kwargs)


FLAGS = ParsedOnUse(flags.FLAGS)


def in_notebook() -> bool:
    """Whether the program runs in IPython, where a cell can be run again."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and ipython.get_ipython() is not None


def _definition(define: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(define)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        kwargs = {_OLD_NAMES.get(key, key): value for key, value in kwargs.items()}
        if in_notebook():
            name = str(kwargs.get("name", args[0] if args else None))
            if flags.FLAGS.find_module_defining_flag(name) in ("__main__", sys.argv[0]):
                delattr(flags.FLAGS, name)
        return define(*args, **kwargs)

    return wrapper


DEFINE_alias = flags.DEFINE_alias
DEFINE_bool = _definition(flags.DEFINE_bool)
DEFINE_boolean = _definition(flags.DEFINE_boolean)
DEFINE_enum = _definition(flags.DEFINE_enum)
DEFINE_enum_class = _definition(flags.DEFINE_enum_class)
DEFINE_float = _definition(flags.DEFINE_float)
DEFINE_integer = _definition(flags.DEFINE_integer)
DEFINE_list = _definition(flags.DEFINE_list)
DEFINE_multi_enum = _definition(flags.DEFINE_multi_enum)
DEFINE_multi_enum_class = _definition(flags.DEFINE_multi_enum_class)
DEFINE_multi_float = _definition(flags.DEFINE_multi_float)
DEFINE_multi_integer = _definition(flags.DEFINE_multi_integer)
DEFINE_multi_string = _definition(flags.DEFINE_multi_string)
DEFINE_spaceseplist = _definition(flags.DEFINE_spaceseplist)
DEFINE_string = _definition(flags.DEFINE_string)
