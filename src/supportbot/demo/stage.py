"""What the demo plays on: the real engine, inbox and ledger, on a store and a clock of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from supportbot.demo.clock import ManualClock
from supportbot.domain.account import Account, Actor, Customer, Role
from supportbot.domain.hours import Hours
from supportbot.domain.ids import new_id
from supportbot.engine.customers import Customers
from supportbot.engine.intake import Intake
from supportbot.engine.views import Submission
from supportbot.engine.workers import TurnWorkers
from supportbot.inbox.inbox import Inbox
from supportbot.ports import Store
from supportbot.savings import Savings


@dataclass(frozen=True, slots=True)
class Stage:
    """The parts of a throw-away desk. Nothing here is simulated but the people and the clock."""

    store: Store
    clock: ManualClock
    intake: Intake
    workers: TurnWorkers
    customers: Customers
    inbox: Inbox
    savings: Savings
    open_s: float = 12 * 3600  #: how long the desk is open, which is how long the day is, in seconds

    def customer(self, name: str) -> str:
        """Let a demo customer in; return the id."""
        customer = Customer(new_id(), self.clock.now(), name=name, demo=True)
        self.store.write(lambda tx: tx.add_customer(customer))
        return customer.id

    def agent(self, name: str) -> Actor:
        """Let a demo agent in, who may work the inbox and nothing else."""
        account = Account(new_id(), f"{new_id()[:8]}@demo.example", name, Role.AGENT, self.clock.now())
        self.store.write(lambda tx: tx.add_account(account))
        return Actor(account.id, name, Role.AGENT)

    def say(self, customer_id: str, text: str) -> Submission:
        """Say *text* as the customer; the turn, if the bot is to answer, is held for `run`."""
        return self.intake.say(customer_id, text, holder=(self.workers.name, new_id()), limited=False)

    def run(self, said: Submission) -> None:
        """Let the turn of what was said run to its end; nothing happens when a person reads it instead."""
        turn_id = said.turn_id
        if turn_id is not None:
            self.workers.run_now(self.store.read(lambda tx: tx.turn(turn_id)))

    def ask(self, customer_id: str, text: str) -> Submission:
        """Say *text* as the customer and let the turn run to its end."""
        said = self.say(customer_id, text)
        self.run(said)
        return said

    def close(self) -> None:
        """End the stage's threads and forget everything that happened on it."""
        self.workers.stop()
        self.store.close()


#: The day the demo plays: a Monday without a holiday, from midnight.
_DAY = datetime(2026, 11, 23, tzinfo=UTC)


def opening(hours: Hours) -> datetime:
    """Return when the demo's day begins, in UTC: as the desk opens, or at midnight if it never does."""
    return (hours.next_open(_DAY) or _DAY).astimezone(UTC)


def open_seconds(hours: Hours) -> float:
    """Return how long the desk is open on a day, in seconds."""
    opens, closes = (timedelta(hours=t.hour, minutes=t.minute, seconds=t.second) for t in (hours.opens, hours.closes))
    return (closes - opens).total_seconds()


#: Builds a fresh stage; with True, one whose only deployments are of the strong tier.
StageMaker = Callable[[bool], Stage]
