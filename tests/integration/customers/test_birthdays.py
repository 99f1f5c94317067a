"""Who celebrates on a day, without the database telling when."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import orjson
import pytest

from services.customers.adapters import vault_postgres
from services.customers.adapters.sealing import seal
from tests.integration.customers.conftest import ROOT
from tests.integration.customers.test_keys import vault_of
from tests.support.access import bearer

if TYPE_CHECKING:
    from uuid import UUID

    from services.customers.application.profile import Profile
    from tests.integration.customers.conftest import Api


def celebrating(api: Api, day: str, calendar: str = "solar") -> list[str]:
    answer = api.get(f"/birthdays?date={day}&calendar={calendar}")
    assert answer.status_code == 200, answer.text
    found: list[str] = answer.json()["items"]
    return found


def born(api: Api, birthday: str | None, calendar: str = "solar") -> str:
    card = str(len(api.rows("select customer_id from vault_keys")))
    return api.register(card=card, birthday=birthday, birthday_calendar=calendar)


def test_each_is_found_on_the_day_that_they_celebrate(api: Api) -> None:
    solar, lunar = born(api, "1980-05-17"), born(api, "1980-05-17", "lunar")  # 1980's fourth month, fourth day
    born(api, None)
    born(api, "1980-05-18")
    assert celebrating(api, "2026-05-17") == [solar]
    assert celebrating(api, "2026-05-20", "lunar") == [lunar]
    assert celebrating(api, "2026-05-17", "lunar") == []
    assert celebrating(api, "2026-05-20") == []


def test_on_29_february_and_on_the_day_before_in_common_years(api: Api) -> None:
    leapling, other = born(api, "1984-02-29"), born(api, "1985-02-28")
    assert celebrating(api, "2024-02-29") == [leapling]
    assert celebrating(api, "2024-02-28") == [other]
    assert celebrating(api, "2026-02-28") == sorted([leapling, other])
    assert celebrating(api, "2026-03-01") == []


def test_the_last_of_a_lunar_month_and_a_leap_month(api: Api) -> None:
    thirtieth = born(api, "1984-02-01", "lunar")  # the thirtieth of the twelfth month
    leap = born(api, "2020-05-23", "lunar")  # the first of a leap fourth month
    assert celebrating(api, "2026-02-16", "lunar") == [thirtieth], "the month has 29 days"
    assert celebrating(api, "2026-05-17", "lunar") == [leap], "the first of the plain fourth month"


def test_whoever_changes_the_calendar_is_found_by_the_other(api: Api) -> None:
    customer_id = born(api, "1980-05-17")
    path = f"/customers/{customer_id}/preferences"
    assert api.post(path, {"birthday_calendar": "lunar"}).json() == {"customer_id": customer_id, "version": 2}
    assert celebrating(api, "2026-05-17") == []
    assert celebrating(api, "2026-05-20", "lunar") == [customer_id]
    assert api.get(f"/customers/{customer_id}/profile").json()["birthday_calendar"] == "lunar"
    early = born(api, "1900-01-05")
    answer = api.post(f"/customers/{early}/preferences", {"birthday_calendar": "lunar"})
    assert (answer.status_code, answer.json()["field"]) == (422, "birthday")
    answer = api.post("/customers", {"card": "x", "birthday": "1900-01-05", "birthday_calendar": "lunar"})
    assert (answer.status_code, answer.json()["field"]) == (422, "birthday")
    assert api.get("/birthdays?date=2200-01-01&calendar=lunar").json()["field"] == "date"


def test_many_come_page_by_page(api: Api) -> None:
    ids = sorted(born(api, "1980-05-17") for _ in range(5))
    seen: list[str] = []
    cursor = ""
    for _ in range(3):
        page = api.get(f"/birthdays?date=2026-05-17&limit=2{cursor}").json()
        seen += page["items"]
        cursor = f"&cursor={page['next_cursor']}"
    assert (seen, page["next_cursor"]) == (ids, None)


def test_an_erasure_takes_the_birthday_along(api: Api) -> None:
    customer_id, neighbour = born(api, "1980-05-17"), born(api, "1980-05-17")
    api.post(f"/customers/{customer_id}/erasure")
    assert celebrating(api, "2026-05-17") == [neighbour]
    assert api.rows("select count(*) from birthday_index") == [(1,)]


def test_the_table_holds_keyed_hashes_only(api: Api) -> None:
    born(api, "1980-05-17")
    [(digest,)] = api.rows("select digest from birthday_index")
    assert len(bytes(digest)) == 32
    assert bytes(digest) != bytes(api.rows("select digest from blind_index")[0][0])


@pytest.mark.parametrize("role", ["operator", "marketer", "service_desk", "privacy_officer", "clerk"])
def test_only_services_ask(api: Api, role: str) -> None:
    answer = api.http.get(f"{ROOT}/birthdays?date=2026-05-17", headers=bearer(role, stores=["S1"]))
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


def test_a_service_of_a_part_of_the_chain_does_not_see_all_of_it(api: Api) -> None:
    answer = api.http.get(f"{ROOT}/birthdays?date=2026-05-17", headers=bearer("service", stores=["S1"]))
    assert answer.status_code == 403


def as_before(api: Api, customer_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives a customer the record of the first release: another version of the document, and no birthday in it."""

    def first_form(key: bytes, owner: UUID, profile: Profile) -> bytes:
        document = {
            "name": profile.name,
            "birthday": profile.birthday,
            "identifiers": [(i.kind, i.value) for i in profile.identifiers],
        }
        return seal(key, orjson.dumps(document), owner=owner, purpose=b"profile:1")

    with monkeypatch.context() as patched:
        patched.setattr(vault_postgres, "SCHEMA_VERSION", 1)
        patched.setattr(vault_postgres, "seal_profile", first_form)
        assert api.post(f"/customers/{customer_id}/preferences", {}).status_code == 200
    with api.service.engine.begin() as connection:
        connection.exec_driver_sql(f"delete from birthday_index where customer_id = '{customer_id}'")
    assert api.rows(f"select schema_version from vault_records where customer_id = '{customer_id}'") == [(1,)]


def test_members_from_before_are_found_after_the_daily_job(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    members = [born(api, "1980-05-17") for _ in range(4)]
    for customer_id in members[:3]:
        as_before(api, customer_id, monkeypatch)
    with api.service.engine.begin() as connection:
        connection.exec_driver_sql(f"update vault_records set sealed = '\\x00' where customer_id = '{members[0]}'")
    assert celebrating(api, "2026-05-17") == [members[3]]
    monkeypatch.setattr("services.customers.entrypoints.scheduler.RECORDS_PER_TRANSACTION", 1)
    [job] = api.service.jobs
    for _ in range(2):
        job.run(date(2026, 3, 1))
        assert celebrating(api, "2026-05-17") == sorted(members[1:]), "what does not open holds nobody up"
    assert api.get(f"/customers/{members[1]}/profile").json()["birthday"] == "****-05-17"
    assert api.rows("select schema_version, count(*) from vault_records group by 1 order by 1") == [(1, 1), (3, 3)]


def test_a_change_brings_a_member_from_before_up_to_date(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    customer_id = born(api, "1980-05-17")
    as_before(api, customer_id, monkeypatch)
    assert (
        api.post(f"/customers/{customer_id}/identifiers", {"kind": "phone", "value": "13812341234"}).status_code == 200
    )
    assert celebrating(api, "2026-05-17") == [customer_id]


def test_the_job_passes_over_who_is_just_being_changed(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    customer_id = born(api, "1980-05-17")
    as_before(api, customer_id, monkeypatch)
    vault = vault_of(api.settings)
    with api.service.engine.begin() as connection:
        connection.exec_driver_sql(f"delete from vault_keys where customer_id = '{customer_id}'")
        with api.service.engine.begin() as other:
            assert vault.bring_up_to_date(other, after=None, limit=10) is None
    assert api.rows("select count(*) from birthday_index") == [(0,)]
