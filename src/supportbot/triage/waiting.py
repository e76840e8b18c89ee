"""What a customer who waits for a person says about the waiting itself."""

from functools import lru_cache

from supportbot.domain.assessment import Guard
from supportbot.triage.lexicon import Reading, read

_SHORT = 16  # words; more of them hold a matter of their own
#: The first that is found counts: who says that it is solved needs nobody, and who calls off does not ask for the wait.
_WISHES = (("queue.settled", Guard.SETTLED), ("queue.call_off", Guard.CALLED_OFF), ("queue.wait", Guard.QUEUE))


def about_waiting(text: str) -> Guard | None:
    """Return QUEUE, CALLED_OFF or SETTLED for a short message about nothing but the wait; None for any other.

    It means so only of a customer who waits; "how long does it take?" asks something else otherwise.

    >>> about_waiting("How long do I have to wait?"), about_waiting("Forget it, solved.")
    (<Guard.QUEUE: 'queue'>, <Guard.SETTLED: 'settled'>)
    """
    return _about_waiting(text)


@lru_cache(maxsize=32)
def _about_waiting(text: str) -> Guard | None:
    reading = read(text)
    if not 0 < len(reading.tokens.words) <= _SHORT or reading.has("queue.unless"):
        return None
    asks = text.rstrip().endswith("?")
    found = next(
        (guard for label, guard in _WISHES if reading.has(label) and not (asks and guard is Guard.SETTLED)), None
    )
    if found in (Guard.SETTLED, Guard.CALLED_OFF) and _wants_person(reading):
        return None
    return found


def _wants_person(reading: Reading) -> bool:
    """Whether a person is asked for after all ("never mind the parcel, get me a person")."""
    return any(not reading.has("person.unless", m.sentence) for m in reading.matches.get("person.clear", ()))
