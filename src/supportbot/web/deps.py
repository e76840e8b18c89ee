"""What the routes work with."""

from collections.abc import Callable
from dataclasses import dataclass, field

from supportbot.access import Access
from supportbot.notify import Tally
from supportbot.ports import Clock, Journal, KnowledgeBase, Silence, Store
from supportbot.settings import Settings
from supportbot.web.hub import Hub


@dataclass(frozen=True, slots=True)
class WebDeps:
    """Everything the routes need, given by the composition root."""

    access: Access
    store: Store
    hub: Hub
    settings: Settings
    knowledge: KnowledgeBase
    clock: Clock
    version: str
    working: Callable[[], bool] = lambda: True  #: whether turns are being answered in this process
    journal: Journal = field(default_factory=Silence)
    tally: Tally = field(default_factory=Tally)
