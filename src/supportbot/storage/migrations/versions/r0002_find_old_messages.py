"""Find old messages by an index, so that retention need not read them all.

Revision 0002, after 0001.
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_index(op.f("ix_message_created_at"), "message", ["created_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_message_created_at"), table_name="message")
