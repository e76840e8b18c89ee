"""Random tokens, and the one-way form in which they are stored."""

import hashlib
import re
import secrets

#: What `new_token` returns: 32 random bytes in URL-safe base64.
_SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")


def new_token() -> str:
    """Return 256 random bits as 43 URL-safe characters."""
    return secrets.token_urlsafe(32)


def well_formed(token: str) -> bool:
    """Whether *token* could have come from `new_token`; anything else is not worth a look into the database."""
    return _SHAPE.fullmatch(token) is not None


def pseudonym(customer_id: str) -> str:
    """Return a name for a customer that tells lines of the log apart and leads to nobody without the database."""
    return digest(f"customer:{customer_id}")[:12]


def digest(token: str) -> str:
    """Return the SHA-256 of *token* in hexadecimal: all that is ever stored of it.

    One round without salt is enough because tokens are random; passwords are not, see `passwords`.
    """
    return hashlib.sha256(token.encode()).hexdigest()
