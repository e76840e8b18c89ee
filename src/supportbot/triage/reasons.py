"""Reasons for a decision: a stable code, and a sentence a person can read."""

from collections.abc import Mapping

from supportbot.domain.assessment import CriticalClass, Guard
from supportbot.domain.decision import Reason

_GUARDS = {
    Guard.EMPTY: "The message is empty.",
    Guard.EMOJI: "The message holds only emoji or marks.",
    Guard.GREETING: "The message greets, or asks who is there, and names no matter yet.",
    Guard.THANKS: "The customer says thanks or goodbye.",
    Guard.GIBBERISH: "The message cannot be read as words.",
    Guard.OUT_OF_SCOPE: "The message asks for something outside customer support.",
    Guard.INJECTION: "The message tries to instruct the model.",
    Guard.PERSON: "The customer asks for a person",
    Guard.PERSON_MAYBE: "The customer may be asking for a person",
}
_CLASSES = {
    CriticalClass.LEGAL_THREAT: "A legal threat",
    CriticalClass.FRAUD: "A report of fraud",
    CriticalClass.ACCOUNT_TAKEOVER: "A sign that someone else controls the account",
    CriticalClass.SECURITY_REPORT: "A report of a security problem",
    CriticalClass.SELF_HARM: "A mention of self-harm",
    CriticalClass.PRIVACY_REQUEST: "A formal privacy request",
    CriticalClass.LARGE_AMOUNT: "A disputed large amount",
}


def found_reasons(guard: Guard, danger: tuple[CriticalClass, str] | None, words: str | None) -> tuple[Reason, ...]:
    """Return why a turn gets no answer call, with the words that fired."""
    if danger:
        return (Reason(f"critical_{danger[0].value}", f"{_CLASSES[danger[0]]}: “{danger[1]}”."),)
    text = _GUARDS[guard]
    if not text.endswith("."):
        text = f"{text}: “{words}”." if words else f"{text}."
    return (Reason(f"guard_{guard.value}", text),)


def signal_reasons(readings: Mapping[str, float], text: str, query: str, person: str | None) -> tuple[Reason, ...]:
    """Return what in the readings speaks for or against the models."""
    candidates = (
        (person is not None, "needs_person", f"Only a person can do this: “{person}”."),
        (readings["parts"] > 1, "two_parts", f"The message asks {int(readings['parts'])} things."),
        (readings["comparison"] > 0, "comparison", "The message asks for a comparison."),
        (readings["no_article"] > 0, "no_article", "No help article fits the question."),
        (
            readings["no_article"] == 0,
            "retrieval",
            f"The best article fits with probability {readings['confidence']:.2f}.",
        ),
        (readings["repeats"] > 0, "repeat", f"The same question was asked {int(readings['repeats'])} times before."),
        (
            readings["thumbs_down"] > 0,
            "thumbs_down",
            f"{int(readings['thumbs_down'])} earlier answers were marked as not helpful.",
        ),
        (readings["angry"] > 0, "angry", "The customer is angry."),
        (readings["annoyed"] > 0, "annoyed", "The customer is annoyed."),
        (readings["long"] > 0, "long", f"The message is long: {int(readings['words'])} words."),
        (readings["code"] > 0, "code", "The message holds code or a log."),
        (readings["other_language"] > 0, "other_language", "The best article is in another language than the message."),
        (query != text, "follow_up", "The message leans on an earlier one."),
    )
    return tuple(Reason(code, sentence) for holds, code, sentence in candidates if holds)
