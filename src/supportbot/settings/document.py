"""The shape of supportbot.toml: every setting with its default and what it may be. Unknown keys are refused."""

import re
from datetime import date, time
from decimal import Decimal
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from supportbot.access.limits import Limits
from supportbot.domain.decision import Tier
from supportbot.domain.deployment import Deployment
from supportbot.domain.hours import Hours
from supportbot.domain.money import micro
from supportbot.domain.ticket import Lane
from supportbot.pricing.rates import PriceOverride
from supportbot.routing.policy import Policy, TypeRule


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise ValueError("must be a time zone such as 'Europe/Berlin' or 'UTC'") from unknown
    return name


def _network(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError as wrong:
        raise ValueError("must be an address or a network such as '10.0.0.0/8'") from wrong


def _matching(pattern: str, words: str) -> AfterValidator:
    """Check a text against *pattern*; *words* say what it must be."""
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(f"must be {words}")
        return text

    return AfterValidator(check)


def _listed(given: object) -> object:
    """Let one table stand for a list of one."""
    return given if isinstance(given, list | tuple) else [given]


Name = Annotated[str, Field(min_length=1, max_length=60)]
Country = Annotated[str, _matching("[A-Z]{2}", "a country code such as 'DE'")]
Currency = Annotated[str, _matching("[A-Z]{3}", "a currency code such as 'EUR'")]
Dollars = Annotated[Decimal, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1, le=10_000_000)]
Milliseconds = Annotated[int, Field(ge=1, le=3_600_000)]
Days = Annotated[int, Field(ge=1, le=36_500)]
#: An origin in a Content-Security-Policy header: nothing in it may end the directive.
Origin = Annotated[str, _matching(r"https?://[A-Za-z0-9.*:-]+", "an origin such as 'https://shop.example.com'")]
#: Where a model is asked; a key in it would end up in logs.
BaseUrl = Annotated[
    str, _matching(r"https?://[^\s/@?#]+(/[^\s@?#]*)?", "an address such as 'https://models.example.com/v1'")
]
ModelName = Annotated[str, _matching(r"[^/\s]+/\S+", "written as 'provider/model'")]
DeploymentName = Annotated[str, _matching("[a-z0-9][a-z0-9_.-]{0,39}", "1 to 40 of a-z, 0-9, '_', '.' and '-'")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Company(_Section):
    """[company]: who is speaking, and when people are there."""

    name: Name = "Juniper"
    assistant: Name = "Juniper Help"
    desk: Name = "Juniper Desk"
    time_zone: Annotated[str, AfterValidator(_zone)] = "Europe/Berlin"
    opens: time = time(8)
    closes: time = time(20)
    weekdays: tuple[Annotated[int, Field(ge=0, le=6)], ...] = (0, 1, 2, 3, 4, 5, 6)
    currency: Currency = "EUR"
    country: Country = "DE"
    crisis_lines: dict[Country, str] = Field(
        default_factory=lambda: {
            "DE": "0800 111 0 111",
            "AT": "142",
            "CH": "143",
            "ES": "024",
            "FR": "3114",
            "GB": "116 123",
            "US": "988",
        }
    )

    @property
    def hours(self) -> Hours:
        """When people are at the desk."""
        return Hours(self.time_zone, self.opens, self.closes, self.weekdays)

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError("'closes' must be later than 'opens'")
        return self


class Server(_Section):
    """[server]: where the web app listens, whose word on addresses it takes, and who may show it in a frame."""

    address: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8501
    trusted_proxies: tuple[Annotated[str, AfterValidator(_network)], ...] = ()
    frame_ancestors: tuple[Origin, ...] = ()
    hsts_days: Annotated[int, Field(ge=0, le=3650)] = 180


class Database(_Section):
    """[database]: empty means SQLite in the data folder."""

    url: str = ""


class Knowledge(_Section):
    """[knowledge]: where the articles are."""

    folder: Path = Path("knowledge")


class MessageLimits(_Section):
    """[limits]: how many messages are taken, and how long; how often a person is asked for; how many pages are open."""

    customer_per_minute: Count = 10
    customer_per_hour: Count = 100
    address_per_minute: Count = 30
    address_per_hour: Count = 500
    desk_per_minute: Count = 600
    person_per_hour: Count = 20
    address_person_per_hour: Count = 60
    streams_per_customer: Count = 20
    streams_per_address: Count = 200
    message_characters: Annotated[int, Field(ge=100, le=100_000)] = 4_000
    usd_per_day: Dollars = Decimal(0)

    def limits(self) -> Limits:
        """Return the limits as they are counted."""
        return Limits(**self.model_dump(exclude={"usd_per_day"}))


class TypeTable(_Section):
    """One [policy.by_type.NAME]: what a request type asks for itself. Money in dollars."""

    value: Dollars | None = None
    quality_floor: Share | None = None
    minimum_tier: Tier | None = None
    deployment: str | None = None

    def rule(self) -> TypeRule:
        """Return the rule as routing reads it."""
        value = None if self.value is None else micro(self.value)
        return TypeRule(value, self.quality_floor, self.minimum_tier, self.deployment)


class PolicyTable(_Section):
    """[policy]: what answers and people are worth, in dollars, and what models must promise."""

    value: Dollars = Decimal("0.50")
    quality_floor: Share = 0.25
    uplift_margin: Share = 0.02
    human_p_acceptable: Share = 0.97
    human_minutes: Annotated[float, Field(gt=0, le=600)] = 8.5
    human_rate_per_hour: Dollars = Decimal("25.00")
    latency_penalty_per_second: Dollars = Decimal("0.001")
    min_coverage: Share = 0.5
    min_confidence: Share = 0.5
    unpriced_answer: Dollars = Decimal("0.02")
    large_amount: Dollars = Decimal(1000)
    by_type: dict[str, TypeTable] = Field(default_factory=dict)

    def policy(self) -> Policy:
        """Return the policy as routing reads it."""
        return Policy(
            value_microusd=micro(self.value),
            by_type={name: table.rule() for name, table in self.by_type.items()},
            quality_floor=self.quality_floor,
            uplift_margin=self.uplift_margin,
            human_p_acceptable=self.human_p_acceptable,
            human_minutes=self.human_minutes,
            human_rate_microusd_per_hour=micro(self.human_rate_per_hour),
            latency_penalty_microusd_per_s=micro(self.latency_penalty_per_second),
            min_coverage=self.min_coverage,
            min_confidence=self.min_confidence,
            unpriced_microusd=micro(self.unpriced_answer),
        )


def _model_tier(tier: Tier) -> Tier:
    if tier not in (Tier.FAST, Tier.STRONG):
        raise ValueError("must be 'fast' or 'strong'")
    return tier


class DeploymentTable(_Section):
    """One [[deployment]]: times in milliseconds, sizes in tokens."""

    name: DeploymentName
    provider: Name
    model: Name
    tier: Annotated[Tier, AfterValidator(_model_tier)]
    lanes: Annotated[tuple[Lane, ...], Field(min_length=1)] = (Lane.INTERACTIVE, Lane.BATCH)
    list_price_of: ModelName | None = None
    context_tokens: Count = 16_000
    max_output_tokens: Count = 800
    latency_objective_ms: Milliseconds = 2_000
    connect_timeout_ms: Milliseconds = 3_000
    first_token_timeout_ms: Milliseconds = 10_000
    idle_timeout_ms: Milliseconds = 10_000
    total_timeout_ms: Milliseconds = 60_000
    specialities: tuple[str, ...] = ()
    base_url: BaseUrl | None = None
    options: dict[str, Any] = Field(default_factory=dict)

    def deployment(self) -> Deployment:
        """Return the deployment as the core knows it."""
        return Deployment(**dict(self))


def _embedded() -> tuple[DeploymentTable, ...]:
    fast = {"tier": "fast", "list_price_of": "openai/gpt-4o-mini", "latency_objective_ms": 500}
    strong = {"tier": "strong", "list_price_of": "anthropic/claude-sonnet-4-5", "latency_objective_ms": 2_000}
    return tuple(
        DeploymentTable.model_validate({"name": name, "provider": "embedded", "model": name, **rest})
        for name, rest in (("fast", fast), ("strong", strong))
    )


class Price(_Section):
    """One price under [prices]: dollars per million tokens, in force from `start` (a UTC day) on."""

    input: Dollars
    output: Dollars
    cached: Dollars | None = None
    start: date = date(1970, 1, 1)

    def override(self) -> PriceOverride:
        """Return the price as the price book reads it."""
        return PriceOverride(self.start, self.input, self.output, self.cached)


class Engine(_Section):
    """[engine]: workers, leases and waits."""

    workers: Annotated[int, Field(ge=1, le=64)] = 4
    lease_seconds: Annotated[float, Field(ge=1, le=600)] = 15.0
    heartbeat_seconds: Annotated[float, Field(gt=0, le=300)] = 5.0
    fragment_wait_seconds: Annotated[float, Field(ge=0, le=2)] = 2.0
    claim_lease_minutes: Annotated[float, Field(gt=0, le=1440)] = 10.0

    @model_validator(mode="after")
    def _beats_in_time(self) -> Self:
        if self.heartbeat_seconds * 2 > self.lease_seconds:
            raise ValueError("'heartbeat_seconds' must be at most half of 'lease_seconds'")
        return self


class Privacy(_Section):
    """[privacy]: for how many days each kind of data is kept. The ledger stays, without words and names."""

    vault_days: Days = 30
    message_days: Days = 730
    packet_days: Days = 180
    comment_days: Days = 730
    gap_days: Days = 365
    alert_days: Days = 90
    customer_days: Days = 1095
    audit_days: Days = 1095
    count_days: Days = 1
    session_days: Days = 1

    @property
    def days(self) -> dict[str, int]:
        """The days by kind, under the names retention knows."""
        kinds = {name.removesuffix("_days"): days for name, days in self.model_dump().items()}
        return {kind if kind in ("vault", "audit") else f"{kind}s": days for kind, days in kinds.items()}


class Telemetry(_Section):
    """[telemetry]: what is logged, without any text; nothing leaves unless it is switched on here."""

    langsmith: bool = False
    log_format: Literal["logfmt", "json"] = "logfmt"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    access_log: bool = False


class Document(_Section):
    """The whole of supportbot.toml."""

    data_dir: Path = Path("var")
    company: Company = Company()
    server: Server = Server()
    database: Database = Database()
    knowledge: Knowledge = Knowledge()
    limits: MessageLimits = MessageLimits()
    policy: PolicyTable = PolicyTable()
    deployment: Annotated[tuple[DeploymentTable, ...], Field(min_length=1)] = Field(default_factory=_embedded)
    prices: dict[ModelName, Annotated[tuple[Price, ...], BeforeValidator(_listed)]] = Field(default_factory=dict)
    engine: Engine = Engine()
    privacy: Privacy = Privacy()
    telemetry: Telemetry = Telemetry()

    @model_validator(mode="after")
    def _names_agree(self) -> Self:
        names = [table.name for table in self.deployment]
        if len(names) != len(set(names)):
            raise ValueError(f"every [[deployment]] needs a name of its own; there are {', '.join(sorted(names))}")
        for request_type, rule in self.policy.by_type.items():
            if rule.deployment is not None and rule.deployment not in names:
                known = ", ".join(names)
                raise ValueError(f"policy.by_type.{request_type}.deployment must be one of {known}")
        return self


def known_keys(model: type[BaseModel] = Document, under: str = "") -> dict[str, Any]:
    """Return every fixed setting by its dotted key with its default; `...` where there is none.

    Keys inside free tables ([prices], crisis_lines, by_type) are not listed; `deployment.name` stands for any entry.
    """
    found: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        key = f"{under}{name}"
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            found |= known_keys(info.annotation, f"{key}.")
        elif model is Document and name == "deployment":
            found |= known_keys(DeploymentTable, f"{key}.")
        else:
            found[key] = ... if info.is_required() else info.get_default(call_default_factory=True)
    return found
