"""One process of a local Kafka: a broker that is also one of the cluster's controllers."""

from __future__ import annotations

import shutil
import subprocess
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped] # its stubs are a package of their own

STOP_S_MAX = 15.0
FORMAT_S_MAX = 60.0
ARCHIVE_S_MAX = 30.0
LOG_TAIL_LINES = 5

# A broker must not outlive whoever started it, not even a starter that is killed: the shell becomes the broker, and
# leaves a watcher behind. A line through the pipe dismisses it; the pipe's end alone says that its starter is gone.
_BOUND_TO_STARTER = f"""
exec 3<&0 </dev/null
broker=$$
(
  read -r _ <&3 && exit
  kill "$broker"
  left={STOP_S_MAX:.0f}
  while kill -0 "$broker" && [ "$left" -gt 0 ]; do sleep 1; left=$((left - 1)); done
  kill -9 "$broker"
) >/dev/null 2>&1 &
exec "$@" 3<&-
"""


class BrokerError(RuntimeError):
    """A broker did not do what it was told; the message says where to look."""


@dataclass(frozen=True, slots=True)
class Node:
    """A broker's number, from 1, and its two ports on the loopback interface."""

    number: int
    port: int
    controller_port: int

    @property
    def address(self) -> str:
        """Where clients connect."""
        return f"127.0.0.1:{self.port}"


class Broker:
    """A broker over `folder`. `java` is the command with its options and class path, `settings` server.properties.

    With `archive`, an orderly stop leaves the JVM's loaded classes there: with them the next start takes half the time.
    """

    def __init__(
        self,
        folder: Path,
        node: Node,
        java: list[str],
        settings: dict[str, object],
        *,
        archive: Path | None = None,
    ) -> None:
        self.node = node
        self.log_file = folder / "broker.log"
        self._java = java
        self._settings = settings
        self._archive = archive
        self._data = folder / "data"
        self._formatted = folder / "formatted"
        self._draft = folder / "classes.jsa"
        self._config = folder / "server.properties"
        self._process: subprocess.Popen[bytes] | None = None

    def prepare(self, cluster_id: str) -> None:
        """Clears up after an earlier start, writes the configuration, and formats the storage if it is new."""
        self._config.parent.mkdir(parents=True, exist_ok=True)
        self._end_leftovers()
        settings = {**self._settings, "log.dirs": self._data}
        self._config.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        if self._formatted.exists():
            return
        # Without our mark the storage is half made: its maker was killed, and no broker ever ran on it.
        shutil.rmtree(self._data, ignore_errors=True)
        with self.log_file.open("ab") as log:
            done = subprocess.run(  # noqa: S603 - our own command
                [
                    *self._java,
                    "kafka.tools.StorageTool",
                    "format",
                    f"--cluster-id={cluster_id}",
                    "-c",
                    str(self._config),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                timeout=FORMAT_S_MAX,
                check=False,
            )
        if done.returncode != 0:
            raise BrokerError(f"the storage of broker {self.node.number} cannot be formatted: {self._last_words()}")
        self._formatted.touch()

    def start(self) -> None:
        """Starts the process and returns at once; it may take a second or two until it answers."""
        if self.alive:
            return
        self._let_go()
        archiving = [f"-XX:ArchiveClassesAtExit={self._draft}"] if self._archive else []
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                ["/bin/sh", "-c", _BOUND_TO_STARTER, "sh", *self._java, *archiving, "kafka.Kafka", str(self._config)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                # A Ctrl-C at the terminal is for the starter, which then stops its brokers in order.
                start_new_session=True,
            )

    def ask_to_stop(self) -> None:
        """Begins an orderly stop; `wait_stopped` waits for its end."""
        if self._process is not None:
            self._process.terminate()

    def wait_stopped(self, limit_s: float = STOP_S_MAX) -> None:
        """Waits until the process is gone; one that does not end in time is killed."""
        if self._process is None:
            return
        try:
            self._process.wait(limit_s + (ARCHIVE_S_MAX if self._archive else 0))
            self._keep_archive()
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._let_go()

    def kill(self) -> None:
        """Ends the process as a crash does: kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._let_go()

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process id of the running broker."""
        if self._process is None or not self.alive:
            raise BrokerError(f"broker {self.node.number} does not run")
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Whether its process ended by itself, or was killed by somebody else."""
        return self._process is not None and self._process.poll() is not None

    def check_alive(self) -> None:
        """Raises `BrokerError`, with what the broker said last, when it ended by itself."""
        if self._process is not None and self.ended:
            raise BrokerError(
                f"broker {self.node.number} ended with {self._process.returncode}: {self._last_words()}",
            )

    def _let_go(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            # Dismissed, since the number of a process that is gone may soon be another's.
            with suppress(OSError):
                self._process.stdin.write(b"\n")
                self._process.stdin.close()
        self._process = None

    def _keep_archive(self) -> None:
        if self._archive is not None and self._draft.exists():
            # Another filesystem, perhaps: whole or not at all for whoever starts meanwhile.
            moved = shutil.copy(self._draft, self._archive.with_name(f"{uuid.uuid4()}.draft"))
            Path(moved).replace(self._archive)
            self._draft.unlink()
            self._archive = None

    def _end_leftovers(self) -> None:
        """Ends what an earlier starter left: it is on its way down already, unless its watcher was killed too."""
        config = str(self._config)
        left = [process for process in psutil.process_iter(["cmdline"]) if config in (process.info["cmdline"] or ())]
        for process in left:
            process.terminate()
        for process in psutil.wait_procs(left, timeout=STOP_S_MAX)[1]:
            process.kill()

    def _last_words(self) -> str:
        lines = [line for line in self.log_file.read_text(errors="replace").splitlines() if not line.startswith("\t")]
        return f"{' | '.join(lines[-LOG_TAIL_LINES:])} (see {self.log_file})"
