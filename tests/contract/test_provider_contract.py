"""What every Provider promises, held against the shipped fake and the embedded answerers alike."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from supportbot.domain.answer import ABSTAIN
from supportbot.domain.decision import Tier
from supportbot.domain.deployment import Deployment
from supportbot.domain.prompt import Prompt, PromptPassage
from supportbot.ports import Chunk, ModelRequest, Provider
from supportbot.providers.catalogue import provider
from supportbot.providers.scripted import Scripted, ScriptedProvider

PASSAGE = PromptPassage(
    1,
    "Standard delivery",
    "How long",
    "Standard delivery takes 3 to 5 working days. It costs €4.90.",
    "en",
    "2026-01-01",
)
ANSWER = "Standard delivery takes 3 to 5 working days. [1]"


class StillClock:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.slept = 0.0

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.slept

    def sleep(self, seconds: float) -> None:
        self.slept += seconds


def scripted() -> Provider:
    def reply(prompt: Prompt) -> str:
        return ANSWER if "delivery" in prompt.question else ABSTAIN

    return ScriptedProvider(clock=StillClock(), default=Scripted(reply))


def embedded() -> Provider:
    return provider("embedded")


Make = Callable[[], Provider]
MAKERS = [
    pytest.param(scripted, "fast", id="scripted"),
    pytest.param(embedded, "fast", id="embedded-fast"),
    pytest.param(embedded, "strong", id="embedded-strong"),
]


def request(model: str, question: str = "How long does standard delivery take?") -> ModelRequest:
    deployment = Deployment(f"it-{model}", "embedded", model, Tier.FAST)
    return ModelRequest(deployment, Prompt(question, "en", (PASSAGE,)), 200)


def collect(adapter: Provider, asked: ModelRequest) -> tuple[str, list[Chunk]]:
    chunks = list(adapter.stream(asked))
    return "".join(c.text for c in chunks), chunks


@pytest.mark.parametrize(("make", "model"), MAKERS)
def test_an_answer_arrives_in_pieces_and_ends_with_one_final_chunk(make: Make, model: str) -> None:
    """Only the last chunk is final, and it carries usage and the served model."""
    text, chunks = collect(make(), request(model))
    assert text.startswith(ANSWER)
    assert len(chunks) > 2
    assert [c.final for c in chunks] == [False] * (len(chunks) - 1) + [True]
    last = chunks[-1]
    assert last.served_model == model
    assert last.usage is not None
    assert last.usage.input_tokens > 50
    assert 0 < last.usage.output_tokens < 100
    assert last.usage.estimated


@pytest.mark.parametrize(("make", "model"), MAKERS)
def test_an_uncovered_question_is_abstained_from_whole(make: Make, model: str) -> None:
    """An abstention is a whole answer, not a failure."""
    text, chunks = collect(make(), request(model, "Do you sell kayaks?"))
    assert text == ABSTAIN
    assert chunks[-1].final


@pytest.mark.parametrize(("make", "model"), MAKERS)
def test_the_same_request_gets_the_same_answer(make: Make, model: str) -> None:
    """A provider holds nothing of one call over to the next."""
    adapter = make()
    assert collect(adapter, request(model)) == collect(adapter, request(model))


@pytest.mark.parametrize(("make", "model"), MAKERS)
def test_calls_from_several_threads_do_not_mix(make: Make, model: str) -> None:
    """One adapter serves all workers of a process."""
    adapter = make()
    questions = ["How long does standard delivery take?", "Do you sell kayaks?"] * 8
    with ThreadPoolExecutor(4) as pool:
        texts = list(pool.map(lambda q: collect(adapter, request(model, q))[0], questions))
    assert texts == [collect(adapter, request(model, q))[0] for q in questions]


@pytest.mark.parametrize(("make", "model"), MAKERS)
def test_a_stream_may_be_left_early(make: Make, model: str) -> None:
    """Closing after the first piece raises nothing, and the adapter goes on working."""
    adapter = make()
    stream = adapter.stream(request(model))
    assert next(stream).text
    del stream
    assert collect(adapter, request(model))[0].startswith(ANSWER)
