"""Edges outward: tells people about handoffs through the log and a webhook, never with a customer's words."""

from supportbot.notify.journal import LogJournal
from supportbot.notify.lines import log_to_stderr
from supportbot.notify.log import LogNotifier
from supportbot.notify.outbox import Outbox
from supportbot.notify.tally import Tally
from supportbot.notify.webhook import WebhookNotifier

__all__ = ["LogJournal", "LogNotifier", "Outbox", "Tally", "WebhookNotifier", "log_to_stderr"]
