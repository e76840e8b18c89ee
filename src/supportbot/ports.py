"""What the core asks of the outside, in domain words: clock, models, storage, knowledge, alerts."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from supportbot.domain.account import Account, AuditEntry, Customer, Session, SetupLink, VaultEntry
from supportbot.domain.assessment import Assessment
from supportbot.domain.decision import Decision
from supportbot.domain.deployment import Deployment
from supportbot.domain.handoff import Alert, Handoff
from supportbot.domain.kept import Kept
from supportbot.domain.ledger import CallSettled, CallStarted, HumanTime, ModelCall
from supportbot.domain.message import Citation, Message, MessageKind
from supportbot.domain.outcome import Gap, Outcome
from supportbot.domain.passage import Article, Retrieval
from supportbot.domain.price import Quote, Usage
from supportbot.domain.prompt import Prompt
from supportbot.domain.ticket import Ticket
from supportbot.domain.turn import Step, Turn, TurnStatus

T = TypeVar("T")


class Clock(Protocol):
    """Where time comes from; tests inject their own."""

    def now(self) -> datetime:
        """Return the present as aware UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that only grow, for measuring durations."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let *seconds* pass."""
        ...


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One request to a deployment."""

    deployment: Deployment
    prompt: Prompt
    max_output_tokens: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of an answer. The last chunk carries the usage, if the provider reports it, and the served model."""

    text: str = ""
    usage: Usage | None = None
    served_model: str | None = None
    final: bool = False  #: the provider said the answer is whole


class Provider(Protocol):
    """The adapter to a vendor's API."""

    def stream(self, request: ModelRequest) -> Iterator[Chunk]:
        """Yield the answer in pieces, the last one `final`; raise a ProviderError."""
        ...


class Pricing(Protocol):
    """What a usage costs at a deployment at a time."""

    def quote(self, deployment: Deployment, usage: Usage, at: datetime) -> Quote:
        """Return the price in force at *at*."""
        ...

    def count_tokens(self, text: str) -> int:
        """Return an upper-leaning estimate of the tokens in *text*; never touches the network."""
        ...


class KnowledgeBase(Protocol):
    """The articles, as last loaded."""

    @property
    def version(self) -> str:
        """A hash over every article; changes when any does."""
        ...

    def search(self, query: str, *, language: str | None = None, internal: bool = False, limit: int = 5) -> Retrieval:
        """Return the best passages. *language* is preferred, not required; internal articles only on request."""
        ...

    def article(self, article_id: str, *, internal: bool = False) -> Article:
        """Return an article, or raise NotFound (also for an internal one that was not asked for)."""
        ...

    def articles(self, *, internal: bool = False) -> tuple[Article, ...]:
        """Return every article, by id."""
        ...


class Sealer(Protocol):
    """Seals personal data for the vault."""

    def seal(self, value: str) -> bytes:
        """Return *value* encrypted."""
        ...

    def open(self, sealed: bytes) -> str:
        """Return the value; raise BadInput when the key does not fit."""
        ...


Fact = str | int | float | bool | None


class Journal(Protocol):
    """Hears what happens, for the log and for monitoring: ids, names and figures, never what people wrote."""

    def note(self, event: str, **facts: Fact) -> None:
        """Take one event in; never raises, never waits."""
        ...


class Silence:
    """A journal that keeps nothing."""

    def note(self, event: str, **facts: Fact) -> None:
        """Let the event pass."""


class Notifier(Protocol):
    """Tells people outside the pages."""

    def send(self, alert: Alert) -> None:
        """Deliver *alert*; raise any exception to have it tried again."""
        ...

    def close(self) -> None:
        """Let go of what is held open; nothing is sent after it."""
        ...


@dataclass(frozen=True, slots=True)
class PostGuard:
    """What must still hold, in the inserting statement itself, for a bot message to be posted.

    The bot owns the ticket, the turn is running under *lease*, and no customer message is newer than *last_seq*.
    """

    ticket_id: str
    turn_id: str
    lease: str
    last_seq: int


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """Which tickets to list; None means any. Times bound `created_at`, *until* exclusive."""

    customer_id: str | None = None
    agent_id: str | None = None
    queued: bool | None = None
    open: bool | None = None
    statuses: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    demo: bool | None = None
    limit: int | None = None
    offset: int = 0
    #: `queue`: priority high to low, then waiting longest first. `newest`: latest created first; of one customer the
    #: last opened first, by number, so that a clock that was set back does not hide the conversation at hand.
    order: str = "newest"


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """A decision with the assessment it rests on, as stored for a turn."""

    turn_id: str
    ticket_id: str
    at: datetime
    assessment: Assessment
    decision: Decision
    cited: tuple[str, ...] = ()  #: article ids cited, apart from
    retrieved: tuple[str, ...] = ()  #: passage ids retrieved
    knowledge_version: str = ""


@dataclass(frozen=True, slots=True)
class Used:
    """What the settled calls of a deployment used; money in micro-dollars, unpriced calls left out of it."""

    cost_microusd: int = 0
    list_cost_microusd: int = 0
    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts over everything stored, for monitoring. A call that is not settled has the outcome `open`."""

    turns: dict[str, int] = field(default_factory=dict)  #: by status
    calls: dict[tuple[str, str], int] = field(default_factory=dict)  #: by deployment and outcome
    cost_microusd: int = 0  #: of settled calls that have a price
    used: dict[str, Used] = field(default_factory=dict)  #: by deployment
    handoffs: dict[str, int] = field(default_factory=dict)  #: by reason
    outcomes: dict[str, int] = field(default_factory=dict)  #: by kind


class Tx(Protocol):
    """One unit of work: everything in it happens, or nothing does. Lookups raise NotFound.

    What is listed for given tickets, oldest first, is in order of arrival, whatever the clock said.
    """

    # -- customers
    def add_customer(self, customer: Customer) -> None:
        """Store a new customer."""
        ...

    def customer(self, customer_id: str) -> Customer:
        """Return a customer."""
        ...

    def customer_by_secret(self, secret_hash: str) -> Customer | None:
        """Return the customer whose cookie hashes to this."""
        ...

    def customer_by_external_id(self, external_id: str) -> Customer | None:
        """Return the customer a program knows under this id."""
        ...

    def customers(self, customer_ids: Sequence[str]) -> tuple[Customer, ...]:
        """Return these customers, in no order; one that is not known is left out."""
        ...

    # -- tickets
    def add_ticket(self, ticket: Ticket) -> Ticket:
        """Store a new ticket and return it with its number, counted up from 20001."""
        ...

    def ticket(self, ticket_id: str) -> Ticket:
        """Return a ticket by id."""
        ...

    def ticket_by_number(self, number: int) -> Ticket:
        """Return a ticket by number."""
        ...

    def save_ticket(self, ticket: Ticket) -> Ticket:
        """Write *ticket* if its version is still the stored one and return it one version up, else StaleVersion."""
        ...

    def tickets(self, which: TicketFilter) -> tuple[Ticket, ...]:
        """Return the tickets that match, in the filter's order."""
        ...

    def count_tickets(self, which: TicketFilter) -> int:
        """Return how many match, ignoring limit and offset."""
        ...

    def oldest_wait(self) -> datetime | None:
        """Return since when the ticket waits that has waited longest in the queue; None when none waits."""
        ...

    # -- messages
    def add_message(self, message: Message) -> Message:
        """Store a message that is not the bot's answer and return it with its `seq` (1, 2, … per ticket)."""
        ...

    def post_bot_message(self, message: Message, guard: PostGuard) -> Message | None:
        """Insert a bot message if *guard* holds, tested in the inserting statement; None when it does not."""
        ...

    def extend_bot_message(
        self,
        message_id: str,
        text: str,
        citations: tuple[Citation, ...],
        final: bool,
        guard: PostGuard,
        kind: MessageKind | None = None,
    ) -> bool:
        """Replace the text of a message still being released, if the turn's lease and the bot's ownership hold.

        *kind*: what it turned out to be, where that is not what it began as (an answer that became a refusal).
        """
        ...

    def message(self, message_id: str) -> Message:
        """Return a message."""
        ...

    def messages(self, ticket_id: str, *, private: bool = False, after_seq: int = 0) -> tuple[Message, ...]:
        """Return a ticket's messages in order; private ones only on request."""
        ...

    def last_messages(self, ticket_ids: Sequence[str]) -> tuple[Message, ...]:
        """Return the newest text of each sender on each of these tickets, private ones left out, in no order."""
        ...

    # -- turns
    def add_turn(self, turn: Turn) -> None:
        """Store a due turn (or one already leased, for a caller that runs it itself)."""
        ...

    def turn(self, turn_id: str) -> Turn:
        """Return a turn."""
        ...

    def turns(self, ticket_id: str) -> tuple[Turn, ...]:
        """Return a ticket's turns, oldest first."""
        ...

    def turn_waits(self, now: datetime, until: datetime) -> bool:
        """Whether `claim_turn` would find a turn at *now*, to be leased until *until*; cheap, for it is asked often."""
        ...

    def claim_turn(self, worker: str, lease: str, now: datetime, until: datetime) -> Turn | None:
        """Lease the oldest turn that is due at *now*, or running under an expired lease; `attempt` grows by one.

        A lease that ends long after *until* was taken before the clock was set back, and counts as expired.
        """
        ...

    def extend_lease(self, turn_id: str, lease: str, until: datetime) -> bool:
        """Move the lease's end; False when the lease was lost."""
        ...

    def set_step(self, turn_id: str, lease: str, step: Step) -> bool:
        """Say what the turn is doing; False when the lease was lost."""
        ...

    def finish_turn(self, turn_id: str, lease: str, status: TurnStatus, at: datetime, message_id: str | None) -> bool:
        """End the turn under this lease; False when the lease was lost or the turn has already ended."""
        ...

    def end_turns(self, ticket_id: str, status: TurnStatus, at: datetime) -> tuple[str, ...]:
        """End every due or running turn of a ticket from outside its worker; return their ids.

        A message such a turn was still releasing becomes final as it stands.
        """
        ...

    def request_stop(self, turn_id: str) -> None:
        """Ask a running turn to stop."""
        ...

    # -- decisions, ledger, outcomes
    def add_decision(self, stored: StoredDecision) -> None:
        """Store a turn's decision; a later one for the same turn replaces it."""
        ...

    def decisions(self, ticket_ids: Sequence[str]) -> tuple[StoredDecision, ...]:
        """Return the decisions of these tickets, oldest first."""
        ...

    def start_call(self, call: CallStarted) -> None:
        """Append the first phase of a call."""
        ...

    def settle_call(self, settled: CallSettled) -> bool:
        """Append the second phase; False (and nothing appended) when the call is already settled."""
        ...

    def calls(self, ticket_ids: Sequence[str]) -> tuple[ModelCall, ...]:
        """Return the calls of these tickets, oldest first."""
        ...

    def unsettled_calls(self, turn_id: str) -> tuple[CallStarted, ...]:
        """Return a turn's calls without a second phase."""
        ...

    def orphaned_calls(self, since: datetime, before: datetime) -> tuple[CallStarted, ...]:
        """Return calls begun from *since* on that nobody will settle any more, oldest first.

        Those are unsettled, and their turn ended before *before*; one without a turn began before it.
        """
        ...

    def spent_since(self, since: datetime) -> int:
        """Return micro-dollars of calls started since then: settled costs plus open reservations."""
        ...

    def totals(self) -> Totals:
        """Count turns, calls, handoffs and evidence, and sum what settled calls used and cost."""
        ...

    def add_human_time(self, time: HumanTime) -> None:
        """Append a stretch of an agent's time."""
        ...

    def human_times(self, ticket_ids: Sequence[str]) -> tuple[HumanTime, ...]:
        """Return the agents' time on these tickets."""
        ...

    def add_outcome(self, outcome: Outcome) -> None:
        """Append a piece of evidence."""
        ...

    def outcomes(self, ticket_ids: Sequence[str]) -> tuple[Outcome, ...]:
        """Return the evidence on these tickets, oldest first."""
        ...

    def add_gap(self, gap: Gap) -> None:
        """Record a question the articles do not cover."""
        ...

    def gaps(self, limit: int = 1000) -> tuple[Gap, ...]:
        """Return recorded gaps, newest first."""
        ...

    # -- handoff
    def add_handoff(self, handoff: Handoff) -> None:
        """Store a handoff with its packet."""
        ...

    def handoffs(self, ticket_ids: Sequence[str]) -> tuple[Handoff, ...]:
        """Return the handoffs of these tickets, oldest first."""
        ...

    def add_alert(self, alert: Alert) -> None:
        """Put an alert into the outbox."""
        ...

    def alerts(self, *, pending: bool = False, limit: int = 100, offset: int = 0) -> tuple[Alert, ...]:
        """Return alerts, oldest first, without the first *offset*; only unsent ones on request."""
        ...

    def mark_sent(self, alert_id: str, at: datetime) -> None:
        """Note that an alert was delivered."""
        ...

    # -- access
    def add_account(self, account: Account) -> None:
        """Store an account; Conflict when the e-mail address is taken (compared without case)."""
        ...

    def save_account(self, account: Account) -> None:
        """Write an account."""
        ...

    def account(self, account_id: str) -> Account:
        """Return an account."""
        ...

    def account_by_email(self, email: str) -> Account | None:
        """Return the account with this address, compared without case."""
        ...

    def accounts(self) -> tuple[Account, ...]:
        """Return every account, by name."""
        ...

    def add_session(self, session: Session) -> None:
        """Store a session."""
        ...

    def session(self, token_hash: str) -> Session | None:
        """Return a session, expired or not."""
        ...

    def remove_sessions(self, *, token_hash: str | None = None, account_id: str | None = None) -> None:
        """Forget one session, or all of an account."""
        ...

    def add_setup_link(self, link: SetupLink) -> None:
        """Store a one-time link; earlier unused ones are removed."""
        ...

    def use_setup_link(self, token_hash: str, now: datetime) -> bool:
        """Use the link up; False when unknown, expired or used."""
        ...

    def add_audit(self, entry: AuditEntry) -> None:
        """Append to the audit log."""
        ...

    def audit(self, limit: int = 200) -> tuple[AuditEntry, ...]:
        """Return the audit log, newest first."""
        ...

    def count_hit(self, key: str, window: datetime) -> int:
        """Count one more hit on *key* in the window that began at *window*; return the count with it."""
        ...

    def forget_hits(self, key: str) -> None:
        """Forget every count on *key*, in all windows."""
        ...

    # -- privacy
    def add_vault_entry(self, entry: VaultEntry) -> None:
        """Store a sealed datum."""
        ...

    def vault_entries(self, ticket_id: str) -> tuple[VaultEntry, ...]:
        """Return a ticket's sealed data."""
        ...

    def vault_entries_of(self, kind: str) -> tuple[VaultEntry, ...]:
        """Return every sealed datum of a kind (a DatumKind's value), oldest first."""
        ...

    def count_kept(self, kind: Kept, *, ticket_ids: Sequence[str] | None = None, before: datetime | None = None) -> int:
        """Return how many rows `forget_kept` would meet without a limit."""
        ...

    def forget_kept(
        self,
        kind: Kept,
        *,
        ticket_ids: Sequence[str] | None = None,
        before: datetime | None = None,
        limit: int | None = None,
    ) -> int:
        """Destroy rows of *kind*, or the words in them; return how many.

        *ticket_ids*: on these tickets; without it on any that no person has or awaits. *before*: only older ones (see
        Kept for what that means). *limit*: at most so many, oldest first.
        """
        ...

    def tickets_keeping(self, kind: Kept, before: datetime, limit: int) -> tuple[str, ...]:
        """Return tickets with rows of *kind* older than *before*; none that a person has or awaits."""
        ...

    def idle_customers(self, before: datetime, limit: int) -> tuple[str, ...]:
        """Return customers, tombstones apart, first seen before then, with no ticket open with people or touched since.

        The first ones by id.
        """
        ...

    def remove_customer(self, customer_id: str) -> None:
        """Forget a customer who has no tickets any more; Conflict for one who has."""
        ...

    def gaps_of(self, ticket_ids: Sequence[str]) -> tuple[Gap, ...]:
        """Return the gaps recorded on these tickets, oldest first."""
        ...

    def alerts_of(self, ticket_ids: Sequence[str]) -> tuple[Alert, ...]:
        """Return the alerts about these tickets, oldest first."""
        ...

    def audit_of(self, subjects: Sequence[str]) -> tuple[AuditEntry, ...]:
        """Return the entries of the audit log on these subjects, oldest first."""
        ...


class Store(Protocol):
    """A database. Work is a function over a Tx, so the store may batch, retry or run it on its own thread."""

    def write(self, work: Callable[[Tx], T]) -> T:
        """Run *work* as one atomic unit and return its result after the commit; its exception rolls the unit back.

        *work* may run on another thread and more than once: it must touch nothing but its Tx, and not wait.
        """
        ...

    def read(self, work: Callable[[Tx], T]) -> T:
        """Run *work* on a consistent snapshot; it must not write."""
        ...

    def subscribe(self, heard: Callable[[str], None]) -> Callable[[], None]:
        """Call *heard* with the ticket id after each commit that touched it, by any process; return how to stop."""
        ...

    def scrub(self) -> bool:
        """Overwrite what was removed wherever the database's own files still hold it; False when others keep it busy.

        May take a second while somebody reads. Copies made elsewhere (backups, archives, replicas) are not met.
        """
        ...

    def close(self) -> None:
        """Finish waiting work and let go of the database."""
        ...
