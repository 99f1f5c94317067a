"""Programs of others that tests run, from Debian's packages."""

from __future__ import annotations

import os
import shutil

import pytest

PACKAGES = {"kcat": "kcat", "mount": "mount", "promtool": "prometheus", "umount": "mount"}


def tool(name: str) -> str:
    """Its path. Where nobody promised it, what it proves is left out and counted."""
    found = shutil.which(name)
    if found:
        return found
    message = f"{name} is missing; install Debian's {PACKAGES[name]}"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)
