"""Where a process's lines go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from tests.support.canary import logging_to

if TYPE_CHECKING:
    from pathlib import Path

log = structlog.get_logger()


def test_who_sets_up_the_logs_again_is_heard_by_loggers_that_were_used_before(tmp_path: Path) -> None:
    """A command's own stream can be closed by then: a line for it would fail what it tells about."""
    for name in ("first", "second"):
        with logging_to(tmp_path / name):
            log.warning(name)
    assert [(tmp_path / name).read_text().count("event") for name in ("first", "second")] == [1, 1]
