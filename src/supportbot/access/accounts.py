"""Accounts of people in support: first admin, sign-in, sessions, and who may change them. Every write is audited."""

import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from supportbot.access.customers import Customers
from supportbot.access.limits import address_key, window_start
from supportbot.access.passwords import DEFAULT_COST, Scrypt, check_password, hash_password, verify_password
from supportbot.access.roles import OPERATOR, require
from supportbot.access.secrets import digest, new_token, well_formed
from supportbot.domain.account import Account, Actor, AuditEntry, Customer, Role, Session, SetupLink
from supportbot.domain.errors import BadInput, Conflict, Forbidden, LimitReached, NotFound, NotSignedIn
from supportbot.domain.ids import new_id
from supportbot.ports import Clock, Journal, Silence, Store, Tx

SESSION_HOURS = 12
SETUP_LINK_LIFE = timedelta(hours=1)
TRIES = 5  #: per address and e-mail
TRIES_PER_ADDRESS = 30  #: over all e-mails: each try costs a fifth of a second of our time
TRY_WINDOW = timedelta(minutes=15)
_SILENCE = Silence()
WRONG = f"E-mail and password do not match. After {TRIES} tries we pause for 15 minutes."


class Access:
    """The use cases around customers, accounts and sessions."""

    def __init__(self, store: Store, clock: Clock, cost: Scrypt = DEFAULT_COST, journal: Journal = _SILENCE) -> None:
        self._store = store
        self._clock = clock
        self._cost = cost
        self._journal = journal
        self._customers = Customers(store, clock)

    # -- customers

    def recognise(self, token: str | None) -> Customer | None:
        """Return the customer whose cookie this is, or None."""
        return self._customers.recognise(token)

    def enrol(self, token: str) -> Customer:
        """Return the customer of this cookie, stored now if new; raise BadInput for a cookie we did not make."""
        return self._customers.enrol(token)

    # -- first start

    def needs_setup(self) -> bool:
        """Whether there is no account yet."""
        return not self._store.read(lambda tx: tx.accounts())

    def setup_link(self) -> str:
        """Return the token of a new one-time link, valid for an hour, that creates the first admin.

        Earlier links stop working. Raises Conflict once an account exists.
        """
        token, now = new_token(), self._clock.now()

        def work(tx: Tx) -> None:
            if tx.accounts():
                raise Conflict("There are accounts already. An admin adds more with `supportbot agent add`.")
            tx.add_setup_link(SetupLink(digest(token), now, now + SETUP_LINK_LIFE))
            tx.add_audit(_entry(OPERATOR.id, now, "setup_link_made", "setup"))

        self._store.write(work)
        return token

    def create_first_admin(self, token: str, email: str, name: str, password: str) -> str:
        """Create the first admin with the one-time link and return a session token for that account.

        Raises BadInput for unusable details (the link stays good), Forbidden for a link that is not, and LimitReached
        after 30 tries within 15 minutes.
        """
        now = self._clock.now()
        self._count_tries({"setup": TRIES_PER_ADDRESS}, now)
        account = self._new_account(email, name, Role.ADMIN, password)
        session_token = new_token()

        def work(tx: Tx) -> None:
            if tx.accounts() or not tx.use_setup_link(digest(token), now):
                raise Forbidden("This link was used or has expired. Restart supportbot to print a new one.")
            tx.add_account(account)
            tx.add_session(_session(session_token, account.id, now))
            tx.forget_hits("setup")
            tx.add_audit(_entry(account.id, now, "account_added", account.id, "first admin"))

        self._store.write(work)
        return session_token

    # -- sessions

    def sign_in(self, email: str, password: str, address: str) -> str:
        """Return a session token, valid for 12 hours.

        Raises NotSignedIn alike for an unknown e-mail, a wrong password and a disabled account, and LimitReached after
        5 failures of one e-mail from one address within 15 minutes, or 30 of one address over all e-mails.
        """
        network = address_key(address)[:12]
        try:
            token, account_id = self._sign_in(email, password, address)
        except (NotSignedIn, LimitReached) as refused:
            result = "limited" if isinstance(refused, LimitReached) else "wrong"
            self._journal.note("sign_in", result=result, network=network)
            raise
        self._journal.note("sign_in", result="ok", account=account_id, network=network)
        return token

    def _sign_in(self, email: str, password: str, address: str) -> tuple[str, str]:
        """Return the session token and whose it is."""
        now = self._clock.now()
        both, alone = address_key(address, email.strip().casefold()), address_key(address)
        keys = {f"sign-in:{both}": TRIES, f"sign-in:{alone}": TRIES_PER_ADDRESS}
        self._count_tries(keys, now)
        found = self._store.read(lambda tx: tx.account_by_email(email.strip()))
        right = verify_password(password, found.password_hash if found else None, self._cost)
        token = new_token()

        def work(tx: Tx) -> bool:
            account = tx.account(found.id) if found else None
            if account is None or not right or account.disabled:
                tx.add_audit(_entry("nobody", now, "sign_in_failed", account.id if account else "unknown"))
                return False
            tx.add_session(_session(token, account.id, now))
            for key in keys:
                tx.forget_hits(key)
            tx.add_audit(_entry(account.id, now, "signed_in", account.id))
            return True

        if not self._store.write(work) or found is None:
            raise NotSignedIn(WRONG)
        return token, found.id

    def _count_tries(self, most: Mapping[str, int], now: datetime) -> None:
        """Count a try under each key before a secret is looked at: parallel guesses cannot slip past a limit."""
        begin = window_start(now, TRY_WINDOW)
        counts = self._store.write(lambda tx: {key: tx.count_hit(key, begin) for key in most})
        if any(counts[key] > most[key] for key in most):
            until = begin + TRY_WINDOW
            minutes = max(1, -(-int((until - now).total_seconds()) // 60))
            raise LimitReached(
                f"Too many tries. Please wait {minutes} minute{'s' if minutes != 1 else ''}, then try again.",
                limit="sign_in",
                retry_at=until,
            )

    def sign_out(self, token: str) -> None:
        """End a session; one that is unknown or over is left alone."""
        now = self._clock.now()

        def work(tx: Tx) -> None:
            session = tx.session(digest(token))
            if session is not None:
                tx.remove_sessions(token_hash=session.token_hash)
                tx.add_audit(_entry(session.account_id, now, "signed_out", session.account_id))

        self._store.write(work)

    def who(self, token: str | None) -> Actor | None:
        """Return who holds this session token; None for an unknown, expired or disabled one."""
        if not token or not well_formed(token):
            return None
        now = self._clock.now()

        def work(tx: Tx) -> Account | None:
            session = tx.session(digest(token))
            return tx.account(session.account_id) if session is not None and session.expires_at > now else None

        account = self._store.read(work)
        return None if account is None or account.disabled else _actor(account)

    def act_as(self, operator: Actor, agent: str) -> Actor:
        """Return the agent with this e-mail or id, with that agent's authority and no more, for the command line."""
        if not operator.operator:
            raise Forbidden("Only the command line may act for somebody else.")
        for account in self._store.read(lambda tx: tx.accounts()):
            if agent == account.id or agent.casefold() == account.email.casefold():
                if account.disabled:
                    raise Forbidden(f"The account {account.email} is disabled.")
                return _actor(account)
        raise NotFound(f"There is no account '{agent}'. `supportbot agent list` shows them.")

    # -- accounts

    def add_account(self, actor: Actor | None, email: str, name: str, role: Role, password: str) -> Account:
        """Add an account as an admin; raise BadInput for unusable details, Conflict for a taken e-mail."""
        by = require(actor, Role.ADMIN)
        account, now = self._new_account(email, name, role, password), self._clock.now()

        def work(tx: Tx) -> None:
            tx.add_account(account)
            tx.add_audit(_entry(by.id, now, "account_added", account.id, str(role)))

        self._store.write(work)
        return account

    def list_accounts(self, actor: Actor | None) -> tuple[Account, ...]:
        """Return every account, by name; for anybody signed in, because agents transfer tickets to each other."""
        require(actor, Role.AGENT)
        return self._store.read(lambda tx: tx.accounts())

    def disable(self, actor: Actor | None, account_id: str) -> None:
        """Disable an account and end its sessions; raise Conflict for the last admin, who could never be replaced."""
        by, now = require(actor, Role.ADMIN), self._clock.now()

        def work(tx: Tx) -> None:
            account = tx.account(account_id)
            others = [a for a in tx.accounts() if a.role is Role.ADMIN and not a.disabled and a.id != account_id]
            if account.role is Role.ADMIN and not account.disabled and not others:
                raise Conflict("This is the last admin. Add another one first.")
            tx.save_account(replace(account, disabled=True, available=False))
            tx.remove_sessions(account_id=account_id)
            tx.add_audit(_entry(by.id, now, "account_disabled", account_id))

        self._store.write(work)

    def set_password(self, actor: Actor | None, account_id: str, password: str) -> None:
        """Give an account a new password and end its sessions; an admin for anybody, others for themselves."""
        by, now = require(actor, Role.AGENT), self._clock.now()
        if by.id != account_id:
            require(by, Role.ADMIN)
        account = self._store.read(lambda tx: tx.account(account_id))
        check_password(password, account.name, account.email)
        hashed = hash_password(password, self._cost)

        def work(tx: Tx) -> None:
            tx.save_account(replace(tx.account(account_id), password_hash=hashed))
            tx.remove_sessions(account_id=account_id)
            tx.add_audit(_entry(by.id, now, "password_set", account_id))

        self._store.write(work)

    def set_available(self, actor: Actor | None, available: bool) -> None:
        """Say whether the signed-in agent takes tickets now."""
        by, now = require(actor, Role.AGENT), self._clock.now()

        def work(tx: Tx) -> None:
            tx.save_account(replace(tx.account(by.id), available=available))
            tx.add_audit(_entry(by.id, now, "available" if available else "away", by.id))

        self._store.write(work)

    def _new_account(self, email: str, name: str, role: Role, password: str) -> Account:
        """Check the details and hash the password, outside any transaction because hashing takes long."""
        address, called = _email(email), _name(name)
        check_password(password, called, address)
        hashed = hash_password(password, self._cost)
        return Account(new_id(), address, called, role, self._clock.now(), password_hash=hashed)


def _email(given: str) -> str:
    """Return the address trimmed; only its shape is checked, for whether it works shows when somebody signs in."""
    email = given.strip()
    local, at, host = email.rpartition("@")
    if not (local and at and host) or len(email) > 254 or any(c.isspace() or not c.isprintable() for c in email):
        raise BadInput(f"'{email[:80]}' is not an e-mail address. It should look like ana@example.com.")
    return email


def _name(given: str) -> str:
    name = unicodedata.normalize("NFC", " ".join(given.split()))
    if not 1 <= len(name) <= 80 or not name.isprintable():
        raise BadInput("The name must have 1 to 80 printable characters. Customers see it.")
    return name


def _actor(account: Account) -> Actor:
    return Actor(id=account.id, name=account.name, role=account.role)


def _session(token: str, account_id: str, now: datetime) -> Session:
    return Session(digest(token), account_id, now, now + timedelta(hours=SESSION_HOURS))


def _entry(actor_id: str, at: datetime, action: str, subject: str, detail: str = "") -> AuditEntry:
    return AuditEntry(new_id(), at, actor_id, action, subject, detail)
