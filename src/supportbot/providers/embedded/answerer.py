"""The embedded answerers as LangChain chat models: no key, no network, no download."""

import math
import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from supportbot.domain.errors import BadInput
from supportbot.domain.prompt import Prompt, read_data
from supportbot.providers.embedded import fast, strong

_PIECE = re.compile(r"\s*\S+(?:\s+\S+)?(?:\s*\[\d{1,2}\])*")


def estimate_tokens(text: str) -> int:
    """Return an estimate of the tokens in *text*: a quarter of its characters or 1.3 a word, the larger, rounded up."""
    return max(math.ceil(len(text) / 4), math.ceil(1.3 * len(text.split())))


class EmbeddedAnswerer(BaseChatModel):
    """Answers from the passages of the last human message (`domain.prompt.data`) and from nothing else.

    Usage is an estimate (`estimate_tokens`). `pace_ms` waits that many milliseconds before each piece, for demos.
    Beyond `max_tokens` (estimated) an answer loses whole lines and sentences from its end.
    Raises BadInput when the last human message is not such a document.
    """

    model: str = "embedded"
    pace_ms: int = 0
    max_tokens: int | None = None
    answer_from: ClassVar[Callable[[Prompt], str]]

    @property
    def _llm_type(self) -> str:
        return f"supportbot-{self.model}"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.model}

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002 - LangChain's signature
        **kwargs: Any,
    ) -> ChatResult:
        text = self._write(messages, stop, kwargs)
        message = AIMessage(text, usage_metadata=_usage(messages, text), response_metadata=self._metadata())
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        text = self._write(messages, stop, kwargs)
        for piece in _pieces(text):
            if self.pace_ms:
                time.sleep(self.pace_ms / 1000)
            chunk = ChatGenerationChunk(message=AIMessageChunk(content=piece))
            if run_manager:
                run_manager.on_llm_new_token(piece, chunk=chunk)
            yield chunk
        last = AIMessageChunk(
            content="", usage_metadata=_usage(messages, text), response_metadata=self._metadata(), chunk_position="last"
        )
        yield ChatGenerationChunk(message=last)

    def _write(self, messages: list[BaseMessage], stop: list[str] | None, options: Mapping[str, Any]) -> str:
        human = next((m for m in reversed(messages) if isinstance(m, HumanMessage)), None)
        if human is None:
            raise BadInput("An embedded answerer needs a human message with the data document.")
        text = type(self).answer_from(read_data(str(human.text)))
        for mark in stop or ():
            text = text.split(mark, 1)[0]
        limit = options.get("max_tokens", self.max_tokens)
        return text if limit is None else _shortened(text, limit)

    def _metadata(self) -> dict[str, Any]:
        return {"model_name": self.model, "finish_reason": "stop", "usage_estimated": True}


class FastAnswerer(EmbeddedAnswerer):
    """One passage, one or two sentences: cheap and right on simple questions."""

    model: str = "fast"
    answer_from: ClassVar[Callable[[Prompt], str]] = staticmethod(fast.answer)


class StrongAnswerer(EmbeddedAnswerer):
    """Each part from the articles that cover it, comparisons, and contradictions named."""

    model: str = "strong"
    answer_from: ClassVar[Callable[[Prompt], str]] = staticmethod(strong.answer)


def _shortened(text: str, limit: int) -> str:
    """Drop whole sentences from the end until the estimate fits; the first always stays."""
    while estimate_tokens(text) > limit and (cut := max(text.rfind("] "), text.rfind("]\n"))) > 0:
        text = text[: cut + 1]
    return text


def _usage(messages: list[BaseMessage], text: str) -> UsageMetadata:
    given = sum(estimate_tokens(str(m.text)) for m in messages)
    written = estimate_tokens(text)
    return UsageMetadata(input_tokens=given, output_tokens=written, total_tokens=given + written)


def _pieces(text: str) -> Iterator[str]:
    """Two words at a time, a citation mark staying with its word; joined, the pieces are the text."""
    at = 0
    for match in _PIECE.finditer(text):
        yield match[0]
        at = match.end()
    if text[at:]:
        yield text[at:]
