"""Scopes that name variables and give them defaults: ``variable_scope`` and ``get_variable``."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Any

from flowgraph.graph.graph import Graph
from flowgraph.graph.scope import (
    get_collection_ref,
    get_default_graph,
    get_name_scope,
    graph_of,
    name_scope,
)
from flowgraph.variables.scope import AUTO_REUSE, DEFAULTS, VariableScope, first

_COLLECTION = ("__varscope",)


class _Current:
    """The variable scope that a graph is in, and how often each one was opened."""

    def __init__(self) -> None:
        self.scope = VariableScope(False)
        self.counts: dict[str, int] = {}

    def opened(self, name: str) -> None:
        self.counts[name] = self.counts.get(name, 0) + 1

    def closed(self, name: str) -> None:
        """Forget the scopes inside `name`, so that default names start anew there."""
        for inner in self.counts:
            if inner.startswith(f"{name}/"):
                self.counts[inner] = 0

    def unique(self, prefix: str) -> str:
        """Return `prefix`, with a suffix if a scope of that name was opened here."""
        outer = f"{self.scope.name}/" if self.scope.name else ""
        number, name = 0, prefix
        while self.counts.get(outer + name):
            number += 1
            name = f"{prefix}_{number}"
        return name


def _current() -> _Current:
    held = get_collection_ref(_COLLECTION)
    if not held:
        held.append(_Current())
    current: _Current = held[0]
    return current


def get_variable_scope() -> VariableScope:
    """Return the variable scope that the default graph is in.

    Examples
    --------
    >>> with tf.variable_scope("layer"):
    ...     tf.get_variable_scope().name
    'layer'
    """
    return _current().scope


class variable_scope(AbstractContextManager[VariableScope]):
    """Put the variables of `get_variable` inside the block under a name, with defaults.

    Parameters
    ----------
    name_or_scope : str, VariableScope or None
        A string extends the name of the scope around; a scope goes back to it.
    default_name : str, optional
        Used, made unique, when `name_or_scope` is ``None``.
    values : list, optional
        Inputs of the operations to come: their graph becomes the default.
    initializer, regularizer, caching_device, custom_getter, dtype, constraint : optional
        Defaults for `get_variable`; where left out, the scope's around.
    partitioner : callable, optional
        Divides the variables into parts.
    reuse : bool, None or AUTO_REUSE
        True: variables must exist; AUTO_REUSE: they are made if they do not; None or
        False: as in the scope around.
    use_resource : bool, optional
        Whether to make resource variables, each of whose reads gives the value of that moment.
    auxiliary_name_scope : bool
        Whether to open a name scope for operations too.

    Raises
    ------
    TypeError, ValueError
        If the arguments are not as stated.

    Examples
    --------
    >>> with tf.variable_scope("layer", reuse=tf.AUTO_REUSE) as scope:
    ...     w = tf.get_variable("w", [2])
    >>> with tf.variable_scope(scope):
    ...     tf.get_variable("w", [2]) is w
    True
    """

    def __init__(
        self,
        name_or_scope: Any,
        default_name: str | None = None,
        values: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        custom_getter: Any = None,
        reuse: Any = None,
        dtype: Any = None,
        use_resource: bool | None = None,
        constraint: Any = None,
        auxiliary_name_scope: bool = True,
    ) -> None:
        if default_name is None and name_or_scope is None:
            raise TypeError("If default_name is None then name_or_scope is required")
        if not isinstance(name_or_scope, str | VariableScope | None):
            raise TypeError("VariableScope: name_or_scope must be a string or VariableScope.")
        if not (reuse is None or isinstance(reuse, bool) or reuse is AUTO_REUSE):
            raise ValueError("The reuse parameter must be True or False or None.")
        if name_or_scope is None and reuse:
            raise ValueError("reuse=True cannot be used without a name_or_scope")
        if not isinstance(auxiliary_name_scope, bool):
            raise TypeError(
                "The auxiliary_name_scope must be `True` or `False`, while get "
                f"{auxiliary_name_scope}"
            )
        self._name_or_scope = name_or_scope
        self._default_name = default_name
        self._reuse = reuse or None
        self._auxiliary_name_scope = auxiliary_name_scope
        self._graph: Graph = graph_of(values or ())
        self._settings = {
            "initializer": initializer,
            "regularizer": regularizer,
            "caching_device": caching_device,
            "partitioner": partitioner,
            "custom_getter": custom_getter,
            "dtype": dtype,
            "use_resource": use_resource,
            "constraint": constraint,
        }
        self._entered: list[tuple[ExitStack, _Current, VariableScope, VariableScope]] = []
        self._counts: list[dict[str, int]] = []
        # Entered again, it is the same scope, though operations go under another name.
        self._part: Any = name_or_scope
        self._original_name_scope: str | None = None

    def __enter__(self) -> VariableScope:
        with ExitStack() as stack:
            # The same scope may be entered inside a loop, and again inside another one.
            if get_default_graph().root is not self._graph.root:
                stack.enter_context(self._graph.as_default())
            current = _current()
            around = current.scope
            opened = stack.enter_context(self._name_scope()) if self._opens_names() else ""
            if self._original_name_scope is None:
                self._original_name_scope = opened
            given = self._name_or_scope
            self._counts.append(current.counts)
            if isinstance(given, VariableScope):
                current.opened(given.name)
                current.counts = dict(current.counts)
                scope = self._derived(given, given.name, given.original_name_scope)
            else:
                if self._part is None:
                    self._part = current.unique(self._default_name or "")
                name = f"{around.name}/{self._part}" if around.name else self._part
                scope = self._derived(around, name, self._original_name_scope)
                current.opened(name)
            current.scope = scope
            self._entered.append((stack.pop_all(), current, around, scope))
        return scope

    def __exit__(self, *exception: Any) -> None:
        stack, current, around, scope = self._entered.pop()
        counts = self._counts.pop()
        if current.scope is not scope:
            stack.close()
            raise RuntimeError("Improper nesting of variable_scope.")
        if isinstance(self._name_or_scope, VariableScope):
            current.counts = counts
        else:
            current.closed(scope.name)
        current.scope = around
        stack.__exit__(*exception)

    def _opens_names(self) -> bool:
        """Whether a name scope is entered: always, but for the root without a name."""
        return not self._auxiliary_name_scope or self._last_part() != ""

    def _last_part(self) -> str:
        given = self._name_or_scope
        if given is None:
            return self._default_name or ""
        return given if isinstance(given, str) else given.name.split("/")[-1]

    def _name_scope(self) -> AbstractContextManager[str]:
        if self._auxiliary_name_scope:
            return name_scope(self._last_part())
        around = get_name_scope()
        return name_scope(f"{around}/" if around else "")

    def _derived(self, base: VariableScope, name: str, opened: str) -> VariableScope:
        """Return a scope with this block's settings, and those of `base` where it has none."""
        settings = {key: first(self._settings[key], getattr(base, key)) for key in DEFAULTS}
        own, outer = self._settings["custom_getter"], base.custom_getter
        if own is not None and outer is not None:
            settings["custom_getter"] = _nested_getter(own, outer)
        reuse = self._reuse or base.reuse
        return VariableScope(reuse, name=name, name_scope=opened, **settings)


def _nested_getter(own: Callable[..., Any], outer: Callable[..., Any]) -> Callable[..., Any]:
    """Return a getter that calls `own`, whose own getter calls `outer`."""

    def getter(getter: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        return own(functools.partial(outer, getter), *arguments, **options)

    return getter


def variable_op_scope(
    values: Any,
    name_or_scope: Any,
    default_name: str | None = None,
    initializer: Any = None,
    regularizer: Any = None,
    caching_device: Any = None,
    partitioner: Any = None,
    custom_getter: Any = None,
    reuse: Any = None,
    dtype: Any = None,
    use_resource: bool | None = None,
    constraint: Any = None,
) -> variable_scope:
    """Return the `variable_scope` of these arguments, which replaces this name.

    Examples
    --------
    >>> with tf.variable_op_scope([], None, "net"):
    ...     w = tf.get_variable("w", [2])
    >>> w.name
    'net/w:0'
    """
    return variable_scope(
        name_or_scope,
        default_name,
        values,
        initializer,
        regularizer,
        caching_device,
        partitioner,
        custom_getter,
        reuse,
        dtype,
        use_resource,
        constraint,
    )


def no_regularizer(_: Any) -> None:
    """Be the regularizer of a variable that is to have none where the scope has one.

    Examples
    --------
    >>> with tf.variable_scope("net", regularizer=tf.nn.l2_loss):
    ...     w = tf.get_variable("w", [2])
    ...     b = tf.get_variable("b", [2], regularizer=tf.no_regularizer)
    >>> len(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES))
    1
    """
