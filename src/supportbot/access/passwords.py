"""Passwords: what they must be, and scrypt hashes that carry their own parameters."""

import base64
import hashlib
import hmac
import os
import unicodedata
from dataclasses import dataclass

from supportbot.domain.errors import BadInput

MINIMUM = 10
MAXIMUM = 256
_MEMORY = 64 * 1024 * 1024  #: bytes; above what any accepted parameters need
_GUESSED_FIRST = """
    1234567890 0123456789 9876543210 12345678910 password12 password123 password1234 passw0rd123
    passwort123 qwertyuiop qwertzuiop qwerty12345 qwerty123456 1q2w3e4r5t 1qaz2wsx3edc iloveyou123 letmein1234
    welcome123
    welcome1234 changeme123 admin12345 administrator supportbot supportbot1 contrasena contraseña contraseña1
    sunshine123 football123 princess123 baseball123 abcdefghij abcd123456 abc1234567 a123456789 asdfghjkl1
    hallo12345 hallo123456 geheim1234 schatz1234 trustno1234 superman123 dragon12345 monkey12345"""
_COMMON = frozenset(_GUESSED_FIRST.split())


@dataclass(frozen=True, slots=True)
class Scrypt:
    """Cost parameters; the default is OWASP's choice for little memory: 16 MiB a hash, five passes."""

    n: int = 2**14
    r: int = 8
    p: int = 5


DEFAULT_COST = Scrypt()


def check_password(password: str, *about: str) -> None:
    """Raise BadInput unless *password* is acceptable; *about* are the person's name and e-mail address."""
    if len(password) < MINIMUM:
        raise BadInput(f"The password needs at least {MINIMUM} characters. Three or four unrelated words do well.")
    if len(password) > MAXIMUM:
        raise BadInput(f"The password may have at most {MAXIMUM} characters.")
    folded = password.casefold()
    if folded in _COMMON or len(set(folded)) < 4:
        raise BadInput("This password is one of the first that anybody would guess. Choose another.")
    words = {word for text in about for word in (text.casefold(), text.casefold().split("@")[0]) if len(word) >= 4}
    if any(word in folded for word in words):
        raise BadInput("The password must not contain your name or e-mail address.")


def hash_password(password: str, cost: Scrypt = DEFAULT_COST) -> str:
    """Return `scrypt$n$r$p$salt$hash`, which `verify_password` can read whatever the defaults are by then."""
    salt = os.urandom(16)
    parts = (cost.n, cost.r, cost.p, _text(salt), _text(_scrypt(password, salt, cost)))
    return "scrypt$" + "$".join(str(part) for part in parts)


def verify_password(password: str, stored: str | None, cost: Scrypt = DEFAULT_COST) -> bool:
    """Whether *password* made *stored*. With nothing stored it works just as long (at *cost*), then says no."""
    parsed = _parse(stored) if stored else None
    if parsed is None:
        _scrypt(password, bytes(16), cost)
        return False
    made, salt, expected = parsed
    return hmac.compare_digest(_scrypt(password, salt, made), expected)


def _parse(stored: str) -> tuple[Scrypt, bytes, bytes] | None:
    """Read a stored hash; None for an empty or foreign one, which no password opens."""
    match stored.split("$"):
        case ["scrypt", n, r, p, salt, expected] if n.isdigit() and r.isdigit() and p.isdigit():
            return Scrypt(int(n), int(r), int(p)), base64.b64decode(salt), base64.b64decode(expected)
    return None


def _scrypt(password: str, salt: bytes, cost: Scrypt) -> bytes:
    # NFKC: the same keys pressed on another system may send another sequence of code points.
    given = unicodedata.normalize("NFKC", password)[:MAXIMUM].encode("utf-8", "surrogatepass")
    return hashlib.scrypt(given, salt=salt, n=cost.n, r=cost.r, p=cost.p, maxmem=_MEMORY, dklen=32)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
