"""What a local system tells of itself, and the ports that it takes."""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from services import local
from services.children import NotReadyError
from services.local import LOOPBACK, RUNNING, OfflineError, port_of, running_note
from shared.database.embedded import LOCK
from shared.runtime.sockets import HANDED_OVER, inherited, listening

if TYPE_CHECKING:
    from pathlib import Path

NOTE = {"addresses": {"loyalty": "http://127.0.0.1:8080"}}


def test_the_note_of_a_system_that_was_killed_is_of_nobody(tmp_path: Path) -> None:
    assert running_note(tmp_path) is None
    (tmp_path / RUNNING).write_text(json.dumps(NOTE))
    (tmp_path / LOCK).touch()
    assert running_note(tmp_path) is None


def test_a_system_runs_as_long_as_somebody_holds_its_folder(tmp_path: Path) -> None:
    with (tmp_path / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(OfflineError, match="is just starting"):
            running_note(tmp_path)
        (tmp_path / RUNNING).write_text(json.dumps(NOTE))
        assert running_note(tmp_path) == NOTE
    assert running_note(tmp_path) is None


def test_the_port_that_was_asked_for_or_an_error_that_names_it() -> None:
    with closing(listening(LOOPBACK)) as taken:
        port = port_of(taken)
        with pytest.raises(NotReadyError, match=rf"port {port}.*choose another --port"):
            local._front_door(port)
    with closing(local._front_door(port)) as free:
        assert port_of(free) == port


def test_two_systems_that_start_at_once_never_have_the_same_port(monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(listening(LOOPBACK)) as other:
        monkeypatch.setattr(local, "DEFAULT_PORT", port_of(other))
        with closing(local._front_door(0)) as ours:
            assert port_of(ours) != port_of(other)


def test_a_child_serves_where_its_parent_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(listening(LOOPBACK)) as parent:
        monkeypatch.setenv(HANDED_OVER, str(os.dup(parent.fileno())))
        child = inherited()
        assert child is not None
        with closing(child):
            assert port_of(child) == port_of(parent)
            with pytest.raises(OSError, match="in use"):
                listening(LOOPBACK, port_of(parent))
