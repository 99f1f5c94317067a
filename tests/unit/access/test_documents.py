"""A document that many ask for at once is fetched by one, and nobody is sent away meanwhile."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.access.documents import FreshDocument
from shared.kernel.errors import TransientError
from shared.testing.waiting import until


class Source:
    """Answers when it is let; counts who asks."""

    def __init__(self) -> None:
        self.answers = threading.Event()
        self.asked = 0
        self.says = ["first"]
        self.now = 0.0
        self.document = FreshDocument(
            "it",
            self.fetch,
            tuple,
            age_s_max=60,
            pause_s=10,
            clock=lambda: self.now,
        )

    def fetch(self) -> list[str]:
        self.asked += 1
        assert self.answers.wait(10)
        return list(self.says)


@pytest.fixture
def source() -> Source:
    return Source()


def test_all_who_come_first_wait_for_one_fetch(source: Source) -> None:
    with ThreadPoolExecutor(20) as pool:
        asked = [pool.submit(source.document.get) for _ in range(20)]
        until(lambda: source.asked == 1, what="somebody to ask")
        source.answers.set()
        assert [answer.result() for answer in asked] == [("first",)] * 20
    assert source.asked == 1


def test_who_has_an_old_one_does_not_wait_for_who_fetches(source: Source) -> None:
    source.answers.set()
    first = source.document.get()
    source.answers.clear()
    source.now, source.says = 60, ["second"]
    assert source.document.is_due
    with ThreadPoolExecutor(1) as pool:
        fetching = pool.submit(source.document.get)
        until(lambda: source.asked == 2, what="somebody to ask again")
        assert not source.document.is_due
        assert source.document.get() is first
        source.answers.set()
        assert fetching.result() == ("second",)


def test_as_long_as_it_says_the_same_it_is_the_same(source: Source) -> None:
    source.answers.set()
    first = source.document.get()
    source.now = 60
    assert source.document.get() is first
    assert source.asked == 2


def test_what_cannot_be_parsed_is_not_taken(source: Source) -> None:
    source.answers.set()
    document = FreshDocument("it", source.fetch, lambda raw: {}[raw[0]], age_s_max=60, pause_s=10)
    with pytest.raises(TransientError):
        document.get()
