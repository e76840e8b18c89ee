"""One tiny call to each deployment: is it there, how quick is it, what does it cost?"""

from typing import TYPE_CHECKING

from supportbot.domain.deployment import Deployment
from supportbot.domain.prompt import Prompt, PromptPassage
from supportbot.ports import Chunk, ModelRequest

if TYPE_CHECKING:
    from supportbot.settings import Settings

#: The longest answer asked for, in tokens.
_LONGEST = 60

_PASSAGE = PromptPassage(1, "Opening hours", "", "The shop opens at nine.", "en", "2026-01-01")
_PROMPT = Prompt("When does the shop open?", "en", (_PASSAGE,))


def live(found: "Settings", deployment: Deployment) -> str:
    """Ask *deployment* one question and say what came of it; raise ProviderError or ConfigurationError for a fault.

    The call is made outside any ticket, so it is in no ledger; its price is told here.
    """
    from supportbot.bootstrap import SystemClock
    from supportbot.dispatch.pump import pumped
    from supportbot.dispatch.readers import Readers
    from supportbot.providers.catalogue import chat_model, providers

    chat_model(deployment, found.secrets.key_for(deployment.name))  # its imports are no part of its latency
    provider = providers([deployment], keys=found.secrets.key_for)[deployment.provider]
    clock, readers = SystemClock(), Readers()
    begun, first_s, last = clock.monotonic(), None, Chunk()
    try:
        stream = pumped(
            lambda: provider.stream(ModelRequest(deployment, _PROMPT, _LONGEST)),
            deployment,
            clock,
            readers,
            lambda: False,
        )
        for chunk in stream:
            first_s = clock.monotonic() - begun if first_s is None and chunk.text else first_s
            last = chunk if chunk.usage or chunk.served_model else last
    finally:
        readers.close()
    took = f"answered in {(clock.monotonic() - begun) * 1000:.0f} ms, first piece after {(first_s or 0) * 1000:.0f} ms"
    return f"{last.served_model or deployment.model} {took}; {_price(found, deployment, last)}"


def _price(found: "Settings", deployment: Deployment, last: Chunk) -> str:
    from supportbot.bootstrap import SystemClock
    from supportbot.pricing import PriceBook

    if last.usage is None:
        return "it reports no tokens, so costs will be estimates"
    quote = PriceBook(found.prices).quote(deployment, last.usage, SystemClock().now())
    tokens = f"{last.usage.input_tokens} tokens in, {last.usage.output_tokens} out"
    if quote.cost_microusd is None:
        return f"{tokens}, unpriced; name its price under [prices]"
    return f"{tokens}, {quote.cost_microusd} micro-dollars"
