"""One customer and one agent on a stage: what a story lets them do, and what the store then says about it."""

from dataclasses import dataclass, field

from supportbot.access.roles import OPERATOR
from supportbot.demo.stage import Stage
from supportbot.domain.account import Actor
from supportbot.domain.errors import NotFound
from supportbot.domain.ledger import ModelCall
from supportbot.domain.message import Message, MessageKind, Sender
from supportbot.domain.ticket import Ticket
from supportbot.engine.views import Conversation, Submission
from supportbot.inbox.views import Case
from supportbot.ports import StoredDecision
from supportbot.savings import Against, Assumptions, Report, SavingsFilter


@dataclass(frozen=True, slots=True)
class Counters:
    """What a scene has cost so far, micro-dollars, as the savings panel counts it."""

    people_microusd: int = 0
    models_microusd: int = 0  #: at list price where the model itself is free
    all_strong_microusd: int = 0  #: the answers that stood, at the strong model's price

    @property
    def spent(self) -> int:
        """Models and people together."""
        return self.people_microusd + self.models_microusd


@dataclass(slots=True)
class Scene:
    """The acts go through the use cases; the readings come from the store."""

    stage: Stage
    customer_id: str
    agent: Actor
    _said: Submission | None = field(default=None)

    # -- acts

    def writes(self, text: str) -> None:
        """The customer writes; the turn is due and not yet run."""
        self._said = self.stage.say(self.customer_id, text)

    def turn_runs(self) -> None:
        """The turn that is due runs to its end."""
        if self._said is not None:
            self.stage.run(self._said)

    def rates(self, up: bool) -> None:
        """The customer rates the last answer."""
        self.stage.customers.rate(self.customer_id, self.answer.id, up)

    def claims(self, after_s: float) -> None:
        """The agent takes the ticket after a while."""
        self.stage.clock.advance(after_s)
        self.stage.inbox.claim(self.agent, self.ticket.id)

    def replies(self, text: str, after_s: float) -> None:
        """The agent replies after a while."""
        self.stage.clock.advance(after_s)
        self.stage.inbox.reply(self.agent, self.ticket.id, text)

    def resolves(self, after_s: float) -> None:
        """The agent resolves the ticket after a while."""
        self.stage.clock.advance(after_s)
        self.stage.inbox.resolve(self.agent, self.ticket.id)

    def scores(self, marks: int) -> None:
        """The customer says how it went, 1 to 5."""
        self.stage.customers.score(self.customer_id, marks)

    def time_passes(self, seconds: float) -> None:
        """Nobody does anything for a while."""
        self.stage.clock.advance(seconds)

    # -- readings

    def view(self) -> Conversation:
        """What the customer's page shows."""
        return self.stage.customers.view(self.customer_id)

    def case(self) -> Case | None:
        """What the agent's page shows; None while the ticket never came to people."""
        if self._said is None:
            return None
        case = self.stage.inbox.open(self.agent, self._said.ticket_id)
        return case if case.handoff is not None or case.agent_name is not None else None

    def report(self) -> Report:
        """What the savings panel says about this scene."""
        return self.stage.savings.report(SavingsFilter(), Assumptions(), actor=OPERATOR)

    def counters(self) -> Counters:
        """What it has cost so far."""
        report = self.report()
        instead = report.compared[Against.ALL_STRONG.value].counterfactual
        return Counters(report.human.amount_microusd, report.model.amount_microusd, instead.amount_microusd)

    @property
    def ticket(self) -> Ticket:
        """The customer's ticket; NotFound before the first message."""
        current = self.view().current
        if current is None:
            raise NotFound("Nothing was written yet.")
        return current

    @property
    def answer(self) -> Message:
        """The bot's last message; NotFound before the first."""
        last = next((m for m in reversed(self.view().messages) if m.sender is Sender.BOT), None)
        if last is None:
            raise NotFound("The bot has not answered yet.")
        return last

    @property
    def answered(self) -> bool:
        """Whether the bot's last message is an answer from the articles."""
        return self.answer.kind is MessageKind.ANSWER

    @property
    def decision(self) -> StoredDecision:
        """The last decision; NotFound before the first."""
        ticket_id = self.ticket.id
        decisions = self.stage.store.read(lambda tx: tx.decisions([ticket_id]))
        if not decisions:
            raise NotFound("Nothing was decided yet.")
        return decisions[-1]

    @property
    def calls(self) -> tuple[ModelCall, ...]:
        """Every model call so far."""
        ticket_id = self.ticket.id
        return self.stage.store.read(lambda tx: tx.calls([ticket_id]))
