"""Hears that the browser turned light or dark, for what was drawn in colours that CSS cannot change."""

import streamlit as st

from supportbot.ui.style import theme

_JS = """
export default function (component) {
  const { data, setTriggerValue, parentElement } = component;
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const now = () => (dark.matches ? 'dark' : 'light');
  parentElement.__drawn = data.drawn;
  if (parentElement.__follows) return parentElement.__follows;
  let late = null;
  const look = () => {
    clearTimeout(late);
    // Streamlit follows the system as well; only a run that begins afterwards is told the new theme.
    late = setTimeout(() => { if (now() !== parentElement.__drawn) setTriggerValue('turned', Date.now()); }, 300);
  };
  dark.addEventListener('change', look);
  parentElement.__follows = () => {
    clearTimeout(late);
    dark.removeEventListener('change', look);
    parentElement.__follows = null;
  };
  return parentElement.__follows;
}
"""
_follower = st.components.v2.component("supportbot_shade", js=_JS)


def follow() -> None:
    """Draw the page anew when the system turns light or dark."""
    with st.container(key="push-box-shade"):
        _follower(data={"drawn": theme()}, key="shade", on_turned_change=_nothing)


def _nothing() -> None:
    """Streamlit makes an event only of what has a listener."""
