"""Customers and agents who do anything at any time, drawn from a seed, and note what was promised to them."""

import string
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from random import Random
from threading import Event

from benchmarks.campaign.desk import Population
from benchmarks.campaign.journal import Journal
from supportbot.bootstrap import App
from supportbot.domain.account import Actor
from supportbot.domain.errors import (
    BadInput,
    Conflict,
    Forbidden,
    IllegalTransition,
    LimitReached,
    NotFound,
    StorageError,
)
from supportbot.domain.message import Sender
from supportbot.domain.ticket import Lane, Owner, Ticket
from supportbot.ports import TicketFilter

#: Personal data that must be found nowhere outside the vault.
PLANTED = (
    "4111 1111 1111 1111",
    "planted.person@mail.example",
    "DE89 3704 0044 0532 0130 00",
    "+49 171 2345678",
)
SAYINGS = (
    "How long does standard delivery take?",
    "How long does standard delivery take and how do I return an item?",
    "How do I cancel my membership and when do I get my money back?",
    "Can I return a gift card?",
    "Do you support SAML with Okta group sync?",
    "Wie lange dauert die Standardlieferung?",
    "¿Cuánto tarda la entrega estándar?",
    "and how long does that take?",
    "that does not help",
    "I want to talk to a human",
    "yes please",
    "My lawyer is filing against you",
    "I was charged 1,800 € twice, I never bought that",
    "my order 5521",
    "hi",
    "thanks",
    f"my card is {PLANTED[0]}, can I change how I pay?",
    f"write to {PLANTED[1]} please, how long does standard delivery take?",
    f"my IBAN is {PLANTED[2]}, where is my refund?",
    f"call me at {PLANTED[3]}",
)
#: What a busy desk says no to; nothing of it may change anything.
REFUSALS = (Conflict, IllegalTransition, Forbidden, BadInput, LimitReached, NotFound)

_CLICKS = ("ask_person", "leave_queue", "keep_going", "stop", "stop", "finish", "finish")
_AGENT = ("claim", "claim", "claim", "reply", "reply", "note", "transfer", "snooze", "release", "hand_back", "resolve")


class Crowd:
    """Draws one action after the other. What a use case returned is in the journal before anybody can be killed."""

    def __init__(self, app: App, people: Population, journal: Journal, chance: Random) -> None:
        self._app = app
        self._people = people
        self._journal = journal
        self._chance = chance

    def go_on(self, until: Event, pause_s: float = 0.03) -> None:
        """Act until told otherwise.

        A database that is away is an honest line on a page; anything else that is no refusal would be a traceback.
        """
        while not until.is_set():
            try:
                self.act()
            except StorageError as away:
                self._journal.note("away", error=f"{type(away).__name__}: {away}")
            except Exception as error:
                self._journal.note("broke", error=f"{type(error).__name__}: {error}")
            until.wait(self._chance.random() * pause_s * 2)

    def act(self) -> None:
        """Do one thing."""
        deeds: tuple[tuple[Callable[[], None], int], ...] = (
            (self._write, 12),
            (self._click, 4),
            (self._rate, 3),
            (self._work, 12),
        )
        deed = self._chance.choices([d for d, _ in deeds], [weight for _, weight in deeds])[0]
        with suppress(*REFUSALS):
            deed()

    def _write(self) -> None:
        mark = "ref" + "".join(self._chance.choices(string.ascii_lowercase, k=8))
        said = self._chance.choice(SAYINGS)
        text = f"{said} {mark}" if self._chance.random() < 0.8 else said  # a mark hides a greeting or a plain yes
        customer = self._chance.choice(self._people.customers)
        lane = Lane.BATCH if self._chance.random() < 0.2 else Lane.INTERACTIVE
        self._journal.note("saying", mark=mark)
        taken = self._app.customers.say(customer, text, lane=lane, address="192.0.2.7")
        self._journal.note("said", mark=mark, message=taken.message_id, ticket=taken.ticket_id)

    def _click(self) -> None:
        getattr(self._app.customers, self._chance.choice(_CLICKS))(self._chance.choice(self._people.customers))

    def _rate(self) -> None:
        customer = self._chance.choice(self._people.customers)
        view = self._app.customers.view(customer)
        if view.current is not None and not view.current.open:
            self._app.customers.score(customer, self._chance.randint(1, 5))
        elif bot := [m for m in view.messages if m.sender is Sender.BOT]:
            self._app.customers.rate(customer, bot[-1].id, self._chance.choice((True, False, False)))

    def _work(self) -> None:
        actor, action = self._chance.choice(self._people.actors), self._chance.choice(_AGENT)
        ticket = self._ticket(actor, action)
        if ticket is None:
            return
        done = getattr(self, f"_{action}", None)
        message = done(actor, ticket) if done else getattr(self._app.inbox, action)(actor, ticket.id) and None
        self._journal.note("acted", action=action, agent=actor.id, ticket=ticket.id, message=message)

    def _ticket(self, actor: Actor, action: str) -> Ticket | None:
        """One in the queue to claim, one in hand for the rest; now and then any at all."""
        every = self._app.store.read(lambda tx: tx.tickets(TicketFilter(limit=40)))
        fitting = [
            t
            for t in every
            if (t.queued if action == "claim" else t.owner is Owner.AGENT and t.open and t.agent_id == actor.id)
        ]
        chosen = fitting if fitting and self._chance.random() < 0.9 else every
        return self._chance.choice(chosen) if chosen else None

    def _reply(self, actor: Actor, ticket: Ticket) -> str:
        return self._app.inbox.reply(actor, ticket.id, f"I am looking into it; my own card is {PLANTED[0]}.").id

    def _note(self, actor: Actor, ticket: Ticket) -> str:
        return self._app.inbox.note(actor, ticket.id, f"The customer's address is {PLANTED[1]}.").id

    def _transfer(self, actor: Actor, ticket: Ticket) -> None:
        to = self._chance.choice([a for a in self._people.actors if a.id != actor.id])
        self._app.inbox.transfer(actor, ticket.id, to.id, "yours")

    def _snooze(self, actor: Actor, ticket: Ticket) -> None:
        until = self._app.clock.now() + timedelta(seconds=self._chance.choice((1, 3600)))
        self._app.inbox.snooze(actor, ticket.id, until)
