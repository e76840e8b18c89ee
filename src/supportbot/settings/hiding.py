"""What is secret in an address, and how the address is shown without it."""

import re
from urllib.parse import SplitResult, parse_qsl, urlsplit, urlunsplit

HIDDEN = "…"
#: Names of settings, and of parameters in an address, whose values are secret.
SECRET_NAME = re.compile(
    r"(^|[_-])(secret|password|passwd|pwd|token|key|apikey|webhook_url|webhook|credentials?)$", re.I
)


def holds_secret(address: str) -> bool:
    """Whether an address carries a password; one that cannot be read may well do."""
    parts = _split(address)
    if parts is None:
        return "@" in address
    return bool(parts.password) or _secret_parameters(parts)


def without_secrets(address: str) -> str:
    """Return an address without password and secret parameters; of one that cannot be read, only its scheme."""
    parts = _split(address)
    scheme = re.match(r"[\w+.-]+(?=://)", address)
    if parts is None or scheme is None:
        return f"{scheme[0]}:{HIDDEN}" if scheme else HIDDEN
    place = parts.netloc
    if parts.password is not None:
        who, _, host = place.rpartition("@")
        place = f"{who.partition(':')[0]}:{HIDDEN}@{host}"
    if _secret_parameters(parts):  # with an unwritten `&` a part of the secret would pass for a name of its own
        parts = parts._replace(query=HIDDEN, fragment="")
    return address if place == parts.netloc and HIDDEN not in parts.query else urlunsplit(parts._replace(netloc=place))


def _split(address: str) -> SplitResult | None:
    """Return the parts of an address; None when a part of the password may have ended up elsewhere."""
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018  (raises for what is no number: a password with a slash ends up there)
    except ValueError:
        return None
    return None if "@" in f"{parts.path}{parts.query}{parts.fragment}" else parts


def _secret_parameters(parts: SplitResult) -> bool:
    return any(SECRET_NAME.search(name) for name, _ in parse_qsl(parts.query, keep_blank_values=True))
