"""Connecting to PostgreSQL: the pool, and what every session is told."""

from typing import Any

from sqlalchemy import URL, Engine, create_engine, event

from supportbot.domain.errors import ConfigurationError

DRIVER = "postgresql+psycopg"

#: Connections a process keeps, and opens at most: several processes have to fit below the server's usual hundred.
KEPT, MOST = 6, 12
#: Seconds to wait for a connection: to the server, and for a free one of ours.
CONNECT_S, FREE_S = 5, 10

_GIVEN = {
    "application_name": "supportbot",
    "connect_timeout": CONNECT_S,
    # A server that vanished without a word is noticed in half a minute, not in two hours.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
#: Whoever stalls inside a transaction, or holds what others need, must not stop the desk.
_SESSION = "SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '60s'"


def make_engine(url: URL) -> Engine:
    """Return an engine for a PostgreSQL database; ConfigurationError when the address cannot be meant."""
    address = plain(url)
    arguments = {name: value for name, value in _GIVEN.items() if name not in address.query}
    engine = create_engine(
        address,
        connect_args=arguments,
        pool_size=KEPT,
        max_overflow=MOST - KEPT,
        pool_timeout=FREE_S,
        hide_parameters=True,  # an error's text may be logged: it must not carry what customers wrote
    )
    event.listen(engine, "connect", _prepare)
    return engine


def plain(url: URL) -> URL:
    """Return *url* with our driver, whichever way it was written; ConfigurationError when it cannot be meant."""
    if "@" in (url.host or ""):
        raise ConfigurationError(
            "The password in SUPPORTBOT_DATABASE_URL has a character that must be written as %40 (@), %2F (/) or alike."
        )
    if not url.database and "dbname" not in url.query and "service" not in url.query:
        raise ConfigurationError("The address names no database; write postgresql://user@host/database.")
    return url.set(drivername=DRIVER)


def _prepare(connection: Any, _record: Any) -> None:
    before, connection.autocommit = connection.autocommit, True
    connection.execute(_SESSION)
    connection.autocommit = before
