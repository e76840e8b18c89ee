"""A turn from the customer's words to its settlement on SQLite, over the model's own time, and what it spends it on."""

import cProfile
import gc
import pstats
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.corpus import KNOWLEDGE
from benchmarks.report import Options, Table, spread
from benchmarks.timed import TimedKnowledge, TimedProvider, TimedStore, Watch
from supportbot.bootstrap import App, build
from supportbot.demo.day import Kind, questions
from supportbot.domain.account import Customer
from supportbot.domain.decision import Tier
from supportbot.domain.ids import new_id
from supportbot.providers.catalogue import providers
from supportbot.settings import load
from supportbot.storage.store import open_store

#: Units that are none of the turn's way: this module's own, and the keeper's glance from its own thread.
_BESIDE = ("read: _turn.<locals>.<lambda>", "read: LeaseKeeper._look_after.<locals>.<lambda>")

#: Functions whose number of calls per turn shows what is done twice.
_WATCHED = (
    "triage/masking.py:mask", "triage/language.py:detect_language", "triage/critical.py:critical",
    "triage/guards.py:guard", "triage/followup.py:split_parts", "triage/mood.py:mood", "triage/assess.py:assess",
    "knowledge/search.py:search", "pricing/tokens.py:count", "pricing/book.py:count_tokens", "pricing/book.py:quote",
    "domain/prompt.py:data", "domain/prompt.py:instructions", "engine/check.py:check", "engine/wording.py:phrases",
    "storage/store.py:read", "storage/store.py:write",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Timed:
    """One turn: all of it, its parts, its tier."""

    total: float
    parts: dict[str, float]
    tier: str

    @property
    def over(self) -> float:
        """Milliseconds over the model's own time."""
        return self.total - self.parts.get("model", 0.0)


def run(options: Options) -> list[Table]:
    """Measure on a database in a throw-away folder."""
    with tempfile.TemporaryDirectory() as folder:
        app, watch = _desk(Path(folder))
        try:
            texts = [q.text for q in questions() if q.kind not in (Kind.PEOPLE, Kind.GUARD)]
            first = _turn(app, watch, texts[0])
            app.pricing.warm(app.settings.deployments, app.clock.now())
            timed = _many(app, watch, texts, options.count(300, 40))
            return [_whole(first, timed), _parts(timed), _twice(app, texts)]
        finally:
            app.stop()


def _desk(folder: Path) -> tuple[App, Watch]:
    watch = Watch()
    settings = load(environ={"SUPPORTBOT_DATA_DIR": str(folder)})
    knowledge = TimedKnowledge.open(KNOWLEDGE)
    assert isinstance(knowledge, TimedKnowledge)
    knowledge.watch = watch
    models = {name: TimedProvider(one, watch) for name, one in providers(settings.deployments).items()}
    store = TimedStore(open_store(None, folder), watch)
    return build(settings, store=store, models=models, knowledge=knowledge), watch


def _many(app: App, watch: Watch, texts: list[str], n: int) -> list[_Timed]:
    for text in texts[:20]:
        _turn(app, watch, text)
    gc.collect()
    gc.freeze()  # as the served app does after loading
    return [_turn(app, watch, texts[i % len(texts)]) for i in range(n)]


def _turn(app: App, watch: Watch, text: str) -> _Timed:
    """Say *text* as a new customer and run the turn here, as `supportbot ask` and a free worker do."""
    customer = Customer(new_id(), app.clock.now())
    app.store.write(lambda tx: tx.add_customer(customer))
    watch.spent.clear()
    begun = time.perf_counter()
    said = app.intake.say(customer.id, text, holder=(app.workers.name, new_id()), limited=False)
    turn_id = said.turn_id or ""
    taken = (time.perf_counter() - begun) * 1000
    leased = app.store.read(lambda tx: tx.turn(turn_id))
    since = time.perf_counter()
    app.workers.run_now(leased)
    total = taken + (time.perf_counter() - since) * 1000
    parts = {name: ms for name, ms in watch.spent.items() if name not in _BESIDE} | {"intake, whole": taken}
    decisions = app.store.read(lambda tx: tx.decisions([said.ticket_id]))
    return _Timed(total, parts, decisions[-1].decision.tier if decisions else Tier.NONE)


def _whole(first: _Timed, timed: list[_Timed]) -> Table:
    table = Table(f"turn: {len(timed)} turns, settled on SQLite", ("turns", "n", "p50 ms", "p95 ms", "p99 ms", "aim"))
    table.add("over the model", len(timed), *spread([t.over for t in timed]), "p50 ≤ 15")
    for tier in sorted({t.tier for t in timed}):
        some = [t.over for t in timed if t.tier == tier]
        table.add(f"over the model, tier {tier}", len(some), *spread(some), "–")
    table.add("whole", len(timed), *spread([t.total for t in timed]), "–")
    table.add("model", len(timed), *spread([t.parts.get("model", 0.0) for t in timed]), "–")
    table.notes += [
        f"The process's first turn took {first.total:.0f} ms, {first.parts.get('model', 0.0):.0f} of them the model's.",
        "The model runs on a thread of its own; while it streams, checking and releasing overlap with it.",
    ]
    return table


def _parts(timed: list[_Timed]) -> Table:
    table = Table("turn, part by part", ("part", "p50 ms", "p95 ms", "p99 ms", "in share of turns"))
    names = dict.fromkeys(name for t in timed for name in t.parts)
    medians = {name: spread([t.parts[name] for t in timed if name in t.parts]) for name in names}
    for name, figures in sorted(medians.items(), key=lambda pair: -pair[1][0]):
        table.add(name, *figures, f"{sum(name in t.parts for t in timed) / len(timed):.0%}")
    known = [t.total - sum(ms for part, ms in t.parts.items() if part != "intake, whole") for t in timed]
    table.add("all else: triage, decision, prompt, check, threads", *spread(known), "100%")
    table.notes.append("“intake, whole” contains its own store unit; the others are apart from one another.")
    return table


def _twice(app: App, texts: list[str]) -> Table:
    """Count calls per turn on the turn's own thread."""
    table = Table("turn: calls per turn, to see what is done twice", ("function", "calls per turn", "ms per turn"))
    profile, watch, n = cProfile.Profile(), Watch(), 40
    for text in texts[:n]:
        profile.enable()
        _turn(app, watch, text)
        profile.disable()
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    for (file, _, name), (_, calls, _, total, _) in sorted(stats.items(), key=lambda item: -item[1][3]):
        where = f"{Path(file).parent.name}/{Path(file).name}:{name}"
        if where in _WATCHED:
            table.add(where, calls / n, total * 1000 / n)
    table.notes.append("Under cProfile, and reads and writes of the measuring itself (2 and 1) are among them.")
    return table
