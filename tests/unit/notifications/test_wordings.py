"""Templates: what may be in them, what they need, and what hostile values cannot do to them."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.adapters.mail import AddressUnusable, build
from services.notifications.application.links import UnsubscribeLinks
from services.notifications.application.mustache import ValuesMissing, WordingInvalid, parse, render
from services.notifications.application.ports import Delivery
from services.notifications.application.rendering import TemplateNotFound, check, choose, needed, write
from services.notifications.application.starters import STARTERS
from services.notifications.domain.values import Language, Template
from shared.kernel.ids import derived_id

MESSAGE = derived_id("message")
HOSTILE = (
    "Anne\r\nBcc: all@example.com",
    "Anne\nSubject: other",
    "<script>alert(1)</script>",
    "{{unsubscribe_url}}",
    "{{#a}}{{/a}}",
    "\u202egnp.exe",
    "\x00\x07",
    "a" * 10_000,
    "'\"><img src=x>",
    "=?utf-8?q?x?=\r\n\r\nbody",
)


@pytest.mark.parametrize(
    ("wording", "why"),
    [
        ("{{{name}}}", "unescaped"),
        ("{{&name}}", "unescaped"),
        ("{{> other}}", "partial"),
        ("{{=<% %>=}}", "delimiter"),
        ("{{#a}}never closed", "section"),
        ("never opened{{/a}}", "section"),
        ("{{#a}}{{#b}}{{/a}}{{/b}}", "section"),
        ("{{name", "not closed"),
        ("name}}", "not closed"),
        ("{{a.b}}", "not a name"),
        ("{{__class__}}", "not a name"),
        ("{{Name}}", "not a name"),
        ("{{.}}", "not a name"),
        ("{{ a b }}", "not a name"),
        ("{{^a}}{{> x}}{{/a}}", "partial"),
    ],
)
def test_what_a_wording_may_not_use_is_refused_by_name(wording: str, why: str) -> None:
    with pytest.raises(WordingInvalid, match=why) as refused:
        parse(wording, "subject")
    assert refused.value.message.startswith("subject: ")


def test_sections_show_and_hide() -> None:
    parsed = parse("{{#code}}with {{code}}{{/code}}{{^code}}without{{/code}}")
    assert render(parsed, {"code": "A1"}, escape=False) == "with A1"
    assert render(parsed, {"code": ""}, escape=False) == "without"
    assert render(parsed, {}, escape=False) == "without"


def test_a_missing_value_is_named_and_nothing_is_rendered() -> None:
    with pytest.raises(ValuesMissing) as missing:
        render(parse("{{offer}} {{ends_on}} {{name}}"), {"name": "Anne"}, escape=False)
    assert missing.value.missing == ("ends_on", "offer")


def test_unknown_tags_are_refused_where_values_are_told() -> None:
    template = Template("x", "sms", "en", "Hello {{name}}, {{ofer}}")
    check(template)
    check(template, {"ofer"})
    with pytest.raises(WordingInvalid, match="unknown values ofer"):
        check(template, {"offer"})


@pytest.mark.parametrize(
    ("template", "field"),
    [
        (Template("x", "email", "en", "body"), "subject"),
        (Template("x", "email", "en", "body", "  "), "subject"),
        (Template("x", "sms", "en", "body", "subject"), "subject"),
        (Template("x", "sms", "en", "body", None, "<p>"), "html"),
    ],
)
def test_only_mail_has_a_subject(template: Template, field: str) -> None:
    with pytest.raises(WordingInvalid, match=field):
        check(template)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_within_their_place(name: str) -> None:
    values = {"offer": "20% off", "ends_on": "2026-03-16"}
    template = choose({}, "win-back", "email", "en")
    content = write(template, values, name=name, unsubscribe_url="https://shop.example/u/1")
    mail = Delivery(MESSAGE, 1, "email", "anne@example.com", content, "https://shop.example/u/1")
    read = message_from_bytes(build(mail, "Regulars <shop@example.com>"), policy=default)
    assert read["Bcc"] is None
    assert read["To"] == "anne@example.com"
    assert len(read.get_all("Subject")) == 1
    assert "\n" not in read["Subject"]
    assert len(read["Subject"]) <= 200
    html = read.get_body(("html",)).get_content()
    assert "<script" not in html
    assert "<img" not in html
    assert html.count("<a href=") == 1
    assert "\u202e" not in content.text


@given(st.text(max_size=60))
def test_no_name_breaks_a_header_or_the_page(name: str) -> None:
    template = Template("x", "email", "en", "Dear {{name}},", "{{name}}!", '<b title="{{name}}">{{name}}</b>')
    content = write(template, {}, name=name, unsubscribe_url=None)
    assert content.html is not None
    assert content.html.count("<") == 2
    assert content.html.count('"') == 2
    mail = Delivery(MESSAGE, 1, "email", "anne@example.com", content, None)
    read = message_from_bytes(build(mail, "shop@example.com"), policy=default)
    assert sorted({key.lower() for key in read}) == sorted(
        ["from", "to", "subject", "date", "message-id", "auto-submitted", "content-language", "mime-version",
         "content-type"]
    )  # fmt: skip


def test_a_value_cannot_take_the_place_of_the_name_or_the_link() -> None:
    template = Template("x", "sms", "en", "{{name}} {{unsubscribe_url}}")
    said = {"name": "Eve", "unsubscribe_url": "https://evil.example"}
    assert write(template, said, name="Anne", unsubscribe_url="https://ours").text == "Anne https://ours"


@pytest.mark.parametrize("address", ["a@b.c, d@e.f", "a@b.c\r\nBcc: x@y.z", "no address", "", "<a@b.c>x", "a b@c.d"])
def test_what_is_no_single_address_is_never_sent_to(address: str) -> None:
    content = write(choose({}, "birthday", "email", "en"), {}, name=None, unsubscribe_url=None)
    with pytest.raises(AddressUnusable):
        build(Delivery(MESSAGE, 1, "email", address, content, None), "shop@example.com")


def test_every_starter_is_there_in_both_languages_and_can_be_rendered() -> None:
    codes = {code for code, _, _ in STARTERS}
    assert codes >= {"win-back", "birthday", "follow-up", "points-expiring", "festival"}
    for (code, channel, language), template in STARTERS.items():
        check(template)
        assert (code, channel, "en" if language == "zh-CN" else "zh-CN") in STARTERS
        content = write(template, dict.fromkeys(needed(template), "VALUE"), name=None, unsubscribe_url="https://u")
        assert "{{" not in content.text
        assert ("https://u" in content.text) == (
            channel != "phone" and channel == "email" and code != "points-expiring"
        )
        assert not any(word in content.text + (content.subject or "") for word in ("贵宾", "customer", " ,", "，，"))  # noqa: RUF001 - a Chinese comma


@pytest.mark.parametrize(
    ("language", "subject", "opening"),
    [("en", "It has been a while", "Hello,"), ("zh-CN", "好久不见", "您好！")],  # noqa: RUF001 - a Chinese mark
)
def test_without_a_name_a_starter_reads_as_if_written_so(language: Language, subject: str, opening: str) -> None:
    template = choose({}, "win-back", "email", language)
    content = write(template, {"offer": "x", "ends_on": "y"}, name=None, unsubscribe_url=None)
    assert content.subject == subject
    assert content.text.splitlines()[0] == opening


def test_without_a_name_a_wording_says_what_it_has_for_that_and_else_somebody() -> None:
    plain = Template("x", "sms", "en", "Dear {{name}},")
    assert write(plain, {}, name=None, unsubscribe_url=None).text == "Dear valued customer,"
    asking = Template("x", "sms", "en", "{{#name}}Dear {{name}}{{/name}}{{^name}}Hello, you{{/name}},")
    assert write(asking, {"name": "Eve"}, name=None, unsubscribe_url=None).text == "Hello, you,"
    assert write(asking, {}, name="Anne", unsubscribe_url=None).text == "Dear Anne,"


def test_the_link_by_which_mailboxes_unsubscribe_is_written_as_it_is() -> None:
    link = UnsubscribeLinks(bytes(32), "https://members.a-chain-with-a-long-name.example").url(MESSAGE, "email")
    content = write(choose({}, "birthday", "email", "en"), {}, name=None, unsubscribe_url=link)
    raw = build(Delivery(MESSAGE, 1, "email", "anne@example.com", content, link), "shop@example.com")
    lines = raw.split(b"\r\n")
    assert f"List-Unsubscribe: <{link}>".encode() in lines
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines


def test_english_stands_in_for_a_language_without_a_wording() -> None:
    own = Template("own", "sms", "en", "only English")
    assert choose({("own", "sms", "en"): own}, "own", "sms", "zh-CN").language == "en"
    with pytest.raises(TemplateNotFound):
        choose({}, "own", "sms", "en")
    replaced = Template("birthday", "sms", "en", "ours")
    assert choose({("birthday", "sms", "en"): replaced}, "birthday", "sms", "en") is replaced
