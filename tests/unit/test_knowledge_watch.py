"""An edit to an article is live without a restart, and a broken one changes nothing."""

from collections.abc import Iterator
from pathlib import Path
from queue import Queue

import pytest

from supportbot.knowledge import Knowledge, KnowledgeWatcher

TEXT = """---
title: Delivery
id: delivery
language: en
visibility: public
updated: 2026-11-12
---
Delivery takes 3 days.
"""
SOON = 30.0


@pytest.fixture
def followed(tmp_path: Path) -> Iterator[tuple[Knowledge, Path, Queue[bool]]]:
    """A knowledge base that is being followed, its article, and what each reload said."""
    path = tmp_path / "delivery.md"
    path.write_text(TEXT)
    knowledge = Knowledge.open(tmp_path)
    reloads: Queue[bool] = Queue()
    with KnowledgeWatcher(knowledge, reloads.put):
        assert reloads.get(timeout=SOON)
        yield knowledge, path, reloads


def test_an_edit_is_live(followed: tuple[Knowledge, Path, Queue[bool]]) -> None:
    """The new text is found as soon as the file is written."""
    knowledge, path, reloads = followed
    before = knowledge.version
    path.write_text(TEXT.replace("3 days", "4 days"))
    assert reloads.get(timeout=SOON)
    assert knowledge.search("delivery").hits[0].passage.text == "Delivery takes 4 days."
    assert knowledge.version != before


def test_a_reload_reads_again_only_what_changed(tmp_path: Path) -> None:
    """Thousands of articles are not taken apart anew for one edit."""
    (tmp_path / "delivery.md").write_text(TEXT)
    (tmp_path / "other.md").write_text(TEXT.replace("id: delivery", "id: other").replace("Delivery", "Return"))
    knowledge = Knowledge.open(tmp_path)
    before = {article.id: read for article, read in knowledge.read.items()}
    (tmp_path / "delivery.md").write_text(TEXT.replace("3 days", "4 days"))
    assert knowledge.reload()
    after = {article.id: read for article, read in knowledge.read.items()}
    assert after["other"] is before["other"]
    assert after["delivery"] is not before["delivery"]
    assert "4 days" in knowledge.search("How long does delivery take?").hits[0].passage.text


def test_a_broken_edit_keeps_what_was_good_and_is_reported(followed: tuple[Knowledge, Path, Queue[bool]]) -> None:
    """Customers keep the last good articles until the file is mended."""
    knowledge, path, reloads = followed
    before = knowledge.version
    path.write_text(TEXT.replace("public", "secret"))
    assert not reloads.get(timeout=SOON)
    assert knowledge.version == before
    assert knowledge.problems()[0].startswith("delivery.md:5: ")
    path.write_text(TEXT)
    assert reloads.get(timeout=SOON)
    assert knowledge.problems() == ()


def test_a_removed_folder_is_reported_and_found_again(followed: tuple[Knowledge, Path, Queue[bool]]) -> None:
    """Even without its folder the desk keeps answering."""
    knowledge, path, reloads = followed
    folder = path.parent
    folder.rename(folder.with_name("elsewhere"))
    assert not reloads.get(timeout=SOON)
    assert "does not exist" in knowledge.problems()[0]
    assert knowledge.search("delivery").hits
    folder.with_name("elsewhere").rename(folder)
    assert reloads.get(timeout=SOON)


def test_a_search_under_way_keeps_its_articles(tmp_path: Path) -> None:
    """A reload swaps the whole; what was read before stays as it was."""
    tmp_path.joinpath("delivery.md").write_text(TEXT)
    knowledge = Knowledge.open(tmp_path)
    held = knowledge.search("delivery")
    tmp_path.joinpath("delivery.md").write_text(TEXT.replace("id: delivery", "id: other"))
    assert knowledge.reload()
    assert held.hits[0].passage.article_id == "delivery"
    assert [article.id for article in knowledge.articles()] == ["other"]


def test_a_watcher_can_be_stopped_and_started_again(tmp_path: Path) -> None:
    """Starting twice is once; stopping waits for the thread; articles from memory have nothing to follow."""
    tmp_path.joinpath("delivery.md").write_text(TEXT)
    reloads: Queue[bool] = Queue()
    watcher = KnowledgeWatcher(Knowledge.open(tmp_path), reloads.put)
    for _ in range(2):
        watcher.start()
        watcher.start()
        assert reloads.get(timeout=SOON)
        watcher.stop()
        watcher.stop()
    assert reloads.empty()
    with KnowledgeWatcher(Knowledge(())) as idle:
        idle.stop()
    assert not Knowledge(()).reload()
