"""A message in a member's language: the wording that is used, and what it says."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from services.notifications.application.mustache import NAME, WordingInvalid, parse, render
from services.notifications.application.ports import Content
from services.notifications.application.starters import STARTERS
from services.notifications.domain.values import Template
from shared.kernel.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from services.notifications.domain.values import Channel, Language, TemplateKey

FALLBACK: Language = "en"
SUBJECT_LENGTH_MAX = 200
ALWAYS = frozenset({"name", "unsubscribe_url"})
"""What every wording may say without being given it."""
_NOBODY: dict[Language, str] = {"zh-CN": "贵宾", "en": "valued customer"}
"""How somebody is addressed whose name is not known, by a wording that does not ask whether it is."""


class TemplateNotFound(NotFound):
    """No template has this code for this channel, in the language or in the one instead of it."""

    code = "template_not_found"


def check(template: Template, values: Collection[str] | None = None) -> None:
    """Raises `WordingInvalid` for what could never be rendered; with `values`, also for tags that are none of them."""
    if template.channel == "email" and not (template.subject or "").strip():
        msg = "subject: an e-mail needs one; write what it is about in a few words"
        raise WordingInvalid(msg, field="subject")
    if template.channel != "email" and (template.subject or template.html):
        field = "subject" if template.subject else "html"
        msg = f"{field}: only e-mails have one; leave it out for {template.channel}"
        raise WordingInvalid(msg, field=field)
    for field, wording in _wordings(template).items():
        parsed = parse(wording, field)
        unknown = (parsed.required | parsed.optional) - ALWAYS - set(values or ()) if values is not None else ()
        if unknown:
            names = ", ".join(sorted(unknown))
            msg = f"{field}: unknown values {names}; use {', '.join(sorted({*(values or ()), *ALWAYS}))}"
            raise WordingInvalid(msg, field=field, unknown=sorted(unknown))


def needed(template: Template) -> frozenset[str]:
    """The values without which the template is not rendered, beside those that it always has."""
    return frozenset().union(*(parse(w, f).required for f, w in _wordings(template).items())) - ALWAYS


def choose(found: Mapping[TemplateKey, Template], code: str, channel: Channel, language: Language) -> Template:
    """The chain's own wording, else the one that came with the system; in English where the language has none.

    Raises `TemplateNotFound`.
    """
    for spoken in (language, FALLBACK):
        for shelf in (found, STARTERS):
            template = shelf.get((code, channel, spoken))
            if template is not None:
                return template
    msg = f"no template {code} for {channel} in {language} or {FALLBACK}; save one with POST /templates"
    raise TemplateNotFound(msg, template=code, channel=channel, language=language)


def write(
    template: Template,
    values: Mapping[str, str],
    *,
    name: str | None,
    unsubscribe_url: str | None,
) -> Content:
    """What the member reads. Raises `ValuesMissing`. A wording may not replace her name by a value of its own.

    Where the name is not known, a wording with a section `{{#name}}` or `{{^name}}` says itself what it says without.
    """
    known = {key: value for key, value in values.items() if NAME.fullmatch(key)}
    known |= {"name": name or "", "unsubscribe_url": unsubscribe_url or ""}

    def said(wording: str, field: str, *, escape: bool = False) -> str:
        parsed = parse(wording, field)
        nobody = {"name": _NOBODY[template.language]} if not name and "name" in parsed.required else {}
        return render(parsed, known | nobody, escape=escape)

    text = said(template.body, "body")
    if template.channel != "email":
        return Content(text, template.language)
    subject = said(template.subject or "", "subject")
    page = said(template.html, "html", escape=True) if template.html else _page(text, unsubscribe_url)
    return Content(text, template.language, " ".join(subject.split())[:SUBJECT_LENGTH_MAX], page)


def _wordings(template: Template) -> dict[str, str]:
    wordings = {"body": template.body, "subject": template.subject, "html": template.html}
    return {field: wording for field, wording in wordings.items() if wording}


def _page(text: str, link: str | None) -> str:
    """The text as simple HTML."""
    page = html.escape(text)
    if link:
        address = html.escape(link)
        page = page.replace(address, f'<a href="{address}">{address}</a>')
    paragraphs = "</p><p>".join(page.strip().split("\n\n")).replace("\n", "<br>")
    return f"<!doctype html><html><body><p>{paragraphs}</p></body></html>"
