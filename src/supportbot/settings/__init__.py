"""Every setting: the only reader of the environment and of supportbot.toml, and what each may be."""

from supportbot.settings.document import Company, Document, Engine, Privacy, Server, Telemetry
from supportbot.settings.load import FILE_NAME, Secrets, Settings, describe, load

__all__ = [
    "FILE_NAME",
    "Company",
    "Document",
    "Engine",
    "Privacy",
    "Secrets",
    "Server",
    "Settings",
    "Telemetry",
    "describe",
    "load",
]
