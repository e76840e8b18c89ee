"""Cold start: from `supportbot serve` to the first page, for a script and for a browser, and the memory it takes."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from benchmarks.corpus import KNOWLEDGE
from benchmarks.report import Options, Skipped, Table, spread

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
_INPUT = '[data-testid="stChatInput"] textarea'
_PATIENCE_S = 60
_QUESTIONS = ("How long does standard delivery take?", "How do I return an item?", "What does express delivery cost?")

#: Milliseconds since the start of the server at which a part was there.
_Milestones = dict[str, float]


def run(options: Options) -> list[Table]:
    """Start the server a few times, each in an empty data folder; the last one also holds conversations."""
    rounds, talks = options.count(3, 1), 3 if options.quick else 20
    table = Table(f"startup: {rounds} cold starts", ("what", "p50", "worst", "aim"))
    with _browser() as browser:
        seen = [_start(browser, talks if last else 0) for last in [False] * (rounds - 1) + [True]]
    for name in dict.fromkeys(name for one in seen for name in one):
        values = [one[name] for one in seen if name in one]
        memory = name.startswith("memory")
        shown = f"{spread(values)[0]:.0f} MB" if memory else f"{spread(values)[0]:.2f} s"
        worst = f"{max(values):.0f} MB" if memory else f"{max(values):.2f} s"
        aim = "≤ 300 MB" if memory else "–" if "processor" in name else "≤ 3 s"
        table.add(name, shown, worst, aim)
    if browser is None:
        table.notes.append("No Chromium or no playwright here: the page was not opened, and nobody talked.")
    else:
        table.notes.append("The browser runs before the server starts, on the same cores, and opens the page at once.")
    table.notes.append("Compiled Python files are there already, as after the installation; the data folder is empty.")
    return [table]


@contextmanager
def _browser() -> Iterator[Any]:
    """Give a running headless Chromium, or None without one."""
    path = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        path = None
    if path is None:
        yield None
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        yield browser
        browser.close()


def _start(browser: Any, talks: int) -> _Milestones:
    with tempfile.TemporaryDirectory() as folder, _served(Path(folder)) as (url, process, begun):
        milestones: _Milestones = {}
        _await(lambda: _answers(url), process)
        milestones["GET / answers 200"] = time.perf_counter() - begun
        milestones["processor time until then"] = _processor_s(process.pid)
        if browser is not None:
            page = browser.new_page()
            page.goto(url, wait_until="commit")
            page.wait_for_selector(_INPUT, timeout=_PATIENCE_S * 1000)
            milestones["the chat input is there"] = time.perf_counter() - begun
            milestones["the server's processor time until then"] = _processor_s(process.pid)
        milestones["memory at the first page"] = _resident_mb(process.pid)
        if browser is not None and talks:
            _talk(browser, url, talks)
            milestones[f"memory after {talks} conversations"] = _resident_mb(process.pid)
            page.close()
        return milestones


@contextmanager
def _served(folder: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]", float]]:
    """Run the server in *folder*; give its address, its process and when it was started."""
    port = _free_port()
    command = [str(Path(sys.executable).with_name("supportbot")), "serve", "--port", str(port)]
    command += ["--data-dir", str(folder / "data"), "--knowledge", str(KNOWLEDGE)]
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("SUPPORTBOT_", "STREAMLIT_"))}
    with (folder / "log").open("wb") as log:
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdout=log, stderr=log, env=clean, cwd=folder)
    try:
        yield f"http://127.0.0.1:{port}", process, begun
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(there: Callable[[], bool], process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + _PATIENCE_S
    while not there():
        if process.poll() is not None or time.monotonic() > end:
            raise Skipped("`supportbot serve` gave no page; start it by hand to see why.")
        time.sleep(0.01)


def _answers(url: str) -> bool:
    with suppress(OSError), urllib.request.urlopen(f"{url}/", timeout=5) as answer:
        return bool(answer.status == 200)
    return False


def _resident_mb(pid: int) -> float:
    """Return VmRSS in megabytes; 0 where /proc does not tell."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    return 0.0


def _processor_s(pid: int) -> float:
    """Return the seconds of processor time a process has used; 0 where /proc does not tell."""
    with suppress(OSError):
        numbers = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _talk(browser: Any, url: str, talks: int) -> None:
    """Let *talks* customers, each with cookies of its own, ask a question and read the answer."""
    for number in range(talks):
        context = browser.new_context()
        page = context.new_page()
        page.goto(url, wait_until="commit")
        page.fill(_INPUT, _QUESTIONS[number % len(_QUESTIONS)], timeout=_PATIENCE_S * 1000)
        page.keyboard.press("Enter")
        page.get_by_role("radio", name="Thumbs up").first.wait_for(timeout=_PATIENCE_S * 1000)
        context.close()
