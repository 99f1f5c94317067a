"""The jars of Apache Kafka's broker: brought by Maven on first use, into a folder that git ignores."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

POM = Path(__file__).parent.parent / "deploy" / "kafka-local" / "pom.xml"
CACHE = POM.parent / "target"


class KafkaUnavailableError(RuntimeError):
    """A local Kafka cannot be had on this machine; the message says what is missing."""


def find_java() -> str:
    """The `java` that runs the broker: JAVA_HOME's, else the first on the PATH."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=f"{home}/bin" if home else None)
    if found is None:
        where = f"in JAVA_HOME ({home})" if home else "on the PATH"
        raise KafkaUnavailableError(
            f"a local Kafka needs Java 17 or newer, and there is no java {where}; on Debian:"
            " apt install openjdk-17-jre-headless",
        )
    return found


def find_jars(report: Callable[[str], None] = lambda _: None) -> Path:
    """The folder that holds the jars of the versions that the pom.xml names. Blocks while Maven brings them.

    Once they are there, nothing is asked of the network again. `report` is told each file's name as it comes.
    """
    if not POM.is_file():
        raise KafkaUnavailableError(f"a local Kafka starts from a checkout of Regulars: {POM} is not there")
    folder = CACHE / f"jars-{hashlib.sha256(POM.read_bytes()).hexdigest()[:12]}"
    if folder.is_dir():
        return folder
    mvn = shutil.which("mvn")
    if mvn is None:
        raise KafkaUnavailableError(
            "Kafka's jars are brought by Maven once, and there is no mvn on the PATH; on Debian: apt install maven",
        )
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        # Two first starts at once: the second waits here and finds the folder.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            draft = Path(tempfile.mkdtemp(prefix="draft-", dir=CACHE))
            _bring(mvn, draft, report)
            draft.rename(folder)
    return folder


def _bring(mvn: str, draft: Path, report: Callable[[str], None]) -> None:
    record = CACHE / "maven.log"
    with record.open("w") as log:
        maven = subprocess.Popen(  # noqa: S603 - our own command
            [mvn, "-B", "-f", str(POM), "dependency:copy-dependencies", f"-Djars={draft}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        with maven:
            for line in maven.stdout or ():
                log.write(line)
                if "Downloaded from" in line and ".jar " in line:
                    report(line.split(".jar ")[0].rsplit("/", 1)[-1])
    if maven.returncode != 0:
        errors = [line for line in record.read_text().splitlines() if line.startswith("[ERROR]")]
        why = errors[0].removeprefix("[ERROR]").strip() if errors else f"it ended with {maven.returncode}"
        raise KafkaUnavailableError(f"Maven could not bring Kafka's jars: {why} (all it said: {record})")
