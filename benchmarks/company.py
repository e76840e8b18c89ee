"""A second company's knowledge base, to see what holds beyond the sample: public paragraphs, with their questions.

`python -m benchmarks.company DIR` writes it from the data folder; the data itself is no part of this repository. Every
tenth article is internal. Questions about the sample company stand in for those no article covers.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

from benchmarks.labels import Kind, half
from benchmarks.report import Skipped, data_file

_EVERY = 10


def build(folder: Path) -> int:
    """Write articles and `questions.yaml` into *folder*; return how many articles. Skipped without the data."""
    raw = json.loads(data_file("support", "xquad", "xquad_en.json").read_text(encoding="utf-8"))
    questions: list[dict[str, object]] = []
    n = 0
    for number, topic in enumerate(raw["data"], 1):
        name = str(topic.get("title") or f"Subject {number}").replace("_", " ")
        for part, paragraph in enumerate(topic["paragraphs"], 1):
            n += 1
            key, hidden = f"a{n:03}", n % _EVERY == 0
            (folder / f"{key}.md").write_text(_article(key, f"{name}, {part}", paragraph["context"], hidden), "utf-8")
            questions += _asked(key, hidden, paragraph["qas"])
    questions += [
        {"id": f"u-{q.id}", "text": q.text, "language": q.language, "kind": "uncovered", "style": "far"}
        for q in half("dev")
        if q.kind is Kind.SIMPLE and q.language == "en"
    ]
    text = yaml.safe_dump(questions, allow_unicode=True, sort_keys=False)
    (folder / "questions.yaml").write_text(text, "utf-8")
    return n


def _article(key: str, title: str, body: str, hidden: bool) -> str:
    head = {
        "title": title,
        "id": key,
        "language": "en",
        "visibility": "internal" if hidden else "public",
        "updated": "2026-01-01",
    }
    return f"---\n{yaml.safe_dump(head, allow_unicode=True, sort_keys=False)}---\n\n{body}\n"


def _asked(key: str, hidden: bool, qas: list[dict[str, object]]) -> Iterator[dict[str, object]]:
    for one in qas:
        text = str(one["question"])
        if hidden:
            yield {"id": str(one["id"]), "text": text, "language": "en", "kind": "internal"}
            continue
        answers = one["answers"]
        wordings = [str(answer["text"]).replace("|", " ") for answer in answers] if isinstance(answers, list) else []
        fact = "|".join(dict.fromkeys(wordings))
        yield {
            "id": str(one["id"]),
            "text": text,
            "language": "en",
            "kind": "simple",
            "articles": [key],
            "facts": [fact],
        }


def main() -> int:
    """Write the company into the folder named; return the exit code."""
    if len(sys.argv) != 2:
        print("Name a folder: python -m benchmarks.company DIR", file=sys.stderr)
        return 2
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    try:
        print(f"{build(folder)} articles and questions.yaml in {folder}")
    except Skipped as missing:
        print(f"Skipped: {missing}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
