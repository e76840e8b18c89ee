"""The table of providers and the scripted one: names resolve or say what would, scripts play as written."""

from datetime import UTC, datetime

import pytest

from supportbot.domain.decision import Tier
from supportbot.domain.deployment import Deployment
from supportbot.domain.errors import ConfigurationError, ProviderError, ProviderRateLimited, StreamBroken
from supportbot.domain.prompt import Prompt
from supportbot.ports import Chunk, ModelRequest
from supportbot.providers.catalogue import chat_model, provider, providers
from supportbot.providers.embedded import FastAnswerer, StrongAnswerer
from supportbot.providers.scripted import Scripted, ScriptedProvider, stall


def deployment(provider: str, model: str = "fast", **options: object) -> Deployment:
    return Deployment("it", provider, model, Tier.FAST, options=options)


def test_a_row_of_the_table_gives_the_model_it_names() -> None:
    """Embedded models by name, any other by import path."""
    assert isinstance(chat_model(deployment("embedded")), FastAnswerer)
    assert isinstance(chat_model(deployment("embedded", "strong")), StrongAnswerer)
    path = "supportbot.providers.embedded:FastAnswerer"
    named = chat_model(deployment("langchain", "renamed", **{"class": path, "pace_ms": 7}))
    assert isinstance(named, FastAnswerer)
    assert (named.model, named.pace_ms) == ("renamed", 7)
    paced = chat_model(deployment("embedded", pace_ms=40))
    assert isinstance(paced, FastAnswerer)
    assert paced.pace_ms == 40


def test_each_provider_a_configuration_needs_is_made_once() -> None:
    """Keyed by provider name, as dispatch looks them up."""
    assert set(providers([deployment("embedded"), deployment("embedded", "strong")])) == {"embedded"}


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        (deployment("nobody"), "known are anthropic, .*embedded"),
        (deployment("embedded", "huge"), "use one of fast, strong"),
        (deployment("embedded", speed=9), "pace_ms = 40"),
        (deployment("langchain"), "module:Class"),
        (deployment("langchain", **{"class": "not_there_at_all:X"}), "install the package"),
        (deployment("langchain", **{"class": "supportbot.providers.embedded:Nope"}), "has no Nope"),
        (deployment("langchain", **{"class": "datetime:datetime"}), "not a LangChain chat model"),
        (
            deployment("langchain", **{"class": "langchain_core.language_models.fake_chat_models:FakeListChatModel"}),
            "cannot be built",
        ),
    ],
)
def test_what_does_not_resolve_says_what_would(wrong: Deployment, remedy: str) -> None:
    """One clear line for the operator."""
    with pytest.raises(ConfigurationError, match=remedy):
        chat_model(wrong)


def test_an_unknown_provider_is_named_before_any_call() -> None:
    """Already when the adapters are made."""
    with pytest.raises(ConfigurationError, match="known are"):
        provider("nobody")


class StillClock:
    def __init__(self) -> None:
        self.slept = 0.0

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.slept

    def sleep(self, seconds: float) -> None:
        self.slept += seconds


REQUEST = ModelRequest(deployment("scripted"), Prompt("How long?", "en", ()), 50)


def drain(adapter: ScriptedProvider) -> list[Chunk]:
    return list(adapter.stream(REQUEST))


def test_a_script_plays_in_order_and_remembers_what_was_asked() -> None:
    """Text, then an error, then the default for ever."""
    adapter = ScriptedProvider(
        ["One two three four. [1]", ProviderRateLimited("busy", retry_after_ms=5)], clock=StillClock()
    )
    first = drain(adapter)
    assert "".join(c.text for c in first) == "One two three four. [1]"
    assert first[-1].final
    with pytest.raises(ProviderRateLimited):
        drain(adapter)
    assert drain(adapter)[0].text == "NOT_COVERED"
    assert [r.prompt.question for r in adapter.requests] == ["How long?"] * 3


def test_a_cut_stream_has_no_final_chunk() -> None:
    """It ends, or raises, in the middle."""
    adapter = ScriptedProvider(clock=StillClock())
    adapter.add(
        Scripted("One two three four five six", break_after=1),
        Scripted("One two three four five six", break_after=1, error=StreamBroken("cut")),
    )
    cut = drain(adapter)
    assert [c.text for c in cut] == ["One two three"]
    assert not cut[-1].final
    stream = adapter.stream(REQUEST)
    assert next(stream).text == "One two three"
    with pytest.raises(ProviderError):
        next(stream)


def test_delays_and_stalls_pass_on_the_clock() -> None:
    """Nothing waits in earnest."""
    clock = StillClock()
    adapter = ScriptedProvider([Scripted("Late.", delay_s=5), stall(60)], clock=clock)
    assert drain(adapter)[-1].final
    assert clock.slept == 5
    assert not any(c.final for c in drain(adapter))
    assert clock.slept > 60
