"""What the demo plays on: the real engine, inbox and ledger, on a store and a clock of its own."""

from collections.abc import Callable
from dataclasses import dataclass

from supportbot.demo.clock import ManualClock
from supportbot.domain.account import Account, Actor, Customer, Role
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

    def ask(self, customer_id: str, text: str) -> Submission:
        """Say *text* as the customer and let the turn run to its end."""
        holder = (self.workers.name, new_id())
        said = self.intake.say(customer_id, text, holder=holder, limited=False)
        if said.turn_id is not None:
            turn_id = said.turn_id
            turn = self.store.read(lambda tx: tx.turn(turn_id))
            self.workers.run_now(turn)
        return said


#: Builds a fresh stage; with True, one whose only deployments are of the strong tier.
StageMaker = Callable[[bool], Stage]
