"""What the routes work with."""

from dataclasses import dataclass

from supportbot.access import Access
from supportbot.ports import Clock, KnowledgeBase, Store
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
