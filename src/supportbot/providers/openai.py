"""The chat-completions API of OpenAI, which Azure, Gemini, Mistral, Groq, OpenRouter, Ollama, vLLM and others speak."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from langchain_core.messages import AIMessageChunk, BaseMessage, HumanMessage, SystemMessage
from langchain_core.messages.ai import InputTokenDetails, OutputTokenDetails, UsageMetadata

from supportbot.domain.errors import StreamBroken
from supportbot.providers.wire import HttpChatModel

#: Who refuses `max_tokens` for its newer models and wants it under this name.
_NEW_LIMIT = "max_completion_tokens"


class OpenAIChat(HttpChatModel):
    """A model behind any address that speaks chat completions; `base_url` ends before `/chat/completions`.

    Azure: its own header for the key, and `api_version` as a query where the address is not the plain `/openai/v1`.
    """

    azure: bool = False
    api_version: str | None = None
    limit_name: str = "max_tokens"

    def headers(self) -> dict[str, str]:
        """Return the key as this vendor wants it."""
        if self.api_key is None:
            return {}
        key = self.api_key.get_secret_value()
        return {"api-key": key} if self.azure else {"Authorization": f"Bearer {key}"}

    def url(self) -> str:
        """Return the address of chat completions."""
        query = f"?api-version={self.api_version}" if self.api_version else ""
        return f"{self.base_url.rstrip('/')}/chat/completions{query}"

    def body(self, messages: list[BaseMessage], max_tokens: int, stop: list[str] | None) -> dict[str, Any]:
        """Return a streaming request that asks for usage in the stream."""
        asked: dict[str, Any] = {
            "model": self.model,
            "messages": [{"role": _role(m), "content": str(m.text)} for m in messages],
            "stream": True,
            "stream_options": {"include_usage": True},
            self.limit_name: max_tokens,
        }
        return {**asked, "stop": stop} if stop else asked

    def read(self, events: Iterator[dict[str, Any]]) -> Iterator[AIMessageChunk]:
        """Yield text as it comes and usage at the end. Whole: a reason to finish was given, or the terminator came."""
        finished, model, usage = None, None, None
        for event in events:
            if event.get("done"):
                finished = finished or "stop"
                break
            model = event.get("model") or model
            usage = event.get("usage") or usage
            for choice in event.get("choices") or ():
                finished = choice.get("finish_reason") or finished
                delta = choice.get("delta") or {}
                if text := delta.get("content"):
                    yield AIMessageChunk(content=text)
                if delta.get("refusal"):
                    finished = "refusal"
        if finished is None:
            raise StreamBroken("The stream ended before the answer did.")
        told = {"finish_reason": finished, **({"model_name": model} if model else {})}
        counted = _usage(usage) if usage else None
        yield AIMessageChunk(content="", usage_metadata=counted, response_metadata=told, chunk_position="last")


def is_azure(base_url: str) -> bool:
    """Whether an address is Azure's."""
    return (urlsplit(base_url).hostname or "").endswith(".azure.com")


def limit_name(base_url: str) -> str:
    """Return under which name this address takes the longest output."""
    host = urlsplit(base_url).hostname or ""
    return _NEW_LIMIT if host == "api.openai.com" or is_azure(base_url) else "max_tokens"


def _role(message: BaseMessage) -> str:
    if isinstance(message, SystemMessage):
        return "system"
    return "user" if isinstance(message, HumanMessage) else "assistant"


def _usage(given: dict[str, Any]) -> UsageMetadata:
    """Return usage in LangChain's words: cached tokens are among the input, reasoning among the output."""
    put_in, put_out = int(given.get("prompt_tokens") or 0), int(given.get("completion_tokens") or 0)
    cached = (
        (given.get("prompt_tokens_details") or {}).get("cached_tokens") or given.get("prompt_cache_hit_tokens") or 0
    )
    reasoning = (given.get("completion_tokens_details") or {}).get("reasoning_tokens") or 0
    return UsageMetadata(
        input_tokens=put_in,
        output_tokens=put_out,
        total_tokens=put_in + put_out,
        input_token_details=InputTokenDetails(cache_read=cached),
        output_token_details=OutputTokenDetails(reasoning=reasoning),
    )
