"""What makes a registration the same one again must never change: it is hashed, and the hash is kept for ever."""

from __future__ import annotations

from datetime import date

import pytest

from services.customers.application.identifiers import Identifier
from services.customers.application.profile import Profile
from services.customers.application.registration import Registration
from shared.kernel.ids import derived_id

PROFILE = Profile("王芳", date(1980, 5, 17), (Identifier("phone", "+8613812341234"), Identifier("card", "7")))
BEFORE = (
    '{"name":"王芳","birthday":"1980-05-17","identifiers":[["card","7"],["phone","+8613812341234"]],'
    '"home_store":"S1","consents":[]}'
).encode()
"""As the first release hashed it."""


def test_what_an_earlier_release_registered_is_still_the_same() -> None:
    assert Registration(derived_id("m"), PROFILE, "S1").content() == BEFORE


@pytest.mark.parametrize("chosen", [{"language": "en"}, {"birthday_calendar": "lunar"}])
def test_another_choice_is_another_registration(chosen: dict[str, str]) -> None:
    profile = Profile(PROFILE.name, PROFILE.birthday, PROFILE.identifiers, **chosen)  # type: ignore[arg-type]  # both are literals
    assert Registration(derived_id("m"), profile, "S1").content() != BEFORE


def test_what_was_chosen_is_not_in_a_repr() -> None:
    assert "lunar" not in repr(Profile("王芳", None, (), "en", "lunar"))
