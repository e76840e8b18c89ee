"""Retention: what is older than its days goes by itself, in small steps; the ledger stays, without words."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from supportbot.access import require
from supportbot.domain.account import Actor, AuditEntry, Role
from supportbot.domain.ids import new_id
from supportbot.domain.kept import Kept
from supportbot.ports import Clock, Store, Tx
from supportbot.privacy.erasing import Erasure, take_words

_LOG = logging.getLogger(__name__)

#: Tickets whose messages go in one transaction.
TALKS = 50
#: Rows without a conversation around them, per transaction.
_ROWS = 500
#: Customers erased in one step.
_CUSTOMERS = 10
#: How many steps of each kind one call of the chore may take: other chores wait meanwhile.
CHORE_STEPS = 60
#: The kind that stands for a customer as a whole.
CUSTOMERS = "customers"


@dataclass(frozen=True, slots=True)
class Periods:
    """Days for which each kind is kept, by name: a Kept's value, or `customers`. Sealed data carry their own expiry."""

    days: Mapping[str, int]

    def before(self, kind: str, now: datetime) -> datetime:
        """Return the time before which a kind is too old."""
        return now if kind == Kept.VAULT else now - timedelta(days=self.days[kind])


@dataclass(frozen=True, slots=True)
class Due:
    """How much of a kind is older than its days (or was, and is gone)."""

    kind: str
    days: int
    before: datetime
    count: int


class Retention:
    """Ends what is too old. A message, packet, comment, gap or alert on a ticket that a person has or owes is kept."""

    def __init__(self, store: Store, clock: Clock, periods: Periods, erasure: Erasure) -> None:
        self._store = store
        self._clock = clock
        self._periods = periods
        self._erasure = erasure

    def due(self, actor: Actor | None) -> tuple[Due, ...]:
        """Return what `run` would end; changes nothing. Of customers at most 10,000 are counted."""
        require(actor, Role.LEAD)
        now = self._clock.now()

        def count(tx: Tx, kind: str) -> Due:
            before = self._periods.before(kind, now)
            if kind == CUSTOMERS:
                return self._due(kind, before, len(tx.idle_customers(before, 10_000)))
            return self._due(kind, before, tx.count_kept(Kept(kind), before=before))

        return self._store.read(lambda tx: tuple(count(tx, kind) for kind in self._periods.days))

    def run(self, actor: Actor | None, told: Callable[[str, int], None] | None = None) -> tuple[Due, ...]:
        """End everything that is too old; *told* hears of each step. Audited with counts."""
        by = require(actor, Role.LEAD)
        return self._run(by.id, None, told)

    def chore(self) -> None:
        """End what is too old, a bounded number of steps of each kind; first what an interrupted erasure left."""
        self._erasure.resume()
        self._run("system", CHORE_STEPS, None)

    def _run(self, actor_id: str, most: int | None, told: Callable[[str, int], None] | None) -> tuple[Due, ...]:
        now = self._clock.now()
        ended = []
        for kind in self._periods.days:
            before, count = self._periods.before(kind, now), 0
            for done, number in enumerate(self._steps(kind, before), 1):
                count += number
                if told is not None:
                    told(kind, number)
                if done == most:
                    break
            ended.append(self._due(kind, before, count))
        gone = [due for due in ended if due.count]
        if gone:
            self._note(actor_id, gone)
        if gone or most is None:  # a person who asks also ends what an erasure could not scrub
            self._store.scrub()
        return tuple(ended)

    def _steps(self, kind: str, before: datetime) -> Iterator[int]:
        """Take steps until nothing of *kind* is too old; yield how much each ended."""
        while number := self._step(kind, before):
            yield number

    def _step(self, kind: str, before: datetime) -> int:
        if kind == CUSTOMERS:
            return self._erasure.erase_idle(before, _CUSTOMERS)
        if kind == Kept.MESSAGES:
            ids = self._store.read(lambda tx: tx.tickets_keeping(Kept.MESSAGES, before, TALKS))
            return self._store.write(lambda tx: _end_talk(tx, ids, before)) if ids else 0
        return self._rows(Kept(kind), before)

    def _rows(self, kind: Kept, before: datetime) -> int:
        """Look before asking for the write lock: mostly there is nothing to do."""
        if not self._store.read(lambda tx: tx.count_kept(kind, before=before)):
            return 0
        return self._store.write(lambda tx: tx.forget_kept(kind, before=before, limit=_ROWS))

    def _due(self, kind: str, before: datetime, count: int) -> Due:
        return Due(kind, self._periods.days[kind], before, count)

    def _note(self, actor_id: str, gone: list[Due]) -> None:
        detail = " ".join(f"{due.kind}={due.count}" for due in gone)
        entry = AuditEntry(new_id(), self._clock.now(), actor_id, "retention", "desk", detail)
        self._store.write(lambda tx: tx.add_audit(entry))
        _LOG.info("retention: %s", detail)


def _end_talk(tx: Tx, ids: tuple[str, ...], before: datetime) -> int:
    """Destroy old messages, and the words that decisions and subjects took from them; return how many messages."""
    take_words(tx, ids, before)
    for ticket in map(tx.ticket, ids):
        if ticket.subject and ticket.created_at < before:
            tx.save_ticket(replace(ticket, subject=""))
    return tx.forget_kept(Kept.MESSAGES, ticket_ids=ids, before=before)
