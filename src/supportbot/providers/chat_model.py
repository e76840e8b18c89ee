"""Any LangChain chat model as a Provider."""

import contextvars
from collections.abc import Callable, Iterator
from threading import RLock
from typing import TYPE_CHECKING, Any

from supportbot.domain.deployment import Deployment
from supportbot.domain.errors import ProviderError, ProviderRefused, StreamBroken
from supportbot.domain.price import Usage
from supportbot.domain.prompt import data, instructions
from supportbot.ports import Chunk, ModelRequest
from supportbot.providers.failures import REFUSED, WHOLE, translate

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from langchain_core.language_models.chat_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk

#: Held while a model library is imported or a model built: two threads importing the same one can fail each other.
LOADING = RLock()

_LIMIT_NAMES = ("max_tokens", "max_completion_tokens", "max_output_tokens", "num_predict")


class ChatModelProvider:
    """Streams from the chat model that *model_for* gives for a deployment.

    LangSmith tracing is off whatever the environment says, unless *langsmith* is true. Raises ProviderError only. A
    model that has once named why it finished is held to it: when it stops without a reason, the stream was cut.
    """

    def __init__(self, model_for: "Callable[[Deployment], BaseChatModel]", *, langsmith: bool = False) -> None:
        self._model_for = model_for
        self._langsmith = langsmith
        self._models: dict[str, BaseChatModel] = {}
        self._gives_reasons: set[str] = set()

    def stream(self, request: ModelRequest) -> Iterator[Chunk]:
        """Yield the answer in pieces, the last one `final`; raise a ProviderError."""
        name = request.deployment.name
        seen = _Seen()
        try:
            for message in self._messages(request):
                if text := seen.add(message):
                    yield Chunk(text)
        except Exception as error:
            raise translate(error, name, begun=seen.any_text) from error
        self._require_whole(name, seen)
        yield Chunk(usage=seen.usage, served_model=seen.served_model, final=True)

    def _messages(self, request: ModelRequest) -> "Iterator[AIMessageChunk]":
        with LOADING:
            from langchain_core.messages import HumanMessage, SystemMessage
            from langsmith.run_helpers import tracing_context

            model = self._model(request.deployment)
        messages = [SystemMessage(instructions(request.prompt)), HumanMessage(data(request.prompt))]
        limit = next((name for name in _LIMIT_NAMES if name in type(model).model_fields), None)
        options: dict[str, Any] = {limit: request.max_output_tokens} if limit else {}
        return _traced(model.stream(messages, **options), tracing_context(enabled=self._langsmith))

    def _model(self, deployment: Deployment) -> "BaseChatModel":
        if deployment.name not in self._models:
            self._models[deployment.name] = self._model_for(deployment)
        return self._models[deployment.name]

    def _require_whole(self, name: str, seen: "_Seen") -> None:
        reason = (seen.reason or "").lower()
        if reason in REFUSED:
            raise ProviderRefused(f"{name}: the provider refused for safety.")
        if reason and reason not in WHOLE:
            raise StreamBroken(
                f"{name}: the answer stopped early ({reason[:40]}); raise max_output_tokens if it is a limit."
            )
        if not reason and name in self._gives_reasons:
            raise StreamBroken(f"{name}: the stream ended before the answer did.")
        if not seen.any_text:
            raise ProviderError(f"{name}: the answer was empty.")
        if reason:
            self._gives_reasons.add(name)


class _Seen:
    """What the chunks so far have told."""

    def __init__(self) -> None:
        self.any_text = False
        self.usage: Usage | None = None
        self.served_model: str | None = None
        self.reason: str | None = None

    def add(self, message: "AIMessageChunk") -> str:
        """Take in a chunk and return its text."""
        told = message.response_metadata
        self.served_model = told.get("model_name") or told.get("model") or self.served_model
        self.reason = told.get("finish_reason") or told.get("stop_reason") or told.get("done_reason") or self.reason
        if message.usage_metadata:
            self._count(dict(message.usage_metadata), bool(told.get("usage_estimated")))
        text = str(message.text)
        self.any_text = self.any_text or bool(text.strip())
        return text

    def _count(self, given: dict[str, Any], estimated: bool) -> None:
        """Add a chunk's usage; LangChain's chunks carry what is new, and count cached tokens as input."""
        before = self.usage or Usage(0, 0)
        cached = (given.get("input_token_details") or {}).get("cache_read") or 0
        self.usage = Usage(
            before.input_tokens + given["input_tokens"],
            before.output_tokens + given["output_tokens"],
            before.cached_tokens + cached,
            before.estimated or estimated,
        )


def _traced(chunks: "Iterator[AIMessageChunk]", switch: "AbstractContextManager[None]") -> "Iterator[AIMessageChunk]":
    """Pull *chunks* in a context of their own where *switch* turns LangSmith on or off.

    langchain-core turns tracing on from environment variables alone and would send customers' text away; a context
    variable goes before those, and in a copied context it does not leak to the caller between two chunks.
    """
    context = contextvars.copy_context()
    context.run(switch.__enter__)
    try:
        while True:
            try:
                chunk = context.run(next, chunks)
            except StopIteration:
                return
            yield chunk
    finally:
        if close := getattr(chunks, "close", None):
            context.run(close)
        context.run(switch.__exit__, None, None, None)
