"""Everything that turns bytes of a stranger into something of ours: one table, for the fuzzer and for its seeds.

What each may do with them is said in `tests.fuzz.verdicts`; anything else is a crash.
"""

from __future__ import annotations

import inspect
import io
import json
import math
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import partial
from importlib import import_module
from itertools import starmap
from pathlib import Path

import orjson
from joserfc import jws
from joserfc.jwk import OKPKey
from pydantic import BaseModel, ValidationError

from services.customers.application.identifiers import Recogniser
from services.customers.entrypoints.bodies import NewCustomer
from services.processes import EVERY_SERVICE
from services.stores.adapters.receipt_files import open_rows
from services.stores.application.import_rows import FileRefused, document_of, entries_of
from services.stores.application.reading import read_body, read_documents
from services.stores.application.till_records import read_record
from services.till.reading import ReceiptReader, lines_of
from shared.access.documents import FreshDocument
from shared.access.errors import Unauthenticated
from shared.access.issuer import ALGORITHM
from shared.access.keys import parse_keys
from shared.access.permissions import Caller
from shared.access.problems import Malformed
from shared.access.tokens import TrustedIssuer, Verifier
from shared.contracts.base import View
from shared.contracts.customers import IdentifierKind
from shared.contracts.envelope import decode_headers, encode_headers, read_traceparent
from shared.contracts.examples import EXAMPLES
from shared.contracts.receipts import PosReceipt
from shared.identity.tokeniser import Tokeniser
from shared.kernel.errors import InvalidInput, TransientError
from shared.kernel.ids import new_id
from shared.messaging.decode import Undecodable, decode
from shared.messaging.message import Record
from shared.observability import tracing
from tests.fuzz.circle import ROWS as CIRCLE
from tests.fuzz.verdicts import assert_can_be_kept, checked
from tests.support.hostile import good


@dataclass(frozen=True)
class Decoder:
    """One row of the table."""

    name: str
    read: Callable[[bytes], object]
    """Raises for what it finds wrong in us, never for what is wrong in the bytes."""
    seeds: Callable[[], Iterable[bytes]]
    prefix: int | None = None
    """Bytes before the JSON; None: it is not JSON."""


# Records


def _headers_in(data: bytes) -> dict[str, bytes]:
    """`name: value` per line, as a producer may send them: values of any bytes."""
    pairs = (line.partition(b": ") for line in data.split(b"\n"))
    return {name.decode("utf-8", "backslashreplace"): value for name, _, value in pairs}


def _as_lines(headers: Mapping[str, bytes]) -> bytes:
    return b"\n".join(name.encode() + b": " + value for name, value in headers.items())


def _record(headers: bytes, body: bytes | None) -> Record:
    return Record("fuzz.v1", 0, 0, b"key", headers, body)


def _views() -> list[tuple[str, type[View]]]:
    """Every view of every consumer with every type whose golden example it reads."""
    ours = [view for view in _subclasses(View) if not view.__module__.startswith("tests.")]
    return [(example.type, view) for view in ours for example in EXAMPLES if _reads(view, example)]


def _reads(view: type[View], example: BaseModel) -> bool:
    with suppress(ValidationError):
        return bool(view.model_validate_json(example.model_dump_json()))
    return False


def _subclasses(kind: type[View]) -> Iterable[type[View]]:
    for found in kind.__subclasses__():
        if not inspect.isabstract(found):
            yield found
        yield from _subclasses(found)


for _service in EVERY_SERVICE:
    import_module(f"services.{_service}.bootstrap")  # loads every view that it has
VIEWS = _views()
_VIEW_BYTES = 2
"""Before a body: which view is to read it."""
_STORED = {type_: encode_headers(dict(good(type_, "fuzz").headers)) for type_, _ in VIEWS}  # type: ignore[arg-type]
_EVERY_VIEW = dict(VIEWS)


def _read_envelope(data: bytes) -> object:
    headers = _headers_in(data)
    stored = encode_headers(headers)
    assert decode_headers(stored) == headers, "the outbox does not give back what it was given"
    return decode(_record(stored, b"{}"), _EVERY_VIEW)


def _read_view(data: bytes) -> object:
    type_, view = VIEWS[int.from_bytes(data[:_VIEW_BYTES]) % len(VIEWS)]
    message = decode(_record(_STORED[type_], data[_VIEW_BYTES:]), {type_: view})
    assert message is not None
    return message.body


def _read_till_record(data: bytes) -> object:
    head, _, body = data.partition(b"\n\n")
    return read_record(_record(encode_headers(_headers_in(head)), body), {}).body  # type: ignore[union-attr]


def _read_till_body(data: bytes) -> object:
    return _read_till_record(b"\n\n" + data)


def _read_traceparent(data: bytes) -> object:
    text = data.decode("latin-1")
    found = read_traceparent(encode_headers({"traceparent": data}))
    with tracing.request("GET", text):
        pass
    # What a record hands on has to be what the tracing of its reader takes for a trace.
    assert found is None or tracing._context(found), found
    return found


# Documents

_TOKENISER = Tokeniser(b"k" * 32, "CN")
_READER = ReceiptReader("SH-001", "3", _TOKENISER)
_RECOGNISER = Recogniser("CN", b"k" * 32)


def _file(data: bytes, suffix: str) -> Path:
    """Files are read from files."""
    path = Path(tempfile.gettempdir()) / f"fuzz-{os.getpid()}{suffix}"
    path.write_bytes(data)
    return path


def _read_rows(data: bytes, suffix: str) -> object:
    found = [document_of(entry, 2) for entry in entries_of(open_rows(_file(data, suffix)))]
    return read_documents([document for document in found if isinstance(document, dict)])


def _read_lines(data: bytes) -> object:
    return [_READER.read(line) for _, line in lines_of(io.BytesIO(data))]


def _read_customer(data: bytes) -> object:
    return NewCustomer.model_validate_json(data).registration(_RECOGNISER, date(2026, 3, 1), new_id).home_store


def _read_identifier(data: bytes) -> object:
    text = data.decode("utf-8", "replace")
    kinds: tuple[IdentifierKind, ...] = ("phone", "card", "email")
    for kind in kinds:
        with suppress(InvalidInput):
            found = _RECOGNISER.read(kind, text)
            assert _RECOGNISER.read(kind, found.value) == found, f"{kind} has two spellings"
            assert_can_be_kept(found.value)
    return None


# Callers

_KEY = OKPKey.generate_key("Ed25519", private=True)
_KEY.ensure_kid()
_PUBLIC = {"keys": [_KEY.as_dict(private=False)]}
_KEYS = FreshDocument("keys", lambda: _PUBLIC, parse_keys, age_s_max=math.inf, pause_s=0)
_VERIFIER = Verifier([TrustedIssuer(name="regulars", audience="regulars", keys=_KEYS)])


def _signed(claims: bytes) -> str:
    return jws.serialize_compact({"alg": ALGORITHM, "kid": _KEY.kid}, claims, _KEY, algorithms=[ALGORITHM])


def _believed(token: str) -> object:
    caller = _VERIFIER.verify(token)
    assert isinstance(caller, Caller)
    assert caller.name.isprintable()
    return caller.name


def _read_keys(data: bytes) -> object:
    document = FreshDocument("keys", partial(orjson.loads, data), parse_keys, age_s_max=1, pause_s=0)
    with suppress(TransientError):
        document.get()
    return None


# Seeds: what is good, and what once was not

CORPUS = Path(__file__).parent / "corpus"


def _golden() -> list[bytes]:
    return [example.model_dump_json().encode() for example in EXAMPLES]


def _receipts() -> list[bytes]:
    return [body for body in _golden() if b'"till"' in body]


def _plain_receipts() -> list[bytes]:
    bodies = [json.loads(body) | {"member": {"phone": "13800138000"}} for body in _receipts()]
    return [json.dumps({name: v for name, v in body.items() if name != "member_token"}).encode() for body in bodies]


def _csv() -> list[bytes]:
    head = b"store,till,number,occurred_at,product,quantity,amount"
    row = b"SH-001,3,0042,2026-03-01T18:30:00+08:00,tea,0.420,"
    return [
        head + b"\n" + row + b"30.00\n" + row + b'"1e2"\n',
        b"\xef\xbb\xbf" + head + b",phone\r\n" + row + b"1,139\r\n",
    ]


def _claims() -> list[bytes]:
    now = int(time.time())
    whole = {"iss": "regulars", "aud": "regulars", "sub": "anne", "iat": now, "exp": now + 10**9}
    more = [
        {"roles": ["clerk"], "stores": ["E1"]},
        {"roles": "till", "device": "E1/1"},
        {"partner": "tea", "regions": []},
    ]
    return [json.dumps(whole | each).encode() for each in more]


_TRACEPARENT = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
_CUSTOMER = {
    "phone": "+8613800138000",
    "card": "6021-0042",
    "email": "a@example.org",
    "name": "Li Lei",
    "birthday": "1990-02-28",
    "home_store": "SH-001",
    "consents": [{"purpose": "marketing", "channel": "sms", "text_version": "t1"}],
}

DECODERS: tuple[Decoder, ...] = (
    Decoder(
        "envelope",
        checked(_read_envelope, Undecodable),
        lambda: [_as_lines(decode_headers(stored)) for stored in _STORED.values()],
    ),
    Decoder(
        "stored-headers",
        checked(lambda data: decode(_record(data, b"{}"), _EVERY_VIEW), Undecodable),
        _STORED.values,
        prefix=0,
    ),
    Decoder(
        "views",
        checked(_read_view, Undecodable),
        lambda: [n.to_bytes(_VIEW_BYTES) + (good(type_, "fuzz").value or b"") for n, (type_, _) in enumerate(VIEWS)],
        prefix=_VIEW_BYTES,
    ),
    Decoder(
        "till-records",
        checked(_read_till_record, Undecodable),
        lambda: [_as_lines(decode_headers(_STORED[PosReceipt.type])) + b"\n\n" + body for body in _receipts()],
    ),
    Decoder("till-record-bodies", checked(_read_till_body, Undecodable), _receipts, prefix=0),
    Decoder(
        "receipts-route",
        checked(read_body, Malformed, InvalidInput),
        lambda: [b'{"receipts": [' + body + b"]}" for body in _plain_receipts()],
        prefix=0,
    ),
    Decoder("till-lines", checked(_read_lines), _plain_receipts, prefix=0),
    Decoder("csv-rows", checked(lambda data: _read_rows(data, ".csv"), FileRefused), _csv),
    Decoder("json-rows", checked(lambda data: _read_rows(data, ".jsonl"), FileRefused), _plain_receipts, prefix=0),
    Decoder(
        "customers",
        checked(_read_customer, ValidationError, InvalidInput),
        lambda: [json.dumps(_CUSTOMER).encode()],
        prefix=0,
    ),
    Decoder("identifiers", checked(_read_identifier), lambda: [b"+86 138 0013 8000", b"6021-0042", b"a@example.org"]),
    Decoder(
        "tokens",
        checked(lambda d: _believed(d.decode("latin-1")), Unauthenticated),
        lambda: [_signed(c).encode() for c in _claims()],
    ),
    Decoder("claims", checked(lambda data: _believed(_signed(data)), Unauthenticated), _claims, prefix=0),
    Decoder("issuer-keys", checked(_read_keys), lambda: [orjson.dumps(_PUBLIC)], prefix=0),
    Decoder("traceparent", checked(_read_traceparent), lambda: [_TRACEPARENT, _TRACEPARENT[:-1] + b"0"]),
    *starmap(Decoder, CIRCLE),
)


def seeds_of(decoder: Decoder) -> list[bytes]:
    """Its golden examples, and every input that is kept because it once was a crash."""
    return [*decoder.seeds(), *(path.read_bytes() for path in sorted((CORPUS / decoder.name).glob("*")))]
