"""One customer at a desk of their own: the real engine on the embedded models, on a clock that moves when told."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TypeVar

from supportbot.bootstrap import App, throwaway
from supportbot.demo.clock import ManualClock
from supportbot.demo.stage import Stage
from supportbot.domain.handoff import Handoff
from supportbot.domain.ids import new_id
from supportbot.domain.ledger import ModelCall
from supportbot.domain.message import Message, Sender
from supportbot.domain.ticket import Ticket
from supportbot.domain.turn import Turn
from supportbot.engine.views import Conversation, Submission
from supportbot.knowledge import Knowledge
from supportbot.ports import Provider, StoredDecision, TicketFilter, Tx
from supportbot.settings import load

T = TypeVar("T")


@cache
def articles() -> Knowledge:
    return Knowledge.open(Path("knowledge"))


class Chat:
    """One customer at a desk of their own."""

    def __init__(self, provider: Provider | None = None) -> None:
        self.clock = ManualClock()
        models = {"embedded": provider} if provider else None
        self.app: App = throwaway(load(environ={}), clock=self.clock, models=models, knowledge=articles())
        app = self.app
        self.stage = Stage(app.store, self.clock, app.intake, app.workers, app.customers, app.inbox, app.savings)
        self.customer = self.stage.customer("Lea")

    def ask(self, *texts: str) -> Submission:
        """Say each text and let it be answered before the next."""
        for text in texts:
            self.clock.advance(30)
            said = self.stage.ask(self.customer, text)
        return said

    def burst(self, *texts: str) -> None:
        """Say the texts in one breath, and let what is due be answered."""
        for text in texts:
            self.app.customers.say(self.customer, text)
            self.clock.advance(0.5)
        self.clock.advance(3)
        self.run_due()

    def claim(self) -> Turn | None:
        now = self.clock.now()
        return self.app.store.write(lambda tx: tx.claim_turn("worker", new_id(), now, now + timedelta(seconds=15)))

    def run_due(self) -> None:
        while turn := self.claim():
            self.app.workers.run_now(turn)

    def down(self) -> None:
        """Rate the newest message of the bot down."""
        self.app.customers.rate(self.customer, self.bot[-1].id, False)
        self.run_due()

    def read(self, work: Callable[[Tx, str], T]) -> T:
        ticket_id = self.ticket.id
        return self.app.store.read(lambda tx: work(tx, ticket_id))

    @property
    def tickets(self) -> tuple[Ticket, ...]:
        return self.app.store.read(lambda tx: tx.tickets(TicketFilter(customer_id=self.customer)))

    @property
    def ticket(self) -> Ticket:
        return self.tickets[0]

    @property
    def messages(self) -> tuple[Message, ...]:
        return self.read(lambda tx, t: tx.messages(t, private=True))

    @property
    def bot(self) -> list[Message]:
        return [m for m in self.messages if m.sender is Sender.BOT]

    @property
    def answer(self) -> Message:
        return self.bot[-1]

    @property
    def cited(self) -> set[str]:
        return {c.article_id for c in self.answer.citations}

    @property
    def calls(self) -> tuple[ModelCall, ...]:
        return self.read(lambda tx, t: tx.calls([t]))

    @property
    def called(self) -> list[str]:
        return [c.started.deployment for c in self.calls]

    @property
    def decision(self) -> StoredDecision:
        return self.read(lambda tx, t: tx.decisions([t]))[-1]

    @property
    def handoffs(self) -> tuple[Handoff, ...]:
        return self.read(lambda tx, t: tx.handoffs([t]))

    @property
    def view(self) -> Conversation:
        return self.app.customers.view(self.customer)

    def finish_by_agent(self) -> None:
        """Let an agent take the ticket, reply and resolve it."""
        ana = self.stage.agent("Ana")
        self.app.inbox.claim(ana, self.ticket.id)
        self.app.inbox.reply(ana, self.ticket.id, "Done.")
        self.app.inbox.resolve(ana, self.ticket.id)
