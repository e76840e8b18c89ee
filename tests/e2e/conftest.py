"""A server and a browser for the tests in this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import FLAGS, Server, served
from playwright.sync_api import Browser, sync_playwright


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the tests of a module."""
    with served(tmp_path_factory.mktemp("desk"), Path(__file__).parents[2]) as running:
        yield running


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """The machine's Chromium, headless."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield started
        started.close()
