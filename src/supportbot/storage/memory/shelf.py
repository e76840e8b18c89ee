"""Dictionaries that can take back what was done to them."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Journal:
    """What was done in one unit of work, so that it can be undone; `touched` holds the tickets it concerned."""

    def __init__(self) -> None:
        self.undo: list[Callable[[], None]] = []
        self.touched: dict[str, None] = {}

    def begin(self) -> None:
        """Forget the last unit."""
        self.undo.clear()
        self.touched = {}

    def roll_back(self) -> None:
        """Undo everything since `begin`, latest first."""
        for step in reversed(self.undo):
            step()
        self.begin()


class Shelf(Generic[K, V]):
    """Values by key, in order of first arrival; with *group*, also by a trait that never changes for a key."""

    def __init__(self, journal: Journal, group: Callable[[V], str] | None = None) -> None:
        self._journal = journal
        self._group = group
        self._rows: dict[K, V] = {}
        self._groups: dict[str, dict[K, None]] = {}

    def __contains__(self, key: K) -> bool:
        return key in self._rows

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[V]:
        return iter(list(self._rows.values()))

    def get(self, key: K) -> V | None:
        """Return the value under *key*, if there is one."""
        return self._rows.get(key)

    def every_key(self) -> tuple[K, ...]:
        """Return every key, in order of arrival."""
        return tuple(self._rows)

    def of(self, group: str) -> list[V]:
        """Return the values of a group, in order of arrival."""
        return [self._rows[key] for key in self._groups.get(group, ())]

    def among(self, groups: Iterable[str]) -> list[V]:
        """Return the values of several groups, in order of arrival."""
        wanted = set(groups)
        if len(wanted) == 1:
            return self.of(wanted.pop())
        group = self._group
        return [value for value in self._rows.values() if group is not None and group(value) in wanted]

    def put(self, key: K, value: V) -> None:
        """Set *key*, remembering how to undo it."""
        if key in self._rows:
            old = self._rows[key]
            self._journal.undo.append(lambda: self._set(key, old))
        else:
            self._journal.undo.append(lambda: self._unset(key))
        self._set(key, value)

    def drop(self, key: K) -> None:
        """Remove *key*, remembering how to undo it."""
        old = self._rows[key]
        self._journal.undo.append(lambda: self._set(key, old))
        self._unset(key)

    def _set(self, key: K, value: V) -> None:
        self._rows[key] = value
        if self._group is not None:
            self._groups.setdefault(self._group(value), {})[key] = None

    def _unset(self, key: K) -> None:
        value = self._rows.pop(key)
        if self._group is not None:
            self._groups[self._group(value)].pop(key)
