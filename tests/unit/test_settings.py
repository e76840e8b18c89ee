import os
import re
import tomllib
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportbot.domain.decision import Tier
from supportbot.domain.errors import ConfigurationError, ReadOnlyData
from supportbot.settings import Document, Settings, describe, load
from supportbot.settings.document import known_keys

SHIPPED = Path(__file__).parents[2] / "supportbot.toml"


def written(folder: Path, text: str) -> Path:
    file = folder / "supportbot.toml"
    file.write_text(text, encoding="utf-8")
    return file


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(written(folder, text), environ={})
    said = str(caught.value)
    assert "\n" not in said
    return said


def test_shipped_file_says_the_defaults() -> None:
    """The documented configuration and the defaults are the same."""
    assert load(SHIPPED, environ={}).document == Document()


@pytest.mark.parametrize("key", sorted(known_keys()))
def test_every_setting_is_in_the_shipped_file(key: str) -> None:
    """Nobody has to read code to find a setting."""
    table, _, name = key.rpartition(".")
    text = SHIPPED.read_text(encoding="utf-8")
    begin = text.index(f"[{table}]") if table else 0
    section = re.split(r"^\[", text[begin + 1 :], maxsplit=1, flags=re.MULTILINE)[0]
    pattern = rf"^\[company\.{name}\]" if name == "crisis_lines" else rf"^(# )?{name} ="
    assert name in {"prices", "deployment"} or re.search(pattern, text if name == "crisis_lines" else section, re.M), (
        key
    )


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    """Two embedded deployments, SQLite in the data folder, loopback."""
    settings = load(written(tmp_path, ""), environ={})
    assert [(d.name, d.provider, d.tier) for d in settings.deployments] == [
        ("fast", "embedded", Tier.FAST),
        ("strong", "embedded", Tier.STRONG),
    ]
    assert settings.data_dir == tmp_path / "var"
    assert settings.database_url == f"sqlite:///{tmp_path}/var/supportbot.db"
    assert settings.server.address == "127.0.0.1"
    assert settings.telemetry.langsmith is False
    assert settings.policy.human_cost_microusd == 3_541_667


def test_paths_in_the_file_are_relative_to_it(tmp_path: Path) -> None:
    """Starting from another folder finds the same data."""
    settings = load(written(tmp_path, 'data_dir = "d"\n[knowledge]\nfolder = "k"'), environ={})
    assert (settings.data_dir, settings.knowledge) == (tmp_path / "d", tmp_path / "k")


def test_command_line_goes_before_environment_before_file(tmp_path: Path) -> None:
    """The nearest word wins, and its source is told."""
    file = written(tmp_path, 'data_dir = "file"\n[database]\nurl = "sqlite:///file.db"')
    environ = {"SUPPORTBOT_DATA_DIR": str(tmp_path / "env"), "SUPPORTBOT_DATABASE_URL": "postgresql://u:pw@h/db"}

    def row(settings: Settings, key: str) -> tuple[str, str]:
        return next((value, source) for name, value, source in describe(settings) if name == key)

    assert row(load(file, environ={}), "data_dir") == (str(tmp_path / "file"), "supportbot.toml")
    assert row(load(file, environ=environ), "data_dir") == (str(tmp_path / "env"), "SUPPORTBOT_DATA_DIR")
    told = load(file, tmp_path / "line", environ=environ)
    assert row(told, "data_dir") == (str(tmp_path / "line"), "--data-dir")
    assert told.database_url == "postgresql://u:pw@h/db"
    assert row(told, "database.url") == ("postgresql://u:…@h/db", "SUPPORTBOT_DATABASE_URL")


def test_configuration_can_be_named_in_the_environment(tmp_path: Path) -> None:
    """The web app has no command line of its own."""
    file = written(tmp_path, "[server]\nport = 9000")
    assert load(environ={"SUPPORTBOT_CONFIG": str(file)}).server.port == 9000


def test_secrets_are_read_and_never_shown(tmp_path: Path) -> None:
    """A key for one deployment goes before its vendor's; no rendering of the settings contains one."""
    table = 'name = "{}"\nprovider = "openai"\nmodel = "m"\ntier = "fast"\n'
    file = written(tmp_path, "".join(f"[[deployment]]\n{table.format(name)}" for name in ("gpt-mini", "other")))
    environ = {
        "OPENAI_API_KEY": "vendor-s3cret",
        "SUPPORTBOT_KEY_GPT_MINI": "own-s3cret",
        "SUPPORTBOT_METRICS_TOKEN": "metrics-s3cret",
        "SUPPORTBOT_DATABASE_URL": "postgresql://u:database-s3cret@h/db",
    }
    settings = load(file, environ=environ)
    assert settings.secrets.key_for("gpt-mini") == "own-s3cret"
    assert settings.secrets.key_for("other") == "vendor-s3cret"
    assert settings.secrets.metrics_token is not None
    assert settings.secrets.metrics_token.get_secret_value() == "metrics-s3cret"
    assert "s3cret" not in repr(settings)
    assert "s3cret" not in repr(describe(settings))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[server]\nprot = 1", "supportbot.toml: unknown setting 'server.prot'. Did you mean 'server.port'?"),
        ("[enginee]\nworkers = 1", "unknown setting 'enginee'. Did you mean 'engine'?"),
        ("port = 1", "unknown setting 'port'. Did you mean 'server.port'?"),
        ("[[deployment]]\nmodle = 'x'", "unknown setting 'deployment.modle'. Did you mean 'deployment.model'?"),
        ("[server]\nport = 99999", "'server.port' is 99999; it must be less than or equal to 65535."),
        ("[limits]\ndesk_per_minute = 'many'", "'limits.desk_per_minute' is 'many'; it must be a whole number."),
        ("[telemetry]\nlangsmith = 'maybe'", "'telemetry.langsmith' is 'maybe'; it must be true or false."),
        ("[company]\ntime_zone = 'Mars'", "'company.time_zone' is 'Mars'; it must be a time zone such as"),
        ("[company]\nopens = 21:00:00", "[company]: 'closes' must be later than 'opens'."),
        ("[engine]\nlease_seconds = 4", "'heartbeat_seconds' must be at most half of 'lease_seconds'."),
        ("[server]\nframe_ancestors = ['https://a.b; script-src *']", "it must be an origin such as"),
        ("[server]\ntrusted_proxies = ['proxy']", "it must be an address or a network such as"),
        ("server = 3", "'server' is 3; it must be a table."),
        ("deployment = []", "'deployment' is []; it must have at least one entry."),
        ("[prices]\nx = { input = 1, output = 1 }", "it must be written as 'provider/model'."),
        ("a = = 2", "is not valid TOML: Invalid value (at line 1, column 5)."),
    ],
)
def test_a_slip_is_told_in_one_line(tmp_path: Path, text: str, expected: str) -> None:
    """Key, value, what is allowed, and the likely spelling."""
    assert expected in complaint(tmp_path, text)


def test_deployments_need_names_of_their_own(tmp_path: Path) -> None:
    """Two of one name could not be told apart in the ledger; a rule must name one that exists; people are no model."""
    table = "[[deployment]]\nname = 'a'\nprovider = 'openai'\nmodel = 'm'\ntier = 'fast'\n"
    assert "needs a name of its own" in complaint(tmp_path, table + table)
    rule = "[policy.by_type.billing]\ndeployment = 'b'\n"
    assert "policy.by_type.billing.deployment must be one of a" in complaint(tmp_path, rule + table)
    assert "'deployment.0.tier' is 'human'; it must be 'fast' or 'strong'." in complaint(
        tmp_path, table.replace("'fast'", "'human'")
    )


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("metrics_token = 'x'", "set SUPPORTBOT_METRICS_TOKEN in the environment"),
        ("[server]\nvault_key = 'x'", "set SUPPORTBOT_VAULT_KEY"),
        ("[[deployment]]\napi_key = 'x'", "set SUPPORTBOT_KEY_<NAME OF THE DEPLOYMENT>"),
        ("[[deployment]]\nname = 'a'\noption = 'sk-0123456789abcdef'", "set SUPPORTBOT_KEY_<NAME OF THE DEPLOYMENT>"),
        ("[database]\nurl = 'postgresql://u:hunter2@h/db'", "set SUPPORTBOT_DATABASE_URL"),
    ],
)
def test_a_secret_in_the_file_is_refused(tmp_path: Path, text: str, remedy: str) -> None:
    """Files are shared; the line names the variable to use and does not repeat the secret."""
    said = complaint(tmp_path, text)
    assert "is a secret" in said
    assert remedy in said
    assert "hunter2" not in said
    assert "sk-" not in said


def test_a_slip_in_the_environment_is_told(tmp_path: Path) -> None:
    """A mistyped variable would silently mean the default; a foreign one is left alone."""
    file = written(tmp_path, "")
    with pytest.raises(ConfigurationError, match="Did you mean 'SUPPORTBOT_DATABASE_URL'"):
        load(file, environ={"SUPPORTBOT_DATABSE_URL": "postgresql://h/db"})
    load(file, environ={"SUPPORTBOT_TEST_STRICT": "1", "SUPPORTBOT_KEY_CONFIG": "x"})


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """Missing, a folder, or not UTF-8: one line each."""
    for path, option in ((tmp_path / "no.toml", "--config"), (tmp_path, "--config")):
        with pytest.raises(ConfigurationError, match=option):
            load(path, environ={})
    with pytest.raises(ConfigurationError, match="SUPPORTBOT_CONFIG"):
        load(environ={"SUPPORTBOT_CONFIG": str(tmp_path / "no.toml")})
    (tmp_path / "latin.toml").write_bytes(b"[company]\nname = 'Caf\xe9'")
    with pytest.raises(ConfigurationError, match="is not UTF-8 text"):
        load(tmp_path / "latin.toml", environ={})


def test_a_data_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """The line names the folder and how to choose another."""
    (tmp_path / "file").write_text("in the way")
    settings = load(written(tmp_path, ""), tmp_path / "file" / "var", environ={})
    with pytest.raises(ReadOnlyData, match="--data-dir or SUPPORTBOT_DATA_DIR"):
        settings.ready_data_dir()


def test_data_folder_is_private_to_the_operator(tmp_path: Path) -> None:
    """It holds conversations."""
    folder = load(written(tmp_path, ""), environ={}).ready_data_dir()
    assert os.stat(folder).st_mode & 0o077 == 0


def test_prices_and_rules_reach_their_owners(tmp_path: Path) -> None:
    """Dollars become exact micro-dollars; one price or several with dates."""
    settings = load(
        written(
            tmp_path,
            """
            [company]
            opens = 09:30:00
            [policy.by_type.billing]
            value = 0.1
            minimum_tier = "human"
            [prices]
            "a/one" = { input = 0.1, output = 0.3 }
            "a/two" = [{ input = 1, output = 2, start = 2026-01-01 }, { input = 2, output = 3, start = 2026-06-01 }]
            """,
        ),
        environ={},
    )
    assert settings.policy.value("billing") == 100_000
    assert settings.policy.rule("billing").minimum_tier is Tier.HUMAN
    assert settings.company.hours.opens == time(9, 30)
    assert settings.prices["a/one"][0].input_usd == Decimal("0.1")
    assert [price.start for price in settings.prices["a/two"]] == [date(2026, 1, 1), date(2026, 6, 1)]


@given(st.text(max_size=200))
def test_any_text_is_either_settings_or_one_line(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Whatever stands in the file, nothing but a ConfigurationError in one line comes out."""
    file = tmp_path_factory.getbasetemp() / "any.toml"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        load(file, environ={})
    except ConfigurationError as told:
        assert "\n" not in str(told)  # noqa: PT017
    else:
        assert isinstance(tomllib.loads(text), dict)


LITERALS = ["-1", "0", "1e9", "nan", "inf", "true", "''", "'x'", "[]", "[1]", "{}", "[{}]", "08:00:00", "2026-01-01"]


@given(st.sampled_from(sorted(known_keys())), st.sampled_from(LITERALS))
def test_any_value_is_either_taken_or_told(tmp_path_factory: pytest.TempPathFactory, key: str, value: str) -> None:
    """Every setting copes with a value of any type."""
    file = tmp_path_factory.getbasetemp() / "value.toml"
    file.write_text(f"{key} = {value}", encoding="utf-8")
    try:
        load(file, environ={})
    except ConfigurationError as told:
        assert "\n" not in str(told)  # noqa: PT017
        assert key.split(".")[0] in str(told)  # noqa: PT017
