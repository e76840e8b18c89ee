"""What every table shares: its kinds of columns, and names of constraints by rule."""

from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, MetaData, Table
from sqlmodel import Field, SQLModel

from supportbot.storage.columns import FreeText, Position, UtcTime

#: Names given by rule, so that a migration can address every constraint on every database.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def position() -> Any:
    """A growing row number, the key of its table."""
    return Field(default=None, primary_key=True, sa_type=Position)


def moment(**more: Any) -> Any:
    """A time, aware."""
    return Field(sa_type=UtcTime, **more)


def free_text() -> Any:
    """Text that people typed."""
    return Field(sa_type=FreeText)


def as_json() -> Any:
    """Plain data of any shape."""
    return Field(sa_type=JSON)


def money() -> Any:
    """Micro-dollars."""
    return Field(sa_type=BigInteger)


def of_ticket() -> Any:
    """The ticket a row belongs to."""
    return Field(foreign_key="ticket.id", index=True)


class Row(SQLModel):
    """What all tables share: their own metadata, with names by rule."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMES)


def table(row: type[Row]) -> Table:
    """Return the table behind a row class."""
    return Row.metadata.tables[str(row.__tablename__)]
