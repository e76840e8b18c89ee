"""The account pages: plain HTML that needs nothing but itself, the font and the mark."""

import base64
import hashlib
from functools import cache
from html import escape
from pathlib import Path

from starlette.responses import HTMLResponse

from supportbot.access.passwords import MAXIMUM, MINIMUM

_LOOK = Path(__file__).parent / "look"


def _icon(*paths: str) -> str:
    look = 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'
    drawn = "".join(f'<path d="{path}"/>' for path in paths)
    return f'<svg viewBox="0 0 24 24" {look} aria-hidden="true">{drawn}</svg>'


_ALARM = _icon("M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20z", "M12 7v6M12 16.5v.5")
_SHIELD = _icon("M12 2.5 20 6v6c0 5-3.500 8-8 9.500C7.500 20 4 17 4 12V6z", "M8.500 12l2.500 2.500 4.500-4.500")
_EYE = _icon(
    "M1.500 12S5.500 5 12 5s10.500 7 10.500 7-4 7-10.500 7S1.500 12 1.500 12z", "M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z"
)
_RULE = f"At least {MINIMUM} characters, and neither your name nor your e-mail in it."


def sign_in_page(
    desk: str, *, email: str = "", wrong: str = "", status: int = 200, setup: bool = False
) -> HTMLResponse:
    """Return the sign-in form; *wrong* is the one line about the last try, *setup*: there is no account yet."""
    first = _note("There is no account yet. Open the one-time link that was printed at the start.") if setup else ""
    body = f"""
<h1>Sign in to {escape(desk)}</h1>
<p class="lead">For people who answer customers.</p>
{_alarm(wrong)}{first}
<form method="post" action="sign-in">
{_field("E-mail", "email", kind="email", value=email, complete="username", focus=not email)}
{_field("Password", "password", kind="password", complete="current-password", focus=bool(email))}
<button class="go" type="submit">Sign in</button>
</form>"""
    below = """Forgot your password? An admin can set a new one.<br>
Looking for help with an order? <a href="../">Go to the customer page</a>."""
    return page("Sign in", body, below, status)


def setup_page(token: str, *, name: str = "", email: str = "", wrong: str = "", status: int = 200) -> HTMLResponse:
    """Return the form that creates the first admin."""
    body = f"""
<p class="step">First start</p>
<h1>Create the first admin</h1>
<p class="lead">There is no default password. This page closes for good once you are done.</p>
{_alarm(wrong) or _note("Opened from this machine. The link works once, within an hour of being printed.")}
<form method="post" action="setup">
<input type="hidden" name="token" value="{escape(token)}">
{_field("Your name", "name", value=name, complete="name", focus=True)}
{_field("E-mail", "email", kind="email", value=email, complete="username")}
{_field("Password", "password", kind="password", complete="new-password", hint=_RULE)}
<button class="go" type="submit">Create admin and continue</button>
</form>"""
    return page("First admin", body, "Next: the inbox, where customers' questions arrive.", status)


def closed_page(title: str, text: str, status: int) -> HTMLResponse:
    """Return a card that says why there is nothing to do here."""
    body = f'<h1>{escape(title)}</h1><p class="lead">{escape(text)}</p>'
    return page(title, body, '<a href="sign-in">Go to sign-in</a> · <a href="../">Go to the customer page</a>', status)


def page(title: str, body: str, below: str, status: int) -> HTMLResponse:
    """Return a whole document. Nothing on it may be stored, framed, or loaded from elsewhere."""
    html = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<link rel="icon" href="../app/static/mark.svg"><style>{_read("account.css")}</style></head>
<body><main><img class="mark" src="../app/static/mark.svg" alt="">{body}</main><footer class="below">{below}</footer>
<script>{_read("account.js")}</script></body></html>"""
    return HTMLResponse(html, status, headers={"Cache-Control": "no-store", "Content-Security-Policy": _policy()})


@cache
def _policy() -> str:
    """Allow this page's own script by its hash, its style, and our font and images."""
    script = base64.b64encode(hashlib.sha256(_read("account.js").encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{script}'; style-src 'unsafe-inline'; font-src 'self'; "
        "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


@cache
def _read(name: str) -> str:
    return (_LOOK / name).read_text(encoding="utf-8")


def _alarm(text: str) -> str:
    return f'<p class="note bad" role="alert">{_ALARM}<span>{escape(text)}</span></p>' if text else ""


def _note(text: str) -> str:
    return f'<p class="note">{_SHIELD}<span>{escape(text)}</span></p>'


def _field(
    label: str, name: str, *, kind: str = "text", value: str = "", complete: str, focus: bool = False, hint: str = ""
) -> str:
    """Return a labelled field; a password gets an eye, hidden until the script runs."""
    described = f' aria-describedby="{name}-hint"' if hint else ""
    most = MAXIMUM if kind == "password" else 254
    field = (
        f'<input id="{name}" name="{name}" type="{kind}" value="{escape(value)}" autocomplete="{complete}" required '
        f'maxlength="{most}"{described}{" autofocus" if focus else ""}>'
    )
    if kind == "password":
        told = f'data-for="{name}" aria-pressed="false" aria-label="Show password"'
        field = f'<div class="field">{field}<button class="eye" type="button" {told} hidden>{_EYE}</button></div>'
    below = f'<p class="hint" id="{name}-hint">{hint}</p>' if hint else ""
    return f'<label for="{name}">{escape(label)}</label>{field}{below}'
