"""The composition root: the only file that picks the parts of `notifications`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from services.notifications.adapters.apprise import AppriseProvider
from services.notifications.adapters.call_list import CallListProvider
from services.notifications.adapters.smtp import MailServer, SmtpProvider
from services.notifications.adapters.vault_http import HttpVault
from services.notifications.adapters.webhook import Gateway, WebhookProvider
from services.notifications.application.audit import MUST_BE_ZERO, audit
from services.notifications.application.composing import Composer
from services.notifications.application.contacts import Contacts
from services.notifications.application.deciding import Deciding
from services.notifications.application.festivals import HolidayCalendar
from services.notifications.application.greetings import Greeter, Greetings
from services.notifications.application.leases import Leases
from services.notifications.application.links import UnsubscribeLinks
from services.notifications.application.outcomes import Outcomes
from services.notifications.application.planning import Planner
from services.notifications.application.quiet_table import read_quiet_hours
from services.notifications.application.sending import Pace, Sender
from services.notifications.application.templates import TemplateBook
from services.notifications.application.translation import translate
from services.notifications.domain.contact.decider import CONTACT
from services.notifications.domain.policy.facts import Policy
from services.notifications.domain.template.wording import TEMPLATE
from services.notifications.domain.values import CALL_LIST
from services.notifications.entrypoints.api import router
from services.notifications.entrypoints.consumers import TOPIC_READ_MODELS, consumers
from services.notifications.entrypoints.scheduler import jobs
from services.notifications.entrypoints.unsubscribing import PATH as UNSUBSCRIBE
from services.notifications.read_models.call_list.projection import PROJECTION as CALLS
from services.notifications.read_models.call_list.query import find_call
from services.notifications.read_models.contact_facts.query import agreeing_members, campaign_standings, contact_facts
from services.notifications.read_models.decisions.projection import PROJECTION as DECISIONS
from services.notifications.read_models.last_purchases.query import bought_last_on
from services.notifications.read_models.messages import query as messages
from services.notifications.read_models.messages.projection import PROJECTION as MESSAGES
from services.notifications.read_models.suppressions.projection import PROJECTION as SUPPRESSIONS
from services.notifications.read_models.templates.projection import PROJECTION as TEMPLATES
from services.notifications.read_models.templates.query import templates
from shared.access.sightings import sightings_model
from shared.commands.handler import CommandHandler
from shared.database.engine import connect
from shared.eventstore.store import EventStore
from shared.identity.keys import load_or_create_key
from shared.runtime.service import Service

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Connection, Engine

    from services.notifications.application.ports import Provider, Vault
    from services.notifications.domain.values import Channel
    from services.notifications.settings import NotificationsSettings

NAME = "notifications"


def build(settings: NotificationsSettings) -> Service:
    """The service, wired and not started."""
    engine = connect(settings.database_url, schema=settings.database_schema, pool_size=_pool_size(settings))
    clock = settings.business_clock()
    handler = CommandHandler(
        EventStore(NAME, [CONTACT, TEMPLATE]),
        translate=translate,
        projections=[MESSAGES, DECISIONS, SUPPRESSIONS, CALLS, TEMPLATES],
    )
    links = UnsubscribeLinks(load_or_create_key(settings.keys_dir / "unsubscribe.key"), settings.public_url)
    planner = Planner(handler, messages.known_messages)
    contacts = Contacts(handler, messages.find_message, find_call)
    vault = _vault(settings)
    calendar = HolidayCalendar(settings.holiday_country, settings.holiday_regions)
    sightings = sightings_model(NAME)
    return Service(
        name=NAME,
        engine=engine,
        handler=handler,
        make_router=partial(router, engine, contacts, TemplateBook(handler, templates), links, clock),
        consumers=(*consumers(planner), sightings.consumer),
        jobs=jobs(
            _senders(settings, engine, handler, links=links, vault=vault, calendar=calendar),
            _greeter(settings, engine, planner, vault, calendar),
            every_s=settings.send_every_s,
        ),
        topic_read_models=(*TOPIC_READ_MODELS, sightings),
        audit=audit,
        must_be_zero=MUST_BE_ZERO,
        migrations=Path(__file__).parent / "migrations",
        public=(UNSUBSCRIBE,),
    )


def _pool_size(settings: NotificationsSettings) -> int:
    # Each sender holds a connection for its lease while it works with another.
    return settings.database_pool_size + 2 * settings.senders


def _vault(settings: NotificationsSettings) -> Vault | None:
    if settings.vault_url is None or settings.vault_token is None:
        return None
    return HttpVault(settings.vault_url, settings.vault_token.get_secret_value())


def _providers(settings: NotificationsSettings) -> dict[Channel, Provider]:
    """The call list always is; a webhook goes before a URL of Apprise, and both before what is built in."""
    providers: dict[Channel, Provider] = {CALL_LIST: CallListProvider()}
    if settings.smtp_host is not None and settings.mail_from is not None:
        server = MailServer(
            host=settings.smtp_host,
            port=settings.smtp_port,
            sender=settings.mail_from,
            tls=settings.smtp_tls,
            user=settings.smtp_user,
            password=settings.smtp_password.get_secret_value() if settings.smtp_password else None,
            connections=settings.smtp_connections,
            timeout_s=settings.smtp_timeout_s,
        )
        providers["email"] = SmtpProvider(server)
    providers |= {channel: AppriseProvider(url.get_secret_value()) for channel, url in settings.apprise.items()}
    for channel, hook in settings.webhooks.items():
        gateway = Gateway(hook.url, hook.secret.get_secret_value(), plain_http=settings.webhook_plain_http)
        providers[channel] = WebhookProvider(gateway)
    return providers


def _senders(
    settings: NotificationsSettings,
    engine: Engine,
    handler: CommandHandler,
    *,
    links: UnsubscribeLinks,
    vault: Vault | None,
    calendar: HolidayCalendar,
) -> list[Sender]:
    clock = settings.business_clock()
    providers = _providers(settings)
    policy = Policy(
        channels=frozenset(providers),
        cap=settings.frequency_cap,
        window=settings.window,
        quiet=read_quiet_hours(settings.quiet_hours_file),
        ask_again_after=settings.ask_again,
    )
    deciding = Deciding(
        handler,
        policy,
        ZoneInfo(settings.time_zone),
        due_messages=messages.due_messages,
        contact_facts=contact_facts,
        campaign_standings=campaign_standings,
        holidays_around=calendar.around,
    )
    outcomes = Outcomes(engine, handler, clock, messages.open_attempts)
    composer = Composer(templates, messages.message_values, links)
    return [
        Sender(
            engine,
            clock,
            deciding=deciding,
            outcomes=outcomes,
            composer=composer,
            leases=Leases(engine),
            vault=vault,
            providers=providers,
            due_messages=messages.due_messages,
            lane=lane,
            lanes=settings.senders,
            pace=Pace(batch_size=settings.send_batch),
        )
        for lane in range(settings.senders)
    ]


def _greeter(
    settings: NotificationsSettings,
    engine: Engine,
    planner: Planner,
    vault: Vault | None,
    calendar: HolidayCalendar,
) -> Greeter:
    greetings = Greetings(
        channels=settings.greeting_channels,
        birthdays=settings.birthdays,
        festivals=settings.festivals,
        follow_up_days=settings.follow_up_days,
    )

    def agreeing(connection: Connection, after: UUID, limit: int) -> Sequence[UUID]:
        return agreeing_members(connection, greetings.channels, after, limit)

    return Greeter(
        engine,
        settings.business_clock(),
        ZoneInfo(settings.time_zone),
        planner=planner,
        greetings=greetings,
        calendar=calendar,
        vault=vault,
        agreeing=agreeing,
        bought_last_on=bought_last_on,
    )
