"""The composition root: the only place that names concrete classes. Importing it builds nothing."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from supportbot import triage
from supportbot.access import Access
from supportbot.demo.clock import ManualClock
from supportbot.demo.stage import Stage, StageMaker, open_seconds, opening
from supportbot.dispatch import Circuits, Dispatcher
from supportbot.domain.account import Actor
from supportbot.domain.decision import Tier
from supportbot.domain.errors import ConfigurationError, SupportbotError
from supportbot.engine.config import Engine, EngineConfig
from supportbot.engine.customers import Customers
from supportbot.engine.intake import Intake
from supportbot.engine.orphans import Orphans
from supportbot.engine.workers import TurnWorkers
from supportbot.inbox.inbox import Inbox, InboxConfig
from supportbot.knowledge import Knowledge
from supportbot.knowledge.watch import KnowledgeWatcher
from supportbot.notify import LogJournal, LogNotifier, Outbox, Tally, WebhookNotifier, log_to_stderr
from supportbot.ports import Clock, Journal, Notifier, Provider, Sealer, Silence, Store
from supportbot.pricing import PriceBook
from supportbot.privacy import Erasure, Exporter, FernetSealer, Periods, Retention, Vault, new_key, vault_keys
from supportbot.providers.catalogue import chat_model, providers
from supportbot.savings import Savings
from supportbot.settings import Settings, load
from supportbot.storage.memory import MemoryStore
from supportbot.storage.store import open_store
from supportbot.storage.watched import WatchedStore

_LOG = logging.getLogger(__name__)


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present as aware UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that only grow."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let *seconds* pass."""
        time.sleep(seconds)


@dataclass(frozen=True, slots=True)
class App:
    """The desk, wired. `start` begins background work (turns, alerts, article watching); reading needs no start."""

    settings: Settings
    store: Store
    clock: Clock
    knowledge: Knowledge
    pricing: PriceBook
    access: Access
    engine: Engine
    intake: Intake
    customers: Customers
    workers: TurnWorkers
    inbox: Inbox
    savings: Savings
    vault: Vault
    exporter: Exporter
    erasure: Erasure
    retention: Retention
    outbox: Outbox
    watcher: KnowledgeWatcher
    tally: Tally  #: what happened in this process, for monitoring

    def warm(self) -> None:
        """Load what the first call would otherwise wait for; a model that cannot be built fails in its own call."""
        self.pricing.warm(self.settings.deployments, self.clock.now())
        for deployment in self.settings.deployments:
            try:
                chat_model(deployment, self.settings.secrets.key_for(deployment.name))
            except SupportbotError as wrong:
                _LOG.warning("%s Its calls will fail.", wrong)

    def start(self) -> None:
        """Start the long-lived parts. Call `warm` beside it, where the first call should not wait for imports."""
        self.watcher.start()
        self.outbox.start()
        self.workers.start()

    def stop(self) -> None:
        """Let running turns finish, then close the database."""
        self.workers.stop()
        self.outbox.stop()
        self.watcher.stop()
        self.store.close()


@dataclass(slots=True)
class _Every:
    """Runs a chore at most once in *seconds*."""

    seconds: float
    chore: Callable[[], object]
    clock: Clock
    _next: float = float("-inf")

    def __call__(self) -> None:
        if self.clock.monotonic() >= self._next:
            self._next = self.clock.monotonic() + self.seconds
            self.chore()


def build(
    settings: Settings,
    *,
    store: Store | None = None,
    clock: Clock | None = None,
    models: Mapping[str, Provider] | None = None,
    knowledge: Knowledge | None = None,
    sealer: Sealer | None = None,
    journal: Journal | None = None,
) -> App:
    """Return the desk these settings describe; parts given here stand in for the configured ones.

    Raises ConfigurationError, KnowledgeError or StorageError, each with one line that names the remedy.
    """
    clock = clock or SystemClock()
    articles = knowledge or Knowledge.open(settings.knowledge)
    tally = Tally()
    heard = journal or LogJournal(tally)
    database = WatchedStore(store or open_store(settings.database_url, settings.ready_data_dir()), heard)
    pricing = PriceBook(settings.prices, tokenizer_dir=settings.data_dir / "tokenizers")
    adapters = models or providers(
        settings.deployments, keys=settings.secrets.key_for, langsmith=settings.telemetry.langsmith
    )
    engine = Engine(
        store=database,
        clock=clock,
        knowledge=articles,
        dispatcher=Dispatcher(database, adapters, pricing, clock, Circuits(clock)),
        pricing=pricing,
        sealer=sealer or FernetSealer(_vault_key(settings)),
        deployments={d.name: d for d in settings.deployments},
        config=_engine_config(settings),
        journal=heard,
    )
    return _desk(settings, engine, articles, pricing, tally)


def _desk(settings: Settings, engine: Engine, articles: Knowledge, pricing: PriceBook, tally: Tally) -> App:
    """Return the use cases around an engine."""
    database, clock, journal = engine.store, engine.clock, engine.journal
    vault, access = Vault(database, engine.sealer, clock), Access(database, clock, journal=journal)
    inbox = Inbox(database, clock, articles, _inbox_config(settings), _revealer(vault), masked, journal)
    erasure = Erasure(database, clock, engine.sealer, settings.policy.human_rate_microusd_per_hour)
    retention = Retention(database, clock, Periods(settings.privacy.days), erasure)
    chores = (
        _Every(5, inbox.lapse, clock),
        _Every(60, Orphans(engine).settle, clock),
        _Every(3600, retention.chore, clock),
    )
    workers = TurnWorkers(engine, lambda: _run_all(chores))
    intake = Intake(engine, workers.wake)
    return App(
        settings=settings,
        store=database,
        clock=clock,
        knowledge=articles,
        pricing=pricing,
        access=access,
        engine=engine,
        intake=intake,
        customers=Customers(engine, intake, workers.wake),
        workers=workers,
        inbox=inbox,
        savings=Savings(database, pricing, clock, settings.deployments, settings.policy.human_rate_microusd_per_hour),
        vault=vault,
        exporter=Exporter(database, engine.sealer, clock),
        erasure=erasure,
        retention=retention,
        outbox=Outbox(database, _notifiers(settings), clock),
        watcher=KnowledgeWatcher(articles),
        tally=tally,
    )


def throwaway(
    settings: Settings,
    *,
    clock: Clock | None = None,
    models: Mapping[str, Provider] | None = None,
    knowledge: Knowledge | None = None,
) -> App:
    """Return a desk that lives in memory, on a clock that moves when told: for the demo, benchmarks and tests."""
    own = clock or ManualClock()
    return build(
        settings,
        store=MemoryStore(own),
        clock=own,
        models=models,
        knowledge=knowledge,
        sealer=FernetSealer(new_key()),
        journal=Silence(),
    )


def stage_maker(settings: Settings, *, knowledge: Knowledge | None = None) -> StageMaker:
    """Return what builds the demo's stages, each on a store of its own; the articles are loaded once for all of them.

    Raises ConfigurationError when there is no deployment of the strong tier to compare with.
    """
    articles, hours = knowledge or Knowledge.open(settings.knowledge), settings.company.hours
    strong = tuple(d for d in settings.deployments if d.tier is Tier.STRONG)
    if not strong:
        raise ConfigurationError('The demo compares with the strong tier: add a [[deployment]] with tier = "strong".')

    def make(strong_only: bool) -> Stage:
        clock = ManualClock(opening(hours))
        chosen = replace(settings, deployments=strong) if strong_only else settings
        desk = throwaway(chosen, clock=clock, knowledge=articles)
        parts = desk.intake, desk.workers, desk.customers, desk.inbox, desk.savings
        return Stage(desk.store, clock, *parts, open_s=open_seconds(hours))

    return make


@cache
def app(config: Path | None = None) -> App:
    """Return the process-wide desk, built on first use from the usual places."""
    return build(load(config))


def log(settings: Settings) -> None:
    """Send the log of this process to standard error, as the settings say."""
    log_to_stderr(settings.telemetry.log_format, settings.telemetry.log_level)


def masked(text: str) -> str:
    """Return *text* cleaned and without personal data."""
    return triage.mask(triage.normalise(text)).text


def _run_all(chores: Sequence[Callable[[], None]]) -> None:
    for chore in chores:
        chore()


def _revealer(vault: Vault) -> Callable[[Actor, str, str], str]:
    return lambda actor, ticket_id, placeholder: vault.reveal(actor, ticket_id, placeholder)


def _vault_key(settings: Settings) -> str:
    given = settings.secrets.vault_key
    return vault_keys(given.get_secret_value() if given else None, settings.ready_data_dir())


def _notifiers(settings: Settings) -> list[Notifier]:
    hook = settings.secrets.webhook_url
    return [LogNotifier(), *([WebhookNotifier(hook.get_secret_value())] if hook else [])]


def _engine_config(settings: Settings) -> EngineConfig:
    return EngineConfig(
        company=settings.company.name,
        hours=settings.company.hours,
        crisis_line=settings.company.crisis_lines.get(settings.company.country),
        large_amount=int(settings.large_amount),
        workers=settings.engine.workers,
        lease_s=settings.engine.lease_seconds,
        heartbeat_s=settings.engine.heartbeat_seconds,
        fragment_wait_s=settings.engine.fragment_wait_seconds,
        claim_minutes=settings.engine.claim_lease_minutes,
        vault_days=settings.privacy.vault_days,
        daily_budget_microusd=settings.usd_per_day_micro,
        limits=settings.limits,
        policy=settings.policy,
    )


def _inbox_config(settings: Settings) -> InboxConfig:
    return InboxConfig(
        claim_minutes=settings.engine.claim_lease_minutes,
        rate_microusd_per_hour=settings.policy.human_rate_microusd_per_hour,
    )
