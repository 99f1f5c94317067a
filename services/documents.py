"""The OpenAPI document of every service, as files: what the console's types are generated from.

    python -m services.documents FOLDER

The services are built as they are served, over a database that lives no longer than this command.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.routing import Mount

from services.attached import Attached, attach
from services.processes import access
from services.systems import local_system
from shared.runtime.http import build_app


def documents(system: Attached) -> dict[str, dict[str, Any]]:
    """Every document by the name of its service, that of signing in among them."""
    mounts = [route for route in build_app(system.services, access=access()).routes if isinstance(route, Mount)]
    return {mount.path.split("/")[2]: mount.app.openapi() for mount in mounts if isinstance(mount.app, FastAPI)}


def write(folder: Path) -> None:
    """One file per service; a folder that is not there is made."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="regulars-documents-") as scratch:
        with local_system(Path(scratch), processes=False):
            pass  # Made and migrated.
        with attach(Path(scratch)) as system:
            for name, document in documents(system).items():
                (folder / f"{name}.json").write_text(json.dumps(document, ensure_ascii=False))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
