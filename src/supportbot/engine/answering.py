"""The model part of a turn: walk the route tier by tier, check each draft, move up while that pays."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from supportbot.dispatch import CallContext, Result
from supportbot.domain import prompt as prompts
from supportbot.domain.decision import Decision, Reason, Tier
from supportbot.domain.deployment import Deployment
from supportbot.domain.errors import LimitReached, ProviderRefused
from supportbot.domain.ledger import CallSettled
from supportbot.domain.message import MessageKind
from supportbot.domain.price import Usage
from supportbot.domain.prompt import Prompt
from supportbot.domain.ticket import Event
from supportbot.domain.turn import Step
from supportbot.engine.check import Verdict
from supportbot.engine.conclusion import Reply
from supportbot.engine.config import Engine
from supportbot.engine.prompting import with_citations
from supportbot.engine.release import Releaser
from supportbot.engine.understanding import Understanding
from supportbot.engine.wording import phrases
from supportbot.ports import Tx
from supportbot.routing import worth_moving_up

#: Tokens of an ordinary answer: what an expected price is quoted for before there is an answer.
_EXPECTED_OUTPUT = 120


@dataclass(frozen=True, slots=True)
class Answered:
    """What the models gave: a reply, or None when none could be reached or we stopped."""

    reply: Reply | None
    decision: Decision
    settlements: tuple[CallSettled, ...]
    cancelled: bool = False
    limited: bool = False  #: the day's budget is spent


def expected_prices(engine: Engine, prompt: Prompt) -> dict[str, int]:
    """Return what one answer to *prompt* would cost per deployment, micro-dollars; unpriced ones are left out.

    A deployment that costs nothing is weighed at its list price, so the embedded default routes as a paid pair would.
    """
    counted = engine.pricing.count_tokens(prompts.instructions(prompt) + prompts.data(prompt))
    now, usage = engine.clock.now(), Usage(counted, _EXPECTED_OUTPUT)
    prices: dict[str, int] = {}
    for name, deployment in engine.deployments.items():
        quote = engine.pricing.quote(deployment, usage, now)
        price = quote.cost_microusd or quote.list_cost_microusd
        if price is not None:
            prices[name] = price
    return prices


@dataclass(slots=True)
class Answering:
    """Answers one turn with models. Not shared: one per turn."""

    engine: Engine
    understanding: Understanding
    decision: Decision
    prompt: Prompt
    prices: dict[str, int]
    context: CallContext
    releaser: Releaser
    cancelled: Callable[[], bool]

    def run(self) -> Answered:
        """Walk the route's tiers until a draft passes or moving up no longer pays."""
        settled: list[CallSettled] = []
        reasons: list[Reason] = list(self.decision.reasons)
        tier = self.decision.tier
        tiers = self._tiers()
        for place, group in enumerate(tiers):
            result = self._call(group)
            settled += result.settlements
            if result.cancelled or self.releaser.refused:
                return Answered(None, self._decided(tier, reasons), tuple(settled), cancelled=True)
            if result.limited:
                reasons.append(Reason("limit", "The desk's budget for today is spent."))
                return Answered(None, self._decided(tier, reasons), tuple(settled), limited=True)
            if result.attempts and isinstance(result.attempts[-1].error, ProviderRefused):
                return Answered(self._refusal(), self._decided(tier, reasons), tuple(settled))
            if result.text is None:
                reasons.append(Reason("model_failed", f"No deployment of tier {group[0].tier} answered."))
                continue
            tier, verdict = group[0].tier, self.releaser.verdict(result.text)
            upper = tiers[place + 1] if place + 1 < len(tiers) else None
            if upper and not verdict.ok and self._pays(verdict, upper[0]):
                reasons.append(Reason("sent_up", f"The draft of {group[0].name} fell short ({_why(verdict)})."))
                continue
            return Answered(self._reply(verdict), self._decided(tier, reasons), tuple(settled))
        return Answered(None, self._decided(tier, reasons), tuple(settled))

    def _tiers(self) -> list[tuple[Deployment, ...]]:
        route = [self.engine.deployments[name] for name in self.decision.route]
        return [tuple(group) for _, group in groupby(route, key=lambda d: d.tier)]

    def _call(self, group: Sequence[Deployment]) -> Result:
        streamed = group[0].tier is Tier.STRONG
        return self.engine.dispatcher.answer(
            group,
            self.prompt,
            self.context,
            alongside=self._say_writing_within_budget,
            on_restart=self.releaser.restart,
            on_text=self.releaser.hear if streamed else lambda _: None,
            cancelled=lambda: self.releaser.refused or self.cancelled(),
        )

    def _say_writing_within_budget(self, tx: Tx) -> None:
        """Note the step; raise LimitReached when the reservation just made is more than the day's budget has left."""
        tx.set_step(self.releaser.guard.turn_id, self.releaser.guard.lease, Step.WRITING)
        budget = self.engine.config.daily_budget_microusd
        if budget is None:
            return
        midnight = self.engine.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
        tx.count_hit("budget", midnight)  # one row that every reservation writes: between them none can be overlooked
        if tx.spent_since(midnight) >= budget:
            raise LimitReached("The desk's budget for today is spent.", limit="usd_per_day")

    def _pays(self, verdict: Verdict, upper: Deployment) -> bool:
        """Whether the next tier's chance, now that this draft is known, is worth its price.

        A draft that abstained says that its passages hold no answer; how much a stronger reader could still find
        goes with how sure retrieval is that the right article is among them.
        """
        assessment = self.understanding.assessment
        p_next = assessment.p_acceptable.get(upper.name, 0.0)
        if verdict.abstained:
            p_next *= self.understanding.retrieval.confidence
        p_now = 0.0 if verdict.abstained else verdict.score * 0.5
        price = self.prices.get(upper.name, self.engine.config.policy.unpriced_microusd)
        return worth_moving_up(p_now, p_next, price, self.engine.config.policy, assessment.request_type)

    def _reply(self, verdict: Verdict) -> Reply:
        """Return the answer as far as it passed; nothing left of it is an honest refusal."""
        language = self.prompt.language
        shown, citations = with_citations(verdict.kept, self.releaser.passages)
        if verdict.abstained or not citations:
            return self._refusal()
        open_parts = [f"**{part}**\n{phrases().say(language, 'part_not_covered')}" for part in verdict.uncovered]
        event = Event.BOT_OFFERED if verdict.partly_abstained else Event.BOT_ANSWERED
        whole = "\n\n".join([shown, *open_parts])
        return Reply(whole, MessageKind.ANSWER, event, citations, gap=verdict.partly_abstained)

    def _refusal(self) -> Reply:
        key = "refusal_again" if self.prompt.avoid else "refusal"
        text = phrases().say(self.prompt.language, key)
        return Reply(text, MessageKind.REFUSAL, Event.BOT_OFFERED, gap=True)

    def _decided(self, tier: Tier, reasons: Sequence[Reason]) -> Decision:
        return replace(self.decision, tier=tier, reasons=tuple(reasons))


def _why(verdict: Verdict) -> str:
    return verdict.reasons[0].text if verdict.reasons else "abstained" if verdict.abstained else "not grounded"
