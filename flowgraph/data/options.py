"""Options of datasets. All but one are hints, which a pipeline's values do not depend on."""

from __future__ import annotations

from typing import Any, ClassVar


class _Group:
    """Named values, ``None`` where nothing was chosen.

    Only names that it has can be set, to values of their types.
    """

    _kinds: ClassVar[dict[str, Any]] = {}

    def __init__(self) -> None:
        self.__dict__["_chosen"] = {}

    def __getattr__(self, name: str) -> Any:
        if name not in self._kinds:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        kind = self._kinds[name]
        if name not in self._chosen and isinstance(kind, type) and issubclass(kind, _Group):
            self._chosen[name] = kind()
        return self._chosen.get(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._kinds:
            raise AttributeError(f"Cannot set the property {name} on {type(self).__name__}.")
        kind = self._kinds[name]
        if kind is None:
            raise NotImplementedError(f"the option {name} of a dataset")
        if not isinstance(value, kind):
            raise TypeError(
                f'Property "{name}" must be of type {kind}, got: {value} (type: {type(value)})'
            )
        self._chosen[name] = value

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other._chosen == self._chosen

    __hash__ = None  # type: ignore[assignment]

    def merge(self, options: Any) -> Any:
        """Return the values of both.

        Raises
        ------
        ValueError
            If they differ about one.
        """
        result = type(self)()
        for group in (self, options):
            for name, value in group._chosen.items():
                before = result._chosen.get(name)
                if isinstance(before, _Group):
                    value = before.merge(value)
                elif before is not None and before != value:
                    raise ValueError(
                        f"Cannot merge incompatible values ({before} and {value}) of option: {name}"
                    )
                result._chosen[name] = value
        return result


class MapVectorizationOptions(_Group):
    """Hints on calling functions with many elements at once: the engine decides by itself."""

    _kinds: ClassVar[dict[str, Any]] = {"enabled": bool, "use_choose_fastest": bool}


class OptimizationOptions(_Group):
    """Hints on speed, and ``shuffle_and_repeat_fusion``, on which an order depends."""

    _kinds: ClassVar[dict[str, Any]] = {
        **dict.fromkeys(
            (
                *("apply_default_optimizations", "autotune", "autotune_buffers", "filter_fusion"),
                *("filter_with_random_uniform_fusion", "hoist_random_uniform"),
                *("map_and_batch_fusion", "map_and_filter_fusion", "map_fusion"),
                *("map_parallelization", "noop_elimination", "parallel_batch"),
                "shuffle_and_repeat_fusion",
            ),
            bool,
        ),
        "autotune_algorithm": int,
        "autotune_cpu_budget": int,
        "map_vectorization": MapVectorizationOptions,
    }

    def names(self) -> list[str]:
        """Return the names of the rewritings that are wanted."""
        chosen = self._chosen
        by_default = ("map_and_batch_fusion", "noop_elimination", "shuffle_and_repeat_fusion")
        default = chosen.get("apply_default_optimizations", True)
        wanted = [name for name in by_default if chosen.get(name, default)]
        others = [
            *("filter_fusion", "filter_with_random_uniform_fusion", "hoist_random_uniform"),
            *("map_and_filter_fusion", "map_fusion", "map_parallelization", "parallel_batch"),
        ]
        return sorted([*wanted, *(name for name in others if chosen.get(name))])


class ThreadingOptions(_Group):
    """Hints on threads."""

    _kinds: ClassVar[dict[str, Any]] = {
        "max_intra_op_parallelism": int,
        "private_threadpool_size": int,
    }


class Options(_Group):
    """Options of a dataset, for `Dataset.with_options`.

    Attributes
    ----------
    experimental_deterministic : bool
        False lets elements come in another order. They come in the same order here.
    experimental_optimization : OptimizationOptions
    experimental_slack : bool
        A hint.
    experimental_threading : ThreadingOptions

    Examples
    --------
    >>> options = tf.data.Options()
    >>> options.experimental_optimization.apply_default_optimizations = False
    >>> dataset = tf.data.Dataset.range(3).with_options(options)
    """

    _kinds: ClassVar[dict[str, Any]] = {
        "experimental_deterministic": bool,
        "experimental_distribute": None,
        "experimental_optimization": OptimizationOptions,
        "experimental_slack": bool,
        "experimental_stateful_whitelist": None,
        "experimental_stats": None,
        "experimental_threading": ThreadingOptions,
    }
