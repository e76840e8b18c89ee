"""Accounts, sessions, audit, rate limits and the vault in memory."""

from dataclasses import replace
from datetime import datetime

from supportbot.domain.account import Account, AuditEntry, Session, SetupLink, VaultEntry
from supportbot.domain.errors import Conflict
from supportbot.storage.memory.tables import MemoryPart, found


class MemoryPeople(MemoryPart):
    """The part of the unit of work about access and privacy."""

    def add_account(self, account: Account) -> None:
        """Store an account; Conflict when the e-mail address is taken."""
        self._refuse_taken(account)
        self._add(self._t.accounts, account.id, account, "account")

    def save_account(self, account: Account) -> None:
        """Write an account."""
        found(self._t.accounts, account.id, "account")
        self._refuse_taken(account)
        self._t.accounts.put(account.id, account)

    def _refuse_taken(self, account: Account) -> None:
        other = self.account_by_email(account.email)
        if other is not None and other.id != account.id:
            raise Conflict("There already is an account with this e-mail address; use another one.")

    def account(self, account_id: str) -> Account:
        """Return an account."""
        return found(self._t.accounts, account_id, "account")

    def account_by_email(self, email: str) -> Account | None:
        """Return the account with this address, compared without case."""
        return next((a for a in self._t.accounts if a.email.casefold() == email.casefold()), None)

    def accounts(self) -> tuple[Account, ...]:
        """Return every account, by name."""
        return tuple(sorted(self._t.accounts, key=lambda a: (a.name.casefold(), a.id)))

    def add_session(self, session: Session) -> None:
        """Store a session."""
        found(self._t.accounts, session.account_id, "account")
        self._add(self._t.sessions, session.token_hash, session, "session")

    def session(self, token_hash: str) -> Session | None:
        """Return a session, expired or not."""
        return self._t.sessions.get(token_hash)

    def remove_sessions(self, *, token_hash: str | None = None, account_id: str | None = None) -> None:
        """Forget one session, or all of an account."""
        for session in self._t.sessions:
            if session.token_hash == token_hash or session.account_id == account_id:
                self._t.sessions.drop(session.token_hash)

    def add_setup_link(self, link: SetupLink) -> None:
        """Store a one-time link in place of earlier unused ones."""
        for old in self._t.setup_links:
            if old.used_at is None:
                self._t.setup_links.drop(old.token_hash)
        self._add(self._t.setup_links, link.token_hash, link, "setup link")

    def use_setup_link(self, token_hash: str, now: datetime) -> bool:
        """Use the link up."""
        link = self._t.setup_links.get(token_hash)
        if link is None or link.used_at is not None or link.expires_at <= now:
            return False
        self._t.setup_links.put(token_hash, replace(link, used_at=now))
        return True

    def add_audit(self, entry: AuditEntry) -> None:
        """Append to the audit log."""
        self._add(self._t.audit, entry.id, entry, "audit entry")

    def audit(self, limit: int = 200) -> tuple[AuditEntry, ...]:
        """Return the audit log, newest first."""
        oldest_first = sorted(self._t.audit, key=lambda e: e.at)
        return tuple(oldest_first[::-1][:limit])

    def count_hit(self, key: str, window: datetime) -> int:
        """Count one more hit in a window."""
        count = (self._t.hits.get((key, window)) or 0) + 1
        self._t.hits.put((key, window), count)
        return count

    def forget_hits(self, key: str) -> None:
        """Forget every count on *key*."""
        for hit in self._t.hits.every_key():
            if hit[0] == key:
                self._t.hits.drop(hit)

    def add_vault_entry(self, entry: VaultEntry) -> None:
        """Store a sealed datum."""
        self._add(self._t.vault, entry.id, entry, "vault entry", entry.ticket_id)

    def vault_entries(self, ticket_id: str) -> tuple[VaultEntry, ...]:
        """Return a ticket's sealed data."""
        return tuple(self._t.vault.of(ticket_id))
