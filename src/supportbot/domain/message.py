"""What was said, by whom, and on which passages it stands."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Sender(StrEnum):
    """Who speaks."""

    CUSTOMER = "customer"
    BOT = "bot"
    AGENT = "agent"
    SYSTEM = "system"  #: events everybody sees: "Ana joined"


class MessageKind(StrEnum):
    """What a message is for; pages draw them differently, the ledger of answers counts only ANSWER."""

    TEXT = "text"  #: what a customer or an agent wrote
    ANSWER = "answer"  #: the bot's answer from passages
    GUARD = "guard"  #: reviewed text given without a model (greeting, thanks, clarification)
    REFUSAL = "refusal"  #: the articles do not cover it; a person is offered
    HANDOFF = "handoff"  #: the one customer-visible message of a handoff
    NOTICE = "notice"  #: an event or a limit, told honestly
    NOTE = "note"  #: an agent's internal note (private)


@dataclass(frozen=True, slots=True)
class Citation:
    """A number in an answer and the stored passage behind it."""

    index: int
    passage_id: str
    article_id: str
    article_version: str
    title: str
    quote: str
    language: str
    updated: str  #: the article's date, ISO


@dataclass(frozen=True, slots=True)
class Message:
    """One utterance; `seq` orders a ticket's messages and is given by the store. Text is masked before it gets here."""

    id: str
    ticket_id: str
    sender: Sender
    text: str
    created_at: datetime
    seq: int = 0
    kind: MessageKind = MessageKind.TEXT
    private: bool = False
    turn_id: str | None = None
    author_id: str | None = None  #: the agent's account id
    author_name: str | None = None
    citations: tuple[Citation, ...] = ()
    final: bool = True  #: False while a strong answer is still being released
    language: str = "en"
