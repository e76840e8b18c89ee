"""What a request says about who sent it, and how much of that is believed."""

from urllib.parse import parse_qsl, urlsplit

from starlette.requests import HTTPConnection, Request

from supportbot.access import client_address, is_loopback, is_trusted
from supportbot.domain.errors import BadInput
from supportbot.settings import Server

CUSTOMER_COOKIE = "sb_customer"
STAFF_COOKIE = "sb_session"
MAX_FORM_BYTES = 16_384
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_PROXIED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


def address_of(request: HTTPConnection, server: Server) -> str:
    """Return the address of the client, looking through trusted proxies only."""
    peer = request.client.host if request.client else ""
    return client_address(peer, ",".join(request.headers.getlist("x-forwarded-for")), server.trusted_proxies)


def is_local(request: Request) -> bool:
    """Whether the request was made on this machine, to this machine, with nothing in between.

    The Host header counts because a proxy, or a page that rebinds a name of its own to 127.0.0.1, sends another one.
    """
    peer = request.client.host if request.client else ""
    passed_on = any(name in request.headers for name in _PROXIED)
    return is_loopback(peer) and not passed_on and request.url.hostname in _LOCAL_NAMES


def is_https(request: Request, server: Server) -> bool:
    """Whether the browser speaks HTTPS, to us or to a trusted proxy."""
    peer = request.client.host if request.client else ""
    believed = is_trusted(peer, server.trusted_proxies)
    proto = request.headers.get("x-forwarded-proto", "") if believed else ""
    return (proto.split(",")[0].strip() or request.url.scheme) == "https"


def same_origin(request: Request) -> bool:
    """Whether a POST comes from one of our own pages. Browsers always say where a POST comes from."""
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return False
    origin = urlsplit(request.headers.get("origin", ""))
    return bool(origin.netloc) and origin.netloc == request.headers.get("host")


def from_own_page(request: Request) -> bool:
    """Whether a GET that answers with data may come from one of our pages; what sends neither header is no browser."""
    site, origin = request.headers.get("sec-fetch-site", ""), request.headers.get("origin", "")
    return site in ("", "same-origin") and (not origin or urlsplit(origin).netloc == request.headers.get("host"))


async def form_of(request: Request) -> dict[str, str]:
    """Return the fields of a small form; raise BadInput for anything else."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise BadInput("Please use the form on this page.")
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_FORM_BYTES:
            raise BadInput("This is more than the form can take.")
    try:
        return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=20, errors="strict"))
    except ValueError as wrong:
        raise BadInput("Please use the form on this page.") from wrong
