"""Seals personal data with Fernet (AES-128-CBC and HMAC-SHA256); the key comes from outside or from a private file."""

import os
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from supportbot.domain.errors import BadInput, ConfigurationError, ReadOnlyData

KEY_FILE = "vault.key"


class FernetSealer:
    """Seals with the first key and opens with any, so that a key can be replaced while old entries live on."""

    def __init__(self, keys: str) -> None:
        """*keys*: one Fernet key, or several with commas; ConfigurationError for anything else."""
        try:
            self._fernet = MultiFernet([Fernet(key.strip()) for key in keys.split(",")])
        except ValueError as wrong:
            raise ConfigurationError(
                "SUPPORTBOT_VAULT_KEY must be 32 random bytes in URL-safe base64. "
                "`openssl rand -base64 32 | tr '+/' '-_'` makes one."
            ) from wrong

    def seal(self, value: str) -> bytes:
        """Return *value* encrypted."""
        return self._fernet.encrypt(value.encode("utf-8", "surrogatepass"))

    def open(self, sealed: bytes) -> str:
        """Return the value; raise BadInput when no key fits."""
        try:
            return self._fernet.decrypt(sealed).decode("utf-8", "surrogatepass")
        except InvalidToken as wrong:
            raise BadInput(
                "The vault key does not fit. Set SUPPORTBOT_VAULT_KEY to the key in use when this was written."
            ) from wrong


def new_key() -> str:
    """Return a fresh key, for a desk whose data does not outlive the process."""
    return Fernet.generate_key().decode("ascii")


def vault_keys(given: str | None, data_dir: Path) -> str:
    """Return the keys of the vault, the sealing one first.

    *given* (one or several, with commas) goes before the data folder's own key, which still opens what it sealed
    before a key was given; without *given* that file is the key. Raises ReadOnlyData.
    """
    if given is None:
        return key_from_file(data_dir)
    return f"{given},{key_from_file(data_dir)}" if (data_dir / KEY_FILE).exists() else given


def key_from_file(data_dir: Path) -> str:
    """Return the key in the data folder, made on first use for its owner's eyes only; raise ReadOnlyData.

    A file that others could read is closed to them.
    """
    file = data_dir / KEY_FILE
    try:
        if not file.exists():
            _create(file, new_key().encode())
        if file.stat().st_mode & 0o077:
            file.chmod(0o600)
        return file.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as refused:
        raise ReadOnlyData(
            f"The vault key {file} cannot be read or made. Make the folder writable, or set SUPPORTBOT_VAULT_KEY."
        ) from refused


def _create(file: Path, key: bytes) -> None:
    """Put a whole key in place or leave the one another process put there: linking is atomic, writing is not."""
    handle, draft = tempfile.mkstemp(dir=file.parent, prefix=".vault-")  # made with mode 0600
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(key + b"\n")
            out.flush()
            os.fsync(out.fileno())
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        os.unlink(draft)
