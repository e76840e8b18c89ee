"""A local server that speaks the chat-completions format, and an adapter that calls it over httpx."""

import json
import multiprocessing
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from typing import Any

import httpx

from supportbot.domain import prompt as prompts
from supportbot.domain.errors import ProviderError
from supportbot.domain.price import Usage
from supportbot.ports import Chunk, ModelRequest

PIECES = tuple(f"word{i} and more of it. " for i in range(20))
_USAGE = {"prompt_tokens": 400, "completion_tokens": 120, "total_tokens": 520}


class _Handler(BaseHTTPRequestHandler):
    """Answers at once, whole or in twenty pieces."""

    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        streamed = bool(asked.get("stream"))
        body = _events() if streamed else json.dumps(_whole()).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream" if streamed else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def _head() -> dict[str, Any]:
    return {"id": "stub", "created": 1, "model": "stub-1"}


def _whole() -> dict[str, Any]:
    message = {"role": "assistant", "content": "".join(PIECES)}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {**_head(), "object": "chat.completion", "choices": [choice], "usage": _USAGE}


def _events() -> bytes:
    kind = {**_head(), "object": "chat.completion.chunk"}
    chunks: list[dict[str, Any]] = [
        {**kind, "choices": [{"index": 0, "delta": {"role": "assistant", "content": piece}, "finish_reason": None}]}
        for piece in PIECES
    ]
    chunks.append({**kind, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    chunks.append({**kind, "choices": [], "usage": _USAGE})
    return b"".join(f"data: {json.dumps(chunk)}\n\n".encode() for chunk in chunks) + b"data: [DONE]\n\n"


def _serve(said: Connection) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    said.send(server.server_address[1])
    server.serve_forever()


@contextmanager
def stub_server() -> Iterator[str]:
    """Serve from a process of its own, so that it takes nothing of the caller's interpreter; give its address."""
    spawn = multiprocessing.get_context("spawn")
    heard, said = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_serve, args=(said,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{heard.recv()}/v1"
    finally:
        process.terminate()
        process.join(timeout=5)


class StubProvider:
    """A thin adapter (`ports.Provider`) over httpx; one client for all threads."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(trust_env=False)
        self._url = f"{url}/chat/completions"

    def stream(self, request: ModelRequest) -> Iterator[Chunk]:
        """Yield the pieces as they come, the usage last; raise ProviderError when the server does not answer."""
        messages = [
            {"role": "system", "content": prompts.instructions(request.prompt)},
            {"role": "user", "content": prompts.data(request.prompt)},
        ]
        try:
            yield from streamed(self._client, self._url, messages)
        except httpx.HTTPError as error:
            raise ProviderError("The stub did not answer.") from error

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()


def streamed(client: httpx.Client, url: str, messages: list[dict[str, str]]) -> Iterator[Chunk]:
    """Ask for a stream and yield its chunks: the least any client has to do."""
    body = {"model": "stub-1", "messages": messages, "stream": True, "stream_options": {"include_usage": True}}
    with client.stream("POST", url, json=body) as answer:
        answer.raise_for_status()
        for line in answer.iter_lines():
            if not line.startswith("data: ") or line == "data: [DONE]":
                continue
            event = json.loads(line[6:])
            if event.get("usage"):
                used = event["usage"]
                yield Chunk(usage=Usage(used["prompt_tokens"], used["completion_tokens"]), served_model=event["model"])
            elif event["choices"][0]["delta"].get("content"):
                yield Chunk(event["choices"][0]["delta"]["content"])
    yield Chunk(final=True)
