"""The link in every marketing message. Open to everybody: its token is its proof.

Programs that scan mail follow links: a GET shows a page and changes nothing. Mailboxes unsubscribe by a POST of their
own (RFC 8058), people by the button of the page.
"""

# ruff: noqa: RUF001 - Chinese has a comma and a question mark of its own
from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from services.notifications.application.links import LinkInvalid
from shared.access.permissions import Public
from shared.access.visibility import Guard
from shared.commands.transact import transact
from shared.kernel.errors import NotFound

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection, Engine

    from services.notifications.application.contacts import Contacts
    from services.notifications.application.links import UnsubscribeLinks
    from services.notifications.domain.values import Channel
    from shared.kernel.clock import BusinessClock

PATH = "/unsubscribe/"
TOKEN_LENGTH_MAX = 64
_HEADERS = {
    # Nothing is loaded, nobody is told where the reader came from, and no cache keeps the page.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}
_PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>body{{font:18px/1.6 sans-serif;max-width:32rem;margin:3rem auto;padding:0 1rem}}
button{{font:inherit;padding:.5rem 1.5rem}}</style></head><body>{body}</body></html>"""
_ASK = _PAGE.format(
    title="退订 · Unsubscribe",
    body='<p>您不想再通过这个渠道收到优惠信息？请按下面的按钮。</p><p lang="en">No more offers by this channel? Press'
    ' the button.</p><form method="post"><button type="submit">退订 · Unsubscribe</button></form>',
)
_DONE = _PAGE.format(
    title="已退订 · Unsubscribed",
    body='<p>已退订。您不会再通过这个渠道收到优惠信息。</p><p lang="en">Done. You will get no more offers by this'
    " channel.</p>",
)
_BAD = _PAGE.format(
    title="链接无效 · Link not valid",
    body='<p>链接不完整或无效。请从邮件中完整复制，或联系门店。</p><p lang="en">This link is not complete. Copy it'
    " whole from the message, or ask in your store.</p>",
)


class SignedLink(Guard):
    """For routes with a `token` in their path: whether we signed it is found out where the answer is a page."""

    async def __call__(self, token: str) -> None:
        """Long ones are not even looked at."""
        if len(token) > TOKEN_LENGTH_MAX:
            msg = "the link is not complete; copy it whole from the message"
            raise LinkInvalid(msg)


def add_routes(
    api: APIRouter, engine: Engine, links: UnsubscribeLinks, contacts: Contacts, clock: BusinessClock
) -> None:
    """The two routes of the link."""
    declared = [Depends(Public()), Depends(SignedLink())]
    page = {"text/html": {"schema": {"type": "string"}}}
    bad: dict[int | str, dict[str, Any]] = {
        404: {"description": "The token is not one of ours: a page that says so.", "content": page}
    }

    @api.get(
        "/unsubscribe/{token}",
        summary="Ask whether to unsubscribe",
        response_class=HTMLResponse,
        responses=bad,
        dependencies=declared,
    )
    def ask(token: str) -> HTMLResponse:
        """A page with a button; changes nothing."""
        try:
            links.read(token)
        except LinkInvalid:
            return HTMLResponse(_BAD, 404, _HEADERS)
        return HTMLResponse(_ASK, 200, _HEADERS)

    @api.post(
        "/unsubscribe/{token}",
        summary="Unsubscribe",
        response_class=HTMLResponse,
        responses=bad,
        dependencies=declared,
    )
    def unsubscribe(token: str) -> HTMLResponse:
        """Closes the channel for marketing; again changes nothing. The body is not looked at."""
        try:
            message_id, channel = links.read(token)
            transact(engine, partial(_unsubscribe, message_id, channel))
        except NotFound:
            return HTMLResponse(_BAD, 404, _HEADERS)
        return HTMLResponse(_DONE, 200, _HEADERS)

    def _unsubscribe(message_id: UUID, channel: Channel, connection: Connection, _lock: bool) -> None:
        contacts.unsubscribe(connection, message_id, channel, clock.now())
