"""An export as a page anybody can read: one HTML file without scripts or outside resources."""

from collections.abc import Iterable, Iterator
from html import escape

from supportbot.privacy.document import Json

_STYLE = (
    ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;"
    "padding:0 1rem}h2{margin-top:2.5rem;border-top:1px solid #8884;padding-top:1.5rem}"
    ".m{margin:.6rem 0;padding:.5rem .8rem;border:1px solid #8884;border-radius:.6rem;white-space:pre-wrap;"
    "overflow-wrap:anywhere}.customer{margin-left:3rem}small{opacity:.75}table{border-collapse:collapse}"
    "td,th{padding:.2rem .8rem .2rem 0;text-align:left;vertical-align:top}"
)
_WHO = {"customer": "You", "bot": "Assistant", "system": "Notice"}


def opening(head: Json) -> str:
    """Return the page down to its first ticket."""
    customer = head["customer"]
    rows = [
        ("Name", customer["name"]),
        ("Your id with us", customer["external_id"] or "none"),
        ("First seen", customer["first_seen"]),
        ("Exported", head["exported_at"]),
    ]
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Your data</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
        "<h1>Your data</h1><p>Everything our support desk holds about you. The file customer.json beside this page "
        f"holds the same and all details, for programs.</p>{_table(rows)}"
    )


def ticket_pieces(ticket: Json) -> Iterator[str]:
    """Yield one ticket, piece by piece."""
    subject = f": {escape(ticket['subject'])}" if ticket["subject"] else ""
    yield f"<h2>#{ticket['number']}{subject}</h2><p><small>{ticket['opened_at']}, {ticket['status']}</small></p>"
    for message in ticket["messages"]:
        yield _message(message)
    yield _list("What we hid in your messages and keep sealed", (_hidden(one) for one in ticket["hidden_data"]))
    yield _list("Your ratings and what they led to", (_feedback(one) for one in ticket["feedback"]))
    yield _list("Why a person was asked", (f"{h['at']}: {h['reason']}" for h in ticket["handoffs"]))
    yield _list("How it was decided who answers", (_decision(one) for one in ticket["decisions"]))
    yield _list("What the answers cost", (_call(one) for one in ticket["model_calls"]))


def closing(audit: Iterable[Json]) -> str:
    """Return the end of the page: what was done with the data."""
    done = (f"{e['at']}: {e['action']} ({e['by']}) {e['detail']}" for e in audit)
    return f"{_list('What was done with your data', done, 2)}</body></html>\n"


def _message(message: Json) -> str:
    who = _WHO.get(message["sender"]) or message["author"] or "Agent"
    note = ", internal note" if message["internal"] else ""
    about = f"<small>{escape(who)}{note}, {message['at']}</small>"
    return f'<div class="m {message["sender"]}">{about}<br>{escape(message["text"])}</div>\n'


def _hidden(one: Json) -> str:
    value = one["value"] if one["value"] is not None else "sealed with a key that is gone"
    return f"{one['placeholder']}: {value} (destroyed {one['destroyed_at']})"


def _feedback(one: Json) -> str:
    said = "".join(f", {one[key]}" for key in ("value", "reason") if one[key] is not None)
    return f"{one['at']}: {one['kind']}{said}"


def _decision(one: Json) -> str:
    return f"{one['at']}: {one['tier']}. {' '.join(reason['text'] for reason in one['reasons'])}"


def _call(one: Json) -> str:
    cost = "unpriced" if one["cost_microusd"] is None else f"{one['cost_microusd'] / 1e6:.6f} USD"
    return f"{one['at']}: {one['purpose']} by {one['model']}, {one['outcome']}, {cost}"


def _list(title: str, lines: Iterable[str], level: int = 3) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<h{level}>{title}</h{level}><ul>{items}</ul>\n" if items else ""


def _table(rows: Iterable[tuple[str, str]]) -> str:
    body = "".join(f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>" for name, value in rows)
    return f"<table>{body}</table>\n"
