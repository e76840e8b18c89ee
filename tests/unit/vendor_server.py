"""A vendor on loopback: a real HTTP server that speaks chat completions and messages, and goes wrong as told."""

import json
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

WORDS = ("Standard ", "delivery ", "takes ", "3 ", "to ", "5 ", "working ", "days. ", "[1]")
TEXT = "".join(WORDS)


@dataclass(frozen=True, slots=True)
class Reply:
    """What one request gets. `cut_after` and `stall_after` count pieces of text; None: never."""

    status: int = 200
    error: dict[str, Any] = field(default_factory=dict)  #: the vendor's error object, for a status other than 200
    headers: tuple[tuple[str, str], ...] = ()
    reset: bool = False  #: the connection is torn down before any header
    silent: bool = False  #: accepted and never answered
    headers_only: bool = False  #: headers at once, then nothing
    cut_after: int | None = None
    stall_after: int | None = None
    garbage_after: int | None = None
    terminator: bool = True
    finish: str | None = "stop"
    usage: bool = True
    cached: int = 0
    model: str = "served-1"

    @property
    def breaks(self) -> bool:
        """Whether the stream does not come as it should."""
        after = (self.cut_after, self.stall_after, self.garbage_after)
        return self.headers_only or any(pieces is not None for pieces in after)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


class VendorServer:
    """Plays its replies in order, then the last one for ever. `asked` is what came, `billed` the tokens it took."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies) or [Reply()]
        self.asked: list[Asked] = []
        self.callers: set[int] = set()  #: the ports that called: one for each connection
        self.billed: list[tuple[int, int]] = []
        self.closing = Event()
        self._lock = Lock()
        server = self

        class Handler(_Handler):
            vendor = server

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> "VendorServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """The address, without a path."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def take(self, asked: Asked) -> Reply:
        """Note a request and return its reply."""
        with self._lock:
            self.asked.append(asked)
            return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    vendor: VendorServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.vendor.callers.add(self.client_address[1])
        reply = self.vendor.take(Asked(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        if reply.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
        elif reply.silent:
            self.vendor.closing.wait()
        elif reply.status != 200:
            self._refuse(reply)
        else:
            self._stream(reply, _messages(reply) if self.path.endswith("/v1/messages") else _completions(reply))

    def _refuse(self, reply: Reply) -> None:
        body = json.dumps({"error": reply.error}).encode()
        self.send_response(reply.status)
        for name, value in (*reply.headers, ("Content-Type", "application/json"), ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, reply: Reply, events: Sequence[tuple[str, bytes]]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        whole = b"".join(event for _, event in events)
        if reply.terminator and not reply.breaks:
            self.send_header("Content-Length", str(len(whole)))
        else:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.flush()
        if reply.headers_only:
            self.vendor.closing.wait()
            return
        texts = 0
        for kind, event in events:
            if kind == "text":
                if texts == reply.cut_after:
                    return
                if texts == reply.stall_after:
                    self.vendor.closing.wait()
                    return
                if texts == reply.garbage_after:
                    self.wfile.write(b'data: {"choices": [{"del\n\n')
                texts += 1
            self.wfile.write(event)
            self.wfile.flush()
        self.vendor.billed.append((100, len(WORDS)))

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def _completions(reply: Reply) -> list[tuple[str, bytes]]:
    head = {"id": "1", "object": "chat.completion.chunk", "model": reply.model}

    def event(kind: str, **more: Any) -> tuple[str, bytes]:
        return kind, f"data: {json.dumps({**head, **more})}\n\n".encode()

    told = [event("text", choices=[{"index": 0, "delta": {"content": word}, "finish_reason": None}]) for word in WORDS]
    if reply.finish is not None:
        told.append(event("finish", choices=[{"index": 0, "delta": {}, "finish_reason": reply.finish}]))
    if reply.usage:
        usage = {"prompt_tokens": 100, "completion_tokens": len(WORDS)}
        told.append(
            event("usage", choices=[], usage={**usage, "prompt_tokens_details": {"cached_tokens": reply.cached}})
        )
    return [*told, ("end", b"data: [DONE]\n\n")] if reply.terminator else told


def _messages(reply: Reply) -> list[tuple[str, bytes]]:
    def event(kind: str, name: str, **more: Any) -> tuple[str, bytes]:
        return kind, f"event: {name}\ndata: {json.dumps({'type': name, **more})}\n\n".encode()

    usage = {"input_tokens": 100 - reply.cached, "cache_read_input_tokens": reply.cached, "output_tokens": 1}
    told = [event("start", "message_start", message={"model": reply.model, "usage": usage}), event("ping", "ping")]
    told += [
        event("text", "content_block_delta", index=0, delta={"type": "text_delta", "text": word}) for word in WORDS
    ]
    finish = {"stop": "end_turn", "length": "max_tokens"}.get(reply.finish or "", reply.finish)
    told.append(event("finish", "message_delta", delta={"stop_reason": finish}, usage={"output_tokens": len(WORDS)}))
    return [*told, event("end", "message_stop")] if reply.terminator else told
