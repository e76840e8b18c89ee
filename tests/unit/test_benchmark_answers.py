"""The benchmark of answers counts what it says it counts, on a company of three articles."""

import json
from pathlib import Path

import pytest
from benchmarks import answers, company
from benchmarks.labels import Kind, Question, load
from benchmarks.report import Options, Skipped

from supportbot.domain.message import MessageKind
from supportbot.knowledge import Knowledge

_HEAD = "---\ntitle: {title}\nid: {id}\nlanguage: en\nvisibility: {visibility}\nupdated: 2026-11-20\n---\n\n{body}\n"
_SECRET = "Whoever complains twice about a broken kite gets a voucher of 15 euros from the red drawer."
_ARTICLES = {
    "kites": ("Repairing a kite", "public", "## Repairing a kite\n\nA broken kite is repaired within 6 working days."),
    "boats": ("Renting a boat", "public", "## Renting a boat\n\nA rowing boat costs €12 an hour to rent."),
    "drawer": ("Vouchers (internal)", "internal", f"## Vouchers for a broken kite\n\n{_SECRET}"),
}
_QUESTIONS = """
- {id: a, text: "How long does it take to repair a broken kite?", language: en, kind: simple, articles: [kites],
   facts: ["6 working days"], tier: fast}
- {id: b, text: "What does it cost to rent a rowing boat?", language: en, kind: simple, articles: [boats],
   facts: ["€99"], tier: fast}
- {id: c, text: "Do you sell balloons for a wedding?", language: en, kind: uncovered, style: near, tier: fast}
- {id: d, text: "Which voucher is in the red drawer?", language: en, kind: internal, tier: fast}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, (title, visibility, body) in _ARTICLES.items():
        text = _HEAD.format(title=title, id=name, visibility=visibility, body=body)
        (tmp_path / f"{name}.md").write_text(text, "utf-8")
    (tmp_path / "questions.yaml").write_text(_QUESTIONS, "utf-8")
    return tmp_path


def test_a_question_is_scored_by_its_facts_and_its_article(folder: Path) -> None:
    """Right with the fact, wrong without it though found; refusing is right only where nothing is covered."""
    results = {r.question.id: r for r in answers.measure(load(folder / "questions.yaml"), Knowledge.open(folder))}
    assert (results["a"].found, results["a"].right, results["a"].right_tier) == (True, True, True)
    assert (results["b"].found, results["b"].right) == (True, False)
    assert results["c"].right
    assert not any(r.internal for r in results.values())


def test_another_company_is_asked_its_own_questions(folder: Path) -> None:
    """`--knowledge DIR` reads articles and questions there, and lists the misses if asked."""
    first, second = answers.run(Options(knowledge=str(folder), show_misses=True))
    assert "3 articles, 1 of them internal: 4 questions" in first.title
    assert not first.failed
    assert any(note.startswith("b simple, wrong answer: ") for note in second.notes)


def test_a_folder_without_questions_is_skipped_with_a_line(folder: Path) -> None:
    """Articles alone cannot be scored."""
    (folder / "questions.yaml").unlink()
    with pytest.raises(Skipped, match=r"questions\.yaml is absent"):
        answers.run(Options(knowledge=str(folder)))


def test_the_half_for_scoring_is_never_listed() -> None:
    """Whoever tunes sees its figures and not its questions."""
    tables = answers.sample(Options(half="test", show_misses=True, examples=10))
    assert not any(" wrong " in note for table in tables for note in table.notes)


def test_an_internal_article_that_is_read_out_is_noticed(folder: Path) -> None:
    """By its words, also without a citation; what a public article says too is no secret."""
    knowledge = Knowledge.open(folder)
    result = next(answers.measure([Question("a", "kite repair", "en", Kind.SIMPLE)], knowledge))
    assert result.kind is MessageKind.ANSWER
    assert answers.reads_out(f"As I heard: {_SECRET}", knowledge)
    assert not answers.reads_out("A broken kite is repaired within 6 working days.", knowledge)


def test_a_company_is_made_of_public_paragraphs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every tenth article is internal, questions on it are to be refused, and all of it can be read."""
    paragraphs = [
        {
            "context": f"Town {n} has {n + 100} bridges.",
            "qas": [_asked(f"How many bridges has town {n}?", f"{n + 100}")],
        }
        for n in range(20)
    ]
    data = tmp_path / "data" / "support" / "xquad"
    data.mkdir(parents=True)
    (data / "xquad_en.json").write_text(json.dumps({"data": [{"title": "Bridges", "paragraphs": paragraphs}]}), "utf-8")
    monkeypatch.setenv("SUPPORTBOT_BENCH_DATA", str(tmp_path / "data"))
    made = tmp_path / "made"
    made.mkdir()
    assert company.build(made) == 20
    knowledge = Knowledge.open(made)
    assert (len(knowledge.articles()), len(knowledge.articles(internal=True))) == (18, 20)
    kinds = [question.kind for question in load(made / "questions.yaml")]
    assert (kinds.count(Kind.SIMPLE), kinds.count(Kind.INTERNAL)) == (18, 2)
    assert kinds.count(Kind.UNCOVERED) > 0


def test_without_the_data_the_other_company_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line says where the data is looked for."""
    monkeypatch.setenv("SUPPORTBOT_BENCH_DATA", str(tmp_path / "nowhere"))
    (table,) = answers.made(Options())
    assert "SUPPORTBOT_BENCH_DATA" in table.notes[0]


def _asked(question: str, answer: str) -> dict[str, object]:
    return {"id": question, "question": question, "answers": [{"text": answer, "answer_start": 0}]}
