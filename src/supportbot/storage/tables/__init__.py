"""The tables, apart from the domain types; columns bear the names of the domain's fields.

`position` counts the rows of a table and breaks ties between equal times. Only what a row cannot exist without is a
foreign key; a turn, message or account that is merely mentioned is not.
"""

from supportbot.storage.tables.conversation import (
    CounterRow,
    CustomerRow,
    MessageRow,
    TicketRow,
    TurnRow,
)
from supportbot.storage.tables.ledger import (
    CallSettledRow,
    CallStartedRow,
    DecisionRow,
    GapRow,
    HumanTimeRow,
    OutcomeRow,
)
from supportbot.storage.tables.people import (
    AccountRow,
    AlertRow,
    AuditRow,
    ChangeRow,
    HandoffRow,
    HitRow,
    SessionRow,
    SetupLinkRow,
    VaultRow,
)
from supportbot.storage.tables.row import Row, table

__all__ = [
    "AccountRow",
    "AlertRow",
    "AuditRow",
    "CallSettledRow",
    "CallStartedRow",
    "ChangeRow",
    "CounterRow",
    "CustomerRow",
    "DecisionRow",
    "GapRow",
    "HandoffRow",
    "HitRow",
    "HumanTimeRow",
    "MessageRow",
    "OutcomeRow",
    "Row",
    "SessionRow",
    "SetupLinkRow",
    "TicketRow",
    "TurnRow",
    "VaultRow",
    "table",
]
