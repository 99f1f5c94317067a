from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from shared.identity.keys import KEY_BYTES, KeyFileError, load_key, load_or_create_key
from shared.identity.tokens import member_token, normalise
from shared.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

    from shared.contracts.customers import IdentifierKind


@pytest.mark.parametrize(
    ("kind", "written", "region", "normal"),
    [
        ("phone", "138 0013 8000", "CN", "+8613800138000"),
        ("phone", "+86-138-0013-8000", "US", "+8613800138000"),
        ("phone", "0086 13800138000", "CN", "+8613800138000"),
        ("phone", "(206) 234-5678", "US", "+12062345678"),
        ("card", " 60-21.ab 7 ", "CN", "6021AB7"),
        ("card", "0042", "CN", "0042"),
        ("email", " Wang@Example.COM ", "CN", "wang@example.com"),
    ],
)
def test_an_identifier_has_one_spelling(kind: IdentifierKind, written: str, region: str, normal: str) -> None:
    assert normalise(kind, written, region) == normal
    assert normalise(kind, normal, region) == normal


@pytest.mark.parametrize(
    ("kind", "written", "why"),
    [
        ("phone", "138001", "area code is missing"),
        ("phone", "1380013800", "no such number is in use"),
        ("phone", "138001380001380001", "too many digits"),
        ("phone", "99999999999", "no such number is in use"),
        ("phone", "my phone", "not a phone number"),
        ("phone", "+999 13800138000", "country code does not exist"),
        ("phone", "13800138000 ext. 5", "extension"),
        ("card", " - ", "1 to 64 letters and digits"),
        ("card", "4" * 65, "1 to 64 letters and digits"),
        ("card", "12/34", "1 to 64 letters and digits"),
        ("email", "wang.example.com", "one @"),
        ("email", "wang@example", "one @"),
        ("email", "a" * 250 + "@example.com", "at most 254"),
    ],
)
def test_a_wrong_identifier_is_named_explained_and_never_repeated(kind: IdentifierKind, written: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=why) as caught:
        normalise(kind, written, "CN")
    assert caught.value.message.startswith(kind)
    assert caught.value.facts["field"] == kind
    assert "like " in caught.value.message
    assert written.strip() not in caught.value.message or written.strip() == "-"


def test_a_token_depends_on_key_kind_and_value() -> None:
    key = b"k" * KEY_BYTES
    token = member_token(key, "card", "1")
    assert token == member_token(key, "card", "1")
    assert len({token, member_token(b"x" * KEY_BYTES, "card", "1"), member_token(key, "phone", "1")}) == 3
    # From openssl, over "card:1": tokens are stored for ever, so their making must never change.
    assert bytes.fromhex(token) == bytes.fromhex("6a9ad5d3fdf963507e93fae4075bf1740e84214bb951d3b47d9e21586b931646")


def test_a_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "one.key"
    key = load_or_create_key(path)
    assert len(key) == KEY_BYTES
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_or_create_key(path) == load_key(path) == key
    assert list(path.parent.iterdir()) == [path]


def test_processes_that_start_together_get_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(load_or_create_key, [tmp_path / "one.key"] * 32))
    assert len(keys) == 1


def test_a_missing_short_or_open_key_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "one.key"
    with pytest.raises(KeyFileError, match="is missing"):
        load_key(path)
    path.touch(mode=0o600)
    path.write_bytes(b"short")
    with pytest.raises(KeyFileError, match="does not hold a key of 32 bytes"):
        load_or_create_key(path)
    path.write_bytes(b"k" * KEY_BYTES)
    path.chmod(0o644)
    with pytest.raises(KeyFileError, match="chmod 600"):
        load_or_create_key(path)
