"""What a clerk reads about an offer that does not apply."""

from __future__ import annotations

from services.campaigns.domain.offers.reasons import CODES, TITLES


def test_every_reason_has_a_title_of_its_own_in_both_languages() -> None:
    assert set(TITLES) == set(CODES)
    for language in ("zh-CN", "en"):
        said = [title[language] for title in TITLES.values()]
        assert all(said)
        assert len(set(said)) == len(said)
    assert all(title.keys() == {"zh-CN", "en"} for title in TITLES.values())
