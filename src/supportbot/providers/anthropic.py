"""The messages API of Anthropic."""

from collections.abc import Iterator
from typing import Any

from langchain_core.messages import AIMessageChunk, BaseMessage, SystemMessage
from langchain_core.messages.ai import InputTokenDetails, UsageMetadata

from supportbot.domain.errors import StreamBroken
from supportbot.providers.wire import HttpChatModel

#: The version of the API that this reads.
_VERSION = "2023-06-01"


class AnthropicChat(HttpChatModel):
    """A model behind an address that speaks the messages API; `base_url` ends before `/v1/messages`."""

    def headers(self) -> dict[str, str]:
        """Return the key and the version of the API."""
        key = {"x-api-key": self.api_key.get_secret_value()} if self.api_key else {}
        return {"anthropic-version": _VERSION, **key}

    def url(self) -> str:
        """Return the address of messages."""
        return f"{self.base_url.rstrip('/')}/v1/messages"

    def body(self, messages: list[BaseMessage], max_tokens: int, stop: list[str] | None) -> dict[str, Any]:
        """Return a streaming request; instructions go apart from what is said."""
        system = "\n\n".join(str(m.text) for m in messages if isinstance(m, SystemMessage))
        said = [
            {"role": "assistant" if m.type == "ai" else "user", "content": str(m.text)}
            for m in messages
            if not isinstance(m, SystemMessage)
        ]
        asked: dict[str, Any] = {"model": self.model, "messages": said, "max_tokens": max_tokens, "stream": True}
        asked |= {"system": system} if system else {}
        return {**asked, "stop_sequences": stop} if stop else asked

    def read(self, events: Iterator[dict[str, Any]]) -> Iterator[AIMessageChunk]:
        """Yield text as it comes and usage at the end. Whole only after `message_stop` and with a reason to stop."""
        told: dict[str, Any] = {}
        usage: dict[str, Any] = {}
        whole = False
        for event in events:
            kind = event.get("type")
            if kind == "message_start":
                message = event.get("message") or {}
                told |= {"model_name": message.get("model")}
                usage |= message.get("usage") or {}
            elif kind == "content_block_delta" and (text := (event.get("delta") or {}).get("text")):
                yield AIMessageChunk(content=text)
            elif kind == "message_delta":
                told |= {"finish_reason": (event.get("delta") or {}).get("stop_reason")}
                usage |= {name: n for name, n in (event.get("usage") or {}).items() if n is not None}
            elif kind == "message_stop":
                whole = True
                break
        if not whole or not told.get("finish_reason"):
            raise StreamBroken("The stream ended before the answer did.")
        told = {name: value for name, value in told.items() if value}
        counted = _usage(usage) if usage else None
        yield AIMessageChunk(content="", usage_metadata=counted, response_metadata=told, chunk_position="last")


def _usage(given: dict[str, Any]) -> UsageMetadata:
    """Return usage in LangChain's words: Anthropic counts cached tokens beside the input, LangChain among it."""
    read, written = (int(given.get(f"cache_{kind}_input_tokens") or 0) for kind in ("read", "creation"))
    put_in = int(given.get("input_tokens") or 0) + read + written
    put_out = int(given.get("output_tokens") or 0)
    return UsageMetadata(
        input_tokens=put_in,
        output_tokens=put_out,
        total_tokens=put_in + put_out,
        input_token_details=InputTokenDetails(cache_read=read, cache_creation=written),
    )
