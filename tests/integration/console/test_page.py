"""The page that is served beside the APIs: to everybody, safely, and what it says when it was not built."""

from __future__ import annotations

import gzip
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient

from shared.runtime.http import build_app
from tests.support.access import access, bearer

if TYPE_CHECKING:
    from pathlib import Path

    from shared.runtime.service import Service

SCRIPT = "console.log('hello');" * 200


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(
        '<!doctype html><meta name="csp-nonce" content="__CSP_NONCE__"><div id="root">'
    )
    (tmp_path / "assets" / "main-4f3a.js").write_text(SCRIPT)
    (tmp_path / "favicon.svg").write_text("<svg/>")
    (tmp_path.parent / "secret.txt").write_text("not yours")
    return tmp_path


def page(service: Service, folder: Path) -> TestClient:
    return TestClient(build_app([replace(service, page=folder)], access=access()))


def test_every_address_is_the_page_and_nobody_has_to_sign_in_for_it(service: Service, built: Path) -> None:
    http = page(service, built)
    for path in ("/", "/members/0190a5e4?tab=points", "/index.html", "/campaigns/new"):
        answer = http.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8"), path
        assert answer.headers["cache-control"] == "no-cache"
    assert http.head("/").status_code == 200
    assert http.post("/").status_code == 405


def test_built_files_are_kept_for_ever_and_travel_small(service: Service, built: Path) -> None:
    http = page(service, built)
    answer = http.get("/assets/main-4f3a.js")
    assert answer.text == SCRIPT
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (answer.headers["content-encoding"], answer.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert int(answer.headers["content-length"]) == len(gzip.compress(SCRIPT.encode(), 9, mtime=0))
    plain = http.get("/assets/main-4f3a.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert http.get("/favicon.svg").headers["cache-control"] == "no-cache"


def test_an_asset_of_an_older_build_is_gone_and_not_the_page(service: Service, built: Path) -> None:
    answer = page(service, built).get("/assets/main-0000.js")
    assert (answer.status_code, answer.text) == (404, "gone")


def test_a_page_that_is_built_again_is_served_without_a_new_start(service: Service, built: Path) -> None:
    http = page(service, built)
    assert "csp-nonce" in http.get("/members").text
    (built / "index.html").write_text('<!doctype html><script src="/assets/main-99.js"></script>second')
    (built / "favicon.svg").write_text("<svg><title>new</title></svg>")
    assert "second" in http.get("/members").text
    assert "new" in http.get("/favicon.svg").text
    (built / "index.html").unlink()
    assert http.get("/members").status_code == 503, "while it is being built"


def test_the_policy_lets_nothing_in_from_elsewhere(service: Service, built: Path) -> None:
    http = page(service, built)
    first, second = http.get("/"), http.get("/")
    policy = dict(part.split(" ", 1) for part in first.headers["content-security-policy"].split("; "))
    assert (policy["default-src"], policy["script-src"], policy["connect-src"]) == ("'none'", "'self'", "'self'")
    assert (policy["frame-ancestors"], policy["base-uri"]) == ("'none'", "'none'")
    found = re.search('content="([^"]+)"', first.text)
    assert found is not None
    assert policy["style-src"] == f"'self' 'nonce-{found[1]}'"
    assert found[1] not in second.text
    assert first.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/..%2fsecret.txt",
        "/%2e%2e/secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/%00",
        "/assets/%00",
        "/" + "x" * 5_000,
    ],
)
def test_nothing_outside_of_the_folder_is_served(service: Service, built: Path, path: str) -> None:
    assert "not yours" not in page(service, built).get(path).text


def test_the_apis_stay_closed_beside_it(service: Service, built: Path) -> None:
    http = page(service, built)
    assert http.get("/api/console/v1/me").status_code == 401
    assert http.get("/api/nothing").status_code == 401
    known = http.get("/api/nothing", headers=bearer("clerk"))
    assert (known.status_code, known.headers["content-type"]) == (404, "application/problem+json")
    assert http.get("/livez").text == "ok"
    assert http.get("/api/console/v1/openapi.json").json()["openapi"].startswith("3.1")


def test_without_a_page_it_says_in_both_languages_what_is_missing(service: Service, tmp_path: Path) -> None:
    answer = page(service, tmp_path / "none").get("/members")
    assert answer.status_code == 503
    assert answer.text.count("make web") == 2
    assert 'lang="zh-CN"' in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_a_process_without_the_page_stays_closed_everywhere(service: Service) -> None:
    http = TestClient(build_app([replace(service, page=None)], access=access()))
    assert http.get("/").status_code == 401
    assert http.get("/", headers=bearer("clerk")).status_code == 404
