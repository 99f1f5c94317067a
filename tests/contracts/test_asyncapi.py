"""The AsyncAPI document: valid by AsyncAPI's own parser, and as the topics, the envelope and the consumers are."""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from shared.contracts.asyncapi import asyncapi
from shared.contracts.examples import EXAMPLES
from shared.contracts.generate import FOLDER
from shared.contracts.readers import READERS
from shared.contracts.registry import EVENTS
from shared.contracts.topics import CATALOGUE
from shared.kernel.ids import new_id
from shared.messaging.topic_shapes import shape_of
from tests.support.records import wrapped
from tests.support.services import every_service

if TYPE_CHECKING:
    from tests.conftest import Database

TOOL = Path(__file__).parent / "asyncapi"
ERROR = 0
NODE_MAJOR_MIN = 20


def unavailable(why: str) -> None:
    """Only where nobody promised the tool may what it proves be left out, and then it is counted."""
    message = f"AsyncAPI's parser cannot run: {why}"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="module")
def node() -> str:
    """Node with AsyncAPI's parser beside `check.mjs`, installed on first use as the lock says."""
    found = shutil.which("node")
    if found is None:
        unavailable(f"Node {NODE_MAJOR_MIN} or newer is not installed")
    assert found is not None
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.removeprefix("v").split(".")[0]) < NODE_MAJOR_MIN:
        unavailable(f"Node {version} is older than {NODE_MAJOR_MIN}")
    # npm writes this file last: without it an install was broken off.
    installed = TOOL / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < (TOOL / "package-lock.json").stat().st_mtime:
        # Without scripts: one of the packages would report who installs it.
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-progress"]
        try:
            subprocess.run(command, cwd=TOOL, capture_output=True, check=True, timeout=110)
        except (OSError, subprocess.SubprocessError) as error:
            unavailable(f"npm ci in {TOOL} failed: {type(error).__name__}")
    return found


def findings(node: str, documents: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """What the parser says of each document that lay where ours does."""
    asked = {"source": str(FOLDER / "asyncapi.json"), "documents": [json.dumps(d) for d in documents]}
    run = subprocess.run(
        [node, "check.mjs"],
        cwd=TOOL,
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    return json.loads(run.stdout)


def test_asyncapis_own_parser_accepts_it_and_would_not_accept_mistakes(node: str) -> None:
    document = json.loads((FOLDER / "asyncapi.json").read_text())
    broken = copy.deepcopy(document)
    broken["operations"]["stores.sends.stores.sales.v1"]["channel"]["$ref"] = "#/channels/gone"
    broken["components"]["messages"]["customers.erased.v1"]["payload"]["$ref"] = "./gone.schema.json"
    broken["channels"]["pos.receipts.v1"]["bindings"]["kafka"]["partitions"] = "many"

    found, found_broken = findings(node, [document, broken])

    # That there is a 3.1 as well is no mistake.
    assert [finding for finding in found if finding["code"] != "asyncapi-latest-version"] == []
    mistakes = {finding["path"] for finding in found_broken if finding["severity"] == ERROR}
    assert mistakes >= {
        "operations/stores.sends.stores.sales.v1/channel/$ref",
        "components/messages/customers.erased.v1/payload/$ref",
        "channels/pos.receipts.v1/bindings/kafka/partitions",
    }


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.type)
def test_an_example_in_the_document_is_as_its_schemas_say(example: Any) -> None:
    # AsyncAPI's parser does not look at the examples of a 3.0 document.
    message = asyncapi()["components"]["messages"][example.type]
    payload = json.loads((FOLDER / message["payload"]["$ref"]).read_text())
    headers = asyncapi()["components"]["messageTraits"]["cloudEvent"]["headers"] if "traits" in message else {}
    for golden in message["examples"]:
        # By the draft that the schemas are written in, and by the one that AsyncAPI's own schemas come from.
        for draft in (Draft202012Validator, Draft7Validator):
            draft.check_schema(payload)
            draft(payload, format_checker=draft.FORMAT_CHECKER).validate(golden["payload"])
            for schema in (headers, message["headers"]):
                draft(schema, format_checker=draft.FORMAT_CHECKER).validate(golden.get("headers", {}))


def test_a_channel_is_made_as_the_document_says() -> None:
    channels = asyncapi()["channels"]
    assert list(channels) == [topic.name for topic in CATALOGUE]
    for topic in CATALOGUE:
        shape, told = shape_of(topic, copies=1), channels[topic.name]["bindings"]["kafka"]
        assert told["partitions"] == shape.partitions
        configuration = {"cleanup.policy": ",".join(told["topicConfiguration"].pop("cleanup.policy"))}
        configuration |= {name: str(value) for name, value in told["topicConfiguration"].items()}
        assert configuration.items() <= shape.settings.items()


def test_every_header_that_is_written_is_described_and_every_needed_one_is_written() -> None:
    described = asyncapi()["components"]["messageTraits"]["cloudEvent"]["headers"]
    traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    plain, traced = (wrapped(EXAMPLES[1], "a", new_id(), traceparent=sampled) for sampled in (None, traceparent))
    assert set(json.loads(plain.headers)) == set(described["required"])
    # The last one is added on Kafka.
    assert set(json.loads(traced.headers)) == set(described["properties"]) - {"correlation_id"}


def test_every_event_is_a_message_of_its_topic_and_sent_by_its_owner() -> None:
    document = asyncapi()
    for type_, event in EVENTS.items():
        assert document["components"]["messages"][type_]["payload"] == {"$ref": f"./{type_}.schema.json"}
        senders = [
            name
            for name, operation in document["operations"].items()
            if operation["action"] == "send"
            and {"$ref": f"#/channels/{event.topic}/messages/{type_}"} in operation["messages"]
        ]
        assert len(senders) == 1
        owner = {topic.name: topic.owner for topic in CATALOGUE}[event.topic]
        assert senders[0].startswith(f"{owner}.")


def test_the_readers_in_the_document_are_the_services_consumers(database: Database, tmp_path: Path) -> None:
    with every_service(database, tmp_path) as services:
        real = {
            consumer.name: (consumer.order, set(consumer.topics), set(consumer.views))
            for service in services
            for consumer in service.consumers
        }
    told = {
        reader.name: (reader.order, {event.topic for event in reader.events}, {event.type for event in reader.events})
        for reader in READERS
    }
    assert told == real
