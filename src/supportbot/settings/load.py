"""Reads the settings: command line before environment before supportbot.toml before defaults.

Secrets come from the environment alone; one found in the file is refused.
"""

import difflib
import os
import re
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError

from supportbot.access.limits import Limits
from supportbot.domain.deployment import VENDORS, Deployment
from supportbot.domain.errors import ConfigurationError, ReadOnlyData
from supportbot.domain.money import micro
from supportbot.pricing.rates import PriceOverride
from supportbot.routing.policy import Policy
from supportbot.settings.document import Company, Document, Engine, Privacy, Server, Telemetry, known_keys
from supportbot.settings.explain import explain
from supportbot.settings.hiding import SECRET_NAME, holds_secret, without_secrets

FILE_NAME = "supportbot.toml"
_SECRET_VALUE = re.compile(r"^(sk-|xox[bp]-|ghp_|AKIA)[A-Za-z0-9_-]{8,}")
_OWN_VARIABLES = {
    "metrics_token": "SUPPORTBOT_METRICS_TOKEN",
    "vault_key": "SUPPORTBOT_VAULT_KEY",
    "webhook_url": "SUPPORTBOT_WEBHOOK_URL",
}
_KEY_PREFIX = "SUPPORTBOT_KEY_"
_VARIABLES = (
    "SUPPORTBOT_CONFIG",
    "SUPPORTBOT_DATA_DIR",
    "SUPPORTBOT_DATABASE_URL",
    "SUPPORTBOT_KNOWLEDGE",
    *_OWN_VARIABLES.values(),
)


@dataclass(frozen=True, slots=True)
class Secrets:
    """What must never be written into a file. Shown nowhere; `repr` hides the values."""

    metrics_token: SecretStr | None = None
    vault_key: SecretStr | None = None
    webhook_url: SecretStr | None = None
    deployment_keys: Mapping[str, SecretStr] = field(default_factory=dict)  #: by deployment name

    def key_for(self, deployment: str) -> str | None:
        """Return the API key of a deployment: its own variable, else its vendor's."""
        key = self.deployment_keys.get(deployment)
        return key.get_secret_value() if key else None


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the operator decides, checked, with paths made absolute."""

    file: Path | None
    data_dir: Path
    knowledge: Path
    database: SecretStr  #: the address, with a password where there is one
    company: Company
    server: Server
    limits: Limits
    policy: Policy
    large_amount: Decimal  #: in the company's currency; a dispute over as much goes to a person
    deployments: tuple[Deployment, ...]
    prices: Mapping[str, tuple[PriceOverride, ...]]
    engine: Engine
    privacy: Privacy
    telemetry: Telemetry
    secrets: Secrets
    document: Document = field(repr=False)
    sources: Mapping[str, str] = field(repr=False)  #: dotted key to where its value comes from, unless a default

    @property
    def database_url(self) -> str:
        """The address of the database, to open it; never to be shown."""
        return self.database.get_secret_value()

    @property
    def usd_per_day_micro(self) -> int | None:
        """What models may cost in one UTC day, micro-dollars; None without a limit."""
        return micro(self.document.limits.usd_per_day) or None

    def ready_data_dir(self) -> Path:
        """Create the data folder if it is missing and return it; raise ReadOnlyData when it cannot be written."""
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.TemporaryFile(dir=self.data_dir):
                pass
        except OSError as refused:
            raise ReadOnlyData(
                f"The data folder {self.data_dir} cannot be written ({refused.strerror}). "
                "Make it writable, or name another with --data-dir or SUPPORTBOT_DATA_DIR."
            ) from refused
        return self.data_dir


def load(
    config: Path | None = None,
    data_dir: Path | None = None,
    knowledge: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """Return the settings, or raise ConfigurationError with one line that names file, key and remedy.

    *config* None: SUPPORTBOT_CONFIG, else supportbot.toml in the working folder if there is one, else the defaults.
    Paths in the file are relative to the file; all others to the working folder.
    """
    env = os.environ if environ is None else environ
    _refuse_slips(env)
    file = _find(config, env)
    document, raw = _read(file) if file else (Document(), {})
    beside = file.parent if file else Path.cwd()
    sources = dict.fromkeys(_leaves(raw), file.name if file else "")
    data = _pick(data_dir, "--data-dir", env, "SUPPORTBOT_DATA_DIR", "data_dir", sources) or beside / document.data_dir
    articles = _pick(knowledge, "--knowledge", env, "SUPPORTBOT_KNOWLEDGE", "knowledge.folder", sources)
    url = env.get("SUPPORTBOT_DATABASE_URL", "").strip()
    if url:
        sources["database.url"] = "SUPPORTBOT_DATABASE_URL"
    data = data.expanduser().resolve()
    return Settings(
        file=file,
        data_dir=data,
        knowledge=(articles or beside / document.knowledge.folder).expanduser().resolve(),
        database=SecretStr(url or document.database.url or f"sqlite:///{data / 'supportbot.db'}"),
        company=document.company,
        server=document.server,
        limits=document.limits.limits(),
        policy=document.policy.policy(),
        large_amount=document.policy.large_amount,
        deployments=tuple(table.deployment() for table in document.deployment),
        prices={name: tuple(p.override() for p in prices) for name, prices in document.prices.items()},
        engine=document.engine,
        privacy=document.privacy,
        telemetry=document.telemetry,
        secrets=_secrets(env, document),
        document=document,
        sources=sources,
    )


def describe(settings: Settings) -> list[tuple[str, str, str]]:
    """Return (key, value, source) of every setting in force, secrets hidden, for `supportbot doctor`."""
    rows = [(key, _shown(settings, key), _source(settings, key)) for key in known_keys() if "deployment." not in key]
    for deployment in settings.deployments:
        what = f"{deployment.provider}/{deployment.model}, {deployment.tier}"
        rows.append((f"deployment.{deployment.name}", what, settings.sources.get("deployment", "default")))
        if settings.secrets.key_for(deployment.name):
            rows.append((f"deployment.{deployment.name} key", "set", "environment"))
    for name, variable in _OWN_VARIABLES.items():
        rows.append((variable, "set" if getattr(settings.secrets, name) else "not set", "environment"))
    return rows


def _refuse_slips(env: Mapping[str, str]) -> None:
    """Raise for a variable that is nearly one of ours: SUPPORTBOT_DATABSE_URL must not silently mean SQLite."""
    for name in env:
        if not name.startswith("SUPPORTBOT_") or name in _VARIABLES or name.startswith(_KEY_PREFIX):
            continue
        near = difflib.get_close_matches(name, _VARIABLES, n=1, cutoff=0.85)
        if near:
            raise ConfigurationError(f"Unknown environment variable '{name}'. Did you mean '{near[0]}'?")


def _find(config: Path | None, env: Mapping[str, str]) -> Path | None:
    """Return the file to read; a named one must exist."""
    named = config or (Path(env["SUPPORTBOT_CONFIG"]) if env.get("SUPPORTBOT_CONFIG") else None)
    if named is None:
        usual = Path.cwd() / FILE_NAME
        return usual if usual.is_file() else None
    if not named.is_file():
        by = "--config" if config else "SUPPORTBOT_CONFIG"
        raise ConfigurationError(f"{named}: there is no such file ({by}). Without it the defaults apply.")
    return named.expanduser().resolve()


def _read(file: Path) -> tuple[Document, dict[str, Any]]:
    """Parse and check a file."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
        raw = tomllib.loads(text, parse_float=Decimal)
    except OSError as refused:
        raise ConfigurationError(f"{file}: cannot be read ({refused.strerror}).") from refused
    except UnicodeDecodeError as wrong:
        raise ConfigurationError(f"{file}: is not UTF-8 text (byte {wrong.start}). Save it as UTF-8.") from wrong
    except tomllib.TOMLDecodeError as wrong:
        raise ConfigurationError(f"{file}: is not valid TOML: {wrong}.") from wrong
    _refuse_secrets(file, raw)
    try:
        return Document.model_validate(raw), raw
    except ValidationError as wrong:
        raise ConfigurationError(explain(file.name, wrong)) from wrong


def _refuse_secrets(file: Path, raw: Mapping[str, Any]) -> None:
    """Raise for anything that looks like a secret: files are shared and backed up, environments are not."""
    known = {key.rpartition(".")[2] for key in known_keys()}
    for key, value in _walk(raw):
        last = key.rpartition(".")[2]
        in_url = isinstance(value, str) and "://" in value and holds_secret(value)
        looks = isinstance(value, str) and _SECRET_VALUE.match(value)
        if in_url or looks or (last not in known and SECRET_NAME.search(last)):
            raise ConfigurationError(f"{file.name}: '{key}' is a secret. {_remedy(key)}")


def _remedy(key: str) -> str:
    last = key.rpartition(".")[2]
    if key.startswith("deployment."):
        return "Take it out and set SUPPORTBOT_KEY_<NAME OF THE DEPLOYMENT> in the environment."
    variable = "SUPPORTBOT_DATABASE_URL" if key == "database.url" else _OWN_VARIABLES.get(last)
    return f"Take it out and set {variable or 'it'} in the environment."


def _secrets(env: Mapping[str, str], document: Document) -> Secrets:
    own = {name: SecretStr(env[variable]) for name, variable in _OWN_VARIABLES.items() if env.get(variable)}
    keys = {}
    for table in document.deployment:
        variable = _KEY_PREFIX + re.sub(r"[^A-Z0-9]", "_", table.name.upper())
        value = env.get(variable) or env.get(_vendor_key(table.provider))
        if value:
            keys[table.name] = SecretStr(value)
    return Secrets(**own, deployment_keys=keys)


def _vendor_key(provider: str) -> str:
    """Return the variable that holds a vendor's key, or nothing."""
    vendor = VENDORS.get(provider)
    return (vendor.key if vendor else None) or ""


def _pick(
    given: Path | None, option: str, env: Mapping[str, str], variable: str, key: str, sources: dict[str, str]
) -> Path | None:
    """Return a path from the command line or the environment, and note which."""
    if given is not None:
        sources[key] = option
        return given
    if env.get(variable):
        sources[key] = variable
        return Path(env[variable])
    return None


def _walk(raw: Mapping[str, Any], under: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value with its dotted key; entries of lists have no number."""
    for name, value in raw.items():
        entries = value if isinstance(value, list) else [value]
        for entry in entries:
            if isinstance(entry, dict):
                yield from _walk(entry, f"{under}{name}.")
            else:
                yield f"{under}{name}", entry


def _leaves(raw: Mapping[str, Any]) -> Iterator[str]:
    """Yield the settings that a file sets: fixed keys dotted, free tables and lists of tables as one."""
    known = known_keys()
    for key, _ in _walk(raw):
        if key in known and not key.startswith("deployment."):
            yield key
        else:
            yield next((k for k in known if key.startswith(f"{k}.")), key.partition(".")[0])


def _shown(settings: Settings, key: str) -> str:
    """Return a value as people read it."""
    resolved = {"data_dir": settings.data_dir, "knowledge.folder": settings.knowledge}
    if key in resolved:
        return str(resolved[key])
    if key == "database.url":
        return without_secrets(settings.database_url)
    value: Any = settings.document
    for name in key.split("."):
        value = getattr(value, name)
    return _plain(value)


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_plain(entry)}" for name, entry in value.items()) or "none"
    if isinstance(value, tuple):
        return ", ".join(_plain(entry) for entry in value) or "none"
    if isinstance(value, BaseModel):
        return " ".join(f"{name}={_plain(entry)}" for name, entry in value if entry is not None)
    return "none" if value in ("", None) else str(value)


def _source(settings: Settings, key: str) -> str:
    return settings.sources.get(key, "default")
