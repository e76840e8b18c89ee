import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from starlette.applications import Starlette

from supportbot.access import OPERATOR, Access, Scrypt, client_address, customer_token, is_loopback
from supportbot.domain.account import Role
from supportbot.domain.ticket import Ticket
from supportbot.ports import KnowledgeBase
from supportbot.settings import load
from supportbot.storage.memory import MemoryStore
from supportbot.web import CUSTOMER_COOKIE, STAFF_COOKIE, Hub, WebDeps, routes

PASSWORD = "copper lantern tide"


class HandClock:
    at = datetime(2026, 3, 2, 9, 7, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None: ...


class Stream:
    """One open request as the server sees it: what was sent so far, and a way to hang up."""

    def __init__(self, app: Starlette, topic: str, cookies: Mapping[str, str]) -> None:
        self.status = 0
        self._sent: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._begun = asyncio.Event()
        self._gone = asyncio.Event()
        header = "; ".join(f"{name}={value}" for name, value in cookies.items()).encode()
        scope = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": "GET",
            "scheme": "http", "path": f"/api/events/{topic}", "raw_path": b"", "query_string": b"", "root_path": "",
            "headers": [(b"host", b"127.0.0.1"), (b"cookie", header)], "client": ("127.0.0.1", 5), "server": ("", 80),
        }  # fmt: skip
        self._task = asyncio.create_task(self._run(app, scope))

    async def _run(self, app: Starlette, scope: dict[str, Any]) -> None:
        await app(scope, self._receive, self._send)
        await self._sent.put(None)

    async def _receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self._begun.set()
        elif message.get("body"):
            await self._sent.put(message["body"])

    async def begun(self) -> int:
        await asyncio.wait_for(self._begun.wait(), 30)
        return self.status

    async def next(self) -> bytes | None:
        return await asyncio.wait_for(self._sent.get(), 30)

    async def hang_up(self) -> None:
        self._gone.set()
        await asyncio.wait_for(self._task, 30)

    @property
    def silent(self) -> bool:
        return self._sent.empty()


class Desk:
    """Two customers with a ticket each, one agent, and a running hub."""

    def __init__(self, folder: Path, keep_alive: float = 600) -> None:
        self.clock = HandClock()
        self.store = MemoryStore()
        self.access = Access(self.store, self.clock, Scrypt(n=16, r=1, p=1))
        (folder / "supportbot.toml").touch()
        settings = load(folder / "supportbot.toml", environ={})
        self.hub = Hub(self.store, keep_alive)
        knowledge = cast(KnowledgeBase, None)
        deps = WebDeps(self.access, self.store, self.hub, settings, knowledge, self.clock, "0")
        self.app = Starlette(routes=routes(deps))
        self.cookies: dict[str, dict[str, str]] = {}
        for name in ("ana", "bob"):
            token = customer_token()
            self.open_ticket(name, self.access.enrol(token).id)
            self.cookies[name] = {CUSTOMER_COOKIE: token}
        self.access.add_account(OPERATOR, "ben@juniper.shop", "Ben", Role.AGENT, PASSWORD)
        self.session = self.access.sign_in("ben@juniper.shop", PASSWORD, "127.0.0.1")
        self.cookies["agent"] = {STAFF_COOKIE: self.session}
        self.cookies["both"] = {**self.cookies["ana"], **self.cookies["agent"]}
        self.cookies["forged"] = {CUSTOMER_COOKIE: customer_token(), STAFF_COOKIE: customer_token()}
        self.cookies["nobody"] = {}

    def open_ticket(self, ticket_id: str, customer_id: str) -> None:
        now = self.clock.at
        self.store.write(lambda tx: tx.add_ticket(Ticket(ticket_id, customer_id, now, now)))

    def listen(self, who: str, topic: str) -> Stream:
        return Stream(self.app, topic, self.cookies[who])

    def touch(self, ticket_id: str) -> None:
        self.store.write(lambda tx: tx.save_ticket(replace(tx.ticket(ticket_id), subject="x")))


def played(folder: Path, scene: Callable[[Desk], Awaitable[None]], keep_alive: float = 600) -> None:
    """Run *scene* with a hub started and stopped around it; no stream may be left behind."""

    async def run() -> None:
        desk = Desk(folder, keep_alive)
        await desk.hub.start()
        await scene(desk)
        await desk.hub.stop()
        assert desk.hub.listeners == 0

    asyncio.run(run())


@pytest.mark.parametrize(
    ("who", "topic", "allowed"),
    [
        ("ana", "me", True), ("ana", "ana", True), ("ana", "bob", False), ("ana", "inbox", False),
        ("ana", "missing", False), ("agent", "inbox", True), ("agent", "bob", True), ("agent", "me", False),
        ("both", "bob", True), ("both", "me", True), ("forged", "me", False), ("forged", "inbox", False),
        ("forged", "ana", False), ("nobody", "me", False), ("nobody", "inbox", False),
    ],
)  # fmt: skip
def test_everybody_hears_only_what_is_theirs(tmp_path: Path, who: str, topic: str, allowed: bool) -> None:
    """A customer their own tickets, an agent every ticket and the inbox, others nothing."""

    async def scene(desk: Desk) -> None:
        stream = desk.listen(who, topic)
        assert await stream.begun() == (200 if allowed else 403)
        await stream.hang_up()

    played(tmp_path, scene)


def test_a_change_reaches_whom_it_concerns(tmp_path: Path) -> None:
    """The customer, the agent's inbox and the open ticket; the other customer hears nothing."""

    async def scene(desk: Desk) -> None:
        heard = [desk.listen("ana", "me"), desk.listen("agent", "inbox"), desk.listen("agent", "ana")]
        other = desk.listen("bob", "me")
        for stream in [*heard, other]:
            assert await stream.next() == b"retry: 2000\n: open\n\n"
        await asyncio.to_thread(desk.touch, "ana")
        for stream in heard:
            assert await stream.next() == b"data: 1\n\n"
        await asyncio.to_thread(desk.touch, "bob")
        assert await other.next() == b"data: 1\n\n"
        assert heard[0].silent
        for stream in [*heard, other]:
            await stream.hang_up()

    played(tmp_path, scene)


def test_a_burst_is_told_as_one(tmp_path: Path) -> None:
    """A hundred commits in a row make one event, and the last of them is never lost."""

    async def scene(desk: Desk) -> None:
        stream = desk.listen("agent", "inbox")
        await stream.next()
        for _ in range(100):
            desk.touch("ana")
        assert await stream.next() == b"data: 1\n\n"
        desk.touch("ana")
        assert await stream.next() == b"data: 2\n\n"
        assert stream.silent
        await stream.hang_up()

    played(tmp_path, scene)


def test_hanging_up_leaves_nothing_behind(tmp_path: Path) -> None:
    """And nobody can hold more than twenty streams."""

    async def scene(desk: Desk) -> None:
        streams = [desk.listen("ana", "me") for _ in range(20)]
        for stream in streams:
            assert await stream.begun() == 200
        one_more = desk.listen("ana", "me")
        assert await one_more.begun() == 429
        assert desk.hub.listeners == 20
        for stream in [*streams, one_more]:
            await stream.hang_up()
        assert desk.hub.listeners == 0
        again = desk.listen("ana", "me")
        assert await again.begun() == 200
        await again.hang_up()

    played(tmp_path, scene)


def test_stopping_ends_every_stream(tmp_path: Path) -> None:
    """A server that shuts down waits for open answers, so they must end by themselves."""

    async def scene(desk: Desk) -> None:
        stream = desk.listen("ana", "me")
        await stream.next()
        await desk.hub.stop()
        assert await stream.next() is None

    played(tmp_path, scene)


def test_an_agents_stream_ends_with_the_session(tmp_path: Path) -> None:
    """At the next sign of life; a customer's goes on."""

    async def scene(desk: Desk) -> None:
        agent, customer = desk.listen("agent", "inbox"), desk.listen("ana", "me")
        assert await agent.next() == await customer.next()
        assert await agent.next() == b": still here\n\n"
        desk.clock.at += timedelta(hours=13)
        while await agent.next() is not None:
            pass
        assert await customer.next() == b": still here\n\n"
        await customer.hang_up()

    played(tmp_path, scene, keep_alive=0.01)


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "expected"),
    [
        ("192.0.2.7", "", [], "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", [], "192.0.2.7"),
        ("10.0.0.1", "198.51.100.1", ["10.0.0.0/8"], "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1", ["10.0.0.0/8"], "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1, 10.2.2.2", ["10.0.0.0/8"], "198.51.100.1"),
        ("10.0.0.1", "", ["10.0.0.0/8"], "10.0.0.1"),
        ("10.0.0.1", "1.1.1.1, rubbish", ["10.0.0.0/8"], "10.0.0.1"),
        ("10.0.0.1", "1.1.1.1, unknown, 10.2.2.2", ["10.0.0.0/8"], "10.2.2.2"),
        ("10.0.0.1", "198.51.100.1:4711", ["10.0.0.0/8"], "198.51.100.1"),
        ("10.0.0.1", "[2001:db8::1]:4711", ["10.0.0.0/8"], "2001:db8::1"),
        ("::ffff:10.0.0.1", "198.51.100.1", ["10.0.0.0/8"], "198.51.100.1"),
        ("::1", "2001:db8::1", ["::1/128"], "2001:db8::1"),
    ],
)
def test_addresses_are_believed_as_far_as_proxies_are_trusted(
    peer: str, forwarded: str, trusted: list[str], expected: str
) -> None:
    """A customer cannot choose an address by sending the header."""
    assert client_address(peer, forwarded, trusted) == expected


def test_what_counts_as_this_machine() -> None:
    """IPv4, IPv6 and IPv4 inside IPv6."""
    assert all(is_loopback(address) for address in ("127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"))
    assert not any(is_loopback(address) for address in ("", "localhost", "10.0.0.1", "::ffff:10.0.0.1"))
