"""What the page says about a step once it was played: read from the store, never written beforehand."""

from supportbot.demo.scene import Scene
from supportbot.domain.answer import sentences
from supportbot.domain.ledger import CallOutcome
from supportbot.domain.money import show

#: Label and detail of a played step.
Told = tuple[str, str]


def wrote(scene: Scene) -> Told:
    """Who wrote, and under which number it was taken in."""
    return f"{_customer(scene)} writes", f"taken in as ticket #{scene.ticket.number}"


def judged(scene: Scene) -> Told:
    """What triage found, and how likely the chosen model is to do."""
    stored = scene.decision
    found, route = stored.assessment, stored.decision.route
    if found.critical is not None:
        return "Triage sees a risk", f"rule “{found.critical.replace('_', ' ')}”"
    if not route:
        return f"Triage: {found.complexity}", _why(scene)
    p = found.p_acceptable.get(route[0], 0.0)
    doubt = "" if found.certified else ", not yet certified"
    return f"Triage: {found.complexity}", f"{p:.0%} likely to be acceptable from {route[0]}{doubt}"


def answered(scene: Scene) -> Told:
    """Which model's answer stood, and on how many articles."""
    whole = [c for c in scene.calls if c.settled is not None and c.settled.outcome is CallOutcome.OK]
    if not whole or not scene.answered:
        return "No answer", "a person is offered" if scene.view().offer else _why(scene)
    articles = len({c.article_id for c in scene.answer.citations})
    sent_up = any(r.code == "sent_up" for r in scene.decision.decision.reasons)
    after = ", after a draft that fell short" if sent_up else ""
    return f"The {whole[-1].started.tier} model answers", f"{_counted(articles, 'article')} cited{after}"


def checked(scene: Scene) -> Told:
    """How many sentences of the answer stand on a passage that opens."""
    if not scene.answered:
        return "Nothing to check", "no answer was shown"
    said = [s for s in sentences(scene.answer.text) if not _heading(s.text)]
    open_to = {c.index for c in scene.answer.citations if scene.stage.customers.article(c.article_id)}
    held = sum(bool(s.cites) and open_to.issuperset(s.cites) for s in said)
    every = "every sentence has a source" if said and held == len(said) else f"{held} of {len(said)} have a source"
    return "The answer is checked", every


def helped(scene: Scene) -> Told:
    """Whether the thumb counts as a confirmation."""
    name = _customer(scene)
    if scene.report().resolution.confirmed.tickets:
        return f"{name} says it helped", "counted as confirmed"
    return f"{name} rates the answer", "counted as not confirmed"


def lasted(scene: Scene) -> Told:
    """Whether the resolution is durable, its days being over."""
    resolution = scene.report().resolution
    settled = resolution.durable.tickets - resolution.durable_pending
    return "Not back in 7 days", "counts as durable" if settled else "does not count as durable"


def insisted(scene: Scene) -> Told:
    """What the second message led to."""
    return f"{_customer(scene)} wants more", _why(scene)


def queued(scene: Scene) -> Told:
    """Where the ticket stands in the queue, and how many answers the models were asked for."""
    view = scene.view()
    if view.waiting is None:
        return "Not with people", "the bot goes on"
    place = "first" if view.waiting.ahead == 0 else f"number {view.waiting.ahead + 1}"
    priority = scene.ticket.priority.name.lower()
    asked = "" if scene.calls else ", no model was asked"
    return "Straight to people", f"{place} in the queue, {priority}{asked}"


def packed(scene: Scene) -> Told:
    """What lies ready for the agent."""
    case = scene.case()
    if case is None or case.handoff is None:
        return "No notes", "no person was asked"
    packet = case.handoff.packet
    parts = {
        "why it came": bool(packet.why),
        "what is wanted": bool(packet.wants),
        "what was tried": bool(packet.tried),
        "articles": bool(packet.sources),
        "a suggested reply": bool(packet.suggested_reply),
    }
    return "Notes are prepared", ", ".join(name for name, there in parts.items() if there)


def joined(scene: Scene) -> Told:
    """Who has the ticket now."""
    return f"{_agent(scene)} takes over", "the bot can no longer post"


def replied(scene: Scene) -> Told:
    """How long the customer waited for a person's first words."""
    case, first = scene.case(), scene.ticket.first_agent_reply_at
    if case is None or case.handoff is None or first is None:
        return f"{_agent(scene)} has not replied", "nobody asked for a person"
    waited = (first - case.handoff.created_at).total_seconds() / 60
    return f"{_agent(scene)} replies", f"{waited:.1f} min after the handoff"


def solved(scene: Scene) -> Told:
    """What people's time cost, and whether a rating is asked for."""
    report, view = scene.report(), scene.view()
    rating = "a rating is asked for" if view.csat_due else "no rating is asked for"
    return "Solved", f"{report.human_minutes:.1f} min of a person, {show(report.human.amount_microusd)}; {rating}"


def scored(scene: Scene) -> Told:
    """The marks given, and by whose hand it was solved."""
    marks = scene.view().csat
    return (
        f"{_customer(scene)} rates it",
        "not rated" if marks is None else f"{marks} of 5, counted for {_agent(scene)}",
    )


def _why(scene: Scene) -> str:
    """The last reason of the decision: what settled it."""
    reasons = scene.decision.decision.reasons
    return reasons[-1].text.rstrip(".") if reasons else "no reason was stored"


def _customer(scene: Scene) -> str:
    return scene.view().customer.name.partition(" ")[0]


def _agent(scene: Scene) -> str:
    return scene.agent.name.partition(" ")[0]


def _counted(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


def _heading(text: str) -> bool:
    return text.startswith("**") and text.endswith("**")
