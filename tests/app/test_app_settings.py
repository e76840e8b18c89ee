"""Theme and server settings that the pages rely on."""

import tomllib
from pathlib import Path

import pytest
from streamlit import config

from supportbot.ui.style import TOKENS, sheet

PAGES = ("chat", "inbox", "savings", "demo", "door")
THEME = {
    "backgroundColor": "bg",
    "secondaryBackgroundColor": "surface",
    "textColor": "ink",
    "borderColor": "line",
    "primaryColor": "accent",
    "grayTextColor": "muted",
    "greenColor": "fast",
    "blueColor": "strong",
    "orangeColor": "people",
    "redColor": "red",
}


def test_the_collector_option_exists_and_is_off(project: Path) -> None:
    """`runner.postScriptGC` is hidden and decides how many sessions one process holds."""
    assert "runner.postScriptGC" in config.get_config_options()
    written = tomllib.loads((project / ".streamlit/config.toml").read_text())
    assert written["runner"]["postScriptGC"] is False


def test_nothing_is_sent_away_and_only_this_machine_is_served(project: Path) -> None:
    """No usage statistics, loopback unless told otherwise, fonts served by ourselves."""
    written = tomllib.loads((project / ".streamlit/config.toml").read_text())
    assert written["browser"]["gatherUsageStats"] is False
    assert written["server"]["address"] == "127.0.0.1"
    for face in written["theme"]["fontFaces"]:
        assert (project / "src/supportbot/ui/static" / Path(face["url"]).name).is_file()


@pytest.mark.parametrize(("place", "shade"), [(0, "light"), (1, "dark")])
def test_theme_and_style_sheet_say_the_same_colours(project: Path, place: int, shade: str) -> None:
    """Streamlit's theme and our own rules come from one table."""
    theme = tomllib.loads((project / ".streamlit/config.toml").read_text())["theme"][shade]
    assert {key: theme[key] for key in THEME} == {key: TOKENS[token][place] for key, token in THEME.items()}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_one_style_sheet_with_known_tokens(page: str) -> None:
    """Every variable used is a token, and nothing is loaded from elsewhere."""
    css = sheet(page)
    used = {part.split(")")[0].split(",")[0] for part in css.split("var(--")[1:]}
    assert used <= set(TOKENS)
    assert "url(" not in css
    assert css.count("{") == css.count("}")


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


PAIRS = [
    *(("ink", ground) for ground in ("bg", "surface", "raised", "person", "note")),
    *(("muted", ground) for ground in ("bg", "surface", "raised", "gray-soft")),
    ("accent", "bg"),
    ("on-accent", "accent"),
    ("accent-ink", "accent-soft"),
    ("person-ink", "person"),
    ("red-ink", "red-soft"),
    ("blue-ink", "blue-soft"),
    ("note-ink", "note"),
]


@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_words_can_be_read_on_their_ground(ink: str, ground: str) -> None:
    """At least 4.5:1 in light and in dark."""
    for place in (0, 1):
        lighter, darker = sorted((_luminance(TOKENS[ink][place]), _luminance(TOKENS[ground][place])), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5
