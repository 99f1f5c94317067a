"""How a name may be asked for: its spellings in one form, whole and by their beginnings.

The same folding reads a name and a question, so that 陳, 陈 and chen, Ÿ and y, or capitals make no difference. Pinyin
is by single characters: phrases of the dictionary are words, which names are not. `ü` is typed as `v` or `u`; both are
read as `u`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import islice
from typing import Literal

import opencc

Kind = Literal["name", "surname", "given_name", "pinyin", "initials"]

TERM_CHARACTERS_MAX = 12
"""Longer beginnings are no index terms: nobody types more before she has found whom she looks for."""
WORDS_MAX = 8

_HAN = re.compile("[々〇\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]+")
_SIMPLIFIED = opencc.OpenCC("t2s")
_READ_CHARACTERS = 8_192


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way to write a name or a part of it. Personal, so `repr` shows nothing of it."""

    kind: Kind
    text: str = field(repr=False)


def words_of(text: str) -> tuple[str, ...]:
    """The words of a name or a question, folded, at most `WORDS_MAX`; what is Chinese throughout is one word."""
    return _joined(_parts(text))


def spellings(name: str) -> tuple[Spelling, ...]:
    """Every way in which `name` may be asked for."""
    parts = _parts(name)
    words = _joined(parts)
    if not words:
        return ()
    found = [Spelling("name", "".join(words))]
    for word in words:
        found += _of_chinese(word) if _is_han(word) else [Spelling("name", word)]
    if len(words) > 1:
        found.append(Spelling("initials", "".join(word[0] for word in words)))
    if len(parts) > 1:
        # A name that is written with a dot is asked for by what stands behind it.
        found += [Spelling("given_name", part) for part in parts if _is_han(part)]
    return tuple(dict.fromkeys(found))


def terms_of(name: str) -> frozenset[str]:
    """The beginnings of every spelling: what an index holds."""
    return frozenset(
        spelling.text[:length]
        for spelling in spellings(name)
        for length in range(_shortest(spelling.text), min(len(spelling.text), TERM_CHARACTERS_MAX) + 1)
    )


def asked_for(text: str) -> tuple[str, ...]:
    """The words of a question that are long enough to look for: one Chinese character, or two letters."""
    return tuple(word for word in words_of(text) if len(word) >= _shortest(word))


def term_of(word: str) -> str:
    """The index term by which a word of a question is looked for."""
    return word[:TERM_CHARACTERS_MAX]


def matched(name: str, words: tuple[str, ...]) -> Kind | None:
    """What of `name` the first of `words` is; None where one of them begins nothing of it."""
    known = spellings(name)
    kinds = [_kind(known, word) for word in words]
    return kinds[0] if kinds and None not in kinds else None


def _kind(known: tuple[Spelling, ...], word: str) -> Kind | None:
    whole = (spelling.kind for spelling in known if spelling.text == word)
    begun = (spelling.kind for spelling in known if spelling.text.startswith(word))
    return next(whole, None) or next(begun, None)


def _fold(text: str) -> str:
    kept = []
    for character in unicodedata.normalize("NFKD", text).casefold():
        category = unicodedata.category(character)
        if category[0] in "ZP" or character in "\t\n\r":
            kept.append(" ")
        elif category[0] != "C" and category != "Mn":
            kept.append("u" if character == "v" else character)
    simplified: str = _SIMPLIFIED.convert(unicodedata.normalize("NFC", "".join(kept)))
    return simplified


def _parts(text: str) -> list[str]:
    """The words as they stand, cut also where Chinese characters begin or end."""
    runs = (run for part in _fold(text).split() for run in re.split(f"({_HAN.pattern})", part) if run)
    return list(islice(runs, WORDS_MAX))


def _joined(parts: list[str]) -> tuple[str, ...]:
    return ("".join(parts),) if len(parts) > 1 and all(map(_is_han, parts)) else tuple(parts)


def _is_han(word: str) -> bool:
    return _HAN.fullmatch(word) is not None


def _shortest(word: str) -> int:
    return 2 if word.isascii() else 1


def _of_chinese(word: str) -> list[Spelling]:
    length = 2 if len(word) > 2 and word[:2] in _TWO_CHARACTERS else 1  # noqa: PLR2004 - 欧阳 alone is a surname of one
    surname, given = word[:length], word[length:]
    found = [Spelling("surname", surname), Spelling("name", word)]
    if given:
        found.append(Spelling("given_name", given))
    said = [reading for character in given if (reading := _reading(character))]
    for first in _surname_readings(surname):
        syllables = [*first, *said]
        found.append(Spelling("pinyin", "".join(syllables)))
        found.append(Spelling("initials", "".join(syllable[0] for syllable in syllables)))
    if said:
        found.append(Spelling("pinyin", "".join(said)))
    return [spelling for spelling in found if spelling.text]


def _surname_readings(surname: str) -> list[tuple[str, ...]]:
    """As it is read as a surname, and as the character is read elsewhere: who does not know types that."""
    special = _READ_AS_SURNAMES.get(surname)
    usual = tuple(filter(None, map(_reading, surname)))
    known = [tuple(special.split()), usual] if special else [usual]
    return list(dict.fromkeys(known))


@lru_cache(maxsize=_READ_CHARACTERS)
def _reading(character: str) -> str:
    """A character's most usual reading without its tone, or nothing."""
    syllables = _dictionary()(character, errors="ignore")
    return unicodedata.normalize("NFC", syllables[0]).replace("v", "u") if syllables else ""


@cache
def _dictionary():  # type: ignore[no-untyped-def]  # noqa: ANN202 - the library's own function
    # Half a second and 55 MiB, which processes that never meet a Chinese name do not need.
    from pypinyin import lazy_pinyin  # noqa: PLC0415

    return lazy_pinyin


_READ_AS_SURNAMES = {
    "单": "shan", "曾": "zeng", "解": "xie", "查": "zha", "仇": "qiu", "朴": "piao", "翟": "zhai", "盖": "ge",
    "区": "ou", "乐": "yue", "召": "shao", "种": "chong", "折": "she", "员": "yun", "覃": "qin", "繁": "po",
    "黑": "he", "缪": "miao", "隗": "wei", "洗": "xian", "都": "du", "佴": "nai", "秘": "bi", "句": "gou",
    "尉迟": "yu chi", "万俟": "mo qi", "单于": "chan yu",
}  # fmt: skip
"""Surnames that are read otherwise than their characters usually are."""
_TWO_CHARACTERS = frozenset({
    "欧阳", "上官", "司马", "东方", "独孤", "南宫", "万俟", "闻人", "夏侯", "诸葛", "尉迟", "公羊", "赫连", "澹台",
    "皇甫", "宗政", "濮阳", "公冶", "太史", "申屠", "公孙", "慕容", "仲孙", "钟离", "长孙", "宇文", "司徒", "鲜于",
    "司空", "闾丘", "端木", "司寇", "巫马", "公西", "颛孙", "漆雕", "乐正", "拓跋", "轩辕", "令狐", "段干", "百里",
    "呼延", "东郭", "南门", "羊舌", "梁丘", "左丘", "西门", "第五", "南荣", "东里", "即墨", "达奚", "褚师", "单于",
})  # fmt: skip
"""Surnames of two characters."""
