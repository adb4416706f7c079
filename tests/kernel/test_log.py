"""The kernel's log: secrets do not reach it."""

import logging
from collections.abc import Iterator

import pytest

from effecttalk_kernel.config.settings import Settings
from effecttalk_kernel.kernel.log import NAME, start_logging
from effecttalk_kernel.safety.masker import Masker
from effecttalk_kernel.safety.redaction.redactor import MASK

SECRET = "hunter2hunter2"


@pytest.fixture(autouse=True)
def logger() -> Iterator[logging.Logger]:
    """The logger of the package, as it was before after the test."""
    log = logging.getLogger(NAME)
    before = log.handlers[:], log.level, log.propagate
    yield log
    log.handlers[:], log.level, log.propagate = before


def test_secrets_in_messages_and_tracebacks_are_masked(
    logger: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    start_logging("INFO", Masker(Settings(), {"API_TOKEN": SECRET}).text)
    try:
        raise ValueError(SECRET)
    except ValueError:
        logger.exception("failed %s", SECRET)
    written = capsys.readouterr().err
    assert f"failed {MASK}" in written
    assert f"ValueError: {MASK}" in written
    assert SECRET not in written
