"""Any LangChain chat model as a provider: errors in our words, cut streams seen, no traces sent."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import Field

from supportbot.domain.decision import Tier
from supportbot.domain.deployment import Deployment
from supportbot.domain.errors import (
    ContextOverflow,
    ProviderError,
    ProviderRateLimited,
    ProviderRefused,
    ProviderTimeout,
    ProviderUnavailable,
    StreamBroken,
)
from supportbot.domain.price import Usage
from supportbot.domain.prompt import Prompt
from supportbot.ports import ModelRequest
from supportbot.providers.chat_model import ChatModelProvider

DEPLOYMENT = Deployment("vendor-a", "langchain", "some-model", Tier.STRONG)
REQUEST = ModelRequest(DEPLOYMENT, Prompt("How long?", "en", ()), 64)


class Playing(BaseChatModel):
    """A chat model that plays prepared chunks; an exception among them is raised."""

    script: list[Any]
    max_tokens: int | None = None
    seen: list[Any] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "playing"

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage(f"whole, of {len(messages)}"))])

    def _stream(self, messages: list[BaseMessage], *_: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        self.seen.append((messages, kwargs))
        for entry in self.script:
            if isinstance(entry, Exception):
                raise entry
            yield ChatGenerationChunk(message=entry)


def piece(text: str = "", **metadata: Any) -> AIMessageChunk:
    return AIMessageChunk(content=text, response_metadata=metadata)


def used(given: int, written: int, cached: int = 0) -> AIMessageChunk:
    usage = UsageMetadata(
        input_tokens=given,
        output_tokens=written,
        total_tokens=given + written,
        input_token_details={"cache_read": cached},
    )
    return AIMessageChunk(content="", usage_metadata=usage)


def play(*script: Any) -> list[Any]:
    return list(ChatModelProvider(lambda _: Playing(script=list(script))).stream(REQUEST))


class Response:
    def __init__(self, status: int, **headers: str) -> None:
        self.status_code = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class VendorError(Exception):
    def __init__(self, text: str, response: Response | None = None) -> None:
        super().__init__(text)
        self.response = response


def test_text_usage_and_served_model_arrive_in_our_words() -> None:
    """Usage of all chunks is added up; cached tokens are part of the input."""
    chunks = play(
        piece("Hel"), piece("lo. [1]"), used(20, 0, 5), used(0, 7), piece(finish_reason="stop", model_name="m-2")
    )
    assert [c.text for c in chunks] == ["Hel", "lo. [1]", ""]
    assert chunks[-1].final
    assert chunks[-1].usage == Usage(20, 7, 5)
    assert chunks[-1].served_model == "m-2"


def test_instructions_and_data_are_separate_messages_and_the_output_limit_is_passed_on() -> None:
    """The customer's words are only ever in the human message."""
    model = Playing(script=[piece("Yes. [1]", finish_reason="stop")])
    list(ChatModelProvider(lambda _: model).stream(REQUEST))
    messages, options = model.seen[-1]
    assert [m.type for m in messages] == ["system", "human"]
    assert "How long?" not in messages[0].text
    assert options["max_tokens"] == 64


def test_a_model_that_cannot_stream_answers_in_one_piece() -> None:
    """LangChain's default path works too; without usage the last chunk has none."""
    chunks = list(ChatModelProvider(lambda _: FakeListChatModel(responses=["Whole. [1]"])).stream(REQUEST))
    assert "".join(c.text for c in chunks) == "Whole. [1]"
    assert chunks[-1].final
    assert chunks[-1].usage is None


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (TimeoutError("slow"), ProviderTimeout),
        (VendorError("busy", Response(429)), ProviderRateLimited),
        (VendorError("maximum context length is 8192", Response(400)), ContextOverflow),
        (VendorError("blocked by content filter", Response(400)), ProviderRefused),
        (VendorError("gateway", Response(504)), ProviderTimeout),
        (VendorError("boom", Response(500)), ProviderUnavailable),
        (VendorError("bad key sk-secret", Response(401)), ProviderError),
    ],
)
def test_a_vendors_error_becomes_ours_and_its_text_stays_out(error: Exception, kind: type[ProviderError]) -> None:
    """The kind decides what dispatch does; the message never repeats the vendor's."""
    with pytest.raises(ProviderError) as caught:
        play(error)
    assert type(caught.value) is kind
    assert str(error) not in str(caught.value)
    assert str(caught.value).startswith("vendor-a: ")


@pytest.mark.parametrize(
    ("headers", "wish"),
    [
        ({"retry_after": "7"}, 7000),
        ({"retry_after_ms": "250"}, 250),
        ({"Retry_After": "Wed, 21 Oct 2026 07:28:30 GMT", "Date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 30_000),
        ({"retry_after": "soon"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_each_of_its_forms(headers: dict[str, str], wish: int | None) -> None:
    """Seconds, milliseconds, or a date against the response's own."""
    with pytest.raises(ProviderRateLimited) as caught:
        play(VendorError("busy", Response(429, **headers)))
    assert caught.value.retry_after_ms == wish


def test_an_error_after_text_is_a_broken_stream_without_a_final_chunk() -> None:
    """What has arrived is yielded, then the break is told."""
    stream = ChatModelProvider(lambda _: Playing(script=[piece("Half an "), VendorError("reset")])).stream(REQUEST)
    assert next(stream).text == "Half an "
    with pytest.raises(StreamBroken):
        next(stream)


@pytest.mark.parametrize(
    ("reason", "kind"), [("length", StreamBroken), ("max_tokens", StreamBroken), ("content_filter", ProviderRefused)]
)
def test_an_answer_that_stopped_early_is_not_whole(reason: str, kind: type[ProviderError]) -> None:
    """Only a vendor's "stop" ends an answer."""
    with pytest.raises(kind):
        play(piece("Half"), piece(finish_reason=reason))


def test_a_model_that_names_its_reasons_is_held_to_them() -> None:
    """A stream that merely stops, from a vendor that says "stop" otherwise, was cut."""
    model = Playing(script=[piece("Whole. [1]"), piece(finish_reason="stop")])
    adapter = ChatModelProvider(lambda _: model)
    assert list(adapter.stream(REQUEST))[-1].final
    model.script = [piece("Half")]
    with pytest.raises(StreamBroken):
        list(adapter.stream(REQUEST))


def test_an_empty_answer_is_a_failure() -> None:
    """Nothing to show is not an answer."""
    with pytest.raises(ProviderError, match="empty"):
        play(piece("  "), piece(finish_reason="stop"))


PROBE = """
import json, os, sys
from langchain_core.callbacks import CallbackManager
from langchain_core.messages import HumanMessage
from supportbot.domain.decision import Tier
from supportbot.domain.deployment import Deployment
from supportbot.domain.prompt import Prompt
from supportbot.ports import ModelRequest
from supportbot.providers.chat_model import ChatModelProvider
from langchain_core.language_models.fake_chat_models import FakeListChatModel

seen = []
class Probe(FakeListChatModel):
    def _stream(self, messages, stop=None, run_manager=None, **kwargs):
        seen.append([type(h).__name__ for h in CallbackManager.configure().handlers])
        yield from super()._stream(messages, stop, None, **kwargs)

request = ModelRequest(Deployment("d", "langchain", "m", Tier.FAST), Prompt("q", "en", ()), 10)
for mode in sys.argv[1:]:
    model = Probe(responses=["Yes."])
    if mode == "bare":
        list(model.stream([HumanMessage("q")]))
    else:
        list(ChatModelProvider(lambda _: model, langsmith=mode == "on").stream(request))
print(json.dumps(seen))
sys.stdout.flush()
os._exit(0)
"""


def test_no_trace_is_sent_whatever_the_environment_says_unless_our_setting_does() -> None:
    """langchain-core alone would trace here (first probe); through the provider it does only when switched on."""
    switches = dict.fromkeys(("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2", "LANGSMITH_TRACING_V2"), "true")
    nowhere = {"LANGSMITH_ENDPOINT": "http://127.0.0.1:9", "LANGSMITH_API_KEY": "none"}
    done = subprocess.run(
        [sys.executable, "-c", PROBE, "bare", "off", "on"],
        env={**os.environ, **switches, **nowhere},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == '[["LangChainTracer"], [], ["LangChainTracer"]]'


def test_importing_the_package_loads_no_model_library() -> None:
    """The catalogue is cheap to read; LangChain is imported when a model is built."""
    code = (
        "import sys, supportbot.providers.catalogue as c; c.provider('embedded'); "
        "print(sorted(m for m in sys.modules if m.startswith(('langchain', 'langsmith', 'httpx'))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
