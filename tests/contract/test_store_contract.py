"""What every store promises, tried on each of them; another database joins as one more entry of STORES."""

# Units of work are lambdas here, and a list of calls is their loop.
# mypy: disable-error-code="func-returns-value"

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from supportbot.domain.account import Account, AuditEntry, Customer, Role, Session, SetupLink, VaultEntry
from supportbot.domain.assessment import Assessment, Complexity, CriticalClass, Guard
from supportbot.domain.decision import Decision, Reason, Tier
from supportbot.domain.errors import Conflict, NotFound, StaleVersion, StorageError
from supportbot.domain.handoff import Alert, Handoff, HandoffReason, Packet, Source, Tried
from supportbot.domain.kept import Kept
from supportbot.domain.ledger import CallOutcome, CallSettled, CallStarted, HumanTime, Purpose
from supportbot.domain.message import Citation, Message, MessageKind, Sender
from supportbot.domain.outcome import Gap, Outcome, OutcomeKind
from supportbot.domain.price import Usage
from supportbot.domain.ticket import Owner, Priority, Status, Ticket
from supportbot.domain.turn import Step, Turn, TurnStatus
from supportbot.ports import PostGuard, Store, StoredDecision, TicketFilter, Tx, Used
from supportbot.storage.memory import MemoryStore
from supportbot.storage.store import SqlStore

T0 = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)
SECOND = timedelta(seconds=1)

#: Each store by what the fixture of that name gives.
STORES: dict[str, Callable[[pytest.FixtureRequest], Store]] = {
    "memory": lambda _: MemoryStore(),
    "sqlite": lambda request: SqlStore(request.getfixturevalue("sqlite_desk")),
    "postgres": lambda request: SqlStore(request.getfixturevalue("postgres_desk")),
}


@pytest.fixture(params=list(STORES))
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    made = STORES[request.param](request)
    yield made
    made.close()


@pytest.fixture
def desk(store: Store) -> Store:
    """A store that holds customer `c` with ticket `t`."""
    store.write(lambda tx: tx.add_customer(Customer("c", T0)))
    store.write(lambda tx: tx.add_ticket(ticket("t")))
    return store


def ticket(ticket_id: str, **more: object) -> Ticket:
    return replace(Ticket(ticket_id, "c", T0, T0), **more)  # type: ignore[arg-type]


def said(message_id: str, ticket_id: str = "t", sender: Sender = Sender.CUSTOMER) -> Message:
    return Message(message_id, ticket_id, sender, f"text of {message_id}", T0)


def due(turn_id: str, ticket_id: str = "t", at: datetime = T0) -> Turn:
    return Turn(turn_id, ticket_id, at, at, first_seq=1, last_seq=1)


def started(call_id: str, ticket_id: str = "t", at: datetime = T0, reserved: int = 900) -> CallStarted:
    return CallStarted(
        call_id, ticket_id, "u", "fast", "embedded", "fast-1", "fast", Purpose.ANSWER, at, 100, 50, reserved
    )


def settled(call_id: str, cost: int | None = 400) -> CallSettled:
    return CallSettled(
        call_id, CallOutcome.OK, Usage(80, 20, 10), cost, 420, 230, 90, T0 + SECOND, "fast-1", None, "own"
    )


# -- customers and tickets


def test_a_customer_is_found_by_id_secret_and_external_id(store: Store) -> None:
    """Every way in leads to the same customer; unknown keys give None, an unknown id NotFound."""
    ana = Customer("c1", T0, secret_hash="s1", external_id="crm-7", name="Ana", demo=True)
    store.write(lambda tx: tx.add_customer(ana))
    found = store.read(lambda tx: (tx.customer("c1"), tx.customer_by_secret("s1"), tx.customer_by_external_id("crm-7")))
    assert found == (ana, ana, ana)
    assert store.read(lambda tx: (tx.customer_by_secret("x"), tx.customer_by_external_id("x"))) == (None, None)
    with pytest.raises(NotFound, match="customer"):
        store.read(lambda tx: tx.customer("x"))
    with pytest.raises(Conflict):
        store.write(lambda tx: tx.add_customer(Customer("c2", T0, secret_hash="s1")))


def test_ticket_numbers_count_up_from_20001_and_are_not_reused(desk: Store) -> None:
    """Each ticket gets the next number, and a unit that fails gives its number back or leaves a gap, never a double."""

    def fails(tx: Tx) -> None:
        tx.add_ticket(ticket("lost"))
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011  (raised three lines up)
        desk.write(fails)
    second = desk.write(lambda tx: tx.add_ticket(ticket("t2")))
    assert desk.read(lambda tx: tx.ticket("t")).number == 20001
    assert second.number > 20001
    assert desk.read(lambda tx: tx.ticket_by_number(second.number)) == second
    with pytest.raises(NotFound):
        desk.read(lambda tx: tx.ticket_by_number(1))


def test_a_ticket_comes_back_as_it_was_saved(desk: Store) -> None:
    """Every field survives, times aware and to the microsecond, also those given in another zone."""
    berlin = timezone(timedelta(hours=1))
    full = ticket(
        "full", owner=Owner.AGENT, status=Status.CLAIMED, priority=Priority.URGENT, critical="fraud", subject="Ü\u2028",
        follows="t", arm="B", waiting_since=T0.astimezone(berlin), agent_id="a", claimed_at=T0, claim_expires_at=T0,
        snoozed_until=T0, first_agent_reply_at=T0, resolved_at=T0, resolved_by="a", demo=True,
    )  # fmt: skip
    kept = desk.write(lambda tx: tx.add_ticket(full))
    found = desk.read(lambda tx: tx.ticket("full"))
    assert found == kept == replace(full, number=20002)
    assert found.waiting_since is not None
    assert found.waiting_since.tzinfo is not None
    assert type(found.priority) is Priority
    assert type(found.status) is Status


def test_saving_compares_the_version_and_swaps(desk: Store) -> None:
    """The first of two writers who read the same version wins; the other gets StaleVersion and changes nothing."""
    read = desk.read(lambda tx: tx.ticket("t"))
    saved = desk.write(lambda tx: tx.save_ticket(replace(read, subject="first")))
    assert saved.version == read.version + 1
    with pytest.raises(StaleVersion, match="20001"):
        desk.write(lambda tx: tx.save_ticket(replace(read, subject="second")))
    assert desk.read(lambda tx: tx.ticket("t")) == saved
    with pytest.raises(NotFound):
        desk.write(lambda tx: tx.save_ticket(ticket("nobody")))


def test_what_belongs_to_nothing_is_refused(store: Store) -> None:
    """A ticket needs its customer; messages, turns and calls need their ticket."""
    works: list[Callable[[Tx], object]] = [
        lambda tx: tx.add_ticket(ticket("t")),
        lambda tx: tx.add_message(said("m")),
        lambda tx: tx.add_turn(due("u")),
        lambda tx: tx.start_call(started("k")),
        lambda tx: tx.settle_call(settled("k")),
        lambda tx: tx.add_session(Session("h", "nobody", T0, T0)),
    ]
    for work in works:
        with pytest.raises(NotFound):
            store.write(work)


def test_adding_the_same_id_twice_is_a_conflict(desk: Store) -> None:
    """Ids are given once, whatever the kind of thing."""
    desk.write(lambda tx: (tx.add_message(said("m")), tx.add_turn(due("u")), tx.start_call(started("k"))))
    works: list[Callable[[Tx], object]] = [
        lambda tx: tx.add_customer(Customer("c", T0)),
        lambda tx: tx.add_ticket(ticket("t")),
        lambda tx: tx.add_message(said("m")),
        lambda tx: tx.add_turn(due("u")),
        lambda tx: tx.start_call(started("k")),
    ]
    for work in works:
        with pytest.raises(Conflict):
            desk.write(work)


def test_tickets_are_filtered_counted_and_paged(desk: Store) -> None:
    """Each field of the filter narrows; limit and offset page through, and counting ignores them."""

    def fill(tx: Tx) -> None:
        tx.add_customer(Customer("c2", T0))
        for n in range(6):
            at = T0 + n * SECOND
            status = Status.RESOLVED if n % 2 else Status.WAITING
            extra = ticket(f"x{n}", customer_id="c2", created_at=at, status=status, queued=n == 4, demo=n > 3)
            tx.add_ticket(replace(extra, agent_id="a" if n < 2 else None))

    desk.write(fill)

    def ids(which: TicketFilter) -> list[str]:
        found = desk.read(lambda tx: tx.tickets(which))
        whole = replace(which, limit=None, offset=0)
        assert desk.read(lambda tx: tx.count_tickets(which)) == len(desk.read(lambda tx: tx.tickets(whole)))
        return [t.id for t in found]

    assert ids(TicketFilter(customer_id="c2")) == ["x5", "x4", "x3", "x2", "x1", "x0"]
    assert ids(TicketFilter(customer_id="c2", limit=2, offset=1)) == ["x4", "x3"]
    assert ids(TicketFilter(customer_id="c2", offset=4)) == ["x1", "x0"]
    assert ids(TicketFilter(agent_id="a")) == ["x1", "x0"]
    assert ids(TicketFilter(queued=True)) == ["x4"]
    assert ids(TicketFilter(open=False)) == ["x5", "x3", "x1"]
    assert ids(TicketFilter(open=True)) == ["x4", "x2", "x0", "t"]
    assert ids(TicketFilter(statuses=("waiting", "new"), demo=False)) == ["x2", "x0", "t"]
    assert ids(TicketFilter(since=T0 + SECOND, until=T0 + 3 * SECOND)) == ["x2", "x1"]


def test_the_queue_puts_priority_first_then_who_waited_longest(desk: Store) -> None:
    """Priority high to low, then waiting longest, then the lower number; who does not wait comes last."""
    desk.write(
        lambda tx: [
            tx.add_ticket(ticket("later", queued=True, waiting_since=T0 + SECOND)),
            tx.add_ticket(ticket("urgent", queued=True, waiting_since=T0 + 9 * SECOND, priority=Priority.URGENT)),
            tx.add_ticket(ticket("unset", queued=True)),
            tx.add_ticket(ticket("first", queued=True, waiting_since=T0)),
            tx.add_ticket(ticket("tie", queued=True, waiting_since=T0)),
            tx.add_ticket(ticket("low", queued=True, waiting_since=T0 - SECOND, priority=Priority.LOW)),
        ]
    )
    queue = desk.read(lambda tx: tx.tickets(TicketFilter(queued=True, order="queue")))
    assert [t.id for t in queue] == ["urgent", "first", "tie", "later", "unset", "low"]
    assert desk.read(lambda tx: tx.oldest_wait()) == T0 - SECOND


def test_nobody_has_waited_where_nobody_waits(desk: Store) -> None:
    """A ticket outside the queue, or in it without a start of its wait, is no wait; one that left it is none either."""
    desk.write(lambda tx: tx.add_ticket(ticket("gone", queued=False, waiting_since=T0)))
    assert desk.read(lambda tx: tx.oldest_wait()) is None
    desk.write(lambda tx: tx.add_ticket(ticket("unset", queued=True)))
    assert desk.read(lambda tx: tx.oldest_wait()) is None


def test_customers_are_read_many_at_a_time(desk: Store) -> None:
    """Each known one once, however often it is named."""
    desk.write(lambda tx: tx.add_customer(Customer("d", T0, name="Dora")))
    found = desk.read(lambda tx: tx.customers(["d", "c", "d", "unknown"]))
    assert {c.id: c.name for c in found} == {"c": "Customer", "d": "Dora"}
    assert len(found) == 2
    assert desk.read(lambda tx: tx.customers([])) == ()


# -- units of work


def test_a_failing_unit_changes_nothing_and_its_exception_reaches_the_caller(desk: Store) -> None:
    """All of a unit happens or none of it."""
    before = desk.read(lambda tx: tx.ticket("t"))

    def fails(tx: Tx) -> None:
        tx.add_message(said("m"))
        tx.save_ticket(replace(tx.ticket("t"), subject="changed"))
        tx.count_hit("k", T0)
        tx.add_vault_entry(VaultEntry("v", "t", "m", "[email 1]", "email", b"x", T0))
        tx.forget_kept(Kept.VAULT, before=T0 + SECOND)
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        desk.write(fails)
    assert desk.read(lambda tx: tx.ticket("t")) == before
    assert desk.read(lambda tx: (tx.messages("t"), tx.vault_entries("t"))) == ((), ())
    assert desk.write(lambda tx: tx.count_hit("k", T0)) == 1


def test_a_refused_statement_leaves_the_rest_of_the_unit_to_its_work(desk: Store) -> None:
    """Work that catches a Conflict goes on, and what it did otherwise is kept."""

    def catches(tx: Tx) -> str:
        tx.add_message(said("m"))
        try:
            tx.add_message(said("m"))
        except Conflict:
            return "caught"
        return "not refused"

    assert desk.write(catches) == "caught"
    assert len(desk.read(lambda tx: tx.messages("t"))) == 1


def test_a_read_must_not_write(desk: Store) -> None:
    """Writing in a read is refused and leaves nothing behind."""
    with pytest.raises(StorageError, match="must not write"):
        desk.read(lambda tx: tx.add_message(said("m")))
    assert desk.read(lambda tx: tx.messages("t")) == ()


def test_a_unit_must_not_open_another(desk: Store) -> None:
    """A nested write is refused instead of waiting for itself for ever."""
    with pytest.raises(RuntimeError, match="must not open another"):
        desk.write(lambda _: desk.write(lambda tx: tx.count_hit("k", T0)))


def test_a_closed_store_refuses_work(store: Store) -> None:
    """After close, reads and writes say that the store is closed; closing again is harmless."""
    store.close()
    with pytest.raises(StorageError, match="closed"):
        store.write(lambda tx: tx.count_hit("k", T0))
    with pytest.raises(StorageError, match="closed"):
        store.read(lambda tx: tx.accounts())


def test_units_of_many_threads_all_happen_once(desk: Store) -> None:
    """Eight threads add twenty messages each, every third unit failing: the others are there, numbered without gaps."""
    failed: list[str] = []

    def write_some(name: int) -> None:
        for n in range(20):
            try:
                desk.write(lambda tx, n=n: _add_or_fail(tx, f"{name}-{n}", n % 3 == 2))  # type: ignore[misc]
            except ZeroDivisionError:
                failed.append(f"{name}-{n}")

    in_threads([lambda name=name: write_some(name) for name in range(8)])  # type: ignore[misc]
    found = desk.read(lambda tx: tx.messages("t"))
    assert [m.seq for m in found] == list(range(1, len(found) + 1))
    assert len(found) == 8 * 14
    assert len(failed) == 8 * 6


def _add_or_fail(tx: Tx, message_id: str, fail: bool) -> None:
    tx.add_message(said(message_id))
    if fail:
        raise ZeroDivisionError


def in_threads(works: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# -- messages


def test_messages_are_numbered_per_ticket_and_listed_in_order(desk: Store) -> None:
    """`seq` counts 1, 2, … for each ticket; private notes come only on request; `after_seq` gives what is new."""
    desk.write(lambda tx: tx.add_ticket(ticket("other")))
    note = replace(said("note", sender=Sender.AGENT), private=True, kind=MessageKind.NOTE, author_id="a")
    kept = desk.write(lambda tx: [tx.add_message(m) for m in (said("m1"), note, said("o1", "other"), said("m2"))])
    assert [m.seq for m in kept] == [1, 2, 1, 3]
    assert desk.read(lambda tx: tx.message("note")) == kept[1]
    assert desk.read(lambda tx: [m.id for m in tx.messages("t")]) == ["m1", "m2"]
    assert desk.read(lambda tx: [m.id for m in tx.messages("t", private=True)]) == ["m1", "note", "m2"]
    assert desk.read(lambda tx: [m.id for m in tx.messages("t", private=True, after_seq=2)]) == ["m2"]
    with pytest.raises(NotFound):
        desk.read(lambda tx: tx.message("x"))


def test_the_newest_text_of_each_sender_is_read_for_many_tickets(desk: Store) -> None:
    """Private notes and what is no text are left out; a ticket without a text has none."""
    desk.write(lambda tx: [tx.add_ticket(ticket(name)) for name in ("other", "silent")])
    reply, note = (said(name, sender=Sender.AGENT) for name in ("reply", "note"))
    notice = replace(said("notice", sender=Sender.SYSTEM), kind=MessageKind.NOTICE)
    spoken = [said("m1"), reply, said("m2"), replace(note, private=True), notice, said("o1", "other")]
    desk.write(lambda tx: [tx.add_message(m) for m in spoken])
    found = desk.read(lambda tx: tx.last_messages(["t", "other", "silent"]))
    assert sorted(m.id for m in found) == ["m2", "o1", "reply"]


@pytest.fixture
def running(desk: Store) -> Store:
    """A desk whose ticket has the customer message `m1` and the turn `u` running under lease `L`."""
    desk.write(lambda tx: (tx.add_message(said("m1")), tx.add_turn(due("u"))))
    assert desk.write(lambda tx: tx.claim_turn("w", "L", T0, T0 + SECOND)) is not None
    return desk


GUARD = PostGuard("t", "u", "L", last_seq=1)
CITED = (Citation(1, "p#1", "p", "v1", "Delivery", "Three days.", "en", "2026-01-01"),)
ANSWER = replace(said("b", sender=Sender.BOT), kind=MessageKind.ANSWER, turn_id="u", citations=CITED, final=False)


def test_a_bot_message_is_posted_while_its_guard_holds(running: Store) -> None:
    """It gets the next `seq`, keeps its citations, and the turn knows it and when it was first released."""
    posted = running.write(lambda tx: tx.post_bot_message(ANSWER, GUARD))
    assert posted == replace(ANSWER, seq=2)
    assert running.read(lambda tx: tx.message("b")) == posted
    turn = running.read(lambda tx: tx.turn("u"))
    assert (turn.message_id, turn.first_released_at) == ("b", ANSWER.created_at)


def lose_ownership(tx: Tx) -> object:
    return tx.save_ticket(replace(tx.ticket("t"), owner=Owner.QUEUE, status=Status.WAITING))


def lose_lease(tx: Tx) -> object:
    return tx.claim_turn("other", "M", T0 + 2 * SECOND, T0 + 9 * SECOND)


def end_turn(tx: Tx) -> object:
    return tx.end_turns("t", TurnStatus.SUPERSEDED, T0)


def add_newer_message(tx: Tx) -> object:
    return tx.add_message(said("m2"))


@pytest.mark.parametrize("event", [lose_ownership, lose_lease, end_turn, add_newer_message])
def test_a_bot_message_is_refused_once_its_guard_fails(running: Store, event: Callable[[Tx], object]) -> None:
    """Another owner, a lost lease, an ended turn or a newer customer message: nothing is inserted."""
    running.write(event)
    before = running.read(lambda tx: tx.messages("t"))
    assert running.write(lambda tx: tx.post_bot_message(ANSWER, GUARD)) is None
    assert running.read(lambda tx: tx.messages("t")) == before
    assert running.read(lambda tx: tx.turn("u")).message_id is None


@pytest.mark.parametrize("sender", [Sender.AGENT, Sender.SYSTEM])
def test_newer_messages_of_others_do_not_hold_back_the_bot(running: Store, sender: Sender) -> None:
    """Only a newer message of the customer makes an answer stale."""
    running.write(lambda tx: tx.add_message(said("n", sender=sender)))
    posted = running.write(lambda tx: tx.post_bot_message(ANSWER, GUARD))
    assert posted is not None
    assert posted.seq == 3


def test_a_message_being_released_grows_until_it_is_final(running: Store) -> None:
    """Text and citations are replaced while it is not final; once final it never changes again."""
    running.write(lambda tx: tx.post_bot_message(ANSWER, GUARD))
    assert running.write(lambda tx: tx.extend_bot_message("b", "One.", (), False, GUARD))
    assert running.write(lambda tx: tx.extend_bot_message("b", "One. Two.", CITED, True, GUARD))
    assert not running.write(lambda tx: tx.extend_bot_message("b", "Three.", (), True, GUARD))
    found = running.read(lambda tx: tx.message("b"))
    assert (found.text, found.citations, found.final) == ("One. Two.", CITED, True)


def test_a_message_being_released_can_turn_out_to_be_of_another_kind(running: Store) -> None:
    """An answer whose draft fell through in the end is stored as the refusal it became."""
    running.write(lambda tx: tx.post_bot_message(ANSWER, GUARD))
    assert running.write(lambda tx: tx.extend_bot_message("b", "One.", (), False, GUARD))
    assert running.read(lambda tx: tx.message("b")).kind is ANSWER.kind
    assert running.write(lambda tx: tx.extend_bot_message("b", "No.", (), True, GUARD, MessageKind.REFUSAL))
    assert running.read(lambda tx: tx.message("b")).kind is MessageKind.REFUSAL


@pytest.mark.parametrize(
    ("event", "extends"), [(lose_ownership, False), (lose_lease, False), (end_turn, False), (add_newer_message, True)]
)
def test_release_goes_on_only_under_lease_and_ownership(
    running: Store, event: Callable[[Tx], object], extends: bool
) -> None:
    """A claim or takeover stops the release in mid-answer; a newer message alone does not."""
    running.write(lambda tx: tx.post_bot_message(ANSWER, GUARD))
    running.write(event)
    assert running.write(lambda tx: tx.extend_bot_message("b", "More.", (), True, GUARD)) is extends
    assert (running.read(lambda tx: tx.message("b")).text == "More.") is extends


def test_ending_a_turn_ends_the_message_it_was_releasing_and_no_other(running: Store) -> None:
    """What was read stays as it is, and nothing waits for the rest of it."""
    running.write(lambda tx: tx.post_bot_message(ANSWER, GUARD))
    running.write(lambda tx: tx.add_message(replace(said("other"), turn_id="another", final=False)))
    running.write(end_turn)
    assert running.read(lambda tx: tx.message("b")) == replace(ANSWER, seq=2, final=True)
    assert not running.read(lambda tx: tx.message("other")).final


# -- turns


def test_the_oldest_due_turn_is_claimed_first_and_fragments_wait(desk: Store) -> None:
    """Turns are leased in the order they came, none before its `not_before`, each to one worker."""
    waits = replace(due("waits", at=T0 - SECOND), not_before=T0 + 5 * SECOND)
    desk.write(lambda tx: [tx.add_turn(t) for t in (waits, due("old"), due("tie"), due("new", at=T0 + SECOND))])
    claimed = [desk.write(lambda tx, n=n: tx.claim_turn("w", f"L{n}", T0 + SECOND, T0 + 9 * SECOND)) for n in range(4)]  # type: ignore[misc]
    assert [t and t.id for t in claimed] == ["old", "tie", "new", None]
    assert claimed[0] == replace(
        due("old"), status=TurnStatus.RUNNING, worker="w", lease="L0", lease_expires_at=T0 + 9 * SECOND, attempt=1
    )
    assert desk.read(lambda tx: tx.turn("old")) == claimed[0]
    assert [t.id for t in desk.read(lambda tx: tx.turns("t"))] == ["waits", "old", "tie", "new"]


def test_whether_a_turn_waits_is_known_without_claiming_it(desk: Store) -> None:
    """The question is a read, and its answer is whether a claim at that time would find something."""
    assert not waits(desk, T0)
    desk.write(lambda tx: tx.add_turn(replace(due("u"), not_before=T0 + SECOND)))
    assert [waits(desk, T0 + n * SECOND) for n in (0, 1)] == [False, True]
    desk.write(lambda tx: tx.claim_turn("w", "L", T0 + SECOND, T0 + 9 * SECOND))
    assert [waits(desk, T0 + n * SECOND) for n in (2, 9)] == [False, True]


def waits(desk: Store, now: datetime) -> bool:
    """Whether a turn waits for somebody who would lease it for a quarter of a minute."""
    return desk.read(lambda tx: tx.turn_waits(now, now + 15 * SECOND))


def test_a_lease_from_the_future_is_taken_over(desk: Store) -> None:
    """It was taken before the clock was set back; one that is a little ahead is only another machine's."""
    desk.write(lambda tx: tx.add_turn(due("u")))
    desk.write(lambda tx: tx.claim_turn("dead", "L", T0, T0 + 3600 * SECOND))
    assert not waits(desk, T0 + 3560 * SECOND)
    assert waits(desk, T0)
    claimed = desk.write(lambda tx: tx.claim_turn("w", "M", T0, T0 + 15 * SECOND))
    assert claimed is not None
    assert claimed.attempt == 2
    assert not waits(desk, T0)


def test_a_turn_does_not_wait_for_a_clock_that_was_set_back(desk: Store) -> None:
    """A turn from the future is due now: nobody waits an hour because the machine's clock was wrong."""
    desk.write(lambda tx: tx.add_turn(due("u", at=T0 + 3600 * SECOND)))
    assert waits(desk, T0)
    claimed = desk.write(lambda tx: tx.claim_turn("w", "L", T0, T0 + SECOND))
    assert claimed is not None
    assert claimed.id == "u"


def test_a_running_turn_is_held_by_its_lease(running: Store) -> None:
    """Heartbeat, step and end work under the lease and fail without it; an ended turn stays ended."""
    assert running.write(lambda tx: tx.extend_lease("u", "L", T0 + 60 * SECOND))
    assert running.write(lambda tx: tx.set_step("u", "L", Step.WRITING))
    assert not running.write(lambda tx: tx.extend_lease("u", "X", T0))
    assert not running.write(lambda tx: tx.set_step("u", "X", Step.WRITING))
    assert not running.write(lambda tx: tx.finish_turn("u", "X", TurnStatus.DONE, T0, None))
    turn = running.read(lambda tx: tx.turn("u"))
    assert (turn.step, turn.lease_expires_at) == (Step.WRITING, T0 + 60 * SECOND)
    assert running.write(lambda tx: tx.finish_turn("u", "L", TurnStatus.DONE, T0 + SECOND, "b"))
    assert not running.write(lambda tx: tx.finish_turn("u", "L", TurnStatus.STOPPED, T0, None))
    ended = running.read(lambda tx: tx.turn("u"))
    assert (ended.status, ended.finished_at, ended.message_id) == (TurnStatus.DONE, T0 + SECOND, "b")
    assert running.write(lambda tx: tx.claim_turn("w", "N", T0 + 999 * SECOND, T0)) is None


def test_finishing_without_a_message_keeps_the_one_posted(running: Store) -> None:
    """A stopped turn still knows what it had released."""
    running.write(lambda tx: tx.post_bot_message(ANSWER, GUARD))
    running.write(lambda tx: tx.finish_turn("u", "L", TurnStatus.STOPPED, T0, None))
    assert running.read(lambda tx: tx.turn("u")).message_id == "b"


def test_an_expired_lease_is_taken_over_once_among_eight_threads(running: Store) -> None:
    """One of many workers gets the turn, its attempt grows by one, and the old holder has lost it."""
    claimed: list[Turn | None] = []
    now = T0 + 2 * SECOND

    def claim(name: int) -> None:
        claimed.append(running.write(lambda tx: tx.claim_turn(f"w{name}", f"M{name}", now, now + SECOND)))

    in_threads([lambda name=name: claim(name) for name in range(8)])  # type: ignore[misc]
    won = [turn for turn in claimed if turn is not None]
    assert len(claimed) == 8
    assert [(t.id, t.attempt) for t in won] == [("u", 2)]
    assert not running.write(lambda tx: tx.extend_lease("u", "L", now))
    assert running.write(lambda tx: tx.extend_lease("u", won[0].lease or "", now))


def test_turns_are_ended_and_stopped_from_outside(running: Store) -> None:
    """Ending touches what is due or running only; a stop is noted for the worker to see."""
    running.write(lambda tx: tx.add_turn(due("next", at=T0 + SECOND)))
    running.write(lambda tx: tx.request_stop("u"))
    assert running.read(lambda tx: tx.turn("u")).stop_requested
    assert running.write(lambda tx: tx.end_turns("t", TurnStatus.ABANDONED, T0)) == ("u", "next")
    assert running.write(lambda tx: tx.end_turns("t", TurnStatus.DONE, T0)) == ()
    assert {t.status for t in running.read(lambda tx: tx.turns("t"))} == {TurnStatus.ABANDONED}
    with pytest.raises(NotFound):
        running.write(lambda tx: tx.request_stop("x"))
    with pytest.raises(NotFound):
        running.read(lambda tx: tx.turn("x"))


# -- decisions, ledger, outcomes


def decided(turn_id: str, at: datetime = T0) -> StoredDecision:
    assessment = Assessment(
        Complexity.MEDIUM, Guard.CRITICAL, CriticalClass.FRAUD, "billing", "de", "wo?", ("a", "b"),
        {"length": 3.5}, {"fast": 0.25}, True, True, "angry", (Reason("r", "because"),),
    )  # fmt: skip
    decision = Decision(Tier.STRONG, ("strong", "fast"), (Reason("x", "y"),), "B", 0.9, (("fast", -3), ("human", 7)))
    return StoredDecision(turn_id, "t", at, assessment, decision, ("art",), ("art#1",), "v9")


def test_a_later_decision_of_a_turn_replaces_the_earlier(desk: Store) -> None:
    """Decisions come back whole, in order of arrival whatever the clock said, one per turn."""
    desk.write(lambda tx: [tx.add_decision(d) for d in (decided("u1", T0 + SECOND), decided("u0"))])
    assert desk.read(lambda tx: tx.decisions(["t", "t"])) == (decided("u1", T0 + SECOND), decided("u0"))
    changed = replace(decided("u1", T0 + SECOND), cited=())
    desk.write(lambda tx: tx.add_decision(changed))
    assert desk.read(lambda tx: tx.decisions(["t"])) == (changed, decided("u0"))
    assert desk.read(lambda tx: tx.decisions([])) == ()


def test_a_call_is_settled_once(desk: Store) -> None:
    """The first settlement counts; a second appends nothing. Calls come back as they arrived, with their settlement."""
    desk.write(lambda tx: [tx.start_call(c) for c in (started("k2", at=T0 + SECOND), started("k1"), started("k3"))])
    assert [c.id for c in desk.read(lambda tx: tx.unsettled_calls("u"))] == ["k2", "k1", "k3"]
    assert desk.write(lambda tx: tx.settle_call(settled("k1")))
    assert not desk.write(lambda tx: tx.settle_call(settled("k1", cost=1)))
    calls = desk.read(lambda tx: tx.calls(["t"]))
    assert [(c.started.id, c.settled) for c in calls] == [("k2", None), ("k1", settled("k1")), ("k3", None)]
    assert calls[0].started == started("k2", at=T0 + SECOND)
    assert [c.id for c in desk.read(lambda tx: tx.unsettled_calls("u"))] == ["k2", "k3"]


def test_calls_that_nobody_will_settle_are_found(running: Store) -> None:
    """Those whose turn ended long enough ago, and those without a turn; not what a worker may still settle."""
    calls = (
        started("lost"),
        started("settled"),
        replace(started("free"), turn_id=None),
        started("old", at=T0 - SECOND),
    )
    running.write(lambda tx: [tx.start_call(call) for call in calls])
    running.write(lambda tx: tx.settle_call(settled("settled")))

    def found(before: int) -> list[str]:
        return [c.id for c in running.read(lambda tx: tx.orphaned_calls(T0, T0 + before * SECOND))]

    assert found(9) == ["free"], "the turn is running: whoever takes it over settles its calls"
    running.write(lambda tx: tx.end_turns("t", TurnStatus.SUPERSEDED, T0 + 2 * SECOND))
    assert (found(0), found(2), found(3)) == ([], ["free"], ["lost", "free"])


def test_spending_counts_settled_costs_and_open_reservations(desk: Store) -> None:
    """Calls from *since* on: cost where settled, reservation where open or unpriced; earlier ones are left out."""
    desk.write(
        lambda tx: [
            tx.start_call(started("before", at=T0 - SECOND)),
            tx.start_call(started("settled", reserved=900)),
            tx.start_call(started("open", reserved=70)),
            tx.start_call(started("unpriced", reserved=5, at=T0 + SECOND)),
            tx.settle_call(settled("settled", cost=400)),
            tx.settle_call(settled("unpriced", cost=None)),
        ]
    )
    assert desk.read(lambda tx: tx.spent_since(T0)) == 400 + 70 + 5
    assert desk.read(lambda tx: tx.spent_since(T0 + 2 * SECOND)) == 0


def test_totals_add_up_alike(desk: Store) -> None:
    """What each deployment used and cost, an unpriced call's tokens included; handoffs by reason, evidence by kind."""
    usage = Usage(70, 30)
    desk.write(
        lambda tx: [
            tx.add_turn(due("u")),
            *(tx.start_call(started(name)) for name in ("priced", "unpriced", "open")),
            tx.settle_call(replace(settled("priced", cost=400), usage=usage, list_cost_microusd=900)),
            tx.settle_call(replace(settled("unpriced", cost=None), usage=usage, list_cost_microusd=None)),
            tx.add_handoff(Handoff("h", "t", HandoffReason.ANGER, Priority.HIGH, T0, "m", None)),
            *(tx.add_outcome(Outcome(f"o{n}", "t", OutcomeKind.THUMBS_UP, T0)) for n in range(2)),
        ]
    )
    totals = desk.read(lambda tx: tx.totals())
    assert (totals.turns, sum(totals.calls.values()), totals.cost_microusd) == ({"due": 1}, 3, 400)
    assert list(totals.used.values()) == [Used(400, 900, 140, 60)]
    assert (totals.handoffs, totals.outcomes) == ({"anger": 1}, {"thumbs_up": 2})


def test_evidence_comes_back_in_order(desk: Store) -> None:
    """Human time and outcomes oldest first, equal times in order of arrival; gaps newest first."""
    times = [HumanTime(f"h{n}", "t", "a", T0, n, n * 10) for n in range(3)]
    outcomes = [Outcome(f"o{n}", "t", OutcomeKind.CSAT, T0, "m", "u", n, "why", "a") for n in range(3)]
    gaps = [Gap(f"g{n}", "t", "u", "wo?", "de", T0) for n in range(3)]
    desk.write(lambda tx: [tx.add_human_time(h) for h in times])
    desk.write(lambda tx: [tx.add_outcome(o) for o in outcomes])
    desk.write(lambda tx: [tx.add_gap(g) for g in gaps])
    assert desk.read(lambda tx: tx.human_times(["t"])) == tuple(times)
    assert desk.read(lambda tx: tx.outcomes(["t"])) == tuple(outcomes)
    assert desk.read(lambda tx: tx.gaps(limit=2)) == (gaps[2], gaps[1])
    assert desk.read(lambda tx: (tx.human_times(["x"]), tx.outcomes([]))) == ((), ())


# -- handoff, access, privacy


def test_a_handoff_comes_back_with_its_packet(desk: Store) -> None:
    """The packet survives whole; alerts wait in the outbox until they are marked as sent."""
    packet = Packet(
        "asked", "'a human'", "refund", ("when?",), (Tried("text", "fast", "down"),),
        (Source("art", "Refunds", "public", True, 3.5),), "Dear", ("art",), "angry", "de", (("order", "5521"),), True,
    )  # fmt: skip
    handoff = Handoff("h", "t", HandoffReason.CUSTOMER_REQUEST, Priority.HIGH, T0, "m", "u", packet)
    alerts = [Alert(f"a{n}", "t", "handoff", "text", T0 + n * SECOND) for n in (1, 0)]
    desk.write(lambda tx: (tx.add_handoff(handoff), [tx.add_alert(a) for a in alerts]))
    assert desk.read(lambda tx: tx.handoffs(["t"])) == (handoff,)
    assert [a.id for a in desk.read(lambda tx: tx.alerts(pending=True))] == ["a0", "a1"]
    desk.write(lambda tx: tx.mark_sent("a0", T0))
    assert [a.id for a in desk.read(lambda tx: tx.alerts(pending=True))] == ["a1"]
    assert [a.id for a in desk.read(lambda tx: tx.alerts(limit=5, offset=1))] == ["a1"]
    assert desk.read(lambda tx: tx.alerts(limit=1)) == (replace(alerts[1], sent_at=T0),)
    with pytest.raises(NotFound):
        desk.write(lambda tx: tx.mark_sent("x", T0))


def test_an_e_mail_address_belongs_to_one_account_whatever_its_case(store: Store) -> None:
    """Adding or saving an address that is taken is a Conflict; accounts are listed by name."""
    ben = Account("2", "Ben@Example.com", "Ben", Role.AGENT, T0, "hash")
    ana = Account("1", "ana@example.com", "ana", Role.ADMIN, T0, available=False)
    store.write(lambda tx: (tx.add_account(ben), tx.add_account(ana)))
    assert store.read(lambda tx: (tx.accounts(), tx.account("2"))) == ((ana, ben), ben)
    assert store.read(lambda tx: tx.account_by_email("bEN@example.COM")) == ben
    assert store.read(lambda tx: tx.account_by_email("x")) is None
    for refused in (replace(ben, id="3"), ben):
        with pytest.raises(Conflict):
            store.write(lambda tx, new=refused: tx.add_account(new))  # type: ignore[misc]
    with pytest.raises(Conflict, match="e-mail"):
        store.write(lambda tx: tx.save_account(replace(ana, email="BEN@example.com")))
    store.write(lambda tx: tx.save_account(replace(ben, disabled=True)))
    assert store.read(lambda tx: tx.account("2")).disabled
    with pytest.raises(NotFound):
        store.write(lambda tx: tx.save_account(replace(ben, id="x", email="x@example.com")))
    with pytest.raises(NotFound):
        store.read(lambda tx: tx.account("x"))


def test_sessions_are_forgotten_one_by_one_or_all_of_an_account(store: Store) -> None:
    """Signing out forgets one session; disabling an account forgets all of its own and no other's."""
    store.write(lambda tx: [tx.add_account(Account(i, f"{i}@x.org", i, Role.AGENT, T0)) for i in ("a", "b")])
    sessions = [Session(f"{who}{n}", who, T0, T0 + SECOND) for who in ("a", "b") for n in range(2)]
    store.write(lambda tx: [tx.add_session(s) for s in sessions])
    assert store.read(lambda tx: tx.session("a0")) == sessions[0]
    store.write(lambda tx: tx.remove_sessions(token_hash="b0"))
    store.write(lambda tx: tx.remove_sessions(account_id="a"))
    store.write(lambda tx: tx.remove_sessions())
    assert store.read(lambda tx: [bool(tx.session(s.token_hash)) for s in sessions]) == [False, False, False, True]


def test_a_setup_link_works_once_before_it_expires(store: Store) -> None:
    """A newer link removes an unused older one; a used link stays used."""
    links = [SetupLink(f"l{n}", T0, T0 + SECOND) for n in range(3)]
    store.write(lambda tx: [tx.add_setup_link(link) for link in links[:2]])
    assert not store.write(lambda tx: tx.use_setup_link("l0", T0))
    assert not store.write(lambda tx: tx.use_setup_link("l1", T0 + SECOND))
    assert store.write(lambda tx: tx.use_setup_link("l1", T0))
    assert not store.write(lambda tx: tx.use_setup_link("l1", T0))
    store.write(lambda tx: tx.add_setup_link(links[2]))
    assert store.write(lambda tx: tx.use_setup_link("l2", T0))


def test_hits_are_counted_per_key_and_window(store: Store) -> None:
    """Each key and window counts for itself until the key is forgotten."""
    counts = store.write(
        lambda tx: [tx.count_hit(k, w) for k, w in (("a", T0), ("a", T0), ("b", T0), ("a", T0 + SECOND))]
    )
    assert counts == [1, 2, 1, 1]
    store.write(lambda tx: tx.forget_hits("a"))
    assert store.write(lambda tx: [tx.count_hit(k, T0) for k in ("a", "b")]) == [1, 2]


def test_the_audit_log_is_read_newest_first(store: Store) -> None:
    """Entries come back as written, the latest on top."""
    entries = [AuditEntry(f"e{n}", T0, "a", "claim", f"#{n}", "detail") for n in range(3)]
    store.write(lambda tx: [tx.add_audit(e) for e in entries])
    assert store.read(lambda tx: tx.audit(limit=2)) == (entries[2], entries[1])


def test_sealed_data_come_back_as_they_were(desk: Store) -> None:
    """Byte for byte, in order of arrival."""
    entries = [VaultEntry(f"v{n}", "t", "m", f"[email {n}]", "email", b"\x00\xff", T0 + n * SECOND) for n in range(3)]
    desk.write(lambda tx: [tx.add_vault_entry(e) for e in entries])
    assert desk.read(lambda tx: tx.vault_entries("t")) == tuple(entries)
