"""Opens a handoff: the customer's message, the packet, the queue row and the alert, in one transaction."""

from supportbot.handoff.booking import book_time
from supportbot.handoff.opening import Opening, open_handoff
from supportbot.handoff.packet import Evidence, build_packet
from supportbot.handoff.wording import customer_text, when_back

__all__ = ["Evidence", "Opening", "book_time", "build_packet", "customer_text", "open_handoff", "when_back"]
