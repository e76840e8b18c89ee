"""Fixed, reviewed texts by language and key."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrasebook:
    """Texts as language → key → text with `{placeholders}`; English stands in for a language that lacks a key."""

    texts: Mapping[str, Mapping[str, str]]

    def say(self, language: str, key: str, **values: object) -> str:
        """Return the text with its placeholders filled; KeyError when not even English has the key."""
        text = self.texts.get(language, {}).get(key) or self.texts["en"][key]
        return text.format(**values).strip()

    def has(self, key: str) -> bool:
        """Whether there is a text under this key."""
        return key in self.texts["en"]
