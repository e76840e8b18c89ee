"""What PostgreSQL's errors mean, in our words alone: the server's may quote rows, and libpq's parts of the address."""

from psycopg import Error

from supportbot.domain.errors import DatabaseUnavailable, ReadOnlyData, StorageError, SupportbotError

#: Another transaction was in the way; the same work succeeds when it is run again.
_IN_THE_WAY = {"40001", "40P01"}
#: The server ends, starts, or has no room for us now.
_AWAY = {"57P01", "57P02", "57P03", "57P05", "53300", "25P03", "25P04"}

_STATES = {
    "25006": ReadOnlyData("The PostgreSQL server only reads now; point SUPPORTBOT_DATABASE_URL at the primary."),
    "42501": ReadOnlyData("The database account lacks rights; let it own the database, or grant it the tables."),
    "53100": DatabaseUnavailable("The disk of the PostgreSQL server is full; make room there."),
    "53300": DatabaseUnavailable("The PostgreSQL server has no connection left; raise max_connections there."),
    "55P03": DatabaseUnavailable("Another session keeps rows or tables locked; end it, then try again."),
}
#: What a refused connection says, and what to do. Only where the words are the server's own is there no code.
_CONNECTING = (
    ("password authentication failed", "The password or the account is wrong; correct SUPPORTBOT_DATABASE_URL."),
    ("no password supplied", "The PostgreSQL server wants a password; put it into SUPPORTBOT_DATABASE_URL."),
    ("no pg_hba.conf entry", "The server does not let this account in from here; add it to the server's pg_hba.conf."),
    ("too many connections", "The PostgreSQL server takes no more connections of this account; raise its limit there."),
    ('role "', "The account does not exist on the PostgreSQL server; make it, or correct SUPPORTBOT_DATABASE_URL."),
    ("permission denied for database", "The account may not use the database; grant it CONNECT on the server."),
    ("does not exist", "The database does not exist on the server; make it with createdb, or name another."),
    ("too many clients", "The PostgreSQL server has no connection left; raise max_connections there."),
    ("remaining connection slots", "The PostgreSQL server has no connection left; raise max_connections there."),
    ("starting up", "The PostgreSQL server is starting; try again in a moment."),
    ("shutting down", "The PostgreSQL server is shutting down; start it again."),
    ("SSL", "The PostgreSQL server and SUPPORTBOT_DATABASE_URL disagree about encryption; set sslmode in the address."),
    ("resolve", "The host of the PostgreSQL server is unknown; correct SUPPORTBOT_DATABASE_URL."),
    ("translate host name", "The host of the PostgreSQL server is unknown; correct SUPPORTBOT_DATABASE_URL."),
    ("No such file", "There is no PostgreSQL server at that socket; start it, or correct SUPPORTBOT_DATABASE_URL."),
    ("refused", "No PostgreSQL server answers at that host and port; start it, or correct SUPPORTBOT_DATABASE_URL."),
    ("timeout", "The PostgreSQL server does not answer in time; see that it runs and that no firewall is between."),
)


def meaning(wrong: BaseException | None) -> SupportbotError:
    """Return the domain's error for one of PostgreSQL's, with the remedy."""
    state = getattr(wrong, "sqlstate", None)
    if state in _STATES:
        known = _STATES[state]
        return type(known)(str(known))
    if in_the_way(wrong):
        return DatabaseUnavailable("Many changes at once are in each other's way; try again.")
    if is_away(wrong):
        return DatabaseUnavailable(_why(str(wrong)))
    return StorageError(f"The database failed ({type(wrong).__name__} {state}); run `supportbot db check`.")


def in_the_way(wrong: BaseException | None) -> bool:
    """Whether the work failed only because of other work at the same time."""
    return isinstance(wrong, Error) and wrong.sqlstate in _IN_THE_WAY


def is_away(wrong: BaseException | None) -> bool:
    """Whether the server cannot be reached, or went away."""
    state = getattr(wrong, "sqlstate", None)
    if state is None:
        return isinstance(wrong, Error) and type(wrong).__name__ in ("OperationalError", "ConnectionTimeout")
    return state in _AWAY or state.startswith("08")


def _why(text: str) -> str:
    for words, remedy in _CONNECTING:
        if words in text:
            return remedy
    return "The PostgreSQL server cannot be reached; see that it runs, and check SUPPORTBOT_DATABASE_URL."
