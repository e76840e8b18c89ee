"""Two honest local answerers over the passages they are given: `FastAnswerer` and `StrongAnswerer`."""

from supportbot.providers.embedded.answerer import FastAnswerer, StrongAnswerer

__all__ = ["FastAnswerer", "StrongAnswerer"]
