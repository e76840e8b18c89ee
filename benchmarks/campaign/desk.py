"""The desk of a campaign: short leases, models that cost something, and a population that outlives processes."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from benchmarks.corpus import KNOWLEDGE
from supportbot.bootstrap import App, SystemClock, build
from supportbot.domain.account import Account, Actor, Customer, Role
from supportbot.domain.ids import new_id
from supportbot.knowledge import Knowledge
from supportbot.knowledge import load as load_articles
from supportbot.ports import Provider, Store, Tx
from supportbot.settings import Settings, load

#: Leases that end soon, so that recovery is part of every round; prices, so that the ledger has something to sum.
_HEAD = """
[engine]
workers = 4
lease_seconds = 1.0
heartbeat_seconds = 0.3
fragment_wait_seconds = 0.2
claim_lease_minutes = 0.03

[limits]
customer_per_minute = 100000
customer_per_hour = 100000
address_per_minute = 100000
address_per_hour = 100000
desk_per_minute = 100000

[prices]
"campaign/fast" = { input = 0.15, output = 0.60 }
"campaign/strong" = { input = 3.0, output = 15.0 }
"""
_DEPLOYMENT = """
[[deployment]]
name = "{name}"
provider = "{provider}"
model = "{model}"
tier = "{model}"
total_timeout_ms = 3000
options = {{ pace_ms = {pace} }}
"""
#: Name, provider, model, milliseconds between pieces. The spare has no price, and unpriced is not free.
_DEPLOYMENTS = (
    ("fast", "campaign", "fast", 5),
    ("spare", "unpriced", "fast", 5),
    ("strong", "campaign", "strong", 12),
)


@dataclass(frozen=True, slots=True)
class Population:
    """Who acts in a campaign, by id."""

    customers: tuple[str, ...]
    agents: tuple[tuple[str, str], ...]  #: account id and name

    @property
    def actors(self) -> tuple[Actor, ...]:
        """The agents as they act."""
        return tuple(Actor(id_, name, Role.AGENT) for id_, name in self.agents)


class ShiftedClock(SystemClock):
    """The machine's clock, ahead or behind by a span that can be changed."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds

    def now(self) -> datetime:
        """Return the shifted present."""
        return super().now() + timedelta(seconds=self.seconds)


@cache
def articles() -> Knowledge:
    """Return the sample company's articles, loaded once in a process and its forks; an edit of them is not noticed."""
    return Knowledge(load_articles(KNOWLEDGE))


def settings(folder: Path, url: str | None = None) -> Settings:
    """Return the campaign's settings for a desk in *folder*; *url* names a database other than SQLite."""
    file = folder / "supportbot.toml"
    if not file.exists():
        deployments = (
            _DEPLOYMENT.format(name=name, provider=provider, model=model, pace=pace)
            for name, provider, model, pace in _DEPLOYMENTS
        )
        file.write_text(_HEAD + "".join(deployments), encoding="utf-8")
    return load(file, folder / "data", KNOWLEDGE, {"SUPPORTBOT_DATABASE_URL": url} if url else {})


def open_desk(chosen: Settings, store: Store, model: Provider, clock: SystemClock | None = None) -> App:
    """Return a desk on *store* whose every deployment is served by *model*."""
    return build(chosen, store=store, clock=clock, models={"campaign": model, "unpriced": model}, knowledge=articles())


def populate(store: Store, at: datetime, customers: int = 10, agents: int = 3) -> Population:
    """Let customers and agents in."""
    people = [Customer(new_id(), at, name=f"Customer {n}") for n in range(customers)]
    staff = [Account(new_id(), f"agent{n}@desk.invalid", f"Agent {n}", Role.AGENT, at) for n in range(agents)]

    def work(tx: Tx) -> None:
        for customer in people:
            tx.add_customer(customer)
        for account in staff:
            tx.add_account(account)

    store.write(work)
    return Population(tuple(c.id for c in people), tuple((a.id, a.name) for a in staff))


def remember(people: Population, folder: Path) -> None:
    """Write down who was let in, for processes to come."""
    (folder / "people.json").write_text(json.dumps(asdict(people)), encoding="utf-8")


def population(folder: Path) -> Population:
    """Return who was let in."""
    raw = json.loads((folder / "people.json").read_text(encoding="utf-8"))
    return Population(tuple(raw["customers"]), tuple((id_, name) for id_, name in raw["agents"]))
