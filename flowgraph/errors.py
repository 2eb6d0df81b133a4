"""Errors raised while a graph runs, one class for each of TensorFlow's status codes."""

from typing import Any

OK = 0
CANCELLED = 1
UNKNOWN = 2
INVALID_ARGUMENT = 3
DEADLINE_EXCEEDED = 4
NOT_FOUND = 5
ALREADY_EXISTS = 6
PERMISSION_DENIED = 7
RESOURCE_EXHAUSTED = 8
FAILED_PRECONDITION = 9
ABORTED = 10
OUT_OF_RANGE = 11
UNIMPLEMENTED = 12
INTERNAL = 13
UNAVAILABLE = 14
DATA_LOSS = 15
UNAUTHENTICATED = 16


class OpError(Exception):
    """An operation failed while the graph ran.

    Parameters
    ----------
    node_def : NodeDef or None
        The description of the operation that failed.
    op : Operation or None
        The operation itself, where it is known.
    message : str
        What happened. ``str(error)`` gives it back.
    error_code : int
        One of this module's codes.

    Examples
    --------
    >>> import flowgraph as tf
    >>> try:
    ...     raise tf.errors.NotFoundError(None, None, "Key w not found in checkpoint")
    ... except tf.errors.OpError as error:
    ...     print(error, error.error_code)
    Key w not found in checkpoint 5
    """

    def __init__(self, node_def: Any, op: Any, message: str, error_code: int) -> None:
        super().__init__(message)
        self.node_def = node_def
        self.op = op
        self.message = message
        self.error_code = error_code

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.node_def, self.op, self.message, self.error_code)


class _StatusError(OpError):
    """An error whose class says its code."""

    code: int

    def __init__(self, node_def: Any, op: Any, message: str) -> None:
        super().__init__(node_def, op, message, self.code)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.node_def, self.op, self.message)


class CancelledError(_StatusError):
    """The operation was cancelled, as by closing the queue it waited for."""

    code = CANCELLED


class UnknownError(OpError):
    """Something failed that belongs to none of the other classes."""

    def __init__(self, node_def: Any, op: Any, message: str, error_code: int = UNKNOWN) -> None:
        super().__init__(node_def, op, message, error_code)


class InvalidArgumentError(_StatusError):
    """An input has a value or a shape that the operation does not accept."""

    code = INVALID_ARGUMENT


class DeadlineExceededError(_StatusError):
    """The operation did not finish within the time it was given."""

    code = DEADLINE_EXCEEDED


class NotFoundError(_StatusError):
    """Something asked for by name, such as a file or a checkpoint's key, does not exist."""

    code = NOT_FOUND


class AlreadyExistsError(_StatusError):
    """Something to be made, such as a directory, exists already."""

    code = ALREADY_EXISTS


class PermissionDeniedError(_StatusError):
    """The caller may not do this, such as writing to a file."""

    code = PERMISSION_DENIED


class ResourceExhaustedError(_StatusError):
    """Memory or another resource has run out."""

    code = RESOURCE_EXHAUSTED


class FailedPreconditionError(_StatusError):
    """Something has to be done first, such as initializing a variable."""

    code = FAILED_PRECONDITION


class AbortedError(_StatusError):
    """The operation was given up because another one was in its way."""

    code = ABORTED


class OutOfRangeError(_StatusError):
    """The input is at its end, as that of a dataset."""

    code = OUT_OF_RANGE


class UnimplementedError(_StatusError):
    """The operation does not exist for these inputs or on this device."""

    code = UNIMPLEMENTED


class InternalError(_StatusError):
    """Something that the library itself guarantees does not hold."""

    code = INTERNAL


class UnavailableError(_StatusError):
    """The service cannot be reached at present."""

    code = UNAVAILABLE


class DataLossError(_StatusError):
    """A file is damaged or cut short."""

    code = DATA_LOSS


class UnauthenticatedError(_StatusError):
    """The caller has not proved who it is."""

    code = UNAUTHENTICATED


class OperatorNotAllowedInGraphError(TypeError):
    """A tensor was used where Python needs a value, as in ``if tensor:``."""


_BY_CODE: dict[int, type[OpError]] = {
    UNKNOWN: UnknownError,
    **{cls.code: cls for cls in _StatusError.__subclasses__()},
}
_BY_CLASS = {cls: code for code, cls in _BY_CODE.items()}


def exception_type_from_error_code(error_code: int) -> type[OpError]:
    """Return the class of errors with a code; KeyError if there is none.

    Parameters
    ----------
    error_code : int

    Examples
    --------
    >>> tf.errors.exception_type_from_error_code(tf.errors.OUT_OF_RANGE)
    <class 'flowgraph.errors.OutOfRangeError'>
    """
    return _BY_CODE[error_code]


def error_code_from_exception_type(cls: type[OpError]) -> int:
    """Return the code of a class of errors; KeyError for a class without one.

    Parameters
    ----------
    cls : type
        One of the classes of `tf.errors`.

    Examples
    --------
    >>> tf.errors.error_code_from_exception_type(tf.errors.OutOfRangeError)
    11
    """
    return _BY_CLASS[cls]
