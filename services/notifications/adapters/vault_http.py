"""The vault of `customers` over HTTP: addresses for messages, and whose birthday it is. Nothing is kept."""

from __future__ import annotations

import ssl
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from uuid import UUID

import httpx2
import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

from services.notifications.application.ports import Released, VaultAway, Withheld
from services.notifications.domain.values import Language, Rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.notifications.application.ports import Ask

log = structlog.get_logger(__name__)

M = TypeVar("M", bound=BaseModel)

TIMEOUT_S = 10.0
RELEASES_MAX = 500
PAGE = 1_000
_CHANNELS = frozenset({"sms", "phone", "email"})
"""Those that the vault has addresses for."""
_RULES: dict[str, Rule] = {
    "consent_missing": "consent",
    "address_missing": "no_address",
    "customer_not_found": "erased",
    "customer_erased": "erased",
}


class _Result(BaseModel):
    """One answer: an address, or a code that says why there is none."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    address: str | None = None
    name: str | None = None
    language: Language = "zh-CN"
    code: str | None = None


class _Results(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    results: list[_Result]


class _Page(BaseModel):
    model_config = ConfigDict(extra="ignore")

    items: list[UUID]
    next_cursor: UUID | None = None


class HttpVault:
    """See `application.ports.Vault`."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"}
        # Read once: it takes longer than a call. A client lives as long as its call, so there is none to be closed.
        self._trusted = ssl.create_default_context()

    def _client(self) -> httpx2.Client:
        return httpx2.Client(
            base_url=self._url,
            headers=self._headers,
            timeout=TIMEOUT_S,
            trust_env=False,
            verify=self._trusted,
        )

    def reachable(self) -> bool:
        try:
            with self._client() as client:
                return client.get("/livez").is_success
        except httpx2.HTTPError:
            return False

    def release(self, asked: Sequence[Ask]) -> Sequence[Released | Withheld]:
        answers: list[Released | Withheld] = [
            Withheld("no_address", f"the vault keeps no addresses for {ask.channel}") for ask in asked
        ]
        known = [place for place, ask in enumerate(asked) if ask.channel in _CHANNELS]
        for first in range(0, len(known), RELEASES_MAX):
            places = known[first : first + RELEASES_MAX]
            for place, answer in zip(places, self._release([asked[place] for place in places]), strict=True):
                answers[place] = answer
        return answers

    def birthdays(self, day: date, calendar: Literal["solar", "lunar"]) -> Sequence[UUID]:
        found: list[UUID] = []
        parameters: dict[str, str | int] = {"date": day.isoformat(), "calendar": calendar, "limit": PAGE}
        while True:
            page = self._read(_Page, "GET", "/api/customers/v1/birthdays", params=parameters)
            found += page.items
            if page.next_cursor is None:
                return found
            parameters["cursor"] = str(page.next_cursor)

    def _release(self, asked: Sequence[Ask]) -> list[Released | Withheld]:
        body = {
            "releases": [
                {"customer_id": str(ask.customer_id), "purpose": ask.purpose, "channel": ask.channel} for ask in asked
            ]
        }
        answer = self._read(_Results, "POST", "/api/customers/v1/address-releases", json=body)
        if len(answer.results) != len(asked):
            log.error("vault_answer_invalid", asked=len(asked), answered=len(answer.results))
            raise VaultAway
        return [_answer(result) for result in answer.results]

    def _read(self, model: type[M], method: str, path: str, **request: Any) -> M:  # noqa: ANN401 - as the client takes it
        """The answer. An answer that cannot be used is like none: nothing was sent, and it is asked again."""
        try:
            with self._client() as client:
                answer = client.request(method, path, **request).raise_for_status()
            return model.model_validate_json(answer.content)
        except httpx2.HTTPStatusError as refused:
            log.error("vault_refuses", path=path, status=refused.response.status_code)  # noqa: TRY400 - nothing of the request belongs into a log
        except httpx2.HTTPError as broken:
            log.warning("vault_away", path=path, error=type(broken).__name__)
        except ValidationError:
            log.error("vault_answer_invalid", path=path)  # noqa: TRY400 - as above
        raise VaultAway


def _answer(result: _Result) -> Released | Withheld:
    if result.address is not None:
        return Released(result.address, result.name, result.language)
    code = result.code or "no_answer"
    return Withheld(_RULES.get(code, "no_address"), f"the vault says {code}")
