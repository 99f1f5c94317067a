"""A lock of a session is free again when its block ends, whatever becomes of the statement that gives it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DBAPIError, OperationalError

from shared.database.session_lock import session_lock

if TYPE_CHECKING:
    from tests.conftest import Database

NAME = ".job.x"


def test_one_holds_it_and_the_next_gets_it(database: Database) -> None:
    engine = database.engine("kernel")
    with session_lock(engine, NAME) as held:
        assert held is not None
        with session_lock(engine, NAME) as second, session_lock(engine, ".job.y") as other:
            assert second is None
            assert other is not None
    with session_lock(engine, NAME, wait=True) as again:
        assert again is not None


def test_the_lock_is_of_one_schema(database: Database) -> None:
    with session_lock(database.engine("kernel"), NAME), session_lock(database.engine("stores"), NAME) as other:
        assert other is not None


def test_whoever_waits_is_refused_when_the_time_for_locks_is_over(database: Database) -> None:
    engine = database.engine("kernel")
    with session_lock(engine, NAME), engine.connect() as brief:
        # The pool gives out what came back last.
        brief.execute(text("set lock_timeout = 50"))
        brief.commit()
        brief.close()
        with pytest.raises(OperationalError), session_lock(engine, NAME, wait=True):
            pytest.fail("two hold it")


def test_no_transaction_is_open_behind_the_lock(database: Database) -> None:
    with session_lock(database.engine("kernel"), NAME), database.superuser().connect() as looking:
        states = looking.scalars(
            text("select state from pg_stat_activity where application_name = 'regulars-kernel' and datname = :name"),
            {"name": database.name},
        )
        assert set(states) == {"idle"}


def test_what_fails_inside_is_told_and_the_lock_is_free(database: Database) -> None:
    engine = database.engine("kernel")
    with pytest.raises(DBAPIError), session_lock(engine, NAME) as held:
        held.execute(text("select 1/0"))  # type: ignore[union-attr]
    with session_lock(engine, NAME) as again:
        assert again is not None


@pytest.mark.parametrize("refused", ["pg_advisory_unlock", "pg_try_advisory_lock"])
def test_a_statement_that_is_cancelled_leaves_no_lock_in_the_pool(database: Database, refused: str) -> None:
    engine = database.engine("kernel")
    _cancel_once(engine, refused)
    try:
        with session_lock(engine, NAME):
            pass
    except DBAPIError:
        assert refused != "pg_advisory_unlock", "what was done under the lock is done"
    # From elsewhere: the session that holds a lock could take it twice.
    with session_lock(database.engine("kernel"), NAME) as again:
        assert again is not None


def _cancel_once(engine: Engine, function: str) -> None:
    """The statement with `function` is cancelled, as an operator or a time limit does it: the connection stays.

    A lock that is asked for is cancelled behind its taking, which is when it is kept and nobody is told.
    """
    waiting = [function]

    @event.listens_for(engine, "before_cursor_execute", retval=True)
    def cancel(_c: object, _cursor: object, statement: str, parameters: object, *_: object) -> tuple[str, object]:
        if not waiting or function not in statement:
            return statement, parameters
        waiting.pop()
        if "unlock" in function:
            return "select pg_cancel_backend(pg_backend_pid())", parameters
        return f"{statement}, pg_cancel_backend(pg_backend_pid())", parameters
