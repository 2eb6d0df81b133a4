from flowgraph.compat.log import (
    DEBUG, debug, ERROR, error, FATAL, fatal, flush, get_verbosity, INFO, info, log,
    log_every_n, log_first_n, log_if, set_verbosity, TaskLevelStatusMessage, vlog, WARN, warn,
    warning,
)

__all__ = [
    "DEBUG", "ERROR", "FATAL", "INFO", "TaskLevelStatusMessage", "WARN", "debug", "error",
    "fatal", "flush", "get_verbosity", "info", "log", "log_every_n", "log_first_n", "log_if",
    "set_verbosity", "vlog", "warn", "warning",
]
