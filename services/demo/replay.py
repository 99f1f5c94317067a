"""The demo itself: start, register, replay, wait until every service has caught up, compare, say the verdict."""

from __future__ import annotations

import json
import queue
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from services.attached import Attached, attach
from services.demo.bookmark import Bookmark
from services.demo.chain import Chain, customer_id
from services.demo.expected import expect
from services.demo.journey import AS_OF, STORES_TIME_ZONE, Chunk, Journey
from services.demo.progress import Progress
from services.demo.report import compare, document, show
from services.demo.timings import Timings
from services.local import SERVICES, issuer_folder
from services.quiet import places, wait_until_quiet
from services.serving import show_addresses, wait_for_stop
from services.story.play import play
from services.story.stage import Stage
from services.systems import local_system
from shared.access.roles import STORE_BOUND
from shared.access.users import Users

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from shared.messaging.lag import Lag

SENDERS = 2
PREPARED_CHUNKS_MAX = 8
LOOK_EVERY_S = 0.5
DEMO_MINUTES_MAX = 24 * 60
OnItsWay = tuple[Chunk, Future[dict[str, int]]]
END_OF_YEAR = datetime.fromisoformat(f"{AS_OF}T23:59:59").replace(tzinfo=ZoneInfo(STORES_TIME_ZONE))
"""The demo's business moment: schedulers, expiry and scores believe that it is the year's last evening."""


def run_demo(
    console: Console,
    data_dir: Path,
    *,
    serve: bool,
    story: bool,
    report: Path | None,
    limit: int | None,
    port: int | None,
    workers: int | None,
    kafka: str | None = None,
) -> bool:
    """Runs the demo; whether every figure is equal. With `serve`, goes on serving until it is stopped.

    With `story`, a campaign is played after the year has been compared, if it was equal.

    With `kafka`, over that Kafka and one process per service, instead of the embedded system.
    """
    console.print("Reading the Complete Journey data ...")
    journey = Journey(limit)
    expected = expect(journey)
    data_dir.mkdir(parents=True, exist_ok=True)
    bookmark = Bookmark.read(data_dir)
    first_chunk = bookmark.begin(limit, journey.receipts)
    console.print(f"Starting PostgreSQL{', Kafka' if kafka else ''} and the services ...")
    with local_system(
        data_dir,
        kafka=kafka,
        port=port,
        workers=workers,
        time_zone=STORES_TIME_ZONE,
        business_time=END_OF_YEAR,
    ) as system:
        chain = Chain(
            {service: system.address_of(service) for service in SERVICES},
            system.operator_token(DEMO_MINUTES_MAX),
        )
        with attach(data_dir) as view:
            replay = Replay(console, chain, view, journey, bookmark, first_chunk)
            seconds = replay.run()
            console.print("Scoring everybody, asking every service for its figures, auditing ...")
            chain.sweep(AS_OF)
            replay.wait_until_quiet()
            actual = chain.figures(journey.members)
            actual.audit = _audit(view)
            if (today := f"{Stage.find(data_dir).now:%Y-%m-%d}") != AS_OF:
                # A story has been played here: scores and segments are to be those of its day again.
                chain.sweep(today)
        equal = show(console, compare(expected, actual), expected, actual)
        summary = replay.timings.document(journey.receipts - first_chunk * journey.chunk_receipts, seconds)
        console.print(
            f"{seconds:,.1f} s from the first receipt until every service had caught up:"
            f" {summary['receipts_per_second']:,.0f} receipts/s.",
        )
        if report is not None:
            report.write_text(json.dumps(document(actual, summary), indent=1))
            console.print(f"Report in {report}")
        if story and equal:
            play(console, Stage.find(system.data_dir))
        if serve:
            _employ(Users(issuer_folder(system.data_dir)), journey.busiest_store)
            show_addresses(console, system)
            card = journey.members[0]
            account = f"{system.address_of('loyalty')}/api/loyalty/v1/accounts/{customer_id(card)}"
            console.print(f'Try: curl -H "$AUTH" {account}  (card {card})', soft_wrap=True)
            wait_for_stop()
    return equal


def _employ(users: Users, store: str) -> None:
    """Gives the first users who need a store one that has something to show; whoever was given one keeps it."""
    for user in users.all():
        if STORE_BOUND.intersection(user.roles) and not (user.stores or user.regions):
            users.put(replace(user, stores=(store,)))


@dataclass
class Replay:
    """One replay of a journey: its parts, and what it has seen so far."""

    console: Console
    chain: Chain
    view: Attached
    journey: Journey
    bookmark: Bookmark
    first_chunk: int
    counts: dict[str, int] = field(default_factory=dict)
    timings: Timings = field(default_factory=Timings)

    def run(self) -> float:
        """Registers, sends, waits for every consumer; the seconds from the first receipt to the last record."""
        journey, late = self.journey, self.journey.late_members
        self.chain.register_stores(journey.stores)
        self.chain.register_members(sorted(set(journey.members) - set(late)))
        self.wait_until_quiet()
        sent_before = self.first_chunk * journey.chunk_receipts
        if sent_before:
            self.console.print(f"Going on after {sent_before:,} receipts.")
        share = journey.early_receipts / max(journey.receipts, 1)
        self.console.print(
            f"Replaying {journey.receipts:,} receipts; {len(late)} members register only when half of them are in,"
            f" so {journey.early_receipts:,} ({share:.1%}) arrive before theirs.",
        )
        self.timings = Timings()
        with Progress(self.console, journey.receipts, sent=sent_before) as progress:
            looked_at = threading.Event()
            looker = threading.Thread(target=self._look, args=(progress, looked_at), daemon=True)
            looker.start()
            self._send_all(progress)
            self.timings.sent_s = time.monotonic() - self.timings.started
            looked_at.set()
            looker.join()
            self.wait_until_quiet(progress)
            seconds = time.monotonic() - self.timings.started
        self.bookmark.move(journey.receipts // journey.chunk_receipts + 1, complete=True)
        if self.counts.get("duplicate"):
            self.console.print(f"{self.counts['duplicate']:,} receipts were recognised: they were there already.")
        return seconds

    def _send_all(self, progress: Progress) -> None:
        """Sends the chunks in order, a few at a time, and the late members when half of the chunks are in."""
        if self.first_chunk > self.journey.half:
            self.chain.register_members(self.journey.late_members)
        # DuckDB makes the receipts while earlier ones are on their way; the queue bounds how far ahead it runs.
        prepared: queue.Queue[Chunk | Exception | None] = queue.Queue(PREPARED_CHUNKS_MAX)
        threading.Thread(target=self._prepare, args=(prepared,), daemon=True).start()
        on_their_way: list[OnItsWay] = []
        with ThreadPoolExecutor(SENDERS) as senders:
            while (chunk := prepared.get()) is not None:
                if isinstance(chunk, Exception):
                    raise chunk
                if chunk.number == self.journey.half:
                    self._land(on_their_way, progress, leave=0)
                    self.chain.register_members(self.journey.late_members)
                self._land(on_their_way, progress, leave=SENDERS - 1)
                on_their_way.append((chunk, senders.submit(self.chain.send, chunk.body)))
            self._land(on_their_way, progress, leave=0)

    def _land(self, on_their_way: list[OnItsWay], progress: Progress, *, leave: int) -> None:
        """Waits for the oldest requests until only `leave` are on their way; the bookmark follows in order."""
        while len(on_their_way) > leave:
            chunk, answer = on_their_way.pop(0)
            for outcome, n in answer.result().items():
                self.counts[outcome] = self.counts.get(outcome, 0) + n
            self.bookmark.move(chunk.number + 1)
            progress.update(sent=chunk.number * self.journey.chunk_receipts + len(chunk.receipts))

    def _prepare(self, prepared: queue.Queue[Chunk | Exception | None]) -> None:
        try:
            for chunk in self.journey.chunks(self.first_chunk):
                prepared.put(chunk)
            prepared.put(None)
        except Exception as error:  # noqa: BLE001 - raised where the chunks are used
            prepared.put(error)

    def _look(self, progress: Progress, stop: threading.Event) -> None:
        while not stop.wait(LOOK_EVERY_S):
            found = places(self.view)
            self.timings.watch(found)
            progress.update(lags=found)

    def wait_until_quiet(self, progress: Progress | None = None) -> None:
        """Waits until every service has said and heard everything."""

        def watch(found: list[Lag]) -> None:
            self.timings.watch(found)
            if progress is not None:
                progress.update(lags=found)

        wait_until_quiet(self.view, watch)


def _audit(view: Attached) -> list[str]:
    findings = []
    for service in view.services:
        if service.audit is not None:
            with service.engine.begin() as connection:
                findings += [
                    f"audit of {service.name}: {finding.check}: {finding.detail}"
                    for finding in service.audit(connection)
                    if not finding.ok
                ]
    return findings
