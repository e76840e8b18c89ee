"""Conversations in every state a page can be in, made through the real use cases over the server's own database."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from supportbot.access import OPERATOR, customer_token
from supportbot.bootstrap import App
from supportbot.domain.account import Actor, Customer, Role
from supportbot.domain.errors import LimitReached
from supportbot.domain.handoff import Handoff, HandoffReason, Packet
from supportbot.domain.ids import new_id
from supportbot.domain.message import Message, MessageKind, Sender
from supportbot.domain.ticket import Event, Priority, Ticket, moved
from supportbot.engine.customers import Customers
from supportbot.ports import Tx

PASSWORD = "seven tall junipers"
ARABIC = "مرحبا، أين طلبي رقم 5521؟ لقد دفعت مرتين ولم يصلني شيء حتى الآن."
LONG_WORD = "https://shop.example/" + "very-long-path-without-a-break-" * 12
LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff-Papadimitrakopoulou Maximiliane Konstantina"


@dataclass(slots=True)
class Scenes:
    """Cookies by the name of a scene, and the ids of tickets that pages open."""

    desk: App
    ana: Actor
    ben: Actor
    session: str
    tokens: dict[str, str] = field(default_factory=dict)
    tickets: dict[str, str] = field(default_factory=dict)
    turn: tuple[str, str] = ("", "")  #: the unfinished turn and its lease

    def customer(self, scene: str) -> str:
        """Enrol the customer of *scene* and return the id."""
        self.tokens[scene] = customer_token()
        return self.desk.access.enrol(self.tokens[scene]).id

    def asks(self, scene: str, *texts: str) -> str:
        """Let the customer of a new *scene* say *texts*, each answered; return the ticket's id."""
        customer_id = self.customer(scene)
        for text in texts:
            self.tickets[scene] = self.says(customer_id, text)
        return self.tickets[scene]

    def says(self, customer_id: str, text: str) -> str:
        """Take a message in and run its turn here; return the ticket's id."""
        said = self.desk.intake.say(customer_id, text, holder=(self.desk.workers.name, new_id()))
        if said.turn_id is not None:
            turn_id = said.turn_id
            self.desk.workers.run_now(self.desk.store.read(lambda tx: tx.turn(turn_id)))
        return said.ticket_id

    def renamed(self, scene: str, name: str) -> None:
        """Open a further waiting ticket of somebody called *name*."""
        at = self.desk.clock.now()
        self.tickets[scene] = self.desk.store.write(lambda tx: waiting(tx, at, name, ARABIC, Priority.HIGH))


def staged(desk: App) -> Scenes:
    """Return a desk with two agents and nothing asked yet."""
    ana = desk.access.add_account(OPERATOR, "ana@juniper.example", "Ana Lindqvist", Role.ADMIN, PASSWORD)
    ben = desk.access.add_account(OPERATOR, "ben@juniper.example", "Ben Okafor", Role.AGENT, PASSWORD)
    session = desk.access.sign_in(ana.email, PASSWORD, "127.0.0.1")
    return Scenes(desk, Actor(ana.id, ana.name, ana.role), Actor(ben.id, ben.name, ben.role), session)


def conversations(scenes: Scenes) -> None:
    """Bring one conversation into each state the customer's page knows."""
    desk, ana, ben = scenes.desk, scenes.ana, scenes.ben
    scenes.customer("welcome")
    scenes.asks("answered", "How long does standard delivery take?")
    scenes.asks("offer", "Which spices go well with roasted pumpkin soup?")
    scenes.asks("waiting", "I was charged €49 twice. I want to talk to a human please")
    for scene, agent in (("agent", ana), ("other", ben), ("resolved", ana), ("thanked", ana), ("snoozed", ana)):
        ticket_id = scenes.asks(scene, "I want to talk to a human about my delivery")
        desk.inbox.claim(agent, ticket_id)
        desk.inbox.reply(agent, ticket_id, "Hi, I see both charges. It shows up by **Friday 27 November**.")
    scenes.says(owner(desk, scenes.tickets["agent"]), "Thank you. My e-mail is lea@example.com")
    desk.inbox.note(ben, scenes.tickets["agent"], "Same double charge this morning. Payments team knows.")
    for scene in ("resolved", "thanked"):
        desk.inbox.resolve(ana, scenes.tickets[scene])
    desk.customers.score(owner(desk, scenes.tickets["thanked"]), 5)
    desk.inbox.snooze(ana, scenes.tickets["snoozed"], desk.clock.now() + timedelta(hours=2))
    _odd(scenes)
    _long(scenes, 300)
    _answering(scenes)


def owner(desk: App, ticket_id: str) -> str:
    """Return the id of the customer whose ticket this is."""
    return desk.store.read(lambda tx: tx.ticket(ticket_id)).customer_id


def _answering(scenes: Scenes) -> None:
    """A turn that somebody works on for as long as `working` lasts."""
    desk, lease = scenes.desk, new_id()
    said = desk.intake.say(scenes.customer("answering"), "How do I send a jacket back?", holder=("nobody", lease))
    scenes.tickets["answering"] = said.ticket_id
    turn_id = said.turn_id
    assert turn_id is not None
    scenes.turn = (turn_id, lease)
    _renew(scenes)


def _renew(scenes: Scenes) -> None:
    turn_id, lease = scenes.turn
    until = scenes.desk.clock.now() + timedelta(seconds=scenes.desk.settings.engine.lease_seconds)
    assert scenes.desk.store.write(lambda tx: tx.extend_lease(turn_id, lease, until))


@contextmanager
def working(scenes: Scenes) -> Iterator[None]:
    """Keep the lease of the unfinished turn alive, as its worker would."""
    done = threading.Event()

    def beat() -> None:
        while not done.wait(scenes.desk.settings.engine.heartbeat_seconds / 2):
            _renew(scenes)

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _odd(scenes: Scenes) -> None:
    """Words wider than the page, right-to-left writing, and a page of text in one message."""
    ticket_id = scenes.asks("odd", ARABIC, LONG_WORD, "I have a long story. " * 150 + "A person, please.")
    desk = scenes.desk
    desk.customers.ask_person(owner(desk, ticket_id))
    desk.inbox.claim(scenes.ana, ticket_id)
    desk.inbox.reply(
        scenes.ana, ticket_id, f"**{LONG_WORD}**\n\n- {ARABIC}\n- {'x' * 400}\n\n" + "A long reply. " * 200
    )
    scenes.renamed("named", LONG_NAME)


def _long(scenes: Scenes, messages: int) -> None:
    """One conversation of many messages."""
    ticket_id = scenes.asks("long", "I want to talk to a human")
    desk, ana = scenes.desk, scenes.ana
    desk.inbox.claim(ana, ticket_id)
    at = desk.clock.now()

    def fill(tx: Tx) -> None:
        for n in range(messages):
            sender, name = (Sender.AGENT, ana.name) if n % 2 else (Sender.CUSTOMER, None)
            text = f"Line {n} of a long conversation."
            tx.add_message(Message(new_id(), ticket_id, sender, text, at, author_id=ana.id, author_name=name))

    desk.store.write(fill)


def waiting(tx: Tx, at: datetime, name: str, text: str, priority: Priority = Priority.NORMAL) -> str:
    """Put one waiting ticket into the queue, as a handoff leaves it, without running a turn; return its id."""
    customer = Customer(new_id(), at, name=name)
    tx.add_customer(customer)
    new = Ticket(new_id(), customer.id, at, at, priority=priority, subject=text[:60])
    ticket = tx.add_ticket(replace(moved(new, Event.HANDED_OFF, at), request_type="billing"))
    tx.add_message(Message(new_id(), ticket.id, Sender.CUSTOMER, text, at))
    told = tx.add_message(Message(new_id(), ticket.id, Sender.BOT, "I passed this on.", at, kind=MessageKind.HANDOFF))
    reason = HandoffReason.CUSTOMER_REQUEST
    packet = Packet("The customer asked for a person.", wants=text[:200])
    tx.add_handoff(Handoff(new_id(), ticket.id, reason, priority, at, told.id, None, packet))
    return ticket.id


def crowd(desk: App, many: int) -> None:
    """Let *many* people wait."""
    now = desk.clock.now()

    def fill(tx: Tx) -> None:
        for n in range(many):
            at = now - timedelta(minutes=n % 600)
            waiting(tx, at, f"Customer of the day {n}", f"Question {n}: where is my order?", Priority(n % 4))

    desk.store.write(fill)


def exhausted(customers: Customers, customer_id: str, limit: int, ask: Callable[[int], str]) -> None:
    """Use up what a customer may write in a minute."""
    for number in range(limit):
        with suppress(LimitReached):
            customers.say(customer_id, ask(number))
