"""Alerts and dashboards: each alert fires when it should and has a runbook; no figure is asked for that nobody has."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any

import pytest
import yaml
from prometheus_client import Histogram
from prometheus_client.metrics import MetricWrapperBase

from shared.observability import metrics
from tests.conftest import ROOT
from tests.support.tools import tool

PROMETHEUS = ROOT / "deploy" / "prometheus"
DASHBOARDS = sorted((ROOT / "deploy" / "grafana" / "dashboards").glob("*.json"))
RUNBOOKS = ROOT / "docs" / "runbooks"
PROCEDURES = {"docs/runbooks/restore.md"}
"""Begun by people: no alert can know that it is time."""
FROM_PROMETHEUS = {"up"}


@pytest.fixture(scope="module")
def promtool() -> str:
    return tool("promtool")


def alerts() -> dict[str, dict[str, Any]]:
    groups = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def names() -> set[str]:
    """Every series that a process can have, as `shared/observability/metrics.py` defines them."""
    found = set(FROM_PROMETHEUS)
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase):
            [family] = metric.describe()
            name = family.name
            if isinstance(metric, Histogram):
                found |= {f"{name}_bucket", f"{name}_count", f"{name}_sum"}
            else:
                found.add(f"{name}_total" if family.type == "counter" else name)
    return found


def asked(expression: str) -> set[str]:
    return set(re.findall(r"\b(?:regulars_\w+|up(?=\{))", expression))


def test_rules_and_configuration_are_valid(promtool: str) -> None:
    for check in (["config", "prometheus.yml"], ["rules", "alerts.yml"]):
        done = subprocess.run([promtool, "check", *check], cwd=PROMETHEUS, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_fires_when_it_should_and_not_before(promtool: str) -> None:
    done = subprocess.run(
        [promtool, "test", "rules", "alerts_test.yml"],
        cwd=PROMETHEUS,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    silent, firing = set(), set()
    for test in yaml.safe_load((PROMETHEUS / "alerts_test.yml").read_text())["tests"]:
        for case in test["alert_rule_test"]:
            (firing if case["exp_alerts"] else silent).add(case["alertname"])
    assert silent == firing == set(alerts())


def test_every_alert_has_a_severity_plain_words_and_a_runbook_and_every_runbook_an_alert() -> None:
    pages = {f"docs/runbooks/{page.name}" for page in RUNBOOKS.glob("*.md")}
    told = {}
    for name, alert in alerts().items():
        assert alert["labels"]["severity"] in {"critical", "warning"}, name
        assert alert["annotations"]["summary"].endswith("."), name
        told[name] = alert["annotations"]["runbook_url"]
    assert sorted(told.values()) == sorted(pages - PROCEDURES)
    for name, page in told.items():
        text = (ROOT / page).read_text()
        assert text.startswith(f"# {name}\n"), page
        for part in ("**What it means.**", "**Look first.**", "```", "**Mend.**", "**Over when**"):
            assert part in text, f"{page} lacks {part}"
        for link in re.findall(r"\]\(([\w-]+\.md)\)", text):
            assert (RUNBOOKS / link).exists(), f"{page} points to {link}"


def test_no_alert_and_no_dashboard_asks_for_a_figure_that_nobody_has() -> None:
    known = names()
    assert "regulars_consumer_lag_seconds" in known
    for name, alert in alerts().items():
        assert asked(alert["expr"]), name
        assert asked(alert["expr"]) <= known, name
    assert DASHBOARDS
    for dashboard in DASHBOARDS:
        board = json.loads(dashboard.read_text())
        panels = board["panels"]
        assert len({panel["id"] for panel in panels}) == len(panels)
        for panel in panels:
            for target in panel["targets"]:
                assert asked(target["expr"]), (dashboard.name, panel["title"])
                assert asked(target["expr"]) <= known, (dashboard.name, panel["title"])


def test_every_figure_is_on_a_dashboard() -> None:
    shown = set()
    for dashboard in DASHBOARDS:
        shown |= asked(dashboard.read_text())
    bases = {re.sub(r"_(bucket|count|sum)$", "", name) for name in shown | FROM_PROMETHEUS}
    assert {re.sub(r"_(bucket|count|sum)$", "", name) for name in names()} <= bases


def test_what_is_scraped_are_the_services_of_the_compose_file() -> None:
    config = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())
    [job] = config["scrape_configs"]
    [found] = job["dns_sd_configs"]
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    serving = {name for name, service in compose.items() if "serve" in (service.get("command") or [])}
    assert set(found["names"]) == serving
    assert found["port"] == 8080
    absent = set(re.findall(r'process="([\w-]+)"', alerts()["ProcessDown"]["expr"]))
    assert absent == {name for name in serving if not compose[name].get("profiles")}


def test_no_help_text_or_label_is_missing() -> None:
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase):
            [family] = metric.describe()
            assert family.documentation.endswith("."), family.name
            assert not {"id", "customer", "receipt", "member", "path"} & set(metric._labelnames), family.name
