"""`python -m benchmarks.fit [ranking] [confidence] [answers]`: fit the shipped weights anew; all three by default.

Fitted on the dev half and the train questions, and on XQuAD where the data folder is; never on the test half. The
figures are cross-validated by article: of no article, nor of its translations, are questions on both sides. Each fit
stands on those before it, so after a change to the words all three are to be run. `--dry` only prints.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.fit import answering, searching
from benchmarks.fit.asked import FOLDS, Company, companies
from supportbot.knowledge import readings
from supportbot.providers.embedded import judging

_SOURCE = Path(__file__).parents[2] / "src" / "supportbot"
RANKING = _SOURCE / "knowledge" / "data" / "ranking.json"
CONFIDENCE = _SOURCE / "knowledge" / "data" / "confidence.json"
ANSWERS = _SOURCE / "providers" / "embedded" / "weights.json"
FITS = ("ranking", "confidence", "answers")


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit what is named, print held-out figures and write the files; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fit", description=__doc__)
    parser.add_argument("fits", nargs="*", choices=[*FITS, []], metavar="FIT", help="ranking, confidence, answers")
    parser.add_argument("--seed", type=int, default=1, help="of the sample of XQuAD")
    parser.add_argument("--dry", action="store_true", help="print the figures and leave the files as they are")
    asked = parser.parse_args(arguments)
    known = companies(asked.seed)
    wanted = asked.fits or FITS
    if "ranking" in wanted or "confidence" in wanted:
        _search(known, wanted, asked)
    if "answers" in wanted:
        _answers(known, asked)
    return 0


def _search(known: Sequence[Company], wanted: Sequence[str], asked: argparse.Namespace) -> None:
    found = searching.ranked(known)
    if "ranking" in wanted:
        fitted, table = searching.fit_ranking(found)
        print(table.show(), flush=True)
        about = "readings.Fit: a conditional logit over the passages proposed, the right article's being the choice."
        _write(RANKING, about, known, asked, {"intercept": 0.0, "weights": _rounded(fitted)})
        readings.weights.cache_clear()
    if "confidence" in wanted:
        fitted, table = searching.fit_confidence(found, np.array(readings.weights("ranking")[1:]))
        print(table.show(), flush=True)
        about = "readings.Readings: P(the first article is right), a logistic; also with each article taken away."
        intercept = round(fitted.pop("intercept"), 3)
        _write(CONFIDENCE, about, known, asked, {"intercept": intercept, "weights": _rounded(fitted)})
        readings.weights.cache_clear()


def _answers(known: Sequence[Company], asked: argparse.Namespace) -> None:
    found = answering.shown(known)
    sentence, table = answering.fit_sentences(found)
    print(table.show(), flush=True)
    about = (
        "sentence: log-odds that a sentence holds the answer, a conditional logit over the sentences found. answer: "
        "P(the chosen sentences hold every fact asked for), a logistic; alone: the same without the search's P."
    )
    shipped = dict(judging.weights())
    _write(ANSWERS, about, known, asked, {**shipped, "sentence": _rounded(sentence)})
    judging.weights.cache_clear()
    fitted, tables = answering.fit_answers(found)
    print("\n\n".join(table.show() for table in tables), flush=True)
    rows = {name: _rounded(row) for name, row in fitted.items()}
    _write(ANSWERS, about, known, asked, {"sentence": _rounded(sentence), **rows})
    judging.weights.cache_clear()


def _rounded(row: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 3) for name, value in row.items()}


def _write(
    file: Path, about: str, known: Sequence[Company], asked: argparse.Namespace, rows: Mapping[str, object]
) -> None:
    if asked.dry:
        return
    sets = ", ".join(f"{one.name} ({len(one.asked)} questions, weight {one.weight})" for one in known)
    version = int(json.loads(file.read_text("utf-8"))["version"])
    how = f"Fitted by `python -m benchmarks.fit` (seed {asked.seed}, {FOLDS} folds by article) on: {sets}."
    listed = "What a phrasing asked word for word weighs is set by hand."
    document = {"about": f"{about} {how} {listed}", "version": str(version), **rows}
    file.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
