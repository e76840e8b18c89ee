"""Sign-in, sign-out and the first admin."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from supportbot.access import SESSION_HOURS
from supportbot.domain.errors import BadInput, Forbidden, LimitReached, NotSignedIn, SupportbotError
from supportbot.web.deps import WebDeps
from supportbot.web.pages import closed_page, setup_page, sign_in_page
from supportbot.web.requests import STAFF_COOKIE, address_of, form_of, is_https, is_local, same_origin

_FOREIGN = "This form was sent from another site, or the address changed on the way. Open the page again."
_STATUS: dict[type[SupportbotError], int] = {NotSignedIn: 401, Forbidden: 403, LimitReached: 429, BadInput: 400}


class AccountRoutes:
    """The endpoints under /account."""

    def __init__(self, deps: WebDeps) -> None:
        self._access = deps.access
        self._server = deps.settings.server
        self._desk = deps.settings.company.desk

    async def sign_in(self, request: Request) -> Response:
        """Show the form, or try what was sent."""
        if request.method == "POST":
            return await self._try_sign_in(request) if same_origin(request) else _refused()
        if await run_in_threadpool(self._access.who, request.cookies.get(STAFF_COOKIE)):
            return _to_inbox()
        setup = await run_in_threadpool(self._access.needs_setup)
        return sign_in_page(self._desk, setup=setup)

    async def _try_sign_in(self, request: Request) -> Response:
        email = ""
        try:
            fields = await form_of(request)
            email = fields.get("email", "")
            address = address_of(request, self._server)
            token = await run_in_threadpool(self._access.sign_in, email, fields.get("password", ""), address)
        except (NotSignedIn, LimitReached, BadInput) as wrong:
            answer: Response = sign_in_page(self._desk, email=email, wrong=str(wrong), status=_STATUS[type(wrong)])
            return answer
        return self._signed_in(request, token)

    async def sign_out(self, request: Request) -> Response:
        """End the session and forget the cookie."""
        if not same_origin(request):
            return _refused()
        token = request.cookies.get(STAFF_COOKIE)
        if token:
            await run_in_threadpool(self._access.sign_out, token)
        answer = RedirectResponse("sign-in", 303)
        answer.delete_cookie(STAFF_COOKIE, path="/", httponly=True, samesite="lax", secure=self._https(request))
        return answer

    async def setup(self, request: Request) -> Response:
        """Show the form of the first admin, or create it; on this machine only, and only while there is no account."""
        if not is_local(request):
            return closed_page(
                "Only on this machine",
                "Open the one-time link where supportbot runs, or use `supportbot agent add` there.",
                403,
            )
        if not await run_in_threadpool(self._access.needs_setup):
            return closed_page("This page is closed", "The first admin exists. An admin adds everybody else.", 410)
        if request.method == "POST":
            return await self._create(request) if same_origin(request) else _refused()
        return setup_page(request.query_params.get("token", ""))

    async def _create(self, request: Request) -> Response:
        fields: dict[str, str] = {}
        try:
            fields = await form_of(request)
            token, email, name, password = (fields.get(key, "") for key in ("token", "email", "name", "password"))
            session = await run_in_threadpool(self._access.create_first_admin, token, email, name, password)
        except (BadInput, Forbidden, LimitReached) as wrong:
            status = _STATUS[type(wrong)]
            kept = {key: fields.get(key, "") for key in ("name", "email")}
            return setup_page(fields.get("token", ""), wrong=str(wrong), status=status, **kept)
        return self._signed_in(request, session)

    def _signed_in(self, request: Request, token: str) -> Response:
        answer = _to_inbox()
        age = SESSION_HOURS * 3600
        answer.set_cookie(
            STAFF_COOKIE, token, max_age=age, path="/", httponly=True, samesite="lax", secure=self._https(request)
        )
        return answer

    def _https(self, request: Request) -> bool:
        return is_https(request, self._server)


def _to_inbox() -> RedirectResponse:
    return RedirectResponse("../inbox", 303, headers={"Cache-Control": "no-store"})


def _refused() -> Response:
    return closed_page("Not taken", _FOREIGN, 403)
