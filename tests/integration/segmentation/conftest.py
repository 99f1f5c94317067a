"""The service on its own fresh database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from services.segmentation.bootstrap import build
from services.segmentation.settings import SegmentationSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.runtime.service import Service
    from tests.conftest import Database


@pytest.fixture
def service(database: Database) -> Iterator[Service]:
    settings = database.settings(SegmentationSettings, business_time=datetime(2026, 3, 31, 12, tzinfo=UTC))
    built = build(settings)
    yield built
    built.engine.dispose()
