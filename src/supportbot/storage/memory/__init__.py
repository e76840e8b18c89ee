"""A store in memory with the same promises as the SQL one: for tests, throw-away demos and benchmarks."""

from supportbot.storage.memory.store import MemoryStore

__all__ = ["MemoryStore"]
