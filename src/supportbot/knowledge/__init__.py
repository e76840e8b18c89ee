"""What do we know? Help articles as Markdown files: load, cut into passages, search, check, follow edits."""

from supportbot.knowledge.check import check
from supportbot.knowledge.load import load
from supportbot.knowledge.passages import cut
from supportbot.knowledge.problem import Problem, Severity
from supportbot.knowledge.search import Knowledge
from supportbot.knowledge.watch import KnowledgeWatcher

__all__ = ["Knowledge", "KnowledgeWatcher", "Problem", "Severity", "check", "cut", "load"]
