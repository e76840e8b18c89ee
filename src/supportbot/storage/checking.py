"""Telling how a database differs from the tables and views of this version, and whether its ledger adds up."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, case, func, inspect, literal_column, or_, select, table
from sqlalchemy.exc import DBAPIError

from supportbot.storage.dialect import connect, is_sqlite, translated
from supportbot.storage.mapping import CALL_SETTLED, CALL_STARTED
from supportbot.storage.schema import HEAD, config, refuse_unknown, revision
from supportbot.storage.tables import Row

#: The views that are documented for anyone who reads SQL.
VIEWS = ("ledger_entries",)

_S = CALL_STARTED.table.c
_E = CALL_SETTLED.c
_OPEN = _E.call_id.is_(None)
#: What each sum over the view has to be.
_LEDGER = {
    "input_tokens": case((_OPEN, _S.reserved_input_tokens), else_=_E.input_tokens),
    "output_tokens": case((_OPEN, _S.reserved_output_tokens), else_=_E.output_tokens),
    "cached_tokens": case((_OPEN, 0), else_=_E.cached_tokens),
    "cost_microusd": case((_OPEN, _S.reserved_microusd), else_=_E.cost_microusd),
    "list_cost_microusd": case((_OPEN, _S.reserved_list_microusd), else_=_E.list_cost_microusd),
    "estimated": case((or_(_OPEN, _E.estimated), 1), else_=0),
}


def check(url: str) -> tuple[str, ...]:
    """Return how the database differs from what this version needs, one sentence each; nothing when it does not.

    Raises DatabaseTooNew, or DatabaseUnavailable when there is nothing to look at.
    """
    engine = connect(url)
    try:
        with engine.connect() as connection:
            if not is_sqlite(engine):  # one snapshot, as SQLite's transactions have it, while a desk is at work
                connection.execution_options(isolation_level="REPEATABLE READ")
            present = revision(connection)
            if present != HEAD:
                refuse_unknown(config(connection), present)
                return (f"The database is at revision {present or 'none'}, this version needs {HEAD}; run db upgrade.",)
            found = [*_broken(connection), *_differing(connection), *_views(connection)]
            return tuple(found or _ledger(connection))
    except DBAPIError as wrong:
        raise translated(wrong) from wrong
    finally:
        engine.dispose()


def _broken(connection: Connection) -> list[str]:
    """What SQLite itself finds wrong with its file; a server looks after its own."""
    if connection.dialect.name != "sqlite":
        return []
    pages = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    loose = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    found = [] if pages == "ok" else ["The file is damaged; restore a backup."]
    return [*found, *([f"A row of {loose[0]} belongs to nothing in {loose[2]}; restore a backup."] if loose else [])]


def _differing(connection: Connection) -> list[str]:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    context = MigrationContext.configure(connection, opts={"compare_type": True})
    found: list[str] = []
    for difference in compare_metadata(context, Row.metadata):
        changes = difference if isinstance(difference, list) else [difference]
        found += [_sentence(change) for change in changes]
    return found


def _sentence(change: tuple[Any, ...]) -> str:
    """Put one of Alembic's differences, which say what would have to be done, into words."""
    what, _, kind = str(change[0]).partition("_")
    standing = {"add": "is missing", "remove": "is not of this version"}.get(what)
    if standing is None:
        return f"The column {change[2]}.{change[3]} differs in its {kind}; restore a backup or repair it by hand."
    thing = change[-1]
    if isinstance(thing, Table):
        return f"The table {thing.name} {standing}."
    owner = change[2] if kind == "column" else thing.table.name
    return f"The {kind} {owner}.{thing.name} {standing}."


def _views(connection: Connection) -> list[str]:
    there = set(inspect(connection).get_view_names())
    return [f"The view {name} is missing." for name in VIEWS if name not in there]


def _ledger(connection: Connection) -> list[str]:
    """Whether the view says of every sum what the tables say."""
    view = table("ledger_entries")
    sums: list[ColumnElement[Any]] = [func.count(), *(func.sum(literal_column(name)) for name in _LEDGER)]
    shown = select(*sums).select_from(view)
    both = CALL_STARTED.table.outerjoin(CALL_SETTLED, _E.call_id == _S.id)
    meant = select(func.count(), *(func.sum(value) for value in _LEDGER.values())).select_from(both)
    says, holds = connection.execute(shown).one(), connection.execute(meant).one()
    return [
        f"The view ledger_entries says {one or 0} {name}, the ledger's tables say {other or 0}."
        for name, one, other in zip(("calls", *_LEDGER), says, holds, strict=True)
        if (one or 0) != (other or 0)
    ]
