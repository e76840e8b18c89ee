"""Edges outward: tells people about handoffs through the log and a webhook, never with a customer's words."""

from supportbot.notify.log import LogNotifier
from supportbot.notify.outbox import Outbox
from supportbot.notify.webhook import WebhookNotifier

__all__ = ["LogNotifier", "Outbox", "WebhookNotifier"]
