"""The built-in issuer's folder: keys that rotate, users, files that only their owner reads, and guessing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from shared.access.claims import ClaimNames, caller_from
from shared.access.errors import TokenInvalid, TokenRevoked, TooManyAttempts
from shared.access.guessing import KEYS_MAX, GuessLimit
from shared.access.issuer import MINUTES_MAX, BuiltInIssuer, Grant
from shared.access.permissions import Scope
from shared.access.tokens import Verifier
from shared.access.users import User, Users
from shared.identity.keys import KeyFileError
from shared.kernel.errors import InvalidInput

ANNE = Grant("anne", ["hq_admin"])


def test_another_process_reads_the_same_keys_and_believes_the_tokens(tmp_path: Path) -> None:
    token = BuiltInIssuer(tmp_path / "issuer").token(ANNE, minutes=5)
    caller = Verifier([BuiltInIssuer(tmp_path / "issuer").trusted()]).verify(token)
    assert caller.name == "regulars|anne"
    assert oct((tmp_path / "issuer" / "signing-keys.json").stat().st_mode)[-3:] == "600"


def test_after_one_rotation_old_tokens_are_good_and_after_two_they_are_void(tmp_path: Path) -> None:
    issuer = BuiltInIssuer(tmp_path)
    token = issuer.token(ANNE, minutes=5)
    issuer.rotate()
    assert len(issuer.jwks()["keys"]) == 2
    assert "d" not in issuer.jwks()["keys"][0], "a private part never leaves the folder"
    Verifier([issuer.trusted()]).verify(token)
    Verifier([issuer.trusted()]).verify(issuer.token(ANNE, minutes=5))
    issuer.rotate()
    with pytest.raises(TokenInvalid, match="kid"):
        Verifier([issuer.trusted()]).verify(token)


def test_a_device_gets_a_good_token_in_the_second_in_which_it_was_revoked(tmp_path: Path) -> None:
    issuer = BuiltInIssuer(tmp_path)
    till = Grant("till", ["till"], ["SH-001"], device="SH-001/1")
    stolen = issuer.token(till, minutes=5)
    issuer.revoke("SH-001/1")
    replacement = issuer.token(till, minutes=5)
    with pytest.raises(TokenRevoked):
        Verifier([issuer.trusted()]).verify(stolen)
    assert Verifier([issuer.trusted()]).verify(replacement).device == "SH-001/1"


def test_a_key_file_that_others_may_read_is_refused_and_says_how_to_mend_it(tmp_path: Path) -> None:
    issuer = BuiltInIssuer(tmp_path)
    (tmp_path / "signing-keys.json").chmod(0o644)
    with pytest.raises(KeyFileError, match="chmod 600"):
        issuer.token(ANNE, minutes=5)


@pytest.mark.parametrize(
    ("grant", "minutes", "field"),
    [
        (Grant("x", ["king"]), 5, "role"),
        (Grant("x", ["till"], stores=["a"]), 5, "device"),
        (ANNE, 0, "minutes"),
        (ANNE, MINUTES_MAX + 1, "minutes"),
    ],
)
def test_what_cannot_be_granted_is_named(tmp_path: Path, grant: Grant, minutes: int, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        BuiltInIssuer(tmp_path).token(grant, minutes=minutes)
    assert refused.value.facts["field"] == field


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with its first users; made once, since hashing ten passwords is slow on purpose."""
    folder = tmp_path_factory.mktemp("made")
    Users(folder)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "issuer")


def test_first_users_have_passwords_of_their_folder_only_and_no_file_holds_one(folder: Path) -> None:
    users = Users(folder)
    password = users.first_password("clerk")
    assert password
    assert users.sign_in("clerk", password) == User("clerk", ("clerk",))
    assert users.sign_in("clerk", password + "x") is None
    assert users.sign_in("nobody", password) is None
    assert not any(password.encode() in file.read_bytes() for file in folder.iterdir())
    (folder / "first-passwords.key").write_bytes(bytes(32))
    assert Users(folder).first_password("clerk") is None, "another folder's key tells other passwords"


def test_a_user_is_added_changed_and_removed(folder: Path) -> None:
    users = Users(folder)
    password = users.put(User("li", ("clerk",), ("SH-001",)))
    assert password
    assert users.put(User("li", ("store_manager",), ("SH-002",))) is None, "a change keeps the password"
    user = users.sign_in("li", password)
    assert user
    caller = caller_from(user.grant().claims() | {"iss": "regulars"}, ClaimNames())
    assert caller.scope == Scope(frozenset({"SH-002"}))
    assert users.remove("li")
    assert not users.remove("li")
    assert users.sign_in("li", password) is None
    with pytest.raises(InvalidInput):
        users.put(User("Li Wei", ("clerk",)))


def test_guesses_are_counted_before_they_are_judged_and_forgotten_with_time() -> None:
    now = 0.0
    limit = GuessLimit(3, 60, lambda: now)
    for _ in range(3):
        limit.count("anne")
    with pytest.raises(TooManyAttempts) as refused:
        limit.count("anne")
    assert refused.value.retry_after_s == 60
    limit.count("other")
    now = 60
    limit.count("anne")
    limit.forgive("anne")
    for _ in range(3):
        limit.count("anne")


def test_names_that_guessers_make_up_do_not_fill_the_memory() -> None:
    limit = GuessLimit(3, 60, lambda: 0.0)
    for n in range(KEYS_MAX + 10):
        limit.count(str(n))
    assert len(limit._attempts) <= KEYS_MAX + 1
