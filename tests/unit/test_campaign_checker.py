"""The campaigns' checker sees what it is there for: each kind of damage, done by hand to a sound desk, is found."""

import sqlite3
from pathlib import Path
from random import Random

import pytest
from benchmarks.campaign import desk
from benchmarks.campaign.checking import violations
from benchmarks.campaign.crowd import PLANTED
from benchmarks.campaign.fuses import Fuse, unit_name
from benchmarks.campaign.journal import Journal
from benchmarks.campaign.processes import Place, open_app, write_report
from benchmarks.campaign.remains import Remains

from supportbot.domain.ids import new_id
from supportbot.storage.backup import back_up
from supportbot.storage.store import FILE_NAME, sqlite_url

_CITATIONS = "UPDATE message SET citations = replace(citations, '{0}', '{0}x')"
DELIVERY = "How long does standard delivery take? refaaaaaaaa"


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk after a little of everything, at rest and closed."""
    place = Place(tmp_path_factory.mktemp("played"))
    journal = Journal(place.folder / "journal-1.jsonl")
    app = open_app(place, Fuse(), journal, Random(1), failing=0.0)
    people = desk.populate(app.store, app.clock.now())
    for number, text in enumerate((DELIVERY, "My lawyer is filing against you", "I want to talk to a human")):
        said = app.intake.say(people.customers[number], text, holder=("w", new_id()))
        journal.note("said", mark="", message=said.message_id, ticket=said.ticket_id)
        app.workers.run_now(app.store.read(lambda tx, said=said: tx.turn(str(said.turn_id))))  # type: ignore[misc]
    ana = people.actors[0]
    app.inbox.claim(ana, said.ticket_id)
    reply = app.inbox.reply(ana, said.ticket_id, "Let me look.")
    journal.note("acted", action="reply", agent=ana.id, ticket=said.ticket_id, message=reply.id)
    app.inbox.resolve(ana, said.ticket_id)
    app.outbox.deliver_pending()
    app.workers.stop()
    write_report(app, place.folder / "report.json")
    app.store.close()
    journal.close()
    return place.folder


@pytest.fixture
def copied(played: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    with sqlite3.connect(played / "data" / FILE_NAME) as source:
        (tmp_path / "data").mkdir()
        with sqlite3.connect(tmp_path / "data" / FILE_NAME) as target:
            source.backup(target)
        target.close()
    source.close()
    for file in (*played.glob("*.jsonl"), *played.glob("*.json")):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def test_a_sound_desk_has_nothing_to_complain_of(copied: Path) -> None:
    assert violations(Remains(copied), final=True) == []


@pytest.mark.parametrize(
    ("damage", "seen"),
    [
        ("UPDATE ticket SET status = 'answering' WHERE number = 20001", "is stuck"),
        ("UPDATE turn SET status = 'running' WHERE position = 1", "still running"),
        ("DELETE FROM message WHERE sender = 'customer' AND seq = 1", "customer's message is lost"),
        ("DELETE FROM message WHERE sender = 'agent'", "an agent's reply is lost"),
        ("DELETE FROM audit WHERE action = 'ticket.reply'", "audited 0 times"),
        ("UPDATE message SET seq = 9 WHERE kind = 'answer'", "are not numbered"),
        ("UPDATE message SET final = 0 WHERE kind = 'answer'", "never finished"),
        ("UPDATE message SET sender = 'bot', turn_id = (SELECT turn_id FROM message WHERE kind = 'answer')", "spoke"),
        ("DELETE FROM message WHERE kind = 'answer'", "its message is not there"),
        ("DELETE FROM call_settled", "was never settled"),
        ("DELETE FROM call_started", "saw 1 requests, and the ledger has 0"),
        ("UPDATE call_settled SET outcome = 'abandoned'", "was abandoned at"),
        ("UPDATE call_settled SET cost_microusd = cost_microusd + 1", "the panel says"),
        ("UPDATE human_time SET cost_microusd = cost_microusd + 1", "the panel says"),
        ("DELETE FROM alert", "handoffs and their alert rows differ"),
        ("UPDATE alert SET sent_at = NULL", "was never sent"),
        ("UPDATE handoff SET message_id = 'x'", "lacks its message"),
        (_CITATIONS.format('"article_version": "'), "cites"),
        (_CITATIONS.format('"quote": "'), "quotes what is not in"),
        ("UPDATE message SET citations = '[]'", "cites nothing"),
        (f"UPDATE ticket SET subject = 'card {PLANTED[0]}' WHERE number = 20001", "is in the table ticket"),
        ("UPDATE ticket SET critical = NULL", "not marked critical"),
        ("UPDATE message SET kind = 'answer' WHERE kind = 'handoff'", "answered the critical"),
    ],
)  # fmt: skip
def test_damage_is_seen(copied: Path, damage: str, seen: str) -> None:
    with sqlite3.connect(copied / "data" / FILE_NAME) as database:
        assert database.execute(damage).rowcount > 0
    database.close()
    found = violations(Remains(copied), final=True)
    assert any(seen in line for line in found), found


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ({"what": "broke", "error": "KeyError"}, "a use case broke"),
        ({"what": "away", "error": "DatabaseUnavailable"}, "the database was away, and nobody took it"),
        ({"what": "said", "message": "gone", "ticket": "t"}, "customer's message is lost"),
        ({"what": "asked", "deployment": "fast", "prompt": {"question": PLANTED[1]}}, "is in a prompt"),
    ],
)
def test_what_a_journal_tells_is_seen(copied: Path, line: dict[str, object], seen: str) -> None:
    journal = Journal(copied / "journal-2.jsonl")
    journal.note(str(line["what"]), **{key: value for key, value in line.items() if key != "what"})
    journal.close()
    assert any(seen in found for found in violations(Remains(copied)))


def test_half_a_backup_is_seen(copied: Path) -> None:
    """One that is missing, one that is none, and one that is."""
    (copied / "backups").mkdir()
    back_up(sqlite_url(copied / "data" / FILE_NAME), copied / "backups" / "good.backup")
    assert violations(Remains(copied)) == []
    (copied / "backups" / "bad.backup").write_bytes(b"SQLite format 3")
    journal = Journal(copied / "journal-2.jsonl")
    journal.note("backed up", file="gone.backup")
    journal.close()
    found = violations(Remains(copied))
    assert [line.split(":")[0] for line in found] == ["the backup gone.backup is not there", "a backup cannot be read"]


def test_a_fuse_burns_at_its_boundary_and_nowhere_else() -> None:
    burnt: list[bool] = []
    fuse = Fuse("Settlement.write inside", 2, lambda: burnt.append(True))
    for boundary in ("Settlement.write before", "Settlement.write inside", "Settlement.write after"):
        fuse.passing(boundary)
    assert not burnt
    fuse.passing("Settlement.write inside")
    assert burnt == [True]


def test_a_unit_of_work_is_known_by_its_method() -> None:
    assert unit_name(test_a_unit_of_work_is_known_by_its_method) == "test_a_unit_of_work_is_known_by_its_method"  # type: ignore[arg-type]
    assert unit_name(Remains.rows) == "Remains.rows"  # type: ignore[arg-type]
