"""How names are asked for: characters, pinyin, initials, other scripts, and what nobody is called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.customers.application.identifiers import Identifier, Recogniser
from services.customers.application.naming import TERM_CHARACTERS_MAX, asked_for, matched, term_of, terms_of
from services.customers.application.profile import Profile
from services.customers.application.questions import question_of
from services.customers.application.questions import terms_of as terms_of_profile
from shared.kernel.errors import InvalidInput

RECOGNISER = Recogniser("CN", b"k" * 32)


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("张三丰", "张三丰", "name"),
        ("张三丰", "张三", "name"),
        ("张三丰", "张", "surname"),
        ("张三丰", "三丰", "given_name"),
        ("張三豐", "张三丰", "name"),
        ("张三丰", "張三豐", "name"),
        ("张三丰", "ZhangSan", "pinyin"),
        ("张三丰", "zhang sanfeng", "pinyin"),
        ("张三丰", "sanfeng zhang", "pinyin"),
        ("张三丰", "sanf", "pinyin"),
        ("张三丰", "ZSF", "initials"),
        ("张三丰", "\uff5a\uff53\uff46", "initials"),
        ("王芳", "wf", "initials"),
        ("欧阳娜娜", "欧阳", "surname"),
        ("欧阳娜娜", "欧", "name"),
        ("欧阳娜娜", "娜娜", "given_name"),
        ("欧阳娜娜", "oynn", "initials"),
        ("欧阳", "阳", "given_name"),
        ("单晓明", "shanxm", None),
        ("单晓明", "shanxiao", "pinyin"),
        ("单晓明", "danxiao", "pinyin"),
        ("尉迟恭", "yuchigong", "pinyin"),
        ("吕布", "lvbu", "pinyin"),
        ("吕布", "lübu", "pinyin"),
        ("吕布", "lubu", "pinyin"),
        ("李 小龙", "李小龙", "name"),
        ("买买提·艾力", "艾力", "given_name"),
        ("Zanzibar Quillfeather", "quill", "name"),
        ("Zanzibar Quillfeather", "QUILLFEATHER zanz", "name"),
        ("Zanzibar Quillfeather", "zanzibarquill", "name"),
        ("Zanzibar Quillfeather", "zq", "initials"),
        ("O'Brien", "obrien", "name"),
        ("José Vélez", "jose velez", "name"),
        ("Straße", "STRASSE", "name"),
        ("김철수", "김", "name"),
        ("王小明 Lily", "lily", "name"),
        ("🌸小明🌸", "小明", "name"),
        ("🌸", "🌸", "name"),
        ("𠮷野", "𠮷", "surname"),
        ("张三丰", "张四", None),
        ("张三丰", "zhang si", None),
        ("Zanzibar Quillfeather", "feather", None),
        ("ab" * 40, "ab" * 10, "name"),
        ("ab" * 40, "ab" * 10 + "c", None),
    ],
)
def test_a_name_is_found_by_what_people_type(name: str, text: str, kind: str | None) -> None:
    words = asked_for(text)
    assert matched(name, words) == kind
    if kind is not None:
        assert {term_of(word) for word in words} <= terms_of(name)


@pytest.mark.parametrize("text", ["", " ", "z", "·", "\u200b", "\u202e", "-", "a b", "\uff0e", "\ufe0f"])
def test_what_says_too_little_is_refused_with_what_to_send(text: str) -> None:
    with pytest.raises(InvalidInput, match="text says too little; send one Chinese character") as refused:
        question_of(text, RECOGNISER)
    assert refused.value.facts["field"] == "text"


def test_a_wrong_address_is_refused_as_what_was_sent() -> None:
    with pytest.raises(InvalidInput, match="one @ and a domain") as refused:
        question_of("wang@", RECOGNISER)
    assert refused.value.facts["field"] == "text"


@given(st.text(max_size=200))
def test_whatever_somebody_is_called_she_is_found_by_it(name: str) -> None:
    words = asked_for(name)
    assert {term_of(word) for word in words} <= terms_of(name)
    assert not words or matched(name, words) is not None
    assert len(terms_of(name)) <= 40 * TERM_CHARACTERS_MAX
    assert all(term and len(term) <= TERM_CHARACTERS_MAX for term in terms_of(name))


@pytest.mark.parametrize(
    ("text", "kinds", "phone_end"),
    [
        ("6021-0042", {"card"}, "60210042"),
        ("138 1234 1234", {"card", "phone"}, "13812341234"),
        ("+86 138-1234-1234", {"phone"}, "8613812341234"),
        ("\uff11\uff13\uff18\uff11\uff12\uff13\uff14\uff11\uff12\uff13\uff14", {"card", "phone"}, "13812341234"),
        ("1234", {"card"}, "1234"),
        ("12", {"card"}, ""),
        ("VIP-7", {"card"}, ""),
        ("a@example.org", {"email"}, ""),
        ("张三", set(), ""),
    ],
)
def test_a_text_is_read_as_everything_that_it_may_be(text: str, kinds: set[str], phone_end: str) -> None:
    question = question_of(text, RECOGNISER)
    assert ({identifier.kind for identifier in question.identifiers}, question.phone_end) == (kinds, phone_end)


def test_a_phone_ends_as_typed_and_not_only_as_indexed() -> None:
    profile = Profile(None, None, (Identifier("phone", "+8613812345678"), Identifier("card", "99995678")))
    for text, match in {"5678": "phone_end", "12345678": "phone_end", "99995678": None}.items():
        question = question_of(text, RECOGNISER)
        assert question.terms <= terms_of_profile(profile)
        assert question.matched(profile) == match


def test_nothing_that_is_asked_for_is_shown() -> None:
    assert "Quill" not in repr(question_of("Quillfeather", RECOGNISER))
