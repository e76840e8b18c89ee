"""What must hold of a desk that is at rest again, whatever happened to its processes. Reads rows, not the product."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.campaign import desk
from benchmarks.campaign.crowd import PLANTED
from benchmarks.campaign.fuses import MARK
from benchmarks.campaign.remains import Remains, Row, at, decoded, digits, grouped
from supportbot.domain.errors import SupportbotError
from supportbot.knowledge.passages import cut
from supportbot.storage.backup import read_backup
from supportbot.storage.store import FILE_NAME, sqlite_url

#: Owner, status and place in the queue of a ticket nobody works on just now, as the documentation has them.
AT_REST = {
    ("bot", "answered", False),
    ("bot", "offered", False),
    ("bot", "parked", False),
    ("bot", "resolved", False),
    ("queue", "waiting", True),
    ("agent", "claimed", False),
    ("agent", "snoozed", False),
    ("agent", "resolved", False),
}
_ENDED = {"done", "superseded", "stopped", "abandoned"}
_ALARMS = ("My lawyer", "1,800 €")

#: A stretch begins with the agent's click, which may wait for the database as long as a lease lasts here.
_TOLERATED = timedelta(seconds=3)


def violations(remains: Remains, *, final: bool = False) -> list[str]:
    """Return one line for each promise that was broken. *final*: orphans were settled and alerts had their time."""
    found = [line for check in _CHECKS for line in check(remains)]
    return found + (list(_nothing_open(remains)) if final else [])


def _tickets_rest(remains: Remains) -> Iterator[str]:
    for ticket in remains.rows("ticket"):
        state = (ticket["owner"], ticket["status"], bool(ticket["queued"]))
        if state not in AT_REST:
            yield f"#{ticket['number']} is stuck: {state}"
        if bool(ticket["agent_id"]) != (ticket["owner"] == "agent"):
            yield f"#{ticket['number']} has owner {ticket['owner']} and agent {ticket['agent_id']}"
        if ticket["queued"] and ticket["waiting_since"] is None:
            yield f"#{ticket['number']} is queued and has no place in the queue"
        if (ticket["claim_expires_at"] is None) != (ticket["status"] != "claimed"):
            yield f"#{ticket['number']} is {ticket['status']} with the lease {ticket['claim_expires_at']}"
    for turn in remains.rows("turn"):
        if turn["status"] not in _ENDED:
            yield f"turn {turn['id']} is still {turn['status']}, attempt {turn['attempt']}"


def _messages_stay(remains: Remains) -> Iterator[str]:
    """Everything a use case returned is there once; what was never returned is there once or not at all."""
    kept = {m["id"]: m for m in remains.rows("message")}
    for line in remains.noted("said"):
        if kept.get(line["message"], {}).get("ticket_id") != line["ticket"]:
            yield f"a customer's message is lost: {line['message']}"
    for line in remains.noted("acted"):
        if line["message"] and line["message"] not in kept:
            yield f"an agent's {line['action']} is lost: {line['message']}"
    yield from (f"a customer's message is doubled: {m}" for m, found in remains.marks.items() if len(found) > 1)


def _messages_are_in_order(remains: Remains) -> Iterator[str]:
    for ticket_id, messages in remains.messages.items():
        if [m["seq"] for m in messages] != list(range(1, len(messages) + 1)):
            yield f"the messages of {ticket_id} are not numbered 1 to {len(messages)}"
        yield from (f"message {m['id']} was never finished" for m in messages if not m["final"])


def _deeds_are_audited(remains: Remains) -> Iterator[str]:
    audited = Counter((a["actor_id"], a["action"]) for a in remains.rows("audit"))
    named = ("claim", "reply", "note", "transfer", "snooze", "release", "hand_back", "resolve")
    done = Counter((line["agent"], f"ticket.{line['action']}") for line in remains.noted("acted"))
    for (agent, action), count in done.items():
        if action.removeprefix("ticket.") in named and audited[agent, action] < count:
            yield f"{count} times {action} was done by {agent}, and audited {audited[agent, action]} times"


def _a_turn_speaks_once(remains: Remains) -> Iterator[str]:
    """One message, and a handoff at most beside the part of an answer that a dead owner had shown."""
    said = [m for m in remains.rows("message") if m["sender"] == "bot" and m["turn_id"]]
    spoken = Counter((m["turn_id"], m["kind"] == "handoff") for m in said)
    yield from (f"turn {turn} spoke {count} times" for (turn, _), count in spoken.items() if count > 1)
    kept = {m["id"]: m for m in remains.rows("message")}
    for turn in remains.rows("turn"):
        last = kept.get(turn["message_id"])
        if turn["status"] == "done" and (last is None or last["turn_id"] != turn["id"]):
            yield f"turn {turn['id']} is done and its message is not there"


def _everybody_was_answered(remains: Remains) -> Iterator[str]:
    """Nothing a customer said to the bot lies there without an answer, a person, or the customer's own stop.

    What was written to a person has no turn; whoever leaves the queue again gives that answer up.
    """
    claimed = {a["subject"] for a in remains.rows("audit") if a["action"] == "ticket.claim"}
    for ticket in remains.rows("ticket"):
        if ticket["owner"] != "bot":
            continue
        messages = remains.messages[ticket["id"]]
        newest = max((m["seq"] for m in messages if m["sender"] == "customer"), default=0)
        heard = any(m["seq"] > newest and m["sender"] in ("bot", "agent", "system") for m in messages)
        stopped = any(t["status"] == "stopped" and t["last_seq"] >= newest for t in remains.turns[ticket["id"]])
        for_the_bot = any(t["last_seq"] >= newest for t in remains.turns[ticket["id"]])
        to_a_person = not for_the_bot and f"#{ticket['number']}" in claimed
        if newest and not heard and not stopped and not to_a_person:
            yield f"#{ticket['number']}: nobody answered message {newest}"


def _calls_are_entered(remains: Remains) -> Iterator[str]:
    """A start for each request a model saw, at most one settlement each, the abandoned at their reservation."""
    started = {c["id"]: c for c in remains.rows("call_started")}
    entered = Counter((c["ticket_id"], c["deployment"]) for c in started.values())
    seen: Counter[tuple[str, str]] = Counter()
    for line in remains.noted("asked"):
        marks = [m for m in MARK.findall(line["prompt"]["question"]) if m in remains.marks]
        if marks:
            seen[remains.marks[marks[-1]][0]["ticket_id"], line["deployment"]] += 1
    for key, count in seen.items():
        if count > entered[key]:
            yield f"{key} saw {count} requests, and the ledger has {entered[key]}"
    if len(remains.noted("asked")) > len(started):
        yield f"models saw {len(remains.noted('asked'))} requests, and the ledger has {len(started)}"
    doubled = Counter(c["call_id"] for c in remains.rows("call_settled"))
    yield from (f"call {call} is settled {count} times" for call, count in doubled.items() if count > 1)
    turns = {t["id"]: t for t in remains.rows("turn")}
    for settled in remains.rows("call_settled"):
        if settled["call_id"] not in started:
            yield f"call {settled['call_id']} is settled and was never started"
        else:
            yield from _settled_well(settled, started[settled["call_id"]], turns)


def _settled_well(settled: Row, started: Row, turns: dict[str, Row]) -> Iterator[str]:
    call, outcome = started["id"], settled["outcome"]
    if outcome == "abandoned" and (settled["cost_microusd"] or 0) != started["reserved_microusd"]:
        yield f"call {call} was abandoned at {settled['cost_microusd']}, reserved {started['reserved_microusd']}"
    if outcome == "abandoned" and not settled["estimated"]:
        yield f"call {call} was abandoned and is not called an estimate"
    if outcome == "ok" and turns[started["turn_id"]]["status"] not in ("done", "stopped"):
        yield f"call {call} is ok and its turn {turns[started['turn_id']]['status']}"
    if started["deployment"] == "spare" and settled["cost_microusd"] is not None:
        yield f"call {call} has no price and is entered at {settled['cost_microusd']}"


def _sums_agree(remains: Remains) -> Iterator[str]:
    settled = {c["call_id"]: c for c in remains.rows("call_settled")}
    raw = sum(
        (settled[c["id"]]["cost_microusd"] or 0) if c["id"] in settled else c["reserved_microusd"]
        for c in remains.rows("call_started")
    )
    viewed = sum(e["cost_microusd"] or 0 for e in remains.entries)
    if raw != viewed or len(remains.entries) != len(remains.rows("call_started")):
        yield f"the view sums to {viewed}, the rows to {raw}"
    people = sum(h["cost_microusd"] for h in remains.rows("human_time"))
    expected = {"model": raw, "human": people, "tickets": len(remains.rows("ticket"))}
    if remains.report is not None and remains.report != expected:
        yield f"the panel says {remains.report}, the rows {expected}"


def _handoffs_are_whole(remains: Remains) -> Iterator[str]:
    """Invariant 2: one message, one packet, one alert, one outcome each."""
    kinds: tuple[tuple[str, Callable[[Row], bool]], ...] = (
        ("message", lambda m: m["kind"] == "handoff"),
        ("alert", lambda a: a["kind"] == "handoff"),
        ("outcome", lambda o: o["kind"] == "handoff"),
    )
    opened = Counter(h["ticket_id"] for h in remains.rows("handoff"))
    for table, wanted in kinds:
        if (counted := Counter(r["ticket_id"] for r in remains.rows(table) if wanted(r))) != opened:
            yield f"handoffs and their {table} rows differ: {(opened - counted) or (counted - opened)}"
    said = {m["id"]: m for m in remains.rows("message") if m["kind"] == "handoff"}
    for handoff in remains.rows("handoff"):
        if said.get(handoff["message_id"], {}).get("ticket_id") != handoff["ticket_id"]:
            yield f"handoff {handoff['id']} lacks its message"
        if not decoded(handoff["packet"])["why"]:
            yield f"handoff {handoff['id']} has an empty packet"


def _claims_do_not_overlap(remains: Remains) -> Iterator[str]:
    """Invariant 3: no two people hold one ticket for long; that a claim has one winner the races measure."""
    if any(line["kind"] == "clock" for line in remains.noted("fault")):
        return  # where clocks differ by hours, so do the times of day at which somebody began
    for ticket_id, stretches in grouped(remains.rows("human_time"), "ticket_id").items():
        ordered = sorted(stretches, key=lambda s: at(s["started_at"]))
        for one, two in pairwise(ordered):
            over = at(one["started_at"]) + timedelta(seconds=one["seconds"]) - at(two["started_at"])
            if over > _TOLERATED:
                yield f"{ticket_id} was held by two for {over}"


def _citations_resolve(remains: Remains) -> Iterator[str]:
    """Invariant 6: each citation names a passage of a public article in the version at hand, word for word."""
    public = {p.id: p for article in desk.articles().articles() for p in cut(article)}
    for message in remains.rows("message"):
        for citation in decoded(message["citations"]):
            passage = public.get(citation["passage_id"])
            if passage is None or passage.article_version != citation["article_version"]:
                yield f"message {message['id']} cites {citation['passage_id']}, which a customer cannot read"
            elif passage.text != citation["quote"] or passage.article_id != citation["article_id"]:
                yield f"message {message['id']} quotes what is not in {passage.id}"
        if message["kind"] == "answer" and not decoded(message["citations"]):
            yield f"answer {message['id']} cites nothing"


def _nothing_personal(remains: Remains) -> Iterator[str]:
    """Invariant 7: what was planted is in no row, log or prompt, nor in the bytes of the file."""
    for table, rows in remains.tables.items():
        for datum in _planted_in(" ".join(str(value) for row in rows for value in row.values())):
            yield f"{datum} is in the table {table}"
    for datum in _planted_in(remains.logs):
        yield f"{datum} is in a log"
    for line in remains.noted("asked"):
        yield from (f"{datum} is in a prompt" for datum in _planted_in(str(line["prompt"])))
    for file in remains.folder.rglob("*.db*"):
        yield from (f"{datum} is in {file.name}" for datum in PLANTED if datum.encode() in file.read_bytes())


def _planted_in(text: str) -> Iterator[str]:
    close = digits(text)
    yield from (datum for datum in PLANTED if digits(datum) in close)


def _critical_stays_with_people(remains: Remains) -> Iterator[str]:
    """Invariant 8: no bot answer after the alarm, no survey, and the alarm was heard."""
    surveyed = {o["ticket_id"] for o in remains.rows("outcome") if o["kind"] == "csat"}
    for ticket in remains.rows("ticket"):
        messages = remains.messages[ticket["id"]]
        alarms = [m["seq"] for m in messages if m["sender"] == "customer" and _alarming(m["text"])]
        if not alarms:
            continue
        if ticket["critical"] is None:
            yield f"#{ticket['number']} is not marked critical"
        if any(m["kind"] == "answer" and m["seq"] > alarms[0] for m in messages):
            yield f"the bot answered the critical #{ticket['number']}"
        if ticket["id"] in surveyed:
            yield f"the customer of the critical #{ticket['number']} was surveyed"


def _alarming(text: str) -> bool:
    return any(alarm in text for alarm in _ALARMS)


def _prompts_stay_on_their_ticket(remains: Remains) -> Iterator[str]:
    """Invariant 9: no prompt has words of two tickets."""
    for line in remains.noted("asked"):
        marks = {m for m in MARK.findall(str(line["prompt"])) if m in remains.marks}
        tickets = {remains.marks[m][0]["ticket_id"] for m in marks}
        if len(tickets) > 1:
            yield f"a prompt has words of {len(tickets)} tickets"


def _nothing_broke(remains: Remains) -> Iterator[str]:
    """No traceback in a log, no error out of a use case but a refusal, nothing the database itself finds damaged."""
    yield from (f"a use case broke: {line['error']}" for line in remains.noted("broke"))
    away = remains.noted("away")
    if away and not remains.noted("fault"):
        yield f"the database was away, and nobody took it: {away[0]['error']}"
    yield from (f"a notice is no notice: {line['error']}" for line in away if "\n" in line["error"])
    if "Traceback" in remains.logs:
        yield "a log has a traceback: " + remains.logs.split("Traceback", 1)[1][:2000]
    yield from (f"the file is damaged: {line}" for line in remains.damage)


def _backups_open(remains: Remains) -> Iterator[str]:
    """What was said to be backed up is there; whatever bears a backup's name is whole, however its maker died."""
    folder, address = remains.folder / "backups", remains.url or sqlite_url(remains.folder / "data" / FILE_NAME)
    for line in remains.noted("backed up"):
        if not (folder / line["file"]).is_file():
            yield f"the backup {line['file']} is not there"
    for file in folder.glob("*.backup"):
        try:
            read_backup(address, file)
        except SupportbotError as wrong:
            yield f"a backup cannot be read: {wrong}"
        else:
            yield from _of_one_moment(file) if remains.url is None else ()


def _of_one_moment(file: Path) -> Iterator[str]:
    """A unit of work is in a backup as a whole or not at all."""
    handoffs = "SELECT (SELECT count(*) FROM handoff) - (SELECT count(*) FROM message WHERE kind = 'handoff')"
    with closing(sqlite3.connect(file)) as backup:
        if backup.execute(handoffs).fetchone()[0]:
            yield f"the backup {file.name} has half a unit of work"


def _nothing_open(remains: Remains) -> Iterator[str]:
    """At the very end: every call is settled, every alert delivered, and no claim outlives its agent's silence."""
    settled = {c["call_id"] for c in remains.rows("call_settled")}
    yield from (f"call {c['id']} was never settled" for c in remains.rows("call_started") if c["id"] not in settled)
    yield from (f"alert {a['id']} was never sent" for a in remains.rows("alert") if a["sent_at"] is None)


_CHECKS: tuple[Callable[[Remains], Iterator[Any]], ...] = (
    _tickets_rest,
    _messages_stay,
    _messages_are_in_order,
    _deeds_are_audited,
    _a_turn_speaks_once,
    _everybody_was_answered,
    _calls_are_entered,
    _sums_agree,
    _handoffs_are_whole,
    _claims_do_not_overlap,
    _citations_resolve,
    _nothing_personal,
    _critical_stays_with_people,
    _prompts_stay_on_their_ticket,
    _nothing_broke,
    _backups_open,
)
