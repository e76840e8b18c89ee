"""What a call through dispatch costs beside a bare httpx call to the same local server, and beside litellm.Router."""

import gc
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from benchmarks.report import Options, Table, spread
from benchmarks.stub import PIECES, StubProvider, streamed, stub_server
from supportbot.bootstrap import SystemClock
from supportbot.dispatch import CallContext, Circuits, Dispatcher
from supportbot.domain import prompt as prompts
from supportbot.domain.account import Customer
from supportbot.domain.decision import Tier
from supportbot.domain.deployment import Deployment
from supportbot.domain.ids import new_id
from supportbot.domain.prompt import Prompt, PromptPassage
from supportbot.domain.ticket import Ticket
from supportbot.ports import Store
from supportbot.pricing import PriceBook
from supportbot.storage.memory import MemoryStore
from supportbot.storage.store import open_store

_DEPLOYMENT = Deployment("stub", "stub", "stub-1", Tier.FAST, list_price_of="openai/gpt-4.1-mini")
_PASSAGE = (
    "Standard delivery takes 3 to 5 working days within Germany and 5 to 8 working days elsewhere in the EU. " * 3
)
_PROMPT = Prompt(
    question="How long does standard delivery take?",
    language="en",
    passages=tuple(
        PromptPassage(i, "Standard delivery", "How long it takes", _PASSAGE, "en", "2026-10-01") for i in range(1, 6)
    ),
)
_ANSWER = "".join(PIECES)

_Call = Callable[[], object]


def run(options: Options) -> list[Table]:
    """Call in turns, one client after the other, so that what else the machine does meets them all alike."""
    n = options.count(400, 80)
    with ExitStack() as stack:
        url = stack.enter_context(stub_server())
        calls = _calls(url, stack)
        calls.update(_litellm(url))
        times = _interleaved(calls, n)
    table = Table(
        f"dispatch: {n} calls, {len(PIECES)} chunks each", ("client", "p50 ms", "p95 ms", "CPU ms", "× bare", "bar")
    )
    bare = spread(times["bare httpx"][0])[0]
    for name, (walls, cpu) in times.items():
        p50, p95, _ = spread(walls)
        table.add(name, p50, p95, cpu / n, p50 / bare, "≤ 1.3" if name == "dispatch, in-memory store" else "–")
    if "litellm.Router" in times:
        ratio = spread(times["dispatch, in-memory store"][0])[0] / spread(times["litellm.Router"][0])[0]
        table.notes.append(f"Dispatch with the in-memory store takes {ratio:.2f} of litellm.Router; the bar is ⅓.")
    else:
        table.notes.append("litellm: not installed, so not compared.")
    table.notes.append("The server answers at once from a process of its own; CPU is this process's, all its threads.")
    return [table]


def _calls(url: str, stack: ExitStack) -> dict[str, _Call]:
    client = stack.enter_context(httpx.Client(trust_env=False))
    provider = StubProvider(url)
    stack.callback(provider.close)
    memory = MemoryStore(SystemClock())
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    sqlite = open_store(None, folder)
    stack.callback(sqlite.close)
    return {
        "bare httpx": lambda: _bare(client, url),
        "dispatch, in-memory store": _dispatched(memory, provider, settles=False),
        "dispatch and settle, in-memory store": _dispatched(memory, provider, settles=True),
        "dispatch, SQLite": _dispatched(sqlite, provider, settles=False),
        "dispatch and settle, SQLite": _dispatched(sqlite, provider, settles=True),
    }


def _fresh() -> Prompt:
    """Return a prompt nobody has asked yet, so that no cache helps."""
    return replace(_PROMPT, question=f"{_PROMPT.question} My order is {new_id()}.")


def _messages() -> list[dict[str, str]]:
    prompt = _fresh()
    return [
        {"role": "system", "content": prompts.instructions(prompt)},
        {"role": "user", "content": prompts.data(prompt)},
    ]


def _bare(client: httpx.Client, url: str) -> None:
    messages = _messages()
    text = "".join(chunk.text for chunk in streamed(client, f"{url}/chat/completions", messages))
    assert text == _ANSWER, text


def _dispatched(store: Store, provider: StubProvider, *, settles: bool) -> _Call:
    clock = SystemClock()
    pricing = PriceBook()
    pricing.warm([_DEPLOYMENT], clock.now())
    dispatcher = Dispatcher(store, {"stub": provider}, pricing, clock, Circuits(clock))
    customer = Customer(new_id(), clock.now())
    store.write(lambda tx: tx.add_customer(customer))
    ticket = store.write(lambda tx: tx.add_ticket(Ticket(new_id(), customer.id, clock.now(), clock.now())))
    context = CallContext(ticket.id, None)

    def call() -> None:
        result = dispatcher.answer([_DEPLOYMENT], _fresh(), context)
        assert result.text == _ANSWER, result.attempts[-1].error
        if settles:
            store.write(lambda tx: tx.settle_call(result.settlements[0]))

    return call


def _litellm(url: str) -> dict[str, _Call]:
    """Return a call through litellm.Router where litellm happens to be installed; it is no dependency of ours."""
    try:
        import litellm  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        return {}
    options = {"model": "openai/stub-1", "api_base": url, "api_key": "none"}
    router: Any = litellm.Router([{"model_name": "stub", "litellm_params": options} for _ in range(2)])

    def call() -> None:
        chunks = router.completion("stub", _messages(), stream=True, stream_options={"include_usage": True})
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        assert text == _ANSWER, text

    return {"litellm.Router": call}


def _interleaved(calls: dict[str, _Call], n: int) -> dict[str, tuple[list[float], float]]:
    """Return milliseconds per call and milliseconds of processor time in all, by client."""
    for call in calls.values():
        for _ in range(10):
            call()
    gc.collect()
    gc.freeze()
    walls: dict[str, list[float]] = {name: [] for name in calls}
    cpu = dict.fromkeys(calls, 0.0)
    for _ in range(n):
        for name, call in calls.items():
            spent, begun = time.process_time(), time.perf_counter()
            call()
            walls[name].append((time.perf_counter() - begun) * 1000)
            cpu[name] += (time.process_time() - spent) * 1000
    return {name: (walls[name], cpu[name]) for name in calls}
