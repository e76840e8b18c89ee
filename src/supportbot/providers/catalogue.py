"""The table of providers. A new one is a file in this package and a row here."""

import importlib
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from supportbot.domain.deployment import VENDORS, Deployment, Vendor
from supportbot.domain.errors import ConfigurationError
from supportbot.ports import Provider
from supportbot.providers.chat_model import LOADING, ChatModelProvider

if TYPE_CHECKING:
    from langchain_core.language_models.chat_models import BaseChatModel


#: Gives a deployment's key by the deployment's name, or None.
Keys = Callable[[str], str | None]

#: Seconds after which a silent connection is given up by the thread that reads it; the dispatcher has moved on by then.
_SILENCE_S = 5.0


def _embedded(deployment: Deployment, _: str | None) -> "BaseChatModel":
    """`fast` or `strong`; `options = { pace_ms = 40 }` slows the pieces for a demo."""
    from supportbot.providers.embedded import FastAnswerer, StrongAnswerer
    from supportbot.providers.embedded.answerer import EmbeddedAnswerer

    models: dict[str, type[EmbeddedAnswerer]] = {"fast": FastAnswerer, "strong": StrongAnswerer}
    if deployment.model not in models:
        raise ConfigurationError(
            f"Deployment {deployment.name}: no embedded model {deployment.model!r}; use one of {', '.join(models)}."
        )
    return models[deployment.model](pace_ms=_pace_ms(deployment))


def _pace_ms(deployment: Deployment) -> int:
    given = dict(deployment.options)
    pace = given.pop("pace_ms", 0)
    if given or not isinstance(pace, int) or pace < 0:
        raise ConfigurationError(f"Deployment {deployment.name}: options must look like {{ pace_ms = 40 }}.")
    return pace


def _langchain(deployment: Deployment, _: str | None) -> "BaseChatModel":
    """Any `BaseChatModel` by `options = { class = "module:Class", … }`, built with the rest and `model`."""
    from langchain_core.language_models.chat_models import BaseChatModel

    module, _, name = str(deployment.options.get("class", "")).partition(":")
    where = f"Deployment {deployment.name}"
    if not module or not name:
        raise ConfigurationError(f'{where}: options must name the chat model: {{ class = "module:Class" }}.')
    try:
        made = getattr(importlib.import_module(module), name)
    except ImportError as missing:
        raise ConfigurationError(f"{where}: cannot import {module}; install the package that has it.") from missing
    except AttributeError as missing:
        raise ConfigurationError(f"{where}: {module} has no {name}.") from missing
    if not (isinstance(made, type) and issubclass(made, BaseChatModel)):
        raise ConfigurationError(f"{where}: {module}:{name} is not a LangChain chat model.")
    return _built(made, deployment)


def _built(made: "type[BaseChatModel]", deployment: Deployment) -> "BaseChatModel":
    takes = {alias for name, field in made.model_fields.items() for alias in (name, field.alias)}
    named: dict[str, Any] = {"model": deployment.model} if "model" in takes else {}
    named |= {name: value for name, value in deployment.options.items() if name != "class"}
    try:
        return made(**named)
    except Exception as wrong:
        raise ConfigurationError(
            f"Deployment {deployment.name}: {made.__name__} cannot be built ({type(wrong).__name__}); "
            "its options must be what it takes, and keys come from its environment variables."
        ) from wrong


def _chat_completions(deployment: Deployment, key: str | None) -> "BaseChatModel":
    """OpenAI's API, at OpenAI, at another vendor or at `base_url`; on Azure `options = { api_version = "…" }`."""
    from supportbot.providers.openai import OpenAIChat, is_azure, limit_name

    common = _common(deployment, key)
    options, address = dict(deployment.options), common["base_url"]
    version = options.pop("api_version", None)
    limit = str(options.pop("limit_name", limit_name(address)))
    common["options"] = options
    return OpenAIChat(**common, azure=is_azure(address), api_version=version, limit_name=limit)


def _messages(deployment: Deployment, key: str | None) -> "BaseChatModel":
    """Anthropic's own API, there or at `base_url`."""
    from supportbot.providers.anthropic import AnthropicChat

    return AnthropicChat(**_common(deployment, key))


def _common(deployment: Deployment, key: str | None) -> dict[str, Any]:
    """Return what every model behind an address is built with; raise ConfigurationError for what is missing."""
    vendor = VENDORS[deployment.provider]
    address = deployment.base_url or vendor.base_url
    if address is None:
        raise ConfigurationError(f"Deployment {deployment.name}: {deployment.provider} needs a base_url of your own.")
    if vendor.key is not None and not key and not deployment.base_url:
        raise ConfigurationError(f"Deployment {deployment.name}: set {vendor.key} in the environment.")
    return {
        "model": deployment.model,
        "base_url": address,
        "api_key": key,
        "max_tokens": deployment.max_output_tokens,
        "connect_s": deployment.connect_timeout_ms / 1000,
        "silence_s": max(deployment.first_token_timeout_ms, deployment.idle_timeout_ms) / 1000 + _SILENCE_S,
        "options": deployment.options,
    }


_SPEAKS = {"chat completions": _chat_completions, "messages": _messages}


def _speaking(vendor: Vendor) -> "_Build":
    return _SPEAKS[vendor.speaks]


if TYPE_CHECKING:
    _Build = Callable[[Deployment, str | None], BaseChatModel]

#: Name in `[[deployment]] provider = …` to the chat model it means, built from the deployment and its key.
CHAT_MODELS: "Mapping[str, _Build]" = {
    "embedded": _embedded,
    "langchain": _langchain,
    **{name: _speaking(vendor) for name, vendor in VENDORS.items()},
}


def chat_model(deployment: Deployment, key: str | None = None) -> "BaseChatModel":
    """Return the LangChain chat model behind *deployment*; raise ConfigurationError naming what would do."""
    with LOADING:
        return _row(deployment.provider)(deployment, key)


def provider(name: str, *, keys: Keys = lambda _: None, langsmith: bool = False) -> Provider:
    """Return the adapter called *name*; raise ConfigurationError naming the known ones. Imports no model library."""
    build = _row(name)
    return ChatModelProvider(lambda deployment: build(deployment, keys(deployment.name)), langsmith=langsmith)


def providers(
    deployments: Iterable[Deployment], *, keys: Keys = lambda _: None, langsmith: bool = False
) -> dict[str, Provider]:
    """Return the adapters these deployments need, by provider name; *keys* gives a key by a deployment's name."""
    names = dict.fromkeys(d.provider for d in deployments)
    return {name: provider(name, keys=keys, langsmith=langsmith) for name in names}


def _row(name: str) -> "_Build":
    if name not in CHAT_MODELS:
        raise ConfigurationError(f"Unknown provider {name!r}; known are {', '.join(sorted(CHAT_MODELS))}.")
    return CHAT_MODELS[name]
