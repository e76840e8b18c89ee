"""Messages in SQL: the bot's are inserted by a statement that itself tests whether the bot may still speak."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, insert, select, update
from sqlalchemy.sql.dml import UpdateBase

from supportbot.domain.errors import NotFound
from supportbot.domain.message import Citation, Message, MessageKind, Sender
from supportbot.domain.ticket import Owner
from supportbot.domain.turn import TurnStatus
from supportbot.ports import PostGuard
from supportbot.storage.mapping import MESSAGE, TICKET, TURN, message_citations
from supportbot.storage.sql.part import SqlPart, chunks

_M = MESSAGE.table.c
_T = TICKET.table.c
_U = TURN.table.c


class SqlMessages(SqlPart):
    """The part of the unit of work about messages."""

    def add_message(self, message: Message) -> Message:
        """Store a message under the ticket's next `seq`."""
        placed = self._insert(message)
        if placed is None:
            raise NotFound(f"There is no ticket {message.ticket_id}; store it first.")
        return placed

    def post_bot_message(self, message: Message, guard: PostGuard) -> Message | None:
        """Insert a bot message where *guard* holds, in one statement; note it on the turn."""
        placed = self._insert(message, guard)
        if placed is not None:
            self._change(_RELEASED, {"its_id": guard.turn_id, "at": message.created_at, "message_id": message.id})
        return placed

    def extend_bot_message(
        self,
        message_id: str,
        text: str,
        citations: tuple[Citation, ...],
        final: bool,
        guard: PostGuard,
        kind: MessageKind | None = None,
    ) -> bool:
        """Replace the text of a message that is not final yet where lease and ownership hold, in one statement."""
        write, _ = message_citations()
        values = {"its_id": message_id, "text": text, "citations": write(citations), "final": final}
        if kind is not None:
            values["kind"] = kind.value
        self._hold(guard.ticket_id)
        self._hold_turn(guard)
        extended = self._hit(_EXTEND, values | _guard_values(guard))
        if extended:
            self._touch(guard.ticket_id)
        return extended

    def message(self, message_id: str) -> Message:
        """Return a message."""
        return self._find_below(MESSAGE, message_id, "message")

    def messages(self, ticket_id: str, *, private: bool = False, after_seq: int = 0) -> tuple[Message, ...]:
        """Return a ticket's messages in order."""
        query = select(*MESSAGE.columns).where(_M.ticket_id == ticket_id, _M.seq > after_seq)
        if not private:
            query = query.where(_M.private.is_(False))
        self._hold(ticket_id)
        return self._list(MESSAGE, query.order_by(_M.seq), held=True)

    def last_messages(self, ticket_ids: Sequence[str]) -> tuple[Message, ...]:
        """Return the newest text of each sender on each of these tickets."""
        self._hold(*ticket_ids)
        found = (self._list(MESSAGE, _newest_texts(ids), held=True) for ids in chunks(ticket_ids))
        return tuple(message for some in found for message in some)

    def _insert(self, message: Message, guard: PostGuard | None = None) -> Message | None:
        """Insert where the ticket exists and *guard* holds; `seq` is counted in the same statement."""
        self._hold(message.ticket_id)
        if guard is not None:
            self._hold_turn(guard)
        values = {f"new_{name}": value for name, value in MESSAGE.row(message).items()}
        statement = _ADD if guard is None else _POST
        seq = self._change(statement, values | _guard_values(guard)).scalar_one_or_none()
        if seq is None:
            return None
        self._touch(message.ticket_id)
        return replace(message, seq=seq)

    def _hold_turn(self, guard: PostGuard) -> None:
        """Let nobody take the turn over between the test of its lease and the commit."""
        if self._locks is not None:
            self._rows(select(_U.id).where(_U.id == guard.turn_id).with_for_update(), held=True)


def _newest_texts(ticket_ids: Sequence[str]) -> Select[Any]:
    """The rows with the highest `seq` by ticket and sender."""
    told = (_M.ticket_id.in_(ticket_ids), _M.kind == MessageKind.TEXT.value, _M.private.is_(False))
    newest = select(_M.ticket_id, func.max(_M.seq).label("seq")).where(*told).group_by(_M.ticket_id, _M.sender)
    last = newest.subquery()
    rows = MESSAGE.table.join(last, and_(_M.ticket_id == last.c.ticket_id, _M.seq == last.c.seq))
    return select(*MESSAGE.columns).select_from(rows)


def _guard_values(guard: PostGuard | None) -> dict[str, Any]:
    return {} if guard is None else {f"guard_{f.name}": getattr(guard, f.name) for f in fields(guard)}


def _inserting(*where: ColumnElement[bool]) -> UpdateBase:
    """The statement that inserts a message under the next `seq` where its ticket exists and *where* holds."""
    others = MESSAGE.table.alias("others")
    new_ticket_id = bindparam("new_ticket_id", type_=_M.ticket_id.type)
    next_seq = select(func.coalesce(func.max(others.c.seq), 0) + 1).where(others.c.ticket_id == new_ticket_id)
    names = [column.name for column in MESSAGE.table.columns]
    picked: list[ColumnElement[Any]] = [bindparam(f"new_{name}", type_=_M[name].type) for name in names]
    picked[names.index("seq")] = next_seq.scalar_subquery()
    chosen = select(*picked).where(exists().where(_T.id == new_ticket_id), *where)
    return insert(MESSAGE.table).from_select(names, chosen).returning(_M.seq)


#: The bot owns the ticket, and the turn is running under the lease.
_GUARDED = (
    exists().where(_T.id == bindparam("guard_ticket_id"), _T.owner == Owner.BOT.value),
    exists().where(
        _U.id == bindparam("guard_turn_id"),
        _U.ticket_id == bindparam("guard_ticket_id"),
        _U.status == TurnStatus.RUNNING.value,
        _U.lease == bindparam("guard_lease"),
    ),
)
_NEWER = exists().where(
    _M.ticket_id == bindparam("guard_ticket_id"),
    _M.sender == Sender.CUSTOMER.value,
    _M.seq > bindparam("guard_last_seq"),
)
_ADD = _inserting()
_POST = _inserting(*_GUARDED, ~_NEWER)
_EXTEND = update(MESSAGE.table).where(
    _M.id == bindparam("its_id"), _M.ticket_id == bindparam("guard_ticket_id"), _M.final.is_(False), *_GUARDED
)
_RELEASED = (
    update(TURN.table)
    .where(_U.id == bindparam("its_id"))
    .values(first_released_at=func.coalesce(_U.first_released_at, bindparam("at", type_=_U.first_released_at.type)))
)
