"""What the desk owes its customers' data: the vault, exports, erasure, and an end to everything old."""

from supportbot.privacy.erasing import Erased, Erasure, Preview
from supportbot.privacy.exporting import Exported, Exporter
from supportbot.privacy.retaining import Due, Periods, Retention
from supportbot.privacy.sealing import FernetSealer, key_from_file, new_key, vault_keys
from supportbot.privacy.vault import Vault, vault_entries_for

__all__ = [
    "Due",
    "Erased",
    "Erasure",
    "Exported",
    "Exporter",
    "FernetSealer",
    "Periods",
    "Preview",
    "Retention",
    "Vault",
    "key_from_file",
    "new_key",
    "vault_entries_for",
    "vault_keys",
]
