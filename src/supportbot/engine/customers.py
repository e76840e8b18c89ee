"""What a customer can do: write, rate, ask for a person, stop, finish. One method per action of the chat page."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from supportbot.access import check_person_asked
from supportbot.domain.decision import Tier
from supportbot.domain.errors import BadInput, NotFound
from supportbot.domain.handoff import HandoffReason
from supportbot.domain.ids import new_id
from supportbot.domain.message import Message, MessageKind, Sender
from supportbot.domain.outcome import Outcome, OutcomeKind, ratings
from supportbot.domain.passage import Article, Retrieval
from supportbot.domain.ticket import (
    ANSWERED,
    LENT,
    OFFERED,
    WAITING,
    Event,
    Lane,
    Owner,
    Ticket,
    allowed,
    moved,
)
from supportbot.domain.turn import Turn, TurnStatus
from supportbot.engine.config import Engine
from supportbot.engine.conversation import read_conversation
from supportbot.engine.intake import Intake
from supportbot.engine.telling import limits_told, tell_handoff
from supportbot.engine.views import Conversation, Submission
from supportbot.engine.wording import phrases
from supportbot.handoff import Evidence, Opening, book_time, build_packet, customer_text, open_handoff
from supportbot.ports import TicketFilter, Tx

#: What a unit of work handed off, to be told once it is committed.
_HandedOff = tuple[Ticket, HandoffReason]


class Customers:
    """The customer's side of the desk. Every method takes the id of the customer who asks and acts on theirs only."""

    def __init__(self, engine: Engine, intake: Intake, wake: Callable[[], None]) -> None:
        self._engine = engine
        self._intake = intake
        self._wake = wake

    def view(self, customer_id: str, *, messages: int = 200) -> Conversation:
        """Return everything the chat page draws, read in one snapshot; at most the newest *messages*."""
        config, now = self._engine.config, self._engine.clock.now()
        return self._engine.store.read(lambda tx: read_conversation(tx, customer_id, config.hours, now, messages))

    def say(self, customer_id: str, text: str, *, address: str = "", lane: Lane = Lane.INTERACTIVE) -> Submission:
        """Take a message in; raises BadInput when empty and LimitReached beyond a limit (nothing is stored then)."""
        return self._intake.say(customer_id, text, address=address, lane=lane)

    def rate(self, customer_id: str, message_id: str, up: bool | None, reason: str | None = None) -> None:
        """Rate a bot message, or take the rating back with None.

        The first thumbs down on the newest answer tries the next tier; the second brings a person.
        """
        at = self._engine.clock.now()
        found = self._look_up(customer_id) if up is False else Retrieval("")

        def work(tx: Tx) -> _HandedOff | None:
            message = tx.message(message_id)
            ticket = self._own(tx, customer_id, message.ticket_id)
            if message.sender is not Sender.BOT:
                raise BadInput("Only the assistant's messages can be rated.")
            before = ratings(tx.outcomes([ticket.id])).get(message_id)
            if reason is None and before == {True: "up", False: "down", None: None}[up]:
                return None  # said already: evidence is counted, not clicks
            kind = {True: OutcomeKind.THUMBS_UP, False: OutcomeKind.THUMBS_DOWN, None: OutcomeKind.THUMBS_CLEARED}[up]
            tx.add_outcome(Outcome(new_id(), ticket.id, kind, at, message.id, message.turn_id, reason=reason))
            return self._try_better(tx, ticket, message, found, at) if up is False and reason is None else None

        self._tell(self._engine.store.write(work))
        self._wake()

    def ask_person(self, customer_id: str, *, address: str = "") -> None:
        """Bring a person, whatever the state of the conversation; a conversation is opened if there is none.

        Raises LimitReached for a customer, or an address, that goes in and out of the queue.
        """
        self._bring(customer_id, lambda tx, at: self._count_asking(tx, customer_id, address, at))

    def _count_asking(self, tx: Tx, customer_id: str, address: str, at: datetime) -> None:
        check_person_asked(tx, self._engine.config.limits, customer_id, address, at)

    def _bring(self, customer_id: str, count: Callable[[Tx, datetime], None]) -> None:
        at = self._engine.clock.now()
        found = self._look_up(customer_id)

        def work(tx: Tx) -> _HandedOff | None:
            ticket = self._latest(tx, customer_id)
            if ticket is None or not ticket.open:
                ticket = self._open(tx, customer_id, ticket, at)
            if ticket.owner is not Owner.BOT or ticket.queued:
                return None
            count(tx, at)
            return self._hand_off(tx, ticket, _why(tx, ticket), found, at)

        with limits_told(self._engine.journal, customer_id):
            self._tell(self._engine.store.write(work))

    def _tell(self, handed_off: _HandedOff | None) -> None:
        if handed_off is not None:
            ticket, reason = handed_off
            tell_handoff(self._engine.journal, ticket, reason.value)

    def leave(self, customer_id: str, text: str, *, address: str = "") -> None:
        """Bring a person with a message that a limit kept from the bot; LimitReached when done again and again."""
        at = self._engine.clock.now()
        with limits_told(self._engine.journal, customer_id):
            self._engine.store.write(lambda tx: self._count_asking(tx, customer_id, address, at))
        self._intake.say(customer_id, text, holder=("left to people", new_id()), limited=False)
        self._bring(customer_id, lambda _tx, _at: None)

    def leave_queue(self, customer_id: str) -> None:
        """Give the place in the queue up; nothing happens when there is none. A critical matter keeps its place."""
        at = self._engine.clock.now()

        def work(tx: Tx) -> None:
            ticket = self._latest(tx, customer_id)
            if ticket is not None and ticket.state in (WAITING, LENT) and not ticket.critical:
                tx.save_ticket(moved(ticket, Event.LEFT_QUEUE, at))

        self._engine.store.write(work)

    def keep_going(self, customer_id: str) -> None:
        """Decline the offer of a person; the button stays."""
        at = self._engine.clock.now()

        def work(tx: Tx) -> None:
            ticket = self._latest(tx, customer_id)
            if ticket is not None and ticket.state == OFFERED:
                tx.save_ticket(moved(ticket, Event.OFFER_DECLINED, at))

        self._engine.store.write(work)

    def stop(self, customer_id: str) -> None:
        """Ask the running turn to stop; a turn that is still due ends at once, unless its matter is for people."""
        at = self._engine.clock.now()

        def work(tx: Tx) -> None:
            ticket = self._latest(tx, customer_id)
            turns = tx.turns(ticket.id) if ticket else ()
            for turn in turns:
                if turn.status is TurnStatus.RUNNING:
                    tx.request_stop(turn.id)
            if ticket and not ticket.critical and any(t.status is TurnStatus.DUE for t in turns):
                tx.end_turns(ticket.id, TurnStatus.STOPPED, at)
                tx.save_ticket(moved(ticket, Event.BOT_ANSWERED, at))

        self._engine.store.write(work)

    def finish(self, customer_id: str) -> None:
        """End the conversation because it is settled for the customer; an agent who has it reads so in the thread.

        A critical matter is ended by people only: they read that the customer would.
        """
        at = self._engine.clock.now()

        def work(tx: Tx) -> None:
            ticket = self._latest(tx, customer_id)
            if ticket is None or not allowed(ticket.state, Event.CUSTOMER_ENDED):
                return
            if ticket.critical:
                _tell_once(tx, ticket, "customer_would_end", at)
                return
            if ticket.state not in (ANSWERED, OFFERED):
                tx.end_turns(ticket.id, TurnStatus.ABANDONED, at)
                book_time(tx, ticket, at, self._engine.config.policy.human_rate_microusd_per_hour)
                _tell_once(tx, ticket, "customer_ended", at)
            tx.save_ticket(replace(moved(ticket, Event.CUSTOMER_ENDED, at), resolved_by="customer"))

        self._engine.store.write(work)

    def score(self, customer_id: str, value: int) -> None:
        """Record how it went, 1 to 5, for the newest resolved ticket; once, and never on a critical matter."""
        if value not in range(1, 6):
            raise BadInput("The score is a number from 1 to 5.")
        at = self._engine.clock.now()

        def work(tx: Tx) -> None:
            ticket = self._latest(tx, customer_id)
            if ticket is None or ticket.open or ticket.critical:
                raise BadInput("There is no finished conversation to rate.")
            if any(o.kind is OutcomeKind.CSAT for o in tx.outcomes([ticket.id])):
                return
            agent = ticket.agent_id if ticket.owner is Owner.AGENT else None
            tx.add_outcome(Outcome(new_id(), ticket.id, OutcomeKind.CSAT, at, value=value, handler=agent or "bot"))

        self._engine.store.write(work)

    def article(self, article_id: str) -> Article:
        """Return a public article; NotFound for any other."""
        return self._engine.knowledge.article(article_id)

    def _try_better(
        self, tx: Tx, ticket: Ticket, message: Message, found: Retrieval, at: datetime
    ) -> _HandedOff | None:
        """After a thumbs down on the newest answer: the next tier once, then a person."""
        newest = [m for m in tx.messages(ticket.id) if m.sender in (Sender.BOT, Sender.CUSTOMER)][-1]
        if newest.id != message.id or message.kind is not MessageKind.ANSWER or ticket.state not in (ANSWERED, OFFERED):
            return None
        down = [r for r in ratings(tx.outcomes([ticket.id])).values() if r == "down"]
        tiers = {d.turn_id: d.decision.tier for d in tx.decisions([ticket.id])}
        if len(down) >= 2:
            return self._hand_off(tx, ticket, HandoffReason.REPEATED, found, at)
        if tiers.get(message.turn_id or "") is Tier.FAST:
            answered = tx.turn(message.turn_id or "")
            tx.save_ticket(moved(ticket, Event.CUSTOMER_WROTE, at))
            again = Turn(new_id(), ticket.id, at, at, answered.first_seq, answered.last_seq)
            tx.add_turn(replace(again, minimum_tier=Tier.STRONG.value))
        elif ticket.state == ANSWERED:
            tx.save_ticket(moved(ticket, Event.OFFER_MADE, at))
        return None

    def _hand_off(
        self, tx: Tx, ticket: Ticket, reason: HandoffReason, found: Retrieval, at: datetime
    ) -> _HandedOff | None:
        config = self._engine.config
        messages = tx.messages(ticket.id)
        reason = HandoffReason.CRITICAL if ticket.critical else reason
        evidence = Evidence(
            messages=messages,
            reason=reason,
            rule=ticket.critical or "",
            ratings=ratings(tx.outcomes([ticket.id])),
            tiers={d.turn_id: d.decision.tier for d in tx.decisions([ticket.id])},
            retrieval=found,
            language=ticket.language,
        )
        wrote = any(m.sender is Sender.CUSTOMER for m in messages)
        text = customer_text(
            ticket, reason, ticket.language, config.hours, at, config.crisis_line, ticket.critical, wrote
        )
        opened = open_handoff(tx, ticket, Opening(reason, text, build_packet(evidence), ticket.language), at)
        return (ticket, reason) if opened else None

    def _look_up(self, customer_id: str) -> Retrieval:
        """Search what the customer last asked about, for the packet; before the transaction, which must not wait."""

        def asked(tx: Tx) -> tuple[str, str]:
            ticket = self._latest(tx, customer_id)
            if ticket is None or not ticket.open:
                return "", ""
            said = [m.text for m in tx.messages(ticket.id) if m.sender is Sender.CUSTOMER]
            return " ".join(said[-2:]), ticket.language

        text, language = self._engine.store.read(asked)
        return self._engine.knowledge.search(text, language=language, internal=True) if text else Retrieval("")

    def _open(self, tx: Tx, customer_id: str, earlier: Ticket | None, at: datetime) -> Ticket:
        customer = tx.customer(customer_id)
        language = earlier.language if earlier else self._engine.config.default_language
        return tx.add_ticket(
            Ticket(
                id=new_id(),
                customer_id=customer_id,
                created_at=at,
                updated_at=at,
                language=language,
                follows=earlier.id if earlier else None,
                demo=customer.demo,
            )
        )

    @staticmethod
    def _latest(tx: Tx, customer_id: str) -> Ticket | None:
        newest = tx.tickets(TicketFilter(customer_id=customer_id, limit=1))
        return newest[0] if newest else None

    @staticmethod
    def _own(tx: Tx, customer_id: str, ticket_id: str) -> Ticket:
        ticket = tx.ticket(ticket_id)
        if ticket.customer_id != customer_id:
            raise NotFound("There is no such message.")
        return ticket


def _tell_once(tx: Tx, ticket: Ticket, key: str, at: datetime) -> None:
    """Put a notice into the thread for both sides, unless it is the last thing said there."""
    text = phrases().say(ticket.language, key)
    said = tx.messages(ticket.id)
    if said and said[-1].text == text:
        return
    kind, language = MessageKind.NOTICE, ticket.language
    tx.add_message(Message(new_id(), ticket.id, Sender.SYSTEM, text, at, kind=kind, language=language))


def _why(tx: Tx, ticket: Ticket) -> HandoffReason:
    """Why the button was pressed: an offer accepted after a refusal names the gap, anything else is the wish itself."""
    said = [m.kind for m in tx.messages(ticket.id) if m.sender is Sender.BOT]
    refused = ticket.state == OFFERED and bool(said) and said[-1] is MessageKind.REFUSAL
    return HandoffReason.MISSING_KNOWLEDGE if refused else HandoffReason.CUSTOMER_REQUEST
