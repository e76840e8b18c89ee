"""`supportbot doctor --live`: one tiny call to each deployment, on a real connection."""

import json
from pathlib import Path

from click.testing import CliRunner
from vendor_server import Reply, VendorServer

from supportbot.cli.root import main

TOML = """
[[deployment]]
name = "near"
provider = "openai"
model = "gpt-4o-mini"
tier = "fast"
base_url = "{near}"

[[deployment]]
name = "down"
provider = "anthropic"
model = "claude-sonnet-4-5"
tier = "strong"
base_url = "{down}"
"""


def test_each_deployment_is_called_once_and_told_with_its_price_or_its_fault(tmp_path: Path) -> None:
    """The one that answers with model, tokens and price; the other with what is wrong; the command ends with 1."""
    with VendorServer(Reply(model="gpt-4o-mini-2024")) as near, VendorServer(Reply(401)) as down:
        config = tmp_path / "supportbot.toml"
        config.write_text(TOML.format(near=near.url, down=down.url), "utf-8")
        places = ["--config", str(config), "--data-dir", str(tmp_path / "data"), "--knowledge", "knowledge"]
        done = CliRunner().invoke(main, ["doctor", "--live", "--json", *places])
        calls = len(near.asked), len(down.asked)
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert calls == (1, 1)
    assert checks["live: near"]["text"].startswith("gpt-4o-mini-2024 answered in ")
    assert "100 tokens in, 9 out, 20 micro-dollars" in checks["live: near"]["text"]
    assert not checks["live: down"]["ok"]
    assert "did not accept the key" in checks["live: down"]["text"]
    assert done.exit_code == 1


def test_nothing_is_called_unless_asked_for(tmp_path: Path) -> None:
    """Calls may cost money."""
    with VendorServer() as near:
        config = tmp_path / "supportbot.toml"
        config.write_text(TOML.format(near=near.url, down=near.url), "utf-8")
        places = ["--config", str(config), "--data-dir", str(tmp_path / "data"), "--knowledge", "knowledge"]
        assert CliRunner().invoke(main, ["doctor", "--json", *places]).exit_code == 0
        assert near.asked == []
