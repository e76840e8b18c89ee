"""A model at a provider under a name of our own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from supportbot.domain.decision import Tier
from supportbot.domain.ticket import Lane


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployment: times in milliseconds, sizes in tokens.

    `list_price_of` names the real model, as `provider/model`, whose list price stands in for a deployment that costs
    nothing; figures made with it are labelled simulated. `base_url` None: the vendor's own address. `options` go to the
    adapter as they are.
    """

    name: str
    provider: str
    model: str
    tier: Tier
    lanes: tuple[Lane, ...] = (Lane.INTERACTIVE, Lane.BATCH)
    list_price_of: str | None = None
    context_tokens: int = 16_000
    max_output_tokens: int = 800
    latency_objective_ms: int = 2_000
    connect_timeout_ms: int = 3_000
    first_token_timeout_ms: int = 10_000
    idle_timeout_ms: int = 10_000
    total_timeout_ms: int = 60_000
    specialities: tuple[str, ...] = ()
    base_url: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Vendor:
    """Where a vendor is reached, in which language, and which environment variable holds the key (None: it needs none).

    A vendor without an address of its own is given one by the deployment.
    """

    speaks: str
    base_url: str | None
    key: str | None


#: Vendors by the name a deployment gives as its provider; the names are those under which prices are looked up.
VENDORS: Mapping[str, Vendor] = {
    "openai": Vendor("chat completions", "https://api.openai.com/v1", "OPENAI_API_KEY"),
    "azure": Vendor("chat completions", None, "AZURE_OPENAI_API_KEY"),
    "google": Vendor("chat completions", "https://generativelanguage.googleapis.com/v1beta/openai", "GEMINI_API_KEY"),
    "mistral": Vendor("chat completions", "https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
    "groq": Vendor("chat completions", "https://api.groq.com/openai/v1", "GROQ_API_KEY"),
    "openrouter": Vendor("chat completions", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
    "ollama": Vendor("chat completions", "http://127.0.0.1:11434/v1", None),
    "vllm": Vendor("chat completions", "http://127.0.0.1:8000/v1", None),
    "anthropic": Vendor("messages", "https://api.anthropic.com", "ANTHROPIC_API_KEY"),
}
