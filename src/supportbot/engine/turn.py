"""One turn from lease to settlement: understand, decide, call, check, release, settle."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from supportbot.dispatch import CallContext
from supportbot.domain.assessment import Guard
from supportbot.domain.decision import Decision, Tier
from supportbot.domain.errors import StorageError
from supportbot.domain.handoff import HandoffReason
from supportbot.domain.ledger import CallSettled
from supportbot.domain.message import MessageKind
from supportbot.domain.passage import Retrieval
from supportbot.domain.ticket import Event
from supportbot.domain.turn import Turn
from supportbot.engine.answering import Answering, expected_prices
from supportbot.engine.conclusion import Conclusion, End, Reply
from supportbot.engine.config import Engine
from supportbot.engine.context import TurnContext, load_context
from supportbot.engine.conversation import queue_place
from supportbot.engine.prompting import build_prompt
from supportbot.engine.release import Releaser
from supportbot.engine.settle import Settlement
from supportbot.engine.telling import tell_turn
from supportbot.engine.understanding import Understanding, minimum_tier, search, understand
from supportbot.engine.waiting import of_the_wait, queue_line
from supportbot.engine.wording import phrases
from supportbot.handoff import Evidence, Opening, build_packet, customer_text
from supportbot.ports import PostGuard, Tx
from supportbot.routing import decide


@dataclass(frozen=True, slots=True)
class Signal:
    """What the world says to a running turn: `ended` when somebody else took it, `stopped` by the customer."""

    ended: Callable[[], bool]
    stopped: Callable[[], bool]

    def cancelled(self) -> bool:
        """Whether to give up the model call now."""
        return self.ended() or self.stopped()


#: A request for a person of at most so many words names no other matter.
_BARE_REQUEST_WORDS = 9

#: What a guard's reply means for the ticket besides being said.
_LEADS_TO: dict[Guard | None, tuple[Event, ...]] = {
    Guard.CALLED_OFF: (Event.LEFT_QUEUE,),
    Guard.SETTLED: (Event.CUSTOMER_ENDED,),
}


class TurnRunner:
    """Runs leased turns; shared between workers, keeps nothing of a turn."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def run(self, turn: Turn, signal: Signal) -> bool:
        """Answer *turn*, which is running under its lease; return whether a message was posted.

        An error on the way (a bug, a database that went away) leaves the turn to be taken over when its lease ends.
        """
        engine = self._engine
        context = engine.store.read(lambda tx: load_context(tx, turn))
        guard = PostGuard(turn.ticket_id, turn.id, turn.lease or "", turn.last_seq)
        if turn.attempt > 1:
            self._price_what_was_abandoned(turn)
        releaser = context.released.id if context.released else None
        conclusion, released_id = self._conclude(context, guard, signal, releaser)
        settlement = Settlement(turn, guard, conclusion, engine.clock.now(), engine.knowledge.version, released_id)
        posted = engine.store.write(settlement.write)
        with suppress(StorageError):  # what is settled is settled, told or not
            ended = engine.store.read(lambda tx: tx.turn(turn.id))
            tell_turn(engine.journal, context.ticket, ended, conclusion, posted)
        return posted

    def _price_what_was_abandoned(self, turn: Turn) -> None:
        """Settle the calls of an owner that died, at their reservations, so that each is in the ledger once."""
        engine, at = self._engine, self._engine.clock.now()
        begun = engine.store.read(lambda tx: tx.unsettled_calls(turn.id))
        settled = [engine.dispatcher.abandoned(started, at) for started in begun]

        def work(tx: Tx) -> None:
            for one in settled:
                tx.settle_call(one)

        if settled:
            engine.store.write(work)

    def _conclude(
        self, context: TurnContext, guard: PostGuard, signal: Signal, released_id: str | None
    ) -> tuple[Conclusion, str | None]:
        if context.turn.attempt > self._engine.config.max_attempts:
            reason = HandoffReason.CRITICAL if context.ticket.critical else HandoffReason.RECOVERY
            return self._hand_off(context, None, reason, Decision(Tier.HUMAN)), released_id
        understanding = of_the_wait(context, understand(self._engine, context))
        prompt = build_prompt(context, understanding, self._engine.config.company)
        prices = expected_prices(self._engine, prompt)
        decision = decide(
            understanding.assessment,
            deployments=tuple(self._engine.deployments.values()),
            quotes=prices,
            policy=self._engine.config.policy,
            lane=context.ticket.lane,
            minimum_tier=minimum_tier(context, understanding),
            arm=context.ticket.arm,
        )
        if decision.tier is Tier.HUMAN:
            return self._to_people(context, understanding, decision), released_id
        if decision.tier is Tier.NONE:
            return self._guarded(context, understanding, decision), released_id
        releaser = Releaser(self._engine, prompt, understanding.passages, guard, released_id)
        answering = Answering(
            self._engine,
            understanding,
            decision,
            prompt,
            prices,
            CallContext(context.ticket.id, context.turn.id),
            releaser,
            signal.cancelled,
        )
        return self._answered(context, understanding, answering, signal), releaser.message_id

    def _answered(
        self, context: TurnContext, understanding: Understanding, answering: Answering, signal: Signal
    ) -> Conclusion:
        answered = answering.run()
        if answered.cancelled:
            end = End.STOPPED if signal.stopped() and not signal.ended() else End.CANCELLED
            kept = answering.releaser.so_far if end is End.STOPPED else None
            return Conclusion(understanding, answered.decision, kept, end=end, settlements=answered.settlements)
        if answered.reply is None:
            decision = Decision(Tier.HUMAN, reasons=answered.decision.reasons)
            reason = HandoffReason.LIMIT if answered.limited else HandoffReason.MODEL_FAILURE
            return self._hand_off(context, understanding, reason, decision, answered.settlements)
        return Conclusion(understanding, answered.decision, answered.reply, settlements=answered.settlements)

    def _to_people(self, context: TurnContext, understanding: Understanding, decision: Decision) -> Conclusion:
        return self._hand_off(context, understanding, _reason(context, understanding), decision)

    def _guarded(self, context: TurnContext, understanding: Understanding, decision: Decision) -> Conclusion:
        guard = understanding.assessment.guard
        key = guard.value if guard else "gibberish"
        language = understanding.assessment.language
        if guard is Guard.QUEUE:
            return Conclusion(understanding, decision, self._told_the_place(context, language))
        text = phrases().say(language, key, company=self._engine.config.company)
        event = Event.BOT_OFFERED if guard is Guard.PERSON_MAYBE else Event.BOT_ANSWERED
        return Conclusion(understanding, decision, Reply(text, MessageKind.GUARD, event, then=_LEADS_TO.get(guard, ())))

    def _told_the_place(self, context: TurnContext, language: str) -> Reply:
        """Where the customer stands in the queue now; a turn lends the ticket without giving the place up."""
        engine, ticket_id = self._engine, context.ticket.id
        waiting = engine.store.read(lambda tx: queue_place(tx, tx.ticket(ticket_id)))
        if waiting is None:  # the customer left the queue this very moment
            return Reply(phrases().say(language, "greeting", company=engine.config.company), MessageKind.NOTICE)
        return Reply(queue_line(waiting, language, engine.config.hours, engine.clock.now()), MessageKind.NOTICE)

    def _hand_off(
        self,
        context: TurnContext,
        understanding: Understanding | None,
        reason: HandoffReason,
        decision: Decision,
        settlements: tuple[CallSettled, ...] = (),
    ) -> Conclusion:
        config, now = self._engine.config, self._engine.clock.now()
        language = understanding.assessment.language if understanding else context.ticket.language
        critical = understanding.assessment.critical if understanding else context.ticket.critical
        ticket = context.ticket
        if ticket.queued and critical is None:  # one handoff is enough; the place is kept
            return Conclusion(understanding, decision, self._told_the_place(context, language), settlements=settlements)
        text = customer_text(ticket, reason, language, config.hours, now, config.crisis_line, critical)
        packet = build_packet(self._evidence(context, understanding, reason, language))
        opening = Opening(reason, text, packet, language, context.turn.id)
        return Conclusion(understanding, decision, handoff=opening, settlements=settlements)

    def _evidence(
        self, context: TurnContext, understanding: Understanding | None, reason: HandoffReason, language: str
    ) -> Evidence:
        said = (*context.before, *context.burst)
        if understanding is None:
            return Evidence(said, reason, ratings=context.ratings, tiers=context.tiers, language=language)
        found = understanding.assessment
        asked = _matter(context, understanding)
        internal = search(self._engine, asked, (), language, internal=True)[0] if asked else Retrieval("")
        return Evidence(
            messages=said,
            reason=reason,
            trigger=understanding.trigger,
            rule=found.critical.value if found.critical else "",
            ratings=context.ratings,
            tiers=context.tiers,
            retrieval=internal,
            mood=found.mood,
            language=language,
            open_questions=found.parts if len(found.parts) > 1 else (),
        )


def _matter(context: TurnContext, understanding: Understanding) -> str:
    """What the case is about: a bare "a person please" says nothing of it, what was asked before does."""
    if understanding.assessment.guard is not Guard.PERSON:
        return understanding.assessment.query or understanding.text
    bare = len(understanding.text.split()) <= _BARE_REQUEST_WORDS
    return " ".join(context.history[-2:] if bare else (*context.history[-1:], understanding.text))


def _reason(context: TurnContext, understanding: Understanding) -> HandoffReason:
    found = understanding.assessment
    if found.critical is not None:
        return HandoffReason.CRITICAL
    if found.guard is Guard.PERSON:
        return HandoffReason.CUSTOMER_REQUEST
    if found.needs_person:
        return HandoffReason.NEEDS_PERSON
    if understanding.repeats >= 2 or context.failures >= 2:
        return HandoffReason.REPEATED
    if found.mood == "angry" and context.answers:
        return HandoffReason.ANGER
    return HandoffReason.NEEDS_PERSON
