"""Options work before and after every command, help is fast, and which desk is meant is never a guess."""

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from supportbot.cli import main, opening
from supportbot.cli.options import Given
from supportbot.cli.output import ago, table
from supportbot.cli.root import COMMANDS

PROJECT = Path(__file__).parents[2]


def commands() -> list[tuple[str, ...]]:
    """Return the path of every command there is."""
    context = click.Context(main)
    found: list[tuple[str, ...]] = []
    for name in COMMANDS:
        command = main.get_command(context, name)
        found.append((name,))
        if isinstance(command, click.Group):
            found += [(name, inner) for inner in command.commands]
    return found


@pytest.mark.parametrize("path", commands(), ids=" ".join)
def test_every_command_takes_the_places_and_explains_itself(path: tuple[str, ...]) -> None:
    """Each has a help text, and --config, --data-dir and --knowledge among its options."""
    done = CliRunner().invoke(main, [*path, "--help"])
    assert done.exit_code == 0
    assert all(option in done.stdout for option in ("--config", "--data-dir", "--knowledge"))
    assert len(done.stdout.splitlines()[2].strip()) > 10


@pytest.mark.parametrize("before", [True, False])
def test_places_may_stand_before_or_after_the_command(tmp_path: Path, before: bool) -> None:
    """The articles searched are those named, wherever the option stands."""
    (tmp_path / "moon.md").write_text(
        "---\ntitle: Delivery to the moon\nid: moon\nlanguage: en\nvisibility: public\nupdated: 2026-01-01\n---\n"
        "Delivery to the moon takes three days.\n"
    )
    place = ["--knowledge", str(tmp_path)]
    args = [*place, "search", "moon"] if before else ["search", "moon", *place]
    done = CliRunner().invoke(main, args)
    assert (done.exit_code, "(moon)" in done.stdout) == (0, True)


def test_places_work_between_a_group_and_its_command(tmp_path: Path) -> None:
    """`supportbot db --data-dir DIR upgrade` writes there."""
    assert CliRunner().invoke(main, ["db", "--data-dir", str(tmp_path), "upgrade"]).exit_code == 0
    assert (tmp_path / "supportbot.db").exists()


def test_help_imports_nothing_heavy() -> None:
    """The list of commands comes without the database, the search or the models behind them."""
    heavy = ("sqlalchemy", "pydantic", "tantivy", "langchain_core", "streamlit", "pandas", "numpy", "cryptography")
    look = (
        "import sys\nfrom supportbot.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        f"print([m for m in {heavy} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert all(name in done.stdout for name in COMMANDS)


def test_the_version_is_told() -> None:
    """`--version` prints one line."""
    done = CliRunner().invoke(main, ["--version"])
    assert done.stdout.startswith("supportbot ")


def test_a_configuration_in_the_working_folder_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is a supportbot.toml, that desk is meant."""
    (tmp_path / "supportbot.toml").write_text('[company]\nname = "Here"\n')
    monkeypatch.chdir(tmp_path)
    assert opening.settings(Given()).company.name == "Here"


def test_away_from_any_desk_the_checkout_is_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command works in any folder; one with articles of its own is a desk by itself."""
    monkeypatch.chdir(tmp_path)
    assert opening.settings(Given()).file == PROJECT / "supportbot.toml"
    (tmp_path / "knowledge").mkdir()
    assert opening.settings(Given()).file is None
    assert opening.settings(Given()).knowledge == tmp_path / "knowledge"


def test_the_environment_goes_before_the_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SUPPORTBOT_CONFIG names the desk, and --config names another."""
    for name in ("one", "two"):
        (tmp_path / f"{name}.toml").write_text(f'[company]\nname = "{name}"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SUPPORTBOT_CONFIG", str(tmp_path / "one.toml"))
    assert opening.settings(Given()).company.name == "one"
    assert opening.settings(Given(config=tmp_path / "two.toml")).company.name == "two"


def test_tables_stay_one_line_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    """Line ends in a cell cannot break a table, and nothing is shown as a dash."""
    table([("#1", "two\nlines", None), ("#20001", "x", "end")], ("TICKET", "WORDS", "LAST"))
    assert capsys.readouterr().out.splitlines() == [
        "TICKET  WORDS      LAST",
        "#1      two lines  –",
        "#20001  x          end",
    ]


def test_stretches_of_time_are_told_in_their_largest_unit() -> None:
    """Late ones are negative."""
    assert [ago(s) for s in (0, 59, 60, 3_600, 86_400, -120)] == ["0 s", "59 s", "1 min", "1 h", "1 d", "-2 min"]
