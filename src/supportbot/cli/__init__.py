"""The `supportbot` command: everything the pages do, for scripts, batches and tests."""

from supportbot.cli.root import main

__all__ = ["main"]
