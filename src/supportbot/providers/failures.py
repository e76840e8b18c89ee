"""What went wrong at a vendor, in our words: reads names, status codes and headers, imports no vendor's library."""

import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

from supportbot.domain.errors import (
    ContextOverflow,
    ProviderError,
    ProviderRateLimited,
    ProviderRefused,
    ProviderTimeout,
    ProviderUnavailable,
    StreamBroken,
)

_OVERFLOW = re.compile(
    r"context.?length|maximum context|context window|prompt is too long|too many (input )?tokens", re.I
)
_REFUSAL = re.compile(r"content.?filter|content.?policy|safety|refus", re.I)
#: What vendors call an answer that is whole.
WHOLE = frozenset({"stop", "end_turn", "stop_sequence", "eos", "complete", "completed", "finish"})
#: What they call one that stopped for safety.
REFUSED = frozenset({"content_filter", "refusal", "safety", "recitation", "prohibited_content", "blocklist", "spii"})


def translate(error: Exception, deployment: str, *, begun: bool) -> ProviderError:
    """Return *error* as a ProviderError, without the vendor's words; *begun*: text had already arrived."""
    if isinstance(error, ProviderError):
        return error
    causes = tuple(_causes(error))
    names = " ".join(name.__name__ for cause in causes for name in type(cause).__mro__)
    said = " ".join(f"{cause} {getattr(cause, 'code', '')}" for cause in causes)
    status = next((code for cause in causes if (code := _status(cause))), None)
    if status == 429 or "RateLimit" in names:
        return ProviderRateLimited(
            f"{deployment}: the provider asked us to slow down.", retry_after_ms=_retry_after_ms(causes)
        )
    if status == 413 or _OVERFLOW.search(said):
        return ContextOverflow(f"{deployment}: the prompt is too long; route it to a deployment with a larger context.")
    if "Timeout" in names or status in (408, 504):
        return ProviderTimeout(f"{deployment}: the provider did not answer in time.")
    if status in (None, 400, 403) and _REFUSAL.search(said):
        return ProviderRefused(f"{deployment}: the provider refused for safety.")
    if begun:
        return StreamBroken(f"{deployment}: the stream broke in the middle of the answer.")
    if "TransportError" in names or "ConnectionError" in names or (status or 0) >= 500:
        return ProviderUnavailable(f"{deployment}: {_remedy(status, error)}")
    return ProviderError(f"{deployment}: {_remedy(status, error)}")


def _remedy(status: int | None, error: Exception) -> str:
    if status in (401, 403):
        return "the provider did not accept the key; check the environment variable that holds it."
    if status == 404:
        return "the provider does not know this model; check `model` in the deployment."
    if "LangChainTracerV1" in str(error):
        return "unset LANGCHAIN_TRACING; langchain-core no longer runs with it."
    return f"the call failed with {f'status {status}' if status else type(error).__name__}."


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was raised from, at most five deep."""
    current: BaseException | None = error
    for _ in range(5):
        if current is None:
            return
        yield current
        current = current.__cause__ or current.__context__


def _status(error: BaseException) -> int | None:
    response = getattr(error, "response", None)
    for value in (getattr(error, "status_code", None), getattr(response, "status_code", None)):
        if isinstance(value, int):
            return value
    return None


def _retry_after_ms(causes: tuple[BaseException, ...]) -> int | None:
    """The wish in a Retry-After header (RFC 9110, section 10.2.3), in milliseconds."""
    for cause in causes:
        headers: Any = getattr(getattr(cause, "response", None), "headers", None) or {}
        lower = {str(name).lower(): str(value) for name, value in dict(headers).items()}
        if value := lower.get("retry-after-ms"):
            return _milliseconds(value, 1)
        if value := lower.get("retry-after"):
            return _milliseconds(value, 1000) or _until(value, lower.get("date"))
    return None


def _milliseconds(value: str, unit: int) -> int | None:
    try:
        return max(0, round(float(value) * unit))
    except (ValueError, OverflowError):
        return None


def _until(value: str, sent: str | None) -> int | None:
    """Milliseconds from the response's own Date to an HTTP date: the vendor's clock on both sides."""
    try:
        span = parsedate_to_datetime(value) - parsedate_to_datetime(sent or "")
    except (ValueError, TypeError):
        return None
    return max(0, round(span.total_seconds() * 1000))
