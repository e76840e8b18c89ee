"""Hears from the server that something changed, without polling: an EventSource in a component without a body."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import streamlit as st

from supportbot.ui import identity
from supportbot.ui.components import away

#: Seconds between looks while the push is down.
POLL_SECONDS = 20.0
_PAGE = '[data-testid="stMain"]'

_JS = """
export default function (component) {
  const { data, setTriggerValue, setStateValue, parentElement } = component;
  let box = parentElement.querySelector('[data-live]');
  if (!box) {
    box = document.createElement('div');
    box.dataset.live = '1';
    box.setAttribute('aria-live', 'polite');
    box.setAttribute('role', 'log');
    box.setAttribute('aria-label', 'New messages');
    box.style.cssText = 'position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)';
    parentElement.appendChild(box);
  }
  const list = data.top ? document.querySelector(data.scroller) : null;
  if (list && parentElement.__top !== data.top) {
    if (parentElement.__top !== undefined) list.scrollTo({ top: 0 });
    parentElement.__top = data.top;
  }
  const main = data.end ? document.querySelector(data.scroller) : null;
  if (main && parentElement.__end !== data.end) {
    const first = parentElement.__end === undefined;
    const near = main.scrollHeight - main.scrollTop - main.clientHeight < 360;
    parentElement.__end = data.end;
    const down = () => main.scrollTo({ top: main.scrollHeight });
    if (first) [0, 120, 400, 900].forEach((wait) => setTimeout(down, wait));
    else if (near || data.own) [0, 120].forEach((wait) => setTimeout(down, wait));
  }
  // What was there when the page opened is read by whoever reads the page; only what comes later is announced.
  if (parentElement.__said === undefined) parentElement.__said = data.say;
  if (data.say && parentElement.__said !== data.say) {
    parentElement.__said = data.say;
    box.textContent = data.say;
  }
  // An action may take the very button away that had the focus: the keyboard goes on at the page's own place.
  window.__supportbotFocus ||= (() => {
    const seen = { last: null };
    document.addEventListener('focusin', (event) => { seen.last = event.target; });
    return seen;
  })();
  const lost = window.__supportbotFocus;
  if (data.home) setTimeout(() => {
    const gone = lost.last && !lost.last.isConnected && document.activeElement === document.body;
    if (gone) document.getElementById(data.home)?.focus({ preventScroll: true });
  }, 250);
  const kept = parentElement.__events;
  if (kept && kept.url === data.url) { kept.tell = setTriggerValue; kept.state = setStateValue; return kept.close; }
  // The page has another reader now: open a stream as that one, and let the browser's other tabs look too.
  if (kept) { kept.tabs.postMessage('changed'); kept.close(); }
  const me = { url: data.url, tell: setTriggerValue, state: setStateValue };
  Object.assign(me, { down: false, last: 0, due: null, late: null });
  // Two fragments told in the same moment would be taken for one, and one of them would stay as it is.
  const gate = (window.__supportbotGate ||= { at: 0 });
  const now = () => {
    const wait = gate.at + 80 - Date.now();
    if (wait > 0) { me.due = setTimeout(now, wait + 10 * Math.random()); return; }
    gate.at = me.last = Date.now();
    me.tell('changed', me.last);
  };
  const changed = () => {
    clearTimeout(me.due);
    me.due = setTimeout(now, Math.max(30, me.last + data.every - Date.now()));
  };
  const setDown = (down) => { if (me.down !== down) { me.down = down; me.state('down', down); } };
  let source = null;
  const open = () => {
    source = new EventSource(data.url);
    source.onmessage = changed;
    // What happened before the stream was open would be missed: look once more each time it opens.
    source.onopen = () => { clearTimeout(me.late); setDown(false); changed(); };
    source.onerror = () => {
      clearTimeout(me.late);
      me.late = setTimeout(() => setDown(true), 4000);
      // A refused stream is not opened again by the browser.
      if (source.readyState === EventSource.CLOSED) me.again = setTimeout(open, 15000);
    };
  };
  open();
  me.tabs = new BroadcastChannel(`supportbot ${data.url.split('?')[0]}`);
  me.tabs.onmessage = changed;
  me.close = () => {
    me.tabs.close();
    [me.due, me.late, me.again].forEach(clearTimeout);
    source.close();
    parentElement.__events = null;
  };
  parentElement.__events = me;
  return me.close;
}
"""
_listener = st.components.v2.component("supportbot_events", js=_JS)


def listen(
    topic: str,
    *,
    reader: str = "",
    say: str = "",
    end: str = "",
    own: bool = False,
    every: int = 0,
    scroller: str = _PAGE,
    home: str = "",
    acted: int = 0,
    top: str = "",
) -> None:
    """Rerun the surrounding fragment when *topic* changes, at most once in *every* milliseconds.

    Another *reader* gets another stream, for a stream belongs to whoever opened it, and the browser's other tabs look.
    *say* is read out by screen readers when it changes. When *end* changes the *scroller* goes to its end, if the
    reader is near it or the newest message is their *own*. *home* names the element where the keyboard goes on when
    an action removed the one that had the focus; *acted* counts the actions. When *top* changes the
    *scroller* goes to its beginning.
    """
    name = f"push-{topic}"
    with st.container(key=f"push-box-{topic}"):
        _listener(
            data={
                "url": f"api/events/{topic}{_reader(reader)}",
                "say": say,
                "end": end,
                "own": own,
                "every": every,
                "scroller": scroller,
                "home": home,
                "acted": acted,
                "top": top,
            },
            key=name,
            on_changed_change=_nothing,
            on_down_change=_nothing,
            default={"down": False},
        )
    if _down(topic) != st.session_state.get(f"polling-{topic}", False):
        st.session_state[f"polling-{topic}"] = _down(topic)
        st.rerun()


def following(draw: Callable[[], None], topic: str, *, expecting: bool = False) -> None:
    """Draw *draw* as a fragment that looks by itself while the push is down, and while an answer is expected.

    What is expected may have come while the server was away, and the stream with it.
    """
    down = st.session_state.get(f"polling-{topic}", False)
    st.session_state[f"expecting-{topic}"] = identity.desk().clock.monotonic() if expecting else None
    st.fragment(_drawn, run_every=POLL_SECONDS if down or expecting else None)(draw, topic)


def _drawn(draw: Callable[[], None], topic: str) -> None:
    away.guarded(draw, topic, staff=topic != "me")


def settle(topic: str) -> None:
    """Stop looking by itself once what was expected is there; costs one run of the page, a poll's time later."""
    since = st.session_state.get(f"expecting-{topic}")
    if since is not None and identity.desk().clock.monotonic() - since >= POLL_SECONDS:
        st.session_state[f"expecting-{topic}"] = None
        st.rerun()


def _reader(who: str) -> str:
    """Return what tells one reader's stream from another's, and says nothing else."""
    return f"?reader={sha256(who.encode()).hexdigest()[:12]}" if who else ""


def _down(topic: str) -> bool:
    state: Any = st.session_state.get(f"push-{topic}")
    return bool(state.get("down", False)) if state else False


def _nothing() -> None:
    """Streamlit makes an event only of what has a listener."""
