"""Who the demo's households could be: the data has no names, and a console without names shows nobody how it works.

Made up, from lists of common names, and the same for a card whenever it is asked. Nobody gets a phone number or an
e-mail address: any that one could make up may belong to somebody.
"""

from __future__ import annotations

import hashlib
from datetime import date, timedelta

_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹"
_GIVEN = (
    *("芳", "伟", "敏", "静", "丽", "强", "磊", "洋", "艳", "勇", "秀英", "桂兰", "建华", "志强", "晓明"),
    *("雨桐", "子轩", "欣怡", "浩然", "思远", "佳慧", "文静", "海燕", "春梅", "国庆", "明月", "若曦", "一诺"),
)
_FIRST = ("Anna", "Ben", "Carla", "David", "Emma", "Frank", "Grace", "Henry", "Irene", "Jack", "Karen", "Liam", "Maria")
_LAST = ("Allen", "Baker", "Clark", "Davis", "Evans", "Foster", "Green", "Harris", "Irving", "Jones", "King", "Lewis")
_ENGLISH_EVERY = 6
"""One of so many is written to in English."""
_BORN, _YEARS = date(1946, 1, 1), 58


def person(card: str) -> dict[str, str]:
    """A name, a birthday and a language for the household with this card."""
    drawn = int.from_bytes(hashlib.sha256(f"demo household {card}".encode()).digest()[:8])
    drawn, day = divmod(drawn, _YEARS * 365)
    drawn, english = divmod(drawn, _ENGLISH_EVERY)
    firsts, lasts = (_FIRST, _LAST) if english == 0 else (_GIVEN, _SURNAMES)
    drawn, first = divmod(drawn, len(firsts))
    last = drawn % len(lasts)
    return {
        "name": f"{firsts[first]} {lasts[last]}" if english == 0 else f"{lasts[last]}{firsts[first]}",
        "language": "en" if english == 0 else "zh-CN",
        "birthday": (_BORN + timedelta(days=day)).isoformat(),
    }
