"""What deciding on a message costs: the engine's own path from masked text to Decision, and each stage by itself."""

import cProfile
import gc
import os
import pstats
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.corpus import articles, messages
from benchmarks.report import Options, Table, spread
from supportbot import triage
from supportbot.bootstrap import App, throwaway
from supportbot.demo.clock import ManualClock
from supportbot.domain.decision import Decision
from supportbot.domain.ids import new_id
from supportbot.domain.message import Message, Sender
from supportbot.domain.ticket import Ticket
from supportbot.domain.turn import Turn
from supportbot.engine.answering import expected_prices
from supportbot.engine.context import TurnContext
from supportbot.engine.prompting import build_prompt
from supportbot.engine.understanding import Understanding, minimum_tier, search, understand
from supportbot.knowledge import Knowledge
from supportbot.routing import decide
from supportbot.settings import load

_ARTICLES = 1_000


@dataclass(frozen=True, slots=True)
class _Case:
    """A message as it came in, and the turn it makes."""

    raw: str
    context: TurnContext


def run(options: Options) -> list[Table]:
    """Measure, and print where the time goes."""
    cores = _one_core()
    app = throwaway(load(environ={}), knowledge=Knowledge(articles(_ARTICLES)))
    cases = _cases(options.count(2_400, 400))
    for case in cases[:100]:
        _decided(app, case.context)
    gc.collect()
    gc.freeze()  # as the served app does after loading
    tables = [_whole(app, cases, cores), _stages(app, cases)]
    if options.profile:
        tables.append(_dearest(app, cases))
    app.stop()
    return tables


def _one_core() -> str:
    if not hasattr(os, "sched_setaffinity"):
        return "not pinned to a core"
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return f"pinned to core {core}"


def _cases(n: int) -> list[_Case]:
    """Every third message has one or two earlier ones of the customer's on its ticket."""
    chance, clock = Random(7), ManualClock()
    texts = messages(n)
    return [
        _Case(raw, _context(raw, [chance.choice(texts) for _ in range(chance.choice((0, 0, 1, 0, 0, 2)))], clock))
        for raw in texts
    ]


def _context(raw: str, earlier: Sequence[str], clock: ManualClock) -> TurnContext:
    ticket = Ticket(new_id(), "customer", clock.now(), clock.now())
    said = [
        Message(new_id(), ticket.id, Sender.CUSTOMER, _masked(text), clock.now(), seq=seq)
        for seq, text in enumerate((*earlier, raw), start=1)
    ]
    turn = Turn(new_id(), ticket.id, clock.now(), clock.now(), len(said), len(said))
    return TurnContext(turn, ticket, tuple(said[-1:]), tuple(said[:-1]), {}, ())


def _masked(raw: str) -> str:
    return triage.cut(triage.mask(triage.normalise(raw)).text)[0]


def _decided(app: App, context: TurnContext) -> tuple[Understanding, Decision]:
    """Do what a turn does before its first call, prices aside: those are quoted per prompt, not per article."""
    understanding = understand(app.engine, context)
    decision = decide(
        understanding.assessment,
        deployments=tuple(app.engine.deployments.values()),
        quotes=dict.fromkeys(app.engine.deployments, 100),
        policy=app.engine.config.policy,
        minimum_tier=minimum_tier(context, understanding),
    )
    return understanding, decision


def _times(
    work: Callable[[_Case], object], cases: Sequence[_Case], clock: Callable[[], float] = time.thread_time
) -> list[float]:
    """Return milliseconds per case; of processor time unless told: what a core would need if nobody else wanted it."""
    times: list[float] = []
    for case in cases:
        begun = clock()
        work(case)
        times.append((clock() - begun) * 1000)
    return times


def _whole(app: App, cases: Sequence[_Case], cores: str) -> Table:
    table = Table(
        f"decision: {len(cases):,} messages at {_ARTICLES:,} articles",
        ("what", "p50 ms", "p95 ms", "p99 ms", "bar"),
    )
    decided = _times(lambda case: _decided(app, case.context), cases)
    table.add("triage + retrieval + decision", *spread(decided), "p50 ≤ 1, p99 ≤ 5")
    walls = _times(lambda case: _decided(app, case.context), cases, time.perf_counter)
    table.add("the same on the wall", *spread(walls), "–")
    table.add("masking, on the way in", *spread(_times(lambda case: _masked(case.raw), cases)), "apart")
    table.add("prompt and expected prices", *spread(_prices(app, cases)), "–")
    short = [t for t, case in zip(decided, cases, strict=True) if len(case.raw) <= 120]
    table.add(f"decision, ≤ 120 characters (n = {len(short)})", *spread(short), "–")
    long = [t for t, case in zip(decided, cases, strict=True) if len(case.raw) > 300]
    table.add(f"decision, > 300 characters (n = {len(long)})", *spread(long), "–")
    lengths = spread([float(len(case.raw)) for case in cases])
    table.notes += [
        f"Milliseconds of processor time but for the second row. One thread, {cores}. Message length p50/p95: "
        f"{lengths[0]:.0f}/{lengths[1]:.0f} characters; a third have earlier messages on the ticket.",
        "Articles are the sample company's and variants of them, so common words are in nearly all: the hard case.",
    ]
    return table


def _prices(app: App, cases: Sequence[_Case]) -> list[float]:
    company = app.engine.config.company
    known = {case.context.turn.id: understand(app.engine, case.context) for case in cases[:400]}

    def priced(case: _Case) -> object:
        return expected_prices(app.engine, build_prompt(case.context, known[case.context.turn.id], company))

    return _times(priced, cases[:400])


def _stages(app: App, cases: Sequence[_Case]) -> Table:
    """Time each stage by itself over the same messages; `assess` repeats the guards, so the sum is not the path."""
    table = Table("decision, stage by stage", ("stage", "p50 ms", "p95 ms", "p99 ms", "mean ms"))
    for name, stage in _stage_table(app, cases).items():
        times = _times(stage, cases)
        table.add(name, *spread(times), sum(times) / len(times))
    return table


def _stage_table(app: App, cases: Sequence[_Case]) -> dict[str, Callable[[_Case], object]]:
    engine = app.engine
    deployments = tuple(engine.deployments.values())

    def text(case: _Case) -> str:
        return case.context.burst[0].text

    def language(case: _Case) -> str:
        return triage.detect_language(text(case), default="en")

    known = {case.context.turn.id: understand(engine, case.context) for case in cases}

    return {
        "language": language,
        "critical classes": lambda c: triage.critical(text(c), "en", engine.config.large_amount),
        "guards": lambda c: triage.guard(text(c), "en"),
        "follow-up": lambda c: triage.standalone(text(c), c.context.history, "en"),
        "parts": lambda c: triage.split_parts(text(c), "en"),
        "repeats": lambda c: c.context.repeats(text(c)),
        "retrieval": lambda c: search(engine, text(c), triage.split_parts(text(c), "en"), "en"),
        "assess": lambda c: triage.assess(
            text(c), history=(), retrieval=known[c.context.turn.id].retrieval, deployments=deployments
        ),
    }


def _dearest(app: App, cases: Sequence[_Case]) -> Table:
    table = Table("decision: dearest functions", ("function", "calls per message", "own ms", "with callees ms"))
    profile = cProfile.Profile()
    profile.enable()
    for case in cases:
        _decided(app, case.context)
    profile.disable()
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    for place, (_, calls, own, total, _) in sorted(stats.items(), key=lambda item: -item[1][2])[:25]:
        file, line, name = place
        where = f"{Path(file).parent.name}/{Path(file).name}:{line} {name}" if line else name
        table.add(where, calls / len(cases), own * 1000 / len(cases), total * 1000 / len(cases))
    table.notes.append("Under cProfile, which makes small functions look dear: read the order, not the size.")
    return table
