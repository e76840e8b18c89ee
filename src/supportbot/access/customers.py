"""Customers: anonymous, recognised by a secret cookie of which only the hash is stored."""

from supportbot.access.secrets import digest, new_token, well_formed
from supportbot.domain.account import Customer
from supportbot.domain.errors import BadInput
from supportbot.domain.ids import new_id
from supportbot.ports import Clock, Store, Tx


def customer_token() -> str:
    """Return a fresh secret for a customer's cookie."""
    return new_token()


class Customers:
    """Tells who is behind a cookie."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def recognise(self, token: str | None) -> Customer | None:
        """Return the customer whose cookie this is, or None."""
        if not token or not well_formed(token):
            return None
        return self._store.read(lambda tx: tx.customer_by_secret(digest(token)))

    def enrol(self, token: str) -> Customer:
        """Return the customer of this cookie, stored now if new; raise BadInput for a cookie we did not make."""
        if not well_formed(token):
            raise BadInput("The cookie was not made by this desk. Reload the page to get a new one.")
        known = self.recognise(token)
        if known is not None:
            return known
        fresh = Customer(id=new_id(), created_at=self._clock.now(), secret_hash=digest(token))
        return self._store.write(lambda tx: _first(tx, fresh))


def _first(tx: Tx, fresh: Customer) -> Customer:
    """Store *fresh* unless another tab of the same browser was faster."""
    known = tx.customer_by_secret(fresh.secret_hash or "")
    if known is None:
        tx.add_customer(fresh)
    return known or fresh
