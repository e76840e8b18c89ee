"""Open pages per network address."""

import asyncio

from starlette.types import Message, Receive, Scope, Send

from supportbot.notify import LogJournal, Tally
from supportbot.settings import Server
from supportbot.web.sockets import SocketLimit


class Pages:
    """Websockets that stay open until told, behind the limit."""

    def __init__(self, most: int) -> None:
        self.tally = Tally()
        self.leave = asyncio.Event()
        proxies = Server(trusted_proxies=("10.0.0.0/8",))
        self.limit = SocketLimit(self._page, proxies, LogJournal(self.tally), most)
        self.opened = 0

    async def _page(self, _scope: Scope, _receive: Receive, _send: Send) -> None:
        self.opened += 1
        await self.leave.wait()

    async def open(self, peer: str, forwarded: str = "") -> tuple["asyncio.Task[None]", list[Message]]:
        """Open one; return the task it runs in and what it was sent."""
        said: list[Message] = []

        async def send(message: Message) -> None:
            said.append(message)

        async def receive() -> Message:
            return {"type": "websocket.connect"}

        headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
        scope = {"type": "websocket", "path": "/_stcore/stream", "client": (peer, 1), "headers": headers}
        task = asyncio.create_task(self.limit(scope, receive, send))
        await asyncio.sleep(0)
        return task, said


def test_one_address_cannot_hold_every_page_open() -> None:
    """The third is refused before it is accepted; another address, and one that left, are not."""

    async def scene() -> None:
        pages = Pages(2)
        first = [await pages.open("2001:db8::1"), await pages.open("2001:db8::2")]
        refused, said = await pages.open("2001:db8::3")
        await refused
        assert said == [{"type": "websocket.close", "code": 1008}]
        assert pages.tally.counts("limits_hit") == {(("limit", "streams_per_address"),): 1}
        other = [await pages.open("10.0.0.1", "192.0.2.7"), await pages.open("10.0.0.1", "192.0.2.8")]
        assert pages.opened == 4
        pages.leave.set()
        await asyncio.gather(*(task for task, _ in first + other))
        again, said = await pages.open("2001:db8::3")
        await again
        assert (said, pages.opened) == ([], 5)

    asyncio.run(scene())


def test_a_page_that_fails_is_not_counted_for_ever() -> None:
    """However it ends."""

    async def scene() -> None:
        async def broken(_scope: Scope, _receive: Receive, _send: Send) -> None:
            raise ConnectionResetError

        pages = Pages(1)
        pages.limit.app = broken
        for _ in range(3):
            task, said = await pages.open("192.0.2.7")
            await asyncio.wait([task])
            assert isinstance(task.exception(), ConnectionResetError)
            assert said == []

    asyncio.run(scene())
