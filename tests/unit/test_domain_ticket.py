"""The ticket's state table: what may happen, and what always holds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportbot.domain.errors import IllegalTransition
from supportbot.domain.ticket import (
    ANSWERED,
    CLAIMED,
    LENT,
    NEW,
    TRANSITIONS,
    WAITING,
    Event,
    Owner,
    State,
    Status,
    Ticket,
    allowed,
    moved,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
STATES = sorted({s for s, _ in TRANSITIONS} | set(TRANSITIONS.values()), key=str)


def ticket(state: State = NEW) -> Ticket:
    return Ticket("t", "c", NOON, NOON, number=20001, owner=state.owner, status=state.status, queued=state.queued)


def walk(events: list[Event]) -> Ticket:
    """Apply what is allowed of *events*, a minute apart."""
    now, at = ticket(), NOON
    for event in events:
        at += timedelta(minutes=1)
        if allowed(now.state, event):
            now = moved(now, event, at)
    return now


def test_every_status_can_be_reached_from_a_new_ticket() -> None:
    reached, todo = {NEW}, [NEW]
    while todo:
        state = todo.pop()
        for event in Event:
            after = TRANSITIONS.get((state, event))
            if after and after not in reached:
                reached.add(after)
                todo.append(after)
    assert {s.status for s in reached} == set(Status)
    assert reached == set(STATES)


def test_every_event_is_used() -> None:
    assert {event for _, event in TRANSITIONS} == set(Event)


@pytest.mark.parametrize("state", STATES, ids=str)
def test_what_the_table_does_not_list_is_refused(state: State) -> None:
    for event in Event:
        if (state, event) not in TRANSITIONS:
            with pytest.raises(IllegalTransition, match="#20001"):
                moved(ticket(state), event, NOON)


def test_resolved_tickets_are_final() -> None:
    """A message after resolution opens a new ticket; no event moves a resolved one."""
    assert not any(s.status is Status.RESOLVED for s, _ in TRANSITIONS)


@given(st.lists(st.sampled_from(list(Event)), max_size=40))
def test_only_people_or_the_queue_keep_the_clock_running(events: list[Event]) -> None:
    now = walk(events)
    with_people = now.queued or (now.owner is Owner.AGENT and now.open)
    assert (now.waiting_since is not None) == with_people


@given(st.lists(st.sampled_from(list(Event)), max_size=40))
def test_whoever_is_in_the_queue_is_there_for_the_bot_or_nobody(events: list[Event]) -> None:
    now = walk(events)
    if now.queued:
        assert now.state in (WAITING, LENT)
    if now.owner is Owner.QUEUE:
        assert now.queued


def test_a_lent_ticket_keeps_its_place_in_the_queue() -> None:
    waiting = moved(ticket(ANSWERED), Event.HANDED_OFF, NOON)
    lent = moved(waiting, Event.LENT, NOON + timedelta(minutes=3))
    back = moved(lent, Event.BOT_ANSWERED, NOON + timedelta(minutes=4))
    assert (lent.owner, lent.queued) == (Owner.BOT, True)
    assert back.state == WAITING
    assert back.waiting_since == NOON


def test_a_claim_takes_a_lent_ticket_from_the_bot() -> None:
    lent = replace(ticket(LENT), waiting_since=NOON)
    assert moved(lent, Event.CLAIMED, NOON).state == CLAIMED


def test_a_claim_that_ends_leaves_nothing_of_the_claim() -> None:
    held = replace(ticket(CLAIMED), agent_id="ana", claimed_at=NOON, claim_expires_at=NOON, waiting_since=NOON)
    for event in (Event.CLAIM_LAPSED, Event.RELEASED, Event.HANDED_BACK):
        after = moved(held, event, NOON)
        assert (after.agent_id, after.claimed_at, after.claim_expires_at) == (None, None, None)
