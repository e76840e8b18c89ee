"""Alembic's environment and the revisions; run by supportbot.storage.schema."""
