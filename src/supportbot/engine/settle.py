"""The end of a turn in one transaction: message, decision, settlements, ticket, evidence. All of it, or none."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from supportbot.domain.decision import Decision
from supportbot.domain.ids import new_id
from supportbot.domain.ledger import CallOutcome, CallSettled
from supportbot.domain.message import Message, MessageKind, Sender
from supportbot.domain.outcome import Gap, Outcome, OutcomeKind
from supportbot.domain.ticket import Ticket, allowed, moved
from supportbot.domain.turn import Turn, TurnStatus
from supportbot.engine.conclusion import Conclusion, End, Reply
from supportbot.engine.understanding import Understanding
from supportbot.engine.wording import phrases
from supportbot.handoff import open_handoff
from supportbot.ports import PostGuard, StoredDecision, Tx


@dataclass(frozen=True, slots=True)
class Settlement:
    """Writes one conclusion. `released_id` is the message already growing in the thread."""

    turn: Turn
    guard: PostGuard
    conclusion: Conclusion
    at: datetime
    knowledge_version: str
    released_id: str | None = None

    def write(self, tx: Tx) -> bool:
        """Settle the turn; return whether its message was posted. Calls are settled in either case."""
        message_id = self._post(tx)
        posted = message_id is not None
        for settled in self.conclusion.settlements:
            tx.settle_call(settled if posted else _discarded(settled))
        self._remember(tx, message_id)
        status = TurnStatus.DONE if posted else TurnStatus.ABANDONED
        if self.conclusion.end is End.STOPPED:
            status = TurnStatus.STOPPED
        tx.finish_turn(self.turn.id, self.guard.lease, status, self.at, message_id)
        return posted

    def _post(self, tx: Tx) -> str | None:
        """Post what the turn concluded, if the bot may still speak; return the message's id."""
        if self.conclusion.end is End.CANCELLED:
            return None
        ticket = self._labelled(tx.ticket(self.turn.ticket_id))
        if self.conclusion.handoff is not None:
            self._finish_released(tx)
            opened = open_handoff(tx, ticket, self.conclusion.handoff, self.at, self.guard)
            return tx.handoffs([ticket.id])[-1].message_id if opened else None
        reply = self.conclusion.reply or self._stopped(tx, ticket)
        message_id = self._say(tx, ticket, reply)
        if message_id is not None:
            tx.save_ticket(self._after(ticket, reply))
            self._note_gap(tx, ticket, reply)
        return message_id

    def _after(self, ticket: Ticket, reply: Reply) -> Ticket:
        """Return the ticket after the reply's event and what follows from it."""
        after = moved(ticket, reply.event, self.at)
        for event in reply.then:
            if allowed(after.state, event):
                after = moved(after, event, self.at)
        return after if after.open else replace(after, resolved_by="customer")

    def _finish_released(self, tx: Tx) -> None:
        """Leave what the customer has already read as it is; the handoff's own message follows it."""
        if self.released_id is not None:
            shown = tx.message(self.released_id)
            tx.extend_bot_message(shown.id, shown.text, shown.citations, True, self.guard)

    def _stopped(self, tx: Tx, ticket: Ticket) -> Reply:
        """What a stopped turn leaves: the part a dead owner of it has shown, or a word that it was stopped."""
        if self.released_id is None:
            return Reply(phrases().say(ticket.language, "stopped"), MessageKind.NOTICE)
        shown = tx.message(self.released_id)
        return Reply(shown.text, shown.kind, citations=shown.citations)

    def _say(self, tx: Tx, ticket: Ticket, reply: Reply) -> str | None:
        if self.released_id is not None:
            extended = tx.extend_bot_message(
                self.released_id, reply.text, reply.citations, True, self.guard, reply.kind
            )
            return self.released_id if extended else None
        message = Message(
            id=new_id(),
            ticket_id=ticket.id,
            sender=Sender.BOT,
            text=reply.text,
            created_at=self.at,
            kind=reply.kind,
            turn_id=self.turn.id,
            citations=reply.citations,
            language=ticket.language,
        )
        posted = tx.post_bot_message(message, self.guard)
        return posted.id if posted else None

    def _labelled(self, ticket: Ticket) -> Ticket:
        """Write what triage found onto the ticket. A critical class is never taken off again."""
        understanding = self.conclusion.understanding
        if understanding is None:
            return ticket
        found = understanding.assessment
        vague = found.request_type == "general"  # says less than what an earlier message said
        return replace(
            ticket,
            language=found.language,
            request_type=ticket.request_type if vague else found.request_type,
            critical=ticket.critical or (found.critical.value if found.critical else None),
        )

    def _remember(self, tx: Tx, message_id: str | None) -> None:
        understanding, decision = self.conclusion.understanding, self.conclusion.decision
        if understanding is None or decision is None or (message_id is None and self._decided(tx)):
            return
        tx.add_decision(self._stored(understanding, decision))
        if understanding.repeats and message_id is not None:
            tx.add_outcome(
                Outcome(
                    new_id(),
                    self.turn.ticket_id,
                    OutcomeKind.REPEAT,
                    self.at,
                    turn_id=self.turn.id,
                    value=understanding.repeats,
                )
            )

    def _decided(self, tx: Tx) -> bool:
        """Whether an owner that took the turn over has decided it already."""
        return any(d.turn_id == self.turn.id for d in tx.decisions([self.turn.ticket_id]))

    def _stored(self, understanding: Understanding, decision: Decision) -> StoredDecision:
        reply = self.conclusion.reply
        return StoredDecision(
            turn_id=self.turn.id,
            ticket_id=self.turn.ticket_id,
            at=self.at,
            assessment=understanding.assessment,
            decision=decision,
            cited=_articles(reply),
            retrieved=tuple(p.id for p in understanding.passages),
            knowledge_version=self.knowledge_version,
        )

    def _note_gap(self, tx: Tx, ticket: Ticket, reply: Reply) -> None:
        understanding = self.conclusion.understanding
        if reply.gap and understanding is not None:
            found = understanding.assessment
            tx.add_gap(Gap(new_id(), ticket.id, self.turn.id, found.query, found.language, self.at))


def _articles(reply: Reply | None) -> tuple[str, ...]:
    cited: Sequence[str] = [c.article_id for c in reply.citations] if reply else []
    return tuple(dict.fromkeys(cited))


def _discarded(settled: CallSettled) -> CallSettled:
    """An answer nobody saw is paid all the same; the ledger says so."""
    return replace(settled, outcome=CallOutcome.DISCARDED) if settled.outcome is CallOutcome.OK else settled
