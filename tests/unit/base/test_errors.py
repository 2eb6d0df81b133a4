import copy
import pickle

import pytest

from flowgraph import errors

CLASSES = {
    errors.CANCELLED: errors.CancelledError,
    errors.UNKNOWN: errors.UnknownError,
    errors.INVALID_ARGUMENT: errors.InvalidArgumentError,
    errors.DEADLINE_EXCEEDED: errors.DeadlineExceededError,
    errors.NOT_FOUND: errors.NotFoundError,
    errors.ALREADY_EXISTS: errors.AlreadyExistsError,
    errors.PERMISSION_DENIED: errors.PermissionDeniedError,
    errors.RESOURCE_EXHAUSTED: errors.ResourceExhaustedError,
    errors.FAILED_PRECONDITION: errors.FailedPreconditionError,
    errors.ABORTED: errors.AbortedError,
    errors.OUT_OF_RANGE: errors.OutOfRangeError,
    errors.UNIMPLEMENTED: errors.UnimplementedError,
    errors.INTERNAL: errors.InternalError,
    errors.UNAVAILABLE: errors.UnavailableError,
    errors.DATA_LOSS: errors.DataLossError,
    errors.UNAUTHENTICATED: errors.UnauthenticatedError,
}


def test_codes_are_numbered_as_in_tensorflow():
    assert errors.OK == 0
    assert list(CLASSES) == list(range(1, 17))


@pytest.mark.parametrize(("code", "cls"), CLASSES.items())
def test_each_class_carries_its_code(code, cls):
    error = cls("node", "op", "first line\nrest")
    assert isinstance(error, errors.OpError)
    assert (error.node_def, error.op, error.error_code) == ("node", "op", code)
    assert error.message == str(error) == "first line\nrest"
    assert errors.exception_type_from_error_code(code) is cls
    assert errors.error_code_from_exception_type(cls) == code


@pytest.mark.parametrize(
    "error",
    [cls(None, None, "m") for cls in CLASSES.values()]
    + [errors.OpError(None, None, "m", 7), errors.UnknownError(None, None, "m", 3)],
)
def test_errors_survive_pickling(error):
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(twin) is type(error)
        assert (twin.message, twin.error_code) == ("m", error.error_code)


def test_what_has_no_class_or_code():
    for code in (errors.OK, 17, 99):
        with pytest.raises(KeyError):
            errors.exception_type_from_error_code(code)
    with pytest.raises(KeyError):
        errors.error_code_from_exception_type(errors.OpError)


def test_the_base_class_takes_any_code():
    assert errors.OpError(None, None, "m", errors.ABORTED).error_code == errors.ABORTED


def test_an_unknown_error_may_carry_a_foreign_code():
    assert errors.UnknownError(None, None, "m").error_code == errors.UNKNOWN
    assert errors.UnknownError(None, None, "m", 99).error_code == 99


def test_an_operator_not_allowed_is_a_type_error():
    assert issubclass(errors.OperatorNotAllowedInGraphError, TypeError)
