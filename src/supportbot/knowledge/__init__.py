"""What do we know? Help articles as Markdown files: load, cut into passages, search, check, follow edits."""

from supportbot.knowledge.load import load
from supportbot.knowledge.passages import cut
from supportbot.knowledge.problem import Problem, Severity
from supportbot.knowledge.search import Knowledge

__all__ = ["Knowledge", "Problem", "Severity", "cut", "load"]
