"""Models behind an HTTP address: what is sent, what is read, and what goes wrong, against a real server on loopback."""

import json

import pytest
from vendor_server import TEXT, WORDS, Reply, VendorServer

from supportbot.domain.decision import Tier
from supportbot.domain.deployment import VENDORS, Deployment
from supportbot.domain.errors import (
    ConfigurationError,
    ContextOverflow,
    ProviderError,
    ProviderRateLimited,
    ProviderRefused,
    ProviderUnavailable,
    StreamBroken,
)
from supportbot.domain.price import Usage
from supportbot.domain.prompt import Prompt, PromptPassage
from supportbot.ports import Chunk, ModelRequest
from supportbot.providers.catalogue import chat_model, provider

PASSAGE = PromptPassage(1, "Delivery", "How long", "Standard delivery takes 3 to 5 working days.", "en", "2026-01-01")
PROMPT = Prompt("How long does delivery take?", "en", (PASSAGE,))
VENDORS_HERE = ("openai", "anthropic")


def deployment(vendor: str, server: VendorServer | None = None, **options: object) -> Deployment:
    base_url = None if server is None else server.url
    return Deployment("it", vendor, "some-model", Tier.FAST, base_url=base_url, options=options, max_output_tokens=300)


def ask(vendor: str, server: VendorServer, **options: object) -> list[Chunk]:
    adapter = provider(vendor, keys=lambda name: f"s3cret-of-{name}")
    request = ModelRequest(deployment(vendor, server, **options), PROMPT, 300)
    return list(adapter.stream(request))


@pytest.mark.parametrize("vendor", VENDORS_HERE)
def test_an_answer_streams_with_its_usage_and_the_model_that_gave_it(vendor: str) -> None:
    """Text piece by piece; the last chunk is final, tokens as reported, cached ones among the input."""
    with VendorServer(Reply(cached=40)) as server:
        chunks = ask(vendor, server)
    assert [c.text for c in chunks if c.text] == list(WORDS)
    assert chunks[-1].final
    assert chunks[-1].usage == Usage(100, len(WORDS), 40)
    assert chunks[-1].served_model == "served-1"


def test_chat_completions_are_asked_as_openai_wants_it() -> None:
    """Key in the header, instructions apart from data, usage asked for, output bounded, options passed on."""
    with VendorServer() as server:
        ask("openai", server, temperature=0)
        (asked,) = server.asked
    assert asked.path == "/chat/completions"
    assert asked.headers["authorization"] == "Bearer s3cret-of-it"
    assert [m["role"] for m in asked.body["messages"]] == ["system", "user"]
    assert json.loads(asked.body["messages"][1]["content"])["question"] == PROMPT.question
    wanted = {"model": "some-model", "stream": True, "stream_options": {"include_usage": True}}
    assert asked.body.items() >= (wanted | {"max_tokens": 300, "temperature": 0}).items()


def test_messages_are_asked_as_anthropic_wants_it() -> None:
    """Key and version in headers, the system text apart, output bounded."""
    with VendorServer() as server:
        ask("anthropic", server)
        (asked,) = server.asked
    assert asked.path == "/v1/messages"
    assert (asked.headers["x-api-key"], asked.headers["anthropic-version"]) == ("s3cret-of-it", "2023-06-01")
    assert asked.body["system"].startswith("You answer customers")
    assert [m["role"] for m in asked.body["messages"]] == ["user"]
    assert (asked.body["max_tokens"], asked.body["stream"]) == (300, True)


def test_azure_has_a_header_and_a_version_of_its_own() -> None:
    """The key is no bearer token there, and newer models want the limit under another name."""
    azure = Deployment(
        "it",
        "azure",
        "gpt",
        Tier.FAST,
        base_url="https://desk.openai.azure.com/openai/deployments/gpt",
        options={"api_version": "2024-10-21"},
    )
    model = chat_model(azure, "s3cret")
    assert model.headers() == {"api-key": "s3cret"}  # type: ignore[attr-defined]
    assert model.url().endswith("/deployments/gpt/chat/completions?api-version=2024-10-21")  # type: ignore[attr-defined]
    assert "max_completion_tokens" in model.body([], 5, None)  # type: ignore[attr-defined]


FAILURES = [
    (Reply(429, {"message": "slow down"}, (("Retry-After", "2"),)), ProviderRateLimited),
    (Reply(500, {"message": "oops"}), ProviderUnavailable),
    (Reply(503), ProviderUnavailable),
    (
        Reply(400, {"code": "context_length_exceeded", "message": "This model's maximum context length"}),
        ContextOverflow,
    ),
    (Reply(400, {"type": "invalid_request_error", "message": "prompt is too long: 9 tokens"}), ContextOverflow),
    (Reply(400, {"code": "content_policy_violation", "message": "no"}), ProviderRefused),
    (Reply(401, {"message": "invalid key s3cret-of-it"}), ProviderError),
    (Reply(reset=True), ProviderUnavailable),
    (Reply(cut_after=4), StreamBroken),
    (Reply(garbage_after=4), StreamBroken),
    (Reply(finish=None, terminator=False, usage=False), StreamBroken),
    (Reply(finish="length"), StreamBroken),
    (Reply(finish="content_filter"), ProviderRefused),
]


@pytest.mark.parametrize("vendor", VENDORS_HERE)
@pytest.mark.parametrize(("reply", "kind"), FAILURES, ids=lambda value: getattr(value, "__name__", ""))
def test_what_goes_wrong_becomes_an_error_of_ours(vendor: str, reply: Reply, kind: type[ProviderError]) -> None:
    """One kind for each remedy, the vendor's words and the key left out, and never a half answer as a whole one."""
    with VendorServer(reply) as server, pytest.raises(ProviderError) as raised:
        ask(vendor, server)
    assert type(raised.value) is kind
    assert "s3cret" not in str(raised.value)
    if isinstance(raised.value, ProviderRateLimited):
        assert raised.value.retry_after_ms == 2000


def test_an_answer_without_the_terminator_is_whole_when_it_said_why_it_ended() -> None:
    """Some servers close the connection instead of sending the last line."""
    with VendorServer(Reply(terminator=False)) as server:
        assert "".join(c.text for c in ask("openai", server)) == TEXT


def test_usage_that_is_not_reported_stays_unknown() -> None:
    """Nobody invents it here; the dispatcher estimates and says so."""
    with VendorServer(Reply(usage=False)) as server:
        assert ask("openai", server)[-1].usage is None


def test_connections_are_kept_between_calls() -> None:
    """One adapter, one client: the second call need not connect anew."""
    with VendorServer() as server:
        adapter = provider("openai")
        request = ModelRequest(deployment("openai", server), PROMPT, 300)
        for _ in range(10):
            list(adapter.stream(request))
        assert len(server.asked) == 10
        assert len(server.callers) < 10


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        (deployment("openai"), "set OPENAI_API_KEY"),
        (deployment("anthropic"), "set ANTHROPIC_API_KEY"),
        (deployment("azure"), "base_url"),
    ],
)
def test_what_is_missing_is_named_before_anything_is_sent(wrong: Deployment, remedy: str) -> None:
    """A key, or an address."""
    with pytest.raises(ConfigurationError, match=remedy):
        chat_model(wrong)


@pytest.mark.parametrize("vendor", sorted(VENDORS))
def test_every_vendor_of_the_table_can_be_built(vendor: str) -> None:
    """Each row names an adapter that exists."""
    made = Deployment("it", vendor, "m", Tier.FAST, base_url="http://127.0.0.1:9/v1")
    assert chat_model(made, "key").model_dump()["base_url"] == "http://127.0.0.1:9/v1"
