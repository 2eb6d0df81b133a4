"""`tf.logging`: messages to the logger ``tensorflow``, which writes them to standard error."""

from __future__ import annotations

import logging
import sys
from collections import Counter
from typing import Any

DEBUG = logging.DEBUG
INFO = logging.INFO
WARN = logging.WARNING
ERROR = logging.ERROR
FATAL = logging.CRITICAL

_calls: Counter[tuple[str, int]] = Counter()


def get_logger() -> logging.Logger:
    """Return the logger, with a handler of its own unless the program has set up logging.

    Examples
    --------
    >>> tf.get_logger().name
    'tensorflow'
    """
    logger = logging.getLogger("tensorflow")
    if not logger.handlers and not logging.getLogger().handlers:
        interactive = hasattr(sys, "ps1") or bool(sys.flags.interactive)
        handler = logging.StreamHandler(sys.stdout if interactive else sys.stderr)
        handler.setFormatter(logging.Formatter(logging.BASIC_FORMAT))
        logger.addHandler(handler)
        if logger.level == logging.NOTSET:
            logger.setLevel(INFO if interactive else WARN)
    return logger


def _count() -> int:
    """Return how often the line that called a function of this module has been run before."""
    frame = sys._getframe(2)
    site = frame.f_code.co_filename, frame.f_lineno
    _calls[site] += 1
    return _calls[site] - 1


def log(level: int, msg: Any, *args: Any, **kwargs: Any) -> None:
    """Log a message at a level.

    Parameters
    ----------
    level : int
        ``tf.logging.DEBUG``, ``INFO``, ``WARN``, ``ERROR`` or ``FATAL``.
    msg : str
        The message, in which ``%`` formats stand for `args`.
    *args, **kwargs
        As for ``logging.Logger.log``.

    Examples
    --------
    >>> tf.logging.log(tf.logging.DEBUG, "step %d", 3)  # below the verbosity: not shown
    """
    get_logger().log(level, msg, *args, **kwargs)


def vlog(level: int, msg: Any, *args: Any, **kwargs: Any) -> None:
    """Log a message at a level, as `log` does."""
    get_logger().log(level, msg, *args, **kwargs)


def debug(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Log a message that matters only to who looks for a mistake."""
    get_logger().debug(msg, *args, **kwargs)


def info(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Log a message that says what happens."""
    get_logger().info(msg, *args, **kwargs)


def warning(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Log a warning."""
    get_logger().warning(msg, *args, **kwargs)


def warn(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Log a warning."""
    get_logger().warning(msg, *args, **kwargs)


def error(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Log an error."""
    get_logger().error(msg, *args, **kwargs)


def fatal(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Log an error of the gravest level. The program goes on."""
    get_logger().critical(msg, *args, **kwargs)


def TaskLevelStatusMessage(msg: Any) -> None:
    """Log a message as an error."""
    get_logger().error(msg)


def log_every_n(level: int, msg: Any, n: int, *args: Any) -> None:
    """Log a message the first time this line runs, and every `n` times after.

    Parameters
    ----------
    level : int
        As for `log`.
    msg : str
        The message.
    n : int
        How often.
    *args
        What the formats in `msg` stand for.
    """
    if not _count() % n:
        log(level, msg, *args)


def log_first_n(level: int, msg: Any, n: int, *args: Any) -> None:
    """Log a message the first `n` times this line runs.

    Parameters
    ----------
    level : int
        As for `log`.
    msg : str
        The message.
    n : int
        How often.
    *args
        What the formats in `msg` stand for.
    """
    if _count() < n:
        log(level, msg, *args)


def log_if(level: int, msg: Any, condition: Any, *args: Any) -> None:
    """Log a message if a condition holds.

    Parameters
    ----------
    level : int
        As for `log`.
    msg : str
        The message.
    condition : bool
        Whether to.
    *args
        What the formats in `msg` stand for.
    """
    if condition:
        log(level, msg, *args)


def flush() -> None:
    """Write out what has been logged."""
    for handler in get_logger().handlers:
        handler.flush()


def get_verbosity() -> int:
    """Return the level below which messages are dropped, at first ``tf.logging.WARN``."""
    return get_logger().getEffectiveLevel()


def set_verbosity(v: int | str) -> None:
    """Drop messages below a level.

    Parameters
    ----------
    v : int or str
        The level, or its name.

    Examples
    --------
    >>> tf.logging.set_verbosity(tf.logging.ERROR)
    >>> tf.logging.get_verbosity()
    40
    >>> tf.logging.set_verbosity(tf.logging.WARN)
    """
    get_logger().setLevel(v)
