"""Campaigns that run, made as people make them: over the API, each written by one person and approved by another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2

from services.campaigns import bootstrap
from services.campaigns.application.starting import SWEEP
from services.campaigns.settings import CampaignsSettings
from shared.database.migrate import application_role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bench.servers import Database
    from bench.serving import Serving

API = "/api/campaigns/v1"
REQUEST_S_MAX = 60.0


class Marketing:
    """A marketer and an approver of a chain whose `campaigns` listens on `port`, over `database`."""

    def __init__(self, serving: Serving, database: Database, port: int) -> None:
        self._serving, self._database = serving, database
        self._client = httpx2.Client(base_url=f"http://127.0.0.1:{port}{API}", trust_env=False, timeout=REQUEST_S_MAX)

    def close(self) -> None:
        """Hangs up."""
        self._client.close()

    def start(self, drafts: Iterable[dict[str, Any]]) -> list[str]:
        """From draft to running; the ids."""
        ids = []
        for draft in drafts:
            id_ = self.post("marketer", "campaigns", draft)["campaign_id"]
            self.post("marketer", f"campaigns/{id_}/submission", {})
            self.post("approver", f"campaigns/{id_}/approval", {})
            self.post("marketer", f"campaigns/{id_}/start", {})
            ids.append(id_)
        self._sweep()
        return ids

    def _sweep(self) -> None:
        """What the scheduler's process does every few seconds: audiences are assigned, and campaigns run."""
        url = self._database.url(application_role("campaigns"))
        settings = CampaignsSettings(database_url=url, database_schema="campaigns")
        service = bootstrap.build(settings)
        [sweep] = [job for job in service.jobs if job.name == SWEEP]
        sweep.run(settings.business_clock().today(settings.time_zone))
        service.engine.dispose()

    def post(self, who: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer. Raises for every other than a good one, with what it said."""
        answer = self._client.post(path, json=body, headers={"Authorization": f"Bearer {self._serving.token(who)}"})
        if not answer.is_success:
            raise AssertionError(f"{path}: {answer.status_code} {answer.text}")
        found: dict[str, Any] = answer.json()
        return found

    def get(self, who: str, path: str) -> dict[str, Any]:
        """The same."""
        answer = self._client.get(path, headers={"Authorization": f"Bearer {self._serving.token(who)}"})
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found
