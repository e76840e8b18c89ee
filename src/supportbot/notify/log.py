"""Alerts as lines of the log."""

import logging

from supportbot.domain.handoff import Alert

log = logging.getLogger("supportbot.alerts")


class LogNotifier:
    """Writes one line per alert, without any text of the conversation."""

    def send(self, alert: Alert) -> None:
        """Write the line."""
        log.info("alert", extra={"facts": {"alert": alert.id, "kind": alert.kind, "ticket": alert.ticket_id}})

    def close(self) -> None:
        """Hold nothing open."""
