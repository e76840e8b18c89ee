"""`python -m supportbot.cli` is the `supportbot` command."""

from supportbot.cli import main

main()
