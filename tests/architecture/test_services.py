"""What must hold for every service at once: permissions, tables as migrated, consumers as declared."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from fastapi.routing import APIRoute
from sqlalchemy import MetaData

from shared.access.permissions import Public, Requires
from shared.access.roles import PARTNER_BOUND, ROLES, STORE_BOUND
from shared.access.visibility import Guard
from shared.contracts.examples import EXAMPLES
from shared.contracts.registry import EVENTS
from shared.contracts.topics import TOPICS
from shared.database.migrate import migrate, owner_role
from tests.conftest import SCRIPTS, Database
from tests.support.services import every_service, routes_of

if TYPE_CHECKING:
    from shared.runtime.service import Service


PUBLIC = {("notifications", "/unsubscribe/{token}")}
"""Routes without a token: a link in a message is followed by whoever reads it, and is its own proof."""


@pytest.fixture
def services(database: Database, tmp_path: Path) -> Iterator[list[Service]]:
    with every_service(database, tmp_path / "keys") as built:
        yield built


def is_public(route: APIRoute) -> bool:
    return any(isinstance(dependency.call, Public) for dependency in route.dependant.dependencies)


def permissions_of(route: APIRoute) -> list[str]:
    return [
        dependency.call.permission
        for dependency in route.dependant.dependencies
        if isinstance(dependency.call, Requires)
    ]


def test_every_route_declares_one_permission_of_its_own_service(services: list[Service]) -> None:
    for service in services:
        routes = routes_of(service)
        assert routes
        for route in routes:
            found = permissions_of(route)
            if is_public(route):
                assert found == []
                continue
            assert len(found) == 1, f"{service.name} {route.methods} {route.path} declares {found}"
            # What is the same in every service has one permission for all of them.
            assert found[0].startswith((f"{service.name}.", "operations.")), found


def test_only_the_routes_that_must_be_are_open_to_everybody(services: list[Service]) -> None:
    declared = {
        (service.name, route.path)
        for service in services
        for route in service.router.routes
        if isinstance(route, APIRoute) and is_public(route)
    }
    assert declared == PUBLIC
    opened = {(service.name, path) for service in services for path in service.public}
    assert opened == {(service, path[: path.index("{")]) for service, path in PUBLIC}


def test_roles_and_routes_know_the_same_permissions(services: list[Service]) -> None:
    declared = {
        permission for service in services for route in routes_of(service) for permission in permissions_of(route)
    }
    given = frozenset().union(*ROLES.values())
    assert declared - given == set(), "no role may call these routes"
    assert given - declared == set(), "no route asks for these permissions"


def test_what_must_stay_in_few_hands_does() -> None:
    def holders(permission: str) -> set[str]:
        return {role for role, permissions in ROLES.items() if permission in permissions}

    assert holders("customers.profile.unmask") == {"service_desk", "privacy_officer"}
    assert holders("customers.customer.erase") == {"privacy_officer"}
    assert holders("customers.address.release") == {"service"}

    def verbs(role: str) -> set[str]:
        return {permission.rpartition(".")[2] for permission in ROLES[role]}

    assert verbs("auditor") == {"read"}
    # Neither writes what it decides about.
    assert verbs("approver") == {"read", "approve", "sign"}
    assert verbs("partner") == {"read", "sign", "stop", "write"}
    assert {permission for permission in ROLES["partner"] if permission.endswith("write")} == {"campaigns.claims.write"}
    assert holders("campaigns.campaign.approve") == {"approver", "operator"}
    assert ROLES.keys() >= STORE_BOUND | PARTNER_BOUND


def test_every_route_that_names_a_thing_checks_that_it_is_in_the_callers_scope(services: list[Service]) -> None:
    for service in services:
        for route in service.router.routes:
            assert isinstance(route, APIRoute)
            if "{" in route.path:
                guards = [d.call for d in route.dependant.dependencies if isinstance(d.call, Guard)]
                assert len(guards) == 1, f"{service.name} {route.methods} {route.path}"


def test_every_read_models_table_is_the_one_that_was_migrated(database: Database, services: list[Service]) -> None:
    for service in services:
        metadata = MetaData()
        tables = [p.table for p in service.handler.projections]
        tables += [table for model in service.topic_read_models for table in model.tables]
        assert tables, service.name
        names = {table.to_metadata(metadata).name for table in tables}
        with database.owner_engine(service.name).connect() as connection:
            context = MigrationContext.configure(
                connection,
                opts={
                    "include_name": lambda name, kind, _parents, known=names: kind != "table" or name in known,
                    "include_object": lambda _object, _name, kind, _reflected, _other: kind in {"table", "column"},
                    "compare_type": True,
                },
            )
            differences = [
                difference for difference in compare_metadata(context, metadata) if not _is_comment(difference)
            ]
            assert differences == [], service.name


def _is_comment(difference: Any) -> bool:
    what = difference[0][0] if isinstance(difference, list) else difference[0]
    return str(what).endswith("_comment")


def test_every_consumer_reads_topics_and_types_that_exist(services: list[Service]) -> None:
    names = [consumer.name for service in services for consumer in service.consumers]
    assert len(names) == len(set(names))
    for service in services:
        for consumer in service.consumers:
            assert consumer.name.startswith(f"{service.name}.")
            for type_ in consumer.views:
                assert EVENTS[type_].topic in consumer.topics
            for topic in consumer.topics:
                assert TOPICS[topic].owner != service.name


def test_every_view_reads_the_golden_examples(services: list[Service]) -> None:
    examples = {example.type: example.model_dump_json() for example in EXAMPLES}
    for service in services:
        for consumer in service.consumers:
            for type_, view in consumer.views.items():
                view.model_validate_json(examples[type_])


def test_a_second_migration_changes_nothing(database: Database) -> None:
    for service, scripts in SCRIPTS.items():
        migrate(database.url(owner_role(service)), service, scripts)
