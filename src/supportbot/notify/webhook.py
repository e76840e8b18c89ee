"""Alerts as HTTP posts."""

import logging
from typing import TYPE_CHECKING

from supportbot.domain.errors import DeliveryFailed
from supportbot.domain.handoff import Alert

if TYPE_CHECKING:
    import httpx

TIMEOUT_SECONDS = 5.0


class WebhookNotifier:
    """Posts JSON to one address. The receiver learns that somebody waits and which ticket, never what was written.

    `text` is a fixed sentence, under the key that chat tools show. The Idempotency-Key is the alert's id, because an
    alert may come twice when an answer is lost on the way.
    """

    def __init__(self, url: str, transport: "httpx.BaseTransport | None" = None) -> None:
        import httpx  # here, for a desk without a webhook starts sooner without it

        logging.getLogger("httpx").setLevel(logging.WARNING)  # at INFO it logs every address, and this one is a secret
        self._url = url
        self._client = httpx.Client(timeout=TIMEOUT_SECONDS, transport=transport, follow_redirects=False)

    def send(self, alert: Alert) -> None:
        """Post *alert*; raise DeliveryFailed, which never repeats the address because it may hold a secret."""
        import httpx

        body = {
            "id": alert.id,
            "kind": alert.kind,
            "ticket_id": alert.ticket_id,
            "created_at": alert.created_at.isoformat(),
            "text": "A conversation is waiting for a person.",
        }
        try:
            answer = self._client.post(self._url, json=body, headers={"Idempotency-Key": alert.id})
        except (httpx.HTTPError, httpx.InvalidURL) as failed:
            raise DeliveryFailed(f"The webhook could not be reached ({type(failed).__name__}).") from None
        if not answer.is_success:
            raise DeliveryFailed(f"The webhook answered {answer.status_code}.")

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()
