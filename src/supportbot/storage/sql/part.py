"""What the topics of a unit of work on SQL share: running statements and noting the tickets they concern."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from typing import Any, Protocol, TypeVar

from sqlalchemy import ColumnElement, Connection, CursorResult, Row, Select, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.sql.dml import UpdateBase

from supportbot.domain.errors import Conflict, NotFound, StorageError
from supportbot.storage.dialect import translated
from supportbot.storage.mapping import Mapper

D = TypeVar("D")

#: How many ids one statement may name; databases bound the number of parameters.
CHUNK = 5_000


class Locks(Protocol):
    """What keeps units of work apart where several run at once; a database with one writer needs none."""

    def hold(self, ticket_ids: Iterable[str]) -> None:
        """Keep others from changing these tickets, or adding to them, until the transaction ends."""
        ...

    def alone(self) -> None:
        """Keep everyone else from writing anything until the transaction ends."""
        ...


class SqlPart:
    """A connection inside a transaction. `touched` collects the tickets whose subscribers must hear of it.

    Under *locks*, whoever reads in order to write holds what was read: a row found by its key, a ticket with all that
    belongs to it, or, for anything wider, everything. *careful* makes a refused statement undo itself alone, where a
    database would otherwise give up the transaction. `trouble` is the first error of the database's that the
    transaction cannot have survived without that.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        reading: bool = False,
        careful: bool = False,
        locks: Locks | None = None,
    ) -> None:
        self._connection = connection
        self._reading = reading
        self._careful = careful
        self._locks = locks
        self.touched: dict[str, None] = {}
        self.trouble: DBAPIError | None = None

    def _touch(self, ticket_id: str) -> None:
        self.touched[ticket_id] = None

    def _hold(self, *ticket_ids: str) -> None:
        """Let nobody else change these tickets meanwhile, or add to them."""
        if self._locks is not None:
            self._locks.hold(ticket_ids)

    def _rows(self, query: Select[Any], *, held: bool = False) -> Sequence[Row[Any]]:
        """Run a query; whatever it reads is *held* already, or others must not write at all."""
        if self._locks is not None and not held:
            self._locks.alone()
        try:
            return self._connection.execute(query).all()
        except DBAPIError as wrong:
            raise self._noted(wrong) from wrong

    def _change(self, statement: UpdateBase, values: dict[str, Any] | None = None) -> CursorResult[Any]:
        """Run a statement that writes; raise the domain's errors.

        Statements made once and given their *values* here cost a third of those made anew each time.
        """
        if self._reading:
            raise StorageError("A read must not write; use write() for work that changes something.")
        try:
            with self._connection.begin_nested() if self._careful else nullcontext():
                return self._connection.execute(statement, values)
        except DBAPIError as wrong:
            raise self._noted(wrong) from wrong

    def _noted(self, wrong: DBAPIError) -> BaseException:
        undone = self._careful and isinstance(wrong, IntegrityError)
        if self.trouble is None and not undone:
            self.trouble = wrong
        return translated(wrong)

    def _hit(self, statement: UpdateBase, values: dict[str, Any] | None = None) -> bool:
        """Run an update or delete and say whether it met a row."""
        return self._change(statement, values).rowcount > 0

    def _add(self, mapper: Mapper[D], value: D, what: str, ticket_id: str | None = None) -> None:
        """Insert a value; Conflict when its key is taken, NotFound when what it belongs to does not exist."""
        if ticket_id is not None:
            self._hold(ticket_id)
        try:
            self._change(insert(mapper.table), mapper.row(value))
        except Conflict as taken:
            raise Conflict(f"There already is a {what} with this id; give each new one an id of its own.") from taken
        except NotFound as missing:
            raise NotFound(f"The {what} belongs to something that does not exist; store that first.") from missing
        if ticket_id is not None:
            self._touch(ticket_id)

    def _find(self, mapper: Mapper[D], *where: ColumnElement[bool]) -> D | None:
        """Return the one row that *where*, a condition on a key, finds; under locks it is held."""
        query = select(*mapper.columns).where(*where)
        rows = self._rows(query if self._locks is None else query.with_for_update(), held=True)
        return mapper.value(rows[0]) if rows else None

    def _get(self, mapper: Mapper[D], key: object, what: str, *where: ColumnElement[bool]) -> D:
        found = self._find(mapper, *where)
        if found is None:
            raise NotFound(f"There is no {what} {key}; check the id.")
        return found

    def _find_below(self, mapper: Mapper[D], key: str, what: str) -> D:
        """Return a value that belongs to a ticket, by its id; under locks the ticket is held first."""
        if self._locks is not None:
            ticket = select(mapper.table.c.ticket_id).where(mapper.table.c.id == key)
            self._hold(*(row[0] for row in self._rows(ticket, held=True)))
        return self._get(mapper, key, what, mapper.table.c.id == key)

    def _list(self, mapper: Mapper[D], query: Select[Any], *, held: bool = False) -> tuple[D, ...]:
        return tuple(mapper.value(row) for row in self._rows(query, held=held))

    def _of_tickets(self, mapper: Mapper[D], ticket_ids: Sequence[str]) -> tuple[D, ...]:
        """Return the values of these tickets in order of arrival, whatever the clock said."""
        table = mapper.table
        rows: list[Row[Any]] = []
        self._hold(*ticket_ids)
        for ids in chunks(ticket_ids):
            query = select(*mapper.columns, table.c.position.label("arrival"))
            rows.extend(self._rows(query.where(table.c.ticket_id.in_(ids)), held=True))
        rows.sort(key=lambda row: row.arrival)
        return tuple(mapper.value(row) for row in rows)


def chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    """Yield the distinct ids in pieces small enough for one statement."""
    distinct = list(dict.fromkeys(ids))
    for start in range(0, len(distinct), CHUNK):
        yield distinct[start : start + CHUNK]
