"""One demo and one browser for all tests of the page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

from tests.support.browsing import CHROMIUM, SCREENS, People
from tests.support.memory import folder_in_memory
from tests.support.showroom import Showroom, opened
from tests.support.street import play_together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "services" / "console" / "static" / "index.html"


# Playwright keeps an event loop in its thread, and the demo two cores busy: neither outlives this folder.
@pytest.fixture(scope="package")
def showroom() -> Iterator[Showroom]:
    assert BUILT.exists(), f"{BUILT} is missing: the page is not built; run: make web"
    with folder_in_memory("showroom") as folder, opened(folder) as running:
        play_together(running)
        yield running


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    assert CHROMIUM.exists(), f"{CHROMIUM} is missing; install Debian's package {CHROMIUM.name}"
    with sync_playwright() as playwright:
        # As root, where a container runs this, Chromium has no sandbox; what it opens is ours.
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="package")
def people(browser: Browser, showroom: Showroom) -> People:
    SCREENS.mkdir(parents=True, exist_ok=True)
    return People(browser, showroom)
