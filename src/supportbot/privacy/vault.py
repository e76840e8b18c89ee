"""The vault: personal data sealed apart from the conversation, opened for one person at a time, destroyed in time."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from supportbot.access import may, require
from supportbot.domain.account import Actor, AuditEntry, Role, VaultEntry
from supportbot.domain.assessment import DESTROYED, Datum
from supportbot.domain.errors import Forbidden, NotFound
from supportbot.domain.ids import new_id
from supportbot.domain.ticket import Owner, Ticket
from supportbot.ports import Clock, Sealer, Store, Tx


def vault_entries_for(
    data: Iterable[Datum], sealer: Sealer, ticket_id: str, message_id: str, now: datetime, days: int
) -> tuple[VaultEntry, ...]:
    """Return the entries for what was masked in a message; what must be destroyed gets none. Expires after *days*.

    A value that occurs twice has one placeholder and gets one entry.
    """
    kept = {datum.placeholder: datum for datum in data if datum.kind not in DESTROYED}
    return tuple(
        VaultEntry(
            id=new_id(),
            ticket_id=ticket_id,
            message_id=message_id,
            placeholder=datum.placeholder,
            kind=datum.kind.value,
            sealed=sealer.seal(datum.value),
            expires_at=now + timedelta(days=days),
        )
        for datum in kept.values()
    )


class Vault:
    """Opens sealed data for one person at a time. Every opening is in the audit log before the value leaves."""

    def __init__(self, store: Store, sealer: Sealer, clock: Clock) -> None:
        self._store = store
        self._sealer = sealer
        self._clock = clock

    def reveal(self, actor: Actor | None, ticket_id: str, placeholder: str, message_id: str | None = None) -> str:
        """Return the datum behind *placeholder*; without *message_id* the newest of that name on the ticket.

        Raises Forbidden unless the agent has claimed the ticket (a lead need not), NotFound for what was destroyed.
        """
        by, now = require(actor, Role.AGENT), self._clock.now()

        def work(tx: Tx) -> VaultEntry:
            _may_see(by, tx.ticket(ticket_id))
            entry = _find(tx.vault_entries(ticket_id), placeholder, message_id, now)
            tx.add_audit(AuditEntry(new_id(), now, by.id, "revealed", ticket_id, entry.kind))
            return entry

        return self._sealer.open(self._store.write(work).sealed)


def _may_see(actor: Actor, ticket: Ticket) -> None:
    claimed = ticket.owner is Owner.AGENT and ticket.agent_id == actor.id and ticket.open
    if not (claimed or may(actor, Role.LEAD)):
        raise Forbidden(f"Claim ticket #{ticket.number} first: only who answers it may see this.")


def _find(entries: Iterable[VaultEntry], placeholder: str, message_id: str | None, now: datetime) -> VaultEntry:
    fitting = [
        entry
        for entry in entries
        if entry.placeholder == placeholder and entry.expires_at > now and message_id in (None, entry.message_id)
    ]
    if not fitting:
        raise NotFound(f"Nothing is kept behind {placeholder}: it was destroyed at once, or its time is over.")
    return max(fitting, key=lambda entry: entry.expires_at)
