"""Which errors of the database are worth another try: whoever retries the others stands still for ever."""

from __future__ import annotations

import psycopg.errors as pg
import pytest
from sqlalchemy.exc import DBAPIError

from shared.database.engine import is_transient


@pytest.mark.parametrize("wrapped", [False, True], ids=["psycopg", "sqlalchemy"])
@pytest.mark.parametrize(
    ("error", "transient"),
    [
        (pg.AdminShutdown, True),
        (pg.DeadlockDetected, True),
        (pg.LockNotAvailable, True),
        (pg.ProgramLimitExceeded, False),
        (pg.NumericValueOutOfRange, False),
        (pg.UniqueViolation, False),
    ],
)
def test_a_transaction_is_tried_again_only_where_that_can_help(
    error: type[pg.Error],
    *,
    transient: bool,
    wrapped: bool,
) -> None:
    raised = DBAPIError.instance("select 1", {}, error(), pg.Error) if wrapped else error()
    assert is_transient(raised) is transient
