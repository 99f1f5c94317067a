"""What is answered about complaints, without what was said."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class ComplaintEntry(BaseModel):
    """A complaint, open or closed."""

    model_config = ConfigDict(frozen=True)

    complaint_id: UUID
    category: str
    store_id: str | None = Field(description="The store that it is about, if it is about one.")
    opened_at: datetime
    outcome: str | None = Field(description="How it ended; null while it is open.")
    closed_at: datetime | None
