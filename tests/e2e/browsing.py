"""A real server and a real browser window, for tests that use the product as people do."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from supportbot.bootstrap import App, build
from supportbot.settings import load

#: People are always there, so that no test depends on the time of day.
CONFIG = """
[company]
opens = 00:00:00
closes = 23:59:59
"""

FLAGS = [
    f"--{flag}"
    for flag in ("no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
                 "disable-component-update", "disable-sync")
]  # fmt: skip

#: Streamlit's front end probes the page's own folder first; both answers are expected.
_EXPECTED_404 = re.compile(r"404 \(Not Found\)")


@dataclass
class Server:
    """`supportbot serve` on a port of its own, over a data folder of its own."""

    url: str
    folder: Path
    log: Path
    config: Path
    knowledge: Path

    @property
    def setup_link(self) -> str:
        """The one-time link printed at the first start."""
        found = re.findall(r"http\S+/account/setup\?token=\S+", self.log.read_text())
        assert found, self.log.read_text()
        return str(found[-1])

    @contextmanager
    def desk(self) -> Iterator[App]:
        """Open the same database from this process, to look into it."""
        app = build(load(self.config, self.folder, self.knowledge, {}))
        try:
            yield app
        finally:
            app.store.close()


def free_port() -> int:
    """Return a port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(tmp_path: Path, project: Path) -> Iterator[Server]:
    """Start the server, wait for its first page, and stop it afterwards."""
    port, log = free_port(), tmp_path / "server.log"
    config = tmp_path / "supportbot.toml"
    config.write_text(CONFIG)
    command = [str(Path(sys.executable).with_name("supportbot")), "serve", "--port", str(port)]
    command += [
        "--config",
        str(config),
        "--data-dir",
        str(tmp_path / "data"),
        "--knowledge",
        str(project / "knowledge"),
    ]
    with log.open("w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=dict(os.environ), cwd=tmp_path)
    server = Server(f"http://127.0.0.1:{port}", tmp_path / "data", log, config, project / "knowledge")
    try:
        _await(server, process)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()


def _await(server: Server, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 90
    while time.monotonic() < end:
        assert process.poll() is None, server.log.read_text()
        try:
            with urllib.request.urlopen(f"{server.url}/healthz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"no page within 90 s: {server.log.read_text()}")


@dataclass
class Window:
    """A browser window of somebody with cookies of their own."""

    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


@contextmanager
def window(browser: Browser, width: int, height: int, *, dark: bool = False) -> Iterator[Window]:
    """Open a window; what its console complains about and what it asks of other hosts is kept."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", locale="en-GB"
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    opened = Window(context, page)

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and not _EXPECTED_404.search(message.text):
            opened.complaints.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: opened.complaints.append(str(error)))
    page.on("request", lambda r: None if "127.0.0.1" in r.url or r.url.startswith(("data:", "blob:")) else
            opened.foreign.append(r.url))  # fmt: skip
    try:
        yield opened
    except BaseException:
        picture = Path(tempfile.gettempdir()) / f"supportbot-e2e-{width}x{height}.png"
        page.screenshot(path=picture)
        sys.stderr.write(f"the page as it was: {picture}\n")
        raise
    finally:
        context.close()
