"""What a local Kafka's folder knows: its ports and its cluster, who runs it, and where it serves now."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import random
import socket
import time
import uuid
from contextlib import contextmanager
from dataclasses import asdict
from typing import IO, TYPE_CHECKING

from services.kafka_broker import BrokerError, Node
from shared.database.embedded import DataDirInUse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ADDRESS = "address.txt"
"""There while the cluster serves: its bootstrap servers."""
LOCK = "kafka.lock"
"""Held by whoever runs the cluster; holds the process id."""
LOCK_S_MAX = 0.5
"""Whoever only looks who holds the lock has it for an instant."""
LOOK_EVERY_S = 0.05
PORTS = range(20_000, 32_000)
"""Below the ports that the kernel gives to clients: one that calls a stopped broker could be given the broker's
own port, and talk to itself for ever."""


def plan(data_dir: Path, size: int) -> tuple[str, list[Node]]:
    """The cluster's id and its nodes: the folder's, or new ones for a new folder.

    Raises `BrokerError` when the folder was made with another number of brokers.
    """
    path = data_dir / "cluster.json"
    if not path.exists():
        ports = _free_ports(2 * size)
        made = [Node(number, ports.pop(), ports.pop()) for number in range(1, size + 1)]
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        _write(path, json.dumps({"cluster_id": cluster_id, "nodes": [asdict(node) for node in made]}))
    kept = json.loads(path.read_text())
    nodes = [Node(**node) for node in kept["nodes"]]
    if len(nodes) != size:
        raise BrokerError(f"{data_dir} was made with --brokers {len(nodes)}, not {size}; use another --data-dir")
    return kept["cluster_id"], nodes


@contextmanager
def announced(data_dir: Path, bootstrap_servers: str) -> Iterator[None]:
    """Tells other processes on this machine where the cluster serves, as long as it does."""
    _write(data_dir / ADDRESS, f"{bootstrap_servers}\n")
    try:
        yield
    finally:
        (data_dir / ADDRESS).unlink(missing_ok=True)


@contextmanager
def sole_starter(data_dir: Path) -> Iterator[None]:
    """Holds the folder's lock. Raises `DataDirInUse` when somebody else does."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / LOCK).open("a+") as lock:
        deadline = time.monotonic() + LOCK_S_MAX
        while not _locked(lock, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                raise DataDirInUse(
                    f"a Kafka runs in {data_dir} already; stop it (regulars kafka down --data-dir {data_dir}),"
                    " or choose another --data-dir",
                )
            time.sleep(LOOK_EVERY_S)
        # Whoever was killed could not tidy up.
        (data_dir / ADDRESS).unlink(missing_ok=True)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def starter_of(data_dir: Path) -> int | None:
    """The process id of whoever runs the cluster of `data_dir`; None when nobody does."""
    if not (data_dir / LOCK).exists():
        return None
    with (data_dir / LOCK).open() as lock:
        return None if _locked(lock, fcntl.LOCK_SH) else int(lock.read() or 0) or None


def _locked(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def address_of(data_dir: Path) -> str | None:
    """The bootstrap servers of the cluster of `data_dir`; None unless it serves."""
    note = data_dir / ADDRESS
    return note.read_text().strip() if note.exists() and starter_of(data_dir) is not None else None


def _write(path: Path, content: str) -> None:
    draft = path.with_name(f"{path.name}.draft")
    draft.write_text(content)
    draft.replace(path)


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    found: list[int] = []
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise BrokerError(f"no {count} free ports between {PORTS.start} and {PORTS.stop} on 127.0.0.1")
