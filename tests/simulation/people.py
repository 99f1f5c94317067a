"""Who uses the system: tills that ask until they are answered.

What they know survives the death of the process that serves them, as a till's memory does.
"""

from __future__ import annotations

import hashlib
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from fastapi import Response

from services.loyalty.entrypoints.api import Reserve
from services.stores.entrypoints.bodies import Attribution, LineComingBack, Return, Void
from shared.access.calls import Call
from shared.access.permissions import Caller
from shared.access.problems import from_error
from shared.contracts.receipts import MemberDocument
from shared.kernel.ids import derived_id

if TYPE_CHECKING:
    from tests.simulation.world import World

STORES, TILLS, MEMBERS = ("A", "B"), ("1", "2"), 6
CALLER = Caller("till", frozenset())
AGAIN = {"conflict", "unavailable"}
"""The answers that ask for the same call again."""


@dataclass
class Told:
    """What people were told, and so may rely on: the checker's side of the story."""

    receipts: dict[UUID, str] = field(default_factory=dict)
    """Receipt -> the content that was recorded, for each that was acknowledged."""
    tokens: dict[str, UUID] = field(default_factory=dict)
    """Whose each token is in the end."""
    moved: set[UUID] = field(default_factory=set)
    """Receipts that somebody gave to a member by hand."""
    erased: set[UUID] = field(default_factory=set)
    redemptions: dict[UUID, tuple[UUID, int, str]] = field(default_factory=dict)
    """Redemption -> member, points, and the last status that was answered."""
    published: dict[UUID, str] = field(default_factory=dict)
    """Event of a member -> its type, once the log has it."""
    unlike: list[str] = field(default_factory=list)
    """Calls whose repetition under the same key was answered otherwise."""


@dataclass
class Ask:
    """A call that is repeated until there is an answer."""

    method: str
    path: str
    key: str | None
    arguments: dict[str, Any]
    answered: Callable[[int, Any], None]
    tries: int = 0
    repeat: bool = False
    """Whether it is asked once more after its answer."""
    first: tuple[int, bytes] | None = None


class Till:
    """One till, its customers, and the thread that serves it."""

    def __init__(self, world: World, n: int) -> None:
        self._world = world
        self._chance = random.Random(f"till {world.seed} {n}")  # noqa: S311 - reproducible on purpose
        self._name = f"t{n}"
        self._number = 0
        self.asks: deque[Ask] = deque()

    def work(self) -> None:
        while self.asks or not self._world.closing:
            if self.asks:
                self.ask(self.asks[0])
                continue
            self._world.scheduler.rest(self._chance.uniform(0.0, 0.2), "waits for customers")
            if not self._world.closing:
                self.think_of_something()

    def ask(self, ask: Ask) -> None:
        ask.tries += 1
        status, body = self._world.call(ask.method, ask.path, ask.key, ask.arguments)
        if status >= 400 and orjson.loads(body)["code"] in AGAIN:
            self._world.scheduler.rest(self._chance.uniform(0.1, 2.0), f"asks again after {status}")
            return
        if ask.first is None:
            ask.first = (status, body)
            ask.answered(status, orjson.loads(body) if body else None)
            if ask.repeat and status < 300:
                return
        elif ask.first != (status, body):
            self._world.told.unlike.append(f"{ask.method} {ask.path} {ask.key}: {ask.first} then {(status, body)}")
        self.asks.popleft()

    def think_of_something(self) -> None:
        known = self._world.known_receipts
        doing = self._chance.choices(
            (self._sell, self._sell_again, self._sell_otherwise, self._take_back, self._void, self._move, self._redeem),
            (10, 2, 1, 3, 1, 1, 10),
        )[0]
        if known or doing in {self._sell, self._redeem}:
            doing()

    # Receipts

    def _sell(self) -> None:
        documents = []
        for _ in range(self._chance.choice((1, 2, 4, 8))):
            self._number += 1
            documents.append(self._document(f"{self._name}-{self._number}"))
        self._world.known_receipts.extend(documents)
        self._send(documents)

    def _sell_again(self) -> None:
        known = self._world.known_receipts
        self._send(self._chance.sample(known, k=min(len(known), 3)))

    def _sell_otherwise(self) -> None:
        document = self._chance.choice(self._world.known_receipts)
        line = {**document["lines"][0], "product": "other"}
        self._send([{**document, "lines": [line, *document["lines"][1:]]}])

    def _send(self, documents: list[dict[str, Any]]) -> None:
        raw = orjson.dumps({"receipts": documents})

        def answered(status: int, answer: Any) -> None:
            if status != 200:
                raise AssertionError(f"the intake answered {status}: {answer}")
            for result, document in zip(answer["results"], documents, strict=True):
                if result["outcome"] in {"recorded", "duplicate"}:
                    self._world.told.receipts[UUID(result["receipt_id"])] = document["lines"][0]["product"]

        key = self._key() if self._chance.random() < 0.4 else None
        repeat = key is not None and self._chance.random() < 0.2
        self.asks.append(Ask("POST", "/receipts", key, {"raw": raw}, answered, repeat=repeat))

    def _document(self, number: str) -> dict[str, Any]:
        chance, now = self._chance, self._world.now()
        lines = [
            {"product": f"P{chance.randrange(9)}", "quantity": chance.choice((1, 2)), "amount_minor": amount}
            for amount in [chance.choice((0, 99, 150, 1_999, 25_000)) for _ in range(chance.randint(1, 3))]
        ]
        member = chance.randrange(MEMBERS + 1)
        late = timedelta(days=chance.choice((0, 0, 3, 10, 20, 45)))
        return {
            "store": chance.choice(STORES),
            "till": chance.choice(TILLS),
            "number": number,
            "occurred_at": (now - late).isoformat(),
            "total_minor": sum(line["amount_minor"] for line in lines),
            "lines": lines,
            **({"member": {"card": card(member)}} if member < MEMBERS else {}),
        }

    def _known(self) -> tuple[UUID, dict[str, Any]]:
        document = self._chance.choice(self._world.known_receipts)
        day = datetime.fromisoformat(document["occurred_at"]).date()
        return derived_id("receipt", document["store"], document["till"], day, document["number"]), document

    def _take_back(self) -> None:
        receipt, document = self._known()
        lines = self._chance.sample(range(1, len(document["lines"]) + 1), k=1)
        body = Return(
            return_id=derived_id("return", self._key()),
            returned_at=self._world.now(),
            lines=[LineComingBack(line=line) for line in lines],
        )
        self._change(receipt, "returns", body)

    def _void(self) -> None:
        self._change(self._known()[0], "void", Void(voided_at=self._world.now()))

    def _move(self) -> None:
        receipt, _ = self._known()
        body = Attribution(member=MemberDocument(card=card(self._chance.randrange(MEMBERS))))

        def answered(status: int, _answer: Any) -> None:
            if status == 200:
                self._world.told.moved.add(receipt)

        self._change(receipt, "attribution", body, answered)

    def _change(
        self,
        receipt: UUID,
        what: str,
        body: Any,
        answered: Callable[[int, Any], None] = lambda _status, _answer: None,
    ) -> None:
        # A call may have its effect although its answer is a refusal that comes after: the checker must know.
        if what == "attribution":
            self._world.told.moved.add(receipt)
        path = f"/receipts/{{receipt_id}}/{what}"
        repeat = self._chance.random() < 0.3
        self.asks.append(
            Ask("POST", path, self._key(), {"receipt_id": receipt, "body": body}, answered, repeat=repeat),
        )

    # Redemptions

    def _redeem(self) -> None:
        told = self._world.told
        customer = self._world.customer(self._chance.randrange(MEMBERS))
        redemption = derived_id("redemption", self._key())
        points = self._chance.choice((1, 5, 20, 60, 250))
        end = self._chance.choice(("confirm", "confirm", "cancel", None, "both"))

        def note(status: int, answer: Any) -> None:
            if status < 300:
                told.redemptions[redemption] = (customer, points, answer["status"])

        def reserved(status: int, answer: Any) -> None:
            note(status, answer)
            if status == 201:
                for verb in ("confirm", "cancel") if end == "both" else (end,) if end else ():
                    path = f"/redemptions/{{redemption_id}}/{verb}"
                    repeat = self._chance.random() < 0.3
                    self.asks.append(
                        Ask("POST", path, self._key(), {"redemption_id": redemption}, note, repeat=repeat),
                    )

        body = Reserve(redemption_id=redemption, customer_id=customer, points=points)
        repeat = self._chance.random() < 0.3
        self.asks.append(Ask("POST", "/redemptions", self._key(), {"body": body}, reserved, repeat=repeat))

    def _key(self) -> str:
        return f"{self._name}-{self._chance.getrandbits(64):016x}"


def card(member: int) -> str:
    return f"{880000 + member}"


def call_of(world: World, method: str, path: str, key: str | None, arguments: dict[str, Any]) -> Call:
    """The frame that the HTTP edge puts around a call."""
    named = path
    for name in ("receipt_id", "redemption_id"):
        named = named.replace(f"{{{name}}}", str(arguments.get(name, "")))
    route = f"{method} {named}"
    world.calls += 1
    id_ = derived_id("call", world.seed, world.calls) if key is None else derived_id(CALLER.name, route, key)
    said = arguments.get("raw") or (arguments["body"].model_dump_json().encode() if "body" in arguments else b"")
    return Call(CALLER, route, key, b"" if key is None else hashlib.sha256(said).digest(), id_, id_)


def answer_of(work: Callable[[], Response]) -> tuple[int, bytes]:
    """A route's answer, or the one that its error gets."""
    try:
        response = work()
    except AssertionError:
        raise
    except Exception as error:
        response = from_error(error)
        if response.status_code == 500:
            raise
    return response.status_code, bytes(response.body)
