from __future__ import annotations

from datetime import date

import pytest

from services.customers.adapters.sealing import seal, unseal
from services.customers.application.identifiers import Identifier
from services.customers.application.ports import VaultError
from services.customers.application.profile import Profile, mask_birthday, mask_identifier, mask_name
from shared.kernel.ids import new_id


@pytest.mark.parametrize(
    ("name", "masked"),
    [("张三", "张*"), ("欧阳小明", "欧***"), ("Li", "L*"), ("Alexandra Smith", "A***"), ("李", "*")],
)
def test_a_name_shows_its_first_character(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("identifier", "masked"),
    [
        (Identifier("phone", "+8613812341234"), "138****1234"),
        (Identifier("phone", "+12062345678"), "206****5678"),
        (Identifier("phone", "+6561234567"), "****67"),
        (Identifier("card", "6021000042"), "****042"),
        (Identifier("card", "602100000042"), "****0042"),
        (Identifier("card", "12"), "****"),
        (Identifier("email", "wang@example.com"), "w***@example.com"),
    ],
)
def test_an_identifier_shows_enough_to_recognise(identifier: Identifier, masked: str) -> None:
    assert mask_identifier(identifier) == masked


def test_a_birthday_shows_the_day_and_not_the_age() -> None:
    assert mask_birthday(date(1980, 5, 17)) == "****-05-17"


def test_a_profile_is_not_in_its_repr() -> None:
    profile = Profile("张三", date(1980, 5, 17), (Identifier("phone", "+8613812341234"),))
    assert not any(word in repr(profile) + repr(profile.identifiers) for word in ("张三", "1980", "138"))


def test_what_is_sealed_opens_with_its_key_owner_and_purpose_only() -> None:
    key, owner = b"k" * 32, new_id()
    sealed = seal(key, b"plain", owner=owner, purpose=b"profile:1")
    assert unseal(key, sealed, owner=owner, purpose=b"profile:1") == b"plain"
    assert seal(key, b"plain", owner=owner, purpose=b"profile:1") != sealed
    for other in (
        {"key": b"x" * 32, "owner": owner, "purpose": b"profile:1"},
        {"key": key, "owner": new_id(), "purpose": b"profile:1"},
        {"key": key, "owner": owner, "purpose": b"profile:2"},
    ):
        with pytest.raises(VaultError):
            unseal(sealed=sealed, **other)  # type: ignore[arg-type]  # the three arguments have their own types
