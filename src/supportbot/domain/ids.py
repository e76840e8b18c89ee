"""Identifiers: opaque, unguessable, the same length everywhere."""

from uuid import uuid4


def new_id() -> str:
    """Return a fresh 32-character hexadecimal id with 122 random bits."""
    return uuid4().hex
