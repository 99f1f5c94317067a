"""docker-compose.yml against the specification, and against what an operator relies on."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from services.local import SERVICES
from tests.support.compose import FILE, ROOT, entrypoint, example_variables, load

COMPOSE = load({})
"""As it is without any .env: the form that most people run."""
OURS = COMPOSE.ours()
SERVING = [name for name in OURS if COMPOSE.services[name]["command"][0] == "serve"]


def test_it_is_what_the_compose_specification_says() -> None:
    schema = json.loads((Path(__file__).parent / "vendored" / "compose-spec.json").read_text())
    Draft202012Validator.check_schema(schema)
    errors = [
        f"{error.json_path}: {error.message}" for error in Draft202012Validator(schema).iter_errors(load().document)
    ]
    assert not errors
    broken = {**COMPOSE.document, "services": {"kafka": {"image": "x", "port": ["1:1"]}}}
    assert list(Draft202012Validator(schema).iter_errors(broken)), "the schema must be able to refuse"


def test_every_variable_is_in_the_example_with_the_default_of_the_file() -> None:
    commented = re.findall(r"^# (REGULARS_\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    used = dict(re.findall(r"\$\{(\w+)(?::?-([^}]*))?\}", FILE.read_text()))
    example = example_variables()
    assert set(used) - {"REGULARS_ACCESS_AUDIENCE"} == set(example) | set(commented)
    assert {name: used[name] for name in example} == example


@pytest.mark.parametrize("name", COMPOSE.services)
def test_every_container_is_bounded_and_watched(name: str) -> None:
    service = COMPOSE.services[name]
    assert re.search(r":[^:]*\d", service["image"]), "a tag with a version"
    assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["logging"]["options"]["max-size"]
    if service["restart"] == "no":
        assert name in COMPOSE.once()
    else:
        assert service["restart"] == "unless-stopped"
        assert service["healthcheck"]["test"][0] == "CMD"
    for port in service.get("ports", ()):
        assert port.startswith("127.0.0.1:"), "only this host may reach it"
    for variable, value in service.get("environment", {}).items():
        assert "password" not in variable.lower() or variable.endswith("_FILE"), "secrets are files"
        assert "postgresql" not in str(value)


@pytest.mark.parametrize("name", OURS)
def test_our_image_runs_as_nobody_on_a_file_system_that_it_cannot_change(name: str) -> None:
    service = COMPOSE.services[name]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])
    assert service["read_only"] is True
    assert service["build"]["dockerfile"] == "deploy/Dockerfile"
    assert entrypoint() == ["regulars"]


@pytest.mark.parametrize("name", SERVING)
def test_a_service_starts_after_its_database_and_its_topics_are_there(name: str) -> None:
    waits = {other: how["condition"] for other, how in COMPOSE.services[name]["depends_on"].items()}
    assert waits == {
        "postgres": "service_healthy",
        "kafka": "service_healthy",
        "migrate": "service_completed_successfully",
        "topics": "service_completed_successfully",
    }


@pytest.mark.parametrize("name", SERVING)
def test_a_service_knows_its_own_secrets_and_no_other(name: str) -> None:
    service = COMPOSE.services[name]
    kind = service["command"][1]
    more = {"notifications": ["regulars_notifications_vault_token", "regulars_notifications_smtp_password"]}
    assert service["secrets"] == [f"regulars_{kind}_database_url", *more.get(kind, ())]


def test_the_keys_of_the_vault_and_of_the_issuer_are_in_one_container_each() -> None:
    def with_volume(volume: str) -> list[str]:
        services = COMPOSE.services.items()
        return [
            name for name, service in services if any(v.startswith(f"{volume}:") for v in service.get("volumes", ()))
        ]

    assert with_volume("vault") == with_volume("issuer") == ["customers"]
    assert with_volume("member-token") == ["stores", "customers"]
    assert with_volume("unsubscribe") == ["notifications"]


def test_everything_that_it_names_is_there() -> None:
    document = COMPOSE.document
    for service in COMPOSE.services.values():
        assert set(service.get("secrets", ())) <= document["secrets"].keys()
        assert set(service["networks"]) <= document["networks"].keys()
        assert service.get("depends_on", {}).keys() <= COMPOSE.services.keys()
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (ROOT / source).exists(), source
            else:
                assert source in document["volumes"]
    makes = (ROOT / "deploy" / "make-secrets").read_text()
    for secret in document["secrets"]:
        plain = re.sub(f"_({'|'.join(SERVICES)})_((?:owner_)?database_url)$", r"_${service}_\2", secret)
        assert plain in makes, f"{secret} is not made by deploy/make-secrets"


def test_prometheus_asks_every_process() -> None:
    settings: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text())
    text = json.dumps(settings["scrape_configs"])
    assert [name for name in SERVING if f'"{name}:8080"' not in text and f'"{name}"' not in text] == []
