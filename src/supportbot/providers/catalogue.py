"""The table of providers. A new one is a file in this package and a row here."""

import importlib
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from supportbot.domain.deployment import Deployment
from supportbot.domain.errors import ConfigurationError
from supportbot.ports import Provider
from supportbot.providers.chat_model import LOADING, ChatModelProvider

if TYPE_CHECKING:
    from langchain_core.language_models.chat_models import BaseChatModel


def _embedded(deployment: Deployment) -> "BaseChatModel":
    """`fast` or `strong`; `option = "pace_ms=40"` slows the pieces for a demo."""
    from supportbot.providers.embedded import FastAnswerer, StrongAnswerer
    from supportbot.providers.embedded.answerer import EmbeddedAnswerer

    models: dict[str, type[EmbeddedAnswerer]] = {"fast": FastAnswerer, "strong": StrongAnswerer}
    if deployment.model not in models:
        raise ConfigurationError(
            f"Deployment {deployment.name}: no embedded model {deployment.model!r}; use one of {', '.join(models)}."
        )
    return models[deployment.model](pace_ms=_pace_ms(deployment))


def _pace_ms(deployment: Deployment) -> int:
    name, _, value = (deployment.option or "pace_ms=0").partition("=")
    if name.strip() != "pace_ms" or not value.strip().isdecimal():
        raise ConfigurationError(f'Deployment {deployment.name}: option must look like "pace_ms=40".')
    return int(value)


def _langchain(deployment: Deployment) -> "BaseChatModel":
    """Any `BaseChatModel` by `option = "module:Class"`, built with `model=<the deployment's model>`."""
    from langchain_core.language_models.chat_models import BaseChatModel

    module, _, name = (deployment.option or "").partition(":")
    where = f"Deployment {deployment.name}"
    if not module or not name:
        raise ConfigurationError(f'{where}: option must name the chat model as "module:Class".')
    try:
        made = getattr(importlib.import_module(module), name)
    except ImportError as missing:
        raise ConfigurationError(f"{where}: cannot import {module}; install the package that has it.") from missing
    except AttributeError as missing:
        raise ConfigurationError(f"{where}: {module} has no {name}.") from missing
    if not (isinstance(made, type) and issubclass(made, BaseChatModel)):
        raise ConfigurationError(f"{where}: {deployment.option} is not a LangChain chat model.")
    return _built(made, deployment)


def _built(made: "type[BaseChatModel]", deployment: Deployment) -> "BaseChatModel":
    takes = {alias for name, field in made.model_fields.items() for alias in (name, field.alias)}
    named: dict[str, Any] = {"model": deployment.model} if "model" in takes else {}
    try:
        return made(**named)
    except Exception as wrong:
        raise ConfigurationError(
            f"Deployment {deployment.name}: {deployment.option} cannot be built ({type(wrong).__name__}); "
            "keys and addresses come from its environment variables."
        ) from wrong


#: Name in `[[deployment]] provider = …` to the chat model it means.
CHAT_MODELS: "Mapping[str, Callable[[Deployment], BaseChatModel]]" = {
    "embedded": _embedded,
    "langchain": _langchain,
}


def chat_model(deployment: Deployment) -> "BaseChatModel":
    """Return the LangChain chat model behind *deployment*; raise ConfigurationError naming what would do."""
    with LOADING:
        return _row(deployment.provider)(deployment)


def provider(name: str, *, langsmith: bool = False) -> Provider:
    """Return the adapter called *name*; raise ConfigurationError naming the known ones. Imports no model library."""
    return ChatModelProvider(_row(name), langsmith=langsmith)


def providers(deployments: Iterable[Deployment], *, langsmith: bool = False) -> dict[str, Provider]:
    """Return the adapters these deployments need, by provider name."""
    return {name: provider(name, langsmith=langsmith) for name in dict.fromkeys(d.provider for d in deployments)}


def _row(name: str) -> "Callable[[Deployment], BaseChatModel]":
    if name not in CHAT_MODELS:
        raise ConfigurationError(f"Unknown provider {name!r}; known are {', '.join(sorted(CHAT_MODELS))}.")
    return CHAT_MODELS[name]
