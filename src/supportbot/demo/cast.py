"""The simulated people of a stage: customers who ask and react, agents who claim, reply and resolve."""

from random import Random

from supportbot.demo.day import Asked
from supportbot.demo.played import Played, read_played
from supportbot.demo.stage import Stage
from supportbot.domain.message import Sender
from supportbot.domain.ticket import Status, Ticket

_NAMES = ("Lea", "Tomasz", "Priya", "Noah", "Mei", "Oskar", "Grace", "Ivan", "Lucía", "Emma", "Samir", "Hanna")
_AGENTS = ("Ana Lindqvist", "Ben Okafor")

#: What agents write where the day's labels hold no reply of their own.
_REPLY = {
    "en": "I looked into this for you. Here is what we can do.",
    "de": "Ich habe mir das angesehen. Das können wir tun.",
    "es": "Lo he revisado. Esto es lo que podemos hacer.",
}

#: How often people react, as shares of 1: stated guesses, the same whichever model answered.
_RATES = 0.35
_TAKES_OFFER = 0.5
_FINISHES = {True: 0.7, False: 0.2}
_WANTS_PERSON_AFTER_WRONG = 0.25
_SCORES = 0.3
#: Marks and how often each is given, where the help was right and where it was not.
_MARKS = {True: ((3, 4, 5), (1, 4, 6)), False: ((1, 2, 3), (2, 3, 3))}


class Cast:
    """Plays tickets on one stage; *chance* decides what people do, so the same seed gives the same day."""

    def __init__(self, stage: Stage, chance: Random) -> None:
        self._stage = stage
        self._chance = chance
        self._agents = tuple(stage.agent(name) for name in _AGENTS)

    def ask(self, asked: Asked) -> Played:
        """Ask as a new customer and read what came of it."""
        return self._read(self._ask(asked)[1], asked)

    def play(self, asked: Asked) -> Played:
        """Play one ticket to its end: the customer asks and reacts, an agent works where one is needed."""
        customer_id, ticket_id = self._ask(asked)
        if self._ticket(ticket_id).status is Status.OFFERED:
            self._answer_offer(customer_id)
        elif self._ticket(ticket_id).status is Status.ANSWERED:
            self._react(customer_id, ticket_id, asked)
        if self._ticket(ticket_id).status is Status.WAITING:
            self._help(ticket_id, asked)
        self._score(customer_id, ticket_id, asked)
        return self._read(ticket_id, asked)

    def _ask(self, asked: Asked) -> tuple[str, str]:
        customer_id = self._stage.customer(self._chance.choice(_NAMES))
        return customer_id, self._stage.ask(customer_id, asked.text).ticket_id

    def _answer_offer(self, customer_id: str) -> None:
        if self._chance.random() < _TAKES_OFFER:
            self._stage.customers.ask_person(customer_id)
        else:
            self._stage.customers.keep_going(customer_id)

    def _react(self, customer_id: str, ticket_id: str, asked: Asked) -> None:
        """A right answer is mostly confirmed, a wrong one is told or taken to a person; many say nothing."""
        played, customers = self._read(ticket_id, asked), self._stage.customers
        if played.answered and self._chance.random() < _RATES:
            reason = None if played.right else "Not what I asked"
            customers.rate(customer_id, self._last_said(ticket_id), played.right, reason)
        wrong = played.answered and not played.right
        if wrong and self._chance.random() < _WANTS_PERSON_AFTER_WRONG:
            customers.ask_person(customer_id)
        elif self._chance.random() < _FINISHES[not wrong]:
            customers.finish(customer_id)

    def _last_said(self, ticket_id: str) -> str:
        messages = self._stage.store.read(lambda tx: tx.messages(ticket_id))
        return next(m.id for m in reversed(messages) if m.sender is Sender.BOT)

    def _help(self, ticket_id: str, asked: Asked) -> None:
        """An agent claims after a wait, works a few minutes, replies and resolves."""
        stage, agent, chance = self._stage, self._chance.choice(self._agents), self._chance
        stage.clock.advance(chance.uniform(20, 240))
        ticket = stage.inbox.claim(agent, ticket_id)
        stage.clock.advance(chance.uniform(4, 9.5) * 60)
        stage.inbox.reply(agent, ticket_id, asked.reply or _REPLY.get(ticket.language, _REPLY["en"]))
        stage.clock.advance(chance.uniform(0.5, 2) * 60)
        stage.inbox.resolve(agent, ticket_id)

    def _score(self, customer_id: str, ticket_id: str, asked: Asked) -> None:
        ticket = self._ticket(ticket_id)
        if ticket.open or ticket.critical or self._chance.random() >= _SCORES:
            return
        played = self._read(ticket_id, asked)
        marks, weights = _MARKS[played.right or not played.answered or played.human_seconds > 0]
        self._stage.customers.score(customer_id, self._chance.choices(marks, weights)[0])

    def _ticket(self, ticket_id: str) -> Ticket:
        return self._stage.store.read(lambda tx: tx.ticket(ticket_id))

    def _read(self, ticket_id: str, asked: Asked) -> Played:
        return self._stage.store.read(lambda tx: read_played(tx, ticket_id, asked))
