"""Create everything.

Revision 0001, the first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_POSITION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

#: The raw rows of the ledger for anyone who reads SQL: one per call, an open one priced at its reservation.
_LEDGER_ENTRIES = """
CREATE VIEW ledger_entries AS
SELECT
    call_started.id AS call_id,
    ticket.number AS ticket,
    call_started.deployment AS deployment,
    call_started.tier AS tier,
    call_started.purpose AS purpose,
    coalesce(call_settled.outcome, 'started') AS outcome,
    coalesce(call_settled.input_tokens, call_started.reserved_input_tokens) AS input_tokens,
    coalesce(call_settled.output_tokens, call_started.reserved_output_tokens) AS output_tokens,
    coalesce(call_settled.cached_tokens, 0) AS cached_tokens,
    CASE WHEN call_settled.call_id IS NULL THEN call_started.reserved_microusd
        ELSE call_settled.cost_microusd END AS cost_microusd,
    CASE WHEN call_settled.call_id IS NULL THEN call_started.reserved_list_microusd
        ELSE call_settled.list_cost_microusd END AS list_cost_microusd,
    CASE WHEN call_settled.call_id IS NULL OR call_settled.estimated THEN 1 ELSE 0 END AS estimated,
    call_started.started_at AS started_at
FROM call_started
JOIN ticket ON ticket.id = call_started.ticket_id
LEFT JOIN call_settled ON call_settled.call_id = call_started.id
"""


def upgrade() -> None:
    _customers_and_tickets()
    _messages_and_turns()
    _ledger()
    _evidence()
    _access()
    _vault_and_changes()
    op.execute(sa.insert(sa.table("counter", sa.column("name"), sa.column("value"))).values(name="ticket", value=20000))
    op.execute(_LEDGER_ENTRIES)


def downgrade() -> None:
    op.execute("DROP VIEW ledger_entries")
    for name in (
        "change",
        "vault",
        "hit",
        "audit",
        "setup_link",
        "session",
        "account",
        "alert",
        "handoff",
        "gap",
        "outcome",
        "human_time",
        "call_settled",
        "call_started",
        "decision",
        "turn",
        "message",
        "ticket",
        "counter",
        "customer",
    ):
        op.drop_table(name)


def _customers_and_tickets() -> None:
    op.create_table(
        "customer",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=True),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
        sa.UniqueConstraint("external_id", name=op.f("uq_customer_external_id")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_customer_secret_hash")),
    )
    op.create_table(
        "counter",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
    )
    op.create_table(
        "ticket",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("queued", sa.Boolean(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("request_type", sa.String(), nullable=False),
        sa.Column("critical", sa.String(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("follows", sa.String(), nullable=True),
        sa.Column("arm", sa.String(), nullable=True),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agent_id", sa.String(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claim_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_agent_reply_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.String(), nullable=True),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("waits_from", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_ticket_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
        sa.UniqueConstraint("number", name=op.f("uq_ticket_number")),
    )
    op.create_index(op.f("ix_ticket_agent_id_status"), "ticket", ["agent_id", "status"])
    op.create_index(op.f("ix_ticket_created_at_number"), "ticket", ["created_at", "number"])
    op.create_index(op.f("ix_ticket_customer_id_created_at_number"), "ticket", ["customer_id", "created_at", "number"])
    op.create_index(
        op.f("ix_ticket_queued_rank_waits_from_number"), "ticket", ["queued", "rank", "waits_from", "number"]
    )
    op.create_index(op.f("ix_ticket_status_created_at_number"), "ticket", ["status", "created_at", "number"])


def _messages_and_turns() -> None:
    op.create_table(
        "message",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("turn_id", sa.String(), nullable=True),
        sa.Column("author_id", sa.String(), nullable=True),
        sa.Column("author_name", sa.String(), nullable=True),
        sa.Column("citations", sa.JSON(), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_message_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("ticket_id", "seq", name=op.f("uq_message_ticket_id_seq")),
    )
    op.create_table(
        "turn",
        sa.Column("position", _POSITION, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_seq", sa.Integer(), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("worker", sa.String(), nullable=True),
        sa.Column("lease", sa.String(), nullable=True),
        sa.Column("lease_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("stop_requested", sa.Boolean(), nullable=False),
        sa.Column("minimum_tier", sa.String(), nullable=True),
        sa.Column("message_id", sa.String(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_released_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_turn_ticket_id")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_turn")),
        sa.UniqueConstraint("id", name=op.f("uq_turn_id")),
    )
    op.create_index(op.f("ix_turn_status_created_at_position"), "turn", ["status", "created_at", "position"])
    op.create_index(op.f("ix_turn_ticket_id"), "turn", ["ticket_id"])
    op.create_table(
        "decision",
        sa.Column("position", _POSITION, nullable=False),
        sa.Column("turn_id", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assessment", sa.JSON(), nullable=False),
        sa.Column("decision", sa.JSON(), nullable=False),
        sa.Column("cited", sa.JSON(), nullable=False),
        sa.Column("retrieved", sa.JSON(), nullable=False),
        sa.Column("knowledge_version", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_decision_ticket_id")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_decision")),
        sa.UniqueConstraint("turn_id", name=op.f("uq_decision_turn_id")),
    )
    op.create_index(op.f("ix_decision_ticket_id"), "decision", ["ticket_id"])


def _ledger() -> None:
    op.create_table(
        "call_started",
        sa.Column("position", _POSITION, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("turn_id", sa.String(), nullable=True),
        sa.Column("deployment", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("tier", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reserved_input_tokens", sa.Integer(), nullable=False),
        sa.Column("reserved_output_tokens", sa.Integer(), nullable=False),
        sa.Column("reserved_microusd", sa.BigInteger(), nullable=False),
        sa.Column("reserved_list_microusd", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_call_started_ticket_id")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_call_started")),
        sa.UniqueConstraint("id", name=op.f("uq_call_started_id")),
    )
    op.create_index(op.f("ix_call_started_started_at"), "call_started", ["started_at"])
    op.create_index(op.f("ix_call_started_ticket_id"), "call_started", ["ticket_id"])
    op.create_index(op.f("ix_call_started_turn_id"), "call_started", ["turn_id"])
    op.create_table(
        "call_settled",
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("input_tokens", sa.Integer(), nullable=False),
        sa.Column("output_tokens", sa.Integer(), nullable=False),
        sa.Column("cached_tokens", sa.Integer(), nullable=False),
        sa.Column("estimated", sa.Boolean(), nullable=False),
        sa.Column("cost_microusd", sa.BigInteger(), nullable=True),
        sa.Column("list_cost_microusd", sa.BigInteger(), nullable=True),
        sa.Column("latency_ms", sa.Integer(), nullable=False),
        sa.Column("first_token_ms", sa.Integer(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("served_model", sa.String(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("price_source", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call_started.id"], name=op.f("fk_call_settled_call_id")),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_call_settled")),
    )
    op.create_table(
        "human_time",
        sa.Column("position", _POSITION, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("agent_id", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("cost_microusd", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_human_time_ticket_id")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_human_time")),
        sa.UniqueConstraint("id", name=op.f("uq_human_time_id")),
    )
    op.create_index(op.f("ix_human_time_ticket_id"), "human_time", ["ticket_id"])


def _evidence() -> None:
    op.create_table(
        "outcome",
        sa.Column("position", _POSITION, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.String(), nullable=True),
        sa.Column("turn_id", sa.String(), nullable=True),
        sa.Column("value", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("handler", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_outcome_ticket_id")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_outcome")),
        sa.UniqueConstraint("id", name=op.f("uq_outcome_id")),
    )
    op.create_index(op.f("ix_outcome_ticket_id"), "outcome", ["ticket_id"])
    op.create_table(
        "gap",
        sa.Column("position", _POSITION, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("turn_id", sa.String(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_gap_ticket_id")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_gap")),
        sa.UniqueConstraint("id", name=op.f("uq_gap_id")),
    )
    op.create_index(op.f("ix_gap_at"), "gap", ["at"])
    op.create_index(op.f("ix_gap_ticket_id"), "gap", ["ticket_id"])
    op.create_table(
        "handoff",
        sa.Column("position", _POSITION, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("turn_id", sa.String(), nullable=True),
        sa.Column("packet", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_handoff_ticket_id")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_handoff")),
        sa.UniqueConstraint("id", name=op.f("uq_handoff_id")),
    )
    op.create_index(op.f("ix_handoff_ticket_id"), "handoff", ["ticket_id"])
    op.create_table(
        "alert",
        sa.Column("position", _POSITION, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_alert_ticket_id")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_alert")),
        sa.UniqueConstraint("id", name=op.f("uq_alert_id")),
    )
    op.create_index(op.f("ix_alert_sent_at_created_at"), "alert", ["sent_at", "created_at"])
    op.create_index(op.f("ix_alert_ticket_id"), "alert", ["ticket_id"])


def _access() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("available", sa.Boolean(), nullable=False),
        sa.Column("email_key", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email_key", name=op.f("uq_account_email_key")),
    )
    op.create_table(
        "session",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_session_account_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_session")),
    )
    op.create_index(op.f("ix_session_account_id"), "session", ["account_id"])
    op.create_table(
        "setup_link",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_setup_link")),
    )
    op.create_table(
        "audit",
        sa.Column("position", _POSITION, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit")),
        sa.UniqueConstraint("id", name=op.f("uq_audit_id")),
    )
    op.create_index(op.f("ix_audit_at"), "audit", ["at"])
    op.create_table(
        "hit",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("window", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "window", name=op.f("pk_hit")),
    )


def _vault_and_changes() -> None:
    op.create_table(
        "vault",
        sa.Column("position", _POSITION, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("placeholder", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_vault_ticket_id")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_vault")),
        sa.UniqueConstraint("id", name=op.f("uq_vault_id")),
    )
    op.create_index(op.f("ix_vault_expires_at"), "vault", ["expires_at"])
    op.create_index(op.f("ix_vault_ticket_id"), "vault", ["ticket_id"])
    op.create_table(
        "change",
        sa.Column("position", _POSITION, nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_change")),
    )
