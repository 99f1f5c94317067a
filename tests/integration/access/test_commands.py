"""What an operator does at the terminal: tokens, users, revoking a till, checking the chains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from services.cli import main
from shared.access.audit_log import Entry, append
from shared.access.errors import TokenRevoked
from shared.access.issuer import BuiltInIssuer
from shared.access.permissions import Scope
from shared.access.tokens import Verifier
from tests.conftest import SERVICES
from tests.support.processes import environment_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Database


@pytest.fixture
def regulars(database: Database, tmp_path: Path, issuer_dir: Path) -> Callable[..., tuple[int, str]]:
    """The command line beside the services of a database; there is no data folder."""
    environment = environment_of(database, tmp_path) | {
        "REGULARS_ACCESS_BUILT_IN_DIR": str(issuer_dir),
        "COLUMNS": "300",
    }
    database.log()

    def run(*arguments: object) -> tuple[int, str]:
        command = [*map(str, arguments), "--data-dir", str(tmp_path / "none")]
        result = CliRunner().invoke(main, command, env=environment)
        return result.exit_code, result.output + (result.stderr or "")

    return run


def test_a_tills_token_is_good_until_its_device_is_revoked(
    regulars: Callable[..., tuple[int, str]],
    database: Database,
    issuer_dir: Path,
) -> None:
    code, printed = regulars("token", "--role", "till", "--store", "SH-001", "--device", "SH-001/1")
    assert code == 0
    token = printed.strip()
    caller = Verifier([BuiltInIssuer(issuer_dir).trusted()]).verify(token)
    assert (caller.device, caller.scope) == ("SH-001/1", Scope(frozenset({"SH-001"})))

    assert regulars("issuer", "revoke", "SH-001/1", "--reason", "stolen")[0] == 0
    with pytest.raises(TokenRevoked):
        Verifier([BuiltInIssuer(issuer_dir).trusted()]).verify(token)
    assert "SH-001/1" in regulars("issuer", "revoked")[1]
    with database.engine("stores").connect() as connection:
        rows = connection.execute(text("select action, subject, details from audit_log")).all()
    assert [tuple(row) for row in rows] == [("device_revoked", "device/SH-001/1", {"reason": "stolen"})]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--role", "king"), "role 'king' does not exist; the roles are hq_admin"),
        (("--role", "till"), "device is missing"),
        (("--minutes", 10**6), "a token lives for 1 to"),
    ],
)
def test_a_token_that_cannot_be_is_explained(
    regulars: Callable[..., tuple[int, str]],
    arguments: tuple[object, ...],
    said: str,
) -> None:
    code, printed = regulars("token", *arguments)
    assert code == 2
    assert said in " ".join(printed.split())


def test_users_are_shown_with_their_first_password_and_can_be_added(regulars: Callable[..., tuple[int, str]]) -> None:
    shown = regulars("users")[1]
    assert "privacy-officer" in shown
    code, printed = regulars("users", "set", "li.wei", "--role", "clerk", "--store", "SH-001")
    password = printed.strip().rpartition(" ")[2]
    assert (code, len(password)) == (0, 19)
    shown = regulars("users")[1]
    assert "li.wei" in shown
    assert password not in shown
    assert regulars("users", "remove", "li.wei")[0] == 0
    assert regulars("users", "remove", "li.wei")[0] == 2


def test_the_chains_are_checked_and_whoever_rewrites_one_is_found_by_earlier_heads(
    regulars: Callable[..., tuple[int, str]],
    database: Database,
    tmp_path: Path,
) -> None:
    for n in range(3):
        with database.engine("customers").begin() as connection:
            append(connection, [Entry("anne", "profile_unmasked", f"customer/{n}")])
    code, printed = regulars("audit", "--chain")
    assert (code, printed.count("holds")) == (0, len(SERVICES))
    kept_elsewhere = tmp_path / "copied.log"
    kept_elsewhere.write_text(printed)
    with database.superuser().begin() as connection:
        connection.execute(text("set local search_path to customers"))
        connection.execute(text("set local session_replication_role to replica"))
        connection.execute(text("delete from audit_log where number = 3"))
        connection.execute(
            text("update audit_log_head set number = 2, hash = (select hash from audit_log where number = 2)"),
        )
    assert regulars("audit", "--chain")[0] == 0, "without what was noted down nobody can tell"
    code, printed = regulars("audit", "--chain", "--anchors", kept_elsewhere)
    assert code == 1
    assert "row 3 is missing" in printed
    assert printed.count("BROKEN") == 1
