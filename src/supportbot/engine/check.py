"""Checks a draft against its passages before anything of it is released. Pure, and the same for every model."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from supportbot.domain.answer import ABSTAIN, Draft, Sentence, sentences
from supportbot.domain.decision import Reason
from supportbot.domain.prompt import PromptPassage
from supportbot.domain.words import STOP_WORDS, alike, figures, fold, links, plain, terms, words

#: Least share of a sentence's content words that its cited passages must contain, when it is not quoted from them.
SUPPORT = 0.6
#: What a sentence scores when it is in another language than its source, so that words cannot be compared.
UNMEASURED = 0.5
#: Most words of a line that may stand without a citation because it only introduces others and ends with a colon.
LEAD_IN_WORDS = 14

#: From this share of common words on, two sentences say the same thing or its opposite.
NEAR = 0.75

_NO = "not no never cannot without nor nicht kein keine keinen keiner nie niemals ohne nunca sin ni"
_NEGATIONS = frozenset(_NO.split())
_QUESTION = re.compile(
    r"(what|how|when|where|which|who|why|can|could|do|does|did|is|are|will|would|may|should|must|question|und|was|wie|wann|wo"
    r"|welche\w*|wer|warum|kann|darf|gibt|ist|sind|muss|frage|que|como|cuando|cuant\w+|donde|cual|quien|puedo|puede|hay"
    r"|pregunta)\b"
)
_LABEL = re.compile(r"^\s*\*\*(.+?)\*\*:?\s*$")
_LIST_MARK = re.compile(r"^\s*(?:\d{1,2}[.)]|[-*•])\s+")


@dataclass(frozen=True, slots=True)
class SentenceVerdict:
    """Whether one sentence may be released; `score` in [0, 1] is how much of it its passages carry."""

    ok: bool
    score: float
    exempt: bool = False  #: a label or a lead-in: needs no citation, and is no answer by itself
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a draft may be released whole, and what of it may be released in any case.

    `score` in [0, 1] is the mean over its sentences. `kept` is the draft without the sentences that failed, without
    labels that have nothing below them, and without the abstention mark; `uncovered` are the labels of parts the model
    abstained from.
    """

    ok: bool
    score: float
    abstained: bool
    partly_abstained: bool
    reasons: tuple[Reason, ...]
    kept: str
    uncovered: tuple[str, ...] = ()


def check(
    draft: Draft, passages: Sequence[PromptPassage], question: str, language: str, *, avoid: Sequence[str] = ()
) -> Verdict:
    """Return the verdict on a whole draft: every sentence checked, and no answer that already did not help.

    A draft that covers only some parts is ok if what it says is; `partly_abstained` tells.
    """
    if draft.abstained:
        reason = Reason("abstained", "The model said that its passages do not cover the question.")
        return Verdict(False, 0.0, True, False, (reason,), "", _uncovered(draft.text))
    review = _review(draft.text, passages, language)
    reasons = list(review.reasons)
    if any(_same(draft.text, avoided) for avoided in avoid):
        reasons.append(Reason("repeated", "This answer was given before and did not help."))
        return Verdict(False, 0.0, False, draft.partly_abstained, tuple(reasons), "", _uncovered(draft.text))
    if not review.scores:
        reasons.append(Reason("empty", "Nothing in the draft answers the question."))
    elif _echoes(review.said, question):
        reasons.append(Reason("echo", "The draft only repeats the question."))
    score = sum(review.scores) / len(review.scores) if review.scores else 0.0
    ok = bool(review.scores) and not reasons
    return Verdict(ok, score, False, draft.partly_abstained, tuple(reasons), review.kept, _uncovered(draft.text))


def check_sentence(sentence: Sentence, passages: Sequence[PromptPassage], language: str) -> SentenceVerdict:
    """Return the verdict on one sentence; a label (`**label**`) or a lead-in (ends with a colon) needs no citation."""
    text = _LIST_MARK.sub("", sentence.text)
    if promise := _promise(text, _cited(sentence, passages)):
        return SentenceVerdict(False, 0.0, reasons=(promise,))
    if _is_label(text) or (not sentence.cites and _is_lead_in(text, passages)):
        return SentenceVerdict(True, 1.0, exempt=True)
    if not sentence.cites:
        return _failed("uncited", "cites no passage.")
    if unknown := [n for n in sentence.cites if n not in {p.index for p in passages}]:
        return _failed("unknown_passage", f"cites passage {unknown[0]}, which was not given.")
    return _supported(text, _cited(sentence, passages), language)


def _failed(code: str, text: str, score: float = 0.0) -> SentenceVerdict:
    return SentenceVerdict(False, score, reasons=(Reason(code, f"A sentence {text}"),))


def _cited(sentence: Sentence, passages: Sequence[PromptPassage]) -> tuple[PromptPassage, ...]:
    return tuple(p for p in passages if p.index in sentence.cites)


def _is_label(text: str) -> bool:
    return bool(_LABEL.match(text))


def _is_lead_in(text: str, passages: Sequence[PromptPassage]) -> bool:
    """Whether *text* only introduces: short, ends with a colon, and no figure or address that no passage has."""
    if not text.rstrip("*_ ").endswith(":") or len(text.split()) > LEAD_IN_WORDS:
        return False
    return not _strange_figures(text, passages) and not _strange_links(text, passages)


# -- support


def _supported(text: str, cited: Sequence[PromptPassage], language: str) -> SentenceVerdict:
    if _strange_links(text, cited):
        return _failed("foreign_link", "holds an address that its passages do not have.")
    if _strange_figures(text, cited) or _altered(text, cited):
        return _failed("figure", "holds a number, amount or date that its passages do not have.")
    if _verbatim(text, cited):
        return SentenceVerdict(True, 1.0)
    if _turned(text, cited):
        return _failed("negation", "says the opposite of its passage.")
    share = _share(text, cited, language)
    if share >= SUPPORT:
        return SentenceVerdict(True, share)
    if _in_other_language(text, cited):
        reason = Reason(
            "unmeasured", "A sentence is in another language than its source; only its figures were checked."
        )
        return SentenceVerdict(True, UNMEASURED, reasons=(reason,))
    return _failed("unsupported", f"is carried by its passages to {share:.0%} only.", share)


def _evidence(cited: Iterable[PromptPassage]) -> str:
    """Everything a cited passage tells: title, heading, date and text."""
    return "\n".join(f"{p.title}\n{p.heading}\n{p.updated}\n{p.text}" for p in cited)


def _share(text: str, cited: Sequence[PromptPassage], language: str) -> float:
    """The share of the content words of *text* that the passages contain, stems compared per source language."""
    best = 0.0
    known = {
        source: set(terms(_evidence(p for p in cited if p.language == source), source)) for source in _sources(cited)
    }
    for source in (language, *_sources(cited)):
        said = terms(plain(text), source)
        if not said:
            return 1.0
        held = set().union(*known.values())
        best = max(best, sum(any(alike(word, other) for other in held) for word in said) / len(said))
    return best


def _sources(cited: Sequence[PromptPassage]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(p.language for p in cited))


def _strange_figures(text: str, cited: Sequence[PromptPassage]) -> bool:
    """Whether *text* has a figure, or one more often, than its evidence."""
    told = _evidence(cited)
    raw, shown = Counter(figures(told)), Counter(figures("\n".join(map(plain, told.splitlines()))))
    return bool(Counter(figures(text)) - (raw | shown))


def _strange_links(text: str, cited: Sequence[PromptPassage]) -> bool:
    return not set(links(text)) <= set(links(_evidence(cited)))


def _altered(text: str, cited: Sequence[PromptPassage]) -> bool:
    """Whether *text* is a passage's sentence with other figures in it ("3 to 5 days" made "5 to 5 days")."""
    frames = [s for s in _own_sentences(cited) if _frame(s) == _frame(text)]
    return bool(frames) and all(figures(s) != figures(text) for s in frames)


def _turned(text: str, cited: Sequence[PromptPassage]) -> bool:
    """Whether *text* has nearly the words of a passage's sentence but a "not" more or less than it."""
    said = {passage.language: set(terms(plain(text), passage.language)) for passage in cited}
    near = []
    for passage in cited:
        for own in _own_sentences([passage]):
            held, mine = set(terms(own, passage.language)), said[passage.language]
            if held and len(held & mine) >= NEAR * len(held | mine):
                near.append(own)
    return bool(near) and all(_denies(own) != _denies(text) for own in near)


def _denies(text: str) -> bool:
    return any(word in _NEGATIONS or word.endswith("n't") for word in words(text))


def _frame(text: str) -> str:
    return " ".join(re.findall(r"[^\W\d]+|#", fold(re.sub(r"\d[\d.,:/'’]*\d|\d", "#", plain(text)))))


def _own_sentences(cited: Iterable[PromptPassage]) -> list[str]:
    """The passages' sentences, read both line by line and across wrapped lines."""
    texts = [p.text for p in cited]
    whole = [" ".join(block.split()) for text in texts for block in re.split(r"\n\s*\n", text)]
    lines = [_LIST_MARK.sub("", line) for text in texts for line in text.splitlines()]
    return [s.text for text in (*whole, *lines) for s in sentences(plain(text))]


def _verbatim(text: str, cited: Iterable[PromptPassage]) -> bool:
    said = _bare(text)
    return any(said == _bare(own) for own in _own_sentences(cited)) if said else False


def _bare(text: str) -> str:
    """A sentence as compared word for word: no emphasis, no mark at its end, single spaces; case counts."""
    return plain(text).rstrip(" .!?…;,")


def _in_other_language(text: str, cited: Sequence[PromptPassage]) -> bool:
    """Whether filler words say that *text* is in none of its sources' languages."""
    said = words(text)
    counts = {code: sum(word in stop for word in said) for code, stop in STOP_WORDS.items()}
    best = max(counts, key=lambda code: counts[code])
    return counts[best] >= 2 and best not in _sources(cited) and sorted(counts.values())[-2] < counts[best]


# -- promises


@cache
def _promises() -> Mapping[str, tuple[re.Pattern[str], ...]]:
    raw = yaml.safe_load(files("supportbot.engine").joinpath("promises.yaml").read_text(encoding="utf-8"))
    return {
        voice: tuple(re.compile(p) for patterns in by_language.values() for p in patterns)
        for voice, by_language in raw.items()
    }


def _promise(text: str, cited: Sequence[PromptPassage]) -> Reason | None:
    """Why *text* promises what nobody has promised; every language is tried, whatever the answer's is."""
    folded = " ".join(fold(plain(text)).split())
    if _is_label(text) and _QUESTION.match(folded.lstrip("¿ ")):
        return None  # a label that names the customer's question, in the customer's words
    if any(p.search(folded) for p in _promises()["bot"]):
        return Reason("promise", "A sentence says that the bot does or did something; it cannot act.")
    if any(p.search(folded) for p in _promises()["company"]) and not _verbatim(text, cited):
        return Reason("promise", "A sentence promises something in words that no article uses.")
    return None


# -- the whole draft


@dataclass(slots=True)
class _Review:
    scores: list[float]
    reasons: list[Reason]
    said: list[str]
    kept: str = ""


def _review(text: str, passages: Sequence[PromptPassage], language: str) -> _Review:
    """Check line by line, keeping the layout of what passes."""
    review = _Review([], [], [])
    lines: list[str] = []
    for line in text.splitlines():
        keep = _kept_line(line, passages, language, review)
        if keep or not line.strip():
            lines.append(keep)
    review.kept = _without_empty_labels(lines)
    return review


def _kept_line(line: str, passages: Sequence[PromptPassage], language: str, review: _Review) -> str:
    mark = _LIST_MARK.match(line)
    kept: list[str] = []
    for sentence in sentences(_LIST_MARK.sub("", line.replace(ABSTAIN, " "))):
        if not re.search(r"\w", sentence.text):
            continue
        verdict = check_sentence(sentence, passages, language)
        if not verdict.exempt:
            review.scores.append(verdict.score)
            review.said.append(sentence.text)
        if verdict.ok:
            kept.append(" ".join([sentence.text, *("".join(f"[{n}]" for n in sentence.cites),)]).strip())
        else:
            review.reasons.extend(r for r in verdict.reasons if r not in review.reasons)
    return (mark[0] if mark and kept else "") + " ".join(kept)


def _without_empty_labels(lines: Sequence[str]) -> str:
    """Join lines, leaving out labels and lead-ins that introduce nothing any more."""
    kept: list[str] = []
    for line in reversed(lines):
        label = bool(_LABEL.match(line))
        follows = next((k for k in reversed(kept) if k.strip()), "")
        introduces = follows if label else kept[-1] if kept else ""
        if (label or line.rstrip().endswith(":")) and (not follows or _LABEL.match(introduces)):
            continue
        kept.append(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(reversed(kept))).strip()


def _uncovered(text: str) -> tuple[str, ...]:
    """The labels of the parts that were abstained from."""
    found: list[str] = []
    label = ""
    for line in text.splitlines():
        if match := _LABEL.match(line):
            label = match[1]
        elif ABSTAIN in line and label:
            found.append(label)
    return tuple(found)


def _same(one: str, other: str) -> bool:
    return _words_of(one) == _words_of(other)


def _words_of(text: str) -> list[str]:
    return [word for s in sentences(text) for word in words(s.text)]


def _echoes(said: Sequence[str], question: str) -> bool:
    return bool(said) and all(words(s) == words(question) for s in said)
