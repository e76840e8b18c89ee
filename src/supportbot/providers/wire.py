"""What the chat models over HTTP share: one request, its server-sent events, and the vendor's errors kept whole."""

import json
import weakref
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from threading import Thread
from typing import Any

import httpx
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel, generate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import Field, SecretStr

from supportbot.domain.errors import StreamBroken

#: How much of a refused request's answer is read, in bytes: enough to tell why, and no more.
_REASON_BYTES = 20_000


class VendorError(Exception):
    """The vendor refused a request. `translate` reads status, headers, code and words; none is shown to anyone."""

    def __init__(self, response: httpx.Response, body: bytes) -> None:
        said = _object(body)
        told = said.get("error") or said
        self.code = str(told.get("code") or told.get("type") or "") if isinstance(told, dict) else ""
        words = told.get("message", "") if isinstance(told, dict) else told
        super().__init__(f"{words} {self.code}".strip() or f"status {response.status_code}")
        self.status_code = response.status_code
        self.response = response


class HttpChatModel(BaseChatModel):
    """A chat model behind an HTTP address that streams server-sent events. Thin: no retry, no fallback, no cache.

    `connect_s` bounds connecting, in seconds; how long an answer may take is the dispatcher's business, and `silence_s`
    only frees the thread that reads a dead connection. `options` are further fields of the request, in its words.
    """

    model: str
    base_url: str
    api_key: SecretStr | None = None
    max_tokens: int = 800
    connect_s: float = 3.0
    silence_s: float = 60.0
    options: Mapping[str, Any] = Field(default_factory=dict)

    @property
    def _llm_type(self) -> str:
        return f"supportbot-{type(self).__name__.lower()}"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.model, "base_url": self.base_url}

    @cached_property
    def client(self) -> httpx.Client:
        """The connections, kept open between requests and closed with the model; safe across threads."""
        patience = httpx.Timeout(self.silence_s, connect=self.connect_s)
        made = httpx.Client(timeout=patience, follow_redirects=False, headers=self.headers())
        weakref.finalize(self, made.close)
        return made

    @abstractmethod
    def headers(self) -> dict[str, str]:
        """Return what identifies the caller to the vendor."""

    @abstractmethod
    def url(self) -> str:
        """Return the address requests are posted to."""

    @abstractmethod
    def body(self, messages: list[BaseMessage], max_tokens: int, stop: list[str] | None) -> dict[str, Any]:
        """Return the request in the vendor's words."""

    @abstractmethod
    def read(self, events: Iterator[dict[str, Any]]) -> Iterator[AIMessageChunk]:
        """Turn the vendor's events into chunks, or raise StreamBroken when they end before the answer does."""

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        asked = self.body(messages, kwargs.get("max_tokens") or self.max_tokens, stop)
        request = self.client.build_request("POST", self.url(), json={**asked, **self.options})
        response = self.client.send(request, stream=True)
        lines, whole = response.iter_lines(), False
        try:
            if not response.is_success:
                raise VendorError(response, _reason(response))
            for message in self.read(_events(lines, response)):
                chunk = ChatGenerationChunk(message=message)
                if run_manager:
                    run_manager.on_llm_new_token(str(message.text), chunk=chunk)
                yield chunk
            whole = True
        finally:
            _let_go(response, lines if whole else None)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **kwargs))


def _let_go(response: httpx.Response, rest: Iterator[str] | None) -> None:
    """Close a response. After a whole answer its end is read first, beside us, for only then is the connection kept."""
    if rest is None:
        response.close()
        return

    def finish() -> None:
        with suppress(httpx.HTTPError):
            for _ in rest:
                pass
        response.close()

    Thread(target=finish, name="response-end", daemon=True).start()


def _events(lines: Iterator[str], response: httpx.Response) -> Iterator[dict[str, Any]]:
    """Yield the JSON object of each event, and `{"done": True}` for the terminator.

    An event that is no JSON object breaks the stream: what it held is missing from the answer.
    Source: WHATWG HTML, section 9.2.6; of its fields vendors use `data`, one line to an event.
    """
    for line in lines:
        if not line.startswith("data:"):
            continue
        data = line.removeprefix("data:").strip()
        if data == "[DONE]":
            yield {"done": True}
            return
        if data:
            event = _object(data)
            if not event:
                raise StreamBroken("An event of the stream could not be read.")
            if event.get("error"):
                raise VendorError(response, data.encode())
            yield event


def _reason(response: httpx.Response) -> bytes:
    """Read why a request was refused."""
    read = b""
    for piece in response.iter_bytes():
        read += piece
        if len(read) > _REASON_BYTES:
            break
    return read


def _object(text: str | bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
