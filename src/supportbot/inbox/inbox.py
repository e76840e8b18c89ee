"""The inbox's use cases. Each checks the actor's role and the ticket's state itself; pages only call them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from supportbot.access import require
from supportbot.domain.account import Account, Actor, AuditEntry, Role
from supportbot.domain.errors import AlreadyClaimed, BadInput, Forbidden, IllegalTransition
from supportbot.domain.ids import new_id
from supportbot.domain.message import Message, MessageKind, Sender
from supportbot.domain.passage import Article, Retrieval
from supportbot.domain.ticket import CLAIMED, SNOOZED, Event, Owner, Status, Ticket, moved
from supportbot.domain.turn import CLOCKS_APART, Turn, TurnStatus
from supportbot.handoff import book_time
from supportbot.inbox.case import read_case
from supportbot.inbox.queue import read_queue
from supportbot.inbox.views import Case, Queue, Scope
from supportbot.inbox.wording import phrases
from supportbot.ports import Clock, Journal, KnowledgeBase, Silence, Store, TicketFilter, Tx

R = TypeVar("R")
_SILENCE = Silence()

#: Tickets in an agent's hands.
_HELD = TicketFilter(statuses=(Status.CLAIMED.value, Status.SNOOZED.value))


@dataclass(frozen=True, slots=True)
class InboxConfig:
    """How long a claim lasts without a sign of life, what an hour of a person costs, how fast a reply is due."""

    claim_minutes: float = 10.0
    rate_microusd_per_hour: int = 25_000_000
    sla_minutes: tuple[int, int, int, int] = (240, 60, 15, 5)  #: first reply due, by priority low to urgent
    reply_characters: int = 8_000


class Inbox:
    """What agents do. The first argument of every method is on whose authority it runs."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        knowledge: KnowledgeBase,
        config: InboxConfig,
        reveal: Callable[[Actor, str, str], str],
        mask: Callable[[str], str],
        journal: Journal = _SILENCE,
    ) -> None:
        self._store = store
        self._clock = clock
        self._knowledge = knowledge
        self._config = config
        self._reveal = reveal
        self._mask = mask
        self._journal = journal

    def queue(self, actor: Actor, scope: Scope = Scope.ALL, *, limit: int = 50, offset: int = 0) -> Queue:
        """Return a page of the queue: priority first, then who has waited longest."""
        require(actor, Role.AGENT)
        now, sla = self._clock.now(), self._config.sla_minutes
        return self._store.read(lambda tx: read_queue(tx, actor, scope, now, sla, limit, offset))

    def open(self, actor: Actor, ticket_id: str) -> Case:
        """Return a ticket with its packet, messages (notes included) and costs."""
        require(actor, Role.AGENT)
        return self._store.read(lambda tx: read_case(tx, actor, ticket_id))

    def claim(self, actor: Actor, ticket_id: str) -> Ticket:
        """Take a ticket; exactly one of several wins, the others get AlreadyClaimed with the winner's name.

        A ticket the bot is still on is taken over: its running turn is ended and cannot post any more.
        """
        return self._act(actor, ticket_id, "claim", self._claim)

    def renew(self, actor: Actor, ticket_id: str) -> Ticket:
        """Show a sign of life: the claim lasts another stretch."""
        return self._act(
            actor, ticket_id, "", lambda tx, a, t, at: tx.save_ticket(self._alive(self._mine(tx, a, t), at))
        )

    def release(self, actor: Actor, ticket_id: str, reason: str = "") -> Ticket:
        """Give a ticket back to the queue; its place is kept."""
        return self._act(actor, ticket_id, "release", self._ending(Event.RELEASED, reason))

    def reply(self, actor: Actor, ticket_id: str, text: str) -> Message:
        """Write to the customer, who sees it at once. Personal data in it is masked like the customer's own."""
        clean = self._clean(text)

        def work(tx: Tx, a: Actor, ticket: Ticket, at: datetime) -> Message:
            mine = self._mine(tx, a, ticket)
            if mine.state == SNOOZED:
                mine = moved(mine, Event.WOKEN, at)
            message = tx.add_message(_from_agent(a, mine, clean, at, MessageKind.TEXT))
            first = mine.first_agent_reply_at or at
            tx.save_ticket(replace(self._alive(moved(mine, Event.AGENT_REPLIED, at), at), first_agent_reply_at=first))
            return message

        return self._act(actor, ticket_id, "reply", work)

    def note(self, actor: Actor, ticket_id: str, text: str) -> Message:
        """Write an internal note; the customer never sees it. No claim is needed."""
        clean = self._clean(text)

        def work(tx: Tx, a: Actor, ticket: Ticket, at: datetime) -> Message:
            if ticket.agent_id == a.id and ticket.state == CLAIMED:
                tx.save_ticket(self._alive(ticket, at))
            return tx.add_message(replace(_from_agent(a, ticket, clean, at, MessageKind.NOTE), private=True))

        return self._act(actor, ticket_id, "note", work)

    def transfer(self, actor: Actor, ticket_id: str, to_account_id: str, reason: str) -> Ticket:
        """Hand a claimed ticket to a colleague, with a reason that becomes a note."""
        reason = self._clean(reason)

        def work(tx: Tx, a: Actor, ticket: Ticket, at: datetime) -> Ticket:
            colleague = tx.account(to_account_id)
            if colleague.disabled:
                raise BadInput(f"{colleague.name}'s account is disabled; choose somebody else.")
            mine = self._mine(tx, a, ticket)
            self._book(tx, mine, at)
            tx.add_message(
                replace(_from_agent(a, mine, f"To {colleague.name}: {reason}", at, MessageKind.NOTE), private=True)
            )
            awake = moved(mine, Event.WOKEN, at) if mine.state == SNOOZED else mine
            lease = at + timedelta(minutes=self._config.claim_minutes)
            return tx.save_ticket(
                replace(awake, agent_id=colleague.id, claimed_at=at, claim_expires_at=lease, updated_at=at)
            )

        return self._act(actor, ticket_id, "transfer", work)

    def hand_back(self, actor: Actor, ticket_id: str, reason: str = "") -> Ticket:
        """Give a ticket back to the bot, which answers what nobody has answered yet, and nothing twice.

        A critical matter stays with people: Forbidden.
        """

        def work(tx: Tx, a: Actor, ticket: Ticket, at: datetime) -> Ticket:
            if ticket.critical:
                raise Forbidden("A critical matter stays with people. Resolve it or give it back to the queue.")
            self._mine(tx, a, ticket)
            tx.add_message(_system(ticket, "handed_back", a.name, at))
            back = self._ending(Event.HANDED_BACK, reason)(tx, a, ticket, at)
            return _due_again(tx, back, at)

        return self._act(actor, ticket_id, "hand_back", work)

    def resolve(self, actor: Actor, ticket_id: str) -> Ticket:
        """Close a claimed ticket; what the customer writes later opens a new one that follows it."""

        def work(tx: Tx, a: Actor, ticket: Ticket, at: datetime) -> Ticket:
            mine = self._mine(tx, a, ticket)
            self._book(tx, mine, at)
            tx.add_message(_system(mine, "resolved", a.name, at))
            return tx.save_ticket(replace(moved(mine, Event.RESOLVED, at), resolved_by=a.id, agent_id=a.id))

        return self._act(actor, ticket_id, "resolve", work)

    def snooze(self, actor: Actor, ticket_id: str, until: datetime) -> Ticket:
        """Put a claimed ticket aside until *until*; a customer's message wakes it earlier."""

        def work(tx: Tx, a: Actor, ticket: Ticket, at: datetime) -> Ticket:
            if until <= at:
                raise BadInput("Choose a time in the future.")
            mine = self._mine(tx, a, ticket)
            self._book(tx, mine, at)
            asleep = moved(replace(mine, snoozed_until=until), Event.SNOOZED, at)
            return tx.save_ticket(replace(asleep, snoozed_until=until))

        return self._act(actor, ticket_id, "snooze", work)

    def reveal(self, actor: Actor, ticket_id: str, placeholder: str) -> str:
        """Return a hidden personal datum of a ticket the actor holds; the look is audited."""
        require(actor, Role.AGENT)
        return self._reveal(actor, ticket_id, placeholder)

    def colleagues(self, actor: Actor) -> tuple[Account, ...]:
        """Return who else could take a ticket."""
        require(actor, Role.AGENT)
        accounts = self._store.read(lambda tx: tx.accounts())
        return tuple(a for a in accounts if a.id != actor.id and not a.disabled)

    def search(self, actor: Actor, query: str) -> Retrieval:
        """Search the articles, internal ones included."""
        require(actor, Role.AGENT)
        return self._knowledge.search(query, internal=True, limit=8)

    def article(self, actor: Actor, article_id: str) -> Article:
        """Return an article, internal ones included."""
        require(actor, Role.AGENT)
        return self._knowledge.article(article_id, internal=True)

    def lapse(self) -> int:
        """Return silent agents' tickets to the queue and wake snoozed ones whose time has come; return how many."""
        now = self._clock.now()

        def overdue(tx: Tx) -> list[Ticket]:
            held = tx.tickets(_HELD)
            return [
                t for t in held if _past(t.claim_expires_at, now) or _past(t.snoozed_until, now) or self._ahead(t, now)
            ]

        late = self._store.read(overdue)
        if not late:
            return 0
        return self._store.write(lambda tx: sum(self._lapse_one(tx, tx.ticket(t.id), now) for t in late))

    def _lapse_one(self, tx: Tx, ticket: Ticket, now: datetime) -> bool:
        if ticket.state == SNOOZED and _past(ticket.snoozed_until, now):
            tx.save_ticket(self._alive(moved(ticket, Event.WOKEN, now), now))
            return True
        if ticket.state == CLAIMED and _past(ticket.claim_expires_at, now):
            self._book(tx, ticket, ticket.claim_expires_at or now)
            name = tx.account(ticket.agent_id).name if ticket.agent_id else "Somebody"
            tx.add_message(_system(ticket, "lapsed", name, now))
            tx.save_ticket(moved(ticket, Event.CLAIM_LAPSED, now))
            return True
        if self._ahead(ticket, now):
            tx.save_ticket(replace(self._alive(ticket, now), claimed_at=now))
        return False

    def _ahead(self, ticket: Ticket, now: datetime) -> bool:
        """Whether a claim ends later than any can: the clock was set back, and its lease has to begin anew."""
        longest = timedelta(minutes=self._config.claim_minutes) + CLOCKS_APART
        return ticket.claim_expires_at is not None and ticket.claim_expires_at > now + longest

    def _claim(self, tx: Tx, actor: Actor, ticket: Ticket, at: datetime) -> Ticket:
        if actor.operator:
            raise Forbidden("A claim belongs to an agent. Name one with --as.")
        if ticket.owner is Owner.AGENT and ticket.open:
            if ticket.agent_id == actor.id:
                return ticket
            name = tx.account(ticket.agent_id).name if ticket.agent_id else "Somebody"
            raise AlreadyClaimed(f"{name} claimed this first.", by=name)
        taken = moved(ticket, Event.CLAIMED, at)
        tx.end_turns(ticket.id, TurnStatus.ABANDONED, at)
        lease = at + timedelta(minutes=self._config.claim_minutes)
        saved = tx.save_ticket(replace(taken, agent_id=actor.id, claimed_at=at, claim_expires_at=lease))
        tx.add_message(_system(saved, "joined", actor.name, at))
        return saved

    def _ending(self, event: Event, reason: str) -> Callable[[Tx, Actor, Ticket, datetime], Ticket]:
        """Return work that ends the actor's claim with *event*; a reason becomes a note."""

        def work(tx: Tx, actor: Actor, ticket: Ticket, at: datetime) -> Ticket:
            mine = self._mine(tx, actor, ticket)
            self._book(tx, mine, at)
            if reason.strip():
                note = _from_agent(actor, mine, self._clean(reason), at, MessageKind.NOTE)
                tx.add_message(replace(note, private=True))
            return tx.save_ticket(moved(mine, event, at))

        return work

    def _mine(self, tx: Tx, actor: Actor, ticket: Ticket) -> Ticket:
        """Return *ticket* if the actor holds it; say who does otherwise."""
        if not ticket.open:
            raise IllegalTransition(f"Ticket #{ticket.number} is closed; what the customer writes opens a new one.")
        if ticket.owner is not Owner.AGENT:
            raise IllegalTransition(f"Ticket #{ticket.number} is not claimed. Claim it first.")
        if ticket.agent_id != actor.id:
            name = tx.account(ticket.agent_id).name if ticket.agent_id else "Somebody"
            raise AlreadyClaimed(f"{name} has ticket #{ticket.number}.", by=name)
        return ticket

    def _alive(self, ticket: Ticket, at: datetime) -> Ticket:
        lease = at + timedelta(minutes=self._config.claim_minutes)
        return replace(ticket, claim_expires_at=lease, claimed_at=ticket.claimed_at or at)

    def _book(self, tx: Tx, ticket: Ticket, at: datetime) -> None:
        book_time(tx, ticket, at, self._config.rate_microusd_per_hour)

    def _clean(self, text: str) -> str:
        clean = self._mask(text).strip()
        if not clean:
            raise BadInput("Write something first.")
        if len(clean) > self._config.reply_characters:
            raise BadInput(f"At most {self._config.reply_characters} characters; this has {len(clean)}.")
        return clean

    def _act(self, actor: Actor, ticket_id: str, action: str, work: Callable[[Tx, Actor, Ticket, datetime], R]) -> R:
        """Check the role, run *work* on the ticket in one transaction, and audit *action* if it has a name."""
        require(actor, Role.AGENT)
        at = self._clock.now()

        def unit(tx: Tx) -> R:
            ticket = tx.ticket(ticket_id)
            result = work(tx, actor, ticket, at)
            if action:
                tx.add_audit(AuditEntry(new_id(), at, actor.id, f"ticket.{action}", f"#{ticket.number}"))
            return result

        done = self._store.write(unit)
        if action:
            self._journal.note("agent", action=action, ticket=ticket_id, agent=actor.id)
        return done


def _due_again(tx: Tx, ticket: Ticket, at: datetime) -> Ticket:
    """Make a turn due over what the customer wrote since anybody last answered; no turn when nothing is open."""
    messages = tx.messages(ticket.id)
    replied = [m.seq for m in messages if m.sender is Sender.AGENT]
    concluded = [t.last_seq for t in tx.turns(ticket.id) if t.status in (TurnStatus.DONE, TurnStatus.STOPPED)]
    answered = max([*replied, *concluded], default=0)
    left = [m.seq for m in messages if m.sender is Sender.CUSTOMER and m.seq > answered]
    if not left:
        return ticket
    tx.add_turn(Turn(new_id(), ticket.id, at, at, left[0], left[-1]))
    return tx.save_ticket(moved(ticket, Event.CUSTOMER_WROTE, at))


def _past(limit: datetime | None, now: datetime) -> bool:
    return limit is not None and limit <= now


def _from_agent(actor: Actor, ticket: Ticket, text: str, at: datetime, kind: MessageKind) -> Message:
    return Message(
        id=new_id(),
        ticket_id=ticket.id,
        sender=Sender.AGENT,
        text=text,
        created_at=at,
        kind=kind,
        author_id=actor.id,
        author_name=actor.name,
        language=ticket.language,
    )


def _system(ticket: Ticket, key: str, name: str, at: datetime) -> Message:
    text = phrases().say(ticket.language, key, name=name)
    return Message(new_id(), ticket.id, Sender.SYSTEM, text, at, kind=MessageKind.NOTICE, language=ticket.language)
