"""Handoffs, alerts, accounts, sessions, audit, rate limits and the vault in SQL."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from supportbot.domain.account import Account, AuditEntry, Session, SetupLink, VaultEntry
from supportbot.domain.errors import Conflict, NotFound
from supportbot.domain.handoff import Alert, Handoff
from supportbot.storage.mapping import ACCOUNT, ALERT, AUDIT, HANDOFF, SESSION, SETUP_LINK, VAULT, email_key
from supportbot.storage.sql.part import SqlPart
from supportbot.storage.tables import HitRow, table

_A = ACCOUNT.table.c
_ALERT = ALERT.table.c
_AUDIT = AUDIT.table.c
_SESSION = SESSION.table.c
_LINK = SETUP_LINK.table.c
_VAULT = VAULT.table.c
_HITS = table(HitRow)
_TAKEN = "There already is an account with this e-mail address; use another one."


class SqlPeople(SqlPart):
    """The part of the unit of work about handoffs, access and privacy."""

    def add_handoff(self, handoff: Handoff) -> None:
        """Store a handoff with its packet."""
        self._add(HANDOFF, handoff, "handoff", handoff.ticket_id)

    def handoffs(self, ticket_ids: Sequence[str]) -> tuple[Handoff, ...]:
        """Return the handoffs of these tickets, oldest first."""
        return self._of_tickets(HANDOFF, ticket_ids)

    def add_alert(self, alert: Alert) -> None:
        """Put an alert into the outbox."""
        self._add(ALERT, alert, "alert", alert.ticket_id)

    def alerts(self, *, pending: bool = False, limit: int = 100, offset: int = 0) -> tuple[Alert, ...]:
        """Return alerts, oldest first."""
        query = select(*ALERT.columns).order_by(_ALERT.created_at, _ALERT.position).limit(limit).offset(offset)
        return self._list(ALERT, query.where(_ALERT.sent_at.is_(None)) if pending else query)

    def mark_sent(self, alert_id: str, at: datetime) -> None:
        """Note that an alert was delivered."""
        if not self._hit(update(ALERT.table).where(_ALERT.id == alert_id).values(sent_at=at)):
            raise NotFound(f"There is no alert {alert_id}; check the id.")

    def add_account(self, account: Account) -> None:
        """Store an account; Conflict when the e-mail address is taken."""
        if self.account_by_email(account.email) is not None:
            raise Conflict(_TAKEN)
        self._add(ACCOUNT, account, "account")

    def save_account(self, account: Account) -> None:
        """Write an account."""
        try:
            known = self._hit(update(ACCOUNT.table).where(_A.id == account.id).values(ACCOUNT.row(account)))
        except Conflict as taken:
            raise Conflict(_TAKEN) from taken
        if not known:
            raise NotFound(f"There is no account {account.id}; check the id.")

    def account(self, account_id: str) -> Account:
        """Return an account."""
        return self._get(ACCOUNT, account_id, "account", _A.id == account_id)

    def account_by_email(self, email: str) -> Account | None:
        """Return the account with this address, compared without case."""
        return self._find(ACCOUNT, _A.email_key == email_key(email))

    def accounts(self) -> tuple[Account, ...]:
        """Return every account, by name; sorted here, because databases disagree about the alphabet."""
        everyone = self._list(ACCOUNT, select(*ACCOUNT.columns))
        return tuple(sorted(everyone, key=lambda a: (a.name.casefold(), a.id)))

    def add_session(self, session: Session) -> None:
        """Store a session."""
        self._add(SESSION, session, "session")

    def session(self, token_hash: str) -> Session | None:
        """Return a session, expired or not."""
        return self._find(SESSION, _SESSION.token_hash == token_hash)

    def remove_sessions(self, *, token_hash: str | None = None, account_id: str | None = None) -> None:
        """Forget one session, or all of an account."""
        self._change(
            delete(SESSION.table).where(or_(_SESSION.token_hash == token_hash, _SESSION.account_id == account_id))
        )

    def add_setup_link(self, link: SetupLink) -> None:
        """Store a one-time link in place of earlier unused ones."""
        self._change(delete(SETUP_LINK.table).where(_LINK.used_at.is_(None)))
        self._add(SETUP_LINK, link, "setup link")

    def use_setup_link(self, token_hash: str, now: datetime) -> bool:
        """Use the link up, in one statement."""
        usable = (_LINK.token_hash == token_hash, _LINK.used_at.is_(None), _LINK.expires_at > now)
        return self._hit(update(SETUP_LINK.table).where(*usable).values(used_at=now))

    def add_audit(self, entry: AuditEntry) -> None:
        """Append to the audit log."""
        self._add(AUDIT, entry, "audit entry")

    def audit(self, limit: int = 200) -> tuple[AuditEntry, ...]:
        """Return the audit log, newest first."""
        query = select(*AUDIT.columns).order_by(_AUDIT.at.desc(), _AUDIT.position.desc())
        return self._list(AUDIT, query.limit(limit))

    def count_hit(self, key: str, window: datetime) -> int:
        """Count one more hit in a window, in one statement: two processes may count the first at once."""
        upsert = postgresql.insert if self._connection.dialect.name == "postgresql" else sqlite.insert
        first = upsert(_HITS).values(key=key, window=window, count=1)
        again = first.on_conflict_do_update(
            index_elements=[_HITS.c.key, _HITS.c.window], set_={"count": _HITS.c.count + 1}
        )
        return int(self._change(again.returning(_HITS.c.count)).scalar_one())

    def forget_hits(self, key: str) -> None:
        """Forget every count on *key*."""
        self._change(delete(_HITS).where(_HITS.c.key == key))

    def add_vault_entry(self, entry: VaultEntry) -> None:
        """Store a sealed datum."""
        self._add(VAULT, entry, "vault entry", entry.ticket_id)

    def vault_entries(self, ticket_id: str) -> tuple[VaultEntry, ...]:
        """Return a ticket's sealed data."""
        query = select(*VAULT.columns).where(_VAULT.ticket_id == ticket_id).order_by(_VAULT.position)
        self._hold(ticket_id)
        return self._list(VAULT, query, held=True)
