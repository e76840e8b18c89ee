"""The invariants of a desk, read through its store: after every commit, and once everybody is done."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from benchmarks.campaign.crowd import PLANTED
from benchmarks.campaign.fuses import MARK
from benchmarks.campaign.remains import digits
from supportbot.access import OPERATOR
from supportbot.bootstrap import App
from supportbot.domain.message import Message, MessageKind, Sender
from supportbot.domain.passage import Passage
from supportbot.domain.prompt import Prompt
from supportbot.domain.ticket import TRANSITIONS, Owner, Status, Ticket
from supportbot.inbox.views import Scope
from supportbot.knowledge import Knowledge
from supportbot.knowledge.passages import cut
from supportbot.ports import TicketFilter, Tx
from supportbot.savings import Assumptions, SavingsFilter

T = TypeVar("T")

#: States that some event leads to or begins in: every state there is.
_STATES = {*(state for state, _ in TRANSITIONS), *TRANSITIONS.values()}
#: More than any interleaving writes.
_ALL = 100_000


@dataclass(slots=True)
class Promises:
    """What must hold of *app*, whose articles never change meanwhile. *prompts* are those its models were given."""

    app: App
    prompts: Sequence[Prompt] = ()
    broken: list[str] = field(default_factory=list)
    _owners: dict[str, Owner] = field(default_factory=dict)
    _spoken: dict[str, int] = field(default_factory=dict)
    _public: dict[str, Passage] = field(default_factory=dict)

    def __post_init__(self) -> None:
        knowledge: Knowledge = self.app.knowledge
        self._public = {p.id: p for article in knowledge.articles() for p in cut(article)}

    def after_commit(self, ticket_id: str) -> None:
        """Invariant 1: what the bot said in this commit it said on a ticket that was the bot's before."""
        ticket, messages = self._read(lambda tx: (tx.ticket(ticket_id), tx.messages(ticket_id)))
        spoken = sum(m.sender is Sender.BOT and m.kind is not MessageKind.HANDOFF for m in messages)
        if spoken > self._spoken.get(ticket_id, 0) and self._owners.get(ticket_id, Owner.BOT) is not Owner.BOT:
            self.broken.append(f"the bot spoke on #{ticket.number}, which was with {self._owners[ticket_id]}")
        self._owners[ticket_id], self._spoken[ticket_id] = ticket.owner, spoken
        if ticket.state not in _STATES:
            self.broken.append(f"#{ticket.number} is {ticket.state}, which there is not")
        if (ticket.agent_id is not None) != (ticket.owner is Owner.AGENT):
            self.broken.append(f"#{ticket.number} is with {ticket.owner} and claimed by {ticket.agent_id}")

    def at_any_time(self) -> list[str]:
        """Return what is broken although work is going on."""
        tickets = self._read(lambda tx: tx.tickets(TicketFilter()))
        found = list(self.broken)
        for ticket in tickets:
            messages = self._messages(ticket)
            found += [*self._said_once(messages), *self._handed_off_whole(ticket, messages)]
            found += [*self.cited(messages), *self._kept_from_the_bot(ticket, messages), *self._answered(ticket)]
        return [*found, *self._queued(tickets), *self._added_up(tickets), *self.masked(tickets), *self.apart()]

    def at_rest(self) -> list[str]:
        """Return what is broken once every turn has ended."""
        tickets = self._read(lambda tx: tx.tickets(TicketFilter()))
        stuck = [f"#{t.number} is stuck: {t.state}" for t in tickets if t.status in (Status.NEW, Status.ANSWERING)]
        return self.at_any_time() + stuck

    def _read(self, work: Callable[[Tx], T]) -> T:
        return self.app.store.read(work)

    def _messages(self, ticket: Ticket) -> tuple[Message, ...]:
        return self._read(lambda tx: tx.messages(ticket.id, private=True))

    def _said_once(self, messages: Sequence[Message]) -> Iterator[str]:
        """One message a turn, and a handoff at most beside the part of an answer that a dead owner had shown."""
        said = Counter(
            (m.turn_id, m.kind is MessageKind.HANDOFF) for m in messages if m.sender is Sender.BOT and m.turn_id
        )
        yield from (f"turn {turn} spoke {count} times" for (turn, _), count in said.items() if count > 1)

    def _handed_off_whole(self, ticket: Ticket, messages: Sequence[Message]) -> Iterator[str]:
        """Invariant 2: one message, one packet, one alert, one outcome for each handoff."""

        def count(tx: Tx) -> tuple[int, int, int]:
            alerts = sum(a.ticket_id == ticket.id for a in tx.alerts(limit=_ALL))
            outcomes = sum(o.kind == "handoff" for o in tx.outcomes([ticket.id]))
            return len(tx.handoffs([ticket.id])), alerts, outcomes

        counts = {sum(m.kind is MessageKind.HANDOFF for m in messages), *self._read(count)}
        if len(counts) > 1:
            yield f"#{ticket.number} has handoffs that are not whole: {counts}"

    def _queued(self, tickets: Sequence[Ticket]) -> Iterator[str]:
        """Invariant 4: whoever waits is in the queue that everybody sees."""
        shown = {r.ticket.id for r in self.app.inbox.queue(OPERATOR, Scope.OPEN, limit=_ALL).rows}
        if shown != {t.id for t in tickets if t.queued}:
            yield f"the queue shows {len(shown)} tickets, and others wait"

    def _added_up(self, tickets: Sequence[Ticket]) -> Iterator[str]:
        """Invariant 5: the report is the sum of the ledger."""
        calls = self._read(lambda tx: tx.calls([t.id for t in tickets]))
        raw = sum(
            (c.settled.cost_microusd or 0) + (c.settled.list_cost_microusd or 0)
            if c.settled
            else c.started.reserved_microusd + (c.started.reserved_list_microusd or 0)
            for c in calls
        )
        times = self._read(lambda tx: tx.human_times([t.id for t in tickets]))
        report = self.app.savings.report(SavingsFilter(), Assumptions(), actor=OPERATOR)
        said, true = (
            (report.model.amount_microusd, report.human.amount_microusd),
            (raw, sum(t.cost_microusd for t in times)),
        )
        if said != true:
            yield f"the report says {said}, the ledger {true}"

    def cited(self, messages: Sequence[Message]) -> Iterator[str]:
        """Invariant 6: each citation is a public passage, word for word."""
        for message in messages:
            for citation in message.citations:
                passage = self._public.get(citation.passage_id)
                known = (citation.article_id, citation.article_version, citation.quote)
                if passage is None or known != (passage.article_id, passage.article_version, passage.text):
                    yield f"a message cites {citation.passage_id}, which a customer cannot read"

    def masked(self, tickets: Sequence[Ticket]) -> Iterator[str]:
        """Invariant 7: nothing planted is anywhere but in the vault, which is sealed."""
        ids = [t.id for t in tickets]

        def everything(tx: Tx) -> list[object]:
            by_ticket = [(tx.messages(i, private=True), tx.turns(i), tx.vault_entries(i)) for i in ids]
            listed = (tx.decisions(ids), tx.calls(ids), tx.outcomes(ids), tx.handoffs(ids), tx.human_times(ids))
            return [*by_ticket, *listed, tx.alerts(limit=_ALL), tx.gaps(_ALL), tx.audit(_ALL)]

        kept = digits(f"{tickets} {self._read(everything)} {self.prompts}")
        yield from (f"{datum} is kept in the clear" for datum in PLANTED if digits(datum) in kept)

    def _kept_from_the_bot(self, ticket: Ticket, messages: Sequence[Message]) -> Iterator[str]:
        """Invariant 8: after the alarm no answer and no survey, and the alarm is noted."""
        alarm = next((m.seq for m in messages if m.sender is Sender.CUSTOMER and "My lawyer" in m.text), None)
        if alarm is None:
            return
        if not ticket.critical:
            yield f"#{ticket.number} is not marked critical"
        if any(m.kind is MessageKind.ANSWER and m.seq > alarm for m in messages):
            yield f"the bot answered the critical #{ticket.number}"
        view = self.app.customers.view(ticket.customer_id)
        if view.csat_due and view.current is not None and view.current.id == ticket.id:
            yield f"the customer of the critical #{ticket.number} is surveyed"

    def apart(self) -> Iterator[str]:
        """Invariant 9: no prompt has words of two tickets; messages are known by the marks they carry."""
        of: dict[str, str] = {}
        for ticket in self._read(lambda tx: tx.tickets(TicketFilter())):
            of |= {mark: ticket.id for m in self._messages(ticket) for mark in MARK.findall(m.text)}
        for prompt in self.prompts:
            said = {of[mark] for mark in MARK.findall(_words(prompt)) if mark in of}
            if len(said) > 1:
                yield f"a prompt has words of {len(said)} tickets"

    def _answered(self, ticket: Ticket) -> Iterator[str]:
        """Whoever waits for the bot has a turn that will come, and only a running turn's message grows."""
        alive = {t.id for t in self._read(lambda tx: tx.turns(ticket.id)) if t.status in ("due", "running")}
        if ticket.status is Status.ANSWERING and not alive:
            yield f"#{ticket.number} waits for a turn that never comes"
        if any(not m.final and m.turn_id not in alive for m in self._messages(ticket)):
            yield f"#{ticket.number} has a message that nobody will finish"


def _words(prompt: Prompt) -> str:
    """Everything of a prompt but the articles' own words."""
    return " ".join([prompt.question, *prompt.parts, prompt.summary, *prompt.avoid])
