"""docker-compose.yml as Docker Compose reads it: merged, and with its variables put in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent.parent
FILE = ROOT / "docker-compose.yml"
IMAGE = "regulars:"
_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?:(?P<how>:?-)(?P<default>[^}]*))?\}")


@dataclass(frozen=True)
class ComposeFile:
    """The file for given variables, in the words of the specification."""

    document: dict[str, Any]

    @property
    def services(self) -> dict[str, dict[str, Any]]:
        """Every service, also of a profile."""
        services: dict[str, dict[str, Any]] = self.document["services"]
        return services

    def ours(self) -> list[str]:
        """The services of our own image, each after those that it waits for."""
        ordered: list[str] = []

        def add(name: str) -> None:
            for other in self.services[name].get("depends_on", {}):
                add(other)
            if name not in ordered and self.services[name]["image"].startswith(IMAGE):
                ordered.append(name)

        for name in self.services:
            add(name)
        return ordered

    def once(self) -> list[str]:
        """Those of ours that run once and end."""
        return [name for name in self.ours() if self.services[name]["restart"] == "no"]


def load(variables: dict[str, str] | None = None) -> ComposeFile:
    """The file as it is with `variables`, by default those of .env.example."""
    document = yaml.safe_load(FILE.read_text())
    return ComposeFile(_interpolated(document, example_variables() if variables is None else variables))


def example_variables() -> dict[str, str]:
    """What .env.example sets."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def entrypoint() -> list[str]:
    """What the image runs before a service's command."""
    return _of_dockerfile("ENTRYPOINT")


def _of_dockerfile(instruction: str) -> list[str]:
    text = (ROOT / "deploy" / "Dockerfile").read_text()
    found: list[str] = yaml.safe_load(re.findall(rf"^{instruction} (\[.*\])$", text, re.MULTILINE)[-1])
    return found


def _interpolated(value: Any, variables: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _interpolated(item, variables) for key, item in value.items()}
    if isinstance(value, list):
        return [_interpolated(item, variables) for item in value]
    if not isinstance(value, str):
        return value

    def put(match: re.Match[str]) -> str:
        found = variables.get(match["name"])
        missing = found is None if match["how"] == "-" else not found
        return (match["default"] or "") if missing else found or ""

    return _VARIABLE.sub(put, value)
