"""Messages in SQL: the bot's are inserted by a statement that itself tests whether the bot may still speak."""

from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, insert, literal, select, update

from supportbot.domain.errors import NotFound
from supportbot.domain.message import Citation, Message, Sender
from supportbot.domain.ticket import Owner
from supportbot.domain.turn import TurnStatus
from supportbot.ports import PostGuard
from supportbot.storage.mapping import MESSAGE, TICKET, TURN, message_citations
from supportbot.storage.sql.part import SqlPart

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
        newer = exists().where(
            _M.ticket_id == guard.ticket_id, _M.sender == Sender.CUSTOMER.value, _M.seq > guard.last_seq
        )
        placed = self._insert(message, *_guarded(guard), ~newer)
        if placed is not None:
            released = func.coalesce(_U.first_released_at, literal(message.created_at, _U.first_released_at.type))
            self._change(
                update(TURN.table)
                .where(_U.id == guard.turn_id)
                .values(message_id=message.id, first_released_at=released)
            )
        return placed

    def extend_bot_message(
        self, message_id: str, text: str, citations: tuple[Citation, ...], final: bool, guard: PostGuard
    ) -> bool:
        """Replace the text of a message that is not final yet where lease and ownership hold, in one statement."""
        write, _ = message_citations()
        extended = self._hit(
            update(MESSAGE.table)
            .where(_M.id == message_id, _M.ticket_id == guard.ticket_id, _M.final.is_(False), *_guarded(guard))
            .values(text=text, citations=write(citations), final=final)
        )
        if extended:
            self._touch(guard.ticket_id)
        return extended

    def message(self, message_id: str) -> Message:
        """Return a message."""
        return self._get(MESSAGE, message_id, "message", _M.id == message_id)

    def messages(self, ticket_id: str, *, private: bool = False, after_seq: int = 0) -> tuple[Message, ...]:
        """Return a ticket's messages in order."""
        query = select(*MESSAGE.columns).where(_M.ticket_id == ticket_id, _M.seq > after_seq)
        if not private:
            query = query.where(_M.private.is_(False))
        return self._list(MESSAGE, query.order_by(_M.seq))

    def _insert(self, message: Message, *where: ColumnElement[bool]) -> Message | None:
        """Insert where the ticket exists and *where* holds; `seq` is counted in the same statement."""
        names, picked = _selection(message)
        chosen = picked.where(exists().where(_T.id == message.ticket_id), *where)
        statement = insert(MESSAGE.table).from_select(names, chosen).returning(_M.seq)
        seq = self._change(statement).scalar_one_or_none()
        if seq is None:
            return None
        self._touch(message.ticket_id)
        return replace(message, seq=seq)


def _selection(message: Message) -> tuple[list[str], Select[Any]]:
    row = MESSAGE.row(message)
    others = MESSAGE.table.alias("others")
    next_seq = (
        select(func.coalesce(func.max(others.c.seq), 0) + 1)
        .where(others.c.ticket_id == message.ticket_id)
        .scalar_subquery()
    )
    picked = [next_seq if name == "seq" else literal(row[name], MESSAGE.table.c[name].type) for name in row]
    return list(row), select(*picked)


def _guarded(guard: PostGuard) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The bot owns the ticket, and the turn is running under the lease."""
    owned = exists().where(_T.id == guard.ticket_id, _T.owner == Owner.BOT.value)
    running = exists().where(
        _U.id == guard.turn_id,
        _U.ticket_id == guard.ticket_id,
        _U.status == TurnStatus.RUNNING.value,
        _U.lease == guard.lease,
    )
    return owned, running
