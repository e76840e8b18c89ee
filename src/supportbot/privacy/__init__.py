"""What the desk owes its customers' data: the vault of sealed personal data."""

from supportbot.privacy.sealing import FernetSealer, key_from_file, new_key
from supportbot.privacy.vault import Vault, vault_entries_for

__all__ = ["FernetSealer", "Vault", "key_from_file", "new_key", "vault_entries_for"]
