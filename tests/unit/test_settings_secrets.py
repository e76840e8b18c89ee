"""Secrets of the environment: read, used, and shown nowhere."""

import copy
import io
import traceback
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from supportbot.bootstrap import build
from supportbot.cli import main
from supportbot.domain.errors import ConfigurationError, SupportbotError
from supportbot.domain.handoff import Alert
from supportbot.notify import WebhookNotifier
from supportbot.settings import Settings, describe, load
from supportbot.settings.hiding import HIDDEN, holds_secret, without_secrets
from supportbot.storage.store import open_store

MARK = "s3cr3t"
DEPLOYMENT = '[[deployment]]\nname = "gpt"\nprovider = "openai"\nmodel = "m"\ntier = "fast"\n'
#: Passwords as people have them: also with what an address does not take.
passwords = st.text("aZ9-_.~!*'()@:/#?&=%+ []", max_size=8).map(lambda rest: f"{MARK}{rest}{MARK}")
addresses = st.sampled_from([
    "postgresql://desk:{}@127.0.0.1:1/db",
    "postgresql+psycopg://desk:{}@127.0.0.1:1/db",
    "postgresql://127.0.0.1:1/db?user=desk&password={}",
    "postgresql://desk:{}@[::1]:1/db",
    "mysql://desk:{}@h/db",
    "{}",
])  # fmt: skip


def environment(secret: str, address: str = "postgresql://desk:{}@127.0.0.1:1/db") -> dict[str, str]:
    return {
        "SUPPORTBOT_DATABASE_URL": address.format(secret),
        "SUPPORTBOT_METRICS_TOKEN": secret,
        "SUPPORTBOT_VAULT_KEY": secret,
        "SUPPORTBOT_WEBHOOK_URL": f"https://hooks.example/{secret}",
        "SUPPORTBOT_KEY_GPT": secret,
    }


def told(run: Callable[[], object]) -> Iterator[str]:
    """Yield whatever a failure of *run* would show: its message, its representation, its whole traceback."""
    try:
        run()
    except Exception as failed:
        yield str(failed)
        yield repr(failed)
        yield "".join(traceback.format_exception(failed))


def renderings(found: Settings) -> Iterator[str]:
    """Yield every way in which settings are ever shown."""
    yield repr(found)
    yield str(found)
    yield repr(asdict(found))
    yield repr(describe(found))
    yield repr(copy.copy(found.secrets))
    yield f"{found.secrets} {found.database}"
    yield found.document.model_dump_json()


@settings(max_examples=60)
@given(passwords, addresses)
def test_no_rendering_of_the_settings_shows_a_secret(
    tmp_path_factory: pytest.TempPathFactory, secret: str, address: str
) -> None:
    """However the address of the database is written, and whatever the secret looks like."""
    file = tmp_path_factory.getbasetemp() / "secrets.toml"
    file.write_text(DEPLOYMENT)
    found = load(file, environ=environment(secret, address))
    assert found.database_url == address.format(secret).strip()
    assert found.secrets.key_for("gpt") == secret
    for shown in renderings(found):
        assert MARK not in shown


@settings(max_examples=60)
@given(passwords, addresses)
def test_no_failure_to_use_a_secret_shows_it(
    tmp_path_factory: pytest.TempPathFactory, secret: str, address: str
) -> None:
    """A database that does not answer, a key that is none, a hook that is none: neither line nor traceback."""
    folder = tmp_path_factory.getbasetemp() / "unused"
    url = address.format(quote(secret, safe=""))
    alert = Alert("a", "t", "handoff", "text", datetime(2026, 3, 2, tzinfo=UTC))
    for run in (
        lambda: open_store(url, folder).close(),
        lambda: WebhookNotifier(f"http://127.0.0.1:1/{secret}").send(alert),
        lambda: WebhookNotifier(secret).send(alert),
    ):
        for shown in told(run):
            assert MARK not in shown


def test_a_desk_that_cannot_be_built_shows_no_secret(tmp_path: Path) -> None:
    """The vault key, the address of the database and the keys of models are all in the way here."""
    file = tmp_path / "supportbot.toml"
    file.write_text("")
    for environ in (environment(MARK), {"SUPPORTBOT_VAULT_KEY": MARK}):
        found = load(file, tmp_path, environ=environ)
        shown = [*told(lambda found=found: build(found))]  # type: ignore[misc]
        assert shown
        assert not any(MARK in one for one in shown)


@pytest.mark.parametrize(
    "command", [["doctor"], ["db", "check"], ["db", "upgrade"], ["--debug", "db", "check"], ["ask", "Hi"]]
)
def test_no_command_prints_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]) -> None:
    """Neither to stdout nor to stderr, with or without --debug."""
    for name, value in environment(MARK).items():
        monkeypatch.setenv(name, value)
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        done = CliRunner().invoke(main, [*command, "--data-dir", str(tmp_path)])
    assert done.exit_code != 0
    for shown in (done.stdout, done.stderr, out.getvalue(), err.getvalue()):
        assert MARK not in shown


SECRETS_IN_FILES = [
    f'[database]\nurl = "postgresql://u:{MARK}@h/db"',
    f'[database]\nurl = "postgresql://h/db?password={MARK}"',
    f'[database]\nurl = "postgresql://u:{MARK}@[h/db"',
    f'[server]\naddress = "http://u:{MARK}@h"',
    f'[server]\ntrusted_proxies = ["http://u:{MARK}@h"]',
    f'[telemetry]\nmetrics_token = "{MARK}"',
    f'[server]\nport = "sk-{MARK}abcdefgh"',
    f'[[deployment]]\nname="a"\nprovider="langchain"\nmodel="m"\ntier="fast"\napi_key = "{MARK}"',
    f'[privacy]\nVault-Key = "{MARK}"',
]


@pytest.mark.parametrize("text", SECRETS_IN_FILES)
def test_a_secret_in_the_file_is_refused_without_repeating_it(tmp_path: Path, text: str) -> None:
    """The line names the key and the remedy; so does the traceback, and no more."""
    file = tmp_path / "supportbot.toml"
    file.write_text(text)
    shown = [*told(lambda: load(file, environ={}))]
    assert "is a secret" in shown[0]
    assert not any(MARK in one for one in shown)


@given(st.text(max_size=60))
def test_any_text_can_be_shown_as_an_address(text: str) -> None:
    """Whatever stands there: no error, and a password that was found is gone."""
    shown = without_secrets(text)
    assert isinstance(holds_secret(text), bool)
    if holds_secret(text) and HIDDEN not in text:
        assert HIDDEN in shown or shown == text.partition("@")[0]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("sqlite:////var/lib/desk.db", "sqlite:////var/lib/desk.db"),
        ("postgresql://u:pw@h:5432/db", "postgresql://u:…@h:5432/db"),
        ("postgresql://u@h/db?sslmode=require", "postgresql://u@h/db?sslmode=require"),
        ("postgresql://h/db?user=u&password=pw&sslmode=require", "postgresql://h/db?…"),
        ("postgresql://u:p/w@h/db", "postgresql:…"),
        ("postgresql://u:p#w@h/db", "postgresql:…"),
        ("pw@h", "…"),
        ("pw", "…"),
    ],
)
def test_addresses_are_shown_as_far_as_they_are_safe(address: str, shown: str) -> None:
    """Host and database help the operator; what may be a part of the password does not."""
    assert without_secrets(address) == shown


def test_a_wrong_setting_beside_secrets_tells_only_of_itself(tmp_path: Path) -> None:
    """The line about a setting is about that setting."""
    file = tmp_path / "supportbot.toml"
    file.write_text("[limits]\ncustomer_per_minute = 'many'")
    with pytest.raises(ConfigurationError) as caught:
        load(file, environ=environment(MARK))
    assert MARK not in "".join(traceback.format_exception(caught.value))
    with suppress(SupportbotError):
        load(file, environ={**environment(MARK), "SUPPORTBOT_DATABSE_URL": MARK})
