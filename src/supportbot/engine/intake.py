"""Takes a customer's message in: limits, masking, storage and a due turn, in one transaction."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from supportbot import triage
from supportbot.access import check_limits, check_person_asked
from supportbot.domain.account import VaultEntry
from supportbot.domain.assessment import DESTROYED, CriticalClass, Guard, Masked
from supportbot.domain.errors import BadInput, LimitReached
from supportbot.domain.ids import new_id
from supportbot.domain.message import Message, MessageKind, Sender
from supportbot.domain.outcome import Outcome, OutcomeKind
from supportbot.domain.ticket import (
    CLAIMED,
    SNOOZED,
    WAITING,
    Event,
    Lane,
    Owner,
    Priority,
    Ticket,
    moved,
)
from supportbot.domain.turn import Turn, TurnStatus
from supportbot.engine.config import Engine
from supportbot.engine.conversation import queue_place
from supportbot.engine.telling import limits_told
from supportbot.engine.views import Submission
from supportbot.engine.waiting import queue_line
from supportbot.engine.wording import phrases
from supportbot.ports import TicketFilter, Tx

_SUBJECT = 80
#: What stands for a datum that can be revealed, as masking writes it.
_PLACEHOLDER = re.compile(r"\[(email|phone|IBAN) (\d{1,4})\]")


@dataclass(frozen=True, slots=True)
class _Taken:
    """A message ready to be stored."""

    customer_id: str
    masked: Masked
    cut: int
    language: str
    lane: Lane
    at: datetime
    sealed: tuple[tuple[str, str, bytes], ...]  #: placeholder, kind, sealed value
    critical: CriticalClass | None  #: found before the transaction, which must not be held up
    of_the_wait: bool  #: whether the message is about waiting for a person, and about nothing else


class Intake:
    """The way in for every message, from the page, the command line and the batch lane."""

    def __init__(self, engine: Engine, wake: Callable[[], None]) -> None:
        self._engine = engine
        self._wake = wake

    def say(
        self,
        customer_id: str,
        text: str,
        *,
        address: str = "",
        lane: Lane = Lane.INTERACTIVE,
        ticket_id: str | None = None,
        holder: tuple[str, str] | None = None,
        limited: bool = True,
    ) -> Submission:
        """Store a customer's message and make a turn due; return what was taken in.

        *holder* is (worker, lease) for a caller that runs the turn itself, which then never waits for a burst. Raises
        BadInput for an empty message and LimitReached beyond a rate limit; in both cases nothing is stored.
        """
        taken = self._take(customer_id, text, lane)

        def work(tx: Tx) -> Submission:
            if limited:
                self._check_limits(tx, taken, address)
            return self._store(tx, taken, ticket_id, holder)

        with limits_told(self._engine.journal, customer_id):
            submission = self._engine.store.write(work)
        self._wake()
        return submission

    def _take(self, customer_id: str, text: str, lane: Lane) -> _Taken:
        clean = triage.normalise(text)
        if not clean.strip():
            raise BadInput(phrases().say(self._engine.config.default_language, "empty"))
        masked = triage.mask(clean)
        kept, cut = triage.cut(masked.text, self._engine.config.limits.message_characters)
        language = triage.detect_language(kept, default="")
        data = {d.placeholder: d for d in masked.data if d.kind not in DESTROYED and d.placeholder in kept}
        sealed = tuple((p, d.kind.value, self._engine.sealer.seal(d.value)) for p, d in data.items())
        found = triage.critical(kept, language, self._engine.config.large_amount)
        critical = found[0] if found else None
        waits = triage.about_waiting(kept) is not None or triage.guard(kept, language) is Guard.GREETING
        at = self._engine.clock.now()
        return _Taken(customer_id, replace(masked, text=kept), cut, language, lane, at, sealed, critical, waits)

    def _check_limits(self, tx: Tx, taken: _Taken, address: str) -> None:
        """Raise LimitReached, unless a person is asked for or needed: those are counted as what they are.

        Nobody who may be about to harm themselves is ever refused.
        """
        limits = self._engine.config.limits
        try:
            check_limits(tx, limits, taken.customer_id, address, taken.at)
        except LimitReached:
            if taken.critical is CriticalClass.SELF_HARM:
                return
            if not self._must_reach_people(tx, taken):
                raise
            check_person_asked(tx, limits, taken.customer_id, address, taken.at)

    def _must_reach_people(self, tx: Tx, taken: _Taken) -> bool:
        """Whether the message asks for a person or needs one, and has not got there yet."""
        newest = tx.tickets(TicketFilter(customer_id=taken.customer_id, limit=1))
        with_people = [t for t in newest if t.open and (t.queued or t.owner is Owner.AGENT)]
        language = taken.language or self._engine.config.default_language
        if not with_people and triage.guard(taken.masked.text, language) is Guard.PERSON:
            return True
        return taken.critical is not None and not any(t.critical for t in with_people)

    def _store(self, tx: Tx, taken: _Taken, ticket_id: str | None, holder: tuple[str, str] | None) -> Submission:
        ticket = self._ticket(tx, taken, ticket_id)
        taken = _numbered_on(tx, ticket, taken)
        message = tx.add_message(
            Message(
                id=new_id(),
                ticket_id=ticket.id,
                sender=Sender.CUSTOMER,
                text=taken.masked.text,
                created_at=taken.at,
                language=taken.language or ticket.language,
            )
        )
        self._keep_data(tx, taken, message)
        if taken.cut:
            tx.add_message(_notice(ticket, phrases().say(ticket.language, "cut", characters=taken.cut), taken.at))
        turn_id = self._due(tx, ticket, message, taken, holder)
        return Submission(
            ticket_id=ticket.id,
            number=ticket.number,
            message_id=message.id,
            turn_id=turn_id,
            masked_kinds=tuple(dict.fromkeys(d.kind.value for d in taken.masked.data)),
            cut_characters=taken.cut,
        )

    def _ticket(self, tx: Tx, taken: _Taken, ticket_id: str | None) -> Ticket:
        """Return the open ticket the message belongs to, or open one that follows the resolved one."""
        if ticket_id is not None:
            latest: Ticket | None = tx.ticket(ticket_id)
        else:
            newest = tx.tickets(TicketFilter(customer_id=taken.customer_id, limit=1))
            latest = newest[0] if newest else None
        if latest is not None and latest.open:
            return latest
        opened = tx.add_ticket(
            Ticket(
                id=new_id(),
                customer_id=taken.customer_id,
                created_at=taken.at,
                updated_at=taken.at,
                lane=taken.lane,
                language=taken.language or (latest.language if latest else self._engine.config.default_language),
                subject=taken.masked.text[:_SUBJECT].strip(),
                follows=latest.id if latest else None,
                demo=tx.customer(taken.customer_id).demo,
            )
        )
        if latest is not None:
            self._note_reopen(tx, latest, opened, taken)
        return opened

    def _note_reopen(self, tx: Tx, earlier: Ticket, opened: Ticket, taken: _Taken) -> None:
        """A following ticket on the same matter within the reopen days counts against the earlier resolution."""
        within = taken.at - (earlier.resolved_at or earlier.updated_at) <= timedelta(
            days=self._engine.config.reopen_days
        )
        asked = [m.text for m in tx.messages(earlier.id) if m.sender is Sender.CUSTOMER]
        text, language = taken.masked.text, taken.language or earlier.language
        again = triage.guard(text, language) is None and triage.leans(text, language)
        if within and (again or any(triage.similar(text, said) for said in asked)):
            handler = earlier.resolved_by or "bot"
            tx.add_outcome(
                Outcome(new_id(), earlier.id, OutcomeKind.REOPEN, taken.at, reason=opened.id, handler=handler)
            )

    def _due(
        self, tx: Tx, ticket: Ticket, message: Message, taken: _Taken, holder: tuple[str, str] | None
    ) -> str | None:
        """Move the ticket and make its turn due; None when a person reads the message instead."""
        if ticket.state in (CLAIMED, SNOOZED) or (ticket.state == WAITING and ticket.critical):
            event = Event.CUSTOMER_ADDED
        elif ticket.state == WAITING:
            event = Event.LENT
        else:
            event = Event.CUSTOMER_WROTE
        if event is Event.CUSTOMER_ADDED:
            self._tell_the_place(tx, tx.save_ticket(self._for_a_person(ticket, taken)), taken)
            return None
        after = tx.save_ticket(_alarmed(moved(ticket, event, taken.at), taken))
        first = self._supersede(tx, ticket, message.seq, taken.at)
        return self._add_turn(tx, after, first, message, taken, holder)

    def _tell_the_place(self, tx: Tx, ticket: Ticket, taken: _Taken) -> None:
        """Who waits with a critical matter and asks about the wait is told; the bot says nothing else there."""
        waiting = queue_place(tx, ticket) if taken.of_the_wait else None
        if waiting is not None:
            line = queue_line(waiting, taken.language or ticket.language, self._engine.config.hours, taken.at)
            tx.add_message(_notice(ticket, line, taken.at))

    def _for_a_person(self, ticket: Ticket, taken: _Taken) -> Ticket:
        """Return the ticket with words a person will read, which no turn looks at.

        Waking a snoozed ticket begins the agent's lease anew: silence ends it.
        """
        at = taken.at
        after = _alarmed(moved(ticket, Event.CUSTOMER_ADDED, at), taken)
        if ticket.state != SNOOZED:
            return after
        return replace(after, claimed_at=at, claim_expires_at=at + timedelta(minutes=self._engine.config.claim_minutes))

    def _supersede(self, tx: Tx, ticket: Ticket, seq: int, at: datetime) -> int:
        """Restart what has not been released yet; return the first message the new turn answers."""
        open_turns = [t for t in tx.turns(ticket.id) if t.status in (TurnStatus.DUE, TurnStatus.RUNNING)]
        tx.end_turns(ticket.id, TurnStatus.SUPERSEDED, at)
        shown = {m.turn_id for m in tx.messages(ticket.id) if m.sender is Sender.BOT}
        return min([t.first_seq for t in open_turns if t.id not in shown], default=seq)

    def _add_turn(
        self,
        tx: Tx,
        ticket: Ticket,
        first: int,
        message: Message,
        taken: _Taken,
        holder: tuple[str, str] | None,
    ) -> str:
        waits = holder is None and first == message.seq and triage.is_fragment(taken.masked.text)
        not_before = taken.at + timedelta(seconds=self._engine.config.fragment_wait_s if waits else 0)
        turn = Turn(new_id(), ticket.id, taken.at, not_before, first, message.seq)
        if holder is not None:
            turn = held(turn, holder, taken.at, self._engine.config.lease_s)
        tx.add_turn(turn)
        return turn.id

    def _keep_data(self, tx: Tx, taken: _Taken, message: Message) -> None:
        expires = taken.at + timedelta(days=self._engine.config.vault_days)
        for placeholder, kind, sealed in taken.sealed:
            tx.add_vault_entry(VaultEntry(new_id(), message.ticket_id, message.id, placeholder, kind, sealed, expires))


def _alarmed(ticket: Ticket, taken: _Taken) -> Ticket:
    """Return the ticket marked with the critical class its newest message names.

    It is marked before any turn reads the message, for a claim, a stop or a button may come first.
    """
    if taken.critical is None:
        return ticket
    return replace(ticket, critical=ticket.critical or taken.critical.value, priority=Priority.URGENT)


def _numbered_on(tx: Tx, ticket: Ticket, taken: _Taken) -> _Taken:
    """Number hidden data on from the ticket's earlier messages, so that a placeholder means one datum there."""
    if not taken.sealed:
        return taken
    last: dict[str, int] = {}
    for earlier in tx.messages(ticket.id, private=True):
        for kind, number in _PLACEHOLDER.findall(earlier.text):
            last[kind] = max(last.get(kind, 0), int(number))

    def on(text: str) -> str:
        return _PLACEHOLDER.sub(lambda m: f"[{m[1]} {int(m[2]) + last.get(m[1], 0)}]", text)

    sealed = tuple((on(placeholder), kind, value) for placeholder, kind, value in taken.sealed)
    return replace(taken, masked=replace(taken.masked, text=on(taken.masked.text)), sealed=sealed)


def held(turn: Turn, holder: tuple[str, str], at: datetime, lease_s: float) -> Turn:
    """Return *turn* as running under *holder* (worker, lease) from the start."""
    worker, lease = holder
    return replace(
        turn,
        status=TurnStatus.RUNNING,
        worker=worker,
        lease=lease,
        lease_expires_at=at + timedelta(seconds=lease_s),
        attempt=1,
    )


def _notice(ticket: Ticket, text: str, at: datetime) -> Message:
    return Message(new_id(), ticket.id, Sender.SYSTEM, text, at, kind=MessageKind.NOTICE, language=ticket.language)
