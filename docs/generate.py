"""Writes the reference pages that say what the code says: `python docs/generate.py`, or `--check` to compare only.

A page written by hand goes stale in silence; `tests/docs` runs the check, so these cannot.
"""

import ast
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from supportbot.domain import account, assessment, decision, errors, handoff, ledger, message, outcome, ticket, turn
from supportbot.domain.ticket import TRANSITIONS, Event, State
from supportbot.providers.catalogue import CHAT_MODELS
from supportbot.settings import document

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"
_NOTE = "<!-- Written by docs/generate.py from the code. Change the code, then run `python docs/generate.py`. -->\n"


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a Markdown table."""
    names = tuple(head)
    lines = [_row(names), _row("---" for _ in names), *(_row(row) for row in rows)]
    return "\n".join(lines) + "\n"


def _row(cells: Iterable[object]) -> str:
    return f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in cells)} |"


# -- tickets.md


def tickets() -> str:
    """Return the page on owner, status, events and everything a ticket can carry."""
    states = sorted({s for s, _ in TRANSITIONS} | set(TRANSITIONS.values()), key=str)
    parts = [
        "# Tickets: owner, status and what may happen\n",
        _NOTE,
        "A ticket has an **owner** (who must act next) and a **status** (how it stands). Both change only by the "
        "events of the table below, which is `TRANSITIONS` in `src/supportbot/domain/ticket.py`; everything else "
        "raises `IllegalTransition`. *Queued* tickets hold a place in the queue of people: a waiting ticket may be "
        'lent to the bot ("keep asking meanwhile") and keeps it.\n',
        "## Owners\n",
        _members(ticket, "Owner"),
        "## Statuses\n",
        _members(ticket, "Status"),
        "## States\n",
        f"{len(states)} pairs of owner and status exist: {', '.join(f'`{s}`' for s in states)}.\n",
        "## Transitions\n",
        table(("Event", "From", "To"), _transitions()),
        "## What the events mean\n",
        _members(ticket, "Event"),
        _not_raised(ticket, "Event"),
        "## Why a ticket goes to people\n",
        "`HandoffReason`; the customer's text for each is in `src/supportbot/handoff/texts.yaml`.\n",
        _members(handoff, "HandoffReason"),
        _not_raised(handoff, "HandoffReason"),
        *_enums(),
    ]
    return "\n".join(parts)


def _transitions() -> Iterator[tuple[str, str, str]]:
    for event in Event:
        targets: dict[State, list[str]] = {}
        for (state, happened), target in TRANSITIONS.items():
            if happened is event:
                targets.setdefault(target, []).append(f"`{state}`")
        for target, sources in targets.items():
            same = sources == [f"`{target}`"]
            yield f"`{event.value}`", ", ".join(sources), "(stays)" if same else f"`{target}`"


def _enums() -> Iterator[str]:
    shown = (
        ("Guards: turns that need no model", assessment, "Guard"),
        ("Critical classes: always a person, in the same turn", assessment, "CriticalClass"),
        ("Personal data that is found", assessment, "DatumKind"),
        ("Complexity", assessment, "Complexity"),
        ("Tiers", decision, "Tier"),
        ("Lanes", ticket, "Lane"),
        ("Priorities", ticket, "Priority"),
        ("Turns", turn, "TurnStatus"),
        ("Steps of a running turn", turn, "Step"),
        ("Senders", message, "Sender"),
        ("Kinds of message", message, "MessageKind"),
        ("Purposes of a model call", ledger, "Purpose"),
        ("How a model call ended", ledger, "CallOutcome"),
        ("Evidence on an answer", outcome, "OutcomeKind"),
        ("Roles", account, "Role"),
    )
    for title, module, name in shown:
        yield f"## {title}\n"
        yield _members(module, name)


def _members(module: Any, name: str) -> str:
    """Return an enumeration as a table; what a member means is the `#:` comment behind it."""
    notes = _comments_of(module, name) | _MEMBERS.get(name, {})
    kind: type[Enum] = getattr(module, name)
    rows = [(f"`{m.name.lower() if isinstance(m.value, int) else m.value}`", notes.get(m.name, "")) for m in kind]
    plain = ", ".join(cell for cell, note in rows if not note)
    noted = [row for row in rows if row[1]]
    if not noted:
        return f"{plain}.\n"
    return table((name, "Meaning"), noted) + (f"\nAnd, as their names say: {plain}.\n" if plain else "")


#: Meanings of members that have no comment of their own in the code, or one that only helps beside the code.
_MEMBERS = {
    "Event": {
        "BOT_ANSWERED": "the bot's message was posted",
        "PARKED": "no quota for any deployment; the turn waits",
        "UNPARKED": "there is quota again",
        "CLAIMED": "an agent took it",
        "AGENT_REPLIED": "the agent wrote to the customer",
        "SNOOZED": "the agent put it aside",
        "WOKEN": "its time came, or the agent took it up again",
        "RESOLVED": "done; a later message opens a following ticket",
    },
    "HandoffReason": {
        "CUSTOMER_REQUEST": "the customer asked for a person, in words or with the button",
        "CRITICAL": "a critical class, see below",
        "MISSING_KNOWLEDGE": "the articles do not cover it",
        "ANGER": "anger after an answer",
        "MODEL_FAILURE": "no deployment on the route answered",
    },
    "CriticalClass": {
        "LEGAL_THREAT": "a lawyer, a court, a regulator",
        "FRAUD": "somebody else's payments or a stolen card",
        "ACCOUNT_TAKEOVER": "somebody else is in the account",
        "SECURITY_REPORT": "a weakness or a leak of ours",
        "SELF_HARM": "the customer may be in danger; a helpline is named at once",
        "PRIVACY_REQUEST": "access to or deletion of personal data",
        "LARGE_AMOUNT": "a dispute over `policy.large_amount` or more",
    },
    "CallOutcome": {"OK": "a whole answer came", "FAILED": "time-out, error or a stream cut short"},
    "Tier": {
        "FAST": "a fast, cheap model",
        "STRONG": "a stronger, dearer model",
        "HUMAN": "people",
    },
    "Guard": {
        "OUT_OF_SCOPE": "about nothing the desk supports",
        "INJECTION": "instructions to the bot instead of a question",
        "CRITICAL": "one of the critical classes below",
    },
    "OutcomeKind": {"HANDOFF": "it went to people", "REOPEN": "the customer came back with it within 7 days"},
}


def _not_raised(module: Any, name: str) -> str:
    """Say which members no code outside the domain uses yet, so that nobody waits for them."""
    source = "\n".join(
        file.read_text("utf-8")
        for file in sorted((ROOT / "src").rglob("*.py"))
        if "domain" not in file.parts and file.name != "packet.py"
    )
    kind: type[Enum] = getattr(module, name)
    unused = [f"`{m.value}`" for m in kind if not re.search(rf"\b{name}\.{m.name}\b", source)]
    return f"In the table for what comes next, and raised by nothing yet: {', '.join(unused)}.\n" if unused else ""


def _comments_of(module: Any, name: str) -> dict[str, str]:
    source = Path(module.__file__).read_text("utf-8")
    lines = source.splitlines()
    found: dict[str, str] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef) and node.name == name:
            for entry in node.body:
                _, mark, note = lines[entry.lineno - 1].partition("#:")
                if isinstance(entry, ast.Assign) and mark and isinstance(entry.targets[0], ast.Name):
                    found[entry.targets[0].id] = note.strip()
    return found


# -- settings.md

#: Meanings that supportbot.toml does not give beside the key, or gives for several adapters at once.
_MEANINGS = {
    "data_dir": "database, vault key and everything else that is written; relative to the file",
    "company.crisis_lines": "helpline by country, given at once when somebody may harm themselves",
    "limits.customer_per_minute": "messages of one customer in a minute",
    "limits.customer_per_hour": "messages of one customer in an hour",
    "limits.address_per_hour": "from one network address in an hour",
    "server.port": "where the pages are served",
    "deployment.provider": f"adapter: {', '.join(f'`{name}`' for name in CHAT_MODELS)}",
    "deployment.model": "the model's name at its provider; `fast` or `strong` for embedded",
    "deployment.lanes": "which lanes may use it",
    "deployment.list_price_of": "whose list price stands in for a deployment that costs nothing (shown as simulated)",
    "deployment.context_tokens": "size of its context; kept with the deployment, not weighed in the choice yet",
    "deployment.max_output_tokens": "longest answer asked for; the worst case reserved in the ledger",
    "deployment.latency_objective_ms": "the wait that counts in the choice",
    "deployment.connect_timeout_ms": "to reach an address; embedded and langchain models have none",
    "deployment.first_token_timeout_ms": "to the first piece of an answer; then the next deployment is tried",
    "deployment.idle_timeout_ms": "between two pieces",
    "deployment.total_timeout_ms": "for the whole answer",
    "deployment.specialities": "topics or languages it is better at; not weighed in the choice yet",
    "deployment.base_url": "where the vendor's API is spoken; none: the vendor's own address",
    "deployment.options": (
        'passed on with each request, as `{ temperature = 0 }`; for langchain `class = "module:Class"` and what it is '
        "built with; `pace_ms = 40` slows an embedded one down for a demo"
    ),
    "policy.by_type": "a request type's own figures, see below",
    "policy.by_type.NAME.value": "in place of `policy.value`",
    "policy.by_type.NAME.quality_floor": "in place of `policy.quality_floor`",
    "policy.by_type.NAME.deployment": "asked first, when it is allowed and reaches the floor",
    "prices": "your own prices by `provider/model`, see below",
    "prices.NAME.input": "dollars per million tokens of input",
    "prices.NAME.output": "dollars per million tokens of output",
    "prices.NAME.cached": "dollars per million cached tokens of input; without it they cost as much as others",
    "prices.NAME.start": "first day (UTC) on which it is in force",
}
_MEANINGS |= {
    "company.time_zone": "time zone of the hours below",
    "company.weekdays": "the days on which people are there; Monday is 0",
    "company.closes": "… until",
    "company.currency": "currency of the amounts customers name",
    "database.url": "`sqlite:////file` or `postgresql://user@host/database`; none: SQLite in the data folder",
    "limits.address_per_minute": "from one network address in a minute",
    "limits.desk_per_minute": "from everybody together in a minute",
    "deployment.tier": "how dear it is: decisions are made by tier",
    "policy.by_type.NAME.minimum_tier": "no tier below it; `human` sends the whole type to people",
    "engine.heartbeat_seconds": "how often a lease is renewed; at most half of `lease_seconds`",
}
_ALLOWED = {"deployment.tier": "`fast`, `strong`", "policy.by_type": "tables", "prices": "tables, or lists of tables"}


def settings() -> str:
    """Return the page on every setting."""
    toml = (ROOT / "supportbot.toml").read_text("utf-8")
    told = _toml_comments(toml) | _MEANINGS
    schema = document.Document.model_json_schema()
    parts = [
        "# Settings\n",
        _NOTE,
        "Every setting has a default, so the file may be missing. Command line (`--config`, `--data-dir`, "
        "`--knowledge`) goes before environment, which goes before `supportbot.toml`, which goes before the "
        "defaults. An unknown key is refused with the nearest known one. `supportbot doctor` shows what is in force "
        "and where each value comes from.\n",
        "## Top level\n",
        _fields(["data_dir"], "", schema["properties"], schema, told),
    ]
    for name, info in document.Document.model_fields.items():
        model = _section(info.annotation, name)
        if model is not None:
            parts += [f"## [{name}]\n", f"{_about(model)}\n", _section_table(model, f"{name}.", schema, told)]
    rule, price = document.TypeTable, document.Price
    parts += [
        "## [[deployment]]\n",
        "Times in milliseconds, sizes in tokens. Without any, the two embedded ones are in force.\n",
        _section_table(document.DeploymentTable, "deployment.", schema, told),
        "## [policy.by_type.NAME]\n",
        f"NAME is a request type: {', '.join(f'`{t}`' for t in _request_types())}.\n",
        _section_table(rule, "policy.by_type.NAME.", schema, told),
        "## [prices]\n",
        "`prices` holds them by `provider/model`. A change is one more entry with its own `start`, never an edit: the "
        "ledger keeps what was paid.\n",
        _section_table(price, "prices.NAME.", schema, told),
        _ENVIRONMENT,
    ]
    return "\n".join(parts)


_ENVIRONMENT = """## Environment

| Variable | Meaning |
| --- | --- |
| `SUPPORTBOT_CONFIG` | the settings file, as `--config` |
| `SUPPORTBOT_DATA_DIR` | the data folder, as `--data-dir` |
| `SUPPORTBOT_KNOWLEDGE` | the articles, as `--knowledge` |
| `SUPPORTBOT_DATABASE_URL` | in place of `database.url`; the only place for an address with a password |
| `SUPPORTBOT_METRICS_TOKEN` | whoever reads `/metrics` must show it; without it only this machine may |
| `SUPPORTBOT_VAULT_KEY` | seals personal data; several keys with commas: the first seals, all open |
| `SUPPORTBOT_WEBHOOK_URL` | told about each handoff, never with a customer's words |
| `SUPPORTBOT_KEY_<DEPLOYMENT>` | API key of one deployment; a LangChain model reads its own variables instead |

A secret in the file is refused. A variable that is nearly one of these is refused too.
"""


def _request_types() -> tuple[str, ...]:
    from supportbot.triage.requests import REQUEST_TYPES

    return REQUEST_TYPES


def _section(annotation: object, name: str) -> type[BaseModel] | None:
    is_table = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return annotation if is_table and name != "deployment" else None  # type: ignore[return-value]


def _about(model: type[BaseModel]) -> str:
    """Return what the section's docstring says behind its name."""
    said = (model.__doc__ or "").partition(": ")[2].strip()
    return said[:1].upper() + said[1:]


def _section_table(model: type[BaseModel], under: str, schema: dict[str, Any], told: Mapping[str, str]) -> str:
    names = list(model.model_fields)
    return _fields(names, under, schema["$defs"][model.__name__]["properties"], schema, told)


def _fields(
    names: Iterable[str], under: str, properties: dict[str, Any], schema: dict[str, Any], told: Mapping[str, str]
) -> str:
    rows = []
    for name in names:
        key = f"{under}{name}"
        if key not in told:
            raise SystemExit(f"docs/generate.py: say what {key} means, beside it in supportbot.toml or in _MEANINGS.")
        given = properties[name]
        allowed = _ALLOWED.get(key) or _allowed(given, schema)
        rows.append((f"`{key}`", _default(given), allowed, told[key]))
    return table(("Setting", "Default", "Allowed", "Meaning"), rows)


def _default(given: dict[str, Any]) -> str:
    if "default" not in given:
        return "" if given.get("type") == "object" else "required"
    value = given["default"]
    if value in (None, "", []):
        return "none"
    return f"`{json.dumps(value, ensure_ascii=False)}`".replace('"', "")


def _allowed(given: dict[str, Any], schema: dict[str, Any]) -> str:
    if "$ref" in given:
        kind = schema["$defs"][given["$ref"].rpartition("/")[2]]
        return ", ".join(f"`{value}`" for value in kind["enum"]) if "enum" in kind else "table"
    if "anyOf" in given:
        return _allowed(next(one for one in given["anyOf"] if one.get("type") != "null"), schema)
    match given.get("type"):
        case "integer" | "number":
            return _range(given)
        case "boolean":
            return "`true`, `false`"
        case "array":
            return f"list of {_allowed(given['items'], schema)}" if "items" in given else "list"
        case "object":
            return "table"
    return {"date": "date", "time": "time", "path": "path"}.get(given.get("format", ""), "text")


def _range(given: dict[str, Any]) -> str:
    low = f"above {given['exclusiveMinimum']:g}" if "exclusiveMinimum" in given else ""
    low = f"{given['minimum']:,g}" if "minimum" in given else low
    high = f"{given['maximum']:,.0f}" if "maximum" in given else ""
    return f"{low} to {high}" if low and high else low or "number"


def _toml_comments(toml: str) -> dict[str, str]:
    """Return the comment behind each key, the first time it stands in the file; dots for tables."""
    under, found = "", dict[str, str]()
    for line in toml.splitlines():
        header = re.match(r"(?:# )?\[+([\w.]+)\]+", line)
        if header:
            under = re.sub(r"by_type\.\w+", "by_type.NAME", header[1]) + "."
            continue
        entry = re.match(r"(?:# )?(\w+) = [^#]+# (.+)", line)
        if entry:
            found.setdefault(f"{under}{entry[1]}", entry[2].strip())
    return found


# -- errors.md


def error_tree() -> str:
    """Return the page on errors."""
    tree = (errors.__doc__ or "").partition("\n\n")[2].rpartition("\n\nEach message")[0]
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.SupportbotError) and kind.__module__ == errors.__name__
    ]
    rows = [(f"`{k.__name__}`", _exit_code(k), (k.__doc__ or "").strip()) for k in kinds]
    return "\n".join(
        [
            "# Errors\n",
            _NOTE,
            "Everything supportbot raises on purpose is a `SupportbotError`. Each message says what happened and "
            "what to do about it, in one line, without a customer's words. The command line prints it behind "
            "`supportbot:` on standard error and ends with the code below; pages show it as a notice; `--debug` adds "
            "the traceback.\n",
            f"```text\n{tree}\n```\n",
            table(("Error", "Exit code", "When"), rows),
        ]
    )


def _exit_code(kind: type[errors.SupportbotError]) -> int:
    return 2 if issubclass(kind, errors.BadInput) else 1


PAGES: Mapping[str, Callable[[], str]] = {"tickets.md": tickets, "settings.md": settings, "errors.md": error_tree}


def main() -> None:
    """Write the pages; with --check only tell which differ, and end with 1 if any does."""
    checking = "--check" in sys.argv
    stale = []
    for name, page in PAGES.items():
        file, text = REFERENCE / name, page().rstrip() + "\n"
        if not file.exists() or file.read_text("utf-8") != text:
            stale.append(name)
            if not checking:
                file.write_text(text, "utf-8")
    for name in stale:
        sys.stdout.write(f"{'stale' if checking else 'written'}: docs/reference/{name}\n")
    sys.exit(1 if checking and stale else 0)


if __name__ == "__main__":
    main()
