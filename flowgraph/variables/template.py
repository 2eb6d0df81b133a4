"""Functions that make their variables on the first call and share them from then on."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any

from flowgraph import source
from flowgraph.graph.scope import GraphKeys, get_collection, get_collection_ref
from flowgraph.variables.scope import VariableScope
from flowgraph.variables.variable_scope import variable_scope

_log = logging.getLogger("flowgraph")


class Template:
    """A function with a variable scope of its own. See `make_template`."""

    def __init__(
        self,
        name: str,
        func: Callable[..., Any],
        create_scope_now: bool = False,
        unique_name: str | None = None,
        custom_getter: Any = None,
    ) -> None:
        if name is None:
            raise ValueError("name cannot be None.")
        self._name = name
        self._func = func
        self._unique_name = unique_name
        self._custom_getter = custom_getter
        self._site = source.here()
        self._variables_created = False
        self._variable_scope: VariableScope | None = None
        if create_scope_now:
            opened = variable_scope(
                unique_name, name, custom_getter=custom_getter, auxiliary_name_scope=False
            )
            with opened as scope:
                self._variable_scope = scope

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._variable_scope is not None:
            opened = variable_scope(self._variable_scope, reuse=self._variables_created)
        else:
            opened = variable_scope(
                self._unique_name, self._name, custom_getter=self._custom_getter
            )
        with opened as scope:
            if self._variable_scope is None:
                self._variable_scope = scope
            try:
                return self._call(*args, **kwargs)
            except Exception as error:
                error.add_note(f"originally defined at:\n  {self._site}")
                raise

    def _call(self, *args: Any, **kwargs: Any) -> Any:
        trainable = get_collection_ref(GraphKeys.TRAINABLE_VARIABLES)
        variables = get_collection_ref(GraphKeys.GLOBAL_VARIABLES)
        counts = len(trainable), len(variables)
        result = self._func(*args, **kwargs)
        if not self._variables_created:
            self._variables_created = True
            return result
        if len(trainable) != counts[0]:
            raise ValueError(
                "Trainable variable created when calling a template after the first time, perhaps "
                f"you used tf.Variable when you meant tf.get_variable: {trainable[counts[0] :]}"
            )
        if len(variables) != counts[1]:
            _log.info(
                "New variables created when calling a template after the first time, perhaps you "
                "used tf.Variable when you meant tf.get_variable: %s",
                variables[counts[1] :],
            )
        return result

    @property
    def name(self) -> str:
        """The name it was made with."""
        return self._name

    @property
    def func(self) -> Callable[..., Any]:
        """The function."""
        return self._func

    @property
    def variable_scope(self) -> VariableScope | None:
        """The scope of its variables; ``None`` before the first call."""
        return self._variable_scope

    @property
    def var_scope(self) -> VariableScope | None:
        """Another name of `variable_scope`."""
        return self._variable_scope

    @property
    def variable_scope_name(self) -> str | None:
        """The prefix of the names of its variables; ``None`` before the first call."""
        if self._variable_scope is None:
            return None
        name = self._variable_scope.name
        return f"{name}/" if name and not name.endswith("/") else name

    @property
    def variables(self) -> list[Any]:
        """Its global and local variables."""
        return self.global_variables + self.local_variables

    @property
    def trainable_variables(self) -> list[Any]:
        """Its trainable variables."""
        return self._collected(GraphKeys.TRAINABLE_VARIABLES)

    @property
    def non_trainable_variables(self) -> list[Any]:
        """Its global variables that are not trainable."""
        trainable = self.trainable_variables
        return [v for v in self.global_variables if not any(v is t for t in trainable)]

    @property
    def global_variables(self) -> list[Any]:
        """Its global variables."""
        return self._collected(GraphKeys.GLOBAL_VARIABLES)

    @property
    def local_variables(self) -> list[Any]:
        """Its local variables."""
        return self._collected(GraphKeys.LOCAL_VARIABLES)

    weights = variables
    trainable_weights = trainable_variables
    non_trainable_weights = non_trainable_variables

    def _collected(self, key: str) -> list[Any]:
        if not self._variables_created:
            return []
        return get_collection(key, self.variable_scope_name)


def make_template(
    name_: str,
    func_: Callable[..., Any],
    create_scope_now_: bool = False,
    unique_name_: str | None = None,
    custom_getter_: Any = None,
    **kwargs: Any,
) -> Template:
    """Return a function that makes its variables on the first call and shares them after that.

    Parameters
    ----------
    name_ : str
        The variable scope, made unique.
    func_ : callable
        It makes its variables with `get_variable`.
    create_scope_now_ : bool
        Fix the scope's name now instead of at the first call.
    unique_name_ : str, optional
        The variable scope as it stands, instead of `name_`.
    custom_getter_ : callable, optional
        How `get_variable` makes variables inside.
    **kwargs
        Passed to `func_` at each call.

    Returns
    -------
    Template

    Raises
    ------
    ValueError
        If `name_` is ``None``; on a later call, if it makes a trainable variable.

    Examples
    --------
    >>> def scale(x):
    ...     return x * tf.get_variable("factor", [], initializer=tf.constant_initializer(3.0))
    >>> shared = tf.make_template("scale", scale)
    >>> y, z = shared(1.0), shared(2.0)
    >>> [v.name for v in tf.global_variables()]
    ['scale/factor:0']
    """
    func = functools.partial(func_, **kwargs) if kwargs else func_
    return Template(name_, func, create_scope_now_, unique_name_, custom_getter_)
