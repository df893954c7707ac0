import pytest

from reminders.errors import ConfigurationError, InputError, OperationError, ReminderError


def test_an_installation_that_is_wrong_is_wrong_input() -> None:
    assert issubclass(ConfigurationError, InputError)


def test_an_operation_that_failed_is_not_wrong_input() -> None:
    assert not issubclass(OperationError, InputError)


@pytest.mark.parametrize("kind", [InputError, ConfigurationError, OperationError])
def test_every_announced_failure_can_be_caught_as_one(kind: type[Exception]) -> None:
    assert issubclass(kind, ReminderError)
